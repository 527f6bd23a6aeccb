//! Typed identifiers: a user's id cannot be passed where an application's is wanted, and none crosses environments unnoticed.

use std::fmt;

use uuid::Uuid;

use crate::model::describe::Id;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            pub const fn new(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// Reads the canonical text only: 36 characters, lower case. Every other spelling names nothing.
            pub fn parse(text: &str) -> Option<Self> {
                canonical(text).map(Self)
            }

            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl Id for $name {
            fn get(&self) -> Option<Uuid> {
                Some(self.0)
            }

            fn set(&mut self, id: Option<Uuid>) {
                self.0 = id.unwrap_or(self.0);
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }
    )+};
}

/// Every kind of managed object has a type of id of its own.
macro_rules! object_ids {
    ($($place:ident { $($kind:ident = $name:literal, $one:literal of $many:literal by $id:ident with $with:tt
        stamps $stamps:tt configures $configures:literal told $told:tt;)+ })+) => {
        ids! { $($($id,)+)+ }
    };
}

crate::objects!(object_ids);

ids! {
    /// One audit event.
    ActivityId,
    /// Ties everything that one request caused; printed on every answer.
    CorrelationId,
    /// What one authorization gave: a code, then access tokens and a line of refresh tokens. Revoked as one.
    FamilyId,
    FlowId,
    SessionId,
}

/// Reads the canonical text of an id: what every type of id reads.
pub fn canonical(text: &str) -> Option<Uuid> {
    let shaped = text.len() == 36
        && text.bytes().enumerate().all(|(i, b)| match i {
            8 | 13 | 18 | 23 => b == b'-',
            _ => matches!(b, b'0'..=b'9' | b'a'..=b'f'),
        });
    if shaped { Uuid::try_parse(text).ok() } else { None }
}
