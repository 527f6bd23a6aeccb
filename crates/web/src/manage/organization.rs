//! The actor's own organization and its licences, to be read.

use engine::Failure;
use engine::manage::Authorized;
use engine::reads::List;
use protocol::filter::{Filter, FilterValue, Op};
use protocol::id::{LicenseId, OrganizationId};
use protocol::model::{License, Organization};
use protocol::refusal::{Reason, Refused};
use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::call::{Call, missing};
use super::crud;
use super::list::whole;
use super::shape::Object;

/// The list of organizations, which holds the actor's own: no token reaches another.
pub(super) async fn list(call: Call) -> Result<Answer, Failure> {
    let found = call.by.store().organization(call.by.organization).await?;
    let rows = found.iter().map(|organization| shape(&call.by, organization)).collect();
    whole(&call, "organizations", rows, &["id", "name", "type", "createdAt", "updatedAt"])
}

pub(super) async fn read(call: Call) -> Result<Answer, Failure> {
    let id = own(&call)?;
    let found = call.by.store().organization(id).await?;
    let organization = found.ok_or_else(|| missing("organization", id.to_string()))?;
    Ok(Answer::ok(shape(&call.by, &organization)))
}

pub(super) async fn licenses(call: Call) -> Result<Answer, Failure> {
    let licenses = call.by.store().licenses(own(&call)?).await?;
    let mut rows = Vec::new();
    for license in &licenses {
        rows.push(license_shape(&call.by, license).await?);
    }
    whole(&call, "licenses", rows, &["id", "name", "package", "status", "beginsAt", "expiresAt"])
}

pub(super) async fn license(call: Call) -> Result<Answer, Failure> {
    let (organization, id) = (own(&call)?, call.id("license", LicenseId::parse)?);
    let found = call.by.store().license(organization, id).await?;
    let license = found.ok_or_else(|| missing("license", id.to_string()))?;
    Ok(Answer::ok(license_shape(&call.by, &license).await?))
}

/// Another organization is not the actor's to know of. The sentence is the one that clients look for.
fn own(call: &Call) -> Result<OrganizationId, Failure> {
    let named = call.id("organization", OrganizationId::parse).ok();
    if let Some(id) = named.filter(|id| *id == call.by.organization) {
        return Ok(id);
    }
    let refused = Refused::new(Reason::ActorNotAuthorized, "the actor's own organization", "another one");
    Err(refused.saying("The request could not be completed. You do not have access to this resource.").into())
}

fn shape(by: &Authorized, organization: &Organization) -> Value {
    let path = format!("/organizations/{}", organization.id);
    let links =
        [("self", path.clone()), ("licenses", format!("{path}/licenses")), ("environments", "/environments".into())];
    // Its id has letters and digits alone.
    let connections = json!([{ "id": organization.id.uuid().simple().to_string() }]);
    crud::shape(by, organization, &links, Object::default().with("billingConnections", connections).into_map())
}

async fn license_shape(by: &Authorized, license: &License) -> Result<Value, Failure> {
    let organization = format!("/organizations/{}", license.organization);
    let links = [("self", format!("{organization}/licenses/{}", license.id)), ("organization", organization)];
    let under =
        Filter::Compare { path: "license.id".into(), op: Op::Eq, value: FilterValue::Text(license.id.to_string()) };
    let list = List { filter: Some(under), after: None, limit: 1 };
    let assigned = by.store().environments(license.organization, &list, None).await?.total;
    let made = Object::default()
        .with("status", "ACTIVE")
        .with("expiresAt", NEVER)
        .with("assignedEnvironmentsCount", assigned)
        .and(terms(&by.app.config.regions));
    Ok(crud::shape(by, license, &links, made.into_map()))
}

/// What the licence allows: everything that there is, in the installation's regions.
fn terms(regions: &[&str]) -> Map<String, Value> {
    let all = |names: &[&str]| names.iter().map(|name| ((*name).to_owned(), true.into())).collect::<Map<_, _>>();
    let regions: Vec<_> =
        regions.iter().map(|region| if *region == "NA" { "NORTH_AMERICA" } else { *region }).collect();
    let mut environments = all(&ENVIRONMENTS);
    environments.insert("max".into(), MOST.into());
    environments.insert("regions".into(), regions.into());
    let mut users = all(&USERS);
    for limit in ["max", "hardLimitMax", "annualActiveIncluded"] {
        users.insert(limit.into(), MOST.into());
    }
    let mut verify = all(&VERIFY);
    verify.insert("allowManualIdInspection".into(), false.into());
    let groups = [("environments", environments), ("users", users), ("verify", verify)];
    let plain = PLAIN.iter().map(|(group, names)| (*group, all(names)));
    let mut terms: Map<String, Value> =
        groups.into_iter().chain(plain).map(|(group, of)| (group.to_owned(), of.into())).collect();
    terms.insert("advancedServices".into(), json!({ "pingId": { "included": true, "type": "FULL" } }));
    terms
}

/// A licence of one's own server does not end; clients want a time.
const NEVER: &str = "9999-12-31T23:59:59.000Z";
/// What clients read into 32 bits.
const MOST: i32 = i32::MAX;
const ENVIRONMENTS: [&str; 5] =
    ["allowAddResources", "allowConnections", "allowCustomDomain", "allowCustomSchema", "allowProduction"];
const USERS: [&str; 12] = [
    "allowPasswordManagementNotifications",
    "allowIdentityProviders",
    "allowMyAccount",
    "allowPasswordManagement",
    "allowPasswordOnlyAuthentication",
    "allowPasswordPolicy",
    "allowProvisioning",
    "allowInboundProvisioning",
    "allowRoleAssignment",
    "allowVerificationFlow",
    "allowUpdateSelf",
    "entitledToSupport",
];
const VERIFY: [&str; 3] = ["allowPushNotifications", "allowDocumentMatch", "allowFaceMatch"];
const PLAIN: [(&str, &[&str]); 7] = [
    ("authorize", &["allowApiAccessManagement", "allowDynamicAuthorization"]),
    ("credentials", &["allowCredentials"]),
    ("fraud", &["allowBotMaliciousDeviceDetection", "allowAccountProtection"]),
    ("gateways", &["allowLdapGateway", "allowKerberosGateway", "allowRadiusGateway"]),
    (
        "intelligence",
        &[
            "allowGeoVelocity",
            "allowAnonymousNetworkDetection",
            "allowReputation",
            "allowDataConsent",
            "allowRisk",
            "allowAdvancedPredictors",
        ],
    ),
    (
        "mfa",
        &[
            "allowPushNotification",
            "allowNotificationOutsideWhitelist",
            "allowFido2Devices",
            "allowVoiceOtp",
            "allowEmailOtp",
            "allowSmsOtp",
            "allowTotp",
        ],
    ),
    ("orchestrate", &["allowOrchestration"]),
];
