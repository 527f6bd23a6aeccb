package main

import (
	"net/http"
	"time"

	"github.com/patrickcping/pingone-go-sdk-v2/management"
)

// applications are one of every type, and what belongs to one: secret, attribute mappings, grants, sign-on policies.
var applications = []part{
	application("WEB_APP", byCode+`,"tokenEndpointAuthMethod":"CLIENT_SECRET_BASIC"`,
		`"description":"all that it takes","hiddenFromAppPortal":true,"loginPageUrl":"https://login.example.com","homePageUrl":"https://www.example.com",
		"initiateLoginUri":"https://www.example.com/start","targetLinkUri":"https://www.example.com/target",
		"grantTypes":["AUTHORIZATION_CODE","REFRESH_TOKEN"],"responseTypes":["CODE"],"tokenEndpointAuthMethod":"CLIENT_SECRET_POST",
		"redirectUris":["https://app.example.com/callback","http://localhost:3000/callback"],"postLogoutRedirectUris":["https://app.example.com/bye"],
		"refreshTokenDuration":3000000,"refreshTokenRollingDuration":30000000,"refreshTokenRollingGracePeriodDuration":60,
		"additionalRefreshTokenReplayProtectionEnabled":false,"parRequirement":"OPTIONAL","parTimeout":61,"pkceEnforcement":"S256_REQUIRED",
		"supportUnsignedRequestObject":true,"requireSignedRequestObject":false,"requestScopesForMultipleResourcesEnabled":true,"idpSignoff":true,
		"corsSettings":{"behavior":"ALLOW_SPECIFIC_ORIGINS","origins":["https://app.example.com"]}`, ``),
	named("application with keys of its own", application("WEB_APP", byCode+`,"tokenEndpointAuthMethod":"CLIENT_SECRET_BASIC"`,
		byCode+`,"tokenEndpointAuthMethod":"CLIENT_SECRET_BASIC","signing":{"keyRotationPolicy":{"id":"<key rotation policy>"}}`, ``)),
	named("application for a group", application("WEB_APP", byCode+`,"tokenEndpointAuthMethod":"CLIENT_SECRET_BASIC"`,
		byCode+`,"tokenEndpointAuthMethod":"CLIENT_SECRET_BASIC","accessControl":{"group":{"type":"ANY_GROUP","groups":[{"id":"<group>"}]}}`, ``)),
	application("SINGLE_PAGE_APP", byCode+`,"tokenEndpointAuthMethod":"NONE","pkceEnforcement":"S256_REQUIRED"`,
		`"grantTypes":["AUTHORIZATION_CODE","IMPLICIT"],"responseTypes":["CODE","TOKEN","ID_TOKEN"],"redirectUris":["https://spa.example.com"],
		"tokenEndpointAuthMethod":"NONE","pkceEnforcement":"S256_REQUIRED","corsSettings":{"behavior":"ALLOW_NO_ORIGINS"}`, ``),
	application("NATIVE_APP", byCode+`,"tokenEndpointAuthMethod":"NONE","pkceEnforcement":"S256_REQUIRED"`,
		`"grantTypes":["DEVICE_CODE","REFRESH_TOKEN"],"tokenEndpointAuthMethod":"NONE","devicePathId":"<tag>","deviceTimeout":601,"devicePollingInterval":10,
		"mobile":{"passcodeRefreshDuration":{"duration":45,"timeUnit":"SECONDS"},"integrityDetection":{"mode":"DISABLED"}}`,
		`,"mobile":{"integrityDetection":{"mode":"DISABLED"},"passcodeRefreshDuration":{"duration":30,"timeUnit":"SECONDS"}}`),
	application("WORKER", `"grantTypes":["CLIENT_CREDENTIALS"],"tokenEndpointAuthMethod":"CLIENT_SECRET_BASIC"`,
		`"grantTypes":["CLIENT_CREDENTIALS"],"tokenEndpointAuthMethod":"CLIENT_SECRET_POST","description":"works"`,
		`,"accessControl":{"role":{"type":"ADMIN_USERS_ONLY"}}`),
	application("SERVICE", `"grantTypes":["CLIENT_CREDENTIALS"],"tokenEndpointAuthMethod":"CLIENT_SECRET_POST"`,
		`"grantTypes":["CLIENT_CREDENTIALS"],"tokenEndpointAuthMethod":"PRIVATE_KEY_JWT","jwksUrl":"https://app.example.com/jwks"`, ``),
	application("CUSTOM_APP", `"grantTypes":["CLIENT_CREDENTIALS"],"tokenEndpointAuthMethod":"CLIENT_SECRET_JWT"`,
		`"grantTypes":["CLIENT_CREDENTIALS"],"tokenEndpointAuthMethod":"CLIENT_SECRET_BASIC","description":"of any sort"`, ``),
	step{
		name: "application's secret read", status: 200, shape: `{"environment":{"id":"<environment>"},"secret":"<secret>"}`, links: secretLinks,
		call: func(w *walk) (any, *http.Response, error) {
			return w.sdk.ApplicationSecretApi.ReadApplicationSecret(w.ctx, w.env(), w.id("WEB_APP")).Execute()
		},
	},
	step{
		name: "application's secret renewed", status: 200, links: secretLinks,
		shape: `{"environment":{"id":"<environment>"},"secret":"<secret>","previous":{"secret":"<secret>","expiresAt":"<time>","lastUsed ?":"<time>"}}`,
		call: func(w *walk) (any, *http.Response, error) {
			body := as[management.ApplicationSecret](tomorrow())
			return w.sdk.ApplicationSecretApi.UpdateApplicationSecret(w.ctx, w.env(), w.id("WEB_APP")).ApplicationSecret(body).Execute()
		},
	},
	step{
		name: "application's previous secret removed", status: 204,
		call: func(w *walk) (any, *http.Response, error) {
			return bare(w.sdk.ApplicationSecretApi.DeletePreviousApplicationSecret(w.ctx, w.env(), w.id("WEB_APP")).Execute())
		},
	},
	find{
		name: "sub", plural: "attributes", by: "name", value: "sub",
		shape: mapped(`"name":"sub","value":"${user.id}","required":true,"mappingType":"CORE","idToken ?":true,"userInfo ?":true`), links: mappingLinks,
		list: mapping.list, read: mapping.read,
	},
	step{
		name: "attribute mapping's name twice", status: 400, shape: refusal("INVALID_DATA", "UNIQUENESS_VIOLATION", "name"),
		call: func(w *walk) (any, *http.Response, error) {
			return mapping.create(w, `{"name":"sub","required":true,"value":"${user.id}"}`)
		},
	},
	mapping,
	grant,
	assignment,
}

