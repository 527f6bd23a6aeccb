//! The decision of a request that has read all it needs: the real one of `protocol`, on the facts that were read. A mutant changes
//! what it is told, never the decision.

use protocol::authorize::Presence;
use protocol::change::{Change, Code, Family};
use protocol::client_auth::AuthenticatedClient;
use protocol::consent::Will;
use protocol::flow::{self, State as FlowState, Yielded};
use protocol::grant::refresh_token::{Successor, open_successor};
use protocol::grant::{CodeRequest, Decision, Denial, RefreshRequest, authorization_code, refresh_token};
use protocol::model::{Session, Standing, User};
use protocol::pkce::Challenge;
use protocol::refusal::{Reason, Refused};
use protocol::revocation::{self, Found, Issued, Revocation};
use protocol::scope::Scope;
use protocol::secret::{Artefact, Secret, TokenHash};
use protocol::token::{Stamp, mint};

use crate::fixture::{Counting, OTHER_VERIFIER, REDIRECT, VERIFIER, VOUCHED, World, application, scope};
use crate::mutant::Mutant;
use crate::password;
use crate::request::{Ask, Breadth, By, Read, Request, Revocable, Said};
use crate::state::Words;
use crate::store::Without;

/// What is answered once the changes are committed.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    Tokens {
        access: Secret,
        refresh: Option<Secret>,
        scope: Scope,
    },
    /// None where the request asks for none.
    Code(Option<Secret>),
    SignedOn(Option<Secret>),
    Revoked,
    NothingToRevoke,
    AnothersToken,
    Refused(Reason),
    /// A 503: somebody else was first, as often as the endpoint tries.
    Contended,
    /// A 500.
    Failed(&'static str),
}

/// What a lost guard means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loss {
    /// All is read and decided again, as often as the endpoint tries.
    Again,
    /// A typed password: decided again on the flow as it is then.
    OnFlow,
    /// The same on the user as they are then.
    OnUser,
    /// Somebody else made the same change: the refusal stands.
    Stands,
}

#[derive(Debug)]
pub(crate) struct Judged {
    pub(crate) answer: Answer,
    pub(crate) changes: Vec<Change>,
    pub(crate) loss: Loss,
}

pub(crate) fn judge(world: &World, words: &Words, request: &Request, without: Without<'_>) -> Judged {
    let judged = match request.ask {
        Ask::Exchange { .. } => exchange(world, words, request, without),
        Ask::Refresh { .. } => refresh(world, words, request, without),
        Ask::Revoke { .. } => revoke(world, words, request, without),
        Ask::Resume { .. } => resume(request, without),
        Ask::Password { .. } => return typed(world, request, without),
    };
    judged.unwrap_or_else(|denial| {
        let Denial { refused, mut changes, .. } = denial;
        changes.retain(|change| match change {
            Change::RevokeFamily { .. } => !without.has(Mutant::ReplayRevokesNothing),
            _ => !without.has(Mutant::WrongVerifierChangesNothing),
        });
        Judged { answer: Answer::Refused(refused.reason), changes, loss: Loss::Stands }
    })
}

fn client(world: &World, request: &Request, by: By, without: Without<'_>) -> Result<AuthenticatedClient, Refused> {
    let proves = by.proves || without.has(Mutant::AnySecretProves);
    let on = request.client_on || without.has(Mutant::DisabledClientProves);
    world.authenticate(by.client, proves, on)
}

fn exchange(world: &World, words: &Words, request: &Request, without: Without<'_>) -> Result<Judged, Denial> {
    let Ask::Exchange { word, by, redirect, verifier } = request.ask else { return Err(no_facts()) };
    let Read::Code { code, user, session } = &request.read else { return Err(no_facts()) };
    let client = client(world, request, by, without)?;
    let mut asked = CodeRequest {
        code: Secret::new(words.text(word).to_owned()),
        redirect_uri: said(redirect, REDIRECT, "https://thief.example/cb"),
        verifier: said(verifier, VERIFIER, OTHER_VERIFIER).map(Secret::new),
        resource: Vec::new(),
        details: None,
    };
    let mut code = code.as_deref().cloned();
    if let Some(code) = &mut code {
        tell_code(code, &mut asked, by, without);
    }
    let facts = authorization_code::Facts {
        code,
        user: tell_user(user.as_deref(), without),
        session: tell_session(session.as_deref(), without),
        standing: Standing::UNKNOWN,
    };
    let entropy = Counting::from(request.seed);
    let ctx = entropy.ctx(request.now);
    let decision = authorization_code::decide(&ctx, &client, &asked, &facts, &world.terms())?;
    Ok(tokens(world, request, &client, decision, &entropy))
}

