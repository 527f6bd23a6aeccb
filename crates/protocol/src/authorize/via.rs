//! By which way an authorization request comes. What differs between the ways is data: one column each.

use crate::refusal::Reason;
use crate::secret::TokenHash;

/// A further way is a variant: the compiler then asks for its column here, and where its refusals are told
/// ([`super::Asked::unredirectable`], `target.rs`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    /// The authorization endpoint (RFC 6749 §3.1), by a browser or by the caller that drives the flow.
    Front,
    /// The endpoint for pushing (RFC 9126 §2), by the client itself.
    Push,
    /// The authorization endpoint, by this reference to what was pushed (RFC 9126 §4).
    Pushed(TokenHash),
}

/// What the checks do differently. All others are the same whichever way a request comes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    /// The parameters that this way does not take, each with its refusal. OIDC Core §3.1.2.6: refused by name, never silently
    /// ignored.
    pub(super) refused: &'static [(&'static str, Reason)],
    /// Whether a script may send it, and so its origin counts.
    pub(super) scripts: bool,
    /// Whether the parameters come by a browser, and so not where pushing is demanded (RFC 9126 §5, §6).
    pub(super) plain: bool,
}

impl Via {
    /// The reference that the request came by.
    pub(super) const fn reference(self) -> Option<TokenHash> {
        match self {
            Self::Pushed(reference) => Some(reference),
            Self::Front | Self::Push => None,
        }
    }

    pub(super) const fn column(self) -> Column {
        match self {
            Self::Front => Column {
                refused: &[
                    ("request", Reason::RequestNotSupported),
                    ("request_uri", Reason::RequestUriNotSupported),
                    ("registration", Reason::RegistrationNotSupported),
                ],
                scripts: true,
                plain: true,
            },
            Self::Push => Column {
                refused: &[
                    ("request", Reason::RequestNotSupported),
                    ("registration", Reason::RegistrationNotSupported),
                ],
                // Who may drive the flow is asked where it begins.
                scripts: false,
                plain: false,
            },
            // What was pushed has none of them.
            Self::Pushed(_) => Column { refused: &[], scripts: true, plain: false },
        }
    }
}
