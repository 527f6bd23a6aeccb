//! What an environment was asked and what it answered, as far back as there is room for it. What a request gave is known by hashes, so
//! that the one that uses it can say where it came from: code, access token, refresh token.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use protocol::id::EnvironmentId;
use tokio::sync::watch;

use super::place::Place;
use super::told::Told;
use super::{Control, Controls};

/// SHA-256 of a secret, a code, a token: what stands for it.
pub type Mark = [u8; 32];

/// A request that was answered.
#[derive(Debug)]
pub struct Recorded {
    /// Counts the requests of the environment.
    pub id: u64,
    pub place: Place,
    /// None where the connection was dropped.
    pub status: Option<u16>,
    pub client: Option<String>,
    /// Why it was refused.
    pub reason: Option<&'static str>,
    /// All that is told of it: a JSON object, drawn once.
    pub text: String,
    marks: Vec<Mark>,
}

/// What is known of a request when it is answered.
#[derive(Debug)]
pub struct Facts {
    pub place: Place,
    pub status: Option<u16>,
    pub client: Option<String>,
    pub reason: Option<&'static str>,
    /// Of what it showed, the most telling first.
    pub used: Vec<Mark>,
    /// Of what it gave.
    pub gave: Vec<Mark>,
}

/// The requests of one environment.
#[derive(Debug, Default)]
pub struct Recorder {
    ring: Mutex<Ring>,
    octets: AtomicUsize,
    /// The last id, for who waits for more.
    last: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Ring {
    requests: VecDeque<Arc<Recorded>>,
    /// By which request something was given, and to which client.
    gave: HashMap<Mark, (u64, Option<String>)>,
    last: u64,
    closed: bool,
}

impl Controls {
    /// Keeps a request of an environment, and tells of it. Where all take too much, the one that has most drops its older half. `draw`
    /// makes the text of the request's id and of the id of the one that gave what it shows.
    pub fn record(
        &self,
        (environment, control): (EnvironmentId, &Control),
        facts: Facts,
        draw: impl FnOnce(u64, Option<u64>) -> String,
    ) {
        let tell = |recorded: &Arc<Recorded>| {
            self.latest.asked(environment, recorded.clone());
            self.events.tell(Told::Request(environment, recorded.clone()));
        };
        let Some((_, more)) = control.recorder.keep(facts, draw, tell) else { return };
        let held = self.recorded.fetch_add(more, Ordering::Relaxed) + more;
        if held > MOST_IN_ALL {
            self.make_room();
        }
    }

    /// Empties the recorder of an environment.
    pub fn clear_recorder(&self, control: &Control) {
        self.recorded.fetch_sub(control.recorder.clear(false).cast_signed(), Ordering::Relaxed);
    }

    fn make_room(&self) {
        let environments = self.environments.read().unwrap_or_else(PoisonError::into_inner);
        let fullest = environments.values().max_by_key(|control| control.recorder.octets());
        let freed = fullest.map_or(0, |control| control.recorder.drop_half());
        self.recorded.fetch_sub(freed.cast_signed(), Ordering::Relaxed);
    }
}

impl Recorder {
    /// Keeps a request; `draw` makes its text of its id and of the id of the one that gave what it shows, and `tell` tells of it. Ids
    /// are given, kept and told in one order: who asks for what is behind the last that it saw misses none. How many octets more are
    /// held now; negative where older requests went.
    pub(super) fn keep(
        &self,
        facts: Facts,
        draw: impl FnOnce(u64, Option<u64>) -> String,
        tell: impl FnOnce(&Arc<Recorded>),
    ) -> Option<(Arc<Recorded>, isize)> {
        let mut ring = self.ring();
        if ring.closed {
            return None;
        }
        ring.last += 1;
        let id = ring.last;
        let from = facts.used.iter().find_map(|mark| ring.gave.get(mark)).map(|(id, _)| *id);
        let text = draw(id, from);
        let Facts { place, status, client, reason, gave, .. } = facts;
        let recorded = Arc::new(Recorded { id, place, status, client, reason, text, marks: gave });
        let before = self.octets.load(Ordering::Relaxed);
        let mut octets = before + recorded.octets();
        ring.add(&recorded);
        while ring.requests.len() > MOST || octets > MOST_OCTETS {
            let Some(gone) = ring.drop_oldest() else { break };
            octets -= gone;
        }
        self.octets.store(octets, Ordering::Relaxed);
        tell(&recorded);
        self.last.send_replace(id);
        drop(ring);
        Some((recorded, octets.cast_signed() - before.cast_signed()))
    }

