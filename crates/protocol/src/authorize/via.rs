//! By which way an authorization request comes. What differs between the ways is data: one column each.

use crate::refusal::Reason;
use crate::secret::TokenHash;

/// A further way is a variant: the compiler then asks for its column here, and where its refusals are told
/// ([`super::Asked::unredirectable`], `target.rs`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    /// The authorization endpoint (RFC 6749 §3.1), by a browser or by the caller that drives the flow.
    Front,
    /// The authorization endpoint, in a request object (RFC 9101 §5).
    Object,
    /// The endpoint for pushing (RFC 9126 §2), by the client itself, and whether in a request object.
    Push { object: bool },
    /// The authorization endpoint, by this reference to what was pushed (RFC 9126 §4), and whether in a request object.
    Pushed { reference: TokenHash, object: bool },
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
    /// Whether its client signed it (RFC 9101 §10.5).
    pub(super) signed: bool,
}

impl Via {
    /// The reference that the request came by.
    pub(super) const fn reference(self) -> Option<TokenHash> {
        match self {
            Self::Pushed { reference, .. } => Some(reference),
            Self::Front | Self::Object | Self::Push { .. } => None,
        }
    }

    pub(super) const fn column(self) -> Column {
        match self {
            Self::Front => Column {
                refused: &[
                    ("request_uri", Reason::RequestUriNotSupported),
                    ("registration", Reason::RegistrationNotSupported),
                ],
                scripts: true,
                plain: true,
                signed: false,
            },
            Self::Object => Column { refused: REGISTRATION, scripts: true, plain: true, signed: true },
            Self::Push { object } => Column {
                refused: REGISTRATION,
                // Who may drive the flow is asked where it begins.
                scripts: false,
                plain: false,
                signed: object,
            },
            // What was pushed has none of them. Whether it has to be signed may have changed since.
            Self::Pushed { object, .. } => Column { refused: &[], scripts: true, plain: false, signed: object },
        }
    }
}

const REGISTRATION: &[(&str, Reason)] = &[("registration", Reason::RegistrationNotSupported)];
