//! The steps of the second machine.

use protocol::change::Change;
use protocol::time::Time;

use super::{About, Act, Answer, Doing, Done, Judged, Matter, State, Step};
use crate::checker::{Broken, Taken};
use crate::fixture::{PERSON, application};
use crate::invariant::{Invariant, of_sent};
use crate::mark::Mark;
use crate::store::{ENVIRONMENT, Failed, Rows, Without, commit};

impl<M: Matter> About<M> {
    pub(super) fn step(&self, before: &State<M>, step: Step<M::Ask>) -> Taken<State<M>> {
        match step {
            Step::Begin(process, ask) => {
                let mut after = before.clone();
                after.asks_left -= 1;
                after.doing[process] = Some(Doing {
                    ask,
                    now: Self::now(before.clock, process),
                    known: before.known,
                    attempt: 0,
                    seed: seed(before, process),
                    seen: Vec::new(),
                    whole: false,
                });
                self.read(after, process)
            }
            Step::ReadOn(process) => self.read(before.clone(), process),
            Step::Commit(process) => self.commit(before, process),
            Step::Act(number, act) => self.act(before, number, act),
        }
    }

    fn read(&self, mut after: State<M>, process: usize) -> Taken<State<M>> {
        if let Some(mut doing) = after.doing[process].take() {
            doing.seen.extend(self.matter.read(&after.rows, &after.words, &doing));
            doing.whole = self.matter.read(&Rows::default(), &after.words, &doing).is_none();
            after.doing[process] = Some(doing);
        }
        taken(after, String::new(), 0, None)
    }

    fn commit(&self, before: &State<M>, process: usize) -> Taken<State<M>> {
        let Some(doing) = &before.doing[process] else { return taken(before.clone(), String::new(), 0, None) };
        let without = Without(&self.without);
        let Judged { answer, changes, tries, at_last } = self.matter.decide(&before.words, doing, without);
        match commit(&before.rows, &changes, without) {
            Ok(rows) => self.answered(before, rows, process, (&answer, 0)),
            Err(lost) => match lost.0 {
                Failed::Lost if doing.attempt + 1 < tries => {
                    let mut after = before.clone();
                    let (attempt, seed) = (doing.attempt + 1, seed(before, process));
                    let again = Doing { attempt, seed, seen: Vec::new(), whole: false, ..doing.clone() };
                    let whole = self.matter.read(&Rows::default(), &after.words, &again).is_none();
                    after.doing[process] = Some(Doing { whole, ..again });
                    taken(after, "a guard is lost: nothing is written".into(), Mark::Lost.bit(), None)
                }
                Failed::Lost => self.answered(before, before.rows.clone(), process, (&at_last, Mark::Lost.bit())),
                Failed::Conflict(what) => {
                    self.answered(before, before.rows.clone(), process, (&Answer::Failed(what), 0))
                }
                Failed::Foreign(how) => taken(before.clone(), String::new(), 0, Some(unknown(how))),
            },
        }
    }

    fn answered(&self, before: &State<M>, rows: Rows, process: usize, told: (&Answer, u64)) -> Taken<State<M>> {
        let (answer, marks) = told;
        let mut after = before.clone();
        let Some(doing) = after.doing[process].take() else { return taken(after, String::new(), 0, None) };
        after.rows = rows;
        let texts = if let Answer::Given(texts) = answer { texts.as_slice() } else { &[] };
        let sent: Vec<_> = texts.iter().map(|(kind, text)| after.words.send(*kind, text)).collect();
        let done = Done { before, after: &after.rows, doing: &doing, answer, sent: &sent };
        let checked = self.matter.check(&done, &mut after.told);
        let reached = checked.as_ref().ok().copied().flatten().map_or(0, Mark::bit);
        let broken = match answer {
            Answer::Failed(why) => Invariant::NoError.unless(false, why).err(),
            _ => checked.err().or_else(|| of_sent(&before.words, &after.words, &after.rows)),
        };
        let told = match answer {
            Answer::Given(_) if sent.is_empty() => "done".to_owned(),
            Answer::Given(_) => sent.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
            Answer::Refused(reason) => format!("refused: {reason:?}"),
            Answer::Contended => "503: somebody else was first each time".to_owned(),
            Answer::Failed(why) => format!("500: {why}"),
        };
        taken(after, told, marks | reached, broken)
    }

    fn act(&self, before: &State<M>, number: u8, act: Act) -> Taken<State<M>> {
        let mut after = before.clone();
        let without = Without(&self.without);
        if act != Act::Tick {
            after.acted |= 1 << number;
        }
        let mut told = String::new();
        match act {
            // No request takes as long as that: it was given up.
            Act::Tick => {
                after.clock += 1;
                after.doing = [None, None];
            }
            Act::Purge(process) => after.rows.purge(Self::now(before.clock, process), without),
            Act::Disable => after.known.enabled = false,
            Act::Unregister => after.known.registered = false,
            Act::Withdraw(who) => {
                let at: Time = Self::now(before.clock, 0);
                let (environment, user, application) = (ENVIRONMENT, PERSON, application(who));
                let withdraw = Change::WithdrawConsent { environment, user, application, at };
                match commit(&before.rows, &[withdraw], without) {
                    Ok(rows) => after.rows = rows,
                    Err(lost) if lost.0 == Failed::Lost => {
                        "there is none".clone_into(&mut told);
                        return taken(after, told, 0, None);
                    }
                    Err(lost) => return taken(after, told, 0, Some(unknown(format!("{:?}", lost.0)))),
                }
            }
        }
        let broken = {
            let State { rows, told, .. } = &mut after;
            self.matter.acted(act, (&before.rows, &*rows), told).err()
        };
        taken(after, told, 0, broken)
    }
}

/// A number that no other decision under way began its randomness with, and none before that stored anything.
fn seed<M: Matter>(before: &State<M>, process: usize) -> u32 {
    let base = before.rows.count() as u32 * 2;
    let other = before.doing[1 - process].as_ref().map(|doing| doing.seed);
    if other == Some(base) { base + 1 } else { base }
}

fn unknown(how: String) -> Broken {
    Broken { invariant: Invariant::Known, how }
}

fn taken<M: Matter>(after: State<M>, told: String, marks: u64, broken: Option<Broken>) -> Taken<State<M>> {
    Taken { after, told, marks, broken }
}
