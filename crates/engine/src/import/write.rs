//! Writes users: a batch in one commit, or each in its own where that cannot be.

use protocol::audit::{Action, Actor, Event, Kind};
use protocol::change::{Change, Guard};
use protocol::id::GroupId;
use protocol::model::{Member, Retiring, User};
use protocol::time::Time;

use super::entry::Entry;
use super::{Existing, Fault, GONE, ID_TAKEN, Import, Outcome, TAKEN, VALUE_TAKEN};
use crate::bootstrap::start;
use crate::failure::Failure;
use crate::reads::StoreError;

impl Import {
    /// Writes all in one commit, or each in its own, to tell which cannot be.
    pub(super) async fn update(
        &self,
        some: Vec<(Entry, Vec<Change>)>,
        done: &mut Outcome,
        faults: &mut Vec<Fault>,
    ) -> Result<(), Failure> {
        if some.is_empty() {
            return Ok(());
        }
        let changes = some.iter().flat_map(|(_, changes)| changes.iter().cloned()).collect();
        let entries: Vec<&Entry> = some.iter().map(|(entry, _)| entry).collect();
        match self.commit(Vec::new(), changes, &entries).await {
            Ok(()) => {
                done.updated += some.len() as u64;
                return Ok(());
            }
            // Somebody else wrote one of them meanwhile, or has a value that must be unique.
            Err(StoreError::Conflict { .. } | StoreError::Lost { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        for (entry, changes) in some {
            match self.commit(Vec::new(), changes, &[&entry]).await {
                Ok(()) => done.updated += 1,
                Err(error) => faults.push(fault(&entry, error)?),
            }
        }
        Ok(())
    }

    pub(super) async fn create(
        &self,
        fresh: Vec<Entry>,
        done: &mut Outcome,
        faults: &mut Vec<Fault>,
    ) -> Result<(), Failure> {
        if fresh.is_empty() {
            return Ok(());
        }
        let users = fresh.iter().map(|entry| entry.user.clone()).collect();
        match self.commit(users, Vec::new(), &fresh.iter().collect::<Vec<_>>()).await {
            Ok(()) => {
                done.imported += fresh.len() as u64;
                return Ok(());
            }
            // Somebody else was first with one of the names, or a population ended.
            Err(StoreError::Conflict { .. } | StoreError::Lost { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        for entry in fresh {
            match self.commit(vec![entry.user.clone()], Vec::new(), &[&entry]).await {
                Ok(()) => done.imported += 1,
                Err(StoreError::Conflict { .. }) if self.existing == Existing::Skip => done.skipped += 1,
                Err(error) => faults.push(fault(&entry, error)?),
            }
        }
        Ok(())
    }

    /// Commits users with what else is written and the events that tell of it.
    async fn commit(&self, users: Vec<User>, mut changes: Vec<Change>, told: &[&Entry]) -> Result<(), StoreError> {
        let ctx = start(&self.app);
        let action = if users.is_empty() { Action::UserUpdated } else { Action::UserCreated };
        if !users.is_empty() {
            changes.push(Change::ImportUsers(users));
            changes
                .extend(told.iter().flat_map(|entry| entry.groups.iter().map(|group| joining(entry, *group, ctx.now))));
        }
        changes.extend(told.iter().map(|entry| {
            let user = &entry.user;
            let event = Event::new(Some(user.environment), ctx.now, ctx.correlation, action).by(Actor::System);
            let event = event.on(Kind::User, user.id.uuid()).noting("imported from the command line");
            Change::Record(Box::new(event))
        }));
        crate::finish::commit(&self.app, changes, None).await
    }

    /// What puts somebody who was there into the groups that they are not in.
    pub(super) async fn joins(&self, entry: &Entry) -> Result<Vec<Change>, Failure> {
        let (environment, member) = (entry.user.environment, Member::User(entry.user.id));
        let mut changes = Vec::new();
        for group in &entry.groups {
            if self.app.store.direct_membership(environment, member, *group).await?.is_none() {
                changes.push(joining(entry, *group, self.app.now(entry.user.environment)));
            }
        }
        Ok(changes)
    }
}

fn joining(entry: &Entry, group: GroupId, now: Time) -> Change {
    let User { environment, id, .. } = entry.user;
    Change::JoinGroup { environment, member: Member::User(id), group, at: now.to_millis() }
}

/// What is written of a user who was there.
pub(super) fn changed(entry: &Entry, retiring: Option<Retiring>) -> Vec<Change> {
    let user = &entry.user;
    let (environment, id) = (user.environment, user.id);
    let mut changes = vec![Change::put(user.clone(), Guard::Version)];
    if entry.brought {
        let password = user.password.clone();
        changes.push(Change::SetPassword { environment, user: id, was: None, password, end_families: false, retiring });
    }
    // As when an administrator does it: what the old password opened ends, and so do the sessions of whoever is disabled.
    if entry.brought || !user.enabled {
        changes.push(Change::EndUserSessions(environment, id, user.updated_at));
    }
    changes
}

fn fault(entry: &Entry, error: StoreError) -> Result<Fault, Failure> {
    let what = match error {
        StoreError::Conflict { constraint } if constraint == store::USERNAME_TAKEN => TAKEN,
        StoreError::Conflict { constraint } if constraint == store::VALUE_TAKEN => VALUE_TAKEN,
        StoreError::Conflict { .. } => ID_TAKEN,
        StoreError::Lost { .. } => GONE,
        error => return Err(error.into()),
    };
    Ok(Fault::new(entry.line, what))
}
