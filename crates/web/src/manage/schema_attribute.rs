//! The attributes of users.

use engine::Failure;
use engine::manage::Authorized;
use engine::reads::{List, VALUE_TAKEN};
use protocol::change::{Change, Guard};
use protocol::model::{
    Kept as _, MOST_CUSTOM, ResourceScope, ResourceType, SchemaAttribute, SchemaAttributeType, SchemaType, User,
    user_schema,
};
use protocol::refusal::{Detail, Refused};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::call::Call;
use super::crud::{Include, Managed, constraint};
use super::list;
use super::room;
use super::schema::named;
use super::user_attribute::{self, begins};

impl Managed for SchemaAttribute {
    const NOUN: &'static str = "schema attribute";
    const TAKEN: &'static str = "users have an attribute of this name already";
    const TAGGED: bool = false;
    const ATTRIBUTES: &'static [&'static str] =
        &["id", "name", "displayName", "type", "schemaType", "enabled", "unique", "multiValued", "required"];

    fn links(&self) -> Vec<(&'static str, String)> {
        let environment = format!("/environments/{}", self.environment);
        let schema = format!("{environment}/schemas/{}", user_schema(self.environment));
        vec![("self", format!("{schema}/attributes/{}", self.id)), ("environment", environment), ("schema", schema)]
    }

    /// The schema has no row, and no part in a key.
    async fn parents(call: &Call) -> Result<Vec<Uuid>, Failure> {
        named(call)?;
        Ok(Vec::new())
    }

    async fn unwritten(call: &Call) -> Result<Vec<Self>, Failure> {
        let all = call.by.tenant()?.schema.attributes().iter();
        Ok(all.filter(|one| one.is_unwritten()).cloned().collect())
    }

    async fn blank(call: &Call) -> Result<Self, Failure> {
        named(call)?;
        Ok(Self::begun(call.environment()?, call.by.now().to_millis()))
    }

    async fn allow(by: &Authorized, before: Option<&Self>, after: &Self) -> Result<(), Failure> {
        let Some(before) = before else { return has_room(by, after).await };
        if before.schema_type == SchemaType::Core {
            return Err(constraint("schemaType", "a CORE attribute cannot be changed", &before.name));
        }
        if before.enabled && !after.enabled {
            is_free(by, before, "enabled", "disabled").await?;
        }
        if before.unique != after.unique {
            few_users(by, after).await?;
        }
        Ok(())
    }

    async fn release(by: &Authorized, attribute: &Self) -> Result<(), Failure> {
        if !attribute.is_custom() {
            let message = "only a CUSTOM attribute can be deleted: a STANDARD one can be disabled";
            return Err(constraint("schemaType", message, &attribute.name));
        }
        is_free(by, attribute, "id", "deleted").await?;
        out_of_scopes(by, attribute).await
    }

    /// Values that several users have cannot become unique.
    async fn taken(_: &Authorized, _: &Self, constraint: &str) -> Result<Option<String>, Failure> {
        Ok((constraint == VALUE_TAKEN).then(|| "unique".to_owned()))
    }

    async fn made(by: &Authorized, attributes: &[Self], _: &Include) -> Result<Vec<Map<String, Value>>, Failure> {
        let schema = json!({ "id": user_schema(by.tenant()?.id()).to_string() });
        Ok(attributes.iter().map(|_| Map::from_iter([("schema".to_owned(), schema.clone())])).collect())
    }
}

/// So many of a type an environment makes itself; what it deleted counts until no user has any of it.
async fn has_room(by: &Authorized, new: &SchemaAttribute) -> Result<(), Failure> {
    let all = by.store().all::<SchemaAttribute>(new.environment, &[]).await?;
    let is_json = |one: &SchemaAttribute| one.kind != SchemaAttributeType::String;
    let alike = all.iter().filter(|one| one.is_custom() && is_json(one) == is_json(new)).count();
    if alike < MOST_CUSTOM {
        if alike * 2 >= MOST_CUSTOM {
            // Of all kinds there are no more than were counted.
            room::hold::<SchemaAttribute>(by, (new.environment, None), all.len(), all.len() + 1);
        }
        return Ok(());
    }
    let message = format!("there are {MOST_CUSTOM} attributes of this kind already, which is as many as there may be");
    let detail = Detail::new("SIZE_LIMIT_EXCEEDED", "type", message).with_inner(json!({ "maximumValue": MOST_CUSTOM }));
    Err(Refused::fields(vec![detail]).into())
}

/// Who is in a group by an attribute would otherwise be in it for ever, a mapping that names it would be worth nothing, and a sign-on policy
/// would ask for what nobody has.
async fn is_free(by: &Authorized, attribute: &SchemaAttribute, target: &str, done: &str) -> Result<(), Failure> {
    let groups = by.store().groups_filtered_by(attribute.environment, &attribute.name).await?;
    let by_what = match groups.first() {
        Some(group) => format!("the userFilter of the group {group}"),
        None => match user_attribute::named_by(by, attribute).await? {
            Some(what) => what,
            None => return Ok(()),
        },
    };
    let message = format!("the attribute cannot be {done} while {by_what} names it");
    Err(constraint(target, &message, &attribute.name))
}

/// Takes it out of what scopes of the PingOne API reach: a later attribute of this name is another one. A scope of every environment that
/// reaches nothing else would reach everything.
async fn out_of_scopes(by: &Authorized, attribute: &SchemaAttribute) -> Result<(), Failure> {
    let of_it = |path: &String| begins(path, &attribute.name);
    for mut scope in by.store().every_within::<ResourceScope>(attribute.environment).await? {
        if !scope.schema_attributes.iter().any(of_it) {
            continue;
        }
        scope.schema_attributes.retain(|path| !of_it(path));
        if scope.schema_attributes.is_empty() && scope.is_built_in(ResourceType::PingOneApi) {
            let message = format!("the attribute cannot be deleted while the scope {} reaches it alone", scope.name);
            return Err(constraint("id", &message, &attribute.name));
        }
        by.along(Change::put(scope, Guard::Version));
    }
    Ok(())
}

/// All values are looked at in the commit that changes whether they are unique.
async fn few_users(by: &Authorized, attribute: &SchemaAttribute) -> Result<(), Failure> {
    let one = List { limit: 1, ..List::default() };
    let users = by.store().list::<User>(attribute.environment, &one).await.map_err(list::refused)?.total;
    if users <= MOST_USERS {
        return Ok(());
    }
    let message = format!("cannot be changed in an environment of more than {MOST_USERS} users");
    Err(constraint("unique", &message, &users.to_string()))
}

const MOST_USERS: i64 = 20_000;
