package main

import (
	"net/http"

	"github.com/patrickcping/pingone-go-sdk-v2/management"
)

// schemas are the one of users and attributes of it, of the environment's own making.
var schemas = []part{
	find{
		name: "schema", plural: "schemas", by: "name", value: "User",
		shape: `{"id":"<uuid>","environment":{"id":"<environment>"},"name":"User","description":"<text>","allowsContainsOperator ?":"<flag>","attributes ?":["<each>","<any>"]}`,
		links: "attributes environment self",
		list:  func(w *walk) error { return drain(w.sdk.SchemasApi.ReadAllSchemas(w.ctx, w.env()).Execute()) },
		read: func(w *walk, id string) (any, *http.Response, error) {
			return w.sdk.SchemasApi.ReadOneSchema(w.ctx, w.env(), id).Execute()
		},
	},
	find{
		name: "username", plural: "attributes", by: "name", value: "username",
		shape: `{` + inEnvironment + `,"schema":{"id":"<schema>"},"name":"username","displayName":"<text>","description ?":"<text>","type":"STRING","schemaType":"CORE",
			"enabled":true,"required":true,"unique":true,"multiValued":false,"ldapAttribute ?":"<text>"}`,
		links: "environment schema self",
		list:  schemaAttribute("", "", "").list, read: schemaAttribute("", "", "").read,
	},
	schemaAttribute("STRING attribute", `{"name":"employeeNumber","type":"STRING","enabled":true}`,
		`{"name":"employeeNumber","displayName":"Number","description":"of the employee","type":"STRING","enabled":true,"unique":true,"multiValued":false,
		"regexValidation":{"pattern":"^[0-9]+$","requirements":"Digits only","valuesPatternShouldMatch":["4711"],"valuesPatternShouldNotMatch":["x"]}}`),
	schemaAttribute("enumerated attribute", `{"name":"size","type":"STRING","enabled":true,"enumeratedValues":[{"value":"S","archived":false},{"value":"L","archived":false}]}`,
		`{"name":"size","type":"STRING","enabled":true,"enumeratedValues":[{"value":"S","description":"small","archived":false},{"value":"L","archived":true}]}`),
	// What has several values keeps to that.
	schemaAttribute("JSON attribute", `{"name":"preferences","type":"JSON","enabled":true,"multiValued":true}`,
		`{"name":"preferences","displayName":"Preferences","type":"JSON","enabled":false,"multiValued":true}`),
	step{
		name: "attribute patched", status: 200, links: "environment schema self",
		shape: `{` + inEnvironment + `,"schema":{"id":"<schema>"},"name":"employeeNumber","displayName":"Number","description":"otherwise","type":"STRING",
			"schemaType":"CUSTOM","enabled":true,"required":false,"unique":true,"multiValued":false,"regexValidation":{"pattern":"^[0-9]+$",
			"requirements":"Digits only","valuesPatternShouldMatch":["4711"],"valuesPatternShouldNotMatch":["x"]}}`,
		call: func(w *walk) (any, *http.Response, error) {
			patch := w.sdk.SchemasApi.UpdateAttributePatch(w.ctx, w.env(), w.id("schema"), w.id("STRING attribute"))
			return patch.SchemaAttributePatch(as[management.SchemaAttributePatch](`{"description":"otherwise"}`)).Execute()
		},
	},
}

func schemaAttribute(name, minimal, full string) kind {
	return kind{
		name: name, path: "/environments/<environment>/schemas/<schema>/attributes", plural: "attributes",
		minimal: minimal, full: full,
		adds:  `{` + inEnvironment + `,"schema":{"id":"<schema>"},"schemaType":"CUSTOM","required":false,"unique":false,"multiValued":false}`,
		links: "environment schema self",
		stays: true,
		create: func(w *walk, body string) (any, *http.Response, error) {
			return w.sdk.SchemasApi.CreateAttribute(w.ctx, w.env(), w.id("schema")).SchemaAttribute(as[management.SchemaAttribute](body)).Execute()
		},
		read: func(w *walk, id string) (any, *http.Response, error) {
			return w.sdk.SchemasApi.ReadOneAttribute(w.ctx, w.env(), w.id("schema"), id).Execute()
		},
		list: func(w *walk) error {
			return drain(w.sdk.SchemasApi.ReadAllSchemaAttributes(w.ctx, w.env(), w.id("schema")).Execute())
		},
		replace: func(w *walk, id, body string) (any, *http.Response, error) {
			put := w.sdk.SchemasApi.UpdateAttributePut(w.ctx, w.env(), w.id("schema"), id)
			return put.SchemaAttribute(as[management.SchemaAttribute](body)).Execute()
		},
		remove: func(w *walk, id string) (*http.Response, error) {
			return w.sdk.SchemasApi.DeleteAttribute(w.ctx, w.env(), w.id("schema"), id).Execute()
		},
	}
}
