//! The steps of the world: a request is begun, reads on, or is decided and committed; or something else is done.

use std::fmt::{self, Display};

use protocol::secret::Secret;

use crate::act::Act;
use crate::checker::{Broken, Taken};
use crate::invariant::{self, Done, Invariant};
use crate::judge::{Answer, Judged, Loss, judge};
use crate::load;
use crate::machine::Grantor;
use crate::mark::Mark;
use crate::mutant::Mutant;
use crate::request::{Ask, Kind, Read, Request};
use crate::state::State;
use crate::store::{Failed, commit};

#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    Begin(usize, Ask),
    ReadOn(usize),
    Commit(usize),
    Act(u8, Act),
}

impl Grantor {
    pub(crate) fn step(&self, before: &State, step: Step) -> Taken<State> {
        match step {
            Step::Begin(process, ask) => self.begin(before, process, ask),
            Step::ReadOn(process) => self.read_on(before, process),
            Step::Commit(process) => self.commit(before, process),
            Step::Act(number, act) => self.act(before, number, act),
        }
    }

    fn begin(&self, before: &State, process: usize, ask: Ask) -> Taken<State> {
        let request = Request {
            ask,
            now: self.now(before, process),
            client_on: before.client_on,
            attempt: 0,
            seed: before.seed(process),
            read: Read::Nothing,
        };
        let mut after = before.clone();
        after.asks_left -= 1;
        let read = load::read(&self.world, before, &request, self.without());
        after.processes[process] = Some(Request { read, ..request });
        self.early(before, after, process)
    }

    fn read_on(&self, before: &State, process: usize) -> Taken<State> {
        let mut after = before.clone();
        if let Some(request) = &before.processes[process] {
            // Whatever an attempt made before was never stored, so it counts from what is stored now.
            let seed = if matches!(request.read, Read::Nothing) { before.seed(process) } else { request.seed };
            let request = Request { seed, ..request.clone() };
            let read = load::read(&self.world, before, &request, self.without());
            after.processes[process] = Some(Request { read, ..request });
        }
        self.early(before, after, process)
    }

    /// A mutant answers as soon as it has decided.
    fn early(&self, before: &State, mut after: State, process: usize) -> Taken<State> {
        if let Some(request) = after.processes[process].clone().filter(|_| self.without().has(Mutant::AnswersEarly))
            && !load::wants_more(&request)
        {
            let judged = judge(&self.world, &before.words, &request, self.without());
            send(&mut after, &request, &judged.answer);
        }
        let broken = invariant::of_words(before, &after);
        Taken { after, told: String::new(), marks: 0, broken }
    }

    fn commit(&self, before: &State, process: usize) -> Taken<State> {
        let Some(request) = &before.processes[process] else { return same(before) };
        let Judged { answer, changes, loss } = judge(&self.world, &before.words, request, self.without());
        let mut after = before.clone();
        let failed = match commit(&before.rows, &changes, self.without()) {
            Ok(rows) => {
                after.rows = rows;
                None
            }
            Err(lost) => {
                let (failed, kept) = *lost;
                after.rows = kept;
                Some(failed)
            }
        };
        match failed {
            None => self.answered(before, after, process, &answer),
            Some(Failed::Lost) if self.without().has(Mutant::LossIgnored) => {
                self.answered(before, after, process, &answer)
            }
            Some(Failed::Lost) => self.lost(before, after, process, (answer, loss)),
            Some(Failed::Conflict(what)) => self.answered(before, after, process, &Answer::Failed(what)),
            Some(Failed::Foreign(change)) => {
                Taken { after, told: String::new(), marks: 0, broken: Some(unknown(change)) }
            }
        }
    }

    /// What the engine does where a guard did not hold.
    fn lost(&self, before: &State, mut after: State, process: usize, judged: (Answer, Loss)) -> Taken<State> {
        let broken = (before.rows != after.rows)
            .then(|| Broken { invariant: Invariant::I8, how: "a commit that lost a guard changed something".into() });
        let Some(request) = &before.processes[process] else { return same(before) };
        let (answer, loss) = judged;
        let attempt = request.attempt + 1;
        let again = match (&request.read, loss) {
            (_, Loss::Stands) => None,
            (Read::Password(read), Loss::OnFlow) => Some(Read::Password(read.again(true))),
            (Read::Password(read), Loss::OnUser) => Some(Read::Password(read.again(false))),
            (_, _) if attempt < ATTEMPTS => Some(Read::Nothing),
            (Read::Resume { .. }, _) => {
                let moved = Answer::Refused(protocol::refusal::Reason::FlowMovedOn);
                return with(self.answered(before, after, process, &moved), Mark::GaveUp, broken);
            }
            _ => {
                return with(self.answered(before, after, process, &Answer::Contended), Mark::GaveUp, broken);
            }
        };
        let Some(read) = again else { return with(self.answered(before, after, process, &answer), Mark::Lost, broken) };
        // Passwords are tried 32 times, more often than anybody here could make them lose.
        let attempt = if matches!(read, Read::Password(_)) { 0 } else { attempt };
        after.processes[process] = Some(Request { attempt, read, ..request.clone() });
        Taken { after, told: "a guard is lost: nothing is written".into(), marks: Mark::Lost.bit(), broken }
    }

