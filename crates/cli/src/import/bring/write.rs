//! Writes one object by the rules of the management API.

use std::sync::Arc;

use engine::manage::Brought;
use engine::{App, Failure};
use import::{Kept, Wanted};
use protocol::id::EnvironmentId;
use protocol::refusal::{Detail, Refused};
use protocol::secret::Secret;
use serde_json::{Map, Value};
use uuid::Uuid;
use web::manage::operator::{Asked, call};

use super::same::{covers, differing, prune};
use super::text;
use crate::import::report::Became;

/// Who writes, and where.
#[derive(Clone)]
pub(super) struct Writer {
    pub(super) app: Arc<App>,
    pub(super) environment: EnvironmentId,
    /// Nothing is written.
    pub(super) rehearsed: bool,
}

/// An object that is to be written as its body says.
pub(super) struct Plan {
    pub(super) wanted: Wanted,
    /// Of the list that it is in.
    pub(super) path: String,
    pub(super) body: Map<String, Value>,
    /// What is there, where it is there already.
    pub(super) there: Option<Value>,
    /// The id that it keeps, where it is made.
    pub(super) id: Option<Uuid>,
    pub(super) leave: Leave,
}

/// What of a body a rehearsal cannot judge.
#[derive(Debug, Default)]
pub(super) struct Leave {
    /// The places that name what would be made: they are taken out.
    pub(super) out: Vec<String>,
    /// The members that name an attribute of users that would be made.
    pub(super) naming: Vec<String>,
}

/// What became of an object.
#[derive(Default)]
pub(super) struct Written {
    pub(super) became: Option<Became>,
    /// As it is now, where it was written.
    pub(super) row: Option<Value>,
    /// What was left out of it, and why.
    pub(super) pruned: Vec<String>,
    /// Why it, or its secret, was not written.
    pub(super) refused: Option<String>,
}

/// Why something was not written.
enum Unwritten {
    /// A rule says no.
    Refused { details: Vec<Detail>, why: String },
    /// The database does not answer.
    Failed(Failure),
}

impl Writer {
    /// Writes an object, where it is not there as it should be.
    ///
    /// # Errors
    /// That the database does not answer.
    pub(super) async fn write(&self, plan: &Plan) -> Result<Written, Failure> {
        let mut done = Written::default();
        let outcome = match &plan.there {
            None => self.make(plan, &mut done).await,
            Some(there) => self.keep(plan, there, &mut done).await,
        };
        match outcome {
            Ok(became) => done.became = Some(became),
            Err(Unwritten::Refused { why, .. }) => done.refused = Some(why),
            Err(Unwritten::Failed(failure)) => return Err(failure),
        }
        Ok(done)
    }

    async fn make(&self, plan: &Plan, done: &mut Written) -> Result<Became, Unwritten> {
        let Plan { wanted, path, body, id, .. } = plan;
        let along = (*id, &wanted.kept);
        (done.row, done.pruned) = self.pruned(("POST", path, None), plan, body.clone(), along).await?;
        Ok(Became::Created)
    }

    async fn keep(&self, plan: &Plan, there: &Value, done: &mut Written) -> Result<Became, Unwritten> {
        let Plan { wanted, path, body, .. } = plan;
        let own = format!("{path}/{}", text(there, "id").unwrap_or_default());
        let nothing = Kept::default();
        if !covers(there, body) {
            let changed = differing(there, body);
            let along = (None, &nothing);
            (done.row, done.pruned) = self.pruned(("PUT", &own, Some(there)), plan, changed, along).await?;
        }
        // What names something new is not as it was.
        let changed = done.row.is_some() || !plan.leave.out.is_empty();
        let mut became = if changed { Became::Updated } else { Became::Unchanged };
        if let Some(secret) = &wanted.kept.secret
            && self.secret_differs(&own, secret).await.map_err(Unwritten::Failed)?
        {
            became = Became::Updated;
            let kept = Kept { secret: Some(secret.clone()), ..Kept::default() };
            self.asked("POST", &format!("{own}/secret"), None, (None, &kept)).await.map_err(Unwritten::of)?;
        }
        Ok(became)
    }

    async fn secret_differs(&self, own: &str, secret: &str) -> Result<bool, Failure> {
        // It is compared and shown to nobody: nothing to write down, in a rehearsal least of all.
        let unseen = Self { rehearsed: true, ..self.clone() };
        let found = unseen.asked("GET", &format!("{own}/secret"), None, (None, &Kept::default())).await;
        match found {
            Ok(found) => Ok(text(&found, "secret") != Some(secret)),
            Err(Failure::Refused(_)) => Ok(true),
            Err(failure) => Err(failure),
        }
    }

