//! Statements of managed objects, made of their kind and their description.

use std::collections::BTreeMap;

use protocol::change::Guard;
use protocol::id::EnvironmentId;
use protocol::model::describe::Described as _;
use protocol::model::{Key, Object, ObjectKind, User};
use uuid::Uuid;

use super::Batch;
use super::counts::{changed, environment_ends, user_ends, user_moves};
use super::filtered;
use super::groups::user_leaves;
use super::values;
use crate::kinds::{kind, texts};
use crate::row::walk::put;
use crate::{Dialect, Value};

pub(super) fn write(batch: &mut Batch, mut object: Object, guard: Guard) {
    let of = object.kind();
    let (kind, texts) = (kind(of), texts(of));
    if let Object::User(user) = &mut object {
        values::settle(batch, user);
    }
    let counted = counter(&object).filter(|_| kind.counted);
    let raise = i64::from(guard == Guard::Version);
    let columns = put(&mut |walk| object.describe(walk), kind, guard == Guard::New, raise);
    let value = |name: &str| columns.iter().find(|(column, _)| *column == name).map(|(_, value)| value.clone());
    let environment = value(kind.key[0]).unwrap_or(Value::Null);
    for (column, of) in kind.needs {
        // What refers to nothing needs nothing.
        if let Some(id) = value(column).filter(|id| *id != Value::Null) {
            require(batch, *of, vec![environment.clone(), id]);
        }
    }
    let wanted = kind.only_one.filter(|flag| value(flag) == Some(Value::Bool(true)));
    if let Some(sql) = texts.take_from_other.filter(|_| wanted.is_some()) {
        let id = kind.key.last().and_then(|id| value(id)).unwrap_or(Value::Null);
        batch.run(sql, vec![environment, id]);
    }
    if let (Object::User(user), true) = (&object, guard != Guard::New) {
        let at = (user.environment.uuid(), user.id.uuid());
        batch.push(user_moves(batch.dialect, batch.slot, at, user.population.uuid()));
    }
    if let Object::Group(group) = &object {
        filtered::changes(batch, group, guard);
    }
    if let Object::SchemaAttribute(attribute) = &object {
        values::changes(batch, attribute);
    }
    let was = value("version");
    let mut values: Vec<Value> = columns.into_iter().map(|(_, value)| value).collect();
    match guard {
        Guard::New => {
            batch.run(texts.insert, values);
            batch.extend(counted.map(|(owner, part)| changed(batch.slot, of, owner, part, 1)));
            if let Object::User(user) = &object {
                filtered::place(batch, user, true);
                values::write(batch, user, true);
            }
            return;
        }
        Guard::Exists => batch.one(texts.replace, values),
        Guard::Version => {
            values.push(if let Some(Value::I64(stored)) = was { (stored - raise).into() } else { Value::Null });
            batch.one(texts.replace_version, values);
        }
    }
    if let Object::User(user) = &object {
        user_leaves(batch, user.environment, user.id, Some(user.population));
        filtered::place(batch, user, false);
        values::write(batch, user, false);
    }
}

/// Users who are all new. What is read and counted comes before the rows, which the engines then take in one go.
pub(super) fn import(batch: &mut Batch, users: Vec<User>) {
    // In the order of their ids, in which everybody holds them.
    let mut populations: BTreeMap<(Uuid, Uuid), i64> = BTreeMap::new();
    for user in &users {
        *populations.entry((user.environment.uuid(), user.population.uuid())).or_default() += 1;
    }
    for (environment, population) in populations.keys() {
        require(batch, ObjectKind::Population, vec![(*environment).into(), (*population).into()]);
    }
    for ((environment, population), more) in populations {
        batch.push(changed(batch.slot, ObjectKind::User, environment, population, more));
    }
    let (kind, texts) = (kind(ObjectKind::User), texts(ObjectKind::User));
    let plain = batch.filters.values().all(|filters| filters.is_empty() && filters.schema.is_empty());
    let filtered = if plain { Vec::new() } else { users.clone() };
    for mut user in users {
        values::settle(batch, &mut user);
        let columns = put(&mut |walk| user.describe(walk), kind, true, 0);
        batch.run(texts.insert, columns.into_iter().map(|(_, value)| value).collect());
    }
    for user in &filtered {
        filtered::place(batch, user, true);
        values::write(batch, user, true);
    }
}

/// Whose counter counts the object, and in what.
fn counter(object: &Object) -> Option<(Uuid, Uuid)> {
    let alone = |owner| (owner, owner);
    match object {
        Object::Environment(environment) => Some(alone(environment.organization.uuid())),
        Object::User(user) => Some((user.environment.uuid(), user.population.uuid())),
        object => object.environment().map(EnvironmentId::uuid).map(alone),
    }
}

/// Holds the row until the commit, where writers run side by side.
pub(super) fn require(batch: &mut Batch, of: ObjectKind, key: Vec<Value>) {
    let sql = texts(of).there;
    let sql = if batch.dialect == Dialect::Postgres { sql.1 } else { sql.0 };
    batch.one(sql, key);
}

/// Holds the row until the commit, where writers run side by side.
pub(super) fn expect(batch: &mut Batch, key: Key, version: i64) {
    let sql = texts(key.kind()).expect;
    let sql = if batch.dialect == Dialect::Postgres { sql.1 } else { sql.0 };
    let mut values = key_values(key);
    values.push(version.into());
    batch.one(sql, values);
}

pub(super) fn remove(batch: &mut Batch, key: Key) {
    let of = key.kind();
    let (kind, texts) = (kind(of), texts(of));
    let values = key_values(key);
    // Who else holds the row is making something that needs it: PostgreSQL shows that only to a statement that begins afterwards.
    if kind.removable.is_some() && batch.dialect == Dialect::Postgres {
        batch.one(texts.lock, values.clone());
    }
    // Whose it is, only its row knows.
    match key {
        Key::Environment(id) => batch.extend(environment_ends(batch.slot, id.uuid())),
        Key::Group(environment, id) => filtered::ends(batch, environment, id),
        Key::SchemaAttribute(environment, _) => filtered::raise(batch, environment, None),
        Key::User(environment, id) => {
            batch.extend(user_ends(batch.dialect, batch.slot, environment.uuid(), id.uuid()));
        }
        _ => {}
    }
    batch.one(texts.remove, values.clone());
    match key {
        Key::Environment(id) => end_environment(batch, id),
        Key::User(environment, id) => user_leaves(batch, environment, id, None),
        key => {
            let owner = key.environment().filter(|_| kind.counted).map(EnvironmentId::uuid);
            batch.extend(owner.map(|owner| changed(batch.slot, of, owner, owner, -1)));
        }
    }
    let holds = kind.holds.as_ref().filter(|_| batch.dialect == Dialect::Postgres);
    for (sql, places) in holds.into_iter().chain(kind.ends) {
        let parameters = places.iter().filter_map(|place| values.get(*place).cloned()).collect();
        batch.run(sql, parameters);
    }
}

pub(super) fn key_values(key: Key) -> Vec<Value> {
    key.ids().into_iter().map(Value::from).collect()
}

/// What of every kind ends with the environment.
fn end_environment(batch: &mut Batch, id: EnvironmentId) {
    // What lies outside is found by what lies inside, so it goes first.
    for of in ObjectKind::ALL {
        for sql in kind(of).outside {
            batch.run(sql, vec![id.uuid().into()]);
        }
    }
    for sql in ObjectKind::ALL.into_iter().filter_map(|of| texts(of).end_all) {
        batch.run(sql, vec![id.uuid().into()]);
    }
}
