//! `protocol::model::describe` of every kind of managed object, and of the actions of sign-on policies: what an answer says can
//! be sent back and changes nothing, an empty patch changes nothing, and the faults of a body are told in bounded words. The first
//! octet chooses the kind.

use std::any::Any;

use jose::json::parse_strict_object;
use protocol::model::describe::{Described, Known, Refers, draw, merged, read, referred};
use protocol::model::{ImportedUser, User};
use serde_json::{Map, Value};
use uuid::Uuid;

/// Everything there is, so that only the form of a body decides.
struct Everything;

impl Known for Everything {
    fn has(&self, _: Refers, _: Uuid) -> bool {
        true
    }
}

macro_rules! kinds {
    ($($place:ident { $($kind:ident = $name:literal, $one:literal of $many:literal by $id:ident with $with:tt
        stamps $stamps:tt configures $configures:literal told $told:tt;)+ })+) => {
        const KINDS: &[fn(&Map<String, Value>)] =
            &[$($(written::<protocol::model::$kind>,)+)+ imported, written::<protocol::model::SignOnAction>];
    };
}

protocol::objects!(kinds);

pub fn check((kind, body): (u8, &[u8])) {
    let Ok(body) = parse_strict_object(body, 16) else { return };
    KINDS[usize::from(kind) % KINDS.len()](&body);
}

fn written<R: Described + PartialEq + std::fmt::Debug + 'static>(body: &Map<String, Value>) {
    let Some(after) = taken::<R>(body) else { return };
    let answered = draw(&after);
    for sent in [&answered, &merged(&after, Map::new())] {
        let again = read(sent, &after, &Everything).unwrap_or_else(|refused| panic!("{refused:?} of {sent:?}"));
        assert_eq!(draw(&again), answered);
        // What is said now may have been a default before; said once, it stays.
        assert_eq!(read(sent, &again, &Everything).as_ref(), Ok(&again));
    }
}

/// A password is never answered, so what is answered is a user without one.
fn imported(body: &Map<String, Value>) {
    let Some(ImportedUser { user, password }) = taken(body) else { return };
    let shown = format!("{password:?}");
    assert!(
        password.is_none_or(|password| password.value.expose().len() < 16 || !shown.contains(password.value.expose()))
    );
    let again = read(&draw(&user), &user, &Everything);
    assert!(again.is_ok_and(|again| again == user));
}

fn taken<R: Described + 'static>(body: &Map<String, Value>) -> Option<R> {
    let mut before = R::default();
    let any: &mut dyn Any = &mut before;
    let user = match any.downcast_mut::<ImportedUser>() {
        Some(imported) => Some(&mut imported.user),
        None => any.downcast_mut::<User>(),
    };
    // Nobody is read onto a user of whom nothing is known.
    if let Some(user) = user {
        user.lifecycle = "ACCOUNT_OK".into();
        user.verify_status = "NOT_INITIATED".into();
    }
    assert!(referred(body, &before).len() <= MOST);
    let read = read(body, &before, &Everything);
    assert!(read.as_ref().err().is_none_or(|refused| (1..=MOST).contains(&refused.details.len())));
    read.ok()
}

/// Of what is told of a body, or looked up for it.
const MOST: usize = 10_000;
