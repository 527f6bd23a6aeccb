//! Private keys made ahead of need, so that no request waits until two primes are found.
//!
//! An RSA key takes a tenth of a second of a core, and now and then several; all others take less than a request does and
//! are made where they are needed. One thread of low priority makes the RSA keys. Who finds none ready waits in line: the
//! thread serves the line first, in order, and fills the pool when nobody waits. A key in the pool belongs to nobody; it is
//! named and sealed when an environment takes it.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use jose::{Alg, SigningKey};
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use crate::background::Niceness;
use crate::failure::Failure;

/// PKCS #8. The same for every algorithm of RSA.
pub(crate) type Private = Zeroizing<Vec<u8>>;

/// The pool and its thread, which begins with the first need and ends when the pool is dropped.
#[derive(Debug, Default)]
pub struct KeyPool {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    wanted: Condvar,
}

#[derive(Default)]
struct State {
    ready: VecDeque<Private>,
    /// Those who wait, each with the bits that are wanted. None of the usual ones is ready while somebody waits for it.
    line: VecDeque<(u32, oneshot::Sender<Result<Private, Failure>>)>,
    /// How many are kept ready.
    ahead: usize,
    running: bool,
    closed: bool,
}

impl KeyPool {
    /// Begins to keep keys ready. Returns at once.
    pub fn make_ahead(&self) {
        let mut state = self.shared.lock();
        state.ahead = AHEAD;
        self.shared.work(state);
    }

    /// A private key for `alg` that nobody else has. Those who must wait are served in the order in which they came.
    ///
    /// # Errors
    /// [`Failure::Unavailable`] when [`LONGEST_LINE`] wait already; [`Failure::Bug`] when no key could be made, or the thread
    /// ended. Whoever comes next starts it again.
    pub async fn take(&self, alg: Alg) -> Result<Private, Failure> {
        if alg.is_rsa() { self.take_rsa(USUAL).await } else { generate(alg) }
    }

    /// A private key for `alg` that nobody else has, where one is ready: RSA keys may be made ahead, the others are made at once.
    ///
    /// # Errors
    /// As for [`KeyPool::take`].
    pub fn ready(&self, alg: Alg) -> Result<Option<Private>, Failure> {
        if !alg.is_rsa() {
            return generate(alg).map(Some);
        }
        let mut state = self.shared.lock();
        let found = state.ready.pop_front();
        self.shared.work(state);
        Ok(found)
    }

    /// The same of an RSA key of so many bits. Those of unusual length are made when they are wanted, behind whoever came before.
    ///
    /// # Errors
    /// As for [`KeyPool::take`].
    pub async fn take_rsa(&self, bits: u32) -> Result<Private, Failure> {
        let waiting = {
            let mut state = self.shared.lock();
            let found = if bits == USUAL { state.ready.pop_front() } else { None };
            if found.is_none() && state.line.len() >= LONGEST_LINE {
                tracing::warn!("too many wait for a signing key");
                return Err(Failure::Unavailable);
            }
            let (give, waiting) = oneshot::channel();
            if found.is_none() {
                state.line.push_back((bits, give));
            }
            self.shared.work(state);
            if let Some(found) = found {
                return Ok(found);
            }
            waiting
        };
        admission::aside(waiting).await.unwrap_or(Err(Failure::Bug("the thread that makes keys ended")))
    }
}

impl Drop for KeyPool {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.wanted.notify_one();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes the thread, and starts it where there is none.
    fn work(self: &Arc<Self>, mut state: MutexGuard<'_, State>) {
        if state.running {
            self.wanted.notify_one();
        } else if state.is_wanting() {
            state.running = true;
            let running = Running(self.clone());
            // Without the lock: where no thread can be started, `running` ends here.
            drop(state);
            crate::background::thread("signing-keys", Niceness::TENTH, move || running.work());
        }
    }

    fn run(&self) {
        loop {
            let state = self.wanted.wait_while(self.lock(), |state| !state.closed && !state.is_wanting());
            if state.unwrap_or_else(PoisonError::into_inner).closed {
                return;
            }
            let bits = self.lock().line.front().map_or(USUAL, |(bits, _)| *bits);
            let made = SigningKey::generate_rsa(Alg::Rs256, bits).map(|key| key.pkcs8().clone());
            self.lock().place(bits, made.map_err(|_| Failure::Bug("key generation")));
        }
    }
}

/// The thread while there is one. However it ends, nobody waits for it any longer.
struct Running(Arc<Shared>);

impl Running {
    fn work(&self) {
        self.0.run();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.running = false;
        state.line.clear();
    }
}

impl State {
    fn is_wanting(&self) -> bool {
        !self.line.is_empty() || self.ready.len() < self.ahead
    }

    /// To the first who still waits for one of so many bits, else into the pool.
    fn place(&mut self, bits: u32, mut made: Result<Private, Failure>) {
        while let Some(at) = self.line.iter().position(|(wanted, _)| *wanted == bits) {
            let Some((_, first)) = self.line.remove(at) else { break };
            match first.send(made) {
                Ok(()) => return,
                Err(back) => made = back,
            }
        }
        if bits != USUAL {
            return;
        }
        match made {
            Ok(key) if self.ready.len() < AHEAD => self.ready.push_back(key),
            Ok(_) => {}
            Err(failure) => {
                // Not again and again: until the next start somebody waits for each.
                tracing::error!(?failure, "no signing key could be made");
                self.ahead = 0;
            }
        }
    }
}

/// Shows how many, never a key.
impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State")
            .field("ready", &self.ready.len())
            .field("line", &self.line.len())
            .finish_non_exhaustive()
    }
}

fn generate(alg: Alg) -> Result<Private, Failure> {
    SigningKey::generate(alg).map(|key| key.pkcs8().clone()).map_err(|_| Failure::Bug("key generation"))
}

/// Bits of an RSA key that nobody asked to be longer.
pub(crate) const USUAL: u32 = 2048;
/// Two seconds' work; two kilobytes each.
const AHEAD: usize = 16;
/// What one thread makes within a minute or two.
const LONGEST_LINE: usize = 512;

#[cfg(test)]
mod tests;
