//! How many requests are under way: few for an environment, and more in all than any one can use.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use protocol::id::EnvironmentId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

#[derive(Debug)]
pub(super) struct Admission {
    all: Arc<Semaphore>,
    /// Of those that have a request under way or waiting.
    each: Mutex<HashMap<EnvironmentId, Arc<Semaphore>>>,
}

/// Room for one request, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Admitted {
    _own: Option<OwnedSemaphorePermit>,
    _of_all: Option<OwnedSemaphorePermit>,
}

impl Default for Admission {
    fn default() -> Self {
        Self { all: Arc::new(Semaphore::new(ALL)), each: Mutex::default() }
    }
}

impl Admission {
    /// Waits in turn. The environment's own turn comes first, so that only [`EACH`] of its requests ever stand in the
    /// common line; the caller bounds the time.
    pub(super) async fn enter(&self, environment: EnvironmentId) -> Admitted {
        let own = {
            let mut each = self.each.lock().unwrap_or_else(PoisonError::into_inner);
            each.retain(|_, one| Arc::strong_count(one) > 1);
            each.entry(environment).or_insert_with(|| Arc::new(Semaphore::new(EACH))).clone()
        };
        // Neither is ever closed.
        let own = own.acquire_owned().await.ok();
        Admitted { _own: own, _of_all: self.all.clone().acquire_owned().await.ok() }
    }
}

const EACH: usize = 8;
const ALL: usize = 64;

#[cfg(test)]
mod tests {
    use std::future::Future as _;
    use std::pin::pin;
    use std::task::{Context, Waker};

    use uuid::Uuid;

    use super::*;

    #[tokio::test]
    async fn one_environment_cannot_use_all_the_room() {
        let admission = Admission::default();
        let (greedy, other) = (EnvironmentId::new(Uuid::from_u128(1)), EnvironmentId::new(Uuid::from_u128(2)));
        let mut held = Vec::new();
        for _ in 0..EACH {
            held.push(admission.enter(greedy).await);
        }
        let mut waiting = pin!(admission.enter(greedy));
        let mut context = Context::from_waker(Waker::noop());
        assert!(waiting.as_mut().poll(&mut context).is_pending());
        drop(admission.enter(other).await);
        held.pop();
        drop(waiting.await);
        drop(held);
        drop(admission.enter(other).await);
        assert_eq!(admission.each.lock().unwrap().len(), 1, "those without a request are forgotten");
    }
}
