//! Passwords: argon2id on a few threads of lower priority, so that sign-ons never starve the token endpoint, nor tokens the sign-ons.
//!
//! Each thread has one block of memory while passwords wait. Those who wait take turns ([`queue`]), and there is a bound to them: a flood of
//! sign-ons is told to come back instead of filling the memory (OWASP password storage; RFC 9106 §4). Hashes that other systems
//! made (`{BCRYPT}…`) are checked here too, until their user signs on and they are hashed anew.

mod foreign;
mod former;
mod phc;
mod queue;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use admission::{Bounds, Claim, Level};
use argon2::Block;
use protocol::ctx::Entropy;
use protocol::name::password_text;
use protocol::refusal::{Reason, Refused};
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use crate::background::{self, Niceness};
use crate::failure::{Failure, unreadable};
use crate::world::SharedWorld;
use foreign::{Foreign, Text};
pub use former::judge;
use phc::Encoded;
use queue::Queue;

/// The threads that hash. They end when it is dropped.
pub struct Passwords {
    queue: Arc<Queue>,
    taken: AtomicU64,
    world: SharedWorld,
}

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    pub right: bool,
    /// Tells one wrong password of the user from another, and is as hard to guess it from as the stored hash is. None for the
    /// right one, and for a text that can be no password.
    pub print: Option<String>,
}

/// What came in the place of a new password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Brought {
    /// The password itself.
    Password,
    /// A hash that [`Passwords::check`] can check: it is kept as it is.
    Hash,
    /// A hash that is of no known kind, or would cost too much.
    Unreadable,
}

/// One password and what to hash it with.
struct Job {
    claim: Claim,
    password: Zeroizing<String>,
    with: Work,
    done: oneshot::Sender<Result<Option<Vec<u8>>, Level>>,
}

#[derive(Clone)]
enum Work {
    Own(Encoded),
    Foreign(Foreign),
}

impl std::fmt::Debug for Passwords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Passwords").field("queue", &self.queue).field("taken", &self.taken).finish_non_exhaustive()
    }
}

impl Drop for Passwords {
    fn drop(&mut self) {
        self.queue.end();
    }
}

impl Passwords {
    /// As many threads as there are cores but one, and one at least; and as many that help where somebody has waited too long.
    pub fn new(world: SharedWorld, bounds: Bounds) -> Self {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let queue = Arc::new(Queue::new(bounds));
        for number in 0..cores.saturating_sub(1).max(1) {
            let (own, helping) = (Arc::clone(&queue), Arc::clone(&queue));
            background::thread(&format!("password-{number}"), Niceness::THIRD, move || work(&own, Queue::next));
            background::thread(&format!("password-help-{number}"), Niceness::NONE, move || {
                work(&helping, Queue::next_that_waited);
            });
        }
        Self { queue, taken: AtomicU64::new(0), world }
    }

    /// Whether `password` is the one that `hash` was made of. Where there is none it takes as long and never is.
    ///
    /// # Errors
    /// [`Reason::PasswordHashBusy`] (503) when too many of whoever claims this wait; [`Failure::Unavailable`], as late as any other
    /// answer, for a hash that a newer process made: whether it is right, that one knows.
    pub async fn check(&self, claim: Claim, hash: &str, password: &str) -> Result<Checked, Failure> {
        let text = password_text(password);
        let known = Work::read(hash);
        let checks = known.is_some() && text.is_ok();
        let strange = known.is_none() && !hash.is_empty();
        let with = known.unwrap_or_else(|| Work::Own(Encoded::dummy()));
        let expected = with.expected().to_vec();
        // RFC 8265 §4.2: what is no password is none of this server's; it costs the same to say so.
        let text = text.unwrap_or_else(|_| Zeroizing::new(String::new()));
        let found = self.compute(claim, text, with).await?.filter(|_| checks).map(Zeroizing::new);
        if strange {
            return Err(unreadable("a password hash"));
        }
        let Some(found) = found else { return Ok(Checked::default()) };
        let right = jose::digest::eq(&found, &expected);
        Ok(Checked { right, print: (!right).then(|| print(&found)) })
    }

    /// Takes as long as [`Passwords::check`] does, for a user who does not exist or has no password.
    pub async fn dummy_check(&self, claim: Claim, password: &str) -> Result<(), Failure> {
        self.check(claim, "", password).await.map(|_| ())
    }

    /// How many wait.
    pub fn waiting(&self) -> usize {
        self.queue.waiting()
    }

    /// How many were told to come back by a bound of this kind.
    pub fn turned_away(&self, by: Level) -> u64 {
        self.queue.turned_away(by)
    }

    /// Who was told to come back most, and how often.
    pub fn most_turned_away(&self) -> Vec<(Claim, u64)> {
        self.queue.most_turned_away()
    }

    /// How many hashes were taken on so far: refusals that must look alike cost the same number (PW-01).
    pub fn taken(&self) -> u64 {
        self.taken.load(Ordering::Relaxed)
    }

    /// Hashes a new password with today's parameters, as a PHC string.
    ///
    /// # Errors
    /// 400 for text that cannot be a password (RFC 8265 §4.2), 503 when too many wait.
    pub async fn hash(&self, claim: Claim, entropy: &dyn Entropy, password: &str) -> Result<String, Failure> {
        let text = taken(password)?;
        let mut salt = [0; phc::SALT];
        entropy.fill(&mut salt);
        let with = Encoded::today(salt.to_vec());
        let hash = self.compute(claim, text, Work::Own(with.clone())).await?.ok_or(Failure::Bug("argon2"))?;
        Ok(with.with_hash(hash).to_string())
    }

