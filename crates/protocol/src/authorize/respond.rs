//! Decides how an authorization response travels to the application (RFC 6749 §4.1.2, RFC 9207, OAuth 2.0 Multiple
//! Response Type Encoding Practices §2.1, Form Post Response Mode §2, JARM §2.1).

use jose::SigningKey;

use crate::policy::RESPONSE_SECONDS;
use crate::scope::Scope;
use crate::secret::Secret;
use crate::session_state::SessionState;
use crate::time::Time;
use crate::token::Json;
use crate::uri::MatchedRedirectUri;

use super::{Carrier, ResponseMode};

/// What a granted request is answered with: what its response type names, which may be nothing.
#[derive(Clone, Debug, Default)]
pub struct Given {
    pub code: Option<Secret>,
    pub access_token: Option<Bearer>,
    pub id_token: Option<Secret>,
    /// What the application may watch the session with.
    pub session: Option<SessionState>,
}

/// An access token of the authorization endpoint (RFC 6749 §4.2.2). It is bound to no key.
#[derive(Clone, Debug)]
pub struct Bearer {
    pub text: Secret,
    /// Seconds.
    pub expires_in: i64,
    pub scope: Scope,
}

impl Given {
    pub fn is_nothing(&self) -> bool {
        let Self { code, access_token, id_token, session } = self;
        code.is_none() && access_token.is_none() && id_token.is_none() && session.is_none()
    }

    /// In the order of the specifications' examples.
    fn parameters(&self) -> Vec<(&'static str, String)> {
        let Self { code, access_token, id_token, session } = self;
        let shown = |secret: &Secret| secret.expose().to_owned();
        let mut told: Vec<_> = code.iter().map(|code| ("code", shown(code))).collect();
        if let Some(Bearer { text, expires_in, scope }) = access_token {
            told.extend([
                ("access_token", shown(text)),
                ("token_type", BEARER.to_owned()),
                ("expires_in", expires_in.to_string()),
            ]);
            told.extend((!scope.is_empty()).then(|| ("scope", scope.to_string())));
        }
        told.extend(id_token.iter().map(|token| ("id_token", shown(token))));
        // Session Management §2.
        told.extend(session.iter().map(|session| ("session_state", session.told.clone())));
        told
    }
}

/// What the application is told.
#[derive(Clone, Copy, Debug)]
pub enum Answer<'a> {
    Granted(&'a Given),
    /// An error code of RFC 6749 §4.1.2.1 or OIDC Core §3.1.2.6, and a sentence for its developers.
    Error {
        code: &'a str,
        description: &'a str,
    },
}

impl Answer<'_> {
    /// The parameters of the response, without those that every response has.
    fn parameters(self) -> Vec<(&'static str, String)> {
        match self {
            Self::Granted(given) => given.parameters(),
            Self::Error { code, description } => {
                vec![("error", code.to_owned()), ("error_description", description.to_owned())]
            }
        }
    }
}

/// The parameters of a response as claims that `key` signs for the application of this client id: texts as they are (JARM §2.1).
///
/// # Errors
/// When the cryptographic library cannot sign.
pub fn sign_response(
    key: &SigningKey,
    client_id: &str,
    issuer: &str,
    parameters: &[(&str, &str)],
    now: Time,
) -> Result<String, jose::Error> {
    let expires_at = now.secs().saturating_add(RESPONSE_SECONDS);
    let claims = Json::object().text("iss", issuer).text("aud", client_id).number("exp", expires_at);
    let claims = parameters.iter().fold(claims, |claims, (name, value)| claims.text(name, value));
    key.sign(None, claims.finish().as_bytes())
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

/// Puts the answer on its way. Every response names the issuer (RFC 9207 §2) and returns `state` as it came. In a signed mode
/// `sign` makes one parameter of all, which names the issuer itself (JARM §2.1), and nothing stands beside it.
///
/// # Errors
/// Those of `sign`.
pub fn deliver<E>(
    answer: Answer<'_>,
    to: &MatchedRedirectUri,
    mode: ResponseMode,
    state: Option<&str>,
    issuer: &str,
    sign: impl FnOnce(&[(&str, &str)]) -> Result<String, E>,
) -> Result<Delivery, E> {
    let told = answer.parameters();
    let mut parameters: Vec<(&str, &str)> = told.iter().map(|(name, value)| (*name, value.as_str())).collect();
    parameters.extend(state.map(|state| ("state", state)));
    let response;
    if mode.is_signed() {
        response = sign(&parameters)?;
        parameters = vec![("response", &response)];
    } else {
        parameters.push(("iss", issuer));
    }
    Ok(match mode.carrier() {
        Carrier::Query => Delivery::Redirect(to.with_query(&parameters)),
        Carrier::Fragment => Delivery::Redirect(to.with_fragment(&parameters)),
        Carrier::Form => Delivery::Form {
            to: to.clone(),
            parameters: parameters.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        },
    })
}

/// RFC 6750 §4.
pub const BEARER: &str = "Bearer";
