//! A registered client as the protocol endpoints need it: the application, its secrets and what it may ask for.

use crate::change::{Change, Guard};
use crate::model::{Application, ResourceGrant, SecretPair};

/// An application with all that authentication and the grants read of it. Kept in the environment's snapshot.
#[derive(Clone, Debug, PartialEq)]
pub struct Client {
    pub application: Application,
    pub secrets: SecretPair,
    pub grants: Vec<ResourceGrant>,
}

impl Client {
    /// What makes the client: the application, then its secrets, then its grants.
    pub fn creation(self) -> Vec<Change> {
        let Self { application, secrets, grants } = self;
        let (environment, id) = (application.environment, application.id);
        let mut changes = vec![Change::put(application, Guard::New)];
        if let Some(current) = secrets.current {
            let previous = secrets.previous;
            changes.push(Change::RotateSecret { environment, application: id, was: None, current, previous });
        }
        changes.extend(grants.into_iter().map(|grant| Change::put(grant, Guard::New)));
        changes
    }

    /// Whether the client can keep a secret (RFC 6749 §2.1).
    pub fn is_confidential(&self) -> bool {
        self.application.auth_methods.iter().all(|m| m.is_confidential())
    }
}
