//! The whole machine of one scenario: where it starts, and what may happen in a state.

use protocol::consent::Will;
use protocol::flow::{Purpose, issue, start, start_signed_on};
use protocol::secret::{Artefact, Secret, TokenHash};
use protocol::time::Time;

use crate::act::Act;
use crate::checker::{Machine, Taken};
use crate::fixture::{self, Counting, LOGIN, START, World};
use crate::history::History;
use crate::load;
use crate::mutant::Mutant;
use crate::request::{Ask, By, Client, Kind, Said, Typed, Word};
use crate::row::Row;
use crate::scenario::{Begins, Depth, Scenario};
use crate::state::{State, Words};
use crate::step::Step;
use crate::store::{ENVIRONMENT, Rows, Without, commit};

/// The server in a scenario, whole or without some of its rules.
#[derive(Debug)]
pub(crate) struct Grantor {
    scenario: Scenario,
    asks: u8,
    without: Vec<Mutant>,
    pub(crate) world: World,
}

impl Grantor {
    pub(crate) fn new(scenario: &Scenario, depth: Depth, without: &[Mutant]) -> Self {
        let asks = match depth {
            Depth::Brief => scenario.asks,
            Depth::Deep => scenario.asks_deep,
        };
        Self { scenario: scenario.clone(), asks, without: without.to_vec(), world: World::new(scenario) }
    }

    pub(crate) fn without(&self) -> Without<'_> {
        Without(&self.without)
    }

    pub(crate) fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// What a process's clock shows. The second one's may be ahead.
    pub(crate) fn now(&self, state: &State, process: usize) -> Time {
        let ticks = self.scenario.ticks;
        let now = ticks.get(usize::from(state.clock)).copied().unwrap_or_default();
        START.plus(now + if process == 1 { self.scenario.ahead } else { 0 })
    }

    fn rows(&self) -> (Rows, Words) {
        let mut rows = Rows { users: vec![Row::new(fixture::person(Typed::First.hash()))], ..Rows::default() };
        let mut words = Words::default();
        if self.scenario.begins != Begins::SignOn {
            rows.sessions = (0..2).map(|number| Row::new(fixture::session(number))).collect();
            for number in 0..2 {
                words.send(Kind::Cookie, &Secret::new(fixture::cookie(number)));
            }
        }
        match self.scenario.begins {
            Begins::Code | Begins::Family => self.give_codes(&mut rows, &mut words),
            Begins::Flow | Begins::SignOn => self.begin_flows(&mut rows),
        }
        (rows, words)
    }

    /// A code of the honest client by the first session, and where the scenario wants it one of the other by the second.
    fn give_codes(&self, rows: &mut Rows, words: &mut Words) {
        let clients = [Client::Honest, Client::Other];
        let wanted = if self.scenario.other_code { 2 } else { 1 };
        for (number, who) in clients.into_iter().take(wanted).enumerate() {
            let request = World::request(&self.scenario, who);
            let entropy = Counting::from(FIRST_SEED + number as u32);
            let presence = fixture::presence(&rows.sessions[number], &rows.users[0]);
            let issued = issue(ENVIRONMENT, &request, presence, Will::unknown(&fixture::VOUCHED), &entropy.ctx(START));
            let issued = issued.unwrap_or_else(|error| panic!("no code to begin with: {error:?}"));
            *rows = commit(rows, &issued.changes, Without(&[])).unwrap_or_else(|lost| panic!("{:?}", lost.0));
            words.send(Kind::Code, &issued.code.unwrap_or_else(|| panic!("no code to begin with")));
        }
    }

    fn begin_flows(&self, rows: &mut Rows) {
        let purpose = Purpose::Code(World::request(&self.scenario, Client::Honest));
        let browser = TokenHash::of(Artefact::BrowserBinding, "browser");
        for number in 0..self.scenario.flows {
            let entropy = Counting::from(FIRST_SEED + u32::from(number));
            let ctx = entropy.ctx(START);
            let flow = match self.scenario.begins {
                Begins::SignOn => start(&ctx, ENVIRONMENT, purpose.clone(), &LOGIN, browser)
                    .unwrap_or_else(|refused| panic!("no flow to begin with: {refused:?}")),
                _ => start_signed_on(&ctx, ENVIRONMENT, purpose.clone(), browser, &rows.sessions[0]),
            };
            rows.flows.push(Row::new(flow));
        }
    }

    fn begin_state(&self) -> State {
        let (rows, words) = self.rows();
        let state = State {
            clock: 0,
            rows,
            words,
            processes: [None, None],
            client_on: true,
            asks_left: self.asks,
            acted: 0,
            history: History::default(),
        };
        if self.scenario.begins != Begins::Family {
            return state;
        }
        // Each code is exchanged before anything else happens.
        let verifier = if self.scenario.pkce { Said::Right } else { Said::Nothing };
        let codes: Vec<Word> = state.words.all(Kind::Code).collect();
        codes.into_iter().zip([By::HONEST, By::OTHER]).fold(state, |state, (word, by)| {
            let ask = Ask::Exchange { word, by, redirect: Said::Right, verifier };
            let begun = self.step(&state, Step::Begin(0, ask)).after;
            let Taken { after, told, broken, .. } = self.step(&begun, Step::Commit(0));
            let tokens = after.words.all(Kind::Refresh).count() - state.words.all(Kind::Refresh).count();
            assert!(tokens == 1 && broken.is_none(), "no tokens to begin with: {told} {broken:?}");
            State { asks_left: self.asks, ..after }
        })
    }

    fn acts(&self, state: &State) -> Vec<Step> {
        let done = |number: u8| state.acted & (1 << number) != 0;
        let some = (0..).zip(self.scenario.acts).filter(|(number, _)| !done(*number));
        let may = some.filter(|(_, act)| match act {
            Act::Tick => usize::from(state.clock) + 1 < self.scenario.ticks.len(),
            Act::SignOff(number) => usize::from(*number) < state.rows.sessions.len(),
            _ => true,
        });
        may.map(|(number, act)| Step::Act(number, *act)).collect()
    }
}

impl Machine for Grantor {
    type State = State;
    type Step = Step;

    fn start(&self) -> State {
        self.begin_state()
    }

    fn print(&self, state: &State) -> u64 {
        state.print(self.scenario.ahead == 0)
    }

    fn steps(&self, state: &State) -> Vec<Step> {
        let mut steps = Vec::with_capacity(32);
        let mut begun = false;
        for (process, request) in state.processes.iter().enumerate() {
            match request {
                Some(request) if load::wants_more(request) => steps.push(Step::ReadOn(process)),
                Some(_) => steps.push(Step::Commit(process)),
                // Idle processes with the same clock are the same process.
                None if state.asks_left == 0 || (begun && self.scenario.ahead == 0) => {}
                None => {
                    begun = true;
                    steps.extend(self.scenario.asks(state).into_iter().map(|ask| Step::Begin(process, ask)));
                }
            }
        }
        steps.extend(self.acts(state));
        steps
    }

    fn take(&self, state: &State, step: &Step) -> Taken<State> {
        self.step(state, *step)
    }
}

/// Above all that counting rows comes to.
const FIRST_SEED: u32 = 1_000_000;
