//! Every kind of managed object as one value, and what names one: what [`crate::change::Change::Put`] and `Remove` take.
//!
//! All of it is made from the list of kinds, [`crate::objects!`].

use uuid::Uuid;

use super::describe::{Described, Walk};
use crate::audit::Action;
use crate::id::EnvironmentId;
use crate::names::names;
use crate::time::Time;

/// A described object that is stored under its own name.
pub trait Kept: Described + Into<Object> {
    const KIND: ObjectKind;

    /// One that is made now, in `environment` where it is in one.
    fn begun(environment: EnvironmentId, now: Time) -> Self;

    /// Its own id, without its parents'.
    fn id(&self) -> Uuid;

    fn set_id(&mut self, id: Uuid);

    fn key(&self) -> Key;

    /// What changes of it with every write.
    fn stamps(&mut self) -> Stamps<'_>;
}

/// When an object was made, when it was last written and how often, where it says so.
#[derive(Debug, Default)]
pub struct Stamps<'a> {
    pub created_at: Option<&'a mut Time>,
    pub updated_at: Option<&'a mut Time>,
    pub version: Option<&'a mut i64>,
}

macro_rules! kinds {
    (
        above { $($top:ident = $top_name:literal, $top_one:literal of $top_many:literal by $top_id:ident with ($($top_part:ident: $top_part_id:ty)?)
            stamps ($($top_stamp:ident)*) configures $top_configures:literal told ($($top_told:ident)*);)+ }
        within { $($kind:ident = $name:literal, $one:literal of $many:literal by $id:ident with ($($part:ident: $part_id:ty)?)
            stamps ($($stamp:ident)*) configures $configures:literal told ($($told:ident)*);)+ }
    ) => {
        names! {
            /// A kind of managed object.
            pub enum ObjectKind {
                $($top = $top_name,)+
                $($kind = $name,)+
            }
        }

        impl ObjectKind {
            /// What a path calls one of them.
            pub const fn one(self) -> &'static str {
                match self {
                    $(Self::$top => $top_one,)+
                    $(Self::$kind => $one,)+
                }
            }

            /// What a path and a list call all of them.
            pub const fn many(self) -> &'static str {
                match self {
                    $(Self::$top => $top_many,)+
                    $(Self::$kind => $many,)+
                }
            }

            /// Whether it is part of what every node keeps of its environment, and a change of it raises the revision.
            pub const fn configures(self) -> bool {
                match self {
                    $(Self::$top => $top_configures,)+
                    $(Self::$kind => $configures,)+
                }
            }

            /// What is recorded when one is created, updated and deleted; None where the events of another kind tell of it.
            pub const fn recorded(self) -> Option<[Action; 3]> {
                match self {
                    $(Self::$top => kinds!(@told $($top_told)*),)+
                    $(Self::$kind => kinds!(@told $($told)*),)+
                }
            }

            /// Walks the description of an object of which nothing is known.
            pub fn describe(self, walk: &mut dyn Walk) {
                match self {
                    $(Self::$top => super::$top::default().describe(walk),)+
                    $(Self::$kind => super::$kind::default().describe(walk),)+
                }
            }
        }

        #[derive(Clone, Debug, PartialEq)]
        pub enum Object {
            $($top(super::$top),)+
            $($kind(super::$kind),)+
        }

        /// The name of one managed object: where it is in an environment, that first.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Key {
            $($top($($top_part_id,)? crate::id::$top_id),)+
            $($kind(EnvironmentId, $($part_id,)? crate::id::$id),)+
        }

        impl Object {
            pub const fn kind(&self) -> ObjectKind {
                match self {
                    $(Self::$top(_) => ObjectKind::$top,)+
                    $(Self::$kind(_) => ObjectKind::$kind,)+
                }
            }

            /// The environment that it is, or is in.
            pub const fn environment(&self) -> Option<EnvironmentId> {
                match self {
                    Self::Environment(environment) => Some(environment.id),
                    Self::License(_) | Self::Organization(_) => None,
                    $(Self::$kind(object) => Some(object.environment),)+
                }
            }

            /// Walks the object's description.
            pub fn describe(&mut self, walk: &mut dyn Walk) {
                match self {
                    $(Self::$top(object) => object.describe(walk),)+
                    $(Self::$kind(object) => object.describe(walk),)+
                }
            }
        }

        impl Key {
            pub const fn kind(&self) -> ObjectKind {
                match self {
                    $(Self::$top(..) => ObjectKind::$top,)+
                    $(Self::$kind(..) => ObjectKind::$kind,)+
                }
            }

            /// The environment that it names, or in which it names something.
            pub const fn environment(&self) -> Option<EnvironmentId> {
                match self {
                    Self::Environment(environment) => Some(*environment),
                    Self::License(..) | Self::Organization(_) => None,
                    $(Self::$kind(environment, ..) => Some(*environment),)+
                }
            }

            /// Its ids in the order of the path.
            pub fn ids(&self) -> Vec<Uuid> {
                match *self {
                    $(Self::$top($($top_part,)? id) => vec![$(Uuid::from($top_part),)? id.uuid()],)+
                    $(Self::$kind(environment, $($part,)? id) => vec![environment.uuid(), $(Uuid::from($part),)? id.uuid()],)+
                }
            }
        }

        $(impl Kept for super::$top {
            kinds!(@kept $top ($($top_stamp)*));

            fn begun(_: EnvironmentId, now: Time) -> Self {
                kinds!(@begun Self::default(), now)
            }

            fn key(&self) -> Key {
                Key::$top($(self.$top_part,)? self.id)
            }
        })+
        $(impl Kept for super::$kind {
            kinds!(@kept $kind ($($stamp)*));

            fn begun(environment: EnvironmentId, now: Time) -> Self {
                kinds!(@begun Self { environment, ..Self::default() }, now)
            }

            fn key(&self) -> Key {
                Key::$kind(self.environment, $(self.$part,)? self.id)
            }
        })+
        $(kinds!(@object $top);)+
        $(kinds!(@object $kind);)+
    };
    (@told) => { None };
    (@told $created:ident $updated:ident $deleted:ident) => { Some([Action::$created, Action::$updated, Action::$deleted]) };
    (@kept $kind:ident ($($stamp:ident)*)) => {
        const KIND: ObjectKind = ObjectKind::$kind;

        fn id(&self) -> Uuid {
            self.id.uuid()
        }

        fn set_id(&mut self, id: Uuid) {
            self.id = id.into();
        }

        fn stamps(&mut self) -> Stamps<'_> {
            kinds!(@stamps self $($stamp)*)
        }
    };
    (@stamps $of:ident) => {
        Stamps::default()
    };
    (@stamps $of:ident $created:ident $updated:ident $($version:ident)?) => {
        Stamps {
            created_at: Some(&mut $of.$created),
            updated_at: Some(&mut $of.$updated),
            version: None$(.or(Some(&mut $of.$version)))?,
        }
    };
    (@begun $new:expr, $now:ident) => {{
        let mut new = $new;
        let Stamps { created_at, updated_at, .. } = new.stamps();
        for at in [created_at, updated_at].into_iter().flatten() {
            *at = $now;
        }
        new
    }};
    (@object $kind:ident) => {
        impl From<super::$kind> for Object {
            fn from(object: super::$kind) -> Self {
                Self::$kind(object)
            }
        }
    };
}

crate::objects!(kinds);
