//! Environments: the tenants of an organization. Creating one seeds everything that its first token needs.

use engine::Failure;
use engine::manage::{About, Authorized};
use protocol::audit::{Action, Kind};
use protocol::change::{Change, Ending, Guard};
use protocol::filter::Filter;
use protocol::id::{EnvironmentId, LicenseId};
use protocol::model::{
    BillOfMaterials, Environment, EnvironmentStatus, EnvironmentType, Kept as _, Permission, Role, RoleScope,
    WrittenStatus, WrittenType, describe, seed,
};
use protocol::policy;
use protocol::refusal::{Detail, Reason, Refused};
use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::authority;
use super::call::{Call, missing};
use super::crud::{self, Here, constraint};
use super::list::{self, Asked};
use super::shape::{Object, linked, stamp};
use super::sift;

pub(super) async fn list(call: Call) -> Result<Answer, Failure> {
    let mut asked = Asked::read(&call)?;
    asked.list.filter = asked.list.filter.map(resolved);
    let by = &call.by;
    let scope = by.environments();
    let page = by.store().environments(by.organization, &asked.list, scope.as_deref()).await.map_err(list::refused)?;
    Ok(asked.page(by, "environments", &page, |environment| shape(by, environment)))
}

pub(super) async fn read(call: Call) -> Result<Answer, Failure> {
    let environment = load(&call).await?;
    Ok(Answer::ok(shape(&call.by, &environment)).version(environment.version))
}

pub(super) async fn create(call: Call) -> Result<Answer, Failure> {
    let by = call.by.clone();
    // Whoever administers one environment has no say over the organization's others.
    if !by.is_organization_wide() {
        let refused = Refused::new(Reason::ActorNotAuthorized, "a role for the organization", "roles for environments");
        return Err(refused.into());
    }
    let now = by.now().to_millis();
    let bill = BillOfMaterials::empty(now);
    let blank = Environment {
        organization: by.organization,
        bill_of_materials: bill.clone(),
        created_at: now,
        updated_at: now,
        ..Environment::default()
    };
    let mut body = call.json().await?;
    if let [only] = by.store().licenses(by.organization).await?.as_slice() {
        named(&mut body, only.id);
    }
    let mut environment = describe::read(&body, &blank, &Here::of(&by))?;
    licensed(&by, environment.license).await?;
    retained(&by, &blank, &blank, environment.activity_retention_days)?;
    within(&environment.region, &by.app.config.regions, "the licence is for other regions")?;
    environment.bill_of_materials.settle(&bill, &by.ctx());
    environment.id = EnvironmentId::new(by.ctx().uuid());
    let demands = policy::demands_of_all(&environment);
    let settings = &mut environment.settings;
    settings.signing_alg = demands.signs_with(None, settings.signing_alg).unwrap_or(settings.signing_alg);
    let key = by.new_signing_key(environment.id, environment.settings.signing_alg).await?;
    let seed = seed::environment(&by.ctx(), environment.clone(), key, &by.app.config.api_url);
    let over = RoleScope::Environment(environment.id);
    let given = authority::of_creator(&by, by.organization, environment.id, over, Role::of_creators());
    let about = About::from((Kind::Environment, environment.id.uuid()));
    let about = authority::told(&given).into_iter().fold(about, About::noting);
    let changes = seed.changes.into_iter().chain(given).collect();
    crud::commit(&by, changes, Action::EnvironmentCreated, about, TAKEN).await?;
    Ok(Answer::created(shape(&by, &environment)).version(environment.version))
}

/// Replaces what an administrator may write. The type and the bill of materials have routes of their own, the region
/// is where the environment was made.
pub(super) async fn replace(call: Call) -> Result<Answer, Failure> {
    let by = call.by.clone();
    let before = load(&call).await?;
    let mut body = call.json().await?;
    named(&mut body, before.license);
    let told = told(&by, &before);
    let written = describe::read(&body, &told, &Here::of(&by))?;
    if written.license != before.license {
        licensed(&by, written.license).await?;
    }
    let days = retained(&by, &before, &told, written.activity_retention_days)?;
    within(&written.region, &[before.region.as_str()], "the region of an environment cannot be changed")?;
    signs(&written)?;
    let bill_of_materials = before.bill_of_materials.clone();
    let after = Environment { kind: before.kind, bill_of_materials, activity_retention_days: days, ..written };
    update(&by, &before, after).await
}