// application is one of a type; of all it is known what their server adds.
func application(of, little, much, more string) kind {
	// Names are no key of theirs: two may have the same.
	head := `{"name":"<tag> ` + of + `","enabled":true,"protocol":"OPENID_CONNECT","type":"` + of + `",`
	return kind{
		name: of, path: "/environments/<environment>/applications", plural: "applications",
		minimal: head + little + `}`, full: head + much + `}`,
		adds: `{` + stamped + `,"clientId":"<uuid>","hiddenFromAppPortal":false,"assignActorRoles":false,"allowWildcardInRedirectUris":false,
			"additionalRefreshTokenReplayProtectionEnabled":true,"devicePollingInterval":5,"deviceTimeout":600,"idpSignoff":false,
			"parRequirement":"OPTIONAL","parTimeout":60,"pkceEnforcement":"OPTIONAL","requestScopesForMultipleResourcesEnabled":false,
			"signing":{"keyRotationPolicy":{"id":"<uuid>"}},"refreshTokenDuration ?":"<number>","refreshTokenRollingDuration ?":"<number>"` + more + `}`,
		links: "attributes environment grants keyRotationPolicy metadata roleAssignments secret self signOnPolicyAssignments",
		stays: true,
		create: func(w *walk, body string) (any, *http.Response, error) {
			post := w.sdk.ApplicationsApi.CreateApplication(w.ctx, w.env())
			return post.CreateApplicationRequest(as[management.CreateApplicationRequest](body)).Execute()
		},
		read: func(w *walk, id string) (any, *http.Response, error) {
			return w.sdk.ApplicationsApi.ReadOneApplication(w.ctx, w.env(), id).Execute()
		},
		list: func(w *walk) error {
			return drain(w.sdk.ApplicationsApi.ReadAllApplications(w.ctx, w.env()).Execute())
		},
		replace: func(w *walk, id, body string) (any, *http.Response, error) {
			put := w.sdk.ApplicationsApi.UpdateApplication(w.ctx, w.env(), id)
			return put.UpdateApplicationRequest(as[management.UpdateApplicationRequest](body)).Execute()
		},
		remove: func(w *walk, id string) (*http.Response, error) {
			return w.sdk.ApplicationsApi.DeleteApplication(w.ctx, w.env(), id).Execute()
		},
	}
}

