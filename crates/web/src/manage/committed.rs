//! How what is written is committed, and what is told where a value is taken.

use engine::Failure;
use engine::manage::{About, Authorized};
use engine::reads::StoreError;
use protocol::audit::Action;
use protocol::change::Change;
use protocol::refusal::{Detail, Refused};

use super::crud::Managed;

/// Commits the changes of an object that becomes this one, with its event.
pub(super) async fn commit_of<R: Managed>(
    by: &Authorized,
    object: &R,
    changes: Vec<Change>,
    action: Action,
    about: About,
) -> Result<(), Failure> {
    let error = match by.try_finish(changes, action, about).await {
        Ok(()) => return Ok(()),
        Err(error) => error,
    };
    if let StoreError::Conflict { constraint } = &error
        && let Some(property) = R::taken(by, object, constraint).await?
    {
        return Err(taken(&property, R::TAKEN));
    }
    Err(meant(by, error, R::TAKEN))
}

fn taken(property: &str, message: &str) -> Failure {
    Refused::fields(vec![Detail::new("UNIQUENESS_VIOLATION", property, message)]).into()
}

fn meant(by: &Authorized, error: StoreError, message: &str) -> Failure {
    match &error {
        StoreError::Conflict { constraint } => match engine::reads::taken(constraint) {
            Some(property) => taken(property, message),
            None => error.into(),
        },
        _ => by.meant(error),
    }
}

/// Commits the changes with its event. A taken value is told by its property; another constraint means that two writers met.
pub(super) async fn commit(
    by: &Authorized,
    changes: Vec<Change>,
    action: Action,
    about: About,
    message: &str,
) -> Result<(), Failure> {
    by.try_finish(changes, action, about).await.map_err(|error| meant(by, error, message))
}
