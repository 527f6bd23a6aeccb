//! Users: created, imported, listed, replaced, patched and deleted.

use std::collections::HashMap;

use engine::Failure;
use engine::manage::{About, Authorized};
use protocol::audit::{Action, Kind};
use protocol::change::{Change, Guard};
use protocol::id::{GroupId, PopulationId, UserId};
use protocol::model::check::user::{self as check, Imported, NewPassword, Written};
use protocol::model::{Account, Address, Key, PasswordState, Permission, Population, Profile, User, UserName};
use protocol::refusal::{Detail, Refused};
use protocol::time::Time;
use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::call::{Call, missing};
use super::crud::{self, Include};
use super::list::{self, Asked};
use super::shape::{Object, linked, reference, stamp};
use super::{password, population};

pub(super) async fn list(call: Call) -> Result<Answer, Failure> {
    let asked = Asked::read(&call)?;
    let page = call.by.store().users(call.environment()?, &asked.list).await.map_err(list::refused)?;
    let groups = Groups::included(&call, &page.rows).await?;
    Ok(asked.page(&call.by, "users", &page, |user| groups.beside(user, shape(&call.by, user))))
}

pub(super) async fn read(call: Call) -> Result<Answer, Failure> {
    let user = load(&call).await?;
    let groups = Groups::included(&call, std::slice::from_ref(&user)).await?;
    Ok(Answer::ok(groups.beside(&user, shape(&call.by, &user))).version(user.version))
}

/// The groups of users, where `include` asks for them.
struct Groups {
    found: HashMap<UserId, Vec<(GroupId, String)>>,
    ids: bool,
    names: bool,
}

impl Groups {
    async fn included(call: &Call, users: &[User]) -> Result<Self, Failure> {
        let include = Include::read(call)?;
        let (ids, names) = (include.has("memberOfGroupIDs"), include.has("memberOfGroupNames"));
        let users: Vec<UserId> = users.iter().filter(|_| ids || names).map(|user| user.id).collect();
        let found = call.by.store().groups_of(call.environment()?, &users).await.map_err(list::included)?;
        Ok(Self { found, ids, names })
    }

    fn beside(&self, user: &User, mut answer: Value) -> Value {
        let groups = self.found.get(&user.id).map(Vec::as_slice).unwrap_or_default();
        if self.ids {
            answer["memberOfGroupIDs"] = groups.iter().map(|(id, _)| id.to_string()).collect();
        }
        if self.names {
            answer["memberOfGroupNames"] = groups.iter().map(|(_, name)| name.as_str()).collect();
        }
        answer
    }
}

/// Creates a user, or with the import's media type one who brings a password and a state.
pub(super) async fn create(call: Call) -> Result<Answer, Failure> {
    let by = call.by.clone();
    let (written, imported) = if call.media_types().iter().any(|media| media == IMPORT) {
        let also = call.also(Permission::ManageUserPasswords);
        let (written, imported) = check::read_import(&call.json_of(IMPORT).await?)?;
        if imported.password.is_some() {
            also?;
        }
        (written, imported)
    } else {
        (check::read(&call.json().await?)?, Imported::default())
    };
    let population = population_of(&by, written.population).await?;
    let mut user = new(&by, written, &population, &imported);
    if let Some(password) = &imported.password {
        user.password = Some(first_password(&by, &population, &user, password).await?);
    }
    let changes = vec![Change::put(user.clone(), Guard::New)];
    crud::commit(&by, changes, Action::UserCreated, target(&user).into(), TAKEN).await?;
    Ok(Answer::created(shape(&by, &user)).version(user.version))
}

pub(super) async fn replace(call: Call) -> Result<Answer, Failure> {
    let by = call.by.clone();
    let before = load(&call).await?;
    let written = check::read(&call.json().await?)?;
    write(&by, before, written).await
}

/// Merges the body into what the user is (RFC 7396) and judges the result as a replacement would be (MG-07).
pub(super) async fn patch(call: Call) -> Result<Answer, Failure> {
    let by = call.by.clone();
    let before = load(&call).await?;
    let mut whole = Value::Object(writable(&before).into_map());
    merge(&mut whole, Value::Object(call.json().await?));
    let written = check::read(whole.as_object().unwrap_or(&Map::new()))?;
    write(&by, before, written).await
}