// named is the same kind of object under a name of its own, and stays nobody's.
func named(name string, of kind) kind {
	of.name, of.stays = name, false
	return of
}

var mapping = kind{
	name: "attribute mapping", path: "/environments/<environment>/applications/<WEB_APP>/attributes", plural: "attributes",
	minimal: `{"name":"mail","required":false,"value":"${user.email}"}`,
	full:    `{"name":"mail","required":true,"value":"${user.name.given + ', ' + user.name.family}","idToken":true,"userInfo":false,"oidcScopes":["<scope of openid>"]}`,
	adds:    mapped(`"mappingType":"CUSTOM","idToken":true,"userInfo":true`),
	links:   mappingLinks,
	create: func(w *walk, body string) (any, *http.Response, error) {
		post := w.sdk.ApplicationAttributeMappingApi.CreateApplicationAttributeMapping(w.ctx, w.env(), w.id("WEB_APP"))
		return post.ApplicationAttributeMapping(as[management.ApplicationAttributeMapping](body)).Execute()
	},
	read: func(w *walk, id string) (any, *http.Response, error) {
		return w.sdk.ApplicationAttributeMappingApi.ReadOneApplicationAttributeMapping(w.ctx, w.env(), w.id("WEB_APP"), id).Execute()
	},
	list: func(w *walk) error {
		return drain(w.sdk.ApplicationAttributeMappingApi.ReadAllApplicationAttributeMappings(w.ctx, w.env(), w.id("WEB_APP")).Execute())
	},
	replace: func(w *walk, id, body string) (any, *http.Response, error) {
		put := w.sdk.ApplicationAttributeMappingApi.UpdateApplicationAttributeMapping(w.ctx, w.env(), w.id("WEB_APP"), id)
		return put.ApplicationAttributeMapping(as[management.ApplicationAttributeMapping](body)).Execute()
	},
	remove: func(w *walk, id string) (*http.Response, error) {
		return w.sdk.ApplicationAttributeMappingApi.DeleteApplicationAttributeMapping(w.ctx, w.env(), w.id("WEB_APP"), id).Execute()
	},
}

