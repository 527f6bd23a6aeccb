//! How an object that is new is stored and answered.

use engine::Failure;
use engine::manage::{About, Authorized};
use protocol::change::{Change, Guard};
use serde_json::Value;

use super::answer::Answer;
use super::authority;
use super::crud::{Include, Managed, about, commit_of, respond};

/// Stores an object that has its id already, `with` what is written with it, and answers it.
pub(super) async fn add<R: Managed>(by: &Authorized, object: R, with: Vec<Change>) -> Result<Answer, Failure> {
    add_answering(by, object, with, Answer::created).await
}

/// The same with another status than 201.
pub(super) async fn add_answering<R: Managed>(
    by: &Authorized,
    object: R,
    with: Vec<Change>,
    answer: fn(Value) -> Answer,
) -> Result<Answer, Failure> {
    let [action, ..] = object.recorded();
    let about = authority::told(&with).into_iter().fold(about(by, None, Some(&object))?, About::noting);
    let changes = std::iter::once(Change::put(object.clone(), Guard::New)).chain(with).collect();
    commit_of(by, &object, changes, action, about).await?;
    respond(by, object, &Include::default(), answer).await
}
