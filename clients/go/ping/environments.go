package main

import (
	"net/http"

	"github.com/patrickcping/pingone-go-sdk-v2/management"
)

// environments are the organization and what it has, and the environment that all other parts are about.
var environments = []part{
	find{
		name: "organization", path: "/organizations", plural: "organizations", by: "type", value: "INTERNAL",
		shape: `{"id":"<organization>","name":"<text>","description ?":"<text>","type":"INTERNAL","createdAt":"<time>","updatedAt":"<time>",
			"billingConnections":[{"id":"<text>"}]}`,
		links: "environments licenses self",
		list:  func(w *walk) error { return drain(w.sdk.OrganizationsApi.ReadAllOrganizations(w.ctx).Execute()) },
		read: func(w *walk, id string) (any, *http.Response, error) {
			return w.sdk.OrganizationsApi.ReadOneOrganization(w.ctx, id).Execute()
		},
	},
	find{
		name: "license", plural: "licenses", by: "status", value: "ACTIVE",
		shape: licence, links: "organization self",
		list: func(w *walk) error {
			return drain(w.sdk.LicensesApi.ReadAllLicenses(w.ctx, w.id("organization")).Execute())
		},
		read: func(w *walk, id string) (any, *http.Response, error) {
			return w.sdk.LicensesApi.ReadOneLicense(w.ctx, w.id("organization"), id).Execute()
		},
	},
	step{
		name: "licence's name read", status: 200, shape: `{"name":"INTERNAL"}`,
		call: func(w *walk) (any, *http.Response, error) {
			return w.sdk.LicensesApi.ReadOneLicenseName(w.ctx, w.id("organization"), w.id("license")).Execute()
		},
	},
	environment,
	step{
		name: "bill of materials replaced", status: 200, links: "environment self",
		shape: `{"products":["<each>",` + product + `],"createdAt":"<time>","updatedAt":"<time>"}`,
		call: func(w *walk) (any, *http.Response, error) {
			body := as[management.BillOfMaterials](`{"products":[{"type":"PING_ONE_BASE"},{"type":"PING_ONE_MFA"}]}`)
			return w.sdk.BillOfMaterialsBOMApi.UpdateBillOfMaterials(w.ctx, w.env()).BillOfMaterials(body).Execute()
		},
	},
	step{
		name: "bill of materials read", status: 200, links: "environment self",
		shape: `{"products":["<each>",` + product + `],"createdAt":"<time>","updatedAt":"<time>"}`,
		call: func(w *walk) (any, *http.Response, error) {
			return w.sdk.BillOfMaterialsBOMApi.ReadOneBillOfMaterials(w.ctx, w.env()).Execute()
		},
	},
	step{
		name: "environment without a name", status: 400, shape: refusal("INVALID_DATA", "REQUIRED_VALUE", "name"),
		call: func(w *walk) (any, *http.Response, error) {
			body := as[management.Environment](w.fill(`{"name":"","type":"SANDBOX","region":"NA","license":{"id":"<license>"}}`))
			return w.sdk.EnvironmentsApi.CreateEnvironmentActiveLicense(w.ctx).Environment(body).Execute()
		},
	},
	step{
		name: "environment to production and back: production", status: 200, shape: typed("PRODUCTION"),
		call: func(w *walk) (any, *http.Response, error) { return becomes(w, "PRODUCTION") },
	},
	step{
		name: "environment to production and back: sandbox", status: 200, shape: typed("SANDBOX"),
		call: func(w *walk) (any, *http.Response, error) { return becomes(w, "SANDBOX") },
	},
}

