//! The places of the request that is being answered: known to whatever the request asks for further on, and left while it waits.
//!
//! A request is *under way* from its beginning to its end, and has a *turn* while it uses the processor. Who waits for the
//! database uses none; who waits for what has a line of its own is not under way either.

use std::cell::RefCell;
use std::sync::Arc;

use crate::{Claim, Crowded, Gate, Place};

/// What a request holds, and whose it is.
#[derive(Debug)]
pub struct Seat {
    claim: Claim,
    under_way: Held,
    turn: Held,
}

/// A door, and the place behind it while there is one.
#[derive(Debug)]
struct Held {
    gate: Arc<Gate>,
    place: Option<Place>,
}

impl Seat {
    pub fn new(claim: Claim, under_way: Place, turn: Place) -> Self {
        Self { claim, under_way: Held::new(under_way), turn: Held::new(turn) }
    }
}

impl Held {
    fn new(place: Place) -> Self {
        Self { gate: Arc::clone(place.gate()), place: Some(place) }
    }

    /// In again without a wait: it is on its way out.
    fn again(&mut self, claim: Claim) {
        self.place = Some(self.gate.enter_again(claim));
    }
}

/// Does the work of a request in its seat.
pub fn seated<T>(seat: Seat, work: impl Future<Output = T>) -> impl Future<Output = T> {
    SEAT.scope(RefCell::new(seat), work)
}

/// Waits for something that has a line or a limit of its own, and leaves the seat meanwhile: who waits needs none.
pub async fn aside<T>(waiting: impl Future<Output = T>) -> T {
    with(|seat| (seat.turn.place.take(), seat.under_way.place.take()));
    let done = waiting.await;
    with(|seat| {
        seat.under_way.again(seat.claim);
        seat.turn.again(seat.claim);
    });
    done
}

/// Waits for what the client still sends, and comes through both doors again afterwards: nothing of its work is begun.
///
/// # Errors
/// [`Crowded`] as [`Gate::enter`].
pub async fn sending<T>(waiting: impl Future<Output = T>) -> Result<T, Crowded> {
    with(|seat| (seat.turn.place.take(), seat.under_way.place.take()));
    let done = waiting.await;
    let doors = with(|seat| (seat.claim, Arc::clone(&seat.under_way.gate), Arc::clone(&seat.turn.gate)));
    if let Some((claim, under_way, turns)) = doors {
        let under_way = under_way.enter(claim).await?;
        let turn = turns.enter(claim).await?;
        with(|seat| (seat.under_way.place, seat.turn.place) = (Some(under_way), Some(turn)));
    }
    Ok(done)
}

/// Waits for what the database, or somebody outside, is asked. The work is still to come: where there is no turn, whoever is ready
/// goes first. It does not stand in line: whoever has a turn may wait for what this request holds.
pub async fn reading<T>(waiting: impl Future<Output = T>) -> T {
    with(|seat| seat.turn.place.take());
    let done = waiting.await;
    let found = with(|seat| {
        seat.turn.place = seat.turn.gate.try_enter(seat.claim).ok();
        seat.turn.place.is_some()
    });
    if found == Some(false) {
        tokio::task::yield_now().await;
        with(|seat| seat.turn.again(seat.claim));
    }
    done
}

/// Waits for a commit, or for another request, and gives the turn to others meanwhile. The request is under way still, and on its way out.
pub async fn idle<T>(waiting: impl Future<Output = T>) -> T {
    with(|seat| seat.turn.place.take());
    let done = waiting.await;
    with(|seat| seat.turn.again(seat.claim));
    done
}

/// Whose request is being answered; this server's own outside of one.
pub fn asking() -> Claim {
    with(|seat| seat.claim).unwrap_or_default()
}

fn with<T>(change: impl FnOnce(&mut Seat) -> T) -> Option<T> {
    SEAT.try_with(|seat| change(&mut seat.borrow_mut())).ok()
}

tokio::task_local! {
    static SEAT: RefCell<Seat>;
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{Bounds, Seats};

    /// One seat of a source, and so many of it that may wait.
    fn gate(waiting: usize) -> Arc<Gate> {
        let seats = Seats { all: 9, reserved: 0, environment: 9, net: 9, source: 1 };
        let bounds = Bounds { all: 9, environment: 9, net: 9, source: waiting, alone: waiting };
        Gate::new(seats, bounds, Duration::from_secs(1))
    }

    fn claim() -> Claim {
        Claim { source: crate::Source::of([192, 0, 2, 1].into()), ..Claim::default() }
    }

    fn seat(under_way: &Arc<Gate>, turns: &Arc<Gate>) -> Seat {
        Seat::new(claim(), under_way.try_enter(claim()).unwrap(), turns.try_enter(claim()).unwrap())
    }

    /// F15: whoever sent its request piece by piece has waited for nobody, and does before it goes on.
    #[tokio::test]
    async fn whoever_was_still_sending_stands_in_line_again() {
        let (under_way, turns) = (gate(9), gate(9));
        let seat = seat(&under_way, &turns);
        let (whole, comes) = tokio::sync::oneshot::channel::<()>();
        let request = seated(seat, async {
            sending(comes).await.unwrap().unwrap();
            turns.taken()
        });
        let other = async {
            assert_eq!((under_way.taken(), turns.taken()), (0, 0));
            let turn = turns.try_enter(claim()).unwrap();
            whole.send(()).unwrap();
            while turns.waiting() == 0 {
                tokio::task::yield_now().await;
            }
            assert_eq!((under_way.taken(), turns.taken()), (1, 1));
            drop(turn);
        };
        let (taken, ()) = tokio::join!(request, other);
        assert_eq!(taken, 1);
        assert_eq!((under_way.taken(), turns.taken()), (0, 0));
    }
    /// F15: of those who send the end of their requests at the same time no more go on than wait for a place.
    #[tokio::test]
    async fn whoever_finds_the_line_full_is_told_to_come_back() {
        for (of_under_way, of_turns) in [(0, 9), (9, 0)] {
            let (under_way, turns) = (gate(of_under_way), gate(of_turns));
            let full = if of_under_way == 0 { &under_way } else { &turns };
            let request = seated(seat(&under_way, &turns), async {
                sending(async {
                    // Somebody takes the place meanwhile, and keeps it.
                    std::mem::forget(full.try_enter(claim()).unwrap());
                })
                .await
            });
            assert_eq!(request.await, Err(Crowded(crate::Level::Source)));
            assert_eq!((under_way.taken() + turns.taken(), full.taken()), (1, 1), "only theirs is taken");
        }
    }

    /// F15: whoever is ready goes first where there is no turn for what was read; and nobody waits for whoever waits for them.
    #[tokio::test]
    async fn whoever_has_read_lets_others_go_first() {
        let (under_way, turns) = (gate(9), gate(9));
        let order = std::sync::Mutex::new(Vec::new());
        let held = std::sync::Mutex::new(None);
        let read = seated(seat(&under_way, &turns), async {
            reading(async { *held.lock().unwrap() = Some(turns.try_enter(claim()).unwrap()) }).await;
            order.lock().unwrap().push("read");
            turns.taken()
        });
        let other = async { order.lock().unwrap().push("other") };
        let (taken, ()) = tokio::join!(read, other);
        assert_eq!((taken, order.into_inner().unwrap()), (2, vec!["other", "read"]));
    }
}
