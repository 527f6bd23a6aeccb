//! Issuers whose tokens prove applications. Whoever writes one says who may be those applications.

use engine::Failure;
use engine::manage::Authorized;
use protocol::model::{Application, TrustedIssuer};
use protocol::refusal::{Detail, Refused};

use super::authority;
use super::crud::Managed;

impl Managed for TrustedIssuer {
    const NOUN: &'static str = "trusted issuer";
    const TAKEN: &'static str = "a trusted issuer with this issuer exists";

    /// Each application must be there. Nobody gets hold of one that holds more than they do (MG-06), neither by naming it nor by
    /// changing whose word counts for it.
    async fn allow(by: &Authorized, _: Option<&Self>, after: &Self) -> Result<(), Failure> {
        let mut judged = Vec::new();
        for workload in &after.workloads {
            let id = workload.application.uuid();
            if judged.contains(&id) {
                continue;
            }
            judged.push(id);
            if by.store().get::<Application>(after.environment, &[id]).await?.is_none() {
                let message = "no application of this environment has this id";
                return Err(
                    Refused::fields(vec![Detail::new("INVALID_VALUE", "workloads.application.id", message)]).into()
                );
            }
            authority::over(by, after.environment, id).await?;
        }
        Ok(())
    }
}
