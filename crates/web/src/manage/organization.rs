//! The actor's own organization and its licences, to be read; a licence's name may be written.

use engine::Failure;
use engine::manage::{About, Authorized};
use engine::reads::List;
use protocol::audit::{Action, Kind};
use protocol::change::{Change, Guard};
use protocol::filter::{Filter, FilterValue, Op};
use protocol::id::{LicenseId, OrganizationId};
use protocol::model::check::Fields;
use protocol::model::{License, Organization, describe};
use protocol::refusal::{Reason, Refused};
use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::call::{Call, missing};
use super::crud;
use super::list::whole;
use super::shape::{Object, linked};

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
    let license = named(&call).await?;
    Ok(Answer::ok(license_shape(&call.by, &license).await?))
}

pub(super) async fn license_name(call: Call) -> Result<Answer, Failure> {
    Ok(Answer::ok(name_shape(&call.by, &named(&call).await?)))
}

/// The one property of a licence that is the organization's own to write.
pub(super) async fn rename_license(call: Call) -> Result<Answer, Failure> {
    let before = named(&call).await?;
    let body = call.json().await?;
    let mut fields = Fields::new(&body);
    let name = fields.text("name", 1, 256);
    let name = fields.require("name", name).unwrap_or_default();
    let name = fields.finish(name)?;
    let after = License { name, updated_at: call.by.now().to_millis(), ..before.clone() };
    let drawn = |license: &License| Value::from(describe::draw(license));
    let about = About::from((Kind::License, after.id.uuid())).changing(&drawn(&before), &drawn(&after));
    let changes = vec![Change::put(after.clone(), Guard::Exists)];
    crud::commit(&call.by, changes, Action::LicenseUpdated, about, "another one has it").await?;
    Ok(Answer::ok(name_shape(&call.by, &after)))
}

async fn named(call: &Call) -> Result<License, Failure> {
    let (organization, id) = (own(call)?, call.id("license", LicenseId::parse)?);
    let found = call.by.store().license(organization, id).await?;
    found.ok_or_else(|| missing("license", id.to_string()))
}

fn name_shape(by: &Authorized, license: &License) -> Value {
    let path = format!("/organizations/{}/licenses/{}", license.organization, license.id);
    linked(by, &[("self", format!("{path}/name")), ("license", path)]).with("name", license.name.as_str()).into()
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
