//! From changes to statements, exhaustively: a change without its statements does not compile.
//!
//! A change may take several statements; the index of the one that lost is translated back to the change.

mod absence;
mod configuration;
mod consents;
mod counts;
mod filtered;
mod grants;
mod groups;
mod mailed;
mod objects;
mod roles;
mod sealed;
mod shown;
mod sign_on;
mod users;
mod values;

use protocol::audit::{Actor, Event};
use protocol::change::Change;
use protocol::id::EnvironmentId;
use protocol::model::Key;
use uuid::Uuid;

use crate::read::ByEnvironment;
use crate::shape::Shape;
use crate::{Dialect, Manner, Statement, Store, StoreError, Value};

impl Store {
    /// Commits all changes or none.
    ///
    /// # Errors
    /// [`StoreError::Lost`] with the index of the *change* whose guard did not hold, [`StoreError::Conflict`] with the name of
    /// the unique constraint, or why the database did not answer.
    pub async fn commit(&self, changes: Vec<Change>) -> Result<(), StoreError> {
        let written = filtered::written(&changes);
        if written.is_empty() {
            return self.commit_by(changes, ByEnvironment::new()).await.unwrap_or_else(|Outdated| Err(outdated()));
        }
        // Where users are written the filters of their groups are known, and may have changed: another process did, or knows it first.
        for attempt in 0..FILTERS_CHANGE {
            let filters = self.filters(&written, attempt > 0).await?;
            if let Ok(done) = self.commit_by(changes.clone(), filters).await {
                return done;
            }
        }
        Err(outdated())
    }

    /// The same by these filters of groups.
    async fn commit_by(
        &self,
        changes: Vec<Change>,
        filters: ByEnvironment,
    ) -> Result<Result<(), StoreError>, Outdated> {
        let (long, alone) = (changes.iter().any(touches_many), changes.iter().any(ends));
        let manner = Manner { proof: proof(&changes), long, alone };
        let held = filters.len();
        let Batch { statements, origins, .. } = Batch::by(self.dialect(), self.slot, changes, filters);
        match self.driver().commit_as(statements, manner).await {
            Err(StoreError::Lost { index }) if index < held => Err(Outdated),
            Err(StoreError::Lost { index }) => {
                Ok(Err(StoreError::Lost { index: origins.get(index).copied().unwrap_or(index) }))
            }
            done => Ok(done),
        }
    }
}

/// The filters are not what they were when it was decided by them.
struct Outdated;

fn outdated() -> StoreError {
    StoreError::Unavailable("the filters of groups changed again and again".to_owned())
}

/// How often a write of users is decided anew because a filter changed.
const FILTERS_CHANGE: usize = 8;

impl Store {
    /// Records events that tell of nothing else. The same ones can be handed over until it succeeds: those that are there are not
    /// recorded twice.
    pub async fn record(&self, events: &[Box<Event>]) -> Result<(), StoreError> {
        let Some(proof) = events.first().map(|event| found(event)) else { return Ok(()) };
        let mut batch = Batch::empty(self.dialect(), self.slot);
        for event in events {
            batch.record(event);
        }
        let manner = Manner { proof: Some(proof.clone()), ..Manner::default() };
        match self.driver().commit_as(batch.statements, manner).await {
            // All of them or none: they came in one commit before.
            Err(conflict @ StoreError::Conflict { .. }) => {
                if self.driver().read(proof).await?.is_empty() {
                    Err(conflict)
                } else {
                    Ok(())
                }
            }
            outcome => outcome,
        }
    }
}

/// Every event has an id of its own, and is committed with the changes that it tells of: where it is, they are.
fn proof(changes: &[Change]) -> Option<Statement> {
    let event = changes.iter().find_map(|change| match change {
        Change::Record(event) => Some(event),
        _ => None,
    })?;
    Some(found(event))
}

fn found(event: &Event) -> Statement {
    let sql = "SELECT 1 FROM activities WHERE environment_id = $1 AND id = $2";
    let environment = event.environment.map_or(Uuid::nil(), EnvironmentId::uuid);
    Statement::new(sql, vec![environment.into(), event.id.uuid().into()])
}

/// What ends with an environment, a population or a group is as much as there is.
fn touches_many(change: &Change) -> bool {
    matches!(change, Change::Remove(Key::Environment(..) | Key::Population(..) | Key::Group(..) | Key::Application(..)))
}

/// Whether it ends what hangs on something, whoever made it a moment ago.
fn ends(change: &Change) -> bool {
    match change {
        Change::EndSession(..)
        | Change::EndUserSessions(..)
        | Change::Remove(_)
        | Change::RevokeFamily { .. }
        | Change::WithdrawConsent { .. } => true,
        Change::SetPassword { end_families, .. } => *end_families,
        _ => false,
    }
}

/// The statements of a commit, and which change each came from.
pub(crate) struct Batch {
    dialect: Dialect,
    /// Which part of every counter this process writes.
    slot: i64,
    pub(crate) statements: Vec<Statement>,
    origins: Vec<usize>,
    change: usize,
    /// By which users are put into groups.
    filters: ByEnvironment,
}

impl Batch {
    #[cfg(test)]
    pub(crate) fn of(dialect: Dialect, slot: i64, changes: Vec<Change>) -> Self {
        Self::by(dialect, slot, changes, ByEnvironment::new())
    }

