//! How a response reaches the application: what carries it, and whether it is signed (OAuth 2.0 Multiple Response Types §2.1, Form
//! Post Response Mode, JARM §2.3).

use crate::names::names;

names! {
    /// A value of `response_mode`, as requests name it, applications register it and metadata publishes it.
    pub enum ResponseMode {
        FormPost = "form_post",
        FormPostJwt = "form_post.jwt",
        Fragment = "fragment",
        FragmentJwt = "fragment.jwt",
        /// The signed form of the response type's default (JARM §2.3.4). A checked request has that form's own name.
        Jwt = "jwt",
        /// The caller drives the flow itself and reads the response from its JSON (PingOne).
        PiFlow = "pi.flow",
        Query = "query",
        QueryJwt = "query.jwt",
    }
}

/// What a response travels in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// A form that the browser posts.
    Form,
    Fragment,
    Query,
}

impl ResponseMode {
    pub const fn carrier(self) -> Carrier {
        match self {
            Self::FormPost | Self::FormPostJwt => Carrier::Form,
            Self::Fragment | Self::FragmentJwt => Carrier::Fragment,
            // The JSON of a flow is read by whoever asked; what is told of it by a browser goes as a code's response does.
            Self::Jwt | Self::PiFlow | Self::Query | Self::QueryJwt => Carrier::Query,
        }
    }

    /// Whether the response is one JWT that this server signs (JARM §2.1).
    pub const fn is_signed(self) -> bool {
        match self {
            Self::FormPostJwt | Self::FragmentJwt | Self::Jwt | Self::QueryJwt => true,
            Self::FormPost | Self::Fragment | Self::PiFlow | Self::Query => false,
        }
    }

    /// The same mode, signed. The JSON of a flow has no such form.
    #[must_use]
    pub const fn signed(self) -> Self {
        match self {
            Self::FormPost | Self::FormPostJwt => Self::FormPostJwt,
            Self::Fragment | Self::FragmentJwt => Self::FragmentJwt,
            Self::Jwt => Self::Jwt,
            Self::PiFlow => Self::PiFlow,
            Self::Query | Self::QueryJwt => Self::QueryJwt,
        }
    }

    /// The mode that is meant where the response type's own is `default`.
    #[must_use]
    pub const fn resolved(self, default: Self) -> Self {
        match self {
            Self::Jwt => default.signed(),
            other => other,
        }
    }
}
