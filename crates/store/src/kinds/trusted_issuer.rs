//! Trusted issuers. An application that one of them names may end: its id is never given again, and then names nobody.

use protocol::model::TrustedIssuer;

use super::{Kind, Stored};
use crate::list::Indexed;

impl Stored for TrustedIssuer {
    const KIND: Kind = Kind {
        unique: &[("trusted_issuers_environment_id_issuer_key", "issuer")],
        indexed: &[Indexed::Few("id"), Indexed::Few("issuer")],
        ..Kind::new("trusted_issuers", &["environment_id", "id"])
    };
}
