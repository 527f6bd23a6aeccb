//! What the environment of a call has that a body may refer to.

use engine::manage::Authorized;
use protocol::model::describe::{Known, Refers};
use protocol::model::{Role, UserSchema};
use uuid::Uuid;

/// What a body may refer to in the environment of the call.
pub(super) struct Here<'a> {
    by: &'a Authorized,
    /// What the database was asked for and has.
    found: Vec<(Refers, Uuid)>,
}

impl<'a> Here<'a> {
    /// With what the database was asked for and has.
    pub(super) const fn having(by: &'a Authorized, found: Vec<(Refers, Uuid)>) -> Self {
        Self { by, found }
    }

    /// For a body that refers to nothing that only the database knows.
    pub(super) const fn of(by: &'a Authorized) -> Self {
        Self { by, found: Vec::new() }
    }
}

impl Known for Here<'_> {
    fn schema(&self) -> Option<&UserSchema> {
        self.by.tenant().ok().map(|tenant| &*tenant.schema)
    }

    fn any_port(&self) -> bool {
        self.by.app.config.developer
    }

    fn has(&self, what: Refers, id: Uuid) -> bool {
        let Ok(tenant) = self.by.tenant() else { return false };
        match what {
            Refers::IdentityProvider => tenant.identity_provider(id.into()).is_some(),
            Refers::KeyRotationPolicy(_) => super::key_rotation_policy::is_known(tenant, id),
            Refers::PasswordPolicy => tenant.password_policies.iter().any(|policy| policy.id.uuid() == id),
            Refers::Application | Refers::Certificate | Refers::Group | Refers::KeyPair | Refers::Population => {
                self.found.contains(&(what, id))
            }
            Refers::Resource => tenant.scopes.resource(id.into()).is_some(),
            Refers::Role => Role::find(id).is_some() || self.found.contains(&(what, id)),
            Refers::Scope(resource) => {
                let scope = tenant.scopes.scope(id.into());
                scope.is_some_and(|scope| resource.is_none_or(|of| scope.resource.uuid() == of))
            }
            Refers::SignOnPolicy => tenant.sign_on_policies.iter().any(|policy| policy.id.uuid() == id),
        }
    }
}
