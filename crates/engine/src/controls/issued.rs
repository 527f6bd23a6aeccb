//! Access tokens that stand on no record: an application's own JWTs, and those minted for nobody of the environment. What a signature
//! says cannot be taken back, so a developer's server remembers which of them are not to count any more.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use protocol::client::Client;
use protocol::id::ApplicationId;
use protocol::secret::{Artefact, Secret, TokenHash};
use protocol::time::Time;
use protocol::token::minted::date;
use serde_json::{Map, Value};

use crate::call::Call;

/// Those of one environment, in memory alone.
#[derive(Debug, Default)]
pub struct Issued(Mutex<Of>);

#[derive(Debug, Default)]
struct Of {
    live: HashMap<TokenHash, Token>,
    /// Of which expired what was issued in the second of its mark.
    ended: HashMap<TokenHash, Token>,
    /// What was issued to the application, or to any, before this second has expired, but for what is known to live.
    before: HashMap<Option<ApplicationId>, i64>,
}

#[derive(Clone, Copy, Debug)]
struct Token {
    application: ApplicationId,
    issued_at: Time,
    expires_at: Time,
}

/// Remembers one that was just made for the client, by what it says: a test may have wanted other claims than were planned.
pub(crate) fn keep(call: &Call<'_>, client: &Client, token: &Secret) {
    let Some(controls) = &call.app.controls else { return };
    let said = token.expose().split('.').nth(1).and_then(jose::b64::decode);
    let said: Map<String, Value> = said.and_then(|said| serde_json::from_slice(&said).ok()).unwrap_or_default();
    // Without either it is no token here.
    let (Some(jti), Some(expires_at)) = (said.get("jti").and_then(Value::as_str), date(&said, "exp")) else { return };
    let issued_at = date(&said, "iat").unwrap_or(call.ctx.now);
    let token = Token { application: client.application.id, issued_at, expires_at };
    controls.of(call.environment()).issued.keep(TokenHash::of(Artefact::AccessToken, jti), token);
}

impl Issued {
    fn keep(&self, hash: TokenHash, token: Token) {
        let mut of = self.of();
        if of.live.len() >= MOST {
            of.live.retain(|_, kept| kept.expires_at > token.issued_at);
        }
        if of.live.len() >= MOST {
            let some: HashSet<TokenHash> = of.live.keys().take(MOST / 8).copied().collect();
            of.live.retain(|hash, _| !some.contains(hash));
        }
        of.live.insert(hash, token);
    }

    /// One that was revoked: it stands on a record from now on.
    pub(crate) fn revoked(&self, hash: TokenHash) {
        self.of().live.remove(&hash);
    }

    /// Lets those of the application expire, or all of them. Returns how many are known that lived.
    pub(super) fn expire(&self, application: Option<ApplicationId>, now: Time) -> u64 {
        let mut of = self.of();
        let Of { live, ended, before } = &mut *of;
        let concerns = |token: &Token| application.is_none_or(|own| token.application == own);
        let (gone, kept) = std::mem::take(live).into_iter().partition(|(_, token)| concerns(token));
        *live = kept;
        before.insert(application, now.secs());
        // The mark tells of all that was issued before its second.
        ended.retain(|_, token| !concerns(token) || token.issued_at.secs() >= now.secs());
        let mut lived = 0;
        for (hash, token) in HashMap::<TokenHash, Token>::from_iter(gone) {
            lived += u64::from(token.expires_at > now);
            if token.issued_at.secs() >= now.secs() {
                ended.insert(hash, token);
            }
        }
        lived
    }

    /// Whether one that stands on no record expired before its time; `issued_at` is its `iat`.
    pub(crate) fn has_expired(&self, application: ApplicationId, hash: TokenHash, issued_at: Option<i64>) -> bool {
        let of = self.of();
        if of.ended.contains_key(&hash) {
            return true;
        }
        let before = |whose| of.before.get(&whose).is_some_and(|mark| issued_at.is_none_or(|at| at < *mark));
        !of.live.contains_key(&hash) && (before(None) || before(Some(application)))
    }

    /// Whether it was made here, and has not expired before its time.
    pub(crate) fn knows(&self, hash: TokenHash) -> bool {
        self.of().live.contains_key(&hash)
    }

    /// Forgets which expired: of an environment that becomes what it was.
    pub fn clear(&self) {
        *self.of() = Of::default();
    }

    fn of(&self) -> MutexGuard<'_, Of> {
        // Every change under the lock is whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Of one environment. What is beyond is not counted when it expires; that it expired is known by its time.
const MOST: usize = 16_384;

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn token(application: u128, issued_at: i64) -> Token {
        let application = ApplicationId::new(Uuid::from_u128(application));
        Token { application, issued_at: Time::from_secs(issued_at), expires_at: Time::from_secs(issued_at + 3600) }
    }

    fn hash(number: usize) -> TokenHash {
        TokenHash::of(Artefact::AccessToken, &number.to_string())
    }

    #[test]
    fn those_of_the_same_second_are_told_apart() {
        let issued = Issued::default();
        let own = token(1, 100);
        issued.keep(hash(1), own);
        issued.keep(hash(2), token(2, 100));
        issued.keep(hash(3), token(1, -4000));
        let now = Time::from_secs(100);
        assert_eq!(issued.expire(Some(own.application), now), 1, "one had expired by itself");
        issued.keep(hash(4), own);
        let expired = |number: usize, token: Token| {
            issued.has_expired(token.application, hash(number), Some(token.issued_at.secs()))
        };
        assert_eq!([1, 4].map(|number| expired(number, own)), [true, false]);
        assert!(!expired(2, token(2, 100)) && expired(9, token(1, 99)) && !expired(9, token(2, 99)));
        assert_eq!(issued.expire(None, Time::from_secs(101)), 2);
        assert!(expired(4, own) && expired(2, token(2, 100)));
        issued.clear();
        assert!(!expired(4, own));
    }

    /// However many there are, no more are kept than there is room for, and those that were forgotten expire all the same.
    #[test]
    fn what_is_kept_is_bounded() {
        let issued = Issued::default();
        (0..3 * MOST).for_each(|number| issued.keep(hash(number), token(1, 100)));
        assert!(issued.of().live.len() <= MOST);
        let lived = issued.expire(None, Time::from_secs(200));
        assert!((1..=MOST as u64).contains(&lived));
        let application = token(1, 0).application;
        assert!((0..3 * MOST).all(|number| issued.has_expired(application, hash(number), Some(100))));
        assert!(issued.of().ended.is_empty());
    }
}