    /// A hash of so little work that thousands are made at once: of people of a developer's server. It is dated from the beginning, so
    /// that their first sign-on makes another.
    ///
    /// # Errors
    /// 400 as for [`Passwords::hash`].
    pub fn slight(entropy: &dyn Entropy, password: &str) -> Result<String, Failure> {
        let text = taken(password)?;
        let mut salt = [0; phc::SALT];
        entropy.fill(&mut salt);
        let with = Encoded::slight(salt.to_vec());
        let hash = argon2(&with, text.as_bytes(), &mut Vec::new()).ok_or(Failure::Bug("argon2"))?;
        Ok(with.with_hash(hash).to_string())
    }

    /// Whether a hash was made with other parameters than today's, or by another system.
    pub fn is_dated(hash: &str) -> bool {
        match Work::read(hash) {
            Some(Work::Own(known)) => !known.is_today(),
            Some(Work::Foreign(_)) => true,
            None => false,
        }
    }

    /// What an administrator brings as somebody's password: itself, or what another system made of it.
    pub fn brought(text: &str) -> Brought {
        match Text::read(text) {
            Text::Plain => Brought::Password,
            Text::Own(_) | Text::Foreign(_) => Brought::Hash,
            Text::Refused => Brought::Unreadable,
        }
    }

    async fn compute(&self, claim: Claim, password: Zeroizing<String>, with: Work) -> Result<Option<Vec<u8>>, Failure> {
        self.taken.fetch_add(1, Ordering::Relaxed);
        if let Work::Own(own) = &with
            && let Some(hash) = self.world.hash(password.as_bytes(), &own.salt, own.hash.len())
        {
            return Ok(Some(admission::aside(hash).await));
        }
        let (done, waiting) = oneshot::channel();
        self.queue.join(claim, Job { claim, password, with, done });
        // Nobody who waits here keeps the seat of a request.
        let outcome = admission::aside(waiting).await.map_err(|_| Failure::Bug("a password thread ended"))?;
        outcome.map_err(busy)
    }
}

/// What can be a password.
fn taken(password: &str) -> Result<Zeroizing<String>, Failure> {
    password_text(password).map_err(|error| {
        Refused::new(Reason::NewPasswordRefused, "a password (RFC 8265 §4.2)", error.to_string()).into()
    })
}

fn busy(by: Level) -> Failure {
    let expected = match by {
        Level::Source | Level::Net => "fewer waiting sign-ons from one address",
        Level::Environment => "fewer waiting sign-ons of one environment",
        Level::All => "fewer waiting sign-ons",
    };
    let mut refused = Refused::new(Reason::PasswordHashBusy, expected, "one more");
    refused.retry_after = Some(RETRY_SECONDS);
    refused.into()
}

fn work(queue: &Queue, next: impl Fn(&Queue, &mut Vec<Block>) -> Option<Job>) {
    let mut memory = Vec::new();
    while let Some(job) = next(queue, &mut memory) {
        // Whoever asked may have gone; then nobody pays for the answer.
        if !job.done.is_closed() {
            let hash = compute(&job, &mut memory);
            let _ = job.done.send(Ok(hash));
        }
    }
}

fn compute(job: &Job, memory: &mut Vec<Block>) -> Option<Vec<u8>> {
    let password = job.password.as_bytes();
    match &job.with {
        Work::Own(with) => argon2(with, password, memory),
        Work::Foreign(with) => {
            if with.is_fast() {
                // PW-01: nobody is told by the time it takes from a user whose hash is this server's, or from none.
                let _ = argon2(&Encoded::dummy(), password, memory);
            }
            Some(with.compute(password))
        }
    }
}

fn argon2(with: &Encoded, password: &[u8], memory: &mut Vec<Block>) -> Option<Vec<u8>> {
    let argon2 = with.argon2()?;
    let blocks = argon2.params().block_count();
    if memory.len() < blocks {
        memory.resize(blocks, Block::default());
    }
    let mut hash = vec![0; with.hash.len()];
    let memory = &mut memory[..blocks];
    argon2.hash_password_into_with_memory(password, &with.salt, &mut hash, memory).ok()?;
    Some(hash)
}

impl Work {
    /// None for what was never a hash, and for one that this version does not compute.
    fn read(hash: &str) -> Option<Self> {
        match Text::read(hash) {
            Text::Own(own) => Some(Self::Own(own)),
            Text::Foreign(foreign) => Some(Self::Foreign(foreign)),
            Text::Plain | Text::Refused => None,
        }
    }

    fn expected(&self) -> &[u8] {
        match self {
            Self::Own(own) => &own.hash,
            Self::Foreign(foreign) => foreign.expected(),
        }
    }
}

/// Half of the octets that a hash would need to be one: enough to tell some wrong passwords of one user apart.
fn print(found: &[u8]) -> String {
    let hash = jose::digest::sha256(&[b"wrong password:".as_slice(), found].concat());
    jose::b64::encode(&hash[..8])
}

const RETRY_SECONDS: u64 = 2;

#[cfg(test)]
mod tests;
