use super::*;

const PEER: &str = "10.0.0.1";

fn proxies(field: Field) -> Proxies {
    Proxies::new(["10.0.0.0/8", "fd00::/8"].map(|net| net.parse().unwrap()).to_vec(), field)
}

fn source(field: Field, peer: &str, lines: &[&str]) -> String {
    let mut headers = HeaderMap::new();
    for line in lines {
        let name = if field == Field::Forwarded { "forwarded" } else { "x-forwarded-for" };
        headers.append(name, line.parse().unwrap());
    }
    proxies(field).source(peer.parse().unwrap(), &headers).to_string()
}

// HT-08
#[test]
fn the_last_address_that_no_proxy_could_have_been_told_counts() {
    for (peer, lines, expected) in [
        (PEER, &["192.0.2.7"][..], "192.0.2.7"),
        // What the client sent itself stands before what the proxy added.
        (PEER, &["203.0.113.9, 192.0.2.7"], "192.0.2.7"),
        (PEER, &["203.0.113.9", "192.0.2.7"], "192.0.2.7"),
        // Two proxies in a row.
        (PEER, &["192.0.2.7, 10.0.0.2"], "192.0.2.7"),
        ("::ffff:10.0.0.1", &["192.0.2.7"], "192.0.2.7"),
        ("fd00::1", &["[2001:db8::7]:4711"], "2001:db8::7"),
        (PEER, &["2001:db8::7"], "2001:db8::7"),
        (PEER, &["192.0.2.7:4711"], "192.0.2.7"),
        // Nobody is believed who is not listed, and nothing that cannot be read.
        ("192.0.2.1", &["192.0.2.7"], "192.0.2.1"),
        (PEER, &[], PEER),
        (PEER, &[""], PEER),
        (PEER, &["192.0.2.7, unknown"], PEER),
        (PEER, &["203.0.113.9, unknown, 10.0.0.2"], "10.0.0.2"),
        (PEER, &["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
    ] {
        assert_eq!(source(Field::XForwardedFor, peer, lines), expected, "{peer} {lines:?}");
    }
}

// HT-08
#[test]
fn forwarded_is_read_as_its_rfc_writes_it() {
    for (lines, expected) in [
        (&["for=192.0.2.7"][..], "192.0.2.7"),
        (&["For=\"[2001:db8::7]:4711\";proto=http;by=10.0.0.1"], "2001:db8::7"),
        (&["proto=https; for=192.0.2.7:4711"], "192.0.2.7"),
        (&["for=203.0.113.9, for=192.0.2.7;host=evil.example"], "192.0.2.7"),
        (&["for=192.0.2.7, for=10.0.0.2"], "192.0.2.7"),
        (&["for=_hidden"], PEER),
        (&["for=unknown, for=10.0.0.2"], "10.0.0.2"),
        (&["host=evil.example"], PEER),
        (&["for=\"192.0.2.9, for=192.0.2.8"], "192.0.2.8"),
        (&["for=192.0.2.9\", x"], PEER),
    ] {
        assert_eq!(source(Field::Forwarded, PEER, lines), expected, "{lines:?}");
    }
    // The other field is not looked at.
    let mut headers = HeaderMap::new();
    headers.append("x-forwarded-for", "192.0.2.7".parse().unwrap());
    assert_eq!(proxies(Field::Forwarded).source(PEER.parse().unwrap(), &headers).to_string(), PEER);
    assert_eq!(Proxies::default().source(PEER.parse().unwrap(), &headers).to_string(), PEER);
}