pub(super) async fn delete(call: Call) -> Result<Answer, Failure> {
    let user = load(&call).await?;
    let changes = vec![Change::Remove(Key::User(user.environment, user.id))];
    call.by.finish(changes, Action::UserDeleted, target(&user)).await?;
    Ok(Answer::none())
}

/// The user of the path, in the version that the call is for.
pub(super) async fn load(call: &Call) -> Result<User, Failure> {
    let (environment, id) = (call.environment()?, call.id("user", UserId::parse)?);
    let user = call.by.store().user(environment, id).await?.ok_or_else(|| missing("user", id.to_string()))?;
    call.expect_version(user.version, Change::Expect(Key::User(environment, id), user.version))?;
    Ok(user)
}

/// Stores a changed user and counts its version. The event says which properties changed.
pub(super) async fn commit(
    by: &Authorized,
    before: &User,
    mut after: User,
    more: Vec<Change>,
) -> Result<User, Failure> {
    after.updated_at = by.now().to_millis();
    let mut changes = vec![Change::put(after.clone(), Guard::Version)];
    changes.extend(more);
    let about = About::from(target(&after)).changing(&written(before), &written(&after));
    crud::commit(by, changes, Action::UserUpdated, about, TAKEN).await?;
    after.version += 1;
    Ok(after)
}

/// The population that a user is put into: the one named, which must be of this environment, or the default.
pub(super) async fn population_of(by: &Authorized, named: Option<PopulationId>) -> Result<Population, Failure> {
    let environment = by.tenant()?.id();
    let (found, code, message) = match named {
        Some(id) => {
            let found = by.store().get::<Population>(environment, &[id.uuid()]).await?;
            (found, "INVALID_VALUE", "no population of this environment has this id")
        }
        None => (
            population::default(by, environment).await?,
            "REQUIRED_VALUE",
            "must be provided: there is no default population",
        ),
    };
    found.ok_or_else(|| Refused::fields(vec![Detail::new(code, "population.id", message)]).into())
}

pub(super) fn target(user: &User) -> (Kind, uuid::Uuid) {
    (Kind::User, user.id.uuid())
}

pub(super) fn respond(by: &Authorized, user: &User) -> Answer {
    Answer::ok(shape(by, user)).version(user.version)
}

async fn write(by: &Authorized, before: User, written: Written) -> Result<Answer, Failure> {
    if written.population.is_some_and(|id| id != before.population) {
        population_of(by, written.population).await?;
    }
    let after = commit(by, &before, written.onto(before.clone(), by.now()), Vec::new()).await?;
    Ok(respond(by, &after))
}

fn new(by: &Authorized, written: Written, population: &Population, imported: &Imported) -> User {
    let now = by.now().to_millis();
    User {
        id: UserId::new(by.ctx().uuid()),
        environment: population.environment,
        population: population.id,
        username: written.username,
        email: written.email,
        email_verified: imported.email_verified,
        enabled: imported.enabled.unwrap_or(true),
        account: Account::default(),
        lifecycle: imported.lifecycle.unwrap_or("ACCOUNT_OK").into(),
        mfa_enabled: imported.mfa_enabled,
        verify_status: imported.verify_status.unwrap_or("NOT_INITIATED").into(),
        identity_provider: None,
        profile: written.profile,
        password: None,
        last_sign_on: None,
        created_at: now,
        updated_at: now,
        version: 0,
    }
}

async fn first_password(
    by: &Authorized,
    population: &Population,
    user: &User,
    password: &NewPassword,
) -> Result<PasswordState, Failure> {
    let hash = password::hash_new(by, population, user, &password.value, "", "password").await?;
    Ok(PasswordState { hash, must_change: password.must_change, changed_at: by.now().to_millis() })
}

/// RFC 7396 §2. The nesting is bounded by what was parsed.
fn merge(whole: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *whole = patch;
        return;
    };
    if !whole.is_object() {
        *whole = json!({});
    }
    let Some(members) = whole.as_object_mut() else { return };
    for (name, value) in patch {
        if value.is_null() {
            members.remove(&name);
        } else {
            merge(members.entry(name).or_insert(Value::Null), value);
        }
    }
}

