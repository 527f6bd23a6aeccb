// golang.org/x/oauth2 with every way in which it can prove a client: code with PKCE, refresh, tokens of its own.
//
// The library sends a secret, or takes what proves a client as parameters of the request: assertions are signed with go-jose, for the code
// and for tokens of its own (it has no place for parameters of a refresh). A certificate is shown by the transport.
// Run by ../../methods.py.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
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
	"github.com/go-jose/go-jose/v4"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

type described struct {
	Issuer      string
	RedirectURI string
	Authority   string
	Clients     []client
}

type client struct {
	Method, Alg, ID, Secret, Certificate, Key string
	JWK                                       json.RawMessage
	Foreign                                   json.RawMessage
}

func main() {
	text, err := os.ReadFile(os.Getenv("METHODS"))
	check(err)
	var all described
	check(json.Unmarshal(text, &all))
	for _, one := range all.Clients {
		// RFC 9864: go-jose knows the older name only.
		if one.Alg == "Ed25519" {
			continue
		}
		walk(all, one)
		fmt.Println(strings.TrimSpace("ok Go x/oauth2 " + one.Method + " " + one.Alg))
	}
}

func walk(all described, one client) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	ctx = oidc.ClientContext(ctx, connections(all, one))
	provider, err := oidc.NewProvider(ctx, all.Issuer)
	check(err)
	endpoint := provider.Endpoint()
	endpoint.AuthStyle = oauth2.AuthStyleInParams
	if one.Method == "client_secret_basic" {
		endpoint.AuthStyle = oauth2.AuthStyleInHeader
	}
	if one.Certificate != "" {
		var more struct {
			Aliases struct {
				Token string `json:"token_endpoint"`
			} `json:"mtls_endpoint_aliases"`
		}
		check(provider.Claims(&more))
		endpoint.TokenURL = more.Aliases.Token
	}
	secret := one.Secret
	if one.Method == "client_secret_jwt" {
		// It signs; it is not sent.
		secret = ""
	}
	config := &oauth2.Config{
		ClientID: one.ID, ClientSecret: secret, Endpoint: endpoint, RedirectURL: all.RedirectURI,
		Scopes: []string{oidc.ScopeOpenID, "profile"},
	}
	token := codeWithPKCE(ctx, provider, config, one)
	if one.Alg == "" {
		refresh(ctx, config, token)
	}
	if one.Method != "none" {
		itself := clientcredentials.Config{
			ClientID: one.ID, ClientSecret: secret, TokenURL: endpoint.TokenURL, AuthStyle: endpoint.AuthStyle,
			EndpointParams: proof(one, all.Issuer),
		}
		token, err = itself.Token(ctx)
		check(err)
		refused(all, one, itself)
	}
	if one.Certificate != "" {
		expect(strings.Contains(claims(token.AccessToken), "x5t#S256"), "the token is not bound to the certificate")
	}
}

// refused is who asks with the proof of somebody else.
func refused(all described, one client, itself clientcredentials.Config) {
	check(json.Unmarshal(one.Foreign, &one))
	if itself.ClientSecret != "" {
		itself.ClientSecret = one.Secret
	}
	itself.EndpointParams = proof(one, all.Issuer)
	_, err := itself.Token(oidc.ClientContext(context.Background(), connections(all, one)))
	var refusal *oauth2.RetrieveError
	expect(errors.As(err, &refusal) && refusal.ErrorCode == "invalid_client", "the proof of somebody else gave %v", err)
}

// connections trust the server's certificate and show the client's where it has one.
func connections(all described, one client) *http.Client {
	authority, err := os.ReadFile(all.Authority)
	check(err)
	config := &tls.Config{RootCAs: x509.NewCertPool()}
	expect(config.RootCAs.AppendCertsFromPEM(authority), "%s holds no certificate", all.Authority)
	if one.Certificate != "" {
		pair, err := tls.LoadX509KeyPair(one.Certificate, one.Key)
		check(err)
		config.Certificates = []tls.Certificate{pair}
	}
	return &http.Client{Transport: &http.Transport{TLSClientConfig: config}}
}

func codeWithPKCE(ctx context.Context, provider *oidc.Provider, config *oauth2.Config, one client) *oauth2.Token {
	verifier, state, nonce := oauth2.GenerateVerifier(), oauth2.GenerateVerifier(), oauth2.GenerateVerifier()
	request := config.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier))
	callback := signOn(request, config.RedirectURL)
	expect(callback.Get("state") == state, "state came back as %q", callback.Get("state"))
	options := []oauth2.AuthCodeOption{oauth2.VerifierOption(verifier)}
	for name, values := range proof(one, config.Endpoint.TokenURL) {
		options = append(options, oauth2.SetAuthURLParam(name, values[0]))
	}
	token, err := config.Exchange(ctx, callback.Get("code"), options...)
	check(err)
	raw, _ := token.Extra("id_token").(string)
	verified, err := provider.Verifier(&oidc.Config{ClientID: one.ID}).Verify(ctx, raw)
	check(err)
	expect(verified.Nonce == nonce, "nonce is %q", verified.Nonce)
	return token
}

func refresh(ctx context.Context, config *oauth2.Config, token *oauth2.Token) {
	expired := &oauth2.Token{RefreshToken: token.RefreshToken, Expiry: time.Now().Add(-time.Hour)}
	refreshed, err := config.TokenSource(ctx, expired).Token()
	check(err)
	expect(refreshed.RefreshToken != token.RefreshToken, "refreshing did not rotate")
}

// proof is what a client with assertions adds to a request (RFC 7523 section 2.2).
func proof(one client, audience string) url.Values {
	var key any
	switch one.Method {
	case "client_secret_jwt":
		key = []byte(one.Secret)
	case "private_key_jwt":
		var jwk jose.JSONWebKey
		check(jwk.UnmarshalJSON(one.JWK))
		key = jwk
	default:
		return nil
	}
	options := (&jose.SignerOptions{}).WithType("JWT")
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(one.Alg), Key: key}, options)
	check(err)
	now := time.Now().Unix()
	payload, err := json.Marshal(map[string]any{
		"iss": one.ID, "sub": one.ID, "aud": audience, "iat": now, "exp": now + 60, "jti": oauth2.GenerateVerifier(),
	})
	check(err)
	signed, err := signer.Sign(payload)
	check(err)
	assertion, err := signed.CompactSerialize()
	check(err)
	return url.Values{"client_assertion_type": {assertionType}, "client_assertion": {assertion}}
}

// signOn sends the request through the hosted pages and returns the parameters that the redirect URI would have received.
func signOn(request, redirectURI string) url.Values {
	command := exec.Command(os.Getenv("PYTHON"), os.Getenv("SIGN_ON"), request, redirectURI)
	command.Stderr = os.Stderr
	printed, err := command.Output()
	check(err)
	callback, err := url.Parse(strings.TrimSpace(string(printed)))
	check(err)
	return callback.Query()
}

// claims of a compact JWS as JSON, not verified.
func claims(token string) string {
	text, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	check(err)
	return string(text)
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
