//! Users who come from elsewhere, many at once: what each line must be, and how they are entered while servers run.
//!
//! A line is read as the management API reads a user who is imported. Users go in batches, each in one commit with its events and
//! the numbers of users; a batch that somebody else's user stands in the way of goes one by one, to tell which it was.

mod entry;
mod known;
mod write;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use admission::Claim;
use protocol::flow::{Before, judge_new_password};
use protocol::id::{EnvironmentId, GroupId, UserId};
use protocol::model::{NewPassword, PasswordState, Population, User};
use protocol::name::username_key;
use serde_json::{Map, Value};

use crate::app::App;
use crate::bootstrap::start;
use crate::failure::Failure;
use crate::password::{Brought, Passwords};
use entry::{Entry, Fate};
use known::Environment;
use write::changed;

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
    /// The earlier line that has the same, where that is what is wrong.
    pub before: Option<u64>,
}

impl Fault {
    pub fn new(line: u64, what: impl Into<String>) -> Self {
        Self { line, what: what.into(), before: None }
    }

    /// What is wrong, with the number of the other line, where it is two.
    pub fn told(&self) -> String {
        match self.before {
            Some(before) => self.what.replace(ANOTHER, &format!("line {before}")),
            None => self.what.clone(),
        }
    }

    /// The properties that are at fault.
    pub fn properties(&self) -> impl Iterator<Item = &str> {
        self.what.split("; ").map(|part| part.split_once(": ").map_or(part, |(property, _)| property))
    }
}

/// What was done, or would be.
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
    supposed: Vec<Population>,
}

impl Import {
    pub fn new(app: Arc<App>, existing: Existing) -> Self {
        Self { app, existing, environments: HashMap::new(), supposed: Vec::new() }
    }

    /// What becomes of whoever is there already.
    pub fn existing(&self) -> Existing {
        self.existing
    }

    /// Lines are judged as if these populations were there: they are made before the users, and a rehearsal makes nothing.
    #[must_use]
    pub fn supposing(self, populations: Vec<Population>) -> Self {
        Self { supposed: populations, ..self }
    }

    /// What would become of the lines, and what is wrong with them. A name or an id that two lines have is a fault of the later one, also where an earlier call was given
    /// the other. Nothing is written.
    ///
    /// # Errors
    /// That the database does not answer.
    pub async fn check(&mut self, lines: Vec<Line>) -> Result<(Outcome, Vec<Fault>), Failure> {
        let (entries, mut faults) = self.entries(lines).await?;
        let mut would = Outcome::default();
        for entry in &entries {
            let Some(environment) = self.environment(entry.user.environment).await? else { continue };
            // Nobody looks at the password of whoever stays as they are.
            let password = entry.password.as_ref().filter(|_| entry.fate != Fate::Skip);
            let met = environment.met(entry);
            let unfit = || Some(Fault::new(entry.line, unfit(environment, &entry.user, password?)?));
            let fault = met.or_else(unfit);
            match (&fault, entry.fate) {
                (Some(_), _) => {}
                (None, Fate::New) => would.imported += 1,
                (None, Fate::Skip) => would.skipped += 1,
                (None, Fate::Update) => would.updated += 1,
            }
            faults.extend(fault);
        }
        faults.sort_by_key(|fault| fault.line);
        Ok((would, faults))
    }

    /// Enters the users of the lines; those with a fault are left out and told. Of two lines with one name the later one meets whom the
    /// earlier one made, as it does where they come in two calls.
    ///
    /// # Errors
    /// That the database does not answer: some of the lines may be entered.
    pub async fn enter(&mut self, lines: Vec<Line>) -> Result<(Outcome, Vec<Fault>), Failure> {
        let (mut done, mut faults, mut waiting) = (Outcome::default(), Vec::new(), lines);
        while !waiting.is_empty() {
            let (first, later) = apart(waiting);
            self.round(first, &mut done, &mut faults).await?;
            waiting = later;
        }
        faults.sort_by_key(|fault| fault.line);
        Ok((done, faults))
    }

    /// Enters lines of which no two have one name.
    async fn round(&mut self, lines: Vec<Line>, done: &mut Outcome, faults: &mut Vec<Fault>) -> Result<(), Failure> {
        let (entries, unread) = self.entries(lines).await?;
        faults.extend(unread);
        let (mut fresh, mut others) = (Vec::new(), Vec::new());
        for mut entry in entries {
            if entry.fate == Fate::Skip {
                done.skipped += 1;
                continue;
            }
            if let Some(new) = entry.password.take() {
                match self.kept(&entry.user, &new).await? {
                    Ok(password) => entry.user.password = Some(password),
                    Err(what) => {
                        faults.push(Fault::new(entry.line, what));
                        continue;
                    }
                }
                entry.brought = true;
            }
            if entry.fate == Fate::New {
                fresh.push(entry);
                continue;
            }
            let now = self.app.now(entry.user.environment);
            let environment = self.environment(entry.user.environment).await?;
            let policy = environment.and_then(|known| known.password_policy(entry.user.population));
            let mut changes = changed(&entry, policy.and_then(|policy| policy.retiring(now)));
            changes.extend(self.joins(&entry).await?);
            others.push((entry, changes));
        }
        self.update(others, done, faults).await?;
        self.create(fresh, done, faults).await
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
            changed_at: app.now(user.environment).to_millis(),
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
                Err(what) => faults.push(Fault::new(number, what)),
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
                Err(what) => faults.push(Fault::new(entry.line, what)),
            }
        }
        Ok((kept, faults))
    }

    async fn environment(&mut self, id: EnvironmentId) -> Result<Option<&mut Environment>, Failure> {
        if !self.environments.contains_key(&id) {
            let mut found = Environment::load(&self.app, id).await?;
            let supposed = self.supposed.iter().filter(|population| population.environment == id);
            if let Some(found) = &mut found {
                found.suppose(supposed.cloned());
            }
            self.environments.insert(id, found);
        }
        Ok(self.environments.get_mut(&id).and_then(Option::as_mut))
    }
}

/// The first line of each name, and the others in their order.
fn apart(lines: Vec<Line>) -> (Vec<Line>, Vec<Line>) {
    let mut names = HashSet::new();
    lines.into_iter().partition(|line| {
        let name = line.body.get("username").and_then(Value::as_str).and_then(|name| username_key(name).ok());
        name.is_none_or(|name| names.insert((line.environment, name)))
    })
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

/// In the place of an earlier line.
const ANOTHER: &str = "another line";
const TAKEN: &str = "username: is already in use in this environment";
const VALUE_TAKEN: &str = "a value of it that must be unique is already in use in this environment";
const ID_TAKEN: &str = "id: is already in use in this environment";
const GONE: &str = "the user, the population or the environment was changed or deleted meanwhile";
