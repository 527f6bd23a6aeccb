//! Decides where consent stands in a flow: after the sign-on, and before anything is given for it.

use crate::audit::{Action, Actor, Event, Kind};
use crate::change::Change;
use crate::consent::{Will, give, needed};
use crate::ctx::Ctx;

use super::step::{forgotten, moved};
use super::{Flow, Purpose, State, Stepped};

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
    /// The same transition by what is known of its person's will: what they allow with it is kept with it, and where they must be asked
    /// the flow is not complete before they were.
    #[must_use]
    pub fn willed(mut self, will: Will<'_>, ctx: &Ctx<'_>) -> Self {
        let State::Completed { user, .. } = self.flow.state else { return self };
        let Purpose::Code(request) = &self.flow.purpose;
        let (will, environment) = (will.in_flow(&self.flow), self.flow.environment);
        if will.answered {
            let event = Event::new(Some(environment), ctx.now, ctx.correlation, Action::ConsentGiven);
            let event = event.by(Actor::User(user)).on(Kind::Consent, request.application.uuid());
            let event = Event { application: Some(request.application), ..event };
            self.changes.push(give(request, will, (environment, user), ctx));
            self.changes.push(Change::Record(Box::new(event)));
        }
        // Of whom it is not for nothing is asked: they are refused when the flow is answered.
        let needed = will.admit().is_ok() && needed(request, will);
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
