//! Decides how an authorization response travels to the application (RFC 6749 §4.1.2, RFC 9207, OAuth 2.0 Multiple
//! Response Type Encoding Practices §2.1, Form Post Response Mode §2).

use crate::secret::Secret;
use crate::uri::MatchedRedirectUri;

use super::ResponseMode;

/// What the application is told.
#[derive(Clone, Copy, Debug)]
pub enum Answer<'a> {
    Code(&'a Secret),
    /// That the request could be granted, and nothing else (`response_type=none`).
    Nothing,
    /// An error code of RFC 6749 §4.1.2.1 or OIDC Core §3.1.2.6, and a sentence for its developers.
    Error {
        code: &'a str,
        description: &'a str,
    },
}

impl<'a> Answer<'a> {
    /// A granted request: its code, unless it asked for none.
    pub fn granted(code: Option<&'a Secret>) -> Self {
        code.map_or(Self::Nothing, Self::Code)
    }
}

/// A response on its way.
#[derive(Clone, PartialEq, Eq)]
pub enum Delivery {
    /// The address of a redirect. It may hold a code, so it is not printed.
    Redirect(String),
    /// A form that the browser posts.
    Form { to: MatchedRedirectUri, parameters: Vec<(String, String)> },
}

impl std::fmt::Debug for Delivery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Redirect(_) => "Redirect(…)",
            Self::Form { .. } => "Form(…)",
        })
    }
}

/// Puts the answer on its way. Every response names the issuer (RFC 9207 §2) and returns `state` as it came.
pub fn deliver(
    answer: Answer<'_>,
    to: &MatchedRedirectUri,
    mode: ResponseMode,
    state: Option<&str>,
    issuer: &str,
) -> Delivery {
    let mut parameters: Vec<(&str, &str)> = match answer {
        Answer::Code(code) => vec![("code", code.expose())],
        Answer::Nothing => Vec::new(),
        Answer::Error { code, description } => vec![("error", code), ("error_description", description)],
    };
    parameters.extend(state.map(|state| ("state", state)));
    parameters.push(("iss", issuer));
    match mode {
        ResponseMode::Query | ResponseMode::PiFlow => Delivery::Redirect(to.with_query(&parameters)),
        ResponseMode::Fragment => Delivery::Redirect(to.with_fragment(&parameters)),
        ResponseMode::FormPost => Delivery::Form {
            to: to.clone(),
            parameters: parameters.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        },
    }
}
