package main

import (
	"net/http"

	"github.com/patrickcping/pingone-go-sdk-v2/management"
)

// directory are populations, users and groups, and who is in what.
var directory = []part{
	population,
	user,
	imported,
	step{
		name: "user's name twice", status: 400, shape: refusal("INVALID_DATA", "UNIQUENESS_VIOLATION", "username"),
		call: func(w *walk) (any, *http.Response, error) {
			return user.create(w, w.fill(`{"username":"<tag>-full","email":"other@example.com"}`))
		},
	},
	step{
		name: "user patched", status: 200, links: userLinks,
		shape: `{` + stamped + `,` + newUser + `,"username":"<tag>-full","email":"full@example.com","title":"Countess",
			"name":{"given":"Ada","family":"Lovelace"},"address":{"countryCode":"GB"},"mobilePhone":"+44.1234567890",
			"locale":"en-GB","preferredLanguage":"en","timezone":"Europe/London","externalId":"<tag>","nickname":"Ada","population":{"id":"<population>"}}`,
		call: func(w *walk) (any, *http.Response, error) {
			patch := as[management.User](w.fill(`{"username":"<tag>-full","email":"full@example.com","title":"Countess"}`))
			return w.sdk.UsersApi.UpdateUserPatch(w.ctx, w.env(), w.id("user")).User(patch).Execute()
		},
	},
	step{
		name: "user disabled", status: 200, shape: `{"enabled":false}`, links: "self user",
		call: func(w *walk) (any, *http.Response, error) { return enabled(w, `{"enabled":false}`) },
	},
	step{
		name: "user enabled", status: 200, shape: `{"enabled":true}`, links: "self user",
		call: func(w *walk) (any, *http.Response, error) { return enabled(w, `{"enabled":true}`) },
	},
	step{
		name: "user's state read", status: 200, shape: `{"enabled":true}`, links: "self user",
		call: func(w *walk) (any, *http.Response, error) {
			return w.sdk.EnableUsersApi.ReadUserEnabled(w.ctx, w.env(), w.id("user")).Execute()
		},
	},
	step{
		name: "user's population read", status: 200, shape: `{"id":"<population>"}`,
		call: func(w *walk) (any, *http.Response, error) {
			return w.sdk.UserPopulationsApi.ReadUserPopulation(w.ctx, w.env(), w.id("user")).Execute()
		},
	},
	step{
		name: "user's population replaced", status: 200, shape: `{"id":"<population>"}`,
		call: func(w *walk) (any, *http.Response, error) {
			body := as[management.UserPopulation](w.fill(`{"id":"<population>"}`))
			return w.sdk.UserPopulationsApi.UpdateUserPopulation(w.ctx, w.env(), w.id("user")).UserPopulation(body).Execute()
		},
	},
	account("lock", `{"canAuthenticate":false,"status":"LOCKED","lockedAt":"<time>"}`),
	account("unlock", `{"canAuthenticate":true,"status":"OK"}`),
	step{
		name: "user's password set", status: 200, shape: passwordState("OK"), links: passwordLinks,
		call: func(w *walk) (any, *http.Response, error) {
			body := map[string]any{"value": password, "forceChange": false}
			put := w.sdk.UserPasswordsApi.EnvironmentsEnvironmentIDUsersUserIDPasswordPut(w.ctx, w.env(), w.id("user"))
			return bare(put.ContentType("application/vnd.pingidentity.password.set+json").Body(body).Execute())
		},
	},
	step{
		name: "user's password read", status: 200, shape: passwordState("OK"), links: passwordLinks,
		call: func(w *walk) (any, *http.Response, error) {
			return bare(w.sdk.UserPasswordsApi.EnvironmentsEnvironmentIDUsersUserIDPasswordGet(w.ctx, w.env(), w.id("user")).Execute())
		},
	},
	group("group", `{"name":"<tag>"}`, `{"name":"<tag>","description":"all","externalId":"<tag>","customData":{"a":["b",1]}}`),
	group("outer", `{"name":"<tag> outer"}`, `{"name":"<tag> outer","description":"around the other"}`),
	group("dynamic", `{"name":"<tag> dynamic","userFilter":"username sw \"<tag>\""}`,
		`{"name":"<tag> dynamic","description":"whoever has a name of this run","userFilter":"username sw \"<tag>\" and email ew \"@example.com\""}`),
	step{
		name: "group's name twice", status: 400, shape: refusal("INVALID_DATA", "UNIQUENESS_VIOLATION", "name"),
		call: func(w *walk) (any, *http.Response, error) {
			return w.sdk.GroupsApi.CreateGroup(w.ctx, w.env()).Group(as[management.Group](w.fill(`{"name":"<tag>"}`))).Execute()
		},
	},
	nesting,
	membership,
}

