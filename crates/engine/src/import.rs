//! Users who come from elsewhere, many at once: what each line must be, and how they are entered while servers run.
//!
//! A line is read as the management API reads a user who is imported. Users go in batches, each in one commit with its events and
//! the numbers of users; a batch that somebody else's user stands in the way of goes one by one, to tell which it was.

mod entry;
mod known;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use admission::Claim;
use protocol::audit::{Action, Actor, Event, Kind};
use protocol::change::{Change, Guard};
use protocol::flow::{Before, judge_new_password};
use protocol::id::{EnvironmentId, GroupId, UserId};
use protocol::model::{Member, NewPassword, PasswordState, Retiring, User};
use protocol::time::Time;
use serde_json::{Map, Value};

use crate::app::App;
use crate::bootstrap::start;
use crate::failure::Failure;
use crate::password::{Brought, Passwords};
use crate::reads::StoreError;
use entry::{Entry, Fate};
use known::Environment;

/// What becomes of a line whose user name exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// It is a fault of the line.
    Refuse,
    /// The user stays as they are.
    Skip,
    /// What the line says is written; what it does not say stays.
    Update,
}

/// A user of a file.
#[derive(Clone, Debug)]
pub struct Line {
    /// From 1.
    pub number: u64,
    pub environment: EnvironmentId,
    /// As the body of an import, and besides: `id`, and `population.name` in the place of its id.
    pub body: Map<String, Value>,
    /// In which they are to be.
    pub groups: Vec<GroupId>,
}

/// What is wrong with a line: never a value of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub line: u64,
    pub what: String,
}

impl Fault {
    /// The properties that are at fault.
    pub fn properties(&self) -> impl Iterator<Item = &str> {
        self.what.split("; ").map(|part| part.split_once(": ").map_or(part, |(property, _)| property))
    }
}

/// What was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    pub imported: u64,
    pub updated: u64,
    pub skipped: u64,
}

/// An import under way.
#[derive(Debug)]
pub struct Import {
    app: Arc<App>,
    existing: Existing,
    environments: HashMap<EnvironmentId, Option<Environment>>,
}

impl Import {
    pub fn new(app: Arc<App>, existing: Existing) -> Self {
        Self { app, existing, environments: HashMap::new() }
    }

    /// What is wrong with the lines. A name or an id that two lines have is a fault of the later one, also where an earlier call was given
    /// the other. Nothing is written.
    ///
    /// # Errors
    /// That the database does not answer.
    pub async fn check(&mut self, lines: Vec<Line>) -> Result<Vec<Fault>, Failure> {
        let (entries, mut faults) = self.entries(lines).await?;
        for entry in &entries {
            let Some(environment) = self.environment(entry.user.environment).await? else { continue };
            let met = environment.met(entry);
            let what = met.or_else(|| entry.password.as_ref().and_then(|new| unfit(environment, &entry.user, new)));
            faults.extend(what.map(|what| Fault { line: entry.line, what }));
        }
        faults.sort_by_key(|fault| fault.line);
        Ok(faults)
    }

    /// Enters the users of the lines; those with a fault are left out and told.
    ///
    /// # Errors
    /// That the database does not answer: some of the lines may be entered.
    pub async fn enter(&mut self, lines: Vec<Line>) -> Result<(Outcome, Vec<Fault>), Failure> {
        let (entries, mut faults) = self.entries(lines).await?;
        let mut done = Outcome::default();
        let mut fresh = Vec::new();
        for mut entry in entries {
            if matches!(entry.fate, Fate::Skip) {
                done.skipped += 1;
                continue;
            }
            if let Some(new) = entry.password.take() {
                match self.kept(&entry.user, &new).await? {
                    Ok(password) => entry.user.password = Some(password),
                    Err(what) => {
                        faults.push(Fault { line: entry.line, what });
                        continue;
                    }
                }
                entry.brought = true;
            }
            if entry.fate == Fate::New {
                fresh.push(entry);
                continue;
            }
            let now = self.app.world.now();
            let environment = self.environment(entry.user.environment).await?;
            let policy = environment.and_then(|known| known.password_policy(entry.user.population));
            let mut changes = changed(&entry, policy.and_then(|policy| policy.retiring(now)));
            changes.extend(self.joins(&entry).await?);
            match self.commit(vec![], changes, &[&entry]).await {
                Ok(()) => done.updated += 1,
                Err(error) => faults.push(fault(&entry, error)?),
            }
        }
        self.create(fresh, &mut done, &mut faults).await?;
        faults.sort_by_key(|fault| fault.line);
        Ok((done, faults))
    }

