//! Attributes of users. What users have under one that ends is taken from them afterwards ([`crate::endings`]).

use protocol::model::SchemaAttribute;

use super::{Kind, Stored};

impl Stored for SchemaAttribute {
    const KIND: Kind = Kind {
        // One that a newer process wrote is known by it.
        reads: &["id"],
        unique: &[("schema_attributes_environment_id_name_key_key", "name")],
        ends: &[(
            "INSERT INTO schema_endings (environment_id, id) VALUES ($1, $2) ON CONFLICT (environment_id, id) DO NOTHING",
            &[0, 1],
        )],
        ..Kind::new("schema_attributes", &["environment_id", "id"])
    };
}