pub(super) async fn replace_type(call: Call) -> Result<Answer, Failure> {
    let by = call.by.clone();
    let before = load(&call).await?;
    let WrittenType(kind) = describe::read(&call.json().await?, &WrittenType(before.kind), &Here::of(&by))?;
    if before.status() == EnvironmentStatus::DeletePending && kind != before.kind {
        // As a SANDBOX it would be deleted before the waiting is over.
        let message =
            "The type of an environment whose deletion is pending cannot be changed: set its status to ACTIVE";
        return Err(constraint("type", message, kind.name()));
    }
    update(&by, &before, Environment { kind, ..before.clone() }).await
}

/// Puts a production environment aside to be deleted, or takes it back under a licence.
pub(super) async fn replace_status(call: Call) -> Result<Answer, Failure> {
    let by = call.by.clone();
    let before = load(&call).await?;
    let blank = WrittenStatus { status: before.status(), license: before.license };
    let WrittenStatus { status, license } = describe::read(&call.json().await?, &blank, &Here::of(&by))?;
    let after = match status {
        EnvironmentStatus::Active => {
            licensed(&by, license).await?;
            Environment { soft_deleted_at: None, license, ..before.clone() }
        }
        EnvironmentStatus::DeletePending => {
            if before.kind != EnvironmentType::Production {
                let message = "The deletion of a PRODUCTION environment alone is pending: a SANDBOX is deleted at once";
                return Err(constraint("status", message, before.kind.name()));
            }
            by.also(Permission::DeleteEnvironments)?;
            may_end(&by, &before, "status").await?;
            let soft_deleted_at = before.soft_deleted_at.or(Some(by.now().to_millis()));
            Environment { soft_deleted_at, ..before.clone() }
        }
    };
    update(&by, &before, after).await
}

/// Deletes an environment with everything in it: a sandbox at once, and one for production when its deletion was decided
/// twice, the second time after a while.
pub(super) async fn delete(call: Call) -> Result<Answer, Failure> {
    let by = &call.by;
    let environment = load(&call).await?;
    if environment.kind == EnvironmentType::Production {
        let message = match environment.removable_at() {
            Some(at) if at <= by.now() => None,
            Some(at) => Some(format!("The deletion of the environment is pending: it can be deleted from {at} on")),
            None => Some("A PRODUCTION environment is not deleted: set its status to DELETE_PENDING first".to_owned()),
        };
        if let Some(message) = message {
            return Err(constraint("id", &message, "a deletion"));
        }
    }
    may_end(by, &environment, "id").await?;
    let (key, target) = (environment.key(), (Kind::Environment, environment.id.uuid()));
    // Also when its type is changed back meanwhile.
    by.expect(Change::Expect(key, environment.version));
    by.finish(vec![Change::Remove(key)], Action::EnvironmentDeleted, target).await?;
    Ok(Answer::none())
}

/// Decides whether the actor may end everybody in the environment.
async fn may_end(by: &Authorized, environment: &Environment, target: &str) -> Result<(), Failure> {
    if by.home == environment.id {
        let message = "The environment of the administrator who asks cannot be deleted";
        return Err(constraint(target, message, "a deletion"));
    }
    // MG-05: with it end its workers and users, and nobody gets hold of somebody who holds more.
    let ending = authority::over_all(by, environment.id).await?;
    authority::keep(by, &ending, Ending::Environment(environment.id), target);
    Ok(())
}

pub(super) async fn read_bill(call: Call) -> Result<Answer, Failure> {
    let environment = load(&call).await?;
    Ok(Answer::ok(bill_with_links(&call.by, &environment)).version(environment.version))
}

