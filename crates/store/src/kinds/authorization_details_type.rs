//! Types of authorization details, which end with their resource.

use protocol::model::{AuthorizationDetailsType, ObjectKind};

use super::{Kind, Stored};
use crate::list::Indexed;

impl Stored for AuthorizationDetailsType {
    const KIND: Kind = Kind {
        unique: &[("authorization_details_types_environment_id_name_key", "type")],
        needs: &[("resource_id", ObjectKind::Resource)],
        indexed: &[Indexed::Few("id"), Indexed::Few("name")],
        ..Kind::new("authorization_details_types", &["environment_id", "id"])
    };
}
