//! Environments: the tenants of an organization. Creating one seeds everything that its first token needs.

use engine::Failure;
use engine::manage::{About, Authorized};
use protocol::audit::{Action, Kind};
use protocol::change::{Change, Guard};
use protocol::filter::Filter;
use protocol::id::{EnvironmentId, LicenseId};
use protocol::model::{
    BillOfMaterials, Environment, EnvironmentType, Kept as _, Role, RoleScope, WrittenType, describe, seed,
};
use protocol::refusal::{Detail, Reason, Refused};
use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::authority;
use super::call::{Call, missing};
use super::crud::{self, Here, constraint};
use super::list::{self, Asked};
use super::shape::{Object, linked};
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
    within(&environment.region, &by.app.config.regions, "the licence is for other regions")?;
    environment.bill_of_materials.settle(&bill, &by.ctx());
    environment.id = EnvironmentId::new(by.ctx().uuid());
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
    let written = describe::read(&body, &before, &Here::of(&by))?;
    if written.license != before.license {
        licensed(&by, written.license).await?;
    }
    within(&written.region, &[before.region.as_str()], "the region of an environment cannot be changed")?;
    let bill_of_materials = before.bill_of_materials.clone();
    update(&by, &before, Environment { kind: before.kind, bill_of_materials, ..written }).await
}

pub(super) async fn replace_type(call: Call) -> Result<Answer, Failure> {
    let by = call.by.clone();
    let before = load(&call).await?;
    let WrittenType(kind) = describe::read(&call.json().await?, &WrittenType(before.kind), &Here::of(&by))?;
    update(&by, &before, Environment { kind, ..before.clone() }).await
}

/// Deletes a sandbox with everything in it. PingOne keeps a production environment for some days and then deletes it;
/// here it is refused, so that the deletion takes two decisions as well: the change of its type and this call.
pub(super) async fn delete(call: Call) -> Result<Answer, Failure> {
    let by = &call.by;
    let environment = load(&call).await?;
    if environment.kind == EnvironmentType::Production {
        let message = "A PRODUCTION environment is not deleted: change its type to SANDBOX first";
        return Err(constraint("id", message, "a deletion"));
    }
    if by.assignments.iter().any(|a| a.environment == environment.id) {
        let message = "The environment of the administrator who asks cannot be deleted";
        return Err(constraint("id", message, "a deletion"));
    }
    // MG-05: with it end its workers and users, and nobody gets hold of somebody who holds more.
    authority::over_all(by, environment.id).await?;
    let (key, target) = (environment.key(), (Kind::Environment, environment.id.uuid()));
    // Also when its type is changed back meanwhile.
    by.expect(Change::Expect(key, environment.version));
    by.finish(vec![Change::Remove(key)], Action::EnvironmentDeleted, target).await?;
    Ok(Answer::none())
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
async fn load(call: &Call) -> Result<Environment, Failure> {
    let id = call.environment()?;
    let found = call.by.store().environment(id).await?.ok_or_else(|| missing("environment", id.to_string()))?;
    call.expect_version(found.version, Change::Expect(found.key(), found.version))?;
    Ok(found)
}

async fn update(by: &Authorized, before: &Environment, after: Environment) -> Result<Answer, Failure> {
    let after = commit(by, before, after).await?;
    Ok(Answer::ok(shape(by, &after)).version(after.version))
}

async fn commit(by: &Authorized, before: &Environment, mut after: Environment) -> Result<Environment, Failure> {
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

async fn licensed(by: &Authorized, license: LicenseId) -> Result<(), Failure> {
    if by.store().license(by.organization, license).await?.is_some() {
        return Ok(());
    }
    let detail = Detail::new("INVALID_VALUE", "license.id", "the organization has no licence with this id");
    Err(Refused::fields(vec![detail]).into())
}

/// The filter without the status, which is no row's own: every environment that there is, is active.
fn resolved(filter: Filter) -> Filter {
    let constant = |holds: bool| {
        let all = Filter::Present("id".to_owned());
        if holds { all } else { Filter::Not(Box::new(all)) }
    };
    match filter {
        Filter::And(left, right) => Filter::And(Box::new(resolved(*left)), Box::new(resolved(*right))),
        Filter::Or(left, right) => Filter::Or(Box::new(resolved(*left)), Box::new(resolved(*right))),
        Filter::Not(inner) => Filter::Not(Box::new(resolved(*inner))),
        Filter::Compare { path, op, value } if path.eq_ignore_ascii_case("status") => {
            constant(sift::compares(&Value::from(ACTIVE), op, &value))
        }
        Filter::Present(path) if path.eq_ignore_ascii_case("status") => constant(true),
        other @ (Filter::Compare { .. } | Filter::Present(_) | Filter::Within(..)) => other,
    }
}

/// All that is written, with what is a part of it and has a route of its own.
fn drawn(environment: &Environment) -> Value {
    let bill = describe::draw(&environment.bill_of_materials);
    Object::default().and(describe::draw(environment)).with("billOfMaterials", bill).into()
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
    crud::shape(by, environment, &links, Object::default().with("status", ACTIVE).into_map())
}

fn bill_with_links(by: &Authorized, environment: &Environment) -> Value {
    let path = format!("/environments/{}", environment.id);
    let links = linked(by, &[("self", format!("{path}/billOfMaterials")), ("environment", path)]);
    links.and(describe::draw(&environment.bill_of_materials)).into()
}

const ACTIVE: &str = "ACTIVE";
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