    /// Writes a body; what a rule refuses of it is taken out, where it can do without. None where the rest is `there` already, and where a
    /// rehearsal cannot judge more of it.
    async fn pruned(
        &self,
        (method, path, there): (&str, &str, Option<&Value>),
        plan: &Plan,
        mut body: Map<String, Value>,
        along: (Option<Uuid>, &Kept),
    ) -> Result<(Option<Value>, Vec<String>), Unwritten> {
        let mut pruned = Vec::new();
        loop {
            if there.is_some_and(|there| covers(there, &body)) {
                return Ok((None, pruned));
            }
            let refused = match self.asked(method, path, Some(&body), along).await {
                Ok(made) => return Ok((Some(made), pruned)),
                Err(failure) => Unwritten::of(failure),
            };
            let Unwritten::Refused { details, .. } = &refused else { return Err(refused) };
            let further = further(details, &mut body, &plan.leave, &mut pruned);
            match further {
                Further::Supposed => return Ok((there.map(|_| Value::Null), pruned)),
                Further::Again if plan.wanted.kind != "nestings" => {}
                Further::Again | Further::Refused => return Err(refused),
            }
        }
    }

    /// Asks the management API. What is written keeps what comes along: an id, and what it had.
    pub(super) async fn asked(
        &self,
        method: &str,
        path: &str,
        body: Option<&Map<String, Value>>,
        (id, kept): (Option<Uuid>, &Kept),
    ) -> Result<Value, Failure> {
        let brought = || Brought {
            id,
            client_id: kept.client_id.clone(),
            secret_anywhere: kept.secret_anywhere,
            secret: kept.secret.clone().map(Secret::new),
            rehearsed: self.rehearsed,
        };
        call(&self.app, Asked { environment: self.environment, method, path, body }, brought).await
    }
}

impl Unwritten {
    fn of(failure: Failure) -> Self {
        let Failure::Refused(refused) = failure else { return Self::Failed(failure) };
        let why = told(&refused);
        Self::Refused { details: refused.details, why }
    }
}

/// Why a rule says no, in one line.
pub(super) fn told(refused: &Refused) -> String {
    let told: Vec<String> = refused.details.iter().map(|of| format!("{}: {}", of.target, of.message)).collect();
    match (told.is_empty(), &refused.message) {
        (false, _) => told.join("; "),
        (true, Some(message)) => message.clone(),
        (true, None) => refused.reason.row().public.to_owned(),
    }
}

/// What comes of a refusal.
pub(super) enum Further {
    /// Something was taken out of the body: it is asked again.
    Again,
    /// Nothing but what cannot be judged in a rehearsal was refused.
    Supposed,
    Refused,
}

/// Takes what was refused out of a body, where it can do without, and notes it: but of what a rehearsal cannot judge.
pub(super) fn further(
    details: &[Detail],
    body: &mut Map<String, Value>,
    leave: &Leave,
    pruned: &mut Vec<String>,
) -> Further {
    let (mut taken, mut judged) = (false, false);
    // From the end, so that the places before stay what they are.
    for detail in details.iter().rev() {
        let unjudged = leave.out.iter().chain(&leave.naming).any(|place| overlap(place, &detail.target));
        judged |= !unjudged;
        if NEEDED.contains(&detail.target.as_str()) || !prune(body, &detail.target) {
            continue;
        }
        taken = true;
        if !unjudged {
            pruned.push(format!("{}: {}", detail.target.split('[').next().unwrap_or_default(), detail.message));
        }
    }
    match (taken && pruned.len() <= MOST_PRUNED, judged || details.is_empty()) {
        (true, _) => Further::Again,
        (false, false) => Further::Supposed,
        (false, true) => Further::Refused,
    }
}

/// Whether one of two places is the other, or within it.
fn overlap(one: &str, other: &str) -> bool {
    let within = |inner: &str, outer: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    within(one, other) || within(other, one)
}

/// Without these it would be another object.
const NEEDED: [&str; 8] =
    ["name", "type", "protocol", "enabled", "grantTypes", "tokenEndpointAuthMethod", "resource.id", "value"];
/// Whoever has more of them is no object of this kind.
const MOST_PRUNED: usize = 200;
