//! Assignments with the roles that they give.

use std::sync::Arc;

use protocol::id::EnvironmentId;
use protocol::model::{CustomRole, Given, Held, Role, RoleAssignment};
use uuid::Uuid;

use crate::app::App;
use crate::reads::StoreError;

/// The assignments with their roles: built in, or of the environment whose actors hold them.
pub(super) async fn looked_up(
    app: &App,
    environment: EnvironmentId,
    rows: Vec<RoleAssignment>,
) -> Result<Vec<Held>, StoreError> {
    let mut held: Vec<Held> = Vec::with_capacity(rows.len());
    for row in rows {
        let known = held.iter().find(|other| other.row.role == row.role).map(|other| other.role.clone());
        let role = match known {
            Some(role) => role,
            None => role_of(app, environment, row.role).await?,
        };
        held.push(Held { row, role });
    }
    Ok(held)
}

/// All that an actor of the environment holds, to be weighed.
pub(super) async fn every_held(app: &App, environment: EnvironmentId, actor: Uuid) -> Result<Vec<Held>, StoreError> {
    let rows = app.store.every_held(environment, actor).await?;
    looked_up(app, environment, rows).await
}

async fn role_of(app: &App, environment: EnvironmentId, id: Uuid) -> Result<Given, StoreError> {
    if let Some(role) = Role::find(id) {
        return Ok(Given::BuiltIn(role));
    }
    match app.store.get::<CustomRole>(environment, &[id]).await {
        Ok(Some(role)) => Ok(Given::Custom(Arc::new(role))),
        Ok(None) | Err(StoreError::Unreadable(_)) => Ok(Given::Unknown(id)),
        Err(error) => Err(error),
    }
}
