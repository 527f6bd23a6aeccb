//! An application's secret.

use engine::Failure;

use super::answer::Answer;
use super::application::load;
use super::call::Call;
use super::crud::Managed as _;
use super::secret::{self, Holder};

pub(super) async fn read(call: Call) -> Result<Answer, Failure> {
    secret::read(&call, holder(&call).await?).await
}

pub(super) async fn rotate(call: Call) -> Result<Answer, Failure> {
    secret::rotate(&call, holder(&call).await?).await
}

pub(super) async fn delete_previous(call: Call) -> Result<Answer, Failure> {
    secret::delete_previous(&call, holder(&call).await?).await
}

async fn holder(call: &Call) -> Result<Holder, Failure> {
    let client = load(call).await?;
    let (environment, of) = (client.application.environment, client.application.id.into());
    Ok(Holder { environment, of, target: client.application.target(), secrets: client.secrets })
}
