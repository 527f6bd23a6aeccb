//! A registered client as the protocol endpoints need it: the application, its secrets and what it may ask for.

use crate::change::{Change, Guard};
use crate::id::{ApplicationId, ScopeId};
use crate::mapping::ApplicationMappings;
use crate::model::{Application, ApplicationType, Resource, ResourceGrant, ResourceType, Scopes, SecretPair};
use crate::refusal::{Reason, Refused};

/// An application with all that authentication and the grants read of it. Kept in the environment's snapshot.
#[derive(Clone, Debug, PartialEq)]
pub struct Client {
    pub application: Application,
    pub secrets: SecretPair,
    pub grants: Vec<ResourceGrant>,
    /// What it is told beyond others.
    pub mappings: ApplicationMappings,
}

impl Client {
    /// What makes the client: the application, then its secrets, then its grants.
    pub fn creation(self) -> Vec<Change> {
        // One that is made now has no mappings but those that stand from the beginning.
        let Self { application, secrets, grants, mappings: _ } = self;
        let (environment, id) = (application.environment, application.id);
        let mut changes = vec![Change::put(application, Guard::New)];
        if let Some(current) = secrets.current {
            let previous = secrets.previous;
            let of = id.into();
            changes.push(Change::RotateSecret { environment, of, was: None, current, previous });
        }
        changes.extend(grants.into_iter().map(|grant| Change::put(grant, Guard::New)));
        changes
    }

    /// What a resource is where it asks about tokens: a client of its own that may do nothing else.
    pub fn of_resource(resource: &Resource, secrets: SecretPair) -> Self {
        let application = Application {
            name: resource.name.clone(),
            enabled: true,
            kind: ApplicationType::Service,
            auth_methods: vec![resource.introspect_auth.unwrap_or_default().method()],
            ..Application::blank(ApplicationId::new(resource.id.uuid()), resource.environment, resource.created_at)
        };
        Self { application, secrets, grants: Vec::new(), mappings: ApplicationMappings::default() }
    }

    /// Whether the application takes part at all: one that was switched off does in nothing (RFC 6749 §2).
    ///
    /// # Errors
    /// [`Reason::ApplicationDisabled`].
    pub fn may_act(&self) -> Result<(), Refused> {
        if self.application.enabled {
            return Ok(());
        }
        Err(Refused::new(Reason::ApplicationDisabled, "an enabled application", "a disabled one"))
    }

    /// Whether nobody who runs this server answered for it, so that each person is asked: anybody could have registered it.
    pub fn is_foreign(&self) -> bool {
        self.application.registration.as_ref().is_some_and(|registration| registration.open)
    }

    /// The same client, with the scopes that are open to strangers where it is one: those of registered resources, never of PingOne's
    /// API (CR-07).
    #[must_use]
    pub fn opened(mut self, open: &[String], scopes: &Scopes) -> Self {
        if open.is_empty() || !self.is_foreign() {
            return self;
        }
        let (environment, application) = (self.application.environment, self.application.id);
        for resource in scopes.resources.iter().filter(|resource| resource.kind == ResourceType::Custom) {
            let own = scopes.scopes.iter().filter(|scope| scope.resource == resource.id && open.contains(&scope.name));
            let scopes: Vec<ScopeId> = own.map(|scope| scope.id).collect();
            if !scopes.is_empty() {
                let of = resource.id;
                self.grants.push(ResourceGrant {
                    environment,
                    application,
                    resource: of,
                    scopes,
                    ..ResourceGrant::default()
                });
            }
        }
        self
    }

    /// Whether the client can keep a secret (RFC 6749 §2.1).
    pub fn is_confidential(&self) -> bool {
        self.application.is_confidential()
    }
}
