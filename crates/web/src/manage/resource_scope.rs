//! Scopes of resources. Those that every environment has stay what they are, but for what they reach.

use engine::Failure;
use engine::manage::Authorized;
use protocol::change::{Change, Guard};
use protocol::model::{Kept as _, Resource, ResourceGrant, ResourceScope, ResourceType};
use protocol::refusal::{Detail, Refused};
use uuid::Uuid;

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

    /// It ends with what it gave: the grants that hold it hold the rest, and one that held nothing else ends too.
    async fn release(by: &Authorized, scope: &Self) -> Result<(), Failure> {
        if scope.is_built_in(of(by, scope).await?) {
            return Err(constraint("name", "A predefined scope cannot be deleted", &scope.name));
        }
        let grants = by.store().every_within::<ResourceGrant>(scope.environment).await?;
        for mut grant in grants.into_iter().filter(|grant| grant.scopes.contains(&scope.id)) {
            grant.scopes.retain(|id| *id != scope.id);
            if grant.scopes.is_empty() {
                by.along(Change::Expect(grant.key(), grant.version));
                by.along(Change::Remove(grant.key()));
            } else {
                grant.updated_at = by.now().to_millis();
                by.along(Change::put(grant, Guard::Version));
            }
        }
        Ok(())
    }
}

/// The type of the resource that the scope is of.
async fn of(by: &Authorized, scope: &ResourceScope) -> Result<ResourceType, Failure> {
    let resource = by.store().get::<Resource>(scope.environment, &[scope.resource.uuid()]).await?;
    Ok(resource.ok_or_else(|| Resource::unknown(scope.environment, scope.resource.uuid()))?.kind)
}
