package main

import (
	"net/http"
	"strings"

	"github.com/patrickcping/pingone-go-sdk-v2/management"
)

// policies are those of sign-on with actions of the types that need nothing else, and those of passwords.
var policies = []part{
	find{
		name: "Single_Factor", plural: "signOnPolicies", by: "name", value: "Single_Factor",
		shape: `{` + stamped + `,"name":"Single_Factor","default":true,"description ?":"<text>"}`,
		links: "actions environment self",
		list:  signOnPolicy.list, read: signOnPolicy.read,
	},
	find{
		name: "Multi_Factor", plural: "signOnPolicies", by: "name", value: "Multi_Factor",
		shape: `{` + stamped + `,"name":"Multi_Factor","default":false,"description ?":"<text>"}`,
		links: "actions environment self",
		list:  signOnPolicy.list, read: signOnPolicy.read,
	},
	step{
		name: "sign-on policy that is the default is kept", status: 400, shape: refusal("REQUEST_FAILED", "CONSTRAINT_VIOLATION", "<any>"),
		call: func(w *walk) (any, *http.Response, error) {
			return bare(signOnPolicy.remove(w, w.id("Single_Factor")))
		},
	},
	signOnPolicy,
	step{
		name: "sign-on policy's first action", status: 201, links: actionLinks, keeps: "action",
		shape: `{` + inPolicy + `,"type":"LOGIN","priority":1,"recovery":{"enabled":true}}`,
		call: func(w *walk) (any, *http.Response, error) {
			return action("", "", "", "").create(w, `{"type":"LOGIN","priority":1,"recovery":{"enabled":true}}`)
		},
	},
	action("LOGIN", `"recovery":{"enabled":false}`,
		`"recovery":{"enabled":true},"registration":{"enabled":true,"population":{"id":"<population>"},"confirmIdentityProviderAttributes":true},
		"socialProviders":[{"id":"<identity provider>"}],"enforceLockoutForIdentityProviders":true,`+older, ``),
	action("IDENTIFIER_FIRST", `"recovery":{"enabled":false}`,
		`"recovery":{"enabled":true},"discoveryRules":[{"condition":{"contains":"@example.com","value":"${identifier}"},
		"identityProvider":{"id":"<identity provider>"}}],`+older, ``),
	action("MULTI_FACTOR_AUTHENTICATION", `"noDevicesMode":"BYPASS","email":{"enabled":true}`,
		`"noDevicesMode":"BLOCK","email":{"enabled":true},"sms":{"enabled":true},"voice":{"enabled":false},"authenticator":{"enabled":true},
		"securityKey":{"enabled":false},"boundBiometrics":{"enabled":false},`+older, ``),
	action("IDENTITY_PROVIDER", `"identityProvider":{"id":"<identity provider>"}`,
		`"identityProvider":{"id":"<identity provider>"},"acrValues":"high","passUserContext":true,
		"registration":{"enabled":true,"population":{"id":"<population>"},"confirmIdentityProviderAttributes":true},`+older, ``),
	action("PROGRESSIVE_PROFILING", profiling+`,"preventMultiplePromptsPerFlow":true`,
		profiling+`,"preventMultiplePromptsPerFlow":false,`+older, ``),
	find{
		name: "Standard", plural: "passwordPolicies", by: "name", value: "Standard",
		shape: `{` + stamped + `,"name":"Standard","description":"<text>","default":true,` + strict + `,"populationCount ?":"<number>"}`,
		links: "environment self",
		list:  passwordPolicy.list, read: passwordPolicy.read,
	},
	passwordPolicy,
	step{
		name: "password policy that is the default is kept", status: 400, shape: refusal("<text>", "CONSTRAINT_VIOLATION", "<any>"),
		call: func(w *walk) (any, *http.Response, error) {
			return bare(passwordPolicy.remove(w, w.id("Standard")))
		},
	},
}

var signOnPolicy = kind{
	name: "sign-on policy", path: "/environments/<environment>/signOnPolicies", plural: "signOnPolicies",
	minimal: `{"name":"<tag>"}`,
	full:    `{"name":"<tag>","description":"of this run"}`,
	adds:    `{` + stamped + `,"default":false}`,
	links:   "actions environment self",
	stays:   true,
	create: func(w *walk, body string) (any, *http.Response, error) {
		return w.sdk.SignOnPoliciesApi.CreateSignOnPolicy(w.ctx, w.env()).SignOnPolicy(as[management.SignOnPolicy](body)).Execute()
	},
	read: func(w *walk, id string) (any, *http.Response, error) {
		return w.sdk.SignOnPoliciesApi.ReadOneSignOnPolicy(w.ctx, w.env(), id).Execute()
	},
	list: func(w *walk) error {
		return drain(w.sdk.SignOnPoliciesApi.ReadAllSignOnPolicies(w.ctx, w.env()).Execute())
	},
	replace: func(w *walk, id, body string) (any, *http.Response, error) {
		return w.sdk.SignOnPoliciesApi.UpdateSignOnPolicy(w.ctx, w.env(), id).SignOnPolicy(as[management.SignOnPolicy](body)).Execute()
	},
	remove: func(w *walk, id string) (*http.Response, error) {
		return w.sdk.SignOnPoliciesApi.DeleteSignOnPolicy(w.ctx, w.env(), id).Execute()
	},
}