/// A user as it is answered. The password never is.
fn shape(by: &Authorized, user: &User) -> Value {
    let environment = format!("/environments/{}", user.environment);
    let path = format!("{environment}/users/{}", user.id);
    let password = format!("{path}/password");
    let mut links = vec![
        ("self", path.clone()),
        ("environment", environment.clone()),
        ("population", format!("{environment}/populations/{}", user.population)),
        ("password", password.clone()),
    ];
    links.extend(password::ACTIONS.map(|action| (action, password.clone())));
    links.extend(BELOW.map(|name| (name, format!("{path}/{name}"))));
    links.push(("account.sendVerificationCode", path));
    linked(by, &links)
        .with("id", user.id.to_string())
        .with("environment", reference(user.environment))
        .with("account", account(user, by.now()))
        .with("createdAt", stamp(user.created_at))
        .with("updatedAt", stamp(user.updated_at))
        .with("emailVerified", user.email_verified)
        .with("enabled", user.enabled)
        .with("identityProvider", json!({ "type": "PING_ONE" }))
        .with("lifecycle", json!({ "status": user.lifecycle }))
        .maybe("lastSignOn", user.last_sign_on.map(|at| json!({ "at": stamp(at) })))
        .with("mfaEnabled", user.mfa_enabled)
        .with("verifyStatus", user.verify_status.as_str())
        .and(writable(user).into_map())
        .into()
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

/// What [`check::read`] reads: the part of a user that a replacement replaces.
fn writable(user: &User) -> Object {
    let Profile { name, address, .. } = &user.profile;
    let profile = &user.profile;
    Object::default()
        .with("username", user.username.as_str())
        .with("email", user.email.as_str())
        .with("population", reference(user.population))
        .unless_empty("name", name_shape(name))
        .maybe("nickname", profile.nickname.as_deref())
        .maybe("title", profile.title.as_deref())
        .maybe("type", profile.kind.as_deref())
        .maybe("externalId", profile.external_id.as_deref())
        .maybe("preferredLanguage", profile.preferred_language.as_deref())
        .maybe("locale", profile.locale.as_deref())
        .maybe("timezone", profile.timezone.as_deref())
        .maybe("primaryPhone", profile.primary_phone.as_deref())
        .maybe("mobilePhone", profile.mobile_phone.as_deref())
        .maybe("photo", profile.photo.as_deref().map(|href| json!({ "href": href })))
        .unless_empty("address", address_shape(address))
}

/// All that [`commit`] writes.
fn written(user: &User) -> Value {
    writable(user).with("enabled", user.enabled).with("mfaEnabled", user.mfa_enabled).into()
}

fn name_shape(name: &UserName) -> Object {
    Object::default()
        .maybe("given", name.given.as_deref())
        .maybe("middle", name.middle.as_deref())
        .maybe("family", name.family.as_deref())
        .maybe("formatted", name.formatted.as_deref())
        .maybe("honorificPrefix", name.honorific_prefix.as_deref())
        .maybe("honorificSuffix", name.honorific_suffix.as_deref())
}

fn address_shape(address: &Address) -> Object {
    Object::default()
        .maybe("streetAddress", address.street_address.as_deref())
        .maybe("locality", address.locality.as_deref())
        .maybe("region", address.region.as_deref())
        .maybe("postalCode", address.postal_code.as_deref())
        .maybe("countryCode", address.country_code.as_deref())
}

const TAKEN: &str = "is already in use in this environment";
const IMPORT: &str = "application/vnd.pingidentity.user.import+json";
/// What PingOne links a user to beside the password (the contract, 1.B.3).
const BELOW: [&str; 4] = ["devices", "roleAssignments", "linkedAccounts", "memberOfGroups"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_merges_and_null_removes() {
        // RFC 7396, appendix A.
        let mut whole = json!({ "name": { "given": "Ada", "family": "L" }, "title": "x", "email": "a@b.example" });
        merge(&mut whole, json!({ "name": { "family": null, "middle": "K" }, "title": null, "nickname": "C" }));
        let expected = json!({ "name": { "given": "Ada", "middle": "K" }, "email": "a@b.example", "nickname": "C" });
        assert_eq!(whole, expected);
        merge(&mut whole, json!({ "email": { "deep": { "gone": null } } }));
        assert_eq!(whole["email"], json!({ "deep": {} }));
    }
}
