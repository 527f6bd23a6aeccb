//! A state of the world: the store, the clock, what is under way in each process, what was once sent, and what the invariants
//! remember.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use protocol::secret::Secret;

use crate::history::History;
use crate::request::{Kind, Request, Word};
use crate::store::Rows;

#[derive(Clone, Debug)]
pub(crate) struct State {
    /// Which of the scenario's ticks it is.
    pub(crate) clock: u8,
    pub(crate) rows: Rows,
    pub(crate) words: Words,
    pub(crate) processes: [Option<Request>; 2],
    pub(crate) client_on: bool,
    /// Requests that may still be begun.
    pub(crate) asks_left: u8,
    /// Which of the scenario's acts were done: a bit each.
    pub(crate) acted: u16,
    pub(crate) history: History,
}

/// Every text that was once sent to anybody. A thief keeps them all.
#[derive(Clone, Debug, Default, Hash)]
pub(crate) struct Words {
    codes: Vec<Arc<str>>,
    refresh: Vec<Arc<str>>,
    access: Vec<Arc<str>>,
    cookies: Vec<Arc<str>>,
}

impl Words {
    pub(crate) fn all(&self, kind: Kind) -> impl Iterator<Item = Word> {
        (0..self.of(kind).len() as u8).map(move |number| Word { kind, number })
    }

    pub(crate) fn text(&self, word: Word) -> &str {
        self.of(word.kind).get(usize::from(word.number)).map_or("a text that nobody was sent", |text| text)
    }

    /// Sends a text, or sends it again.
    pub(crate) fn send(&mut self, kind: Kind, text: &Secret) -> Word {
        let sent = match kind {
            Kind::Code => &mut self.codes,
            Kind::Refresh => &mut self.refresh,
            Kind::Access => &mut self.access,
            Kind::Cookie => &mut self.cookies,
        };
        let number = sent.iter().position(|known| **known == *text.expose()).unwrap_or_else(|| {
            sent.push(text.expose().into());
            sent.len() - 1
        });
        Word { kind, number: number as u8 }
    }

    fn of(&self, kind: Kind) -> &[Arc<str>] {
        match kind {
            Kind::Code => &self.codes,
            Kind::Refresh => &self.refresh,
            Kind::Access => &self.access,
            Kind::Cookie => &self.cookies,
        }
    }
}

impl State {
    /// A hash of all of it. Where the processes' clocks are the same, which of them does what makes no difference.
    pub(crate) fn print(&self, alike: bool) -> u64 {
        let mut processes = [0, 1].map(|process: usize| hash(&self.processes[process]));
        if alike {
            processes.sort_unstable();
        }
        let Self { clock, rows, words, processes: _, client_on, asks_left, acted, history } = self;
        hash(&(clock, rows, words, processes, client_on, asks_left, acted, history))
    }

    /// A number that no other decision under way began its randomness with, and none before that stored anything.
    pub(crate) fn seed(&self, process: usize) -> u32 {
        let base = self.rows.count() as u32 * 2;
        let other = self.processes[1 - process].as_ref().map(|request| request.seed);
        if other == Some(base) { base + 1 } else { base }
    }
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
