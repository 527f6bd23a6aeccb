//! Populations: every user is in exactly one, and exactly one of an environment's is the default.

use crate::id::{EnvironmentId, PasswordPolicyId, PopulationId};
use crate::time::Time;

#[derive(Clone, Debug, PartialEq)]
pub struct Population {
    pub id: PopulationId,
    pub environment: EnvironmentId,
    pub name: String,
    pub description: Option<String>,
    pub default: bool,
    pub preferred_language: String,
    pub password_policy: Option<PasswordPolicyId>,
    pub theme: uuid::Uuid,
    pub alternative_identifiers: Vec<String>,
    pub created_at: Time,
    pub updated_at: Time,
    pub version: i64,
}
