//! What was sent to people: on a developer's server it stays here, where a test finds it.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use protocol::time::Time;
use tokio::sync::watch;

/// How somebody is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Means {
    Email,
    Sms,
    Push,
}

impl Means {
    pub const ALL: [Self; 3] = [Self::Email, Self::Sms, Self::Push];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "sms",
            Self::Push => "push",
        }
    }
}

/// A message to somebody.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    pub means: Means,
    /// Their address or number, or the id of their device.
    pub to: String,
    pub subject: Option<String>,
    pub text: String,
    pub html: Option<String>,
    /// What they are to type.
    pub code: Option<String>,
    /// What they may follow.
    pub links: Vec<String>,
}

impl fmt::Debug for Message {
    /// What it says is for them alone: it may be what signs them on.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message").field("means", &self.means).finish_non_exhaustive()
    }
}

/// A message that was sent.
#[derive(Debug)]
pub struct Sent {
    /// Counts the messages of the environment.
    pub id: u64,
    pub at: Time,
    pub message: Message,
}

/// The messages of one environment.
#[derive(Debug, Default)]
pub struct Outbox {
    held: Mutex<Held>,
    /// The last id, for who waits for more.
    last: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Held {
    messages: VecDeque<Arc<Sent>>,
    octets: usize,
    last: u64,
}

impl Outbox {
    /// Keeps a message; the oldest go where there is no room.
    pub(super) fn put(&self, at: Time, message: Message) -> Arc<Sent> {
        let mut held = self.held();
        held.last += 1;
        let sent = Arc::new(Sent { id: held.last, at, message });
        held.octets += sent.octets();
        held.messages.push_back(sent.clone());
        while held.messages.len() > MOST || held.octets > MOST_OCTETS {
            let Some(gone) = held.messages.pop_front() else { break };
            held.octets -= gone.octets();
        }
        drop(held);
        self.last.send_replace(sent.id);
        sent
    }

    /// Those that `wanted` picks, the oldest first.
    pub fn list(&self, wanted: impl Fn(&Sent) -> bool) -> Vec<Arc<Sent>> {
        self.held().messages.iter().filter(|sent| wanted(sent)).cloned().collect()
    }

    pub fn clear(&self) {
        let mut held = self.held();
        held.messages.clear();
        held.octets = 0;
    }

    /// Tells whoever waits for more.
    pub fn changes(&self) -> &watch::Sender<u64> {
        &self.last
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        // Every change under the lock is whole.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sent {
    fn octets(&self) -> usize {
        let Message { means: _, to, subject, text, html, code, links } = &self.message;
        let optional = [subject, html, code].into_iter().flatten();
        let all = [to, text].into_iter().chain(optional).chain(links);
        all.map(String::len).sum::<usize>() + OF_A_MESSAGE
    }
}

/// Messages that an environment keeps.
pub const MOST: usize = 1000;
/// Octets that they take.
pub const MOST_OCTETS: usize = 4 * 1024 * 1024;
const OF_A_MESSAGE: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: String) -> Message {
        let (subject, html, code) = (Some("s".into()), None, None);
        Message { means: Means::Email, to: "ada@example.com".into(), subject, text, html, code, links: Vec::new() }
    }

    #[test]
    fn the_oldest_go_where_there_is_no_room() {
        let outbox = Outbox::default();
        let now = Time::from_secs(1);
        for _ in 0..=MOST {
            outbox.put(now, message("t".into()));
        }
        let found = outbox.list(|_| true);
        assert_eq!((found.len(), found[0].id), (MOST, 2));
        for _ in 0..3 {
            outbox.put(now, message("t".repeat(MOST_OCTETS / 2)));
        }
        assert_eq!(outbox.list(|_| true).len(), 1);
        outbox.clear();
        assert!(outbox.list(|_| true).is_empty());
        assert_eq!(outbox.put(now, message("t".into())).id, MOST as u64 + 5);
    }
}
