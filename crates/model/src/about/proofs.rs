//! Proofs of possession: a code that is bound to a key, the line of refresh tokens of a client without a secret, which is bound to it
//! as well, and a resource; proofs that are shown again, at the other process and elsewhere, and those of somebody else's key.

mod shown;

use std::collections::HashMap;
use std::fmt::{self, Display};

use jose::{Alg, SigningKey};
use protocol::change::{Change, Code, RefreshToken};
use protocol::confirmation::{Confirmation, Thumbprint};
use protocol::consent::Will;
use protocol::dpop::{Expected, Proof, Scheme, Sent, at_resource, where_shown};
use protocol::flow::issue;
use protocol::grant::{CodeRequest, Decision, Denial, RefreshRequest, authorization_code, refresh_token};
use protocol::model::Standing;
use protocol::refusal::{Reason, Refused};
use protocol::secret::{Artefact, Secret, TokenHash};
use protocol::time::Time;

use super::{Act, Answer, Bounds, Doing, Done, Judged, Matter, State, moments};
use crate::checker::Broken;
use crate::fixture::{self, Counting, REDIRECT, START, VERIFIER, World, presence};
use crate::invariant::Invariant;
use crate::mark::Mark;
use crate::mutant::Mutant;
use crate::request::{Client, Kind, Word};
use crate::row::Row;
use crate::scenario::{SCENARIOS, Scenario};
use crate::state::Words;
use crate::store::{ENVIRONMENT, Rows, Without, commit};
use shown::{ACCESS, Place, Shown, sign};

#[derive(Debug)]
pub(crate) struct Proofs {
    world: World,
    keys: [SigningKey; 2],
    texts: Vec<String>,
    /// What each comes to there and then: a function of these alone, and a signature takes its time.
    judged: HashMap<(Shown, Place, Time), Result<Option<Proof>, Refused>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Ask {
    Exchange(Word, Shown),
    Refresh(Word, Shown),
    /// A resource of this server is asked with a token that is bound to the holder's key.
    Use(Shown),
}

/// How often each proof was taken.
#[derive(Clone, Debug, Default, Hash)]
pub(crate) struct Told {
    taken: [u8; 6],
}

impl Proofs {
    fn key(&self, number: usize) -> Confirmation {
        Confirmation::Jkt(Thumbprint::of(self.keys[number].public()))
    }

    fn prove(&self, shown: Shown, place: Place, now: Time, without: Without<'_>) -> Result<Option<Proof>, Refused> {
        let sent = match shown {
            Shown::Nothing => Sent::None,
            shown => Sent::One(self.texts[shown as usize].clone()),
        };
        let now = if without.has(Mutant::ProofOutlivesItself) { START } else { now };
        let (method, url) = if without.has(Mutant::ProofOfAnyRequest) { shown.place() } else { place }.request();
        let token = Secret::new(ACCESS.to_owned());
        match place {
            Place::Token => where_shown(&sent, &Expected { method, url, access_token: None, nonces: None, now }),
            Place::Resource => {
                let expected = Expected { method, url, access_token: Some(&token), nonces: None, now };
                let bound = if without.has(Mutant::AccessOfAnyKey) && shown == Shown::OfOtherAtResource {
                    self.key(1)
                } else {
                    self.key(0)
                };
                at_resource(&bound, Scheme::Dpop, &sent, &expected)
            }
        }
    }

    fn proof(&self, doing: &Doing<Ask>, place: Place, without: Without<'_>) -> Result<Option<Proof>, Refused> {
        let shown = doing.ask.shown();
        let lax = [Mutant::ProofOutlivesItself, Mutant::ProofOfAnyRequest, Mutant::AccessOfAnyKey];
        let proof = if lax.into_iter().any(|mutant| without.has(mutant)) {
            self.prove(shown, place, doing.now, without)
        } else {
            let judged = self.judged.get(&(shown, place, doing.now)).cloned();
            judged.unwrap_or_else(|| self.prove(shown, place, doing.now, without))
        }?;
        let again = |hash| doing.seen.iter().skip(1).flat_map(|seen| &seen.shown).any(|row| row.hash == hash);
        match proof {
            Some(proof) if again(proof.hash()) && !without.has(Mutant::ReplayNotTold) => Err(protocol::dpop::used()),
            proof => Ok(proof),
        }
    }

