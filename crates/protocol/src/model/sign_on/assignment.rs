//! Which sign-on policies an application is signed on to by.

use crate::id::{ApplicationId, EnvironmentId, SignOnPolicyAssignmentId, SignOnPolicyId};
use crate::model::describe::{Described, Found, Refers, Walk, property};
use crate::time::Time;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SignOnPolicyAssignment {
    pub id: SignOnPolicyAssignmentId,
    pub environment: EnvironmentId,
    pub application: ApplicationId,
    pub policy: SignOnPolicyId,
    /// Those with lower numbers are tried first. 1 and more; where two are alike the older one.
    pub priority: i64,
    pub created_at: Time,
    pub updated_at: Time,
    pub version: i64,
}

impl Described for SignOnPolicyAssignment {
    fn describe(&mut self, walk: &mut dyn Walk) {
        let Self { id, environment, application, policy, priority, created_at, updated_at, version } = self;
        walk.id(&property("id").read_only().found("id", Found::Id), id);
        walk.reference(&property("environment").read_only().column("environment_id"), environment);
        walk.reference(&property("application").read_only().column("application_id"), application);
        let of = property("signOnPolicy").required().refers(Refers::SignOnPolicy).column("policy_id");
        walk.reference(&of.stored_as("policy"), policy);
        walk.number(&property("priority").range(1, i64::from(i32::MAX)).required(), priority);
        walk.time(&property("createdAt").read_only().found("created_at", Found::Time), created_at);
        walk.time(&property("updatedAt").read_only(), updated_at);
        walk.version(version);
    }
}
