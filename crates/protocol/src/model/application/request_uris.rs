//! Where the request objects of an application may lie (`requestUris`; OIDC Registration §2 `request_uris`).

use crate::model::check::application::is_fetched_address;
use crate::model::describe::{Absent, Listed, Walk, property};

/// This server's own property: PingOne's clients do not know it, so its absence changes nothing.
pub(super) fn describe_request_uris(uris: &mut Vec<String>, walk: &mut dyn Walk) {
    let own = property("requestUris").at_most(MOST, is_request_uri).absent(Absent::Kept);
    walk.outside(&mut |walk| walk.texts(&own, uris));
    walk.stored("request_uris", &mut Listed(uris));
}

/// An address that this server reads from, and behind `#`, where there is one, the version of what lies there.
fn is_request_uri(text: &str) -> Result<(), String> {
    let (address, version) = text.split_once('#').map_or((text, None), |(address, version)| (address, Some(version)));
    // RFC 9101 §5.2: "MUST NOT exceed 512 ASCII characters".
    if text.len() > LONGEST {
        return Err("must not be longer than 512 characters".to_owned());
    }
    let is_hash = |version: &str| jose::b64::decode(version).is_some_and(|hash| hash.len() == 32);
    if version.is_some_and(|version| !is_hash(version)) {
        return Err("must have a SHA-256 hash in base64url as its fragment, or none".to_owned());
    }
    is_fetched_address(address)
}

/// Each may cost a request a minute ([ADR 0040](../../../../../docs/adr/0040-request-objects-by-reference.md)).
const MOST: usize = 10;
const LONGEST: usize = 512;
