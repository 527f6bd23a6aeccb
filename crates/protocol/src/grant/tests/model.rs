//! The state machine of one authorization against its invariants: an honest client and a thief who copies what he sees,
//! in every order that chance finds, over a store that keeps the guards of [`Change`].

use proptest::prelude::*;
use uuid::Uuid;

use super::{
    Counting, NOW, authorization, client, ctx_at, environment, params, proven, scopes, seal, session, terms, user,
};
use crate::change::{Change, Family, RefreshToken};
use crate::client::Client;
use crate::client_auth::Method;
use crate::grant::Grant;
use crate::grant::refresh_token::{Facts, Successor, decide, open_successor};
use crate::id::FamilyId;
use crate::model::{Session, Standing, TokenProfile, User};
use crate::secret::{Artefact, Secret, TokenHash};

/// One step of somebody.
#[derive(Clone, Debug)]
enum Step {
    /// The honest client uses the newest token it has; whether the answer reaches it.
    Refresh {
        heard: bool,
    },
    /// The thief copies the honest client's present token.
    Steal,
    /// The thief uses the newest token that he has.
    Misuse,
    Wait(i64),
    DisableUser,
    EndSession,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => any::<bool>().prop_map(|heard| Step::Refresh { heard }),
        2 => Just(Step::Steal),
        4 => Just(Step::Misuse),
        2 => (1..40_i64).prop_map(Step::Wait),
        1 => Just(Step::DisableUser),
        1 => Just(Step::EndSession),
    ];
    prop::collection::vec(step, 0..40)
}

/// What the store holds.
struct World {
    family: Family,
    tokens: Vec<RefreshToken>,
    user: User,
    session: Session,
    now: i64,
    client: Client,
    entropy: Counting,
    /// Which successor each generation was answered with, in order.
    answered: Vec<(i64, String)>,
}

impl World {
    fn new(grace: i64) -> Self {
        let mut client = client(&[Method::ClientSecretPost]);
        client.application.refresh.grace = Some(grace);
        let id = FamilyId::new(Uuid::from_u128(0x99));
        let family = Family {
            environment: user().environment,
            id,
            authorization: authorization("openid read"),
            created_at: NOW,
            expires_at: NOW.plus(10_000),
            revoked_at: None,
            grace_replays: 0,
        };
        let first = RefreshToken {
            environment: family.environment,
            hash: TokenHash::of(Artefact::RefreshToken, "first"),
            family: id,
            generation: 1,
            issued_at: NOW,
            expires_at: NOW.plus(3600),
            superseded_at: None,
            sealed_successor: None,
        };
        let (user, session) = (user(), session());
        let entropy = Counting::default();
        Self { family, tokens: vec![first], user, session, now: 0, client, entropy, answered: Vec::new() }
    }

    fn find(&self, text: &str) -> Option<RefreshToken> {
        let hash = TokenHash::of(Artefact::RefreshToken, text);
        self.tokens.iter().find(|token| token.hash == hash).cloned()
    }

    /// One use of a token: what comes back, when it is granted.
    fn present(&mut self, text: &str) -> Option<String> {
        let token = self.find(text);
        let successor = token.as_ref().and_then(|token| open_successor(token, &seal()));
        let successor = successor.and_then(|text| Some(Successor { token: self.find(text.expose())?, text }));
        let generation = token.as_ref().map_or(0, |token| token.generation);
        let facts = Facts {
            token,
            family: Some(self.family.clone()),
            user: Some(self.user.clone()),
            session: Some(self.session.clone()),
            standing: Standing::UNKNOWN,
            successor,
        };
        let (environment, scopes) = (environment(TokenProfile::PingOne), scopes());
        let proof = proven(self.client.clone());
        let form = params(&format!("grant_type=refresh_token&refresh_token={text}"));
        let Grant::RefreshToken(request) = Grant::read(&form, &proof).unwrap() else { panic!() };
        let ctx = ctx_at(&self.entropy, NOW.plus(self.now));
        let decided = decide(&ctx, &proof, &request, &facts, &terms(&environment, &scopes), &seal());
        let (changes, text) = match decided {
            Ok(decision) => (decision.changes, decision.refresh_token.map(|text| text.0)),
            Err(denial) => (denial.changes, None),
        };
        for change in changes {
            self.apply(change);
        }
        let text = text.as_ref().map(Secret::expose)?.to_owned();
        self.answered.push((generation, text.clone()));
        Some(text)
    }

    /// As the store does, with its guards; they cannot lose here, because nobody comes between.
    fn apply(&mut self, change: Change) {
        match change {
            Change::SupersedeRefreshToken { token, at, sealed_successor, .. } => {
                assert!(self.family.revoked_at.is_none());
                let token = self.tokens.iter_mut().find(|t| t.hash == token).unwrap();
                assert!(token.superseded_at.is_none());
                (token.superseded_at, token.sealed_successor) = (Some(at), sealed_successor);
            }
            Change::IssueRefreshToken(token) => self.tokens.push(token),
            Change::CountGraceReplay { was, .. } => {
                assert_eq!(self.family.grace_replays, was);
                self.family.grace_replays += 1;
            }
            Change::RevokeFamily { at, .. } => self.family.revoked_at = Some(at),
            other => panic!("{other:?}"),
        }
    }

    fn check(&self, was_revoked: bool) {
        // I2
        assert!(self.tokens.iter().filter(|token| token.superseded_at.is_none()).count() <= 1);
        // I4
        assert!(!was_revoked || self.family.revoked_at.is_some());
        // I10: one successor for each generation, and one replay in the family's life.
        assert!(self.family.grace_replays <= 1);
        for (generation, text) in &self.answered {
            assert!(self.answered.iter().all(|(other, same)| other != generation || same == text));
        }
        // I7
        assert!(self.tokens.iter().all(|token| token.expires_at <= self.family.expires_at));
        // Order is counted: generations are one line.
        assert!(self.tokens.iter().zip(1..).all(|(token, generation)| token.generation == generation));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_invariants_hold_in_every_order(steps in steps(), grace in prop::sample::select(vec![0, 30, 86_400])) {
        let mut world = World::new(grace);
        let mut honest = "first".to_owned();
        let mut stolen: Option<String> = None;
        let mut dead = false;
        for step in steps {
            let was_revoked = world.family.revoked_at.is_some();
            let granted = match step {
                Step::Refresh { heard } => {
                    let came = world.present(&honest);
                    let granted = came.is_some();
                    if let (Some(next), true) = (came, heard) {
                        honest = next;
                    }
                    granted
                }
                Step::Steal => {
                    stolen = Some(honest.clone());
                    false
                }
                Step::Misuse => match stolen.clone() {
                    Some(token) => {
                        let came = world.present(&token);
                        let granted = came.is_some();
                        stolen = came.or(stolen);
                        granted
                    }
                    None => false,
                },
                Step::Wait(seconds) => {
                    world.now += seconds;
                    false
                }
                Step::DisableUser => {
                    world.user.enabled = false;
                    dead = true;
                    false
                }
                Step::EndSession => {
                    world.session.ended_at = Some(NOW);
                    dead = true;
                    false
                }
            };
            // I4, I11: nothing comes out of what has ended.
            prop_assert!(!(granted && (was_revoked || dead)));
            world.check(was_revoked);
        }
        // I9: who presents what somebody else used up ends the line, at most one grace replay later.
        if world.find(&honest).is_some_and(|token| token.superseded_at.is_some()) {
            let answers = [world.present(&honest), world.present(&honest)];
            prop_assert!(answers[1].is_none());
            prop_assert!(dead || world.family.revoked_at.is_some());
        }
    }
}
