//! The scopes of one resource that an application holds.

use protocol::model::ObjectKind;

use super::Kind;

pub(super) const KIND: Kind = Kind {
    unique: &[("resource_grants_environment_id_application_id_resource_id_key", "resource.id")],
    needs: &[("application_id", ObjectKind::Application)],
    ..Kind::new("resource_grants", &["environment_id", "application_id", "id"])
};