    /// The guards of the filters come first, one for each environment.
    pub(crate) fn by(dialect: Dialect, slot: i64, changes: Vec<Change>, filters: ByEnvironment) -> Self {
        let mut configured: Vec<EnvironmentId> = changes.iter().filter_map(Change::configures).collect();
        configured.sort_unstable();
        configured.dedup();
        let mut batch = Self::empty(dialect, slot);
        filtered::hold(&mut batch, &filters);
        batch.filters = filters;
        for (index, change) in changes.into_iter().enumerate() {
            batch.change = index;
            batch.add(change);
        }
        batch.raise_revisions(&configured);
        batch
    }

    pub(crate) fn empty(dialect: Dialect, slot: i64) -> Self {
        Self { dialect, slot, statements: Vec::new(), origins: Vec::new(), change: 0, filters: ByEnvironment::new() }
    }

    pub(crate) fn push(&mut self, statement: Statement) {
        self.statements.push(statement);
        self.origins.push(self.change);
    }

    fn extend(&mut self, statements: impl IntoIterator<Item = Statement>) {
        for statement in statements {
            self.push(statement);
        }
    }

    fn run(&mut self, sql: &'static str, values: Vec<Value>) {
        self.push(Statement::new(sql, values));
    }

    /// A statement that must change exactly one row: the guard.
    fn one(&mut self, sql: &'static str, values: Vec<Value>) {
        self.push(Statement::new(sql, values).one());
    }

    fn add(&mut self, change: Change) {
        let change = match change {
            Change::Put(object, guard) => return objects::write(self, *object, guard),
            Change::Remove(key) => return objects::remove(self, key),
            Change::Expect(key, version) => return objects::expect(self, key, version),
            Change::Require(key) => return objects::require(self, key.kind(), objects::key_values(key)),
            Change::Absent(absence) => return absence::add(self, absence),
            Change::KeepRole { role, organization, ending } => return roles::keep(self, role, organization, ending),
            change => change,
        };
        let Some(change) = configuration::add(self, change) else { return };
        let Some(change) = sealed::add(self, change) else { return };
        let Some(change) = users::add(self, change) else { return };
        let Some(change) = mailed::add(self, change) else { return };
        let Some(change) = groups::add(self, change) else { return };
        let Some(change) = sign_on::add(self, change) else { return };
        let Some(change) = consents::add(self, change) else { return };
        let Some(change) = shown::add(self, change) else { return };
        grants::add(self, change);
    }

    /// The counter of this process's slot: its row stays locked until the commit, so revisions of a slot become visible in their
    /// order and no reader passes one over.
    pub(crate) fn raise_revisions(&mut self, configured: &[EnvironmentId]) {
        if configured.is_empty() {
            return;
        }
        let slot = Value::from(self.slot);
        self.run(
            "INSERT INTO change_slots (slot, value, told) VALUES ($1, 1, 0) ON CONFLICT (slot) DO UPDATE SET value = change_slots.value + 1",
            vec![slot.clone()],
        );
        for environment in configured {
            self.run(
                "INSERT INTO changed_environments (slot, environment_id, revision) VALUES ($1, $2, (SELECT value FROM change_slots WHERE slot = $1))
                 ON CONFLICT (slot, environment_id) DO UPDATE SET revision = excluded.revision",
                vec![slot.clone(), environment.uuid().into()],
            );
        }
    }

    fn record(&mut self, event: &Event) {
        let (kind, actor) = match event.actor {
            Actor::Anonymous => ("ANONYMOUS", None),
            Actor::Application(id) => ("APPLICATION", Some(id.uuid())),
            Actor::System => ("SYSTEM", None),
            Actor::User(id) => ("USER", Some(id.uuid())),
        };
        let refusal = event.refusal.as_ref();
        self.run(
            "INSERT INTO activities (environment_id, id, at, correlation, action, actor_kind, actor_id, application_id, user_id,
                target_kind, target_id, reason, expected, came, note, source, actor_environment_id)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
            vec![
                event.environment.map_or(Uuid::nil(), EnvironmentId::uuid).into(),
                event.id.uuid().into(),
                event.at.0.into(),
                event.correlation.uuid().into(),
                Value::word(event.action.name()),
                Value::word(kind),
                actor.into(),
                event.application.map(protocol::id::ApplicationId::uuid).into(),
                event.user.map(protocol::id::UserId::uuid).into(),
                event.target.map(|t| t.kind.name()).into(),
                event.target.map(|t| t.id).into(),
                refusal.map(|r| r.reason.row().name).into(),
                refusal.map(|r| clean(&r.expected)).into(),
                refusal.map(|r| clean(&r.came)).into(),
                event.note.as_deref().map_or(Value::Null, cleaned),
                event.source.map(|s| s.to_string()).into(),
                event.actor_environment.map(EnvironmentId::uuid).into(),
            ],
        );
    }
}

/// What came from outside may hold anything; an explanation keeps a short printable piece of it, of several words whole ones.
fn clean(text: &str) -> String {
    let printable = || text.chars().filter(|c| !c.is_control());
    let kept: String = printable().take(EXPLANATION).collect();
    let whole = printable().nth(EXPLANATION).is_none_or(|next| next == ' ');
    match kept.rfind(' ').filter(|_| !whole) {
        Some(end) => kept[..end].to_owned(),
        None => kept,
    }
}

/// The same as a value. Most often it stands for itself, and is looked at once.
fn cleaned(text: &str) -> Value {
    let plain = text.len() <= EXPLANATION && text.bytes().all(|octet| matches!(octet, b' '..=b'~'));
    if plain { text.into() } else { clean(text).into() }
}

/// The key under which a name is unique and found, whatever its case.
pub(crate) fn name_key(name: &str) -> String {
    name.to_lowercase()
}

fn body<T: Shape>(value: &T) -> Value {
    value.text().into()
}

const EXPLANATION: usize = 500;
