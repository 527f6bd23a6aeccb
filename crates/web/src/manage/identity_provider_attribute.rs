//! What becomes of a person's account at an identity provider. The mapping of the user name is always there.

use engine::Failure;
use engine::manage::Authorized;
use protocol::audit::{Action, Kind};
use protocol::change::Change;
use protocol::model::{IdentityProvider, IdentityProviderAttribute, Kept as _, Key, ProviderMappingType};
use uuid::Uuid;

use super::call::Call;
use super::crud::{self, Managed, constraint};
use super::user_attribute::{self, begins};

impl Managed for IdentityProviderAttribute {
    const NOUN: &'static str = "attribute mapping";
    const ATTRIBUTES: &'static [&'static str] = &["id", "name", "update", "mappingType", "createdAt", "updatedAt"];
    const TAKEN: &'static str = "the identity provider maps this attribute already";
    const RECORDED: [Action; 3] = [Action::IdentityProviderUpdated; 3];
    const TAGGED: bool = false;

    fn links(&self) -> Vec<(&'static str, String)> {
        let environment = format!("/environments/{}", self.environment);
        let provider = format!("{environment}/identityProviders/{}", self.provider);
        vec![
            ("self", format!("{provider}/attributes/{}", self.id)),
            ("environment", environment),
            ("identityProvider", provider),
        ]
    }

    fn target(&self) -> (Kind, Uuid) {
        (Kind::IdentityProvider, self.provider.uuid())
    }

    fn told(_: &Authorized, before: Option<&Self>, after: Option<&Self>) -> Option<String> {
        let verb = match (before, after) {
            (None, _) => "mapped",
            (_, None) => "maps no more",
            _ => "mapped anew",
        };
        after.or(before).map(|mapping| format!("{verb} {}", mapping.name))
    }

    async fn blank(call: &Call) -> Result<Self, Failure> {
        let provider = provider(call).await?;
        Ok(Self { provider: provider.id, ..Self::begun(provider.environment, call.by.now().to_millis()) })
    }

    async fn parents(call: &Call) -> Result<Vec<Uuid>, Failure> {
        Ok(vec![provider(call).await?.id.uuid()])
    }

    async fn allow(by: &Authorized, before: Option<&Self>, after: &Self) -> Result<(), Failure> {
        by.reaches(None)?;
        let writes = |of: Option<&Self>, name: &str| of.is_some_and(|of| begins(&of.name, name));
        let (was, now) = (|name: &str| writes(before, name), |name: &str| writes(Some(after), name));
        user_attribute::hold(by, after.environment, was, now).await
    }

    /// Whoever takes the provider away meanwhile leaves no row behind.
    fn completed(&mut self, _: &Authorized) -> Vec<Change> {
        vec![Change::Require(Key::IdentityProvider(self.environment, self.provider))]
    }

    async fn release(by: &Authorized, mapping: &Self) -> Result<(), Failure> {
        by.reaches(None)?;
        if mapping.kind == ProviderMappingType::Core {
            let message = "A CORE mapping can not be deleted";
            return Err(constraint("mappingType", message, "a CORE mapping"));
        }
        Ok(())
    }
}

/// The provider of the path, in the version that the call is for.
async fn provider(call: &Call) -> Result<IdentityProvider, Failure> {
    crud::load::<IdentityProvider>(call).await
}
