//! What is explored: each scenario is a small world with its bounds, in which everything happens in every order.

use crate::act::Act;
use crate::mark::Mark;
use crate::request::{Ask, Breadth, By, Kind, Request, Said, Typed, Word};
use crate::state::State;

/// How far a scenario is explored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// What every run of the tests does.
    Brief,
    Deep,
}

/// What is there at the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Begins {
    /// A code that its client was sent.
    Code,
    /// The tokens of each code, exchanged.
    Family,
    /// Flows that a session completed.
    Flow,
    /// Flows in which nothing was done.
    SignOn,
}

/// A small world and its bounds.
#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) begins: Begins,
    /// Whether the honest client has no secret.
    pub(crate) public: bool,
    pub(crate) pkce: bool,
    pub(crate) rotate: bool,
    /// Seconds, as are all below.
    pub(crate) grace: i64,
    pub(crate) idle: i64,
    pub(crate) absolute: i64,
    /// Whether the other client has a code of the same person, by another session.
    pub(crate) other_code: bool,
    pub(crate) flows: u8,
    /// Whether passwords are typed where the person signed on before: of no account to whoever does not know the right one.
    pub(crate) device: bool,
    /// How many requests are begun, in all.
    pub(crate) asks: u8,
    pub(crate) asks_deep: u8,
    /// What else happens: each at most once, but for the time.
    pub(crate) acts: &'static [Act],
    /// What the clock shows, one after the other.
    pub(crate) ticks: &'static [i64],
    /// How much the second process's clock is ahead of the first's.
    pub(crate) ahead: i64,
    alphabet: fn(&State, bool) -> Vec<Ask>,
    /// What has to be reached.
    pub(crate) must: &'static [Mark],
}

impl Scenario {
    /// Everything that may be asked in a state.
    pub(crate) fn asks(&self, state: &State) -> Vec<Ask> {
        (self.alphabet)(state, self.pkce)
    }
}

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario { name: "codes", asks: 5, asks_deep: 6, ..PLAIN },
    Scenario { name: "codes-without-pkce", pkce: false, must: NO_VERIFIER, ..PLAIN },
    Scenario { name: "codes-public", public: true, ..PLAIN },
    Scenario {
        name: "codes-end",
        other_code: true,
        alphabet: honest,
        asks: 3,
        asks_deep: 4,
        acts: &[Act::SignOff(0), Act::ChangePassword, Act::Disable, Act::Enable, Act::Lock, Act::DisableClient],
        ticks: &[0],
        must: &[Mark::Redeemed, Mark::ReplayRevoked, Mark::EndRefused, Mark::DisabledRefused, Mark::Lost],
        ..PLAIN
    },
    Scenario { name: "refresh", must: LINE, ..REFRESH },
    Scenario { name: "refresh-grace", grace: 30, ticks: &[0, 29, 31], must: GRACE, ..REFRESH },
    Scenario { name: "refresh-grace-public", public: true, grace: 30, ticks: &[0, 31], ..REFRESH },
    Scenario {
        name: "refresh-without-rotation",
        rotate: false,
        must: &[Mark::Refreshed, Mark::FamilyRevoked, Mark::Expired, Mark::Lost],
        ..REFRESH
    },
    Scenario {
        name: "families",
        other_code: true,
        acts: &[Act::SignOff(0), Act::SignOff(1)],
        ticks: &[0],
        must: &[Mark::Rotated, Mark::ReuseRevoked, Mark::OtherRefused, Mark::FamilyRevoked, Mark::Lost],
        ..REFRESH
    },
    Scenario { name: "refresh-clocks", grace: 30, ahead: 20, ticks: &[0, 20, 31], alphabet: honest, ..REFRESH },
    Scenario {
        name: "refresh-end",
        grace: 30,
        alphabet: honest,
        acts: &[Act::SignOff(0), Act::SignOff(1), Act::ChangePassword, Act::Disable, Act::Enable, Act::Lock],
        ticks: &[0],
        must: &[Mark::Rotated, Mark::GraceAnswered, Mark::EndRefused, Mark::Lost],
        ..REFRESH
    },
    Scenario {
        name: "flows",
        begins: Begins::Flow,
        flows: 2,
        alphabet: resumes,
        asks: 3,
        asks_deep: 4,
        acts: &[Act::SignOff(0), Act::ChangePassword, Act::Disable, Act::Enable],
        ticks: &[0],
        must: &[Mark::FlowYielded, Mark::SecondResumeRefused, Mark::StrangerRefused, Mark::Redeemed, Mark::EndRefused],
        ..PLAIN
    },
    Scenario {
        name: "sign-on",
        begins: Begins::SignOn,
        flows: 2,
        alphabet: passwords,
        asks: 3,
        asks_deep: 4,
        acts: &[Act::Tick],
        ticks: &[0, 61],
        must: &[Mark::SignedOn, Mark::Counted, Mark::LockedOut, Mark::LockRefused, Mark::Lost],
        ..PLAIN
    },
    Scenario {
        name: "sign-on-device",
        begins: Begins::SignOn,
        flows: 2,
        device: true,
        alphabet: passwords,
        asks: 3,
        asks_deep: 4,
        acts: &[Act::Lock],
        ticks: &[0],
        must: &[Mark::SignedOn, Mark::LockedOut, Mark::LetThrough, Mark::LockRefused, Mark::Lost],
        ..PLAIN
    },
    Scenario {
        name: "sign-on-end",
        begins: Begins::SignOn,
        flows: 2,
        alphabet: passwords,
        asks: 2,
        asks_deep: 3,
        acts: &[Act::ChangePassword, Act::Disable, Act::Lock, Act::Unlock],
        ticks: &[0],
        must: &[Mark::SignedOn, Mark::Counted, Mark::LockRefused, Mark::DisabledRefused, Mark::Lost],
        ..PLAIN
    },
];

