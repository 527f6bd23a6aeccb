//! Password policies: exactly one of an environment's is the default, which counts for populations that name none.

use engine::Failure;
use engine::manage::Authorized;
use protocol::id::PasswordPolicyId;
use protocol::model::PasswordPolicy;
use protocol::refusal::Reason;
use serde_json::{Map, Value};

use super::crud::{Include, Managed, constraint};
use super::shape::Object;

impl Managed for PasswordPolicy {
    const NOUN: &'static str = "password policy";
    const TAKEN: &'static str = "a password policy with this name exists";

    async fn allow(by: &Authorized, before: Option<&Self>, after: &Self) -> Result<(), Failure> {
        // It is the whole environment's, whatever the actor may do in one population.
        by.reaches(None)?;
        if before.is_some_and(|before| before.default) && !after.default {
            let message = "The default password policy stays the default until another one is made it";
            return Err(constraint("default", message, message));
        }
        Ok(())
    }

    async fn release(by: &Authorized, _: &Self) -> Result<(), Failure> {
        by.reaches(None)
    }

    /// The guard says that something holds it; which of the two it was is read for the message alone.
    async fn why_kept(by: &Authorized, policy: &Self) -> Result<Failure, Failure> {
        let (environment, id) = (policy.environment, policy.id);
        let stored = by.store().get::<Self>(environment, &[id.uuid()]).await?;
        if stored.is_some_and(|stored| stored.default) {
            let message = "Default Password Policy can not be deleted";
            return Ok(constraint("default", message, "the default password policy"));
        }
        let populations = by.store().populations_of(environment, &[id]).await?.remove(&id).unwrap_or(0);
        if populations == 0 {
            return Ok(Reason::StateChanged.into());
        }
        let message = "The Password Policy can not be deleted while a population uses it";
        Ok(constraint("id", message, &format!("a password policy of {populations} populations")))
    }

    async fn made(by: &Authorized, policies: &[Self], _: &Include) -> Result<Vec<Map<String, Value>>, Failure> {
        let Some(environment) = policies.first().map(|policy| policy.environment) else { return Ok(Vec::new()) };
        let ids: Vec<PasswordPolicyId> = policies.iter().map(|policy| policy.id).collect();
        let counts = by.store().populations_of(environment, &ids).await?;
        // PingOne leaves it out where there is none.
        let count = |policy: &Self| Object::default().maybe("populationCount", counts.get(&policy.id).copied());
        Ok(policies.iter().map(|policy| count(policy).into_map()).collect())
    }
}