    fn tokens(&self, words: &Words, doing: &Doing<Ask>, without: Without<'_>) -> Result<Judged, Denial> {
        let client = self.world.authenticate(Client::Honest, true, true)?;
        let proof = self.proof(doing, Place::Token, without)?;
        let used = proof.as_ref().map(|proof| proof.single_use(ENVIRONMENT));
        let client = client.holding(proof.as_ref().map_or(Confirmation::None, Proof::confirmation));
        let mut decision = self.decide_on(words, doing, &client, without)?;
        if without.has(Mutant::RefreshUnbound) {
            for change in &mut decision.changes {
                if let Change::CreateFamily(family) = change {
                    family.authorization.confirmation = Confirmation::None;
                }
            }
        }
        let Decision { refresh_token, mut changes, .. } = decision;
        changes.extend(used);
        let texts = refresh_token.into_iter().map(|text| (Kind::Refresh, text.0)).collect();
        Ok(Judged::again(Answer::Given(texts), changes))
    }

    fn decide_on(
        &self,
        words: &Words,
        doing: &Doing<Ask>,
        client: &protocol::client_auth::AuthenticatedClient,
        without: Without<'_>,
    ) -> Result<Decision, Denial> {
        let entropy = Counting::from(doing.seed);
        let ctx = entropy.ctx(doing.now);
        let terms = self.world.terms();
        let seen = doing.seen.first().cloned().unwrap_or_default();
        let (session, user) = (Some(fixture::session(0)), Some(fixture::person("first")));
        match doing.ask {
            Ask::Refresh(word, _) => {
                let (token, mut family) =
                    (seen.refresh.first().map(Row::clone_value), seen.families.first().map(Row::clone_value));
                if let (true, Some(family)) = (without.has(Mutant::RefreshKeyNotTold), &mut family) {
                    family.authorization.confirmation = Confirmation::None;
                }
                let refresh_token = Secret::new(words.text(word).to_owned());
                let request = RefreshRequest { refresh_token, scope: None, resource: Vec::new(), details: None };
                let facts =
                    refresh_token::Facts { token, family, user, session, standing: Standing::UNKNOWN, successor: None };
                refresh_token::decide(&ctx, client, &request, &facts, &terms, &self.world.seal)
            }
            Ask::Exchange(word, _) => {
                let mut code = seen.codes.first().map(Row::clone_value);
                if let (true, Some(code)) = (without.has(Mutant::CodeKeyNotTold), &mut code) {
                    code.authorization.confirmation = Confirmation::None;
                }
                let request = CodeRequest {
                    code: Secret::new(words.text(word).to_owned()),
                    redirect_uri: Some(REDIRECT.to_owned()),
                    verifier: Some(Secret::new(VERIFIER.to_owned())),
                    resource: Vec::new(),
                    details: None,
                };
                let facts = authorization_code::Facts { code, user, session, standing: Standing::UNKNOWN };
                authorization_code::decide(&ctx, client, &request, &facts, &terms)
            }
            Ask::Use(_) => Err(Refused::from(Reason::ResourceNotFound).into()),
        }
    }

