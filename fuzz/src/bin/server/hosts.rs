//! `web::layers::hosts`: a request that is taken for this machine is one that a browser would send to this machine, as the WHATWG
//! parser reads its host; everybody else's name is refused.

use axum::body::Body;
use http::{Request, header::HOST};
use url::{Host, Url};
use web::layers::hosts::Hosts;

pub fn check(host: &str) {
    let hosts = Hosts::of_this_machine(["dev.example".to_owned()]);
    let Ok(request) = Request::builder().uri("/").header(HOST, host).body(Body::empty()) else { return };
    if !hosts.answer_for(&request) || host.parse::<http::uri::Authority>().is_err() {
        return;
    }
    // A user before the host is refused before this is asked.
    let Ok(url) = Url::parse(&format!("http://{host}/")) else { return };
    let own = match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.strip_suffix('.').unwrap_or(name);
            name == "localhost" || name.ends_with(".localhost") || name == "dev.example"
        }
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.to_canonical().is_loopback(),
        None => false,
    };
    assert!(own, "{host}");
}
