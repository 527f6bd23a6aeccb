//! Applications, and what they hold. Their secrets stand in columns of the same row, which have statements of their own.

use protocol::model::{Application, ObjectKind, ResourceGrant};

use super::{Kind, Stored};
use crate::list::Indexed;

impl Stored for Application {
    const KIND: Kind = Kind {
        // Written by the first token alone.
        reads: &["unused_since"],
        unique: &[(crate::CLIENT_ID_TAKEN, "clientId"), ("applications_registered_as", "registeredAs")],
        counted: true,
        indexed: &[Indexed::Few("id"), Indexed::Few("client_id"), Indexed::Paged("name_key")],
        // What it was given means nothing without it, and its id is never given again. It may be more than fits into a commit: it goes when
        // it expires ([`crate::purge`]), or with its user or environment.
        ends: &[
            ("DELETE FROM resource_grants WHERE environment_id = $1 AND application_id = $2", &[0, 1]),
            ("DELETE FROM application_attributes WHERE environment_id = $1 AND application_id = $2", &[0, 1]),
            ("DELETE FROM policy_assignments WHERE environment_id = $1 AND application_id = $2", &[0, 1]),
            ("DELETE FROM consents WHERE environment_id = $1 AND application_id = $2", &[0, 1]),
            ("DELETE FROM role_assignments WHERE environment_id = $1 AND actor = $2", &[0, 1]),
            ("DELETE FROM role_assignments WHERE scope_kind = 'APPLICATION' AND scope_id = $1", &[1]),
        ],
        ..Kind::new("applications", &["environment_id", "id"])
    };
}

impl Stored for ResourceGrant {
    const KIND: Kind = Kind {
        // A process of a release that knows no version writes a body without one.
        reads: &["version"],
        unique: &[("resource_grants_environment_id_application_id_resource_id_key", "resource.id")],
        needs: &[("application_id", ObjectKind::Application)],
        ..Kind::new("resource_grants", &["environment_id", "application_id", "id"])
    };
}
