//! The applications that a key signs for now. Which those are follows from their key rotation policies, which no filter finds: they are
//! looked for among all of the environment, some at a time.

use std::collections::VecDeque;

use engine::Failure;
use engine::reads::{List, Page, Start};
use protocol::id::{KeyRotationPolicyId, canonical};
use protocol::model::{Application, KeyStatus, key_rotation_policy};
use uuid::Uuid;

use super::answer::Answer;
use super::call::Call;
use super::crud::{self, Include, Managed as _};
use super::key;
use super::list::{self, Asked};

/// A page of them, as of all applications.
pub(super) async fn list(call: Call) -> Result<Answer, Failure> {
    let pair = key::find(&call).await?;
    let mut asked = Asked::read(&call)?;
    asked.unless_limited(Application::PAGE);
    let policy = pair.policy.filter(|_| pair.status == Some(KeyStatus::Active));
    let page = if let Some(policy) = policy {
        found(&call, &asked.list, policy).await?
    } else {
        // What is wrong with the filter is told all the same.
        next(&call, &List { after: None, limit: 1, ..asked.list.clone() }).await?;
        Page { rows: Vec::new(), next: None, prev: None, total: 0 }
    };
    let rows = crud::shapes(&call.by, &page.rows, &Include::default()).await?;
    let page = Page { rows, next: page.next, prev: page.prev, total: page.total };
    Ok(asked.page(&call.by, Application::PATH, &page, serde_json::Value::clone))
}

/// What a page of them begins behind, in the order of all lists.
type Place = (i64, Uuid);

async fn found(call: &Call, asked: &List, policy: KeyRotationPolicyId) -> Result<Page<Application>, Failure> {
    let after = asked.after.as_deref().map(|text| read(text).ok_or(Failure::Bug("a cursor of ours"))).transpose()?;
    let limit = usize::try_from(asked.limit).unwrap_or(usize::MAX);
    let mut page = Page { rows: Vec::new(), next: None, prev: None, total: 0 };
    // Of those before the page so many that the one before is found.
    let mut before = VecDeque::new();
    let mut list = List { after: None, limit: AT_ONCE, ..asked.clone() };
    loop {
        let some = next(call, &list).await?;
        for application in some.rows.into_iter().filter(|application| is_of(application, policy)) {
            page.total += 1;
            let place = place(&application);
            if after.is_some_and(|after| place <= after) {
                before.push_back(place);
                before.drain(..before.len().saturating_sub(limit + 1));
            } else if page.rows.len() < limit {
                page.rows.push(application);
            } else if page.next.is_none() {
                page.next = page.rows.last().map(|last| text(self::place(last)));
            }
        }
        list.after = some.next;
        if list.after.is_none() {
            break;
        }
    }
    page.prev = after.map(|_| match before.front().filter(|_| before.len() > limit) {
        Some(place) => Start::After(text(*place)),
        None => Start::First,
    });
    Ok(page)
}

/// The first application of the environment that is so.
pub(super) async fn first(call: &Call, is: impl Fn(&Application) -> bool) -> Result<Option<Application>, Failure> {
    let mut list = List { limit: AT_ONCE, ..List::default() };
    loop {
        let some = next(call, &list).await?;
        if let Some(found) = some.rows.into_iter().find(&is) {
            return Ok(Some(found));
        }
        list.after = some.next;
        if list.after.is_none() {
            return Ok(None);
        }
    }
}

async fn next(call: &Call, list: &List) -> Result<Page<Application>, Failure> {
    call.by.store().list::<Application>(call.environment()?, list).await.map_err(list::refused)
}

fn is_of(application: &Application, policy: KeyRotationPolicyId) -> bool {
    let own = key_rotation_policy(application.environment).into();
    application.signing.policy.unwrap_or(own) == policy
}

const fn place(application: &Application) -> Place {
    (application.created_at.0, application.id.uuid())
}

fn text((at, id): Place) -> String {
    format!("{at} {id}")
}

/// What [`text`] wrote.
fn read(text: &str) -> Option<Place> {
    let (at, id) = text.split_once(' ')?;
    Some((at.parse().ok()?, canonical(id)?))
}

/// Applications that are looked at together.
const AT_ONCE: u32 = 1000;
