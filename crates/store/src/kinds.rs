//! The kinds of managed objects in the store: one value each says table, keys, guards and what else ends with it. The
//! statements and reads are made of it and of the object's description (`protocol::model::describe`).

mod application;
mod attribute;
mod authorization_details_type;
mod directory;
mod environment;
mod identity_provider;
mod initial_access_token;
mod key;
mod policy;
mod resource;
mod role;
mod schema;
mod signing_key;
mod texts;
mod trusted_issuer;
mod user;

use protocol::model::ObjectKind;
use protocol::model::describe::Found;

use crate::list::{self, Indexed};
pub(crate) use texts::{signing_key_texts, texts};

/// What the description of a kind does not say of its rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    pub(crate) table: &'static str,
    /// The primary key, the environment first where it is in one.
    pub(crate) key: &'static [&'static str],
    /// Columns that are read and win over the body, because there are statements that write them alone.
    pub(crate) reads: &'static [&'static str],
    /// Whether a body holds what has no column.
    pub(crate) body: bool,
    /// The flag that one object of an environment has at most; whoever takes it takes it from the other.
    pub(crate) only_one: Option<&'static str>,
    /// Unique constraints, and the property that is told as taken when one is run into.
    pub(crate) unique: &'static [(&'static str, &'static str)],
    /// A column and the kind of the environment of which there must be one with its id. The row is held until the commit, so
    /// that whoever deletes it waits and takes this object with it, or refuses.
    pub(crate) needs: &'static [(&'static str, ObjectKind)],
    /// Whether an environment's objects of this kind have a counter, under the name of the table, kept where they come and go.
    pub(crate) counted: bool,
    /// What a filter calls the groups that a row's user is in.
    pub(crate) groups: Option<&'static str>,
    /// The columns that an index finds rows of a list by, the one that finds fewest first.
    pub(crate) indexed: &'static [Indexed],
    /// What else must hold of the row, whose key is `$1` and on, when it is removed.
    pub(crate) removable: Option<&'static str>,
    /// Where writers run side by side, holds rows that end with it before the statements of `ends` look at them: what others make of
    /// them meanwhile is then seen, and what ended meanwhile is not.
    pub(crate) holds: Option<(&'static str, &'static [usize])>,
    /// Statements of what ends with it, and the places of their parameters in its key.
    pub(crate) ends: &'static [(&'static str, &'static [usize])],
    /// Whether there are so many that those of an environment that ends go in parts afterwards.
    pub(crate) many: bool,
    /// Statements of what of it lies outside an environment that ends (`$1`).
    pub(crate) outside: &'static [&'static str],
}

impl Kind {
    /// Whether its objects are in an environment, and end with it.
    pub(crate) fn is_within(&self) -> bool {
        self.key.first() == Some(&"environment_id")
    }

    /// The column each value of which has a counter of its own.
    pub(crate) fn part(&self) -> Option<&'static str> {
        self.indexed.iter().find_map(|indexed| if let Indexed::Part(column) = indexed { Some(*column) } else { None })
    }

    /// A kind without anything special.
    pub(crate) const fn new(table: &'static str, key: &'static [&'static str]) -> Self {
        Self {
            table,
            key,
            reads: &[],
            body: true,
            only_one: None,
            unique: &[],
            needs: &[],
            counted: false,
            groups: None,
            indexed: &[Indexed::Few("id")],
            removable: None,
            holds: None,
            ends: &[],
            many: false,
            outside: &[],
        }
    }
}

/// A kind of object in the store.
trait Stored {
    const KIND: Kind;
}

/// What is said of signing keys, which no call manages.
pub(crate) const SIGNING_KEY: &Kind = &signing_key::KIND;

/// Every kind's row of facts: one that is added does not compile without its own.
macro_rules! facts {
    ($($place:ident { $($kind:ident = $name:literal, $one:literal of $many:literal by $id:ident with $with:tt
        stamps $stamps:tt configures $configures:literal told $told:tt;)+ })+) => {
        pub(crate) fn kind(of: ObjectKind) -> &'static Kind {
            match of {
                $($(ObjectKind::$kind => &<protocol::model::$kind as Stored>::KIND,)+)+
            }
        }
    };
}

protocol::objects!(facts);

/// The property whose value is taken when the constraint of this name is run into. None: two writers met, nothing is wrong
/// with what either wrote.
pub fn taken(constraint: &str) -> Option<&'static str> {
    let all = ObjectKind::ALL.into_iter().flat_map(|of| kind(of).unique);
    all.filter(|(name, _)| *name == constraint).map(|(_, property)| *property).next()
}

impl From<Found> for list::Kind {
    fn from(how: Found) -> Self {
        match how {
            Found::Exact => Self::Exact,
            Found::Flag => Self::Flag,
            Found::Email | Found::Folded => Self::Folded,
            Found::Id => Self::Id,
            Found::Loose => Self::Loose,
            Found::Time => Self::Time,
            Found::Username => Self::Username,
        }
    }
}
