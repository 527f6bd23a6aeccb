//! The scopes that an application holds, one grant for each resource. Without one it may ask for those of `openid` only.

use engine::Failure;
use engine::manage::Authorized;
use protocol::audit::{Action, Kind};
use protocol::change::Change;
use protocol::id::ScopeId;
use protocol::model::{Kept as _, Key, ResourceGrant};
use protocol::refusal::{Detail, Refused};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::application::load;
use super::call::Call;
use super::crud::{Include, Managed};
use super::shape::{Object, reference};

impl Managed for ResourceGrant {
    const ATTRIBUTES: &'static [&'static str] = &["id", "resource.id", "scopes.id", "createdAt", "updatedAt"];
    const TAKEN: &'static str = "the application has a grant for this resource";
    const RECORDED: [Action; 3] = [Action::ApplicationUpdated; 3];
    const TAGGED: bool = false;

    fn links(&self) -> Vec<(&'static str, String)> {
        let environment = format!("/environments/{}", self.environment);
        let application = format!("{environment}/applications/{}", self.application);
        vec![
            ("self", format!("{application}/grants/{}", self.id)),
            ("resource", format!("{environment}/resources/{}", self.resource)),
            ("environment", environment),
            ("application", application),
        ]
    }

    fn target(&self) -> (Kind, Uuid) {
        (Kind::Application, self.application.uuid())
    }

    /// Which scopes of which resource were given and which were taken, by their names.
    fn told(by: &Authorized, before: Option<&Self>, after: Option<&Self>) -> Option<String> {
        let known = &by.tenant().ok()?.scopes;
        let scopes = |grant: Option<&Self>| grant.map_or(&[] as &[_], |grant| &grant.scopes).to_vec();
        let name = |id: &ScopeId| known.scope(*id).map_or_else(|| id.to_string(), |scope| scope.name.clone());
        let beyond = |these: &[ScopeId], those: &[ScopeId]| -> Vec<String> {
            these.iter().filter(|id| !those.contains(id)).map(name).collect()
        };
        let resource = after.or(before)?.resource;
        let (before, after) = (scopes(before), scopes(after));
        let (given, taken) = (beyond(&after, &before).join(" "), beyond(&before, &after).join(" "));
        let resource = known.resource(resource).map_or_else(|| resource.to_string(), |resource| resource.name.clone());
        let parts = [("granted", given), ("took", taken)];
        let parts = parts.iter().filter(|(_, scopes)| !scopes.is_empty());
        let parts: Vec<String> = parts.map(|(verb, scopes)| format!("{verb} {scopes}")).collect();
        Some(if parts.is_empty() {
            format!("kept the scopes of {resource}")
        } else {
            format!("{} of {resource}", parts.join(", "))
        })
    }

    async fn blank(call: &Call) -> Result<Self, Failure> {
        let application = load(call).await?.application;
        let begun = Self::begun(application.environment, call.by.now().to_millis());
        Ok(Self { application: application.id, ..begun })
    }

    async fn allow(by: &Authorized, before: Option<&Self>, after: &Self) -> Result<(), Failure> {
        if before.is_some_and(|before| before.resource != after.resource) {
            let message = "the resource of a grant cannot be changed";
            return Err(Refused::fields(vec![Detail::new("INVALID_VALUE", "resource.id", message)]).into());
        }
        // Whoever deletes the resource takes its grants along, this one too.
        by.along(Change::Require(Key::Resource(after.environment, after.resource)));
        Ok(())
    }

    /// Of its scopes those that are there: who granted one while another deleted it granted nothing.
    async fn made(by: &Authorized, grants: &[Self], _: &Include) -> Result<Vec<Map<String, Value>>, Failure> {
        let known = &by.tenant()?.scopes;
        let there =
            |grant: &Self| grant.scopes.iter().filter(|id| known.scope(**id).is_some()).map(reference).collect();
        let made = |scopes: Vec<Value>| Object::default().with("scopes", scopes).into_map();
        Ok(grants.iter().map(|grant| made(there(grant))).collect())
    }

    async fn parents(call: &Call) -> Result<Vec<Uuid>, Failure> {
        Ok(vec![load(call).await?.application.id.uuid()])
    }
}
