//! `protocol::uri::resource_key` of any text: a key is its own, and where it is one of the web it is the address that the WHATWG
//! parser finds.

use protocol::uri::{is_web_resource, resource_key};
use url::Url;

pub fn check(text: &str) {
    let Some(key) = resource_key(text) else { return };
    assert_eq!(resource_key(&key).as_deref(), Some(key.as_str()), "{text}");
    assert!(!key.contains('#') && key.is_ascii() && key.contains(':'), "RFC 8707 §2");
    // Nothing is decoded or left out but the port of the scheme and an empty path.
    assert!(key.len() <= text.len() + 1);
    if is_web_resource(text)
        && let (Ok(one), Ok(other)) = (Url::parse(text), Url::parse(&key))
    {
        assert_eq!(one, other, "the same address");
        assert!(one.username().is_empty() && one.password().is_none() && one.host_str().is_some());
    }
}
