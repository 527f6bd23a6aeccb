//! How an environment's administrators sign on: a part of the environment, kept for whoever writes it.

use engine::Failure;
use engine::manage::Authorized;
use protocol::model::{AdministratorSecurity, Environment, EnvironmentSettings, describe};
use serde_json::Value;

use super::answer::Answer;
use super::call::Call;
use super::crud::Here;
use super::environment::{self, commit};
use super::named;
use super::shape::{linked, reference, stamp};

pub(super) async fn read(call: Call) -> Result<Answer, Failure> {
    let environment = environment::load(&call).await?;
    Ok(Answer::ok(shape(&call.by, &environment)).version(environment.version))
}

pub(super) async fn replace(call: Call) -> Result<Answer, Failure> {
    let by = call.by.clone();
    let before = environment::load(&call).await?;
    let was = before.settings.administrators.clone().unwrap_or_default();
    let written: AdministratorSecurity = describe::read(&call.json().await?, &was, &Here::of(&by))?;
    named::hold_all(&by, before.id, before.settings.administrators.as_ref(), &written).await?;
    let settings = EnvironmentSettings { administrators: Some(written), ..before.settings.clone() };
    let after = commit(&by, &before, Environment { settings, ..before.clone() }).await?;
    Ok(Answer::ok(shape(&by, &after)).version(after.version))
}

fn shape(by: &Authorized, environment: &Environment) -> Value {
    let path = format!("/environments/{}", environment.id);
    let links = linked(by, &[("self", format!("{path}/adminConfig")), ("environment", path)]);
    let has = |kind: &str| environment.bill_of_materials.products.iter().any(|product| product.kind == kind);
    let drawn = describe::draw(&environment.settings.administrators.clone().unwrap_or_default());
    links
        .with("environment", reference(environment.id))
        .and(drawn)
        .with("hasFido2Capabilities", true)
        .with("isPingIDInBOM", has("PING_ID"))
        .with("createdAt", stamp(environment.created_at))
        .with("updatedAt", stamp(environment.updated_at))
        .into()
}
