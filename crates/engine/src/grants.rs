//! What grants hold of a scope that was deleted. Nobody is given that from then on; it is only taken out of their rows.

use protocol::change::{Change, Guard};
use protocol::id::{EnvironmentId, ScopeId};
use protocol::model::{Kept as _, ResourceGrant};
use protocol::time::Time;
use store::StoreError;
use tokio::time::Instant;

use crate::app::App;

/// Takes the scope out of the grants that hold it: they hold the rest, and one that held nothing else ends. Some in each commit, so that
/// others write between; where it breaks off what is left names a scope that is not there, which gives nothing and is not told.
///
/// # Errors
/// The store does not answer.
pub async fn without(app: &App, environment: EnvironmentId, scope: ScopeId, now: Time) -> Result<(), StoreError> {
    for _ in 0..ROUNDS {
        let grants = app.store.all_within::<ResourceGrant>(environment).await?;
        let holding: Vec<ResourceGrant> = grants.into_iter().filter(|grant| grant.scopes.contains(&scope)).collect();
        if holding.is_empty() {
            break;
        }
        for some in holding.chunks(AT_ONCE) {
            let begun = Instant::now();
            let changes = some.iter().flat_map(|grant| taken(grant, scope, now)).collect();
            match crate::finish::commit(app, changes, None).await {
                // Somebody wrote one of them meanwhile: all of these are looked at again.
                Ok(()) | Err(StoreError::Lost { .. }) => {}
                Err(error) => return Err(error),
            }
            if holding.len() > AT_ONCE {
                // The writer is left to others for as long as that took.
                tokio::time::sleep(begun.elapsed()).await;
            }
        }
    }
    Ok(())
}

fn taken(grant: &ResourceGrant, scope: ScopeId, now: Time) -> Vec<Change> {
    let mut rest = grant.clone();
    rest.scopes.retain(|id| *id != scope);
    if rest.scopes.is_empty() {
        return vec![Change::Expect(grant.key(), grant.version), Change::Remove(grant.key())];
    }
    rest.updated_at = now.to_millis();
    vec![Change::put(rest, Guard::Version)]
}

const AT_ONCE: usize = 100;
/// How often what others wrote meanwhile is looked for.
const ROUNDS: usize = 8;
