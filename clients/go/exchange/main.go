// The code exchange with net/http and nothing else, by the method in authMethod (client_secret_post when it is not set).
//
// Reads authPath, envID, sharedWebAppID, postAuthCode, and what the method needs (see ../../exchanges.py).
package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
)

type answer struct {
	AccessToken string `json:"access_token"`
	IDToken     string `json:"id_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int    `json:"expires_in"`
	Scope       string `json:"scope"`
}

func main() {
	form := url.Values{
		"grant_type":   {"authorization_code"},
		"code":         {os.Getenv("postAuthCode")},
		"redirect_uri": {"http://localhost:3000/callback"},
	}
	method := proof(form)
	request, err := http.NewRequest(http.MethodPost, os.Getenv("authPath")+"/"+os.Getenv("envID")+"/as/token", strings.NewReader(form.Encode()))
	check(err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if method == "client_secret_basic" {
		request.SetBasicAuth(os.Getenv("sharedWebAppID"), os.Getenv("sharedWebAppSecret"))
	}
	response, err := http.DefaultClient.Do(request)
	check(err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	check(err)
	expect(response.StatusCode == http.StatusOK, "%d: %s", response.StatusCode, body)

	var got answer
	check(json.Unmarshal(body, &got))
	expect(got.TokenType == "Bearer", "token_type is %q", got.TokenType)
	expect(got.ExpiresIn == 3600, "expires_in is %d", got.ExpiresIn)
	expect(got.Scope == "openid", "scope is %q", got.Scope)
	expect(algorithm(got.AccessToken) == "RS256", "the access token is signed with %q", algorithm(got.AccessToken))
	expect(algorithm(got.IDToken) == "RS256", "the ID token is signed with %q", algorithm(got.IDToken))
	fmt.Println("ok Go net/http", method)
}

// proof adds to the form what the method has there, and names the method.
func proof(form url.Values) string {
	method := os.Getenv("authMethod")
	switch method {
	case "client_secret_basic":
	case "client_secret_jwt", "private_key_jwt":
		form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
		form.Set("client_assertion", os.Getenv("clientAssertion"))
	case "none":
		form.Set("client_id", os.Getenv("sharedWebAppID"))
		form.Set("code_verifier", os.Getenv("codeVerifier"))
	default:
		method = "client_secret_post"
		form.Set("client_id", os.Getenv("sharedWebAppID"))
		form.Set("client_secret", os.Getenv("sharedWebAppSecret"))
	}
	return method
}

// algorithm reads the `alg` of a compact JWS without verifying it.
func algorithm(token string) string {
	header, err := base64.RawURLEncoding.DecodeString(strings.SplitN(token, ".", 2)[0])
	check(err)
	var members struct{ Alg string }
	check(json.Unmarshal(header, &members))
	return members.Alg
}

func check(err error) {
	expect(err == nil, "%v", err)
}

func expect(holds bool, format string, values ...any) {
	if !holds {
		fmt.Fprintf(os.Stderr, format+"\n", values...)
		os.Exit(1)
	}
}
