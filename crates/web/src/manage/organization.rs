//! The actor's own organization and its licences, to be read.

use engine::Failure;
use engine::manage::Authorized;
use protocol::id::{LicenseId, OrganizationId};
use protocol::model::{License, Organization};
use serde_json::{Value, json};

use super::answer::Answer;
use super::call::{Call, missing};
use super::crud;
use super::list::whole;
use super::shape::Object;

/// The list of organizations, which holds the actor's own: no token reaches another.
pub(super) async fn list(call: Call) -> Result<Answer, Failure> {
    let found = call.by.store().organization(call.by.organization).await?;
    let rows = found.iter().map(|organization| shape(&call.by, organization)).collect();
    Ok(whole(&call, "organizations", rows))
}

pub(super) async fn read(call: Call) -> Result<Answer, Failure> {
    let id = own(&call)?;
    let found = call.by.store().organization(id).await?;
    let organization = found.ok_or_else(|| missing("organization", id.to_string()))?;
    Ok(Answer::ok(shape(&call.by, &organization)))
}

pub(super) async fn licenses(call: Call) -> Result<Answer, Failure> {
    let licenses = call.by.store().licenses(own(&call)?).await?;
    let rows = licenses.iter().map(|license| license_shape(&call.by, license)).collect();
    Ok(whole(&call, "licenses", rows))
}

pub(super) async fn license(call: Call) -> Result<Answer, Failure> {
    let (organization, id) = (own(&call)?, call.id("license", LicenseId::parse)?);
    let found = call.by.store().license(organization, id).await?;
    let license = found.ok_or_else(|| missing("license", id.to_string()))?;
    Ok(Answer::ok(license_shape(&call.by, &license)))
}

/// Another organization is not there.
fn own(call: &Call) -> Result<OrganizationId, Failure> {
    let id = call.id("organization", OrganizationId::parse)?;
    if id == call.by.organization { Ok(id) } else { Err(missing("organization", id.to_string())) }
}

fn shape(by: &Authorized, organization: &Organization) -> Value {
    let path = format!("/organizations/{}", organization.id);
    let links =
        [("self", path.clone()), ("licenses", format!("{path}/licenses")), ("environments", "/environments".into())];
    crud::shape(by, organization, &links, Object::default().with("billingConnections", json!([])).into_map())
}

fn license_shape(by: &Authorized, license: &License) -> Value {
    let organization = format!("/organizations/{}", license.organization);
    let links = [("self", format!("{organization}/licenses/{}", license.id)), ("organization", organization)];
    crud::shape(by, license, &links, Object::default().with("status", "ACTIVE").into_map())
}