/// A code with everything that may be wrong about its exchange.
const PLAIN: Scenario = Scenario {
    name: "",
    begins: Begins::Code,
    public: false,
    pkce: true,
    rotate: true,
    grace: 0,
    idle: 100,
    absolute: 150,
    other_code: false,
    flows: 0,
    device: false,
    asks: 4,
    asks_deep: 5,
    acts: &[Act::Tick, Act::SignOff(0)],
    ticks: &[0, 61],
    ahead: 0,
    alphabet: exchanges,
    must: &[
        Mark::Redeemed,
        Mark::ReplayRevoked,
        Mark::WrongVerifierEnded,
        Mark::Expired,
        Mark::OtherRefused,
        Mark::ImpostorRefused,
        Mark::Lost,
    ],
};

const NO_VERIFIER: &[Mark] = &[Mark::Redeemed, Mark::ReplayRevoked, Mark::Expired, Mark::Lost];

const LINE: &[Mark] = &[
    Mark::Rotated,
    Mark::RotatedTwice,
    Mark::ReuseRevoked,
    Mark::WiderRefused,
    Mark::OtherRefused,
    Mark::ImpostorRefused,
    Mark::FamilyRevoked,
    Mark::AccessRevoked,
    Mark::Expired,
    Mark::Lost,
];

const GRACE: &[Mark] =
    &[Mark::Rotated, Mark::RotatedTwice, Mark::GraceAnswered, Mark::ReuseRevoked, Mark::Lost, Mark::GaveUp];

/// A line of refresh tokens with everybody at it.
const REFRESH: Scenario = Scenario {
    begins: Begins::Family,
    alphabet: refreshes,
    asks: 3,
    asks_deep: 4,
    acts: &[Act::Tick, Act::SignOff(0)],
    ticks: &[0, 60, 101],
    must: &[Mark::Rotated, Mark::RotatedTwice, Mark::GraceAnswered, Mark::ReuseRevoked, Mark::Lost],
    ..PLAIN
};

