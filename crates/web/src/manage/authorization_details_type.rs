//! Types of authorization details. What one means is its resource's, so it stays that resource's.

use engine::Failure;
use engine::manage::Authorized;
use protocol::model::AuthorizationDetailsType;
use protocol::refusal::{Detail, Refused};

use super::crud::{Managed, own_links};

impl Managed for AuthorizationDetailsType {
    const NOUN: &'static str = "authorization details type";
    const TAKEN: &'static str = "an authorization details type with this type exists";

    fn links(&self) -> Vec<(&'static str, String)> {
        let mut links = own_links(self);
        links.push(("resource", format!("/environments/{}/resources/{}", self.environment, self.resource)));
        links
    }

    async fn allow(_: &Authorized, before: Option<&Self>, after: &Self) -> Result<(), Failure> {
        if before.is_some_and(|before| before.resource != after.resource) {
            let message = "the resource of an authorization details type cannot be changed";
            return Err(Refused::fields(vec![Detail::new("INVALID_VALUE", "resource.id", message)]).into());
        }
        Ok(())
    }
}
