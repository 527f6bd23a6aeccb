//! An audit event as it is read back.

use uuid::Uuid;

use crate::audit::Event;
use crate::id::ActivityId;
use crate::refusal::Row;

/// An event, with the names in it that this version does not know: a newer one may write to the same database.
#[derive(Clone, Debug, PartialEq)]
pub struct Activity {
    pub id: ActivityId,
    pub event: Event,
    pub foreign: Foreign,
}

/// What a newer version stored. Where one is there, the member of the event only stands in for it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Foreign {
    pub action: Option<String>,
    pub reason: Option<String>,
    pub target: Option<(String, Uuid)>,
}

impl Activity {
    /// What was done, by its stored name.
    pub fn action(&self) -> &str {
        self.foreign.action.as_deref().unwrap_or(self.event.action.name())
    }

    /// Why it was refused, by its stored name; None where it succeeded.
    pub fn reason(&self) -> Option<&str> {
        let refusal = self.event.refusal.as_ref()?;
        Some(self.foreign.reason.as_deref().unwrap_or(refusal.reason.row().name))
    }

    /// What the table says of why it was refused; None where it succeeded, and for a reason that this version does not know.
    pub fn row(&self) -> Option<&'static Row> {
        let refusal = self.event.refusal.as_ref()?;
        self.foreign.reason.is_none().then(|| refusal.reason.row())
    }

    /// What it was about, by its stored name.
    pub fn target(&self) -> Option<(&str, Uuid)> {
        let foreign = self.foreign.target.as_ref().map(|(kind, id)| (kind.as_str(), *id));
        foreign.or_else(|| self.event.target.map(|target| (target.kind.name(), target.id)))
    }
}

impl From<Event> for Activity {
    fn from(event: Event) -> Self {
        Self { id: event.id, event, foreign: Foreign::default() }
    }
}