fn tell_code(code: &mut Code, asked: &mut CodeRequest, by: By, without: Without<'_>) {
    if without.has(Mutant::CodeOfAnybody) {
        code.authorization.application = application(by.client);
    }
    if without.has(Mutant::UseNotTold) {
        code.consumed_at = None;
    }
    if without.has(Mutant::ExpiryNotTold) {
        code.expires_at = protocol::time::Time(i64::MAX);
    }
    if without.has(Mutant::RedirectNotBound) {
        code.redirect_uri.clone_from(&asked.redirect_uri);
        code.redirect_uri_sent = asked.redirect_uri.is_some();
    }
    if without.has(Mutant::ChallengeNotBound) {
        let verifier = asked.verifier.get_or_insert_with(|| Secret::new(OTHER_VERIFIER.to_owned()));
        code.challenge = Challenge::read(verifier.expose(), None).ok();
    }
}

fn tell_user(user: Option<&User>, without: Without<'_>) -> Option<User> {
    let mut user = user.cloned()?;
    user.enabled |= without.has(Mutant::DisablingNotTold);
    Some(user)
}

fn tell_session(session: Option<&Session>, without: Without<'_>) -> Option<Session> {
    let mut session = session.cloned()?;
    session.ended_at = session.ended_at.filter(|_| !without.has(Mutant::SessionEndNotTold));
    Some(session)
}

fn refresh(world: &World, words: &Words, request: &Request, without: Without<'_>) -> Result<Judged, Denial> {
    let Ask::Refresh { word, by, scope: breadth } = request.ask else { return Err(no_facts()) };
    let Read::Refresh { token, family, user, session, successor } = &request.read else { return Err(no_facts()) };
    let client = client(world, request, by, without)?;
    let asked = RefreshRequest {
        refresh_token: Secret::new(words.text(word).to_owned()),
        scope: (breadth == Breadth::Wider).then(|| scope("read write")),
        resource: Vec::new(),
        details: None,
    };
    let text = token.as_ref().and_then(|token| open_successor(token, &world.seal));
    let successor = successor.clone().flatten().zip(text);
    let mut facts = refresh_token::Facts {
        token: token.as_deref().cloned(),
        family: family.as_deref().cloned(),
        user: tell_user(user.as_deref(), without),
        session: tell_session(session.as_deref(), without),
        standing: Standing::UNKNOWN,
        successor: successor.map(|(token, text)| Successor { text, token: token.clone_value() }),
    };
    tell_refresh(&mut facts, request, by, without);
    let entropy = Counting::from(request.seed);
    let ctx = entropy.ctx(request.now);
    let decision = refresh_token::decide(&ctx, &client, &asked, &facts, &world.terms(), &world.seal)?;
    Ok(tokens(world, request, &client, decision, &entropy))
}

fn tell_refresh(facts: &mut refresh_token::Facts, request: &Request, by: By, without: Without<'_>) {
    if let Some(family) = &mut facts.family {
        tell_family(family, by, without);
    }
    if without.has(Mutant::SuccessorNotTold) {
        facts.successor = None;
    }
    let Some(token) = &mut facts.token else { return };
    if without.has(Mutant::ReuseNotTold) {
        token.superseded_at = None;
    }
    if without.has(Mutant::GraceWithoutEnd) && token.superseded_at.is_some() {
        token.superseded_at = Some(request.now);
    }
    if without.has(Mutant::RefreshOutlivesItself) {
        token.expires_at = protocol::time::Time(i64::MAX);
    }
    if let Some(successor) = facts.successor.as_mut().filter(|_| without.has(Mutant::GraceForAncestors)) {
        successor.token.superseded_at = None;
    }
}

fn tell_family(family: &mut Family, by: By, without: Without<'_>) {
    if without.has(Mutant::RefreshOfAnybody) {
        family.authorization.application = application(by.client);
    }
    if without.has(Mutant::RevocationNotTold) {
        family.revoked_at = None;
    }
    if without.has(Mutant::ReplaysNotTold) {
        family.grace_replays = 0;
    }
    if without.has(Mutant::ScopeNotNarrowed) {
        family.authorization.scope = scope("read write");
    }
    if without.has(Mutant::LineWithoutEnd) {
        family.expires_at = protocol::time::Time(i64::MAX);
    }
}

