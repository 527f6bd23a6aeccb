//! What a sign-on is for: what a finished flow yields is data on the flow.

use crate::authorize::AuthorizationRequest;
use crate::id::ApplicationId;

/// Why the person signs on. A further purpose is a variant: the compiler then asks what it yields
/// ([`super::resume`]), how that is answered (`engine/src/resume.rs`), what its faces show, and how it is stored.
#[derive(Clone, Debug, PartialEq)]
pub enum Purpose {
    /// A code for this request (RFC 6749 §4.1.2).
    Code(AuthorizationRequest),
}

impl Purpose {
    /// The application that the person signs on to.
    pub const fn application(&self) -> ApplicationId {
        match self {
            Self::Code(request) => request.application,
        }
    }

    /// The names of the sign-on policies to follow, of which each is tried where those before it fail.
    pub fn policies(&self) -> impl Iterator<Item = &str> {
        match self {
            Self::Code(request) => request.policies(),
        }
    }

    /// Whether the caller drives the flow itself, and no browser is sent anywhere.
    pub fn drives_itself(&self) -> bool {
        match self {
            Self::Code(request) => request.drives_itself(),
        }
    }

    /// Who is expected to sign on.
    pub fn login_hint(&self) -> Option<&str> {
        match self {
            Self::Code(request) => request.login_hint.as_deref(),
        }
    }

    /// The languages that pages are asked for in.
    pub fn ui_locales(&self) -> Option<&str> {
        match self {
            Self::Code(request) => request.ui_locales.as_deref(),
        }
    }
}
