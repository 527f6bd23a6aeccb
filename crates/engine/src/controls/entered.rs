//! Requests that are under way in environments that nobody controls yet: whoever begins to, and takes one back, waits for them.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use protocol::id::EnvironmentId;
use tokio::sync::watch;

/// How many there are of each environment; of one that has none there is no entry.
#[derive(Debug, Default)]
pub struct Entered {
    numbers: Mutex<HashMap<EnvironmentId, usize>>,
    /// Tells whenever the last of an environment ended.
    left: watch::Sender<()>,
}

/// One request. It ends when this is dropped.
#[derive(Debug)]
pub struct Entry<'a> {
    all: &'a Entered,
    environment: EnvironmentId,
}

impl Entered {
    /// Notes a request before anybody looks whether its environment is controlled: so it either sees that, or is waited for.
    pub(super) fn enter(&self, environment: EnvironmentId) -> Entry<'_> {
        *self.numbers().entry(environment).or_default() += 1;
        Entry { all: self, environment }
    }

    /// Waits until none of the environment is under way.
    pub(super) async fn end(&self, environment: EnvironmentId) {
        let mut left = self.left.subscribe();
        while self.numbers().contains_key(&environment) {
            // The sender is this value's own.
            let _ = left.changed().await;
        }
    }

    fn numbers(&self) -> MutexGuard<'_, HashMap<EnvironmentId, usize>> {
        // Every change under the lock is whole.
        self.numbers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        let mut numbers = self.all.numbers();
        let Some(number) = numbers.get_mut(&self.environment) else { return };
        *number -= 1;
        if *number == 0 {
            numbers.remove(&self.environment);
            drop(numbers);
            self.all.left.send_replace(());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;
    use uuid::Uuid;

    use super::*;

    #[tokio::test]
    async fn whoever_waits_waits_for_the_last_of_an_environment_alone() {
        let entered = Entered::default();
        let [own, other] = [1, 2].map(|number| EnvironmentId::new(Uuid::from_u128(number)));
        let ends = async || timeout(Duration::from_millis(20), entered.end(own)).await.is_ok();
        let _elsewhere = entered.enter(other);
        assert!(ends().await);
        let (first, second) = (entered.enter(own), entered.enter(own));
        drop(first);
        assert!(!ends().await);
        let waiting = entered.end(own);
        let leaving = async { drop(second) };
        tokio::join!(waiting, leaving);
        assert!(ends().await);
    }
}
