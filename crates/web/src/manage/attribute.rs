//! Attribute mappings of applications and resources: what tokens tell.

use std::collections::BTreeSet;

use engine::Failure;
use engine::manage::Authorized;
use protocol::change::{Change, Guard};
use protocol::claims::PersonClaim;
use protocol::id::{EnvironmentId, ResourceId, ScopeId};
use protocol::model::{
    ApplicationAttribute, AttributeType, Kept, MOST_ATTRIBUTES, MappingType, Resource, ResourceAttribute,
    ResourceScope, ResourceType,
};
use protocol::refusal::{Detail, Refused};
use serde_json::json;
use uuid::Uuid;

use super::application::load;
use super::call::{Call, missing};
use super::crud::{Managed, constraint};
use super::{named, room, user_attribute};

impl Managed for ApplicationAttribute {
    const NOUN: &'static str = "attribute";
    const TAKEN: &'static str = TAKEN;
    const TAGGED: bool = false;
    const ATTRIBUTES: &'static [&'static str] =
        &["id", "name", "mappingType", "value", "required", "createdAt", "updatedAt"];

    fn links(&self) -> Vec<(&'static str, String)> {
        let environment = format!("/environments/{}", self.environment);
        let application = format!("{environment}/applications/{}", self.application);
        vec![
            ("self", format!("{application}/attributes/{}", self.id)),
            ("environment", environment),
            ("application", application),
        ]
    }

    async fn parents(call: &Call) -> Result<Vec<Uuid>, Failure> {
        Ok(vec![load(call).await?.application.id.uuid()])
    }

    async fn unwritten(call: &Call) -> Result<Vec<Self>, Failure> {
        Ok(vec![Self::core(&load(call).await?.application)])
    }

    async fn blank(call: &Call) -> Result<Self, Failure> {
        let application = load(call).await?.application;
        let begun = Self::begun(application.environment, call.by.now().to_millis());
        Ok(Self { application: application.id, ..begun })
    }

    /// PingOne: a claim that a scope of OpenID Connect asks for is told for that scope, unless others are named.
    fn settle(&mut self, by: &Authorized) -> Result<(), Failure> {
        let claim = PersonClaim::parse(&self.name).filter(|_| self.oidc_scopes.is_empty());
        if let Some(claim) = claim {
            let known = &by.tenant()?.scopes;
            let openid = |scope: &&ResourceScope| {
                known.resource(scope.resource).is_some_and(|of| of.kind == ResourceType::OpenidConnect)
            };
            let own = known.scopes.iter().filter(openid).find(|scope| scope.name == claim.scope());
            self.oidc_scopes.extend(own.map(|scope| scope.id.to_string()));
        }
        Ok(())
    }

    async fn allow(by: &Authorized, before: Option<&Self>, after: &Self) -> Result<(), Failure> {
        if before.is_none() {
            has_room::<Self>(by, after.application.uuid(), after.environment).await?;
        }
        let known = &by.tenant()?.scopes;
        let mut new = BTreeSet::new();
        for (at, id) in after.oidc_scopes.iter().enumerate() {
            let Some(scope) = ScopeId::parse(id).filter(|id| known.scope(*id).is_some()) else {
                return Err(invalid(&format!("oidcScopes[{at}]"), "no scope of this environment has this id"));
            };
            if before.is_none_or(|before| !before.oidc_scopes.contains(id)) {
                new.insert(scope.uuid());
            }
        }
        // Nobody takes them away meanwhile.
        for id in new {
            named::hold_scope(by, after.environment, id).await?;
        }
        user_attribute::hold_read(by, after.environment, before.map(|before| &*before.value), &after.value).await
    }

    async fn release(_: &Authorized, attribute: &Self) -> Result<(), Failure> {
        stays(attribute.kind == MappingType::Core, &attribute.name)
    }
}

impl Managed for ResourceAttribute {
    const NOUN: &'static str = "attribute";
    const TAKEN: &'static str = TAKEN;
    const TAGGED: bool = false;
    const ATTRIBUTES: &'static [&'static str] = &["id", "name", "type", "value", "createdAt", "updatedAt"];

    fn links(&self) -> Vec<(&'static str, String)> {
        let environment = format!("/environments/{}", self.environment);
        let resource = format!("{environment}/resources/{}", self.resource);
        vec![
            ("self", format!("{resource}/attributes/{}", self.id)),
            ("environment", environment),
            ("resource", resource),
        ]
    }

    async fn parents(call: &Call) -> Result<Vec<Uuid>, Failure> {
        Ok(vec![resource(call)?.id.uuid()])
    }

    async fn unwritten(call: &Call) -> Result<Vec<Self>, Failure> {
        Ok(Self::predefined(resource(call)?))
    }

    async fn blank(call: &Call) -> Result<Self, Failure> {
        let resource = resource(call)?;
        let begun = Self::begun(resource.environment, call.by.now().to_millis());
        Ok(Self { resource: resource.id, of: resource.kind, ..begun })
    }

    async fn allow(by: &Authorized, before: Option<&Self>, after: &Self) -> Result<(), Failure> {
        if after.of == ResourceType::PingOneApi {
            return Err(constraint("resource", "the PingOne API has no attributes", &after.name));
        }
        if before.is_none() {
            has_room::<Self>(by, after.resource.uuid(), after.environment).await?;
        }
        user_attribute::hold_read(by, after.environment, before.map(|before| &*before.value), &after.value).await
    }

    /// Scopes that mapped it map the rest.
    async fn release(by: &Authorized, attribute: &Self) -> Result<(), Failure> {
        stays(attribute.kind != AttributeType::Custom, &attribute.name)?;
        let own = |id: &String| protocol::id::canonical(id) == Some(attribute.id.uuid());
        for mut scope in by.store().all::<ResourceScope>(attribute.environment, &[attribute.resource.uuid()]).await? {
            if scope.mapped_claims.iter().any(own) {
                scope.mapped_claims.retain(|id| !own(id));
                by.along(Change::put(scope, Guard::Version));
            }
        }
        Ok(())
    }
}

fn resource(call: &Call) -> Result<&Resource, Failure> {
    let id = call.id("resource", ResourceId::parse)?;
    call.by.tenant()?.scopes.resource(id).ok_or_else(|| missing("resource", id.to_string()))
}

/// Every one is worked out for every token.
async fn has_room<R: Kept>(by: &Authorized, of: Uuid, environment: EnvironmentId) -> Result<(), Failure> {
    let there = by.store().all::<R>(environment, &[of]).await?.len();
    if there < MOST_ATTRIBUTES {
        room::hold::<R>(by, (environment, Some(of)), there, MOST_ATTRIBUTES);
        return Ok(());
    }
    let message = format!("there are {MOST_ATTRIBUTES} attributes already, which is as many as there may be");
    let detail =
        Detail::new("SIZE_LIMIT_EXCEEDED", "name", message).with_inner(json!({ "maximumValue": MOST_ATTRIBUTES }));
    Err(Refused::fields(vec![detail]).into())
}

/// What stands from the beginning is written over, never taken away.
fn stays(stays: bool, name: &str) -> Result<(), Failure> {
    if !stays {
        return Ok(());
    }
    Err(constraint("id", "a CORE or PREDEFINED attribute cannot be deleted: its value can be changed", name))
}

fn invalid(target: &str, message: &str) -> Failure {
    Refused::fields(vec![Detail::new("INVALID_VALUE", target, message)]).into()
}

const TAKEN: &str = "another attribute has this name";
