//! `crates/cli/src/config/origin.rs` against the WHATWG parser: what is taken for an origin is written as browsers write it, and is
//! read again as itself.

use crate::config::origin;
use url::Url;

pub fn check(text: &str) {
    let Some(written) = origin(text) else { return };
    // A label that is no Punycode is no name to a browser; nobody is led astray by an address that leads nowhere.
    let Ok(url) = Url::parse(text.trim()) else {
        assert!(written.contains("xn--"), "{written}");
        return;
    };
    assert_eq!(url.origin().ascii_serialization(), written);
    assert_eq!((url.path(), url.query(), url.fragment(), url.username(), url.password()), ("/", None, None, "", None));
    assert_eq!(origin(&written).as_deref(), Some(&*written));
}