    async fn create(&self, fresh: Vec<Entry>, done: &mut Outcome, faults: &mut Vec<Fault>) -> Result<(), Failure> {
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
    async fn joins(&self, entry: &Entry) -> Result<Vec<Change>, Failure> {
        let (environment, member) = (entry.user.environment, Member::User(entry.user.id));
        let mut changes = Vec::new();
        for group in &entry.groups {
            if self.app.store.direct_membership(environment, member, *group).await?.is_none() {
                changes.push(joining(entry, *group, self.app.world.now()));
            }
        }
        Ok(changes)
    }

    /// The password as it is stored.
    async fn kept(&mut self, user: &User, new: &NewPassword) -> Result<Result<PasswordState, String>, Failure> {
        let app = self.app.clone();
        let Some(environment) = self.environment(user.environment).await? else { return Ok(Err(GONE.into())) };
        if let Some(what) = unfit(environment, user, new) {
            return Ok(Err(what));
        }
        let hash = match Passwords::brought(new.value.expose()) {
            Brought::Password => app.passwords().hash(Claim::default(), &*app.world, new.value.expose()).await?,
            Brought::Hash | Brought::Unreadable => new.value.expose().to_owned(),
        };
        Ok(Ok(PasswordState {
            hash,
            must_change: new.must_change,
            chosen: false,
            changed_at: app.world.now().to_millis(),
        }))
    }

    /// The lines as users. Those whose names exist become what is said of such.
    async fn entries(&mut self, lines: Vec<Line>) -> Result<(Vec<Entry>, Vec<Fault>), Failure> {
        let app = self.app.clone();
        let ctx = start(&app);
        let (mut entries, mut faults): (Vec<Entry>, _) = (Vec::new(), Vec::new());
        let mut keys: HashMap<EnvironmentId, Vec<String>> = HashMap::new();
        for line in lines {
            let (number, id) = (line.number, line.environment);
            let read = match self.environment(id).await? {
                Some(environment) => Entry::read(&ctx, line, environment),
                None => Err("environment: there is none with this id".to_owned()),
            };
            match read {
                Ok(entry) => {
                    keys.entry(id).or_default().push(entry.key.clone());
                    entries.push(entry);
                }
                Err(what) => faults.push(Fault { line: number, what }),
            }
        }
        let (mut found, mut named) = (HashMap::new(), HashSet::new());
        for (id, keys) in &keys {
            for (key, user) in self.app.store.users_by_names(*id, keys).await? {
                found.insert((*id, key), user);
            }
            let own = |entry: &Entry| entry.id.filter(|_| entry.user.environment == *id);
            let ids: Vec<UserId> = entries.iter().filter_map(own).collect();
            named.extend(self.app.store.users_named(*id, &ids).await?.into_keys().map(|user| (*id, user)));
        }
        let mut kept = Vec::with_capacity(entries.len());
        for mut entry in entries {
            let exists = found.get(&(entry.user.environment, entry.key.clone())).cloned();
            let fits = match (exists, self.existing) {
                // Somebody of another name has the id.
                (None, _) if named.contains(&(entry.user.environment, entry.user.id)) => Err(ID_TAKEN.to_owned()),
                (None, _) => Ok(()),
                (Some(_), Existing::Refuse) => Err(TAKEN.to_owned()),
                (Some(_), Existing::Skip) => {
                    entry.fate = Fate::Skip;
                    Ok(())
                }
                (Some(user), Existing::Update) => entry.write_onto(&ctx, user),
            };
            match fits {
                Ok(()) => kept.push(entry),
                Err(what) => faults.push(Fault { line: entry.line, what }),
            }
        }
        Ok((kept, faults))
    }

    async fn environment(&mut self, id: EnvironmentId) -> Result<Option<&mut Environment>, Failure> {
        if !self.environments.contains_key(&id) {
            let found = Environment::load(&self.app, id).await?;
            self.environments.insert(id, found);
        }
        Ok(self.environments.get_mut(&id).and_then(Option::as_mut))
    }
}

fn joining(entry: &Entry, group: GroupId, now: Time) -> Change {
    let User { environment, id, .. } = entry.user;
    Change::JoinGroup { environment, member: Member::User(id), group, at: now.to_millis() }
}

/// What is written of a user who was there.
fn changed(entry: &Entry, retiring: Option<Retiring>) -> Vec<Change> {
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

/// Why a password cannot be the user's.
fn unfit(environment: &Environment, user: &User, new: &NewPassword) -> Option<String> {
    match Passwords::brought(new.value.expose()) {
        Brought::Hash => None,
        Brought::Unreadable => {
            Some("password.value: is a hash that this server does not check, or one that costs too much".into())
        }
        Brought::Password => {
            let policy = environment.password_policy(user.population)?;
            let refused = judge_new_password(policy, user, Before::default(), new.value.expose())
                .err()?
                .into_refused("password.value");
            Some(said(&refused))
        }
    }
}

/// Everything that is wrong, in one line.
fn said(refused: &protocol::refusal::Refused) -> String {
    let told: Vec<String> =
        refused.details.iter().map(|fault| format!("{}: {}", fault.target, fault.message)).collect();
    told.join("; ")
}

fn fault(entry: &Entry, error: StoreError) -> Result<Fault, Failure> {
    let what = match error {
        StoreError::Conflict { constraint } if constraint == store::USERNAME_TAKEN => TAKEN,
        StoreError::Conflict { constraint } if constraint == store::VALUE_TAKEN => VALUE_TAKEN,
        StoreError::Conflict { .. } => ID_TAKEN,
        StoreError::Lost { .. } => GONE,
        error => return Err(error.into()),
    };
    Ok(Fault { line: entry.line, what: what.into() })
}

const TAKEN: &str = "username: is already in use in this environment";
const VALUE_TAKEN: &str = "a value of it that must be unique is already in use in this environment";
const ID_TAKEN: &str = "id: is already in use in this environment";
const GONE: &str = "the user, the population or the environment was changed or deleted meanwhile";
