//! What was granted and could not be told: nobody knows whether its commit happened, and the client was told to come again (H8). It may
//! have happened; then whoever makes that very request anew here is given what was granted, once, and is not taken for a thief
//! (RFC 9700 §4.14.2).

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jose::digest::sha256;
use protocol::audit::{Action, Actor};
use protocol::authorization::GrantType;
use protocol::change::Change;
use protocol::grant::active;
use protocol::id::{ActivityId, EnvironmentId, UserId};
use protocol::refusal::Reason;
use protocol::secret::Secret;
use protocol::time::Time;

use super::{Form, TokenResponse, load};
use crate::call::{Call, Stop};
use crate::finish::Granted;

/// Of this process, in memory: for [`KEPT`] seconds, [`MOST`] at most.
#[derive(Debug, Default)]
pub(crate) struct Unanswered(Mutex<HashMap<Request, Kept>>);

/// The digest of whose request it was, and of all that was asked.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Request([u8; 32]);

impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Request")
    }
}

/// The answer, and the event that is on record where its commit happened.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    environment: EnvironmentId,
    response: TokenResponse,
    event: ActivityId,
    user: Option<UserId>,
    at: Time,
    /// The machine's time then: those of all environments are kept beside each other.
    since: Time,
}

impl Unanswered {
    fn keep(&self, request: Request, kept: Kept) {
        let mut all = self.all();
        let now = kept.since;
        all.retain(|_, kept| now < kept.since.plus(KEPT));
        if all.len() < MOST {
            all.insert(request, kept);
        }
    }

    fn take(&self, request: Request, now: Time) -> Option<Kept> {
        self.all().remove(&request).filter(|kept| now < kept.since.plus(KEPT))
    }

    /// What was granted in an environment may be undone meanwhile.
    pub(crate) fn forget(&self, environment: EnvironmentId) {
        self.all().retain(|_, kept| kept.environment != environment);
    }

    fn all(&self) -> MutexGuard<'_, HashMap<Request, Kept>> {
        // Every change under the lock is whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Request {
    /// Whoever proves to be the same client and sends the same grant makes it again, in whatever way it proves that.
    pub(super) fn of(call: &Call<'_>, form: &Form) -> Self {
        let params = &form.params;
        let mut told = Vec::from(*call.environment().uuid().as_bytes());
        told.extend_from_slice(call.event.application.unwrap_or_default().uuid().as_bytes());
        // What was granted is bound to the key that it was asked for with.
        told.extend_from_slice(form.key().as_bytes());
        told.push(0);
        let mut names: Vec<&str> = params.names().filter(|name| !PROOFS.contains(name)).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            for part in std::iter::once(name).chain(params.all(name)) {
                told.extend_from_slice(&part.len().to_be_bytes());
                told.extend_from_slice(part.as_bytes());
            }
            told.extend_from_slice(&u64::MAX.to_be_bytes());
        }
        let digest = sha256(&told);
        zeroize::Zeroize::zeroize(&mut told);
        Self(digest)
    }
}

/// Keeps what could not be told.
pub(super) fn keep(call: &Call<'_>, form: &Form, response: TokenResponse, event: ActivityId) {
    let (environment, user, at) = (call.environment(), call.event.user, call.ctx.now);
    let kept = Kept { environment, response, event, user, at, since: call.app.world.now() };
    call.app.unanswered.keep(Request::of(call, form), kept);
}

/// What was granted before and is told now, in case it is not told now either.
pub(super) type Taken = Option<(Request, Kept)>;

