//! `protocol::origin` against the WHATWG parser: what is registered is an origin and nothing else, and a page is let in only if its
//! browser would write the origin so, and it is the registered one or one label below it. The input is two lines, registered
//! and sent.

use protocol::origin::{allowed, register_origin};
use protocol::session_state::origin;
use url::Url;

pub fn check([known, sent]: [&str; 2]) {
    // Of the page around a frame, and into a policy.
    if let Some(own) = origin(sent) {
        assert_eq!(origin(&own).as_ref(), Some(&own));
        assert!(own.bytes().all(|octet| octet.is_ascii_graphic() && !b";,'\"*@?#".contains(&octet)), "{own}");
    }
    let registered = register_origin(known).is_ok();
    if registered && !known.contains('*') {
        let url = Url::parse(known).expect("registered");
        assert!(matches!(url.scheme(), "http" | "https") && url.host_str().is_some());
        assert_eq!((url.path(), url.query(), url.fragment(), url.username()), ("/", None, None, ""));
        assert!(allowed(&[known.to_owned()], &url.origin().ascii_serialization()), "its own page");
    }
    if !registered || !allowed(&[known.to_owned()], sent) {
        return;
    }
    let page = Url::parse(sent).expect("allowed").origin();
    assert_eq!(page.ascii_serialization(), sent, "as a browser writes it");
    let Some((scheme, parent)) = known.split_once("://*.") else {
        assert_eq!(Url::parse(known).expect("registered").origin(), page);
        return;
    };
    let below = Url::parse(&format!("{scheme}://{parent}")).expect("registered").origin().ascii_serialization();
    let (_, below) = below.split_once("://").expect("an origin");
    let (label, rest) = sent.split_once("://").and_then(|(_, host)| host.split_once('.')).expect("below a host");
    assert!(!label.is_empty() && rest == below && sent.starts_with(&format!("{scheme}:")));
}
