//! What came to the authorization endpoint, and where a refusal of it may be told (RFC 6749 §4.1.2.1).

use crate::params::{ParamError, Params};
use crate::refusal::{Reason, Refused};
use crate::uri::MatchedRedirectUri;

use super::{ResponseMode, ResponseType, Via};

/// The parameters as far as they are unambiguous, and what was wrong with the others.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    pub via: Via,
    pub params: &'a Params,
    pub problem: Option<&'a ParamError>,
    /// The page that asks by script, where a browser says so.
    pub origin: Option<&'a str>,
}

/// A refusal and the only place where it may be told.
#[derive(Clone, Debug, PartialEq)]
pub enum AuthorizeRefusal {
    /// To the person, at this endpoint: nobody proved where to send it (RFC 9700 §4.11).
    Page(Box<Refused>),
    /// To the application, at a redirection URI that it registered.
    Redirect { to: MatchedRedirectUri, mode: ResponseMode, state: Option<String>, refused: Box<Refused> },
    /// To the client that pushed the request (RFC 9126 §2.3).
    Client(Box<Refused>),
    /// To the caller that drives the flow itself (`pi.flow`), as PingOne's JSON.
    Flow(Box<Refused>),
}

impl AuthorizeRefusal {
    pub fn refused(&self) -> &Refused {
        match self {
            Self::Page(refused) | Self::Flow(refused) | Self::Client(refused) | Self::Redirect { refused, .. } => {
                refused
            }
        }
    }
}

impl Asked<'_> {
    /// A refusal of what comes before the redirection URI.
    pub fn unredirectable(&self, refused: Refused) -> AuthorizeRefusal {
        let refused = Box::new(refused);
        match self.via {
            Via::Push { .. } => AuthorizeRefusal::Client(refused),
            Via::Front | Via::Object | Via::Pushed { .. } if self.wants_flow() => AuthorizeRefusal::Flow(refused),
            Via::Front | Via::Object | Via::Pushed { .. } => AuthorizeRefusal::Page(refused),
        }
    }

    /// How the response goes where the request does not say (OAuth 2.0 Multiple Response Types §2.1).
    pub(super) fn default_mode(&self) -> ResponseMode {
        let kind = self.params.text("response_type").and_then(ResponseType::asked);
        kind.map_or(ResponseMode::Query, ResponseType::default_mode)
    }

    /// Whether the caller drives the flow itself, and so needs no redirection.
    pub(super) fn wants_flow(&self) -> bool {
        match self.params.text("response_mode") {
            Some(mode) => mode == ResponseMode::PiFlow.name(),
            None => self.asks_a_script(),
        }
    }

    /// A script that only asks whether somebody is signed on, and is sent nowhere: so Ping's does.
    fn asks_a_script(&self) -> bool {
        let is = |name, value| self.params.text(name) == Some(value);
        is("response_type", ResponseType::None.name()) && is("prompt", "none") && !self.params.present("redirect_uri")
    }

    /// What is wrong with the form of the whole request, told once it is known where.
    pub(super) fn malformed(&self) -> Option<Refused> {
        self.problem.map(ParamError::refused)
    }

    /// OIDC Core §3.1.2.6: what is not supported is refused by name, never silently ignored, and nothing is fetched.
    pub(super) fn unsupported(&self) -> Option<Refused> {
        let refused = self.via.column().refused;
        let (name, reason) = refused.iter().find(|(name, _)| self.params.text(name).is_some())?;
        Some(Refused::new(*reason, "plain parameters", *name))
    }
}

/// The first check: who asks. Without a client there is neither a redirection URI nor an application to name.
pub fn client_id<'a>(asked: &Asked<'a>) -> Result<&'a str, AuthorizeRefusal> {
    asked.params.text("client_id").ok_or_else(|| {
        let refused = asked
            .malformed()
            .unwrap_or_else(|| Refused::new(Reason::ParameterMissing, "client_id", "nothing").about("client_id"));
        asked.unredirectable(refused)
    })
}
