//! Users: who signs on. What more than their description an import brings is in `user_import`, what has a route of its own in
//! `user_state`, their password in `password`.

use std::collections::HashMap;

use engine::Failure;
use engine::manage::{Authorized, Within};
use engine::reads::VALUE_TAKEN;
use protocol::filter::Filter;
use protocol::id::{GroupId, PopulationId, UserId};
use protocol::model::{Kept as _, Population, User, VERIFICATION_REQUIRED, describe};
use protocol::refusal::{Detail, Refused};
use protocol::time::Time;
use serde_json::{Map, Value};

use super::authority;
use super::call::Call;
use super::crud::{Include, Managed, own_links};
use super::list;
use super::oneself;
use super::shape::{Object, stamp};
use super::{password, population, user_state};

impl Managed for User {
    const TAKEN: &'static str = "is already in use in this environment";
    /// PingOne's own (P15).
    const PAGE: u32 = 200;
    const POPULATION: Option<&'static str> = Some("population.id");

    fn in_population(&self) -> Option<PopulationId> {
        Some(self.population)
    }

    fn links(&self) -> Vec<(&'static str, String)> {
        let environment = format!("/environments/{}", self.environment);
        let path = format!("{environment}/users/{}", self.id);
        let password = format!("{path}/password");
        let mut links = own_links(self);
        links.push(("population", format!("{environment}/populations/{}", self.population)));
        links.push(("password", password.clone()));
        links.extend(password::ACTIONS.map(|action| (action, password.clone())));
        links.extend(BELOW.map(|name| (name, format!("{path}/{name}"))));
        links.push(("account.sendVerificationCode", path));
        links
    }

    async fn blank(call: &Call) -> Result<Self, Failure> {
        blank(call, &call.json().await?).await
    }

    fn resolved(by: &Authorized, filter: Filter) -> Result<Filter, Failure> {
        let tenant = by.tenant()?;
        let of_type = |kind: &str| {
            let all = tenant.identity_providers().iter();
            all.filter(|one| one.kind.name().eq_ignore_ascii_case(kind)).map(|one| one.id.uuid()).collect()
        };
        Ok(tenant.schema.resolved(Self::in_stored_terms(filter, by.now(), &of_type)))
    }

    fn known(&mut self, by: &Authorized) -> Result<(), Failure> {
        by.tenant()?.schema.settle(&mut self.custom);
        Ok(())
    }

    fn drawn(&self, by: &Authorized) -> Result<Map<String, Value>, Failure> {
        Ok(by.tenant()?.schema.shown(self, describe::draw(self)))
    }

    async fn taken(by: &Authorized, user: &Self, constraint: &str) -> Result<Option<String>, Failure> {
        if constraint != VALUE_TAKEN {
            return Ok(None);
        }
        let taken = by.store().value_taken(user).await?;
        let known = by.tenant()?.schema.attributes().iter();
        let name = known.filter(|one| Some(one.id) == taken).map(|one| one.name.clone()).next();
        // Whoever had it gave it away meanwhile: another attempt succeeds.
        Ok(name)
    }

    async fn allow(by: &Authorized, before: Option<&Self>, after: &Self) -> Result<(), Failure> {
        if before.is_none_or(|before| before.population != after.population) {
            population_of(by, after.population).await?;
        }
        if let Some(before) = before.filter(|before| before.enabled && !after.enabled) {
            authority::keep_without_user(by, before, "enabled").await?;
        }
        let drawn = before.map(describe::draw);
        by.tenant()?.schema.judge_standard(&describe::draw(after), drawn.as_ref())?;
        before.map_or(Ok(()), |before| oneself::may_write(by, before, after))
    }

    /// Whoever has a token of somebody's would write an address of their own, and have a new password sent there: nothing is, until it
    /// is verified.
    fn follow(&mut self, by: &Authorized, before: &Self) {
        if matches!(by.within, Within::Oneself(..)) && self.email != before.email {
            self.lifecycle = VERIFICATION_REQUIRED.into();
        }
    }

