//! Sign-on policies, of which one of an environment is the default.

use engine::Failure;
use engine::manage::Authorized;
use protocol::change::{Change, Guard};
use protocol::model::SignOnPolicy;
use protocol::refusal::{Detail, Reason, Refused};

use super::answer::Answer;
use super::call::Call;
use super::crud::{self, Include, Managed, own_links};

impl Managed for SignOnPolicy {
    const NOUN: &'static str = "sign-on policy";
    const TAKEN: &'static str = "a sign-on policy with this name exists";
    const ATTRIBUTES: &'static [&'static str] = &["id", "name", "description", "default", "createdAt", "updatedAt"];

    fn links(&self) -> Vec<(&'static str, String)> {
        let mut links = own_links(self);
        let actions = links.first().map(|(_, path)| format!("{path}/actions"));
        links.extend(actions.map(|path| ("actions", path)));
        links
    }

    /// Of what a process of before made the database knows no name.
    async fn allow(by: &Authorized, _: Option<&Self>, after: &Self) -> Result<(), Failure> {
        let others = &by.tenant()?.sign_on_policies;
        if others.iter().any(|other| other.id != after.id && other.name == after.name) {
            let detail = Detail::new("UNIQUENESS_VIOLATION", "name", Self::TAKEN);
            return Err(Refused::fields(vec![detail]).into());
        }
        Ok(())
    }

    /// What is assigned ends with it: those applications follow what else they have, or the default.
    async fn release(_: &Authorized, policy: &Self) -> Result<(), Failure> {
        if policy.default {
            // Ping's provider looks for the words.
            let detail = Detail::new("CONSTRAINT_VIOLATION", "default", "Unable to delete a default policy");
            let refused = Refused::new(Reason::DefaultPolicyKept, "another policy", "the default policy");
            return Err(Refused { details: vec![detail], ..refused }.into());
        }
        Ok(())
    }

    /// The one that was the default has another version since another one is: what is known of it here may be old.
    fn completed(&mut self, by: &Authorized) -> Vec<Change> {
        by.tenant().map_or_else(|_| Vec::new(), |tenant| only_default(by, self, &tenant.sign_on_policies))
    }
}

/// Replaces it; where it becomes the default, the other one is no more.
pub(super) async fn replace(call: Call) -> Result<Answer, Failure> {
    let by = &call.by;
    let before = crud::load::<SignOnPolicy>(&call).await?;
    let after = crud::written_onto(&call, &call.json().await?, &before).await?;
    SignOnPolicy::allow(by, Some(&before), &after).await?;
    // Read after the policy itself: whoever makes another one the default since then writes one of the two. What the process knows of the
    // environment may be older, and say that this one is the default still.
    let there = if after.default { by.store().all_within(after.environment).await? } else { Vec::new() };
    let others = only_default(by, &after, &there);
    let after = crud::write(by, &before, after, others).await?;
    crud::respond(by, after, &Include::default(), Answer::ok).await
}

/// What takes the flag from whoever has it. Two who take it at once write the same row, and one of them is told.
fn only_default(by: &Authorized, policy: &SignOnPolicy, there: &[SignOnPolicy]) -> Vec<Change> {
    let others = there.iter().filter(|other| policy.default && other.default && other.id != policy.id);
    let without =
        |other: &SignOnPolicy| SignOnPolicy { default: false, updated_at: by.now().to_millis(), ..other.clone() };
    others.map(|other| Change::put(without(other), Guard::Version)).collect()
}
