//! Identity providers. Their secrets are sealed where they are kept, and in PingOne's answers as they were written: whoever may
//! write one may read it.

use engine::Failure;
use engine::manage::Authorized;
use protocol::change::{Change, Guard};
use protocol::model::describe::Refers;
use protocol::model::{
    Certificate, Deed, IdentityProvider, IdentityProviderAttribute, Kept as _, KeyPair, MappingUpdate, Permission,
    ProviderMappingType, Verb,
};
use protocol::refusal::Reason;
use serde_json::{Map, Value};

use super::answer::Answer;
use super::call::Call;
use super::crud::{self, Include, Managed, constraint, own_links};
use super::shape::Object;
use super::{for_policies, named};

impl Managed for IdentityProvider {
    const NOUN: &'static str = "identity provider";
    const TAKEN: &'static str = "an identity provider with this name exists";

    fn links(&self) -> Vec<(&'static str, String)> {
        let mut links = own_links(self);
        let attributes = links.first().map(|(_, own)| format!("{own}/attributes"));
        links.extend(attributes.map(|path| ("attributes", path)));
        links
    }

    async fn allow(by: &Authorized, before: Option<&Self>, after: &Self) -> Result<(), Failure> {
        // It is the whole environment's.
        by.reaches(None)?;
        let was = before.map(|before| &before.saml);
        let certificates = after.saml.certificates.iter().copied();
        let new = certificates.filter(|id| was.is_none_or(|was| !was.certificates.contains(id)));
        named::hold::<Certificate>(by, after.environment, new).await?;
        let key = after.saml.signing_key.filter(|id| was.and_then(|was| was.signing_key) != Some(*id));
        named::hold::<KeyPair>(by, after.environment, key).await
    }

    async fn release(by: &Authorized, provider: &Self) -> Result<(), Failure> {
        let (environment, id) = (provider.environment, provider.id.uuid());
        for_policies::let_go(by, environment, "identity provider", (Refers::IdentityProvider, id)).await?;
        for_policies::let_go_of_administrators(by, environment, id).await
    }

    /// The mapping without which nobody new would have a name.
    fn completed(&mut self, by: &Authorized) -> Vec<Change> {
        let of = (self.environment, self.id);
        self.secret.seal(by.app.seal(), by.ctx().entropy, of);
        let username = IdentityProviderAttribute {
            id: by.new_id().into(),
            provider: self.id,
            name: "username".into(),
            value: self.kind.username().into(),
            update: MappingUpdate::EmptyOnly,
            kind: ProviderMappingType::Core,
            ..IdentityProviderAttribute::begun(self.environment, self.created_at)
        };
        vec![Change::put(username, Guard::New)]
    }

    /// The guard says that something holds it; which of the two it was is read for the message alone.
    async fn why_kept(by: &Authorized, provider: &Self) -> Result<Failure, Failure> {
        let held = by.store().holders_of_provider(provider.environment, provider.id).await?;
        Ok(match held {
            (0, 0) => Reason::StateChanged.into(),
            (0, _) => in_use("a user has it"),
            _ => in_use("it is the default of a population"),
        })
    }

    async fn made(by: &Authorized, providers: &[Self], _: &Include) -> Result<Vec<Map<String, Value>>, Failure> {
        // Whoever only reads what is configured is not told what it proves itself with.
        let writes =
            Deed { permission: Permission::ManageApplications, verb: Verb::Update, collection: "identityProviders" };
        let may_read = by.also_does(writes).is_ok();
        let made = providers.iter().map(|provider| {
            let of = (provider.environment, provider.id);
            let named = provider.kind.secret().filter(|_| may_read);
            let Some(name) = named else { return Ok(Map::new()) };
            let secret = provider.secret.reveal(by.app.seal(), of);
            let secret = secret.ok_or_else(|| engine::failure::unreadable("an identity provider's secret"))?;
            Ok(Object::default().with(name, secret.expose()).into_map())
        });
        made.collect()
    }
}

fn in_use(why: &str) -> Failure {
    constraint("id", &format!("The identity provider can not be deleted while {why}"), why)
}

pub(super) async fn replace(call: Call) -> Result<Answer, Failure> {
    let by = &call.by;
    let before = crud::load::<IdentityProvider>(&call).await?;
    let mut after = crud::written_onto(&call, &call.json().await?, &before).await?;
    IdentityProvider::allow(by, Some(&before), &after).await?;
    after.secret.seal(by.app.seal(), by.ctx().entropy, (after.environment, after.id));
    let after = crud::write(by, &before, after, Vec::new()).await?;
    crud::respond(by, after, &Include::default(), Answer::ok).await
}
