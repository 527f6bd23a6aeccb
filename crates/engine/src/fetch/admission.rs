//! How many requests are under way: few for an environment, and more in all than any few environments can use.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use protocol::id::EnvironmentId;
use tokio::sync::oneshot;

#[derive(Debug, Default)]
pub(super) struct Admission {
    room: Arc<Mutex<Room>>,
}

#[derive(Debug, Default)]
struct Room {
    taken: usize,
    /// Of the environments that have a request under way: how many.
    by: HashMap<EnvironmentId, usize>,
    /// Those who wait, in the order in which they came.
    line: VecDeque<(EnvironmentId, oneshot::Sender<Admitted>)>,
}

/// Room for one request, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Admitted {
    room: Arc<Mutex<Room>>,
    environment: EnvironmentId,
}

impl Admission {
    /// Waits in turn, behind nobody but who could be let in as well; the caller bounds the time.
    pub(super) async fn enter(&self, environment: EnvironmentId) -> Admitted {
        let turn = {
            let mut room = lock(&self.room);
            if room.has_some_for(environment) {
                return self.admit(&mut room, environment);
            }
            let (give, turn) = oneshot::channel();
            room.line.push_back((environment, give));
            turn
        };
        match turn.await {
            Ok(admitted) => admitted,
            // The line is never cut.
            Err(_) => self.admit(&mut lock(&self.room), environment),
        }
    }

    fn admit(&self, room: &mut Room, environment: EnvironmentId) -> Admitted {
        room.take(environment);
        Admitted { room: self.room.clone(), environment }
    }
}

impl Room {
    /// The last part of the room is for environments that have nothing under way.
    fn has_some_for(&self, environment: EnvironmentId) -> bool {
        match self.by.get(&environment) {
            None => self.taken < ALL,
            Some(own) => *own < EACH && self.taken < ALL - RESERVED,
        }
    }

    fn take(&mut self, environment: EnvironmentId) {
        self.taken += 1;
        *self.by.entry(environment).or_default() += 1;
    }

    fn give_back(&mut self, environment: EnvironmentId) {
        self.taken -= 1;
        if let Some(own) = self.by.get_mut(&environment) {
            *own -= 1;
            if *own == 0 {
                self.by.remove(&environment);
            }
        }
    }

    /// The first who still waits and may be let in now.
    fn next(&mut self) -> Option<(EnvironmentId, oneshot::Sender<Admitted>)> {
        self.line.retain(|(_, waits)| !waits.is_closed());
        let place = self.line.iter().position(|(environment, _)| self.has_some_for(*environment))?;
        let first = self.line.remove(place)?;
        self.take(first.0);
        Some(first)
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        let mut next = {
            let mut room = lock(&self.room);
            room.give_back(self.environment);
            room.next()
        };
        while let Some((environment, waits)) = next {
            // Who left a moment ago gives it back by this very way: the lock is not held here.
            let _ = waits.send(Admitted { room: self.room.clone(), environment });
            next = lock(&self.room).next();
        }
    }
}

fn lock(room: &Mutex<Room>) -> MutexGuard<'_, Room> {
    // Every change under the lock is whole.
    room.lock().unwrap_or_else(PoisonError::into_inner)
}

const EACH: usize = 8;
const ALL: usize = 64;
const RESERVED: usize = 16;

#[cfg(test)]
mod tests {
    use std::pin::{Pin, pin};
    use std::task::{Context, Poll, Waker};

    use uuid::Uuid;

    use super::*;

    fn environment(number: usize) -> EnvironmentId {
        EnvironmentId::new(Uuid::from_u128(number as u128))
    }

    fn now<T>(waiting: Pin<&mut impl Future<Output = T>>) -> Option<T> {
        match waiting.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(ready) => Some(ready),
            Poll::Pending => None,
        }
    }

    #[tokio::test]
    async fn one_environment_cannot_use_all_the_room() {
        let admission = Admission::default();
        let (greedy, other) = (environment(1), environment(2));
        let mut held = Vec::new();
        for _ in 0..EACH {
            held.push(admission.enter(greedy).await);
        }
        let mut waiting = pin!(admission.enter(greedy));
        assert!(now(waiting.as_mut()).is_none());
        drop(now(pin!(admission.enter(other))).unwrap());
        held.pop();
        drop(now(waiting.as_mut()).unwrap());
        drop(held);
        drop(now(pin!(admission.enter(other))).unwrap());
        let room = lock(&admission.room);
        assert_eq!((room.taken, room.by.len(), room.line.len()), (0, 0, 0), "those without a request are forgotten");
    }

    #[tokio::test]
    async fn those_who_have_much_under_way_leave_room_for_a_newcomer() {
        let admission = Admission::default();
        let mut all: Vec<_> = (0..ALL).map(|number| Box::pin(admission.enter(environment(number / EACH)))).collect();
        let mut held = Vec::new();
        all.retain_mut(|one| {
            now(one.as_mut()).is_none_or(|admitted| {
                held.push(admitted);
                false
            })
        });
        for newcomer in 100..108 {
            held.push(now(pin!(admission.enter(environment(newcomer)))).unwrap());
            assert!(now(pin!(admission.enter(environment(newcomer)))).is_none(), "one each");
        }
        drop(held);
        let served = all.iter_mut().filter_map(|one| now(one.as_mut())).count();
        assert!(served > 0, "who waited is let in");
    }

    #[tokio::test]
    async fn who_left_the_line_takes_no_room() {
        let admission = Admission::default();
        let mut held = Vec::new();
        for _ in 0..EACH {
            held.push(admission.enter(environment(1)).await);
        }
        let mut gone = Box::pin(admission.enter(environment(1)));
        let mut second = pin!(admission.enter(environment(1)));
        assert!(now(gone.as_mut()).is_none() && now(second.as_mut()).is_none());
        held.pop();
        // Let in, but never looked.
        drop(gone);
        assert!(now(second.as_mut()).is_some());
        drop(held);
    }
}