var population = kind{
	name: "population", path: "/environments/<environment>/populations", plural: "populations",
	minimal: `{"name":"<tag>"}`,
	full:    `{"name":"<tag>","description":"everybody","alternativeIdentifiers":["one","two"],"preferredLanguage":"en"}`,
	adds:    `{` + stamped + `,"default":false,"userCount":0,"preferredLanguage":"en","theme":{"id":"<uuid>"}}`,
	links:   "environment self theme",
	stays:   true,
	create: func(w *walk, body string) (any, *http.Response, error) {
		return w.sdk.PopulationsApi.CreatePopulation(w.ctx, w.env()).Population(as[management.Population](body)).Execute()
	},
	read: func(w *walk, id string) (any, *http.Response, error) {
		return w.sdk.PopulationsApi.ReadOnePopulation(w.ctx, w.env(), id).Execute()
	},
	list: func(w *walk) error { return drain(w.sdk.PopulationsApi.ReadAllPopulations(w.ctx, w.env()).Execute()) },
	replace: func(w *walk, id, body string) (any, *http.Response, error) {
		return w.sdk.PopulationsApi.UpdatePopulation(w.ctx, w.env(), id).Population(as[management.Population](body)).Execute()
	},
	remove: func(w *walk, id string) (*http.Response, error) {
		return w.sdk.PopulationsApi.DeletePopulation(w.ctx, w.env(), id).Execute()
	},
}

var user = kind{
	name: "user", path: "/environments/<environment>/users", plural: "users",
	minimal: `{"username":"<tag>-minimal","email":"minimal@example.com","population":{"id":"<population>"}}`,
	full: `{"username":"<tag>-full","email":"full@example.com","population":{"id":"<population>"},"name":{"given":"Ada","family":"Lovelace"},
		"address":{"countryCode":"GB"},"mobilePhone":"+44.1234567890","locale":"en-GB","preferredLanguage":"en","timezone":"Europe/London",
		"externalId":"<tag>","nickname":"Ada","title":"Analyst"}`,
	adds:  `{` + stamped + `,` + newUser + `}`,
	links: userLinks,
	stays: true,
	create: func(w *walk, body string) (any, *http.Response, error) {
		return w.sdk.UsersApi.CreateUser(w.ctx, w.env()).ContentType("application/json").User(as[management.User](body)).Execute()
	},
	read: func(w *walk, id string) (any, *http.Response, error) {
		return w.sdk.UsersApi.ReadUser(w.ctx, w.env(), id).Execute()
	},
	list: func(w *walk) error { return drain(w.sdk.UsersApi.ReadAllUsers(w.ctx, w.env()).Limit(1).Execute()) },
	replace: func(w *walk, id, body string) (any, *http.Response, error) {
		return w.sdk.UsersApi.UpdateUserPut(w.ctx, w.env(), id).User(as[management.User](body)).Execute()
	},
	remove: func(w *walk, id string) (*http.Response, error) {
		return w.sdk.UsersApi.DeleteUser(w.ctx, w.env(), id).Execute()
	},
}

// imported is a user that comes with a password, as Terraform makes them.
var imported = func() kind {
	kind := user
	kind.name, kind.stays, kind.replace, kind.hides, kind.list = "imported user", false, nil, "password", nil
	kind.minimal = `{"username":"<tag>-imported","email":"imported@example.com","population":{"id":"<population>"}}`
	kind.full = `{"username":"<tag>-imported","email":"imported@example.com","population":{"id":"<population>"},"verifyStatus":"ENABLED",
		"mfaEnabled":true,"lifecycle":{"status":"VERIFICATION_REQUIRED"},"password":{"value":"` + password + `","forceChange":true}}`
	kind.create = func(w *walk, body string) (any, *http.Response, error) {
		post := w.sdk.UsersApi.CreateUser(w.ctx, w.env()).ContentType("application/vnd.pingidentity.user.import+json")
		return post.User(as[management.User](body)).Execute()
	}
	return kind
}()

func enabled(w *walk, body string) (any, *http.Response, error) {
	return w.sdk.EnableUsersApi.UpdateUserEnabled(w.ctx, w.env(), w.id("user")).UserEnabled(as[management.UserEnabled](body)).Execute()
}

// account is a call with two lines of Content-Type and the body `null`.
func account(action, state string) step {
	return step{
		name: "user's account " + action + "ed", status: 200, links: userLinks,
		shape: `{` + stamped + `,"username":"<tag>-full","email":"full@example.com","account":` + state + `,"emailVerified":false,"enabled":true,
			"identityProvider":{"type":"PING_ONE"},"lifecycle":{"status":"ACCOUNT_OK"},"mfaEnabled":false,"phoneVerified ?":false,
			"verifyStatus":"NOT_INITIATED","title":"Countess","name":{"given":"Ada","family":"Lovelace"},"address":{"countryCode":"GB"},
			"mobilePhone":"+44.1234567890","locale":"en-GB","preferredLanguage":"en","timezone":"Europe/London","externalId":"<tag>",
			"nickname":"Ada","population":{"id":"<population>"}}`,
		call: func(w *walk) (any, *http.Response, error) {
			kind := management.EnumUserAccountContentTypeHeader("application/vnd.pingidentity.account." + action + "+json")
			return w.sdk.UserAccountsApi.UserAccount(w.ctx, w.env(), w.id("user")).ContentType(kind).Execute()
		},
	}
}

