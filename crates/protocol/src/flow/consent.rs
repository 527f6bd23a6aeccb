//! Decides where consent stands in a flow: after the sign-on, and before anything is given for it.

use crate::audit::{Actor, Event};
use crate::change::Change;
use crate::ctx::Ctx;

use super::step::{forgotten, moved};
use super::{Flow, State, Stepped};

impl Flow {
    /// The same flow, completed, where its person need not be asked; else it waits for them.
    #[must_use]
    pub fn asking(self, needed: bool) -> Self {
        match self.state {
            State::Completed { user, session } if needed => {
                Self { state: State::ConsentRequired { user, session }, ..self }
            }
            _ => self,
        }
    }
}

impl Stepped {
    /// The same transition, where its person must be asked before the flow is complete.
    #[must_use]
    pub fn asking(mut self, needed: bool) -> Self {
        self.flow = self.flow.asking(needed);
        for change in &mut self.changes {
            if let Change::UpdateFlow(flow) = change {
                **flow = self.flow.clone();
            }
        }
        self
    }
}

/// The person's answer. Whoever does not allow it has turned away from the application, and stays signed on.
pub(super) fn answer(flow: &Flow, allowed: bool, event: Event, ctx: &Ctx<'_>) -> Stepped {
    let event = match flow.state.user() {
        Some(user) => event.by(Actor::User(user)),
        None => event,
    };
    let answered = |flow: Flow| Flow { consented: Some(allowed), ..flow };
    match flow.state {
        State::ConsentRequired { user, session } if allowed => {
            moved(&answered(flow.clone()), State::Completed { user, session }, event.noting("consent given"), ctx)
        }
        _ => moved(&answered(forgotten(flow)), State::Cancelled, event.noting("consent denied"), ctx),
    }
}
