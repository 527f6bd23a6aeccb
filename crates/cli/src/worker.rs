//! A worker of a server elsewhere: how it proves itself, and where its secret may go.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// The `Authorization` header of a worker (RFC 6749 §2.3.1: both parts are encoded as a form is).
pub(crate) fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", BASE64_STANDARD.encode(format!("{}:{}", encoded(id), encoded(secret))))
}

/// Whether what is sent to the host, as an address writes it, stays on this machine: anywhere else it must be encrypted.
pub(crate) fn is_here(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "::1" | "[::1]")
}

/// A blank as `%20`, which whoever reads no `+` reads as well.
fn encoded(text: &str) -> String {
    let plain = |octet: &u8| octet.is_ascii_alphanumeric() || b"-._~".contains(octet);
    text.bytes()
        .map(|octet| if plain(&octet) { char::from(octet).to_string() } else { format!("%{octet:02X}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_encoded_before_it_is_joined() {
        let read = BASE64_STANDARD.decode(basic("a:b", "a~b c/é").strip_prefix("Basic ").unwrap()).unwrap();
        assert_eq!(String::from_utf8(read).unwrap(), "a%3Ab:a~b%20c%2F%C3%A9");
    }
}
