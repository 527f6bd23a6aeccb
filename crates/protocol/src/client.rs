//! A registered client as the protocol endpoints need it: the application, its secrets and what it may ask for.

use crate::model::{Application, ResourceGrant, SecretPair};

/// An application with all that authentication and the grants read of it. Kept in the environment's snapshot.
#[derive(Clone, Debug, PartialEq)]
pub struct Client {
    pub application: Application,
    pub secrets: SecretPair,
    pub grants: Vec<ResourceGrant>,
}

impl Client {
    /// Whether the client can keep a secret (RFC 6749 §2.1).
    pub fn is_confidential(&self) -> bool {
        self.application.auth_methods.iter().all(|m| m.is_confidential())
    }
}
