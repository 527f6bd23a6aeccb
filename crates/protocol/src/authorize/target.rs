//! Decides where the response goes, and in which form. Everything after this can be told to the application.

use crate::client::Client;
use crate::model::ApplicationType;
use crate::policy::Demands;
use crate::refusal::{Reason, Refused};
use crate::told;
use crate::uri::{Leeway, MatchedRedirectUri, match_redirect};

use super::{Asked, AuthorizeRefusal, Carrier, ResponseMode, Via};

/// An established place for responses.
#[derive(Clone, Debug)]
pub(super) struct Target {
    via: Via,
    pub(super) redirect: Option<MatchedRedirectUri>,
    pub(super) mode: ResponseMode,
    pub(super) state: Option<String>,
}

impl Target {
    pub(super) fn refuse(&self, refused: Refused) -> AuthorizeRefusal {
        let refused = Box::new(refused);
        match (self.via, &self.redirect, self.mode) {
            (Via::Push { .. }, ..) => AuthorizeRefusal::Client(refused),
            (Via::Front | Via::Object | Via::Pushed { .. }, Some(to), mode) if mode != ResponseMode::PiFlow => {
                AuthorizeRefusal::Redirect { to: to.clone(), mode, state: self.state.clone(), refused }
            }
            (Via::Front | Via::Object | Via::Pushed { .. }, ..) => AuthorizeRefusal::Flow(refused),
        }
    }
}

/// The redirection URI, then `state`, then `response_mode`. The client came before.
pub(super) fn establish(
    asked: &Asked<'_>,
    client: &Client,
    (demands, developer): (&Demands, bool),
) -> Result<Target, AuthorizeRefusal> {
    client.may_act().map_err(|refused| asked.unredirectable(refused))?;
    let redirect = redirect_uri(asked, client, demands, developer)?;
    let default = if asked.wants_flow() { ResponseMode::PiFlow } else { asked.default_mode() };
    let mut target = Target { via: asked.via, redirect, mode: told_in(client, demands, default), state: None };
    target.state = state(asked, &target)?;
    target.mode = response_mode(asked, &target, (client, demands), default)?;
    if target.mode == ResponseMode::PiFlow && client.is_foreign() {
        // RFC 9700 §2.4: whoever drives the flow is shown the person's password, and answers for them.
        let expected = "a response by redirect: the client registered itself";
        return Err(target.refuse(Refused::new(Reason::ResponseModeInvalid, expected, "pi.flow")));
    }
    Ok(target)
}

/// RFC 6749 §3.1.2.3, OIDC Core §3.1.2.1: required and compared with the registered ones. With `pi.flow` there may be none,
/// but one that is sent must match as well.
fn redirect_uri(
    asked: &Asked<'_>,
    client: &Client,
    demands: &Demands,
    developer: bool,
) -> Result<Option<MatchedRedirectUri>, AuthorizeRefusal> {
    let application = &client.application;
    match asked.params.text("redirect_uri") {
        None if asked.wants_flow() => Ok(None),
        // Two `redirect_uri` leave none: neither is trusted. RFC 9101 §5: what would bring one may stand in its place.
        None => {
            let missing = || Refused::new(Reason::RedirectUriInvalid, "a registered redirect_uri", "none");
            let refused = asked.malformed().or_else(|| asked.unsupported()).unwrap_or_else(missing);
            Err(asked.unredirectable(refused))
        }
        Some(requested) => {
            let wildcard = application.allow_wildcard_in_redirect_uris && !demands.web_redirects;
            let leeway = Leeway { wildcard, any_port: developer };
            let matched = match_redirect(&application.redirect_uris, requested, leeway).ok_or_else(|| {
                let registered = application.redirect_uris.join(" ");
                let came = told::address(requested);
                asked.unredirectable(Refused::new(Reason::RedirectUriInvalid, demands.expects(&registered), came))
            })?;
            safe(&matched, application.kind, demands).map_err(|refused| asked.unredirectable(refused))?;
            Ok(Some(matched))
        }
    }
}

