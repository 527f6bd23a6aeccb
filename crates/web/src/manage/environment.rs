//! Environments: the tenants of an organization. Creating one seeds everything that its first token needs.

use engine::Failure;
use engine::manage::Authorized;
use engine::reads::StoreError;
use protocol::audit::{Action, Kind};
use protocol::change::Change;
use protocol::id::{EnvironmentId, LicenseId};
use protocol::model::check::environment as check;
use protocol::model::{
    BillOfMaterials, Environment, EnvironmentSettings, EnvironmentType, Product, TokenProfile, seed,
};
use protocol::refusal::{Detail, Reason, Refused};
use serde_json::{Value, json};

use super::answer::Answer;
use super::call::{Call, missing};
use super::list::{self, Asked};
use super::shape::{Object, linked, reference, stamp};

pub(super) async fn list(call: Call) -> Result<Answer, Failure> {
    let asked = Asked::read(&call)?;
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
    let written = check::read(&by.ctx(), &call.json().await?, None)?;
    licensed(&by, written.license).await?;
    let now = by.now().to_millis();
    let defaults = EnvironmentSettings::default();
    let token_profile = written.token_profile.unwrap_or(defaults.token_profile);
    let settings = EnvironmentSettings { token_profile, ..defaults };
    let environment = Environment {
        id: EnvironmentId::new(by.ctx().uuid()),
        organization: by.organization,
        license: written.license,
        name: written.name,
        description: written.description,
        kind: written.kind,
        region: written.region,
        icon: written.icon,
        bill_of_materials: written.bill_of_materials.unwrap_or_else(|| check::empty_bill(now)),
        settings,
        created_at: now,
        updated_at: now,
        version: 0,
    };
    let key = by.new_signing_key(environment.id, environment.settings.signing_alg).await?;
    let seed = seed::environment(&by.ctx(), environment.clone(), key, &by.app.config.api_url);
    let target = (Kind::Environment, environment.id.uuid());
    by.try_finish(seed.changes, Action::EnvironmentCreated, target).await.map_err(taken)?;
    Ok(Answer::created(shape(&by, &environment)).version(environment.version))
}

/// Replaces what an administrator may write. The type and the bill of materials have routes of their own, the region
/// is where the environment was made.
pub(super) async fn replace(call: Call) -> Result<Answer, Failure> {
    let by = call.by.clone();
    let before = load(&call).await?;
    let written = check::read(&by.ctx(), &call.json().await?, Some(&before.bill_of_materials))?;
    if written.license != before.license {
        licensed(&by, written.license).await?;
    }
    if written.region != before.region {
        let inner = json!({ "allowedValues": [before.region] });
        let detail =
            Detail::new("INVALID_VALUE", "region", "the region of an environment cannot be changed").with_inner(inner);
        return Err(Refused::fields(vec![detail]).into());
    }
    let token_profile = written.token_profile.unwrap_or(before.settings.token_profile);
    let after = Environment {
        settings: EnvironmentSettings { token_profile, ..before.settings.clone() },
        name: written.name,
        description: written.description,
        icon: written.icon,
        license: written.license,
        ..before
    };
    update(&by, after).await
}

pub(super) async fn replace_type(call: Call) -> Result<Answer, Failure> {
    let by = call.by.clone();
    let before = load(&call).await?;
    let kind = check::read_type(&call.json().await?)?;
    update(&by, Environment { kind, ..before }).await
}

/// Deletes a sandbox with everything in it. PingOne keeps a production environment for some days and then deletes it;
/// here it is refused, so that the deletion takes two decisions as well: the change of its type and this call.
pub(super) async fn delete(call: Call) -> Result<Answer, Failure> {
    let by = &call.by;
    let environment = load(&call).await?;
    if environment.kind == EnvironmentType::Production {
        return Err(constraint("A PRODUCTION environment is not deleted: change its type to SANDBOX first"));
    }
    if by.assignments.iter().any(|a| a.environment == environment.id) {
        return Err(constraint("The environment of the administrator who asks cannot be deleted"));
    }
    let id = environment.id;
    by.finish(vec![Change::DeleteEnvironment(id)], Action::EnvironmentDeleted, (Kind::Environment, id.uuid())).await?;
    Ok(Answer::none())
}

pub(super) async fn read_bill(call: Call) -> Result<Answer, Failure> {
    let environment = load(&call).await?;
    Ok(Answer::ok(bill_with_links(&call.by, &environment)).version(environment.version))
}

