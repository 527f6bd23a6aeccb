//! Scopes of resources. Those that every environment has stay what they are, but for what they reach.

use std::collections::BTreeSet;
use std::time::Duration;

use engine::Failure;
use engine::grants;
use engine::manage::Authorized;
use protocol::change::{Change, Guard};
use protocol::id::{ResourceAttributeId, ScopeId};
use protocol::model::{
    ApplicationAttribute, AttributeType, Kept as _, Resource, ResourceAttribute, ResourceScope, ResourceType,
};
use protocol::refusal::{Detail, Refused};
use uuid::Uuid;

use super::answer::Answer;
use super::call::Call;
use super::crud::{self, Managed, constraint};
use super::user_attribute::{self, begins};

impl Managed for ResourceScope {
    const ATTRIBUTES: &'static [&'static str] = &["id", "name", "description", "createdAt", "updatedAt"];
    const TAKEN: &'static str = "the resource has a scope with this name";
    const TAGGED: bool = false;

    fn links(&self) -> Vec<(&'static str, String)> {
        let environment = format!("/environments/{}", self.environment);
        let resource = format!("{environment}/resources/{}", self.resource);
        vec![("self", format!("{resource}/scopes/{}", self.id)), ("environment", environment), ("resource", resource)]
    }

    async fn blank(call: &Call) -> Result<Self, Failure> {
        let resource = crud::load::<Resource>(call).await?;
        let begun = Self::begun(resource.environment, call.by.now().to_millis());
        Ok(Self { resource: resource.id, ..begun })
    }

    async fn parents(call: &Call) -> Result<Vec<Uuid>, Failure> {
        Ok(vec![crud::load::<Resource>(call).await?.id.uuid()])
    }

    async fn allow(by: &Authorized, before: Option<&Self>, after: &Self) -> Result<(), Failure> {
        if let Some((target, message)) = after.fault(of(by, after).await?, before) {
            return Err(invalid(target, message));
        }
        names_attributes(by, before, after).await?;
        let reaches = |of: Option<&Self>, name: &str| {
            of.is_some_and(|of| of.schema_attributes.iter().any(|path| begins(path, name)))
        };
        let (was, now) = (|name: &str| reaches(before, name), |name: &str| reaches(Some(after), name));
        user_attribute::hold(by, after.environment, was, now).await?;
        limits(by, before, Some(after)).await
    }

    async fn release(by: &Authorized, scope: &Self) -> Result<(), Failure> {
        if scope.is_built_in(of(by, scope).await?) {
            return Err(constraint("name", "A predefined scope cannot be deleted", &scope.name));
        }
        out_of_mappings(by, scope).await?;
        limits(by, Some(scope), None).await
    }
}

/// What a scope maps are attributes of its resource, or were named before.
async fn names_attributes(
    by: &Authorized,
    before: Option<&ResourceScope>,
    after: &ResourceScope,
) -> Result<(), Failure> {
    let was = before.map(|before| before.mapped_claims.as_slice()).unwrap_or_default();
    let new = after.mapped_claims.iter().enumerate().filter(|(_, id)| !was.contains(id));
    let mut held: Vec<ResourceAttribute> = Vec::new();
    for (place, id) in new {
        let Some(id) = ResourceAttributeId::parse(id) else { continue };
        let stored =
            by.store().get::<ResourceAttribute>(after.environment, &[after.resource.uuid(), id.uuid()]).await?;
        let stands = || {
            let resource = by.tenant().ok().and_then(|tenant| tenant.scopes.resource(after.resource));
            resource.is_some_and(|of| ResourceAttribute::predefined(of).iter().any(|one| one.id == id))
        };
        match stored {
            // Nobody takes it away meanwhile; what is limited by it now is written anyway.
            Some(stored) if is_open(&stored) => {}
            Some(stored) => held.push(stored),
            None if stands() => {}
            None => {
                let message = "no attribute of the resource has this id";
                return Err(invalid(&format!("mappedClaims[{place}]"), message));
            }
        }
    }
    held.sort_by_key(|one| one.id);
    held.dedup_by_key(|one| one.id);
    for one in held {
        by.along(Change::put(one, Guard::Version));
    }
    Ok(())
}

/// An attribute of somebody's making that the scope maps, or mapped until now, is from then on told by scopes alone: where no scope maps
/// it any more nobody is told, who were not told before.
async fn limits(by: &Authorized, before: Option<&ResourceScope>, after: Option<&ResourceScope>) -> Result<(), Failure> {
    let Some(scope) = after.or(before) else { return Ok(()) };
    let ids = [before, after].into_iter().flatten().flat_map(|scope| &scope.mapped_claims);
    for id in ids.filter_map(|id| ResourceAttributeId::parse(id)).collect::<BTreeSet<_>>() {
        let path = [scope.resource.uuid(), id.uuid()];
        let stored = by.store().get::<ResourceAttribute>(scope.environment, &path).await?;
        if let Some(stored) = stored.filter(is_open) {
            by.along(Change::put(ResourceAttribute { by_scopes: true, ..stored }, Guard::Version));
        }
    }
    Ok(())
}

/// Whether it is told whatever was asked for, as long as no scope maps it.
fn is_open(attribute: &ResourceAttribute) -> bool {
    attribute.kind == AttributeType::Custom && !attribute.by_scopes
}

/// Takes it out of the mappings of applications that are told with it or with others. One that is told with it alone would be told
/// whatever was asked for.
async fn out_of_mappings(by: &Authorized, scope: &ResourceScope) -> Result<(), Failure> {
    let own = |id: &String| ScopeId::parse(id) == Some(scope.id);
    for mut mapping in by.store().every_within::<ApplicationAttribute>(scope.environment).await? {
        if !mapping.oidc_scopes.iter().any(own) {
            continue;
        }
        mapping.oidc_scopes.retain(|id| !own(id));
        if mapping.oidc_scopes.is_empty() {
            let ApplicationAttribute { name, application, .. } = &mapping;
            let message = format!(
                "The scope cannot be deleted while the attribute {name} of the application {application} is told with it alone (oidcScopes)"
            );
            return Err(constraint("id", &message, "the only scope of a mapping"));
        }
        by.along(Change::put(mapping, Guard::Version));
    }
    Ok(())
}

fn invalid(target: &str, message: &str) -> Failure {
    Refused::fields(vec![Detail::new("INVALID_VALUE", target, message)]).into()
}

/// It ends with what it gave: from then on it gives nothing, and the grants that held it come to hold the rest.
pub(super) async fn delete(call: Call) -> Result<Answer, Failure> {
    let (app, now) = (call.by.app.clone(), call.by.now());
    let scope = crud::load::<ResourceScope>(&call).await?;
    let answer = crud::delete::<ResourceScope>(call).await?;
    // It is deleted, and what is left of it is not told: whoever asked need not wait for all of it, nor be there.
    let clearing = tokio::spawn(async move {
        if let Err(error) = grants::without(&app, scope.environment, scope.id, now).await {
            tracing::warn!(%error, scope = %scope.id, "grants still name a scope that was deleted");
        }
    });
    let _ = tokio::time::timeout(PATIENCE, clearing).await;
    Ok(answer)
}

/// The type of the resource that the scope is of.
async fn of(by: &Authorized, scope: &ResourceScope) -> Result<ResourceType, Failure> {
    let resource = by.store().get::<Resource>(scope.environment, &[scope.resource.uuid()]).await?;
    Ok(resource.ok_or_else(|| Resource::unknown(scope.environment, scope.resource.uuid()))?.kind)
}

/// What is seldom more than a few rows is done when the answer comes.
const PATIENCE: Duration = Duration::from_secs(2);
