//! Requests that leave the server, against a made-up outside and against a hostile server on this machine.

#![expect(clippy::unwrap_used, reason = "a failed assumption must fail the test")]

mod live;
mod outside;
mod room;

use engine::fetch::Expected;
use protocol::id::EnvironmentId;
use protocol::secret::Secret;

const KEYS: Expected =
    Expected { media: &["application/json", "application/jwk-set+json"], largest: 64 * 1024, withdrawn: false };
const URL: &str = "https://client.example/keys";

fn environment(number: u128) -> EnvironmentId {
    EnvironmentId::new(uuid::Uuid::from_u128(number))
}

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}
