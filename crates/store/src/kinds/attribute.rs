//! Attribute mappings, which end with whose they are. Of what stands from the beginning there is no row until somebody writes it.

use protocol::model::{ApplicationAttribute, ObjectKind, ResourceAttribute};

use super::{Kind, Stored};

impl Stored for ApplicationAttribute {
    const KIND: Kind = Kind {
        unique: &[("application_attributes_environment_id_application_id_name_key", "name")],
        needs: &[("application_id", ObjectKind::Application)],
        ..Kind::new("application_attributes", &["environment_id", "application_id", "id"])
    };
}

impl Stored for ResourceAttribute {
    const KIND: Kind = Kind {
        unique: &[("resource_attributes_environment_id_resource_id_name_key", "name")],
        needs: &[("resource_id", ObjectKind::Resource)],
        ..Kind::new("resource_attributes", &["environment_id", "resource_id", "id"])
    };
}
