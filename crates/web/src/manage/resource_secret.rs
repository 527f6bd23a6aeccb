//! A resource's secret, by which it asks what the tokens are worth that are for it (RFC 7662 §2.1).

use engine::Failure;
use protocol::model::Resource;

use super::answer::Answer;
use super::call::{Call, missing};
use super::crud::{self, Managed as _};
use super::secret::{self, Holder};

pub(super) async fn read(call: Call) -> Result<Answer, Failure> {
    secret::read(&call, holder(&call).await?).await
}

/// Also gives one its first: a version of before made it without.
pub(super) async fn rotate(call: Call) -> Result<Answer, Failure> {
    secret::rotate(&call, holder(&call).await?).await
}

pub(super) async fn delete_previous(call: Call) -> Result<Answer, Failure> {
    secret::delete_previous(&call, holder(&call).await?).await
}

/// The built-in resources ask nobody: there is no secret of theirs.
async fn holder(call: &Call) -> Result<Holder, Failure> {
    let resource = crud::load::<Resource>(call).await?;
    if resource.is_built_in() {
        return Err(missing("secret", "a built-in resource"));
    }
    let found = call.by.store().resource_secrets(resource.environment, resource.id).await?;
    let secrets = found.ok_or_else(|| Resource::unknown(resource.environment, resource.id.uuid()))?;
    Ok(Holder { environment: resource.environment, of: resource.id.into(), target: resource.target(), secrets })
}