/// FAPI 2.0 §5.3.2.2 items 8 and 9.
fn safe(to: &MatchedRedirectUri, kind: ApplicationType, demands: &Demands) -> Result<(), Refused> {
    if demands.takes_redirect(to.as_str(), kind) {
        return Ok(());
    }
    let expected = demands.expects("https, or http of the loopback interface for a NATIVE_APP");
    Err(Refused::new(Reason::RedirectUriUnsafe, expected, told::address(to.as_str())))
}

/// RFC 6749 §4.1.1: opaque, and returned exactly; so it is only measured.
fn state(asked: &Asked<'_>, target: &Target) -> Result<Option<String>, AuthorizeRefusal> {
    match asked.params.text("state") {
        Some(state) if state.len() > MAX_OPAQUE => {
            let came = format!("{} octets", state.len());
            Err(target
                .refuse(Refused::new(Reason::ParameterInvalid, "state of at most 2048 octets", came).about("state")))
        }
        state => Ok(state.map(str::to_owned)),
    }
}

/// OAuth 2.0 Multiple Response Type Encoding Practices §2.1, JARM §2.3. An error about the mode is told in the default one.
fn response_mode(
    asked: &Asked<'_>,
    target: &Target,
    (client, demands): (&Client, &Demands),
    default: ResponseMode,
) -> Result<ResponseMode, AuthorizeRefusal> {
    let invalid = |expected: &str, came: &str| target.refuse(Refused::new(Reason::ResponseModeInvalid, expected, came));
    let mode = match asked.params.text("response_mode") {
        None => default,
        Some(name) => ResponseMode::parse(name)
            .ok_or_else(|| {
                invalid(&ResponseMode::ALL.map(ResponseMode::name).join(" "), &told::words(name, &OTHER_MODES))
            })?
            .resolved(asked.default_mode()),
    };
    if !demands.takes_response_mode(mode) {
        let expected =
            if demands.signed_responses { "a signed response, as with jwt" } else { "a response by redirect" };
        return Err(invalid(&demands.expects(expected), mode.name()));
    }
    // A form can be posted to the web only; a private-use scheme has no server behind it.
    let takes_forms = target.redirect.as_ref().is_some_and(|uri| uri.origin().is_some());
    if mode.carrier() == Carrier::Form && !takes_forms {
        return Err(invalid("another mode", "a form to a private-use scheme"));
    }
    // OAuth 2.0 Multiple Response Types §3.0, JARM §2.3.1: a token never stands where addresses are logged, signed or not.
    let plain = mode.carrier() == Carrier::Query && mode != ResponseMode::PiFlow;
    if plain && asked.default_mode() == ResponseMode::Fragment {
        return Err(invalid("fragment or form_post, with a token in the response", mode.name()));
    }
    let registered = &client.application.response_modes;
    if may_answer(registered, mode, asked.default_mode()) {
        return Ok(mode);
    }
    let names: Vec<_> = registered.iter().map(|mode| mode.name()).collect();
    Err(invalid(&format!("responseModes of the application: {}", names.join(" ")), mode.name()))
}

/// What an error about the mode is told in: an application that takes signed responses alone could not believe another.
fn told_in(client: &Client, demands: &Demands, default: ResponseMode) -> ResponseMode {
    let registered = &client.application.response_modes;
    let alone = !registered.is_empty() && registered.iter().all(|mode| mode.is_signed());
    let signed = alone || demands.signed_responses && default != ResponseMode::PiFlow;
    if signed { default.signed() } else { default }
}

/// Whether an application that registered these takes its response so; one that registered none takes any.
fn may_answer(registered: &[ResponseMode], mode: ResponseMode, default: ResponseMode) -> bool {
    registered.is_empty() || registered.iter().any(|one| one.resolved(default) == mode)
}

/// For `state` and `nonce`: both are kept as long as the flow, which anybody may begin.
pub(super) const MAX_OPAQUE: usize = 2 * 1024;
/// Modes of other servers (OAuth 2.0 Web Message Response Mode).
const OTHER_MODES: [&str; 1] = ["web_message"];
