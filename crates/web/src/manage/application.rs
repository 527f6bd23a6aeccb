//! Applications: the OAuth clients of an environment. Their secrets have a route of their own and are never in these bodies.

use engine::Failure;
use engine::manage::Authorized;
use engine::rotation;
use engine::site::{Layout, Site};
use protocol::authorization::GrantType;
use protocol::change::Change;
use protocol::client::Client;
use protocol::client_auth::Method;
use protocol::id::{ApplicationId, EnvironmentId};
use protocol::model::describe::Refers;
use protocol::model::{Application, ApplicationType, Icon, Kept as _};
use protocol::refusal::{Reason, Refused};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::authority;
use super::call::{Call, missing};
use super::crud::{Include, Managed, constraint, own_links};
use super::shape::Object;
use super::{for_policies, named, secret};
use crate::page;

impl Managed for Application {
    const TAKEN: &'static str = "an application with this client id exists";
    /// PingOne declares no paging here, so clients that do not ask for it expect to see all.
    const PAGE: u32 = 1000;

    fn links(&self) -> Vec<(&'static str, String)> {
        let environment = format!("/environments/{}", self.environment);
        let path = format!("{environment}/applications/{}", self.id);
        let own = protocol::model::key_rotation_policy(self.environment);
        let signing = self.signing.policy.map_or(own, Uuid::from);
        let mut links = own_links(self);
        links.push(("keyRotationPolicy", format!("{environment}/keyRotationPolicies/{signing}")));
        links.extend(BELOW.map(|name| (name, format!("{path}/{name}"))));
        links
    }

    fn addresses(&self, by: &Authorized) -> Vec<(&'static str, String)> {
        let mut links = self.links();
        links.push(("metadata", metadata(by, self)));
        links
    }

    /// Clients look for the beginning of the sentence.
    fn unknown(_: EnvironmentId, id: Uuid) -> Failure {
        let expected = "an existing application of this environment";
        let refused = Refused::new(Reason::ResourceNotFound, expected, id.to_string());
        refused.saying(format!("Unable to find Application with ID: '{id}'")).into()
    }

    async fn blank(call: &Call) -> Result<Self, Failure> {
        Ok(Self::blank(ApplicationId::default(), call.environment()?, call.by.now()))
    }

    /// What those that every environment has were not told: Ping's models demand the first, and its clients the picture.
    async fn made(by: &Authorized, applications: &[Self], _: &Include) -> Result<Vec<Map<String, Value>>, Failure> {
        let of = |application: &Self| {
            let own = application.kind.is_built_in();
            let themed = (own && application.unused.apply_default_theme.is_none()).then_some(true);
            let icon = (own && application.icon.is_none()).then(|| icon_of_built_in(by));
            Object::default().maybe("applyDefaultTheme", themed).maybe("icon", icon).into_map()
        };
        Ok(applications.iter().map(of).collect())
    }

    async fn allow(by: &Authorized, before: Option<&Self>, after: &Self) -> Result<(), Failure> {
        if let Some(before) = before.filter(|before| may_administer(before) && !may_administer(after)) {
            authority::keep_without(by, before).await?;
        }
        // Nobody takes away meanwhile whom it is for, nor whose keys sign for it.
        named::hold_all(by, after.environment, before, after).await?;
        // No token waits for its key: the key is there with the choice.
        for key in rotation::needed(&by.app, &by.ctx(), after).await? {
            by.along(key);
        }
        Ok(())
    }

    async fn release(by: &Authorized, application: &Self) -> Result<(), Failure> {
        if application.kind.is_built_in() {
            let message = "An application that every environment has cannot be deleted";
            return Err(constraint("type", message, application.kind.name()));
        }
        let named = (Refers::Application, application.id.uuid());
        for_policies::let_go(by, application.environment, "application", named).await?;
        authority::end_application(by, application).await
    }

    /// A secret, whatever its method: a later change of the method does not change the secret.
    fn completed(&mut self, by: &Authorized) -> Vec<Change> {
        // What came from another system goes by its name there.
        self.client_id = by.brought.client_id.clone().unwrap_or_else(|| self.id.to_string());
        if by.brought.secret_anywhere && self.auth_methods == [Method::ClientSecretBasic] {
            self.auth_methods.push(Method::ClientSecretPost);
        }
        let (environment, application, of) = (self.environment, self.id, self.id.into());
        let current = secret::first(by, environment, of);
        let mut changes = vec![Change::RotateSecret { environment, of, was: None, current, previous: None }];
        // PingOne: a worker that is made so holds what its creator holds.
        if self.kind == ApplicationType::Worker && self.unused.assign_actor_roles == Some(true) {
            changes.extend(authority::of_actor(by, environment, application.uuid()));
        }
        changes
    }
}

/// Whether its roles can come to anything.
fn may_administer(application: &Application) -> bool {
    application.enabled && application.grant_types.contains(&GrantType::ClientCredentials)
}

/// The application of the path with its secrets, in the version that the call is for.
pub(super) async fn load(call: &Call) -> Result<Client, Failure> {
    let environment = call.environment()?;
    let id = call.id("application", ApplicationId::parse)?;
    // What is asked for is the secret: PingOne's clients know that it is gone by the general sentence (the contract §2.3).
    let found = call.by.store().client_of(environment, id).await?;
    let client = found.ok_or_else(|| missing(Application::NOUN, id.to_string()))?;
    let (key, version) = (client.application.key(), client.application.version);
    call.expect_version(version, Change::Expect(key, version))?;
    Ok(client)
}

fn icon_of_built_in(by: &Authorized) -> Value {
    json!({ "id": Icon::OF_BUILT_IN.to_string(), "href": format!("{}{}", by.app.config.public_url, page::asset::mark()) })
}

/// Where a client of the application reads the metadata of its provider.
fn metadata(by: &Authorized, application: &Application) -> String {
    let path = format!("/{}", application.environment);
    let site = Site::new(&by.app.config.public_url, &path, Layout::PingOne, application.environment);
    format!("{}/.well-known/openid-configuration", site.issuer)
}

/// What PingOne links an application to, (the contract, 1.B.5).
const BELOW: [&str; 5] = ["attributes", "secret", "grants", "roleAssignments", "signOnPolicyAssignments"];
