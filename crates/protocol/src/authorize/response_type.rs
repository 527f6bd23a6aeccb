//! What a response holds, and whether an application may be answered so (RFC 6749 §3.1.1, OAuth 2.0 Multiple Response Types §3, §5,
//! OIDC Core §3).

use jose::digest::half_hash;

use crate::client::Client;
use crate::model::{Environment, FrontChannelTokens, ResponseKind};
use crate::names::names;
use crate::params::Params;
use crate::policy;
use crate::refusal::{Reason, Refused};
use crate::told;

use super::ResponseMode;

names! {
    /// A closed list: every set of what an authorization response may hold.
    #[derive(Default)]
    pub enum ResponseType {
        #[default]
        Code = "code",
        CodeIdToken = "code id_token",
        CodeIdTokenToken = "code id_token token",
        CodeToken = "code token",
        IdToken = "id_token",
        IdTokenToken = "id_token token",
        /// Neither code nor token: only that the request could be granted (OAuth 2.0 Multiple Response Type Encoding Practices §4).
        None = "none",
        Token = "token",
    }
}

impl ResponseType {
    /// The type of these words, each once, in any order (RFC 6749 §3.1.1).
    pub fn asked(text: &str) -> Option<Self> {
        let mut words: Vec<&str> = text.split(' ').collect();
        words.sort_unstable();
        Self::parse(&words.join(" "))
    }

    pub fn code(self) -> bool {
        self.holds(ResponseKind::Code)
    }

    pub fn id_token(self) -> bool {
        self.holds(ResponseKind::IdToken)
    }

    pub fn token(self) -> bool {
        self.holds(ResponseKind::Token)
    }

    /// Whether it hands a token through the browser.
    pub fn is_front(self) -> bool {
        self.id_token() || self.token()
    }

    pub fn holds(self, kind: ResponseKind) -> bool {
        self.kinds().contains(&kind)
    }

    pub const fn kinds(self) -> &'static [ResponseKind] {
        use ResponseKind::{Code, IdToken, Token};
        match self {
            Self::Code => &[Code],
            Self::CodeIdToken => &[Code, IdToken],
            Self::CodeIdTokenToken => &[Code, IdToken, Token],
            Self::CodeToken => &[Code, Token],
            Self::IdToken => &[IdToken],
            Self::IdTokenToken => &[IdToken, Token],
            Self::None => &[],
            Self::Token => &[Token],
        }
    }

    /// Where the response goes when the request does not say (OAuth 2.0 Multiple Response Types §5): what holds a token never into
    /// what servers log.
    pub fn default_mode(self) -> ResponseMode {
        if self.is_front() { ResponseMode::Fragment } else { ResponseMode::Query }
    }

    /// Whether an environment that allows so much gives it.
    pub fn is_given(self, allowed: FrontChannelTokens) -> bool {
        match allowed {
            FrontChannelTokens::None => !self.is_front(),
            FrontChannelTokens::IdToken => !self.token(),
            FrontChannelTokens::All => true,
        }
    }
}

/// Whether the application may be answered so, by the environment and by itself. Asked when the request comes, and again when tokens
/// are given.
///
/// # Errors
/// `unsupported_response_type` where the environment gives it to nobody, `unauthorized_client` where the application is not given it.
pub fn answerable(kind: ResponseType, client: &Client, environment: &Environment) -> Result<(), Refused> {
    let allowed = policy::front_channel_tokens(environment);
    if !kind.is_given(allowed) {
        let expected = format!("frontChannelTokens of the environment is {}", allowed.name());
        return Err(Refused::new(Reason::ResponseTypeUnsupported, expected, kind.name()));
    }
    let application = &client.application;
    let demands = policy::demands(environment, application);
    if !demands.takes_response_type(kind) {
        // FAPI 2.0 §5.3.2.2 item 1.
        let expected = demands.expects("response_type=code");
        return Err(Refused::new(Reason::ResponseTypeNotAllowed, expected, kind.name()));
    }
    let not_allowed = |expected: &str, came: &str| Err(Refused::new(Reason::ResponseTypeNotAllowed, expected, came));
    if !application.gives(kind) {
        let wanted = kind.kinds().iter().map(|kind| kind.name()).collect::<Vec<_>>().join(", ");
        let expected = match kind {
            ResponseType::None => "a response type of the application".to_owned(),
            _ => format!("responseTypes with {wanted}, and their grantTypes"),
        };
        return not_allowed(&expected, "an application without");
    }
    // RFC 9449 §5, RFC 9700 §2.2.1: nobody proves a key here, so the token would be anybody's.
    if kind.token() && policy::bound_alone(application) {
        return not_allowed("no token: the application is given none but bound ones", kind.name());
    }
    // OIDC Core §3.2.2.10, §3.3.2.11: what comes beside it is tied to it by a hash.
    let alg = policy::id_token_alg(client, environment);
    if kind.id_token() && (kind.code() || kind.token()) && half_hash(alg, b"").is_none() {
        return not_allowed("an idTokenSignedResponseAlg of which the hash is known", alg.name());
    }
    Ok(())
}

/// What was asked for.
///
/// # Errors
/// It is missing, or no set of what a response may hold, or the application is not answered so.
pub(super) fn read(params: &Params, client: &Client, environment: &Environment) -> Result<ResponseType, Refused> {
    let Some(sent) = params.text("response_type") else {
        return Err(Refused::new(Reason::ResponseTypeMissing, "response_type=code", "nothing"));
    };
    let kind = ResponseType::asked(sent).ok_or_else(|| {
        let came = told::words(sent, &["code", "id_token", "none", "token"]);
        let known = ResponseType::ALL.map(ResponseType::name).join(", ");
        Refused::new(Reason::ResponseTypeUnsupported, known, came)
    })?;
    answerable(kind, client, environment)?;
    Ok(kind)
}
