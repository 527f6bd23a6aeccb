//! The names of a closed list, said once: the enum, every variant, its name, and the way back from the name.

/// A fieldless enum whose variants have names.
pub trait Named: Copy + 'static {
    /// Every variant, in the order in which a refusal lists them.
    fn all() -> &'static [Self];

    /// As it is written in requests and answers.
    fn name(self) -> &'static str;

    /// As it is written in stored rows, where that differs.
    fn stored(self) -> &'static str;

    fn from_stored(text: &str) -> Option<Self> {
        Self::all().iter().copied().find(|one| one.stored() == text)
    }
}

impl Named for jose::Alg {
    fn all() -> &'static [Self] {
        Self::ALL
    }

    fn name(self) -> &'static str {
        Self::name(self)
    }

    fn stored(self) -> &'static str {
        Self::name(self)
    }
}

/// Declares a fieldless enum: `Variant = "NAME"`, and `stored "name"` behind it where rows have another text. A name that is
/// put together stands in brackets.
macro_rules! names {
    ($(#[$meta:meta])* $visible:vis enum $type:ident {
        $($(#[$doc:meta])* $variant:ident = $name:tt $(stored $stored:literal)?),+ $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        $visible enum $type {
            $($(#[$doc])* $variant,)+
        }

        impl $type {
            pub const ALL: [Self; [$($name),+].len()] = [$(Self::$variant),+];

            /// As it is written in requests and answers.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// The variant with this name, in exactly this spelling.
            pub fn parse(name: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|one| one.name() == name)
            }
        }

        impl $crate::names::Named for $type {
            fn all() -> &'static [Self] {
                &Self::ALL
            }

            fn name(self) -> &'static str {
                $type::name(self)
            }

            fn stored(self) -> &'static str {
                match self {
                    $(Self::$variant => $crate::names::names!(@stored $name $($stored)?),)+
                }
            }
        }
    };
    (@stored $name:tt) => { $name };
    (@stored $name:tt $stored:literal) => { $stored };
}

pub(crate) use names;
