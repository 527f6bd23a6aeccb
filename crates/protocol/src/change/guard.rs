//! What must hold of what is stored when something is committed.

use jose::Alg;
use uuid::Uuid;

use crate::id::{ApplicationId, EnvironmentId, GroupId, UserId};
use crate::model::ObjectKind;
use crate::secret::TokenHash;
use crate::time::Time;

/// What an answer says is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Absence {
    /// A living token under either hash: an opaque access token that counts at this time, a refresh token of a family that does.
    Token { environment: EnvironmentId, access: TokenHash, refresh: TokenHash, at: Time },
    /// A session that lives at this time, under the hash of its cookie.
    Session { environment: EnvironmentId, token: TokenHash, at: Time },
    /// A signing key, by its `kid`.
    Key(EnvironmentId, String),
    /// A key of the algorithm that applications chose and that signs. Those who make one at once come one after the other.
    ChosenKey(EnvironmentId, Alg),
    /// As many as `most` objects of the kind, in the environment or under the `parent` in it. Those who make one at once are counted one
    /// after the other.
    Most { of: ObjectKind, environment: EnvironmentId, parent: Option<Uuid>, most: i64 },
    /// As many as `most` groups of the environment that have a filter, beside this one. Those who give one a filter at once are counted one
    /// after the other.
    MostFiltered { environment: EnvironmentId, beside: GroupId, most: i64 },
    /// An assignment of this role of the environment, beside those that are `known`. Whoever gives it holds its row first.
    Given { environment: EnvironmentId, role: Uuid, known: Vec<Uuid> },
    /// A role that an application, group or user of the environment holds, beside the assignments that are `known`. Whoever gives one holds the
    /// row of whom it is given to: a commit that expects that row first ([`super::Change::Expect`]) misses none.
    Role { environment: EnvironmentId, actor: Uuid, known: Vec<Uuid> },
}

/// Whose roles end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    Application(EnvironmentId, ApplicationId),
    User(EnvironmentId, UserId),
    /// Those of everybody in it.
    Environment(EnvironmentId),
}

/// What must hold of a stored object when it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// It is there.
    Exists,
    /// It is not there yet.
    New,
    /// The stored version is the object's; it is stored as one more.
    Version,
}