    /// The door of a resource: a commit of its own, and no second try.
    fn admit(&self, doing: &Doing<Ask>, without: Without<'_>) -> Judged {
        match self.proof(doing, Place::Resource, without) {
            Ok(proof) => {
                let changes = proof.iter().map(|proof| proof.single_use(ENVIRONMENT)).collect();
                let answer = Answer::Given(Vec::new());
                Judged { answer, changes, tries: 1, at_last: Answer::Refused(Reason::DpopProofUsed) }
            }
            Err(refused) => Judged::stands(refused.reason, Vec::new()),
        }
    }
}

impl Matter for Proofs {
    const BOUNDS: Bounds = Bounds {
        name: "proofs",
        asks: 3,
        asks_deep: 4,
        acts: &[Act::Tick, Act::Purge(0), Act::Purge(1)],
        // At the second only the process whose clock is behind takes a proof of the first still.
        ticks: &[0, protocol::policy::PROOF_SECONDS - 15],
        ahead: 20,
        must: &[
            Mark::Redeemed,
            Mark::Rotated,
            Mark::Admitted,
            Mark::ReplayRefused,
            Mark::OtherKeyRefused,
            Mark::NoKeyRefused,
            Mark::ReuseRevoked,
            Mark::Expired,
            Mark::Lost,
        ],
    };
    type Ask = Ask;
    type Told = Told;

    fn new() -> Self {
        let keys = [(); 2].map(|()| SigningKey::generate(Alg::Es256).unwrap_or_else(|error| panic!("no key: {error}")));
        let texts = Shown::ALL.map(|shown| sign(shown, &keys[usize::from(!shown.is_holders())]));
        let mut new = Self { world: World::new(public()), keys, texts: texts.into(), judged: HashMap::new() };
        for shown in Shown::ALL {
            for place in [Place::Token, Place::Resource] {
                for now in moments(&Self::BOUNDS) {
                    let judged = new.prove(shown, place, now, Without(&[]));
                    new.judged.insert((shown, place, now), judged);
                }
            }
        }
        new
    }

    fn begin(&self) -> (Rows, Words) {
        let entropy = Counting::from(1_000_000);
        let mut request = World::request(public(), Client::Honest);
        request.dpop_jkt = Some(Thumbprint::of(self.keys[0].public()));
        let (session, user) = (fixture::session(0), fixture::person("first"));
        let will = Will::unknown(&fixture::VOUCHED);
        let issued = issue(ENVIRONMENT, &request, presence(&session, &user), will, &entropy.ctx(START));
        let issued = issued.unwrap_or_else(|refused| panic!("no code to begin with: {refused:?}"));
        let rows =
            commit(&Rows::default(), &issued.changes, Without(&[])).unwrap_or_else(|lost| panic!("{:?}", lost.0));
        let mut words = Words::default();
        words.send(Kind::Code, &issued.code.unwrap_or_else(|| panic!("no code to begin with")));
        (rows, words)
    }

    fn asks(&self, state: &State<Self>) -> Vec<Ask> {
        let mut asks = Vec::new();
        for word in state.words.all(Kind::Code) {
            let shown = [Shown::First, Shown::OfOther, Shown::OfResource, Shown::Nothing];
            asks.extend(shown.map(|shown| Ask::Exchange(word, shown)));
        }
        for word in state.words.all(Kind::Refresh) {
            let shown = [Shown::First, Shown::Second, Shown::OfOther, Shown::Nothing];
            asks.extend(shown.map(|shown| Ask::Refresh(word, shown)));
        }
        asks.extend([Shown::OfResource, Shown::OfOtherAtResource, Shown::First].map(Ask::Use));
        asks
    }

    fn read(&self, rows: &Rows, words: &Words, doing: &Doing<Ask>) -> Option<Rows> {
        match (doing.ask, doing.seen.len()) {
            (Ask::Exchange(word, _), 0) => {
                let hash = TokenHash::of(Artefact::AuthorizationCode, words.text(word));
                let own = |row: &&Row<Code>| row.hash == hash;
                Some(Rows { codes: rows.codes.iter().filter(own).cloned().collect(), ..Rows::default() })
            }
            (Ask::Refresh(word, _), 0) => {
                let hash = TokenHash::of(Artefact::RefreshToken, words.text(word));
                let own = |row: &&Row<RefreshToken>| row.hash == hash;
                let refresh: Vec<_> = rows.refresh.iter().filter(own).cloned().collect();
                let line = refresh.first().map(|token| token.family);
                let families = rows.families.iter().filter(|row| Some(row.id) == line).cloned().collect();
                Some(Rows { families, refresh, ..Rows::default() })
            }
            // Only who lost a guard asks whether it was the proof's.
            (Ask::Exchange(..) | Ask::Refresh(..), 1) if doing.attempt > 0 => {
                Some(Rows { shown: rows.shown.clone(), ..Rows::default() })
            }
            _ => None,
        }
    }