/// Makes the tokens and adds the access token's record, as the engine does after the decision.
fn tokens(
    world: &World,
    request: &Request,
    client: &AuthenticatedClient,
    decision: Decision,
    entropy: &Counting,
) -> Judged {
    let Decision { access, refresh_token, mut changes, .. } = decision;
    let terms = world.terms();
    let stamp = Stamp { issuer: terms.issuer, client: client.client(), environment: &world.environment };
    let answer = match mint(&entropy.ctx(request.now), &access, &stamp, &world.key) {
        Ok(minted) => {
            changes.extend(minted.record);
            let refresh = refresh_token.map(|text| text.0);
            Answer::Tokens { access: minted.text, refresh, scope: access.reach.scope }
        }
        Err(_) => Answer::Failed("a token could not be signed"),
    };
    Judged { answer, changes, loss: Loss::Again }
}

fn revoke(world: &World, words: &Words, request: &Request, without: Without<'_>) -> Result<Judged, Denial> {
    let Ask::Revoke { word, by } = request.ask else { return Err(no_facts()) };
    let Read::Revoke(found) = &request.read else { return Err(no_facts()) };
    let own = client(world, request, by, without)?.client().application.id;
    let anybodys = without.has(Mutant::RevokesForAnybody);
    let hash = |artefact| TokenHash::of(artefact, words.text(word));
    let (access, refresh) = (hash(Artefact::AccessToken), hash(Artefact::RefreshToken));
    let mut family = None;
    let issued = match found {
        Revocable::Access(t) if request.now < t.expires_at => Some(Issued {
            hash: t.hash,
            application: Some(if anybodys { own } else { t.application }),
            family: t.family,
            expires_at: t.expires_at,
            revoked: t.revoked_at.is_some(),
        }),
        Revocable::Family(f) => {
            let mut told = f.clone_value();
            if anybodys {
                told.authorization.application = own;
            }
            family = Some(told);
            None
        }
        Revocable::Access(_) | Revocable::Unknown => None,
    };
    let found = issued.as_ref().map_or(Found::Refresh { family: family.as_ref(), access, refresh }, Found::Access);
    let (revocation, change) = revocation::decide(world.environment.id, own, found, request.now);
    let answer = match revocation {
        Revocation::Revoked => Answer::Revoked,
        Revocation::NothingToRevoke => Answer::NothingToRevoke,
        Revocation::NotTheClients => Answer::AnothersToken,
    };
    Ok(Judged { answer, changes: change.into_iter().collect(), loss: Loss::Again })
}

fn resume(request: &Request, without: Without<'_>) -> Result<Judged, Denial> {
    let Read::Resume { flow, present } = &request.read else { return Err(no_facts()) };
    let mut flow = flow.clone_value();
    if let (true, FlowState::Resumed { user, session }) = (without.has(Mutant::ResumedNotTold), &flow.state) {
        flow.state = FlowState::Completed { user: *user, session: *session };
    }
    let mut present = present.clone().flatten().map(|(session, user)| (session.clone_value(), user.clone_value()));
    if let (true, Some((session, _)), Some(own)) =
        (without.has(Mutant::CookieNotCompared), &mut present, flow.state.session())
    {
        session.id = own;
    }
    let entropy = Counting::from(request.seed);
    let presence = present.as_ref().map(|(session, user)| Presence { session, user });
    let resumed = flow::resume(&flow, presence, Will::unknown(&VOUCHED), &entropy.ctx(request.now))?;
    let Yielded::Code { code, .. } = resumed.yielded else { return Err(no_facts()) };
    Ok(Judged { answer: Answer::Code(code), changes: resumed.changes, loss: Loss::Again })
}

fn typed(world: &World, request: &Request, without: Without<'_>) -> Judged {
    let nothing = || Judged { answer: Answer::Failed("nothing read"), changes: Vec::new(), loss: Loss::Stands };
    let Read::Password(read) = &request.read else { return nothing() };
    match password::decide(world, read, request, without) {
        Some(Ok(stepped)) => Judged {
            answer: Answer::SignedOn(stepped.opened.map(|opened| opened.token)),
            changes: stepped.changes,
            loss: Loss::OnFlow,
        },
        Some(Err(rejected)) => {
            let mut changes = rejected.changes;
            let moved = password::moved(read);
            changes.retain(|change| !(moved && matches!(change, Change::UpdateFlow(_))));
            let loss = if without.has(Mutant::FailureNotRecounted) { Loss::Stands } else { Loss::OnUser };
            Judged { answer: Answer::Refused(rejected.refused.reason), changes, loss }
        }
        None => nothing(),
    }
}

fn said(said: Said, right: &str, other: &str) -> Option<String> {
    match said {
        Said::Right => Some(right.to_owned()),
        Said::Other => Some(other.to_owned()),
        Said::Nothing => None,
    }
}

fn no_facts() -> Denial {
    Refused::from(Reason::ResourceNotFound).into()
}