// action is one of the policy's, beside the first, which is never the last.
func action(of, little, much, fullAdds string) kind {
	return kind{
		name: "action " + of, path: "/environments/<environment>/signOnPolicies/<sign-on policy>/actions", plural: "actions",
		minimal: `{"type":"` + of + `","priority":2,` + little + `}`,
		full:    `{"type":"` + of + `","priority":3,` + much + `}`,
		adds:    `{` + inPolicy + `}`, fullAdds: fullAdds,
		links: actionLinks,
		create: func(w *walk, body string) (any, *http.Response, error) {
			post := w.sdk.SignOnPolicyActionsApi.CreateSignOnPolicyAction(w.ctx, w.env(), w.id("sign-on policy"))
			return post.SignOnPolicyAction(as[management.SignOnPolicyAction](body)).Execute()
		},
		read: func(w *walk, id string) (any, *http.Response, error) {
			return w.sdk.SignOnPolicyActionsApi.ReadOneSignOnPolicyAction(w.ctx, w.env(), w.id("sign-on policy"), id).Execute()
		},
		list: func(w *walk) error {
			return drain(w.sdk.SignOnPolicyActionsApi.ReadAllSignOnPolicyActions(w.ctx, w.env(), w.id("sign-on policy")).Execute())
		},
		replace: func(w *walk, id, body string) (any, *http.Response, error) {
			put := w.sdk.SignOnPolicyActionsApi.UpdateSignOnPolicyAction(w.ctx, w.env(), w.id("sign-on policy"), id)
			return put.SignOnPolicyAction(as[management.SignOnPolicyAction](body)).Execute()
		},
		remove: func(w *walk, id string) (*http.Response, error) {
			return w.sdk.SignOnPolicyActionsApi.DeleteSignOnPolicyAction(w.ctx, w.env(), w.id("sign-on policy"), id).Execute()
		},
	}
}

var passwordPolicy = kind{
	name: "password policy", path: "/environments/<environment>/passwordPolicies", plural: "passwordPolicies",
	minimal: `{"name":"<tag>","excludesCommonlyUsed":false,"excludesProfileData":false,"notSimilarToCurrent":false}`,
	full: `{"name":"<tag>","description":"all that can be asked for",` + strict + `,"minComplexity":7,"alphabetSequenceRule":{"maxLength":3},
		"numberSequenceRule":{"maxLength":3},"qwertySequenceRule":{"maxLength":3},"shiftedNumberRowSequenceRule":{"maxLength":3}}`,
	adds:  `{` + stamped + `,"default":false}`,
	links: "environment self",
	stays: true,
	create: func(w *walk, body string) (any, *http.Response, error) {
		return w.sdk.PasswordPoliciesApi.CreatePasswordPolicy(w.ctx, w.env()).PasswordPolicy(asPasswordPolicy(body)).Execute()
	},
	read: func(w *walk, id string) (any, *http.Response, error) {
		return w.sdk.PasswordPoliciesApi.ReadOnePasswordPolicy(w.ctx, w.env(), id).Execute()
	},
	list: func(w *walk) error {
		return drain(w.sdk.PasswordPoliciesApi.ReadAllPasswordPolicies(w.ctx, w.env()).Execute())
	},
	replace: func(w *walk, id, body string) (any, *http.Response, error) {
		return w.sdk.PasswordPoliciesApi.UpdatePasswordPolicy(w.ctx, w.env(), id).PasswordPolicy(asPasswordPolicy(body)).Execute()
	},
	remove: func(w *walk, id string) (*http.Response, error) {
		return w.sdk.PasswordPoliciesApi.DeletePasswordPolicy(w.ctx, w.env(), id).Execute()
	},
}

// asPasswordPolicy: the SDK writes the special characters under their own name and reads them under another.
func asPasswordPolicy(body string) management.PasswordPolicy {
	return as[management.PasswordPolicy](strings.Replace(body, special, `"specialchar"`, 1))
}

const (
	special     = `"~!@#$%^&*()-_=+[]{}|;:,.<>/?"`
	inPolicy    = inEnvironment + `,"signOnPolicy":{"id":"<sign-on policy>"}`
	actionLinks = "environment self signOnPolicy"
	older       = `"condition":{"secondsSince":"${session.lastSignOn.withAuthenticator.pwd.at}","greater":600}`
	profiling   = `"attributes":[{"name":"name.given","required":true}],"promptIntervalSeconds":60,"promptText":"Who are you?"`
	strict      = `"excludesCommonlyUsed":true,"excludesProfileData":true,"notSimilarToCurrent":true,"history":{"count":6,"retentionDays":365},
		"length":{"min":8,"max":255},"lockout":{"durationSeconds":900,"failureCount":5},"maxAgeDays":182,"minAgeDays":1,"maxRepeatedCharacters":2,
		"minUniqueCharacters":5,"minCharacters":{"ABCDEFGHIJKLMNOPQRSTUVWXYZ":1,"abcdefghijklmnopqrstuvwxyz":1,"0123456789":1,
		` + special + `:1}`
)
