//! Key rotation policies. Every environment has one of its own, which is never deleted; its keys are the environment's signing keys.

use engine::Failure;
use engine::manage::Authorized;
use engine::{Tenant, keys, rotation};
use jose::Jwks;
use protocol::change::{Change, Guard};
use protocol::id::KeyRotationPolicyId;
use protocol::model::describe;
use protocol::model::{Kept as _, KeyPair, KeyRotationPolicy, KeyStatus, MOST_POLICIES, key_rotation_policy};
use protocol::refusal::{Detail, Reason, Refused};
use protocol::rotation as rules;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::answer::Answer;
use super::call::{Call, missing};
use super::crud::{self, Here, Include, Managed, own_links};
use super::entered;
use super::key_application;
use super::list::whole;
use super::shape::Object;

impl Managed for KeyRotationPolicy {
    const NOUN: &'static str = "key rotation policy";

    fn links(&self) -> Vec<(&'static str, String)> {
        let path = format!("/environments/{}/keyRotationPolicies/{}", self.environment, self.id);
        let mut links = own_links(self);
        links.push(("jwks", format!("{path}/jwks")));
        links
    }

    async fn made(by: &Authorized, policies: &[Self], _: &Include) -> Result<Vec<Map<String, Value>>, Failure> {
        let Some(first) = policies.first() else { return Ok(Vec::new()) };
        let pairs = rotation::pairs(&by.app, first.environment).await?;
        Ok(policies.iter().map(|policy| keys_of(policy, &pairs)).collect())
    }
}

/// Which key signs and which one waits; of the environment's own also what they are, which an operator may have changed.
fn keys_of(policy: &KeyRotationPolicy, pairs: &[KeyPair]) -> Map<String, Value> {
    let of = |status| rules::of_policy(pairs, policy.id).find(|pair| pair.status == Some(status));
    let (current, next) = (of(KeyStatus::Active), of(KeyStatus::Next));
    let drawn = Object::default()
        .maybe("currentKeyId", current.map(|pair| pair.id.to_string()))
        .maybe("nextKeyId", next.map(|pair| pair.id.to_string()));
    let Some(current) = current.filter(|_| policy.is_own()) else { return drawn.into_map() };
    drawn
        .with("algorithm", current.algorithm.as_str())
        .with("signatureAlgorithm", current.signature_algorithm.as_str())
        .with("keyLength", if current.algorithm == policy.algorithm { policy.length } else { current.length })
        .into_map()
}

pub(super) async fn list(call: Call) -> Result<Answer, Failure> {
    let all = every(&call).await?;
    let rows = crud::shapes(&call.by, &all, &Include::default()).await?;
    whole(&call, KeyRotationPolicy::PATH, rows, ATTRIBUTES)
}

pub(super) async fn read(call: Call) -> Result<Answer, Failure> {
    crud::respond(&call.by, find(&call).await?.0, &Include::default(), Answer::ok).await
}

/// Makes a policy with two keys: one that signs, and one that is published to follow it.
pub(super) async fn create(call: Call) -> Result<Answer, Failure> {
    let by = &call.by;
    let (environment, now) = (call.environment()?, by.now().to_millis());
    let blank = KeyRotationPolicy {
        id: by.ctx().uuid().into(),
        rotated_at: now,
        version: 1,
        ..KeyRotationPolicy::begun(environment, now)
    };
    let policy: KeyRotationPolicy = describe::read(&call.json().await?, &blank, &Here::of(by))?;
    by.along(counted(&call).await?);
    let there = every(&call).await?;
    if there.len() >= MOST_POLICIES {
        let message = format!("An environment has at most {MOST_POLICIES} key rotation policies");
        return Err(crud::constraint("id", &message, "one more"));
    }
    let mut with = Vec::new();
    for status in [KeyStatus::Active, KeyStatus::Next] {
        with.push(Change::put(keys::of_policy(&by.app, &by.ctx(), &policy, status).await?, Guard::New));
    }
    entered::add(by, policy, with).await
}

/// What its next keys are like, and when they follow.
pub(super) async fn replace(call: Call) -> Result<Answer, Failure> {
    let by = &call.by;
    let (before, stored) = find(&call).await?;
    // What nobody wrote yet has no version to expect: it is written first.
    if !stored {
        by.along(Change::put(before.clone(), Guard::New));
    }
    call.expect_version(before.version, Change::Expect(before.key(), before.version))?;
    let after: KeyRotationPolicy = describe::read(&call.json().await?, &before, &Here::of(by))?;
    let after = crud::write(by, &before, after, Vec::new()).await?;
    crud::respond(by, after, &Include::default(), Answer::ok).await
}

