//! Client assertions: whoever has seen one may show it again, to either process and at another endpoint, for as long as it lasts.

use std::collections::HashMap;
use std::fmt::{self, Display};
use std::sync::Arc;

use jose::digest::HmacKey;
use jose::{Alg, Jwks, SigningKey, Typ};
use protocol::change::{Change, UsedAssertion};
use protocol::client::Client as Registered;
use protocol::client_auth::{Credentials, Expected, Keys, Method, Presented, Proven, authenticate};
use protocol::grant::{CredentialsRequest, GrantType, client_credentials};
use protocol::params::Params;
use protocol::refusal::{Reason, Refused};
use protocol::revocation::{self, Found};
use protocol::secret::{Artefact, TokenHash};
use protocol::time::Time;

use super::{Act, Answer, Bounds, Doing, Done, Judged, Matter, State, moments};
use crate::checker::Broken;
use crate::fixture::{self, Counting, ISSUER, START, World, scope};
use crate::invariant::Invariant;
use crate::mark::Mark;
use crate::mutant::Mutant;
use crate::request::Client;
use crate::scenario::SCENARIOS;
use crate::state::Words;
use crate::store::{ENVIRONMENT, Rows, Without};

#[derive(Debug)]
pub(crate) struct Assertions {
    world: World,
    pepper: HmacKey,
    clients: [Arc<Registered>; 2],
    keys: [Jwks; 2],
    /// Those of both: for a fault that takes any signature.
    all: Jwks,
    presented: Vec<Presented>,
    /// What each comes to: authentication is a function of these alone, and a signature takes its time.
    judged: HashMap<(Ask, bool, Time), Result<Proven, Refused>>,
}

