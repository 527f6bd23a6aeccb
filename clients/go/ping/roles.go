package main

import (
	"net/http"

	"github.com/patrickcping/pingone-go-sdk-v2/management"
)

// roles are those that everybody has, those of an environment's own making, and who holds one.
var roles = []part{
	find{
		name: "role", plural: "roles", by: "name", value: "Identity Data Admin",
		shape: builtInRole, links: "self",
		list: func(w *walk) error { return drain(w.sdk.RolesApi.ReadAllRoles(w.ctx).Execute()) },
		read: func(w *walk, id string) (any, *http.Response, error) {
			return w.sdk.RolesApi.ReadOneRole(w.ctx, id).Execute()
		},
	},
	find{
		name: "Custom Roles Admin", plural: "roles", by: "name", value: "Custom Roles Admin",
		shape: builtInRole, links: "self",
		list: func(w *walk) error { return drain(w.sdk.RolesApi.ReadAllRoles(w.ctx).Execute()) },
	},
	customRole,
	assigned("user", func(w *walk) holder {
		return holder{
			create: func(role management.RoleAssignment) (any, *http.Response, error) {
				return w.sdk.UserRoleAssignmentsApi.CreateUserRoleAssignment(w.ctx, w.env(), w.id("user")).RoleAssignment(role).Execute()
			},
			read: func(id string) (any, *http.Response, error) {
				return w.sdk.UserRoleAssignmentsApi.ReadOneUserRoleAssignment(w.ctx, w.env(), w.id("user"), id).Execute()
			},
			list: func() error {
				return drain(w.sdk.UserRoleAssignmentsApi.ReadUserRoleAssignments(w.ctx, w.env(), w.id("user")).Execute())
			},
			remove: func(id string) (*http.Response, error) {
				return w.sdk.UserRoleAssignmentsApi.DeleteUserRoleAssignment(w.ctx, w.env(), w.id("user"), id).Execute()
			},
		}
	}),
	assigned("group", func(w *walk) holder {
		return holder{
			create: func(role management.RoleAssignment) (any, *http.Response, error) {
				return w.sdk.GroupRoleAssignmentsApi.CreateGroupRoleAssignment(w.ctx, w.env(), w.id("group")).RoleAssignment(role).Execute()
			},
			read: func(id string) (any, *http.Response, error) {
				return w.sdk.GroupRoleAssignmentsApi.ReadOneGroupRoleAssignment(w.ctx, w.env(), w.id("group"), id).Execute()
			},
			list: func() error {
				return drain(w.sdk.GroupRoleAssignmentsApi.ReadGroupRoleAssignments(w.ctx, w.env(), w.id("group")).Execute())
			},
			remove: func(id string) (*http.Response, error) {
				return w.sdk.GroupRoleAssignmentsApi.DeleteGroupRoleAssignment(w.ctx, w.env(), w.id("group"), id).Execute()
			},
		}
	}),
	assigned("application", func(w *walk) holder {
		return holder{
			create: func(role management.RoleAssignment) (any, *http.Response, error) {
				return w.sdk.ApplicationRoleAssignmentsApi.CreateApplicationRoleAssignment(w.ctx, w.env(), w.id("WORKER")).RoleAssignment(role).Execute()
			},
			read: func(id string) (any, *http.Response, error) {
				return w.sdk.ApplicationRoleAssignmentsApi.ReadOneApplicationRoleAssignment(w.ctx, w.env(), w.id("WORKER"), id).Execute()
			},
			list: func() error {
				return drain(w.sdk.ApplicationRoleAssignmentsApi.ReadApplicationRoleAssignments(w.ctx, w.env(), w.id("WORKER")).Execute())
			},
			remove: func(id string) (*http.Response, error) {
				return w.sdk.ApplicationRoleAssignmentsApi.DeleteApplicationRoleAssignment(w.ctx, w.env(), w.id("WORKER"), id).Execute()
			},
		}
	}),
}

var customRole = kind{
	name: "custom role", path: "/environments/<environment>/roles", plural: "roles",
	minimal: `{"name":"<tag>","applicableTo":["ENVIRONMENT"],"canBeAssignedBy":[{"id":"<Custom Roles Admin>"}],"permissions":[{"id":"dir:read:user"}]}`,
	full: `{"name":"<tag>","description":"reads users and groups","applicableTo":["ENVIRONMENT","POPULATION"],
		"canBeAssignedBy":[{"id":"<Custom Roles Admin>"}],"permissions":[{"id":"dir:read:group"},{"id":"dir:read:user"}]}`,
	adds:  `{` + inEnvironment + `,"createdAt ?":"<time>","updatedAt ?":"<time>","type":"CUSTOM","canAssign ?":["<each>",{"id":"<uuid>"}]}`,
	links: "environment self",
	stays: true,
	create: func(w *walk, body string) (any, *http.Response, error) {
		return w.sdk.CustomAdminRolesApi.CreateCustomAdminRole(w.ctx, w.env()).CustomAdminRole(as[management.CustomAdminRole](body)).Execute()
	},
	read: func(w *walk, id string) (any, *http.Response, error) {
		return w.sdk.CustomAdminRolesApi.ReadOneCustomAdminRole(w.ctx, w.env(), id).Execute()
	},
	list: func(w *walk) error {
		return drain(w.sdk.CustomAdminRolesApi.ReadAllCustomAdminRoles(w.ctx, w.env()).Filter(`type eq "CUSTOM"`).Execute())
	},
	replace: func(w *walk, id, body string) (any, *http.Response, error) {
		return w.sdk.CustomAdminRolesApi.UpdateCustomAdminRole(w.ctx, w.env(), id).CustomAdminRole(as[management.CustomAdminRole](body)).Execute()
	},
	remove: func(w *walk, id string) (*http.Response, error) {
		return w.sdk.CustomAdminRolesApi.DeleteCustomAdminRole(w.ctx, w.env(), id).Execute()
	},
}

// holder is how roles are given to one sort of those who hold them.
type holder struct {
	create func(management.RoleAssignment) (any, *http.Response, error)
	read   func(id string) (any, *http.Response, error)
	list   func() error
	remove func(id string) (*http.Response, error)
}

func assigned(to string, calls func(*walk) holder) kind {
	path := map[string]string{"user": "users/<user>", "group": "groups/<group>", "application": "applications/<WORKER>"}[to]
	return kind{
		name: "role of " + to, path: "/environments/<environment>/" + path + "/roleAssignments", plural: "roleAssignments",
		minimal: `{"role":{"id":"<role>"},"scope":{"id":"<environment>","type":"ENVIRONMENT"}}`,
		full:    `{"role":{"id":"<role>"},"scope":{"id":"<population>","type":"POPULATION"}}`,
		adds:    `{` + inEnvironment + `,"readOnly":false,"group ?":{"id":"<group>"}}`,
		links:   to + " environment self",
		create: func(w *walk, body string) (any, *http.Response, error) {
			return calls(w).create(as[management.RoleAssignment](body))
		},
		read:   func(w *walk, id string) (any, *http.Response, error) { return calls(w).read(id) },
		list:   func(w *walk) error { return calls(w).list() },
		remove: func(w *walk, id string) (*http.Response, error) { return calls(w).remove(id) },
	}
}

const builtInRole = `{"id":"<uuid>","name":"<text>","description":"<text>","applicableTo":["<each>","<text>"],"type ?":"PLATFORM",
	"canAssign ?":["<each>",{"id":"<uuid>"}],"canBeAssignedBy ?":["<each>",{"id":"<uuid>"}],
	"permissions":["<each>",{"id":"<text>","classifier":"<text>","description":"<text>"}]}`
