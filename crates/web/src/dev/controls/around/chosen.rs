//! A choice that a request took. It is there for the next one where the request did not come to it: it was refused before, made no
//! token, or its client went away while it was worked on.

use std::sync::Arc;

use engine::controls::Control;
use engine::controls::next::{Forced, Taken};
use engine::controls::place::Place;

pub(super) struct Chosen {
    control: Arc<Control>,
    pub(super) id: u64,
    pub(super) forced: Forced,
    /// None once it was used.
    taken: Option<Taken>,
}

impl Chosen {
    pub(super) fn take(control: &Arc<Control>, place: Place, client: Option<&str>) -> Option<Self> {
        let taken = control.next.take(place, client)?;
        Some(Self { control: control.clone(), id: taken.id, forced: taken.forced.clone(), taken: Some(taken) })
    }

    pub(super) fn used(mut self) {
        self.taken = None;
    }
}

impl Drop for Chosen {
    fn drop(&mut self) {
        if let Some(taken) = self.taken.take() {
            self.control.next.give_back(taken);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A client that goes away drops the request, and what was chosen is for the next one.
    #[test]
    fn what_was_not_used_is_there_again() {
        let control = Arc::new(Control::default());
        control.next.add(Place::Token, None, 1, Forced::Drop).unwrap();
        drop(Chosen::take(&control, Place::Token, None).unwrap());
        let again = Chosen::take(&control, Place::Token, None).unwrap();
        assert!(Chosen::take(&control, Place::Token, None).is_none());
        again.used();
        assert!(Chosen::take(&control, Place::Token, None).is_none());
    }
}
