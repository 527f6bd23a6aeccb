// golang.org/x/oauth2 and coreos/go-oidc against a Grantor: discovery, code with PKCE, refresh, userinfo, introspection,
// revocation, client credentials.
//
// Reads authPath, envID, username, password, and the applications that ../../applications.py makes.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

const redirectURI = "http://localhost:3000/callback"

// endpoints that the library leaves to its user.
type endpoints struct {
	Introspection string `json:"introspection_endpoint"`
	Revocation    string `json:"revocation_endpoint"`
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	provider, err := oidc.NewProvider(ctx, os.Getenv("authPath")+"/"+os.Getenv("envID")+"/as")
	check(err)
	var more endpoints
	check(provider.Claims(&more))
	done("discovery")

	config := &oauth2.Config{
		ClientID:     os.Getenv("walkAppID"),
		ClientSecret: os.Getenv("walkAppSecret"),
		Endpoint:     provider.Endpoint(),
		RedirectURL:  redirectURI,
		Scopes:       []string{oidc.ScopeOpenID, "profile", "email"},
	}
	token, subject := codeWithPKCE(ctx, provider, config)
	userinfo, err := provider.UserInfo(ctx, oauth2.StaticTokenSource(token))
	check(err)
	expect(userinfo.Subject == subject, "userinfo is about %s, the ID token about %s", userinfo.Subject, subject)
	done("userinfo")

	refreshed := refresh(ctx, config, token)
	introspectionAndRevocation(ctx, config, more, refreshed)
	clientCredentials(ctx, provider)
}

func codeWithPKCE(ctx context.Context, provider *oidc.Provider, config *oauth2.Config) (*oauth2.Token, string) {
	verifier, state, nonce := oauth2.GenerateVerifier(), oauth2.GenerateVerifier(), oauth2.GenerateVerifier()
	request := config.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier))
	callback := signOn(request)
	expect(callback.Get("state") == state, "state came back as %q", callback.Get("state"))
	token, err := config.Exchange(ctx, callback.Get("code"), oauth2.VerifierOption(verifier))
	check(err)
	raw, _ := token.Extra("id_token").(string)
	verified, err := provider.Verifier(&oidc.Config{ClientID: config.ClientID}).Verify(ctx, raw)
	check(err)
	expect(verified.Nonce == nonce, "nonce is %q", verified.Nonce)
	if verified.AccessTokenHash != "" {
		check(verified.VerifyAccessToken(token.AccessToken))
	}
	done("code with PKCE")
	return token, verified.Subject
}

// signOn sends the request through the hosted pages and returns the parameters that the redirect URI would have received.
func signOn(request string) url.Values {
	python := os.Getenv("PYTHON")
	if python == "" {
		python = "python3"
	}
	command := exec.Command(python, os.Getenv("SIGN_ON"), request, redirectURI)
	command.Stderr = os.Stderr
	printed, err := command.Output()
	check(err)
	callback, err := url.Parse(strings.TrimSpace(string(printed)))
	check(err)
	return callback.Query()
}

func refresh(ctx context.Context, config *oauth2.Config, token *oauth2.Token) *oauth2.Token {
	expired := &oauth2.Token{RefreshToken: token.RefreshToken, Expiry: time.Now().Add(-time.Hour)}
	refreshed, err := config.TokenSource(ctx, expired).Token()
	check(err)
	expect(refreshed.AccessToken != token.AccessToken, "refreshing gave the same access token")
	expect(refreshed.RefreshToken != token.RefreshToken, "refreshing did not rotate")
	done("refresh")
	return refreshed
}

func introspectionAndRevocation(ctx context.Context, config *oauth2.Config, more endpoints, token *oauth2.Token) {
	expect(active(ctx, config, more.Introspection, token.AccessToken), "a fresh access token is not active")
	done("introspection")
	response := post(ctx, config, more.Revocation, token.AccessToken)
	response.Body.Close()
	expect(response.StatusCode == http.StatusOK, "revocation answered %d", response.StatusCode)
	expect(!active(ctx, config, more.Introspection, token.AccessToken), "revoked and still active")
	post(ctx, config, more.Revocation, token.RefreshToken).Body.Close()
	expired := &oauth2.Token{RefreshToken: token.RefreshToken, Expiry: time.Now().Add(-time.Hour)}
	_, err := config.TokenSource(ctx, expired).Token()
	var refusal *oauth2.RetrieveError
	expect(errors.As(err, &refusal) && refusal.ErrorCode == "invalid_grant", "a revoked refresh token gave %v", err)
	done("revocation")
}

func active(ctx context.Context, config *oauth2.Config, endpoint, token string) bool {
	response := post(ctx, config, endpoint, token)
	defer response.Body.Close()
	expect(response.StatusCode == http.StatusOK, "introspection answered %d", response.StatusCode)
	var answer struct{ Active bool }
	check(json.NewDecoder(response.Body).Decode(&answer))
	return answer.Active
}

// post sends one token to an endpoint under client_secret_basic.
func post(ctx context.Context, config *oauth2.Config, endpoint, token string) *http.Response {
	body := strings.NewReader(url.Values{"token": {token}}.Encode())
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, body)
	check(err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.SetBasicAuth(url.QueryEscape(config.ClientID), url.QueryEscape(config.ClientSecret))
	response, err := http.DefaultClient.Do(request)
	check(err)
	return response
}

func clientCredentials(ctx context.Context, provider *oidc.Provider) {
	config := clientcredentials.Config{
		ClientID:     os.Getenv("serviceAppID"),
		ClientSecret: os.Getenv("serviceAppSecret"),
		TokenURL:     provider.Endpoint().TokenURL,
		AuthStyle:    oauth2.AuthStyleInParams,
	}
	token, err := config.Token(ctx)
	check(err)
	expect(token.RefreshToken == "", "client credentials gave a refresh token (RFC 6749 section 4.4.3)")
	// The management SDKs of this contract leave the style open: the library then tries Basic first and the body next.
	config.AuthStyle = oauth2.AuthStyleAutoDetect
	_, err = config.Token(ctx)
	check(err)
	done("client credentials")
}

func done(step string) {
	fmt.Println("ok Go x/oauth2 and go-oidc", step)
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
