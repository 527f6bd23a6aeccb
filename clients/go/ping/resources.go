package main

import (
	"net/http"

	"github.com/patrickcping/pingone-go-sdk-v2/management"
)

// resources are those of the environment with their scopes, attributes and secrets, and the two that each has from the start.
var resources = []part{
	builtIn("openid", `"type":"OPENID_CONNECT"`),
	builtIn("PingOne API", `"type":"PINGONE_API","audience":"<text>"`),
	kind{
		name: "resource", path: "/environments/<environment>/resources", plural: "resources",
		minimal: `{"name":"<tag>"}`,
		full: `{"name":"<tag>","description":"what it guards","audience":"https://<tag>.example.com","accessTokenValiditySeconds":600,
			"introspectEndpointAuthMethod":"CLIENT_SECRET_POST","applicationPermissionsSettings":{"claimEnabled":true}}`,
		adds: `{` + stamped + `,"type":"CUSTOM","audience":"<tag>","accessTokenValiditySeconds":3600,
			"introspectEndpointAuthMethod":"CLIENT_SECRET_BASIC","applicationPermissionsSettings":{"claimEnabled":false}}`,
		links: "attributes environment scopes secret self",
		stays: true,
		create: func(w *walk, body string) (any, *http.Response, error) {
			return w.sdk.ResourcesApi.CreateResource(w.ctx, w.env()).Resource(as[management.Resource](body)).Execute()
		},
		read: readResource,
		list: listResources,
		replace: func(w *walk, id, body string) (any, *http.Response, error) {
			return w.sdk.ResourcesApi.UpdateResource(w.ctx, w.env(), id).Resource(as[management.Resource](body)).Execute()
		},
		remove: func(w *walk, id string) (*http.Response, error) {
			return w.sdk.ResourcesApi.DeleteResource(w.ctx, w.env(), id).Execute()
		},
	},
	step{
		name: "resource's name twice", status: 400, shape: refusal("INVALID_DATA", "UNIQUENESS_VIOLATION", "name"),
		call: func(w *walk) (any, *http.Response, error) {
			return w.sdk.ResourcesApi.CreateResource(w.ctx, w.env()).Resource(as[management.Resource](w.fill(`{"name":"<tag>"}`))).Execute()
		},
	},
	scope("scope", "resource", `{"name":"<tag>:read"}`, `{"name":"<tag>:read","description":"to read"}`),
	scope("other scope", "resource", `{"name":"<tag>:write"}`, `{"name":"<tag>:write","description":"to write"}`),
	scope("scope of openid", "openid", `{"name":"<tag>"}`, `{"name":"<tag>","description":"of this run"}`),
	scope("scope of users' attributes", "PingOne API", `{"name":"p1:read:user:<tag>","schemaAttributes":["name.given","email"]}`,
		`{"name":"p1:read:user:<tag>","description":"two of them","schemaAttributes":["name.given","email","nickname"]}`),
	attribute("resource's attribute", "resource", `{"name":"family","value":"${user.name.family}"}`,
		`{"name":"family","value":"${user.name.given + ', ' + user.name.family}"}`, `{`+inResource+`,"resource":{"id":"<resource>"}}`),
	attribute("attribute of openid", "openid", `{"name":"<tag>","value":"${user.name.family}"}`,
		`{"name":"<tag>","value":"${user.name.given}","idToken":true,"userInfo":false}`,
		`{`+inResource+`,"resource":{"id":"<openid>"},"idToken":true,"userInfo":true}`),
	step{
		name: "resource's secret read", status: 200, shape: `{"environment":{"id":"<environment>"},"secret":"<secret>"}`,
		links: "environment resource self",
		call: func(w *walk) (any, *http.Response, error) {
			return w.sdk.ResourceClientSecretApi.ReadResourceSecret(w.ctx, w.env(), w.id("resource")).Execute()
		},
	},
	step{
		name: "resource's secret renewed", status: 200, links: "environment resource self",
		shape: `{"environment":{"id":"<environment>"},"secret":"<secret>","previous":{"secret":"<secret>","expiresAt":"<time>","lastUsed ?":"<time>"}}`,
		call: func(w *walk) (any, *http.Response, error) {
			body := as[management.ResourceSecret](tomorrow())
			return w.sdk.ResourceClientSecretApi.UpdateResourceSecret(w.ctx, w.env(), w.id("resource")).ResourceSecret(body).Execute()
		},
	},
	step{
		name: "resource's previous secret removed", status: 204,
		call: func(w *walk) (any, *http.Response, error) {
			return bare(w.sdk.ResourceClientSecretApi.DeletePreviousResourceSecret(w.ctx, w.env(), w.id("resource")).Execute())
		},
	},
}