    fn answered(&self, before: &State, mut after: State, process: usize, answer: &Answer) -> Taken<State> {
        let Some(request) = after.processes[process].take() else { return same(before) };
        let told = send(&mut after, &request, answer);
        let done = Done { scenario: self.scenario(), before, after: &after, request: &request, answer };
        let broken = invariant::of_answer(&done).or_else(|| self.always(before, &after));
        let marks = Mark::of(&done);
        Taken { after, told, marks, broken }
    }

    fn act(&self, before: &State, number: u8, act: Act) -> Taken<State> {
        let mut after = before.clone();
        let now = self.now(before, 0);
        let mut failed = None;
        match act {
            Act::Tick => after.clock += 1,
            Act::DisableClient => after.client_on = false,
            act => {
                let changes = act.changes(&before.rows, now, self.without());
                match commit(&before.rows, &changes, self.without()) {
                    Ok(rows) => {
                        after.rows = rows;
                        after.history.over |= act.ends(&before.rows);
                    }
                    // An administrator's object is loaded and written in this one step, so there is nothing that it could lose.
                    Err(lost) => failed = Some(unknown(format!("{act} was not committed: {:?}", lost.0))),
                }
            }
        }
        if act != Act::Tick {
            after.acted |= 1 << number;
        }
        let broken = failed.or_else(|| invariant::of_act(act, before, &after)).or_else(|| self.always(before, &after));
        Taken { after, told: String::new(), marks: 0, broken }
    }

    fn always(&self, before: &State, after: &State) -> Option<Broken> {
        invariant::of_words(before, after).or_else(|| invariant::of_rows(self.scenario(), before, after))
    }
}

/// Hands the answer out, and remembers it. Says what came of the request.
fn send(after: &mut State, request: &Request, answer: &Answer) -> String {
    let State { words, history, .. } = after;
    let mut out = |kind, text: &Secret| words.send(kind, text);
    match (answer, request.ask) {
        (Answer::Tokens { access, refresh, .. }, ask) => {
            let access = out(Kind::Access, access);
            let refresh = refresh.as_ref().map(|text| out(Kind::Refresh, text));
            match ask {
                Ask::Exchange { word, .. } => history.redeem(word),
                Ask::Refresh { word, .. } => history.refresh(word, refresh),
                _ => {}
            }
            refresh.map_or_else(|| format!("{access}"), |refresh| format!("{access}, {refresh}"))
        }
        (Answer::Code(Some(text)), Ask::Resume { flow, .. }) => {
            history.yields(flow);
            format!("{}", out(Kind::Code, text))
        }
        (Answer::SignedOn(Some(text)), Ask::Password { flow, .. }) => {
            history.opens(flow);
            format!("{}", out(Kind::Cookie, text))
        }
        (Answer::Code(_), _) => "no code".into(),
        (Answer::SignedOn(_), _) => "right, and more is asked".into(),
        (Answer::Revoked, _) => "revoked".into(),
        (Answer::NothingToRevoke, _) => "nothing to revoke".into(),
        (Answer::AnothersToken, _) => "another client's, which lives on".into(),
        (Answer::Refused(reason), _) => format!("refused: {reason:?}"),
        (Answer::Contended, _) => "503: somebody else was first each time".into(),
        (Answer::Failed(why), _) => format!("500: {why}"),
    }
}

fn with(mut taken: Taken<State>, mark: Mark, broken: Option<Broken>) -> Taken<State> {
    taken.marks |= mark.bit();
    taken.broken = broken.or(taken.broken);
    taken
}

fn unknown(how: String) -> Broken {
    Broken { invariant: Invariant::Known, how }
}

fn same(state: &State) -> Taken<State> {
    Taken { after: state.clone(), told: String::new(), marks: 0, broken: None }
}

impl Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Begin(process, ask) => write!(f, "process {process}: {ask}: it reads"),
            Self::ReadOn(process) => write!(f, "process {process}: it reads on"),
            Self::Commit(process) => write!(f, "process {process}: it decides and commits"),
            Self::Act(_, act) => write!(f, "{act}"),
        }
    }
}

/// As `engine/src/token.rs` and `resume.rs` have it.
const ATTEMPTS: u8 = 2;