    /// Those that `wanted` picks, of those behind `after`, the oldest first.
    pub fn list(&self, after: u64, wanted: impl Fn(&Recorded) -> bool) -> Vec<Arc<Recorded>> {
        let ring = self.ring();
        ring.requests.iter().filter(|one| one.id > after && wanted(one)).cloned().collect()
    }

    /// The client that what is shown was given to.
    pub fn client_of(&self, used: &[Mark]) -> Option<String> {
        let ring = self.ring();
        used.iter().find_map(|mark| ring.gave.get(mark)).and_then(|(_, client)| client.clone())
    }

    /// Tells whoever waits for more.
    pub fn changes(&self) -> &watch::Sender<u64> {
        &self.last
    }

    pub(super) fn octets(&self) -> usize {
        self.octets.load(Ordering::Relaxed)
    }

    /// Drops the older half, or all; how many octets came free.
    pub(super) fn drop_half(&self) -> usize {
        let mut ring = self.ring();
        let half = ring.requests.len().div_ceil(2);
        let freed = (0..half).filter_map(|_| ring.drop_oldest()).sum();
        self.octets.fetch_sub(freed, Ordering::Relaxed);
        freed
    }

    /// Drops all of them; where it is `closed`, no more are kept. How many octets came free.
    pub(super) fn clear(&self, closed: bool) -> usize {
        let mut ring = self.ring();
        ring.requests.clear();
        ring.gave.clear();
        ring.closed |= closed;
        let last = ring.last;
        let freed = self.octets.swap(0, Ordering::Relaxed);
        drop(ring);
        self.last.send_replace(last);
        freed
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        // Every change under the lock is whole.
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ring {
    fn add(&mut self, recorded: &Arc<Recorded>) {
        for mark in &recorded.marks {
            // The one that gave it first: every step of a flow shows the flow again.
            self.gave.entry(*mark).or_insert_with(|| (recorded.id, recorded.client.clone()));
        }
        self.requests.push_back(recorded.clone());
    }

    fn drop_oldest(&mut self) -> Option<usize> {
        let gone = self.requests.pop_front()?;
        for mark in &gone.marks {
            if self.gave.get(mark).is_some_and(|(id, _)| *id == gone.id) {
                self.gave.remove(mark);
            }
        }
        Some(gone.octets())
    }
}

impl Recorded {
    /// What it takes, about.
    fn octets(&self) -> usize {
        self.text.len() + self.client.as_ref().map_or(0, String::len) + self.marks.len() * OF_A_MARK + OF_A_REQUEST
    }
}

/// Requests that an environment keeps.
pub const MOST: usize = 1000;
/// Octets that they take.
pub const MOST_OCTETS: usize = 4 * 1024 * 1024;
/// Octets that those of all environments take.
pub const MOST_IN_ALL: isize = 64 * 1024 * 1024;
/// Beside the text.
const OF_A_REQUEST: usize = 160;
/// Here and in the table of what was given.
const OF_A_MARK: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(used: &[Mark], gave: &[Mark]) -> Facts {
        let (used, gave) = (used.to_vec(), gave.to_vec());
        Facts { place: Place::Token, status: Some(200), client: Some("c".into()), reason: None, used, gave }
    }

    fn keep(recorder: &Recorder, facts: Facts, length: usize) -> (u64, Option<u64>) {
        let mut from = None;
        let (kept, _) = recorder
            .keep(
                facts,
                |_, found| {
                    from = found;
                    "x".repeat(length)
                },
                |_| {},
            )
            .unwrap();
        (kept.id, from)
    }

    #[test]
    fn a_request_knows_which_one_gave_what_it_shows() {
        let recorder = Recorder::default();
        let (code, token) = ([1; 32], [2; 32]);
        assert_eq!(keep(&recorder, facts(&[], &[code]), 1), (1, None));
        assert_eq!(keep(&recorder, facts(&[[9; 32], code], &[token]), 1), (2, Some(1)));
        assert_eq!(keep(&recorder, facts(&[token, code], &[]), 1), (3, Some(2)));
        assert_eq!(recorder.client_of(&[token]), Some("c".into()));
        let listed: Vec<u64> = recorder.list(1, |_| true).iter().map(|one| one.id).collect();
        assert_eq!(listed, [2, 3]);
    }

    /// Who asks again and again for what is behind the last that it saw sees each once, in order and without a gap.
    #[test]
    fn of_many_at_once_none_is_missed() {
        let (recorder, threads, each) = (Recorder::default(), 4, 200);
        let (told, seen) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    for _ in 0..each {
                        let draw = |id: u64, _| id.to_string().repeat(50);
                        recorder.keep(facts(&[], &[]), draw, |one| told.lock().unwrap().push(one.id)).unwrap();
                    }
                });
            }
            scope.spawn(|| {
                let mut after = 0;
                while after < threads * each {
                    let found = recorder.list(after, |_| true);
                    after = found.last().map_or(after, |one| one.id);
                    seen.lock().unwrap().extend(found.iter().map(|one| one.id));
                }
            });
        });
        let all: Vec<u64> = (1..=threads * each).collect();
        assert_eq!((told.into_inner().unwrap(), seen.into_inner().unwrap()), (all.clone(), all));
    }

    #[test]
    fn the_oldest_go_where_there_is_no_room() {
        let recorder = Recorder::default();
        for number in 0..=MOST {
            keep(&recorder, facts(&[], &[jose::digest::sha256(&number.to_le_bytes())]), 1);
        }
        assert_eq!(recorder.list(0, |_| true).len(), MOST);
        assert_eq!(
            recorder.client_of(&[jose::digest::sha256(&0_usize.to_le_bytes())]),
            None,
            "it is forgotten as well"
        );
        for _ in 0..5 {
            keep(&recorder, facts(&[], &[]), MOST_OCTETS / 3);
        }
        assert_eq!((recorder.list(0, |_| true).len(), recorder.octets() <= MOST_OCTETS), (2, true));
        let held = recorder.octets();
        assert_eq!((recorder.drop_half() + recorder.octets(), recorder.list(0, |_| true).len()), (held, 1));
        assert_eq!(recorder.clear(true) + recorder.octets(), held / 2);
        assert!(recorder.keep(facts(&[], &[]), |_, _| String::new(), |_| {}).is_none());
    }

    #[test]
    fn the_fullest_makes_room_for_all() {
        let controls = Controls::default();
        let environment = |number| EnvironmentId::new(uuid::Uuid::from_u128(number));
        let record = |number, length| {
            let control = controls.of(environment(number));
            controls.record((environment(number), &control), facts(&[], &[]), |_, _| "x".repeat(length));
        };
        record(1, 10);
        for number in 2..40 {
            (0..7).for_each(|_| record(number, MOST_OCTETS / 8));
        }
        let held: usize = controls.environments.read().unwrap().values().map(|control| control.recorder.octets()).sum();
        let held = held.cast_signed();
        assert_eq!(controls.recorded.load(Ordering::Relaxed), held);
        assert!(held <= MOST_IN_ALL, "{held}");
        assert_eq!(controls.of(environment(1)).recorder.list(0, |_| true).len(), 1, "who has little keeps it");
        (1..40).for_each(|number| controls.end(environment(number)));
        assert_eq!(controls.recorded.load(Ordering::Relaxed), 0);
    }
}
