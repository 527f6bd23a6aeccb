//! `protocol::pkce` against RFC 7636 §4 spelled out: no other challenge is taken, none is answered by another verifier, and what is
//! stored is read back. The input is three lines: challenge, method (empty: absent), verifier.

use jose::{b64, digest};
use protocol::pkce::Challenge;

pub fn check([challenge, method, verifier]: [&str; 3]) {
    let unreserved = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
    let is_verifier = |text: &str| (43..=128).contains(&text.chars().count()) && text.chars().all(unreserved);
    let method = Some(method).filter(|method| !method.is_empty());
    let sound = match method {
        None | Some("plain") => is_verifier(challenge),
        Some("S256") => b64::decode(challenge).is_some_and(|hash| hash.len() == 32),
        Some(_) => false,
    };
    let read = Challenge::read(challenge, method);
    assert_eq!(read.is_ok(), sound);
    let Ok(read) = read else { return };
    assert_eq!(Challenge::from_stored(&read.stored()).as_ref(), Some(&read));
    let expected = match method {
        Some("S256") => b64::encode(&digest::sha256(verifier.as_bytes())),
        _ => verifier.to_owned(),
    };
    assert_eq!(read.verify(verifier), is_verifier(verifier) && expected == challenge);
    // The right verifier of what came in its place.
    if let Ok(own) = Challenge::read(&b64::encode(&digest::sha256(verifier.as_bytes())), Some("S256")) {
        assert_eq!(own.verify(verifier), is_verifier(verifier));
    }
}