    async fn release(by: &Authorized, user: &Self) -> Result<(), Failure> {
        authority::end_user(by, user).await
    }

    async fn made(by: &Authorized, users: &[Self], include: &Include) -> Result<Vec<Map<String, Value>>, Failure> {
        let groups = Groups::included(by, users, include).await?;
        let made = users.iter().map(|user| {
            let object = Object::default()
                .with("account", account(user, by.now()))
                .with("identityProvider", user_state::provider(by, user));
            groups.beside(user, object).into_map()
        });
        Ok(made.collect())
    }
}

/// A user as they begin, before `body` is read: in the default population, where it names none.
pub(super) async fn blank(call: &Call, body: &Map<String, Value>) -> Result<User, Failure> {
    let environment = call.environment()?;
    let population = if body.get("population").is_some_and(|named| !named.is_null()) {
        None
    } else {
        population::default(&call.by, environment).await?
    };
    Ok(User {
        population: population.map(|population| population.id).unwrap_or_default(),
        enabled: true,
        lifecycle: "ACCOUNT_OK".into(),
        verify_status: "NOT_INITIATED".into(),
        ..User::begun(environment, call.by.now().to_millis())
    })
}

/// The population that a user is put into, which must be of this environment.
pub(super) async fn population_of(by: &Authorized, id: PopulationId) -> Result<Population, Failure> {
    let environment = by.tenant()?.id();
    if let Some(found) = by.store().get::<Population>(environment, &[id.uuid()]).await? {
        return Ok(found);
    }
    // Nobody named one, and none is for those who are in no other.
    let none = id == PopulationId::default() && population::default(by, environment).await?.is_none();
    let (code, message) = if none {
        ("REQUIRED_VALUE", "must be provided: there is no default population")
    } else {
        ("INVALID_VALUE", "no population of this environment has this id")
    };
    Err(Refused::fields(vec![Detail::new(code, "population.id", message)]).into())
}

/// The groups of users, where `include` asks for them.
struct Groups {
    found: HashMap<UserId, Vec<(GroupId, String, Option<PopulationId>)>>,
    ids: bool,
    names: bool,
}

impl Groups {
    async fn included(by: &Authorized, users: &[User], include: &Include) -> Result<Self, Failure> {
        let (ids, names) = (include.has("memberOfGroupIDs"), include.has("memberOfGroupNames"));
        let users: Vec<UserId> = users.iter().filter(|_| ids || names).map(|user| user.id).collect();
        let mut found = by.store().groups_of(by.tenant()?.id(), &users).await.map_err(list::included)?;
        for groups in found.values_mut() {
            groups.retain(|(.., population)| by.reaches(*population).is_ok());
        }
        Ok(Self { found, ids, names })
    }

    fn beside(&self, user: &User, answer: Object) -> Object {
        let groups = self.found.get(&user.id).map(Vec::as_slice).unwrap_or_default();
        let ids = self.ids.then(|| groups.iter().map(|(id, ..)| id.to_string()).collect::<Vec<_>>());
        let names = self.names.then(|| groups.iter().map(|(_, name, _)| name.as_str()).collect::<Vec<_>>());
        answer.maybe("memberOfGroupIDs", ids).maybe("memberOfGroupNames", names)
    }
}

fn account(user: &User, now: Time) -> Object {
    let locked = user.account.is_locked(now);
    let unlock = user.account.unlock_at.filter(|_| locked);
    Object::default()
        .with("canAuthenticate", user.enabled && !locked)
        .with("status", if locked { "LOCKED" } else { "OK" })
        .maybe("lockedAt", user.account.locked_at.filter(|_| locked).map(stamp))
        .maybe("unlockAt", unlock.map(stamp))
        .maybe("secondsUntilUnlock", unlock.map(|at| at.since(now).max(0)))
}

/// What PingOne links a user to beside the password (the contract, 1.B.3).
const BELOW: [&str; 4] = ["devices", "roleAssignments", "linkedAccounts", "memberOfGroups"];