/// Ends a policy that no application names. What its keys signed verifies until it expires.
pub(super) async fn delete(call: Call) -> Result<Answer, Failure> {
    let by = &call.by;
    let (policy, _) = find(&call).await?;
    if policy.is_own() {
        return Err(in_use("The default Key Rotation Policy cannot be deleted", "that of the environment"));
    }
    call.expect_version(policy.version, Change::Expect(policy.key(), policy.version))?;
    let uses = |application: &protocol::model::Application| application.signing.policy == Some(policy.id);
    if let Some(application) = key_application::first(&call, uses).await? {
        return Err(in_use("The Key Rotation Policy must not be in use", &format!("used by {}", application.id)));
    }
    let pairs: Vec<KeyPair> = by.store().all(policy.environment, &[]).await?;
    let changes = rules::end(&policy, &pairs, by.now());
    let [.., action] = KeyRotationPolicy::RECORDED;
    by.finish(changes, action, policy.target()).await?;
    Ok(Answer::none())
}

/// The public keys of a policy (RFC 7517 §5): what may have signed by it, and what will.
pub(super) async fn jwks(call: Call) -> Result<Answer, Failure> {
    let (policy, _) = find(&call).await?;
    let pairs = rotation::pairs(&call.by.app, policy.environment).await?;
    let mut public = Vec::new();
    for pair in rules::of_policy(&pairs, policy.id) {
        public.push(rotation::private_key(&call.by.app, pair).await?.public().clone());
    }
    Ok(Answer::ok(Jwks::new(public).to_json()))
}

/// What an application is written with that names another policy than before: while it is committed nobody ends that one.
pub(super) fn named(by: &Authorized, policy: Option<KeyRotationPolicyId>) -> Result<Option<Change>, Failure> {
    let tenant = by.tenant()?;
    let stored = tenant.key_policies.iter().find(|stored| Some(stored.id) == policy && !stored.is_own());
    Ok(stored.map(|policy| Change::put(policy.clone(), Guard::Version)))
}

/// Whether an environment has a policy with this id, beside its own.
pub(super) fn is_known(tenant: &Tenant, id: Uuid) -> bool {
    tenant.key_policies.iter().any(|policy| policy.id.uuid() == id)
}

/// All of the environment, its own first where nobody wrote it yet.
async fn every(call: &Call) -> Result<Vec<KeyRotationPolicy>, Failure> {
    let environment = call.environment()?;
    let mut all: Vec<KeyRotationPolicy> = call.by.store().all(environment, &[]).await?;
    if !all.iter().any(KeyRotationPolicy::is_own) {
        all.insert(0, rotation::own_policy(&call.by.app, environment).await?);
    }
    Ok(all)
}

/// What makes one that is made the next: it is written with the environment's own policy, so that two who make one at once are counted
/// one after the other. Where nobody wrote that it is there from then on.
async fn counted(call: &Call) -> Result<Change, Failure> {
    let environment = call.environment()?;
    let stored: Option<KeyRotationPolicy> =
        call.by.store().get(environment, &[key_rotation_policy(environment)]).await?;
    let own = KeyRotationPolicy::own(environment, call.by.now().to_millis());
    Ok(stored.map_or_else(|| Change::put(own, Guard::New), |own| Change::put(own, Guard::Version)))
}

/// The one of the path, and whether it is stored.
async fn find(call: &Call) -> Result<(KeyRotationPolicy, bool), Failure> {
    let environment = call.environment()?;
    let id = call.id(KeyRotationPolicy::PARAMETER, KeyRotationPolicyId::parse)?;
    if let Some(stored) = call.by.store().get(environment, &[id.uuid()]).await? {
        return Ok((stored, true));
    }
    if id.uuid() == key_rotation_policy(environment) {
        return Ok((rotation::own_policy(&call.by.app, environment).await?, false));
    }
    Err(missing(KeyRotationPolicy::NOUN, id.to_string()))
}

fn in_use(message: &str, came: &str) -> Failure {
    let details = vec![Detail::new("CONSTRAINT_VIOLATION", "id", message)];
    let refused = Refused::new(Reason::ConstraintViolated, "a policy that nothing needs", came).saying(message);
    Refused { details, ..refused }.into()
}

const ATTRIBUTES: &[&str] = &["id", "name", "rotationPeriod", "createdAt", "updatedAt"];
