//! Identity providers and their attribute mappings.

use protocol::model::{IdentityProvider, IdentityProviderAttribute, ObjectKind};

use super::{Kind, Stored};
use crate::list::Indexed;

impl Stored for IdentityProvider {
    const KIND: Kind = Kind {
        // Where people are made ends with the population, in the column alone.
        reads: &["registration_population_id", "secret_sealed", "version"],
        unique: &[("identity_providers_environment_id_name_key_key", "name")],
        needs: &[("registration_population_id", ObjectKind::Population)],
        indexed: &[Indexed::Few("id"), Indexed::Few("name_key")],
        removable: Some(
            "NOT EXISTS (SELECT 1 FROM users u WHERE u.environment_id = $1 AND u.identity_provider_id = $2)
             AND NOT EXISTS (SELECT 1 FROM populations p WHERE p.environment_id = $1 AND p.identity_provider_id = $2)",
        ),
        ends: &[("DELETE FROM provider_attributes WHERE environment_id = $1 AND provider_id = $2", &[0, 1])],
        ..Kind::new("identity_providers", &["environment_id", "id"])
    };
}

impl Stored for IdentityProviderAttribute {
    const KIND: Kind = Kind {
        reads: &["version"],
        unique: &[("provider_attributes_environment_id_provider_id_name_key", "name")],
        ..Kind::new("provider_attributes", &["environment_id", "provider_id", "id"])
    };
}
