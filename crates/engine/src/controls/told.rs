//! What happens in all environments, for who listens. Who reads too slowly misses some, and learns how many.

use std::sync::Arc;

use protocol::id::EnvironmentId;
use tokio::sync::broadcast::{Receiver, Sender, channel};

use super::outbox::Sent;
use super::recorder::Recorded;

/// Something that happened in an environment.
#[derive(Clone, Debug)]
pub enum Told {
    Request(EnvironmentId, Arc<Recorded>),
    Message(EnvironmentId, Arc<Sent>),
    /// Its clock was set.
    Clock(EnvironmentId),
}

/// Where it is told.
#[derive(Debug)]
pub struct Events {
    sender: Sender<Told>,
}

impl Default for Events {
    fn default() -> Self {
        Self { sender: channel(QUEUE).0 }
    }
}

impl Events {
    pub fn tell(&self, told: Told) {
        // Nobody listens: nobody misses it.
        let _ = self.sender.send(told);
    }

    pub fn listen(&self) -> Receiver<Told> {
        self.sender.subscribe()
    }

    /// How many listen.
    pub fn listeners(&self) -> usize {
        self.sender.receiver_count()
    }
}

/// What is kept for the slowest.
pub const QUEUE: usize = 1024;
