//! What became of a request, for whoever writes a line about each: taken from the event that tells of it, so that the line
//! cannot say anything else.

use std::cell::RefCell;

use protocol::audit::{Actor, Event};
use protocol::change::Change;
use protocol::id::UserId;

/// What the exit learned of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Noted {
    /// Why it was refused, by the name in the table; None where it succeeded.
    pub reason: Option<&'static str>,
    /// The client id of the application that it came from, where one is known by what the request named.
    pub client: Option<String>,
    /// The user that it was about, where one is known.
    pub user: Option<UserId>,
}

/// Does the work of a request and hands back what was noted of it as well; whoever else wants to know it learns it too.
pub async fn noting<T>(work: impl Future<Output = T>) -> (T, Noted) {
    let (done, noted) = NOTED
        .scope(RefCell::default(), async {
            let done = work.await;
            (done, NOTED.with(RefCell::take))
        })
        .await;
    with(|outer| noted.clone_into(outer));
    (done, noted)
}

/// Notes the client of the request, which is registered under this id.
pub(crate) fn client(id: &str) {
    with(|noted| noted.client = Some(id.to_owned()));
}

/// Notes how the request ended.
pub(crate) fn outcome(noted: Option<Noted>) {
    let Some(new) = noted else { return };
    with(|noted| {
        noted.reason = new.reason;
        // An application whose client id is another than its own was named before, by that id.
        noted.client = noted.client.take().or(new.client);
        noted.user = new.user.or(noted.user);
    });
}

/// What an event tells; None where nobody wants to know.
pub(crate) fn of(event: &Event) -> Option<Noted> {
    NOTED.try_with(|_| ()).ok()?;
    let client = match event.actor {
        Actor::Application(id) => Some(id),
        _ => event.application,
    };
    let reason = event.refusal.as_ref().map(|refusal| refusal.reason.row().name);
    let user = match event.actor {
        Actor::User(id) => event.user.or(Some(id)),
        _ => event.user,
    };
    Some(Noted { reason, client: client.map(|id| id.to_string()), user })
}

/// The same of all events of one commit: refused is the request where one of them says so.
pub(crate) fn of_all(changes: &[Change]) -> Option<Noted> {
    let events = changes.iter().filter_map(|change| match change {
        Change::Record(event) => of(event),
        _ => None,
    });
    events.reduce(|one, other| Noted {
        reason: one.reason.or(other.reason),
        client: one.client.or(other.client),
        user: one.user.or(other.user),
    })
}

fn with(note: impl FnOnce(&mut Noted)) {
    // Nobody wants to know outside of `noting`.
    let _ = NOTED.try_with(|noted| note(&mut noted.borrow_mut()));
}

tokio::task_local! {
    static NOTED: RefCell<Noted>;
}