func group(name, minimal, full string) kind {
	return kind{
		name: name, path: "/environments/<environment>/groups", plural: "groups",
		minimal: minimal, full: full,
		adds:  `{` + stamped + `,"directMemberCounts":{"users":"<number>"}}`,
		links: "environment memberOfGroups roleAssignments? self",
		stays: true,
		create: func(w *walk, body string) (any, *http.Response, error) {
			return w.sdk.GroupsApi.CreateGroup(w.ctx, w.env()).Group(as[management.Group](body)).Execute()
		},
		read: func(w *walk, id string) (any, *http.Response, error) {
			return w.sdk.GroupsApi.ReadOneGroup(w.ctx, w.env(), id).Execute()
		},
		list: func(w *walk) error { return drain(w.sdk.GroupsApi.ReadAllGroups(w.ctx, w.env()).Execute()) },
		replace: func(w *walk, id, body string) (any, *http.Response, error) {
			return w.sdk.GroupsApi.UpdateGroup(w.ctx, w.env(), id).Group(as[management.Group](body)).Execute()
		},
		remove: func(w *walk, id string) (*http.Response, error) {
			return w.sdk.GroupsApi.DeleteGroup(w.ctx, w.env(), id).Execute()
		},
	}
}

// nesting puts one group into another. It has the id of that other.
var nesting = kind{
	name: "nesting", path: "/environments/<environment>/groups/<group>/memberOfGroups", plural: "groupMemberships",
	minimal: `{"id":"<outer>"}`, full: `{"id":"<outer>"}`,
	adds:  `{"environment":{"id":"<environment>"},"name":"<text>","type":"DIRECT"}`,
	links: "environment group member self",
	create: func(w *walk, body string) (any, *http.Response, error) {
		return w.sdk.GroupsApi.CreateGroupNesting(w.ctx, w.env(), w.id("group")).GroupNesting(as[management.GroupNesting](body)).Execute()
	},
	read: func(w *walk, id string) (any, *http.Response, error) {
		return w.sdk.GroupsApi.ReadOneGroupNesting(w.ctx, w.env(), w.id("group"), id).Execute()
	},
	list: func(w *walk) error {
		return drain(w.sdk.GroupsApi.ReadGroupNesting(w.ctx, w.env(), w.id("group")).Execute())
	},
	remove: func(w *walk, id string) (*http.Response, error) {
		return w.sdk.GroupsApi.DeleteGroupNesting(w.ctx, w.env(), w.id("group"), id).Execute()
	},
}

// membership puts the user into the group. It has the id of the group.
var membership = kind{
	name: "membership", path: "/environments/<environment>/users/<user>/memberOfGroups", plural: "groupMemberships",
	minimal: `{"id":"<group>"}`, full: `{"id":"<group>"}`,
	adds:  `{"environment":{"id":"<environment>"},"name":"<text>","type":"DIRECT"}`,
	links: "environment group self user",
	create: func(w *walk, body string) (any, *http.Response, error) {
		post := w.sdk.GroupMembershipApi.AddUserToGroup(w.ctx, w.env(), w.id("user"))
		return post.GroupMembership(as[management.GroupMembership](body)).Execute()
	},
	read: func(w *walk, id string) (any, *http.Response, error) {
		return w.sdk.GroupMembershipApi.ReadOneGroupMembershipForUser(w.ctx, w.env(), w.id("user"), id).Execute()
	},
	list: func(w *walk) error {
		return drain(w.sdk.GroupMembershipApi.ReadAllGroupMembershipsForUser(w.ctx, w.env(), w.id("user")).Execute())
	},
	remove: func(w *walk, id string) (*http.Response, error) {
		return w.sdk.GroupMembershipApi.RemoveUserFromGroup(w.ctx, w.env(), w.id("user"), id).Execute()
	},
}

func passwordState(status string) string {
	return `{"environment":{"id":"<environment>"},"user":{"id":"<user>"},"passwordPolicy":{"id":"<uuid>"},"status":"` + status + `","lastChangedAt":"<time>"}`
}

const (
	password = "Correct-Horse-7-Battery"
	newUser  = `"account":{"canAuthenticate":true,"status":"OK"},"emailVerified":false,"enabled":true,"identityProvider":{"type":"PING_ONE"},
		"lifecycle":{"status":"ACCOUNT_OK"},"mfaEnabled":false,"phoneVerified ?":false,"verifyStatus":"NOT_INITIATED"`
	userLinks = `account.sendVerificationCode devices environment linkedAccounts memberOfGroups password password.check password.recover
		password.reset password.set population roleAssignments self`
	passwordLinks = "environment password.check password.recover password.reset password.set passwordPolicy self user"
)
