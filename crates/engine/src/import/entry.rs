//! One line as a user.

use std::sync::Arc;

use protocol::ctx::Ctx;
use protocol::id::{GroupId, UserId};
use protocol::model::describe::{self, Known, Refers};
use protocol::model::{ImportedUser, Kept as _, NewPassword, User, UserSchema};
use protocol::name::username_key;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::known::Environment;
use super::{Line, said};
use crate::tenant::Tenant;

/// A user to be.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) line: u64,
    pub(super) user: User,
    /// Under which the name is unique.
    pub(super) key: String,
    /// The user's id, where the line says it.
    pub(super) id: Option<UserId>,
    pub(super) password: Option<NewPassword>,
    /// The user's password is one that the line brought.
    pub(super) brought: bool,
    pub(super) fate: Fate,
    /// In which they are to be.
    pub(super) groups: Vec<GroupId>,
    body: Map<String, Value>,
    /// What users may have.
    tenant: Arc<Tenant>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    New,
    Skip,
    Update,
}

impl Entry {
    /// Reads a line as a new user.
    ///
    /// # Errors
    /// Everything that is wrong with it, without a value of it.
    pub(super) fn read(ctx: &Ctx<'_>, line: Line, environment: &Environment) -> Result<Self, String> {
        let Line { number, environment: id, mut body, groups } = line;
        let own = match body.remove("id") {
            None | Some(Value::Null) => None,
            Some(text) => Some(UserId::new(canonical(&text).ok_or("id: must be a UUID in small letters")?)),
        };
        let named = match body.get("population") {
            None | Some(Value::Null) => (None, None),
            Some(Value::Object(of)) => (of.get("id").and_then(Value::as_str), of.get("name").and_then(Value::as_str)),
            Some(_) => return Err("population: must be an object".into()),
        };
        let given = named != (None, None);
        let population = environment.population(named.0, named.1).ok_or(if given {
            "population: no population of this environment has this id or name"
        } else {
            "population: must be provided: there is no default population"
        })?;
        body.insert("population".into(), json!({ "id": population.to_string() }));
        let blank = User {
            population,
            enabled: true,
            lifecycle: "ACCOUNT_OK".into(),
            verify_status: "NOT_INITIATED".into(),
            ..User::begun(id, ctx.now.to_millis())
        };
        let tenant = environment.tenant();
        let (mut user, password) = written(&body, &ImportedUser { user: blank, password: None }, &tenant.schema)?;
        user.id = own.unwrap_or_else(|| UserId::new(ctx.uuid()));
        let key = username_key(&user.username).map_err(|_| "username: is not right")?;
        if !given {
            // Of somebody who is there already, the population stays.
            body.remove("population");
        }
        Ok(Self { line: number, user, key, id: own, password, brought: false, fate: Fate::New, groups, body, tenant })
    }

    /// Makes it what the line makes of a user who is there.
    ///
    /// # Errors
    /// As [`Entry::read`].
    pub(super) fn write_onto(&mut self, ctx: &Ctx<'_>, mut user: User) -> Result<(), String> {
        if self.id.is_some_and(|id| id != user.id) {
            return Err("id: the user with this name has another one".into());
        }
        self.tenant.schema.settle(&mut user.custom);
        let mut patch = std::mem::take(&mut self.body);
        // What was verified is the address, not the user.
        if patch.get("email").is_some_and(|email| *email != user.email.as_str()) && !patch.contains_key("emailVerified")
        {
            patch.insert("emailVerified".into(), false.into());
        }
        let before = ImportedUser { user, password: None };
        let body = describe::merged(&before, patch);
        let kept = before.user.password.clone();
        let (mut user, password) = written(&body, &before, &self.tenant.schema)?;
        user.password = kept;
        user.updated_at = ctx.now.to_millis();
        (self.user, self.password, self.fate) = (user, password, Fate::Update);
        Ok(())
    }
}

fn written(
    body: &Map<String, Value>,
    before: &ImportedUser,
    schema: &UserSchema,
) -> Result<(User, Option<NewPassword>), String> {
    let ImportedUser { user, password } =
        describe::read(body, before, &Nothing(schema)).map_err(|refused| said(&refused))?;
    let was = describe::draw(&before.user);
    schema.judge_standard(&describe::draw(&user), Some(&was)).map_err(|refused| said(&refused))?;
    Ok((user, password))
}

fn canonical(id: &Value) -> Option<Uuid> {
    let text = id.as_str()?;
    Uuid::parse_str(text).ok().filter(|id| id.to_string() == text)
}

/// A user refers to nothing but the population, which is looked at before.
struct Nothing<'a>(&'a UserSchema);

impl Known for Nothing<'_> {
    fn schema(&self) -> Option<&UserSchema> {
        Some(self.0)
    }

    fn has(&self, _: Refers, _: Uuid) -> bool {
        false
    }
}
