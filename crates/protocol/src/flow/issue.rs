//! Decides whether a completed sign-on yields what it was for, once (of codes: RFC 6749 §4.1.2).

use crate::audit::{Action as Act, Actor, Event, Kind};
use crate::authorize::{AuthorizationRequest, Presence};
use crate::change::{Change, Code};
use crate::consent::{self, Will};
use crate::ctx::Ctx;
use crate::id::{EnvironmentId, FamilyId};
use crate::policy::CODE_SECONDS;
use crate::refusal::{Reason, Refused};
use crate::secret::{Artefact, Secret, TokenHash};

use super::{Flow, Purpose, State};

/// A response on its way to the application, with the changes that make it good.
#[derive(Clone, Debug)]
pub struct Issued {
    /// None where the request asks for none.
    pub code: Option<Secret>,
    /// Of the tokens that come with it or without: whoever answers makes them ([`crate::grant::front`]).
    pub front: Option<FamilyId>,
    pub changes: Vec<Change>,
    pub event: Event,
}

/// What a finished flow gives.
#[derive(Clone, Debug)]
pub enum Yielded {
    /// For the application that asked for it by this request, which may be none.
    Code { code: Option<Secret>, front: Option<FamilyId>, request: Box<AuthorizationRequest> },
    /// The news that the request insists on another sign-on than this one.
    Refused { refused: Box<Refused>, request: Box<AuthorizationRequest> },
}

/// The end of a flow: what it gives, and the changes that make it true.
#[derive(Clone, Debug)]
pub struct Resumption {
    pub flow: Flow,
    pub yielded: Yielded,
    pub changes: Vec<Change>,
    pub event: Event,
}

/// What a completed flow gives. The caller holds the cookie of `presence.session`.
///
/// # Errors
/// Before completion and after the first answer 400; with another session's cookie 401, whoever opened the link.
pub fn resume(
    flow: &Flow,
    presence: Option<Presence<'_>>,
    will: Will<'_>,
    ctx: &Ctx<'_>,
) -> Result<Resumption, Refused> {
    let (user, session) = match flow.state {
        State::Completed { user, session } => (user, session),
        // One flow, one code (RFC 6749 §10.5): the link in a history opens nothing.
        State::Resumed { .. } => {
            return Err(Refused::new(Reason::ActionNotAllowed, "the first resume of the flow", "another one"));
        }
        _ => return Err(Refused::new(Reason::FlowNotFinished, "a completed flow", flow.state.status())),
    };
    let presence = presence
        .filter(|p| p.session.id == session && p.session.user == user)
        .ok_or_else(|| Refused::new(Reason::SessionMissing, "the session cookie of the flow", "none or another"))?;
    let (yielded, more, event) = match &flow.purpose {
        Purpose::Code(request) => match issue(flow.environment, request, presence, will.in_flow(flow), ctx) {
            Ok(Issued { code, front, changes, event }) => {
                (Yielded::Code { code, front, request: Box::new(request.clone()) }, changes, event)
            }
            // The application waits for an answer. Whoever drives the flow gets this one.
            Err(refused) if is_of_request(refused.reason) && !request.drives_itself() => {
                let event = about(Act::AuthorizationRequested, request, presence, ctx).refused(&refused);
                let refused = Box::new(refused);
                (Yielded::Refused { refused, request: Box::new(request.clone()) }, Vec::new(), event)
            }
            Err(refused) => return Err(refused),
        },
    };
    let flow = flow.moved(State::Resumed { user, session }, ctx.now);
    let mut changes = vec![Change::UpdateFlow(Box::new(flow.clone()))];
    changes.extend(more);
    let event = event.noting(format!("flow {}", flow.id));
    Ok(Resumption { flow, yielded, changes, event })
}

/// The answer to a request, about the user of a live session: a code, unless the request asks for none.
///
/// # Errors
/// 401 when the session has ended, or the user was disabled or locked meanwhile; `access_denied` where the application is not for
/// them; another sign-on than the request insists on;
/// `consent_required` where the person must be asked first.
pub fn issue(
    environment: EnvironmentId,
    request: &AuthorizationRequest,
    presence: Presence<'_>,
    will: Will<'_>,
    ctx: &Ctx<'_>,
) -> Result<Issued, Refused> {
    let Presence { session, user } = presence;
    let stands = session.is_live(ctx.now) && session.user == user.id && user.may_act().is_ok();
    if !stands || session.environment != environment || user.environment != environment {
        return Err(Refused::new(Reason::SessionMissing, "a live session of a user who may act", "none"));
    }
    will.admit()?;
    request.insists(&presence, will.client)?;
    let allowed = consent::settle(request, will)?;
    let event = |action| about(action, request, presence, ctx);
    // RFC 9126 §4: one answer on one reference, whoever begins how many sign-ons with it.
    let used = request.pushed.map(|reference| Change::UsePushedRequest { environment, reference, at: ctx.now });
    let kind = request.response_type;
    let front = kind.is_front().then(|| FamilyId::new(ctx.uuid()));
    if !kind.code() {
        let action = if front.is_some() { Act::TokenIssued } else { Act::AuthorizationRequested };
        return Ok(Issued {
            code: None,
            front,
            changes: used.into_iter().chain(allowed).collect(),
            event: event(action),
        });
    }
    // RFC 6749 §10.10: 256 random bits; the store keeps their hash.
    let code = ctx.token::<32>();
    let now = ctx.now.to_millis();
    let record = Code {
        environment,
        hash: TokenHash::of(Artefact::AuthorizationCode, code.expose()),
        family: FamilyId::new(ctx.uuid()),
        beside: front.filter(|_| kind.token()),
        authorization: request.authorized_by(session),
        redirect_uri: request.redirect_uri.clone(),
        redirect_uri_sent: request.redirect_uri_sent,
        challenge: request.challenge.clone(),
        nonce: request.nonce.clone(),
        issued_at: now,
        expires_at: now.plus(CODE_SECONDS),
        consumed_at: None,
    };
    let changes = used.into_iter().chain(allowed).chain([Change::IssueCode(Box::new(record))]).collect();
    Ok(Issued { code: Some(code), front, changes, event: event(Act::CodeIssued) })
}

fn about(action: Act, request: &AuthorizationRequest, presence: Presence<'_>, ctx: &Ctx<'_>) -> Event {
    let Presence { session, user } = presence;
    let event = Event::new(Some(session.environment), ctx.now, ctx.correlation, action);
    let event = event.by(Actor::User(user.id)).on(Kind::User, user.id.uuid());
    Event { application: Some(request.application), ..event }
}

/// Whether the person is signed on, and it is the request that wants another sign-on, or somebody else.
const fn is_of_request(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::AcrUnmet | Reason::ConsentRequired | Reason::GroupMissing | Reason::RoleMissing | Reason::UserOther
    )
}