    fn decide(&self, words: &Words, doing: &Doing<Ask>, without: Without<'_>) -> Judged {
        match doing.ask {
            Ask::Use(_) => self.admit(doing, without),
            Ask::Exchange(..) | Ask::Refresh(..) => self.tokens(words, doing, without).unwrap_or_else(|denial| {
                let Denial { refused, changes, .. } = denial;
                Judged::stands(refused.reason, changes)
            }),
        }
    }

    fn check(&self, done: &Done<'_, Self>, told: &mut Told) -> Result<Option<Mark>, Broken> {
        let doing = done.doing;
        let shown = doing.ask.shown();
        if !shown.is_holders() {
            let same = done.before.rows == *done.after;
            Invariant::I6
                .unless(same || matches!(done.answer, Answer::Given(_)), "who holds no key changed something")?;
        }
        match done.answer {
            Answer::Given(_) => {
                Invariant::I3.unless(shown.is_holders(), "what is bound to a key is given to who does not hold it")?;
                let place = if matches!(doing.ask, Ask::Use(_)) { Place::Resource } else { Place::Token };
                Invariant::I3.unless(shown.place() == place, "a proof of another request is taken")?;
                Invariant::I3.unless(doing.now < ENDS, "a proof is taken after its time")?;
                Invariant::I12.unless(told.taken[shown as usize] == 0, "a proof is taken twice")?;
                told.taken[shown as usize] += 1;
                Ok(Some(match doing.ask {
                    Ask::Exchange(..) => Mark::Redeemed,
                    Ask::Refresh(..) => Mark::Rotated,
                    Ask::Use(_) => Mark::Admitted,
                }))
            }
            Answer::Refused(reason) => {
                let used = told.taken[shown as usize] > 0;
                Invariant::Served
                    .unless(*reason != Reason::DpopProofUsed || used, "a proof that nobody used is refused as used")?;
                Ok(match reason {
                    Reason::DpopProofUsed => Some(Mark::ReplayRefused),
                    Reason::DpopKeyOther | Reason::AccessTokenKeyOther => Some(Mark::OtherKeyRefused),
                    Reason::DpopProofMissing => Some(Mark::NoKeyRefused),
                    Reason::RefreshTokenReused => Some(Mark::ReuseRevoked),
                    Reason::DpopProofInvalid if doing.now >= ENDS => Some(Mark::Expired),
                    _ => None,
                })
            }
            Answer::Contended | Answer::Failed(_) => {
                // Another code or token than that of the proof may have been first.
                let again = told.taken[shown as usize] > 0;
                Invariant::NoError.unless(!again, "who shows one again is sent away, and not told").map(|()| None)
            }
        }
    }
}

impl Ask {
    const fn shown(self) -> Shown {
        match self {
            Self::Exchange(_, shown) | Self::Refresh(_, shown) | Self::Use(shown) => shown,
        }
    }
}

/// The scenario of a client without a secret: what it is, and what its person asked for.
fn public() -> &'static Scenario {
    SCENARIOS.iter().find(|one| one.name == "codes-public").unwrap_or(&SCENARIOS[0])
}

impl Display for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exchange(word, _) => write!(f, "{word} is exchanged with ")?,
            Self::Refresh(word, _) => write!(f, "{word} is refreshed with ")?,
            Self::Use(_) => f.write_str("a resource is asked with ")?,
        }
        f.write_str(match self.shown() {
            Shown::Nothing => "no proof",
            Shown::First => "the first proof",
            Shown::Second => "the second proof",
            Shown::OfOther => "a proof of another key",
            Shown::OfResource => "the proof for the resource",
            Shown::OfOtherAtResource => "a proof of another key for it",
        })
    }
}

/// When the proofs are refused by their `iat`.
const ENDS: Time = START.plus(protocol::policy::PROOF_SECONDS + 1);
