//! Initial access tokens. Each goes when it has expired ([`crate::purge`]).

use protocol::model::InitialAccessToken;

use super::{Kind, Stored};

impl Stored for InitialAccessToken {
    const KIND: Kind = Kind {
        // How often it was used is counted in the column alone.
        reads: &["used"],
        ..Kind::new("initial_access_tokens", &["environment_id", "id"])
    };
}