// environment is the first thing made and the last that ends.
var environment = kind{
	name: "environment", path: "/environments", plural: "environments",
	minimal: `{"name":"<tag>","type":"SANDBOX","region":"NA","license":{"id":"<license>"}}`,
	full:    `{"name":"<tag> in full","description":"every object, once","type":"SANDBOX","region":"NA","license":{"id":"<license>"}}`,
	adds: `{"id":"<uuid>","organization":{"id":"<organization>"},"status":"ACTIVE","createdAt":"<time>","updatedAt":"<time>",
		"billOfMaterials":{"products":["<each>",` + product + `],"createdAt":"<time>","updatedAt":"<time>"}}`,
	links: `activeIdentityCounts activities applications billOfMaterials branding capabilities gateways keys license notificationsSettings
		organization passwordPolicies populations propagation/plans propagation/revisions/id:latest propagation/stores resources schemas self
		signOnPolicies templates userActivities users`,
	stays: true,
	create: func(w *walk, body string) (any, *http.Response, error) {
		return w.sdk.EnvironmentsApi.CreateEnvironmentActiveLicense(w.ctx).Environment(as[management.Environment](body)).Execute()
	},
	read: func(w *walk, id string) (any, *http.Response, error) {
		return w.sdk.EnvironmentsApi.ReadOneEnvironment(w.ctx, id).Execute()
	},
	list: func(w *walk) error { return drain(w.sdk.EnvironmentsApi.ReadAllEnvironments(w.ctx).Execute()) },
	replace: func(w *walk, id, body string) (any, *http.Response, error) {
		return w.sdk.EnvironmentsApi.UpdateEnvironment(w.ctx, id).Environment(as[management.Environment](body)).Execute()
	},
	remove: func(w *walk, id string) (*http.Response, error) {
		return w.sdk.EnvironmentsApi.DeleteEnvironment(w.ctx, id).Execute()
	},
}

func becomes(w *walk, of string) (any, *http.Response, error) {
	body := as[management.UpdateEnvironmentTypeRequest](`{"type":"` + of + `"}`)
	return w.sdk.EnvironmentsApi.UpdateEnvironmentType(w.ctx, w.env()).UpdateEnvironmentTypeRequest(body).Execute()
}

func typed(of string) string {
	return `{"id":"<environment>","name":"<text>","description":"<text>","type":"` + of + `","region":"NA","license":{"id":"<license>"},
		"organization":{"id":"<organization>"},"status":"ACTIVE","createdAt":"<time>","updatedAt":"<time>",
		"billOfMaterials":{"products":["<each>",` + product + `],"createdAt":"<time>","updatedAt":"<time>"}}`
}

const (
	product = `{"id":"<uuid>","type":"<text>","description":"<text>"}`
	licence = `{"id":"<license>","name":"INTERNAL","status":"ACTIVE","package":"<text>","organization":{"id":"<organization>"},
		"beginsAt":"<time>","expiresAt":"<time>","terminatesAt ?":"<time>","assignedEnvironmentsCount":"<number>",
		"advancedServices":{"pingId":{"included":"<flag>","type":"<text>"}},
		"authorize":{"allowApiAccessManagement":"<flag>","allowDynamicAuthorization":"<flag>"},
		"credentials":{"allowCredentials":"<flag>"},
		"environments":{"allowAddResources":"<flag>","allowConnections":"<flag>","allowCustomDomain":"<flag>","allowCustomSchema":"<flag>",
			"allowProduction":"<flag>","max":"<number>","regions":["<each>","<text>"]},
		"fraud":{"allowAccountProtection":"<flag>","allowBotMaliciousDeviceDetection":"<flag>"},
		"gateways":{"allowKerberosGateway":"<flag>","allowLdapGateway":"<flag>","allowRadiusGateway":"<flag>"},
		"intelligence":{"allowAdvancedPredictors":"<flag>","allowAnonymousNetworkDetection":"<flag>","allowDataConsent":"<flag>",
			"allowGeoVelocity":"<flag>","allowReputation":"<flag>","allowRisk":"<flag>"},
		"mfa":{"allowEmailOtp":"<flag>","allowFido2Devices":"<flag>","allowNotificationOutsideWhitelist":"<flag>","allowPushNotification":"<flag>",
			"allowSmsOtp":"<flag>","allowTotp":"<flag>","allowVoiceOtp":"<flag>"},
		"orchestrate":{"allowOrchestration":"<flag>"},
		"users":{"allowPasswordManagementNotifications":"<flag>","allowIdentityProviders":"<flag>","allowMyAccount":"<flag>",
			"allowPasswordManagement":"<flag>","allowPasswordOnlyAuthentication":"<flag>","allowPasswordPolicy":"<flag>","allowProvisioning":"<flag>",
			"allowInboundProvisioning":"<flag>","allowRoleAssignment":"<flag>","allowVerificationFlow":"<flag>","allowUpdateSelf":"<flag>",
			"entitledToSupport":"<flag>","max":"<number>","hardLimitMax ?":"<number>","annualActiveIncluded ?":"<number>",
			"monthlyActiveIncluded ?":"<number>"},
		"verify":{"allowPushNotifications":"<flag>","allowDocumentMatch":"<flag>","allowFaceMatch":"<flag>","allowManualIdInspection":"<flag>"}}`
)
