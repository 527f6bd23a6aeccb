package main

import (
	"net/http"
	"strings"

	"github.com/patrickcping/pingone-go-sdk-v2/management"
)

// providers are identity providers of every type with their attributes, and what a population and a user make of them.
var providers = append(ofEveryType(),
	provider("identity provider",
		`{"name":"<tag>","enabled":true,"type":"OPENID_CONNECT",`+openIDConnect+`}`,
		`{"name":"<tag>","enabled":true,"type":"OPENID_CONNECT",`+openIDConnect+`,"description":"somebody else",
			"discoveryEndpoint":"https://idp.example.com/.well-known/openid-configuration","userInfoEndpoint":"https://idp.example.com/userinfo",
			"pkceMethod":"S256","registration":{"population":{"id":"<population>"}}}`,
		`{`+stamped+`,"pkceMethod ?":"NONE"}`),
	kind{
		name: "identity provider's attribute", path: "/environments/<environment>/identityProviders/<identity provider>/attributes", plural: "attributes",
		minimal: `{"name":"email","value":"${providerAttributes.email}","update":"EMPTY_ONLY"}`,
		full:    `{"name":"email","value":"${providerAttributes.mail}","update":"ALWAYS"}`,
		adds:    `{` + stamped + `,"mappingType":"CUSTOM","identityProvider":{"id":"<identity provider>"}}`,
		links:   "environment identityProvider self",
		create: func(w *walk, body string) (any, *http.Response, error) {
			post := w.sdk.IdentityProviderAttributesApi.CreateIdentityProviderAttribute(w.ctx, w.env(), w.id("identity provider"))
			return post.IdentityProviderAttribute(as[management.IdentityProviderAttribute](body)).Execute()
		},
		read: func(w *walk, id string) (any, *http.Response, error) {
			return w.sdk.IdentityProviderAttributesApi.ReadOneIdentityProviderAttribute(w.ctx, w.env(), w.id("identity provider"), id).Execute()
		},
		list: func(w *walk) error {
			return drain(w.sdk.IdentityProviderAttributesApi.ReadAllIdentityProviderAttributes(w.ctx, w.env(), w.id("identity provider")).Execute())
		},
		replace: func(w *walk, id, body string) (any, *http.Response, error) {
			put := w.sdk.IdentityProviderAttributesApi.UpdateIdentityProviderAttribute(w.ctx, w.env(), w.id("identity provider"), id)
			return put.IdentityProviderAttribute(as[management.IdentityProviderAttribute](body)).Execute()
		},
		remove: func(w *walk, id string) (*http.Response, error) {
			return w.sdk.IdentityProviderAttributesApi.DeleteIdentityProviderAttribute(w.ctx, w.env(), w.id("identity provider"), id).Execute()
		},
	},
	defaultProvider("set", `{"id":"<identity provider>"}`, `{"id":"<identity provider>","type":"OPENID_CONNECT"}`),
	step{
		name: "population's provider read", status: 200, shape: `{"id":"<identity provider>","type":"OPENID_CONNECT"}`,
		call: func(w *walk) (any, *http.Response, error) {
			return w.sdk.PopulationsApi.ReadOnePopulationDefaultIdp(w.ctx, w.env(), w.id("population")).Execute()
		},
	},
	// Where it is this server, neither id nor type is told.
	defaultProvider("taken away", `{}`, `{}`),
	step{
		name: "user's provider read", status: 200, shape: `{"type":"PING_ONE"}`,
		call: func(w *walk) (any, *http.Response, error) {
			return bare(w.sdk.UsersApi.EnvironmentsEnvironmentIDUsersUserIDIdentityProviderGet(w.ctx, w.env(), w.id("user")).Execute())
		},
	},
	step{
		name: "user's linked accounts", status: 200, shape: `{"_embedded":{"linkedAccounts":[]},"count ?":0,"size ?":0}`,
		call: func(w *walk) (any, *http.Response, error) {
			return bare(w.sdk.LinkedAccountsApi.EnvironmentsEnvironmentIDUsersUserIDLinkedAccountsGet(w.ctx, w.env(), w.id("user")).Execute())
		},
	},
)