/// Every way to exchange a code, and to use what it gave.
fn exchanges(state: &State, pkce: bool) -> Vec<Ask> {
    let mut asks = Vec::new();
    let right = if pkce { Said::Right } else { Said::Nothing };
    let exchange = |word, by, redirect, verifier| Ask::Exchange { word, by, redirect, verifier };
    for word in state.words.all(Kind::Code) {
        let wrong = if pkce { [Said::Other, Said::Nothing] } else { [Said::Right, Said::Other] };
        asks.extend(wrong.map(|verifier| exchange(word, By::HONEST, Said::Right, verifier)));
        let redirects = [Said::Right, Said::Other, Said::Nothing];
        asks.extend(redirects.map(|redirect| exchange(word, By::HONEST, redirect, right)));
        asks.extend([By::IMPOSTOR, By::OTHER].map(|by| exchange(word, by, Said::Right, right)));
        // A code is no refresh token.
        asks.push(Ask::Refresh { word, by: By::HONEST, scope: Breadth::Same });
    }
    for word in state.words.all(Kind::Refresh) {
        asks.push(Ask::Refresh { word, by: By::HONEST, scope: Breadth::Same });
        // Nor is a refresh token a code.
        asks.push(exchange(word, By::HONEST, Said::Right, right));
    }
    asks
}

/// Every way to use and to give back refresh tokens.
fn refreshes(state: &State, _: bool) -> Vec<Ask> {
    let mut asks = Vec::new();
    for word in state.words.all(Kind::Refresh) {
        let refresh = |by, scope| Ask::Refresh { word, by, scope };
        asks.push(refresh(By::HONEST, Breadth::Same));
        asks.push(refresh(By::HONEST, Breadth::Wider));
        asks.extend([By::IMPOSTOR, By::OTHER].map(|by| refresh(by, Breadth::Same)));
        asks.extend([By::HONEST, By::OTHER].map(|by| Ask::Revoke { word, by }));
    }
    for word in state.words.all(Kind::Access).chain(state.words.all(Kind::Cookie)).take(2) {
        asks.extend([By::HONEST, By::OTHER].map(|by| Ask::Revoke { word, by }));
    }
    asks
}

/// Only what a client does that nobody robbed: whatever ends, ends in the midst of it.
fn honest(state: &State, _: bool) -> Vec<Ask> {
    let exchange = |word: Word| {
        let by = if word.number == 0 { By::HONEST } else { By::OTHER };
        Ask::Exchange { word, by, redirect: Said::Right, verifier: Said::Right }
    };
    let refresh = |word| Ask::Refresh { word, by: By::HONEST, scope: Breadth::Same };
    let exchanges = state.words.all(Kind::Code).map(exchange);
    exchanges.chain(state.words.all(Kind::Refresh).map(refresh)).collect()
}

/// The ends of flows, by whoever has a cookie or none, and what they give.
fn resumes(state: &State, _: bool) -> Vec<Ask> {
    let cookies = [Some(0), Some(1), None];
    let resumes = distinct(state).flat_map(|flow| cookies.map(|cookie| Ask::Resume { flow, cookie }));
    let exchange = |word| Ask::Exchange { word, by: By::HONEST, redirect: Said::Right, verifier: Said::Right };
    resumes.chain(state.words.all(Kind::Code).map(exchange)).collect()
}

/// The person and a thief who guesses, each in front of a flow.
fn passwords(state: &State, _: bool) -> Vec<Ask> {
    let in_hand = |guess: Typed| {
        let tried = state.rows.users.iter().any(|user| user.account.tried.contains(guess.hash()));
        let typed = |request: &Request| matches!(request.ask, Ask::Password { typed, .. } if typed == guess);
        tried || state.processes.iter().flatten().any(typed)
    };
    let mut all = vec![Typed::First, Typed::Second, Typed::Guess];
    // Two wrong passwords that nobody tried are the same.
    all.extend([Typed::OtherGuess].into_iter().filter(|_| in_hand(Typed::Guess)));
    distinct(state).flat_map(|flow| all.iter().map(move |typed| Ask::Password { flow, typed: *typed })).collect()
}

/// The flows, of those that nobody touched only one: they are the same.
fn distinct(state: &State) -> impl Iterator<Item = u8> {
    let in_hand = |flow: u8| {
        let of = |request: &Request| match request.ask {
            Ask::Resume { flow, .. } | Ask::Password { flow, .. } => Some(flow),
            _ => None,
        };
        state.processes.iter().flatten().any(|request| of(request) == Some(flow))
    };
    let touched = |flow: u8| state.rows.flows[usize::from(flow)].version > 0 || in_hand(flow);
    let all = 0..state.rows.flows.len() as u8;
    let first = all.clone().find(|flow| !touched(*flow));
    all.filter(|flow| touched(*flow) || Some(*flow) == first).collect::<Vec<_>>().into_iter()
}
