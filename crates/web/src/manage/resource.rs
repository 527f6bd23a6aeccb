//! Resources: what tokens are for. The built-in ones stay as they are.

use engine::Failure;
use engine::manage::Authorized;
use protocol::change::Change;
use protocol::model::Resource;
use protocol::refusal::{Detail, Refused};
use protocol::uri::resource_key;
use serde_json::{Map, Value};

use super::crud::{Include, Managed, constraint, own_links};
use super::secret;
use super::shape::Object;

impl Managed for Resource {
    const ATTRIBUTES: &'static [&'static str] =
        &["id", "name", "description", "type", "audience", "createdAt", "updatedAt"];
    const TAKEN: &'static str = "a resource with this name exists";

    fn links(&self) -> Vec<(&'static str, String)> {
        let path = format!("/environments/{}/resources/{}", self.environment, self.id);
        let mut links = own_links(self);
        links.extend(["scopes", "attributes"].map(|name| (name, format!("{path}/{name}"))));
        if !self.is_built_in() {
            links.push(("secret", format!("{path}/secret")));
        }
        links
    }

    /// PingOne: one without an audience goes by its name.
    async fn made(_: &Authorized, resources: &[Self], _: &Include) -> Result<Vec<Map<String, Value>>, Failure> {
        let audience = |of: &Self| (!of.is_built_in()).then(|| of.audience().to_owned());
        Ok(resources.iter().map(|of| Object::default().maybe("audience", audience(of)).into_map()).collect())
    }

    async fn allow(by: &Authorized, before: Option<&Self>, after: &Self) -> Result<(), Failure> {
        if before.is_some_and(Self::is_built_in) {
            return Err(constraint("type", "A built-in resource cannot be changed", after.kind.name()));
        }
        if is_own(by, after) {
            let target = if after.audience.is_some() { "audience" } else { "name" };
            let message = "this is an address of this server itself";
            return Err(Refused::fields(vec![Detail::new("INVALID_VALUE", target, message)]).into());
        }
        Ok(())
    }

    async fn release(_: &Authorized, resource: &Self) -> Result<(), Failure> {
        if resource.is_built_in() {
            return Err(constraint("type", "A built-in resource cannot be deleted", resource.kind.name()));
        }
        Ok(())
    }

    fn completed(&mut self, by: &Authorized) -> Vec<Change> {
        let (environment, of) = (self.environment, self.id.into());
        let current = secret::first(by, environment, of);
        vec![Change::RotateSecret { environment, of, was: None, current, previous: None }]
    }
}

/// Whether its tokens would pass for those of this server's own: its management API, or the protocol endpoints of its environment.
fn is_own(by: &Authorized, resource: &Resource) -> bool {
    let Some(key) = resource_key(resource.audience()) else { return false };
    let config = &by.app.config;
    let issuer = resource_key(&format!("{}/{}/as", config.public_url, resource.environment)).unwrap_or_default();
    let below = key.strip_prefix(issuer.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    below || [&config.api_url, &config.public_url].iter().any(|own| resource_key(own).is_some_and(|own| own == key))
}