// ofEveryType are the types that differ in what they are told, each with it.
func ofEveryType() (parts []part) {
	for _, of := range []string{"GOOGLE", "LINKEDIN", "LINKEDIN_OIDC", "TWITTER", "AMAZON", "YAHOO", "GITHUB", "MICROSOFT"} {
		parts = append(parts, ofType(of, `"clientId":"client","clientSecret":"secret"`))
	}
	return append(parts,
		ofType("FACEBOOK", `"appId":"client","appSecret":"secret"`),
		ofType("APPLE", `"clientId":"client","clientSecretSigningKey":"`+strings.ReplaceAll(appleKey, "\n", `\n`)+`","keyId":"ABCDEFGHIJ","teamId":"KLMNOPQRST"`),
		ofType("PAYPAL", `"clientId":"client","clientSecret":"secret","clientEnvironment":"sandbox"`),
		ofType("SAML", `"idpEntityId":"https://idp.example.com","spEntityId":"urn:<tag>","ssoBinding":"HTTP_POST","ssoEndpoint":"https://idp.example.com/sso",
			"idpVerification":{"certificates":[{"id":"<certificate>"}]}`),
	)
}

func ofType(of, members string) kind {
	return provider("identity provider of "+of,
		`{"name":"<tag> `+of+`","enabled":false,"type":"`+of+`",`+members+`}`,
		`{"name":"<tag> `+of+`","enabled":true,"type":"`+of+`",`+members+`,"description":"somebody else","registration":{"population":{"id":"<population>"}}}`,
		// What a provider of SAML says more of itself is the server's own choice.
		`{`+stamped+`,"authnRequestSigned ?":"<flag>","sloBinding ?":"HTTP_POST","sloWindow ?":"<number>"}`)
}

func provider(name, minimal, full, adds string) kind {
	return kind{
		name: name, path: "/environments/<environment>/identityProviders", plural: "identityProviders",
		minimal: minimal, full: full, adds: adds,
		links: "attributes environment self",
		stays: true,
		create: func(w *walk, body string) (any, *http.Response, error) {
			return w.sdk.IdentityProvidersApi.CreateIdentityProvider(w.ctx, w.env()).IdentityProvider(as[management.IdentityProvider](body)).Execute()
		},
		read: func(w *walk, id string) (any, *http.Response, error) {
			return w.sdk.IdentityProvidersApi.ReadOneIdentityProvider(w.ctx, w.env(), id).Execute()
		},
		list: func(w *walk) error {
			return drain(w.sdk.IdentityProvidersApi.ReadAllIdentityProviders(w.ctx, w.env()).Execute())
		},
		replace: func(w *walk, id, body string) (any, *http.Response, error) {
			return w.sdk.IdentityProvidersApi.UpdateIdentityProvider(w.ctx, w.env(), id).IdentityProvider(as[management.IdentityProvider](body)).Execute()
		},
		remove: func(w *walk, id string) (*http.Response, error) {
			return w.sdk.IdentityProvidersApi.DeleteIdentityProvider(w.ctx, w.env(), id).Execute()
		},
	}
}

func defaultProvider(what, body, shape string) step {
	return step{
		name: "population's provider " + what, status: 200, shape: shape,
		call: func(w *walk) (any, *http.Response, error) {
			put := w.sdk.PopulationsApi.UpdatePopulationDefaultIdp(w.ctx, w.env(), w.id("population"))
			return put.PopulationDefaultIdp(as[management.PopulationDefaultIdp](w.fill(body))).Execute()
		},
	}
}

const (
	openIDConnect = `"clientId":"client","clientSecret":"secret","issuer":"https://idp.example.com","scopes":["openid","profile"],
		"authorizationEndpoint":"https://idp.example.com/authorize","tokenEndpoint":"https://idp.example.com/token",
		"jwksEndpoint":"https://idp.example.com/jwks","tokenEndpointAuthMethod":"CLIENT_SECRET_BASIC"`
	// appleKey has the form of one and opens nothing.
	appleKey = "-----BEGIN PRIVATE KEY-----\nMIGTAgEAMBMGByqGSM49AgEG\n-----END PRIVATE KEY-----"
)