/// The outcome, or what was granted before to this very request where its proof is used up by just that. `proof` uses up the one of
/// possession, where it has one.
pub(super) async fn recalled(
    call: &mut Call<'_>,
    form: &Form,
    outcome: Result<Granted<TokenResponse>, Stop>,
    proof: Option<Change>,
) -> (Result<Granted<TokenResponse>, Stop>, Taken) {
    let Err(Stop::Denied(denial)) = &outcome else { return (outcome, None) };
    if !matches!(denial.refused.reason, Reason::CodeConsumed | Reason::RefreshTokenReused) {
        return (outcome, None);
    }
    let request = Request::of(call, form);
    let Some(kept) = call.app.unanswered.take(request, call.app.world.now()) else { return (outcome, None) };
    match counts(call, form, &kept).await {
        Ok(true) => {}
        Ok(false) => return (outcome, None),
        Err(stop) => return (Err(stop), Some((request, kept))),
    }
    let expires_in = kept.response.expires_in - call.ctx.now.since(kept.at);
    call.event.user = kept.user;
    call.event.actor = call.event.application.map_or(Actor::Anonymous, Actor::Application);
    // That tokens were given is on record already, and none is given besides.
    call.event.action = Action::RequestReceived;
    call.note(format!("{}: {AGAIN}", kept.response.grant.name()));
    let value = TokenResponse { expires_in, ..kept.response.clone() };
    // A proof of possession that was used takes nothing away either.
    (Ok(Granted { value, changes: proof.into_iter().collect() }), Some((request, kept)))
}

/// Keeps further what was taken and is not told: an assertion that was used before proves nobody, and takes nothing away.
pub(super) fn put_back(call: &Call<'_>, taken: Taken) {
    if let Some((request, kept)) = taken {
        call.app.unanswered.keep(request, kept);
    }
}

/// Whether it happened, and nothing of it has ended since.
async fn counts(call: &Call<'_>, form: &Form, kept: &Kept) -> Result<bool, Stop> {
    let (store, environment) = (&call.app.store, call.environment());
    let lives = call.ctx.now.since(kept.at) < kept.response.expires_in;
    if !lives || store.activity(environment, kept.event).await?.is_none() {
        return Ok(false);
    }
    let proof = |name| Secret::new(form.params.text(name).unwrap_or_default().to_owned());
    let (family, user, session) = if kept.response.grant == GrantType::AuthorizationCode {
        let facts = load::code(call, &proof("code")).await?;
        let Some(code) = facts.code else { return Ok(false) };
        (store.family(environment, code.family).await?, facts.user, facts.session)
    } else {
        let facts = load::refresh(call, &proof("refresh_token")).await?;
        (facts.family, facts.user, facts.session)
    };
    let Some(family) = family.filter(|family| family.revoked_at.is_none()) else { return Ok(false) };
    let session = session.filter(|_| !family.authorization.is_offline());
    Ok(active(user.as_ref(), session.as_ref()).is_ok())
}

/// A proof of the client may be another one the second time.
const PROOFS: [&str; 3] = ["client_secret", "client_assertion", "client_assertion_type"];
const AGAIN: &str = "told again, after nobody knew whether it was committed";
/// A client that was told to come again comes soon.
const KEPT: i64 = 300;
const MOST: usize = 1024;

#[cfg(test)]
mod tests {
    use protocol::details::Details;
    use protocol::scope::Scope;
    use uuid::Uuid;

    use super::*;

    fn kept(environment: EnvironmentId) -> Kept {
        let response = TokenResponse {
            grant: GrantType::AuthorizationCode,
            access_token: Secret::new("t".into()),
            token_type: "Bearer",
            expires_in: 1,
            scope: Scope::default(),
            details: Details::default(),
            refresh_token: None,
            id_token: None,
            dpop_nonce: None,
        };
        Kept { environment, response, event: ActivityId::default(), user: None, at: Time(0), since: Time(0) }
    }

    /// A world that is taken back takes nothing from whoever comes again in another.
    #[test]
    fn what_is_forgotten_is_of_one_environment() {
        let unanswered = Unanswered::default();
        let (one, other) = (EnvironmentId::new(Uuid::from_u128(1)), EnvironmentId::new(Uuid::from_u128(2)));
        unanswered.keep(Request([1; 32]), kept(one));
        unanswered.keep(Request([2; 32]), kept(other));
        unanswered.forget(one);
        assert!(unanswered.take(Request([1; 32]), Time(1)).is_none());
        assert!(unanswered.take(Request([2; 32]), Time(1)).is_some());
    }
}
