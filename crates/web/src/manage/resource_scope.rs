//! Scopes of resources. Those that every environment has stay what they are, but for what they reach.

use std::time::Duration;

use engine::Failure;
use engine::grants;
use engine::manage::Authorized;
use protocol::model::{Kept as _, Resource, ResourceScope, ResourceType};
use protocol::refusal::{Detail, Refused};
use uuid::Uuid;

use super::answer::Answer;
use super::call::Call;
use super::crud::{self, Managed, constraint};

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
        match after.fault(of(by, after).await?, before) {
            Some((target, message)) => Err(Refused::fields(vec![Detail::new("INVALID_VALUE", target, message)]).into()),
            None => Ok(()),
        }
    }

    async fn release(by: &Authorized, scope: &Self) -> Result<(), Failure> {
        if scope.is_built_in(of(by, scope).await?) {
            return Err(constraint("name", "A predefined scope cannot be deleted", &scope.name));
        }
        Ok(())
    }
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