// builtIn is a resource that nobody made.
func builtIn(name, more string) find {
	return find{
		name: name, plural: "resources", by: "name", value: name,
		shape: `{` + stamped + `,"name":"` + name + `","description":"<text>",` + more + `}`,
		links: "attributes environment scopes self",
		list:  listResources, read: readResource,
	}
}

const inResource = inEnvironment + `,"createdAt ?":"<time>","updatedAt ?":"<time>","type":"CUSTOM"`

func listResources(w *walk) error {
	return drain(w.sdk.ResourcesApi.ReadAllResources(w.ctx, w.env()).Execute())
}

func readResource(w *walk, id string) (any, *http.Response, error) {
	return w.sdk.ResourcesApi.ReadOneResource(w.ctx, w.env(), id).Execute()
}

func scope(name, of, minimal, full string) kind {
	return kind{
		name: name, path: "/environments/<environment>/resources/<" + of + ">/scopes", plural: "scopes",
		minimal: minimal, full: full,
		adds:  `{` + stamped + `,"resource":{"id":"<` + of + `>"}}`,
		links: "environment resource self",
		stays: true,
		create: func(w *walk, body string) (any, *http.Response, error) {
			post := w.sdk.ResourceScopesApi.CreateResourceScope(w.ctx, w.env(), w.id(of))
			return post.ResourceScope(as[management.ResourceScope](body)).Execute()
		},
		read: func(w *walk, id string) (any, *http.Response, error) {
			return w.sdk.ResourceScopesApi.ReadOneResourceScope(w.ctx, w.env(), w.id(of), id).Execute()
		},
		list: func(w *walk) error {
			return drain(w.sdk.ResourceScopesApi.ReadAllResourceScopes(w.ctx, w.env(), w.id(of)).Execute())
		},
		replace: func(w *walk, id, body string) (any, *http.Response, error) {
			put := w.sdk.ResourceScopesApi.UpdateResourceScope(w.ctx, w.env(), w.id(of), id)
			return put.ResourceScope(as[management.ResourceScope](body)).Execute()
		},
		remove: func(w *walk, id string) (*http.Response, error) {
			return w.sdk.ResourceScopesApi.DeleteResourceScope(w.ctx, w.env(), w.id(of), id).Execute()
		},
	}
}

func attribute(name, of, minimal, full, adds string) kind {
	return kind{
		name: name, path: "/environments/<environment>/resources/<" + of + ">/attributes", plural: "attributes",
		minimal: minimal, full: full, adds: adds,
		links: "environment resource self",
		create: func(w *walk, body string) (any, *http.Response, error) {
			post := w.sdk.ResourceAttributesApi.CreateResourceAttribute(w.ctx, w.env(), w.id(of))
			return post.ResourceAttribute(as[management.ResourceAttribute](body)).Execute()
		},
		read: func(w *walk, id string) (any, *http.Response, error) {
			return w.sdk.ResourceAttributesApi.ReadOneResourceAttribute(w.ctx, w.env(), w.id(of), id).Execute()
		},
		list: func(w *walk) error {
			return drain(w.sdk.ResourceAttributesApi.ReadAllResourceAttributes(w.ctx, w.env(), w.id(of)).Execute())
		},
		replace: func(w *walk, id, body string) (any, *http.Response, error) {
			put := w.sdk.ResourceAttributesApi.UpdateResourceAttribute(w.ctx, w.env(), w.id(of), id)
			return put.ResourceAttribute(as[management.ResourceAttribute](body)).Execute()
		},
		remove: func(w *walk, id string) (*http.Response, error) {
			return w.sdk.ResourceAttributesApi.DeleteResourceAttribute(w.ctx, w.env(), w.id(of), id).Execute()
		},
	}
}