var grant = kind{
	name: "grant", path: "/environments/<environment>/applications/<WEB_APP>/grants", plural: "grants",
	minimal: `{"resource":{"id":"<resource>"},"scopes":[{"id":"<scope>"}]}`,
	full:    `{"resource":{"id":"<resource>"},"scopes":[{"id":"<scope>"},{"id":"<other scope>"}]}`,
	adds:    `{"id":"<uuid>","application":{"id":"<WEB_APP>"},"createdAt":"<time>","updatedAt":"<time>"}`,
	links:   "application environment resource self",
	create: func(w *walk, body string) (any, *http.Response, error) {
		post := w.sdk.ApplicationResourceGrantsApi.CreateApplicationGrant(w.ctx, w.env(), w.id("WEB_APP"))
		return post.ApplicationResourceGrant(as[management.ApplicationResourceGrant](body)).Execute()
	},
	read: func(w *walk, id string) (any, *http.Response, error) {
		return w.sdk.ApplicationResourceGrantsApi.ReadOneApplicationGrant(w.ctx, w.env(), w.id("WEB_APP"), id).Execute()
	},
	list: func(w *walk) error {
		return drain(w.sdk.ApplicationResourceGrantsApi.ReadAllApplicationGrants(w.ctx, w.env(), w.id("WEB_APP")).Execute())
	},
	replace: func(w *walk, id, body string) (any, *http.Response, error) {
		put := w.sdk.ApplicationResourceGrantsApi.UpdateApplicationGrant(w.ctx, w.env(), w.id("WEB_APP"), id)
		return put.ApplicationResourceGrant(as[management.ApplicationResourceGrant](body)).Execute()
	},
	remove: func(w *walk, id string) (*http.Response, error) {
		return w.sdk.ApplicationResourceGrantsApi.DeleteApplicationGrant(w.ctx, w.env(), w.id("WEB_APP"), id).Execute()
	},
}

// assignment of a sign-on policy to an application.
var assignment = kind{
	name: "sign-on policy's assignment", path: "/environments/<environment>/applications/<WEB_APP>/signOnPolicyAssignments",
	plural:  "signOnPolicyAssignments",
	minimal: `{"priority":1,"signOnPolicy":{"id":"<sign-on policy>"}}`,
	full:    `{"priority":2,"signOnPolicy":{"id":"<sign-on policy>"}}`,
	adds:    `{` + inEnvironment + `,"application":{"id":"<WEB_APP>"},"createdAt ?":"<time>","updatedAt ?":"<time>"}`,
	links:   "application environment self signOnPolicy",
	create: func(w *walk, body string) (any, *http.Response, error) {
		post := w.sdk.ApplicationSignOnPolicyAssignmentsApi.CreateSignOnPolicyAssignment(w.ctx, w.env(), w.id("WEB_APP"))
		return post.SignOnPolicyAssignment(as[management.SignOnPolicyAssignment](body)).Execute()
	},
	read: func(w *walk, id string) (any, *http.Response, error) {
		return w.sdk.ApplicationSignOnPolicyAssignmentsApi.ReadOneSignOnPolicyAssignment(w.ctx, w.env(), w.id("WEB_APP"), id).Execute()
	},
	list: func(w *walk) error {
		return drain(w.sdk.ApplicationSignOnPolicyAssignmentsApi.ReadAllSignOnPolicyAssignments(w.ctx, w.env(), w.id("WEB_APP")).Execute())
	},
	replace: func(w *walk, id, body string) (any, *http.Response, error) {
		put := w.sdk.ApplicationSignOnPolicyAssignmentsApi.UpdateSignOnPolicyAssignment(w.ctx, w.env(), w.id("WEB_APP"), id)
		return put.SignOnPolicyAssignment(as[management.SignOnPolicyAssignment](body)).Execute()
	},
	remove: func(w *walk, id string) (*http.Response, error) {
		return w.sdk.ApplicationSignOnPolicyAssignmentsApi.DeleteSignOnPolicyAssignment(w.ctx, w.env(), w.id("WEB_APP"), id).Execute()
	},
}

func mapped(members string) string {
	return `{"id":"<uuid>","application":{"id":"<WEB_APP>"},"createdAt":"<time>","updatedAt":"<time>",` + members + `}`
}

// tomorrow is the body that keeps a secret beside its successor until then.
func tomorrow() string {
	return `{"previous":{"expiresAt":"` + time.Now().UTC().Add(24*time.Hour).Format("2006-01-02T15:04:05.000Z") + `"}}`
}

const (
	byCode       = `"grantTypes":["AUTHORIZATION_CODE"],"responseTypes":["CODE"],"redirectUris":["https://app.example.com/callback"]`
	secretLinks  = "application environment self"
	mappingLinks = "application environment self"
)