pub(super) async fn replace_bill(call: Call) -> Result<Answer, Failure> {
    let by = call.by.clone();
    let before = load(&call).await?;
    let mut bill = describe::read(&call.json().await?, &before.bill_of_materials, &Here::of(&by))?;
    bill.settle(&before.bill_of_materials, &by.ctx());
    let after = commit(&by, &before, Environment { bill_of_materials: bill, ..before.clone() }).await?;
    Ok(Answer::ok(bill_with_links(&by, &after)).version(after.version))
}

/// The environment as it is in the store now, in the version that the call is for: it guards the next write.
pub(super) async fn load(call: &Call) -> Result<Environment, Failure> {
    let id = call.environment()?;
    let found = call.by.store().environment(id).await?.ok_or_else(|| missing("environment", id.to_string()))?;
    call.expect_version(found.version, Change::Expect(found.key(), found.version))?;
    Ok(found)
}

/// FAPI 2.0 §5.4.1: what an environment signs has an algorithm of its profile. Its key is not changed by the way: whoever verifies has to
/// have met the new one first.
fn signs(written: &Environment) -> Result<(), Failure> {
    let (alg, profile) = (written.settings.signing_alg, written.settings.security_profile);
    if policy::demands_of_all(written).takes_alg(alg) {
        return Ok(());
    }
    let message = format!(
        "The environment signs with {}: change its key first (grantor keys rotate --alg ES256), and then its profile",
        alg.name()
    );
    Err(constraint("securityProfile", &message, profile.name()))
}

async fn update(by: &Authorized, before: &Environment, after: Environment) -> Result<Answer, Failure> {
    let after = commit(by, before, after).await?;
    Ok(Answer::ok(shape(by, &after)).version(after.version))
}

pub(super) async fn commit(
    by: &Authorized,
    before: &Environment,
    mut after: Environment,
) -> Result<Environment, Failure> {
    after.updated_at = by.now().to_millis();
    let changes = vec![Change::put(after.clone(), Guard::Version)];
    let about = About::from((Kind::Environment, after.id.uuid())).changing(&drawn(before), &drawn(&after));
    crud::commit(by, changes, Action::EnvironmentUpdated, about, TAKEN).await?;
    after.version += 1;
    Ok(after)
}

/// A body that names no licence means the one that there is: only who has several must say which.
fn named(body: &mut Map<String, Value>, license: LicenseId) {
    let member = body.entry("license").or_insert(Value::Null);
    if member.is_null() {
        *member = json!({ "id": license.to_string() });
    }
}

/// Clients read the target and the allowed values.
fn within(region: &str, allowed: &[&str], message: &str) -> Result<(), Failure> {
    if allowed.contains(&region) {
        return Ok(());
    }
    let inner = json!({ "allowedValues": allowed });
    Err(Refused::fields(vec![Detail::new("INVALID_VALUE", "region", message).with_inner(inner)]).into())
}

/// The environment as it is told: nothing is promised that the server does not keep, and it may keep less than when this was written.
fn told(by: &Authorized, environment: &Environment) -> Environment {
    let activity_retention_days = environment.activity_retention_days.min(by.app.config.activity_days);
    Environment { activity_retention_days, ..environment.clone() }
}

/// Decides whether the activities of an environment may be kept for another time than is told, and for how many days that is. Whoever
/// administers one environment does not shorten what tells of them; and writing back what was read changes nothing.
fn retained(by: &Authorized, before: &Environment, told: &Environment, after: i64) -> Result<i64, Failure> {
    if after == told.activity_retention_days {
        return Ok(before.activity_retention_days);
    }
    if !by.is_organization_wide() {
        let expected = "a role for the organization, to change activityRetentionDays";
        return Err(Refused::new(Reason::ActorNotAuthorized, expected, "roles for environments").into());
    }
    let most = by.app.config.activity_days;
    if after <= most {
        return Ok(after);
    }
    let inner = json!({ "rangeMinimumValue": 0, "rangeMaximumValue": most });
    let message = format!("The server keeps activities for {most} days");
    Err(Refused::fields(vec![Detail::new("OUT_OF_RANGE", "activityRetentionDays", message).with_inner(inner)]).into())
}