/// The assertions that there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Text {
    First,
    /// Another of the same client, with the same `jti`.
    Again,
    /// Of another client, with the same `jti`.
    OfOther,
    Second,
    /// In the name of the client, with the `jti` of its second, by another's key.
    Forged,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum At {
    Token,
    /// A token request that is refused for something else.
    Unsound,
    Revocation,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Ask {
    text: Text,
    at: At,
}

impl Text {
    const ALL: [Self; 5] = [Self::First, Self::Again, Self::OfOther, Self::Second, Self::Forged];

    const fn client(self) -> Client {
        if matches!(self, Self::OfOther) { Client::Other } else { Client::Honest }
    }

    /// Its `jti`, and when it ends.
    const fn claims(self) -> (&'static str, i64) {
        match self {
            Self::First | Self::OfOther => ("first", LIFE),
            Self::Again => ("first", 2 * LIFE),
            Self::Second | Self::Forged => ("second", LIFE),
        }
    }

    /// What of a client's it uses up: `jti`s of two clients are two.
    const fn used(self) -> usize {
        match self {
            Self::First | Self::Again => 0,
            Self::OfOther => 1,
            Self::Second | Self::Forged => 2,
        }
    }
}

impl Assertions {
    fn prove(&self, ask: Ask, used: bool, now: Time, without: Without<'_>) -> Result<Proven, Refused> {
        let client = &self.clients[ask.text.client() as usize];
        let keys =
            if without.has(Mutant::AnySignatureProves) { &self.all } else { &self.keys[ask.text.client() as usize] };
        let endpoints = ["https://auth.example/env/as/token".to_owned()];
        let expected = Expected { issuer: ISSUER, endpoints: &endpoints, keys: Keys::Public(Ok(keys)), used };
        let credentials = Credentials {
            expected: Some(expected),
            ..Credentials::of(&self.presented[ask.text as usize], Some(client))
        };
        let now = if without.has(Mutant::AssertionOutlivesItself) { START } else { now };
        authenticate(&credentials, &self.pepper, now)
    }

    fn proven(&self, ask: Ask, used: bool, now: Time, without: Without<'_>) -> Result<Proven, Refused> {
        let lax = [Mutant::AnySignatureProves, Mutant::AssertionOutlivesItself];
        if lax.into_iter().any(|mutant| without.has(mutant)) {
            return self.prove(ask, used, now, without);
        }
        self.judged.get(&(ask, used, now)).cloned().unwrap_or_else(|| self.prove(ask, used, now, without))
    }

    fn answer(&self, ask: Ask, proven: &Proven, doing: &Doing<Ask>) -> Result<(), Reason> {
        let entropy = Counting::from(doing.seed);
        let wanted = if ask.at == At::Unsound { "another" } else { "read" };
        let request = CredentialsRequest { scope: Some(scope(wanted)), resource: Vec::new(), details: None };
        match ask.at {
            At::Token | At::Unsound => {
                let terms = self.world.terms();
                let decided = client_credentials::decide(&entropy.ctx(doing.now), &proven.client, &request, &terms);
                decided.map(|_| ()).map_err(|denial| denial.refused.reason)
            }
            At::Revocation => {
                let own = proven.client.client().application.id;
                let hash = |artefact| TokenHash::of(artefact, "a text that nobody was sent");
                let (access, refresh) = (hash(Artefact::AccessToken), hash(Artefact::RefreshToken));
                revocation::decide(ENVIRONMENT, own, Found::Refresh { family: None, access, refresh }, doing.now);
                Ok(())
            }
        }
    }
}

impl Matter for Assertions {
    const BOUNDS: Bounds = Bounds {
        name: "assertions",
        asks: 4,
        asks_deep: 5,
        acts: &[Act::Tick, Act::Purge(0), Act::Purge(1)],
        // At the second only the process whose clock is behind takes the first one still; at the last nobody does, and it is forgotten.
        ticks: &[0, LIFE + SKEW - 10, LIFE + SKEW + 3_610],
        ahead: 20,
        must: &[Mark::Proven, Mark::ReplayRefused, Mark::RefusalUsedUp, Mark::Forged, Mark::Expired, Mark::Lost],
    };
    type Ask = Ask;
    /// How often each `jti` proved its client.
    type Told = [u8; 3];

    fn new() -> Self {
        let pepper = HmacKey::new(b"pepper");
        let signing = ["one", "two"].map(|kid| {
            let key = SigningKey::generate(Alg::Es256).unwrap_or_else(|error| panic!("no key: {error}"));
            key.with_kid(kid.to_owned())
        });
        let clients = [Client::Honest, Client::Other].map(|who| {
            let mut client = fixture::client(&SCENARIOS[0], who, &pepper);
            client.application.auth_methods = vec![Method::PrivateKeyJwt];
            client.application.grant_types.push(GrantType::ClientCredentials);
            Arc::new(client)
        });
        let presented = Text::ALL.map(|text| {
            let client_id = &clients[text.client() as usize].application.client_id;
            let key = &signing[usize::from(matches!(text, Text::OfOther | Text::Forged))];
            let assertion = sign(text, client_id, key);
            let form = format!("client_assertion_type={TYPE}&client_assertion={assertion}");
            let params = Params::form(form.as_bytes()).unwrap_or_default();
            Presented::read(&[], &params, None).unwrap_or_else(|refused| panic!("{refused:?}"))
        });
        let set = |keys: &[&SigningKey]| Jwks::new(keys.iter().map(|key| key.public().clone()).collect());
        let mut new = Self {
            world: World::new(&SCENARIOS[0]),
            pepper,
            clients,
            keys: [set(&[&signing[0]]), set(&[&signing[1]])],
            all: set(&[&signing[0], &signing[1]]),
            presented: presented.into(),
            judged: HashMap::new(),
        };
        let asked = all().into_iter().flat_map(|ask| [false, true].map(|used| (ask, used)));
        let keys = asked.flat_map(|(ask, used)| moments(&Self::BOUNDS).into_iter().map(move |now| (ask, used, now)));
        new.judged = keys.map(|key| (key, new.prove(key.0, key.1, key.2, Without(&[])))).collect();
        new
    }

    fn begin(&self) -> (Rows, Words) {
        (Rows::default(), Words::default())
    }

    fn asks(&self, _: &State<Self>) -> Vec<Ask> {
        all()
    }

    /// Only who lost the guard asks.
    fn read(&self, rows: &Rows, _: &Words, doing: &Doing<Ask>) -> Option<Rows> {
        let asks = doing.attempt > 0 && doing.seen.is_empty();
        asks.then(|| Rows { shown: rows.shown.clone(), ..Rows::default() })
    }

    fn decide(&self, _: &Words, doing: &Doing<Ask>, without: Without<'_>) -> Judged {
        let Doing { ask, now, .. } = *doing;
        let own = self.clients[ask.text.client() as usize].application.id;
        let hash = TokenHash::of(Artefact::ClientAssertion, ask.text.claims().0);
        let shown =
            doing.seen.iter().flat_map(|seen| &seen.shown).any(|row| (row.application, row.hash) == (own, hash));
        let used = shown && !without.has(Mutant::ReplayNotTold);
        let proven = match self.proven(ask, used, now, without) {
            Ok(proven) => proven,
            Err(refused) => {
                let early = ask.text == Text::Forged && without.has(Mutant::UsedBeforeVerified);
                let expires_at = START.plus(LIFE + SKEW);
                let change = UsedAssertion { environment: ENVIRONMENT, application: own, hash, expires_at };
                let changes = early.then_some(Change::UseAssertion(change));
                return Judged::stands(refused.reason, changes.into_iter().collect());
            }
        };
        match self.answer(ask, &proven, doing) {
            Ok(()) => Judged::again(Answer::Given(Vec::new()), proven.changes),
            // A refusal uses it up as well.
            Err(reason) if without.has(Mutant::RefusalUsesNothingUp) => Judged::stands(reason, Vec::new()),
            Err(reason) => Judged::again(Answer::Refused(reason), proven.changes),
        }
    }

    fn check(&self, done: &Done<'_, Self>, told: &mut [u8; 3]) -> Result<Option<Mark>, Broken> {
        let Doing { ask, now, .. } = *done.doing;
        let reason = match done.answer {
            Answer::Given(_) => None,
            Answer::Refused(reason) => Some(*reason),
            Answer::Contended | Answer::Failed(_) => {
                return Invariant::NoError
                    .unless(false, "who shows one again is sent away, and not told")
                    .map(|()| None);
            }
        };
        let before = told[ask.text.used()];
        match reason {
            Some(Reason::AssertionUsed) => {
                Invariant::Served.unless(before > 0, "an assertion that nobody used is refused as used")?;
                return Ok(Some(Mark::ReplayRefused));
            }
            Some(reason @ (Reason::AssertionInvalid | Reason::ClientKeyUnknown)) => {
                let same = done.before.rows == *done.after;
                Invariant::I6.unless(same, "an assertion that proves nothing changed what is stored")?;
                let good = ask.text != Text::Forged && now < ends(ask.text);
                Invariant::Served.unless(!good, "an assertion that is good is refused")?;
                return Ok(Some(if reason == Reason::AssertionInvalid { Mark::Expired } else { Mark::Forged }));
            }
            _ => {}
        }
        Invariant::I3.unless(ask.text != Text::Forged, "another's key proves the client")?;
        Invariant::I3.unless(now < ends(ask.text), "an assertion proves its client after its end")?;
        Invariant::I12.unless(before == 0, "an assertion proves its client twice")?;
        told[ask.text.used()] += 1;
        Ok(Some(if ask.at == At::Unsound { Mark::RefusalUsedUp } else { Mark::Proven }))
    }
}

/// The first one everywhere, and the others where they make a difference.
fn all() -> Vec<Ask> {
    let first = [At::Token, At::Unsound, At::Revocation].map(|at| Ask { text: Text::First, at });
    let others = Text::ALL.into_iter().filter(|text| *text != Text::First).map(|text| Ask { text, at: At::Token });
    first.into_iter().chain(others).collect()
}

fn ends(text: Text) -> Time {
    START.plus(text.claims().1 + SKEW)
}

fn sign(text: Text, client_id: &str, key: &SigningKey) -> String {
    let (jti, life) = text.claims();
    let exp = START.plus(life).secs();
    let claims = format!(r#"{{"iss":"{client_id}","sub":"{client_id}","aud":"{ISSUER}","jti":"{jti}","exp":{exp}}}"#);
    key.sign(Some(Typ::Jwt), claims.as_bytes()).unwrap_or_else(|error| panic!("not signed: {error}"))
}

impl Display for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self.text {
            Text::First => "the first assertion",
            Text::Again => "another assertion with the first one's jti",
            Text::OfOther => "another client's assertion with that jti",
            Text::Second => "the second assertion",
            Text::Forged => "an assertion by another's key with the second one's jti",
        };
        let at = match self.at {
            At::Token => "for a token",
            At::Unsound => "for a scope that there is not",
            At::Revocation => "at the revocation endpoint",
        };
        write!(f, "{text} is shown {at}")
    }
}

const TYPE: &str = "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
/// Seconds that an assertion lasts by its `exp`.
const LIFE: i64 = 30;
/// Seconds that it is taken after that.
const SKEW: i64 = protocol::policy::ASSERTION_SKEW;
