//! The sign-on policies that are assigned to an application, tried by their priority. Without one it follows the environment's default.

use engine::Failure;
use protocol::model::{Kept as _, SignOnPolicyAssignment};
use uuid::Uuid;

use super::application::load;
use super::call::Call;
use super::crud::Managed;

impl Managed for SignOnPolicyAssignment {
    const NOUN: &'static str = "sign-on policy assignment";
    const TAKEN: &'static str = "the application has this sign-on policy";
    const ATTRIBUTES: &'static [&'static str] = &["id", "signOnPolicy.id", "priority", "createdAt", "updatedAt"];
    const TAGGED: bool = false;

    fn links(&self) -> Vec<(&'static str, String)> {
        let environment = format!("/environments/{}", self.environment);
        let application = format!("{environment}/applications/{}", self.application);
        vec![
            ("self", format!("{application}/signOnPolicyAssignments/{}", self.id)),
            ("signOnPolicy", format!("{environment}/signOnPolicies/{}", self.policy)),
            ("environment", environment),
            ("application", application),
        ]
    }

    async fn blank(call: &Call) -> Result<Self, Failure> {
        let application = load(call).await?.application;
        let begun = Self::begun(application.environment, call.by.now().to_millis());
        Ok(Self { application: application.id, ..begun })
    }

    async fn parents(call: &Call) -> Result<Vec<Uuid>, Failure> {
        Ok(vec![load(call).await?.application.id.uuid()])
    }
}
