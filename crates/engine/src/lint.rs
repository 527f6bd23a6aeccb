//! Where the environments of a store fall short of a profile: reads them, and lets [`protocol::lint`] judge.

use protocol::id::EnvironmentId;
use protocol::lint::{Finding, Profile, lint};
use protocol::model::{Application, Environment};
use protocol::refusal::{Reason, Refused};

use crate::app::App;
use crate::failure::Failure;
use crate::reads::{List, Page, StoreError};

/// What is found in one environment, or in all of them.
///
/// # Errors
/// 404 for an environment that does not exist; that the store cannot be read.
pub async fn findings(app: &App, profile: Profile, only: Option<EnvironmentId>) -> Result<Vec<Finding>, Failure> {
    let environments = match only {
        Some(id) => {
            let found = app.store.environment(id).await?;
            vec![found.ok_or_else(|| Refused::new(Reason::EnvironmentUnknown, "an environment", id.to_string()))?]
        }
        None => all_environments(app).await?,
    };
    let mut findings = Vec::new();
    for environment in environments {
        let id = environment.id;
        let applications = all(async |list| app.store.list::<Application>(id, &list).await).await?;
        findings.extend(lint(profile, &environment, &applications));
    }
    Ok(findings)
}

async fn all_environments(app: &App) -> Result<Vec<Environment>, Failure> {
    let mut found = Vec::new();
    for organization in app.store.organizations().await? {
        let of = organization.id;
        found.extend(all(async |list| app.store.environments(of, &list, None).await).await?);
    }
    Ok(found)
}

/// Every row of a list, page by page.
async fn all<T>(read: impl AsyncFn(List) -> Result<Page<T>, StoreError>) -> Result<Vec<T>, Failure> {
    let (mut rows, mut after) = (Vec::new(), None);
    loop {
        let page = read(List { filter: None, after, limit: 1000 }).await?;
        rows.extend(page.rows);
        after = page.next;
        if after.is_none() {
            return Ok(rows);
        }
    }
}