pub(super) async fn replace_bill(call: Call) -> Result<Answer, Failure> {
    let by = call.by.clone();
    let before = load(&call).await?;
    let bill = check::read_bill(&by.ctx(), &call.json().await?, &before.bill_of_materials)?;
    let after = commit(&by, Environment { bill_of_materials: bill, ..before }).await?;
    Ok(Answer::ok(bill_with_links(&by, &after)).version(after.version))
}

/// The environment as it is in the store now, in the version that the call is for: it guards the next write.
async fn load(call: &Call) -> Result<Environment, Failure> {
    let id = call.environment()?;
    let found = call.by.store().environment(id).await?.ok_or_else(|| missing("environment", id.to_string()))?;
    call.expect_version(found.version)?;
    Ok(found)
}

async fn update(by: &Authorized, after: Environment) -> Result<Answer, Failure> {
    let after = commit(by, after).await?;
    Ok(Answer::ok(shape(by, &after)).version(after.version))
}

async fn commit(by: &Authorized, mut after: Environment) -> Result<Environment, Failure> {
    after.updated_at = by.now().to_millis();
    let changes = vec![Change::UpdateEnvironment(Box::new(after.clone()))];
    by.try_finish(changes, Action::EnvironmentUpdated, (Kind::Environment, after.id.uuid())).await.map_err(taken)?;
    after.version += 1;
    Ok(after)
}

async fn licensed(by: &Authorized, license: LicenseId) -> Result<(), Failure> {
    if by.store().license(by.organization, license).await?.is_some() {
        return Ok(());
    }
    let detail = Detail::new("INVALID_VALUE", "license.id", "the organization has no licence with this id");
    Err(Refused::fields(vec![detail]).into())
}

fn taken(error: StoreError) -> Failure {
    super::call::taken(error, "name", "an environment with this name exists")
}

fn constraint(message: &str) -> Failure {
    let detail = Detail::new("CONSTRAINT_VIOLATION", "id", message);
    Refused { details: vec![detail], ..Refused::new(Reason::ConstraintViolated, message, "a deletion") }.into()
}

fn shape(by: &Authorized, environment: &Environment) -> Value {
    let path = format!("/environments/{}", environment.id);
    let organization = format!("/organizations/{}", environment.organization);
    let mut links = vec![
        ("self", path.clone()),
        ("organization", organization.clone()),
        ("license", format!("{organization}/licenses/{}", environment.license)),
    ];
    let profile = environment.settings.token_profile;
    links.extend(BELOW.map(|name| (name, format!("{path}/{name}"))));
    linked(by, &links)
        .with("id", environment.id.to_string())
        .with("name", environment.name.as_str())
        .maybe("description", environment.description.as_deref())
        .with("organization", reference(environment.organization))
        .with("type", environment.kind.name())
        .with("region", environment.region.as_str())
        .maybe("icon", environment.icon.as_deref())
        .maybe("tokenProfile", (profile != TokenProfile::PingOne).then(|| profile.name()))
        .with("status", "ACTIVE")
        .with("createdAt", stamp(environment.created_at))
        .with("updatedAt", stamp(environment.updated_at))
        .with("license", reference(environment.license))
        .with("billOfMaterials", bill(&environment.bill_of_materials, Object::default()))
        .into()
}

fn bill_with_links(by: &Authorized, environment: &Environment) -> Value {
    let path = format!("/environments/{}", environment.id);
    let links = linked(by, &[("self", format!("{path}/billOfMaterials")), ("environment", path)]);
    bill(&environment.bill_of_materials, links).into()
}

fn bill(bill: &BillOfMaterials, object: Object) -> Object {
    let products: Vec<Value> = bill.products.iter().map(product).collect();
    object
        .maybe("solutionType", bill.solution_type.as_deref())
        .with("products", products)
        .with("createdAt", stamp(bill.created_at))
        .with("updatedAt", stamp(bill.updated_at))
}

fn product(product: &Product) -> Value {
    let bookmarks: Vec<Value> =
        product.bookmarks.iter().map(|(name, href)| json!({ "name": name, "href": href })).collect();
    Object::default()
        .with("id", product.id.to_string())
        .with("type", product.kind.as_str())
        .maybe("description", product.description.as_deref())
        .maybe("console", product.console.as_deref().map(|href| json!({ "href": href })))
        .maybe("tags", Some(product.tags.clone()).filter(|tags| !tags.is_empty()))
        .maybe("bookmarks", Some(bookmarks).filter(|bookmarks| !bookmarks.is_empty()))
        .into()
}

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