async fn licensed(by: &Authorized, license: LicenseId) -> Result<(), Failure> {
    if by.store().license(by.organization, license).await?.is_some() {
        return Ok(());
    }
    let detail = Detail::new("INVALID_VALUE", "license.id", "the organization has no licence with this id");
    Err(Refused::fields(vec![detail]).into())
}

/// The filter without the status, which follows from the time at which one was put aside.
fn resolved(filter: Filter) -> Filter {
    let constant = |holds: bool| {
        let all = Filter::Present("id".to_owned());
        if holds { all } else { Filter::Not(Box::new(all)) }
    };
    let pending = || Filter::Present("softDeletedAt".to_owned());
    match filter {
        Filter::And(left, right) => Filter::And(Box::new(resolved(*left)), Box::new(resolved(*right))),
        Filter::Or(left, right) => Filter::Or(Box::new(resolved(*left)), Box::new(resolved(*right))),
        Filter::Not(inner) => Filter::Not(Box::new(resolved(*inner))),
        Filter::Compare { path, op, value } if path.eq_ignore_ascii_case("status") => {
            let holds = |status: EnvironmentStatus| sift::compares(&Value::from(status.name()), op, &value);
            match (holds(EnvironmentStatus::Active), holds(EnvironmentStatus::DeletePending)) {
                (true, false) => Filter::Not(Box::new(pending())),
                (false, true) => pending(),
                (both, _) => constant(both),
            }
        }
        Filter::Present(path) if path.eq_ignore_ascii_case("status") => constant(true),
        other @ (Filter::Compare { .. } | Filter::Present(_) | Filter::Within(..)) => other,
    }
}

/// All that is written, with what is a part of it and has a route of its own.
fn drawn(environment: &Environment) -> Value {
    let bill = describe::draw(&environment.bill_of_materials);
    let administrators = environment.settings.administrators.as_ref().map(describe::draw);
    let drawn = Object::default().and(describe::draw(environment)).with("billOfMaterials", bill);
    drawn.maybe("adminConfig", administrators).into()
}

fn shape(by: &Authorized, environment: &Environment) -> Value {
    let path = format!("/environments/{}", environment.id);
    let organization = format!("/organizations/{}", environment.organization);
    let mut links = vec![
        ("self", path.clone()),
        ("organization", organization.clone()),
        ("license", format!("{organization}/licenses/{}", environment.license)),
    ];
    links.extend(BELOW.map(|name| (name, format!("{path}/{name}"))));
    let made = Object::default()
        .with("status", environment.status().name())
        .maybe("hardDeletedAllowedAt", environment.removable_at().map(stamp));
    crud::shape(by, &told(by, environment), &links, made.into_map())
}

fn bill_with_links(by: &Authorized, environment: &Environment) -> Value {
    let path = format!("/environments/{}", environment.id);
    let links = linked(by, &[("self", format!("{path}/billOfMaterials")), ("environment", path)]);
    links.and(describe::draw(&environment.bill_of_materials)).into()
}

const TAKEN: &str = "an environment with this name exists";
/// What PingOne links an environment to (the contract, 1.B). A client may look for each of the names; the address of a
/// resource that this server does not have answers 404.
const BELOW: [&str; 20] = [
    "populations",
    "users",
    "applications",
    "activities",
    "branding",
    "resources",
    "passwordPolicies",
    "userActivities",
    "signOnPolicies",
    "keys",
    "templates",
    "notificationsSettings",
    "schemas",
    "gateways",
    "capabilities",
    "activeIdentityCounts",
    "propagation/plans",
    "propagation/stores",
    "propagation/revisions/id:latest",
    "billOfMaterials",
];
