//! Whoever holds the database and its master key: what they bring along is written by the rules that hold for every administrator.

use std::sync::{Arc, Mutex};

use protocol::audit::Actor;
use protocol::id::{CorrelationId, EnvironmentId, OrganizationId, RoleAssignmentId};
use protocol::model::{ActorKind, Deed, Given, Held, Role, RoleAssignment, RoleScope};
use protocol::secret::Secret;
use uuid::Uuid;

use super::{Authorized, Within, missing};
use crate::app::{App, Ask};
use crate::bootstrap::start_in;
use crate::failure::Failure;

/// What an object keeps that it had in another system. Nothing of it comes over the network.
#[derive(Debug, Default)]
pub struct Brought {
    /// The id of an object that is made.
    pub id: Option<Uuid>,
    /// What an application that is made calls itself.
    pub client_id: Option<String>,
    /// Whether its secret may come in the header and in the body, as other systems take it whatever is registered.
    pub secret_anywhere: bool,
    /// The secret of what is made, or the next one of what is there.
    pub secret: Option<Secret>,
    /// Everything is judged and nothing is written.
    pub rehearsed: bool,
}

/// Lets the operator do what a call needs, in the environment and above it.
///
/// # Errors
/// 404 for an environment that does not exist; that the store cannot be read.
pub async fn operator(
    app: &Arc<App>,
    environment: EnvironmentId,
    deed: Deed,
    brought: Brought,
) -> Result<Authorized, Failure> {
    let tenant = app.tenant(environment).await?.ok_or_else(|| missing(environment))?;
    let organization = tenant.environment.organization;
    let held: Vec<Held> = Role::of_administrators().map(|role| holding(environment, organization, role)).collect();
    let ctx = start_in(app, environment);
    // A number of its own, so that what it wrote is found by its events.
    let correlation = CorrelationId::new(ctx.uuid());
    Ok(Authorized {
        app: app.clone(),
        actor: Actor::System,
        environment: Some(tenant),
        home: environment,
        organization,
        within: Within::Everything,
        assignments: held.clone(),
        held,
        dpop_nonce: None,
        brought,
        deed,
        expected: Mutex::default(),
        ask: Ask { correlation, source: None },
        now: ctx.now,
    })
}

fn holding(environment: EnvironmentId, organization: OrganizationId, role: &'static Role) -> Held {
    let scope = RoleScope::Organization(organization);
    let row = RoleAssignment {
        id: RoleAssignmentId::default(),
        environment,
        actor: Uuid::nil(),
        actor_kind: ActorKind::Application,
        role: role.id,
        scope,
        read_only: true,
    };
    Held { row, role: Given::BuiltIn(role) }
}
