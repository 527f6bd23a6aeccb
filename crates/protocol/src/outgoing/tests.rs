use std::net::{Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;

use super::*;

fn read(text: &str) -> Result<Target, Unfit> {
    Target::read(text, &Policy::default())
}

fn allowing(entries: &[&str]) -> Policy {
    Policy { plain_http: false, allowed: entries.iter().map(|entry| Allowed::parse(entry).unwrap()).collect() }
}

fn admit(text: &str, resolved: &[&str]) -> Result<Checked, Unfit> {
    let resolved: Vec<IpAddr> = resolved.iter().map(|address| address.parse().unwrap()).collect();
    read(text)?.admit(&resolved, &Policy::default())
}

#[test]
fn an_address_on_the_internet_is_called_where_it_was_checked() {
    let checked = admit("https://Client.example/keys?v=1", &["93.184.215.14", "2606:2800:21f:cb07::1"]).unwrap();
    let wanted: Vec<SocketAddr> =
        vec!["93.184.215.14:443".parse().unwrap(), "[2606:2800:21f:cb07::1]:443".parse().unwrap()];
    assert_eq!(checked.addresses(), wanted);
    assert_eq!((checked.host(), checked.path().as_str()), ("client.example", "/keys?v=1"));
    assert_eq!(admit("https://client.example:8443", &["8.8.8.8"]).unwrap().authority(), "client.example:8443");
    assert!(admit("https://8.8.8.8/keys", &[]).is_ok());
    let v6 = admit("https://[2606:4700::1111]/keys", &[]).unwrap();
    assert_eq!((v6.host(), v6.addresses()[0].to_string().as_str()), ("[2606:4700::1111]", "[2606:4700::1111]:443"));
}

/// SS-01: as a literal, and as what a name resolves to.
#[test]
fn ss_01_no_internal_address_is_called() {
    for address in INTERNAL {
        let host = if address.contains(':') { format!("[{address}]") } else { (*address).to_owned() };
        assert!(read(&format!("https://{host}/keys")).is_err(), "{address}");
        assert_eq!(admit("https://client.example/", &[address]), Err(Unfit::NotPublic), "{address}");
        // One good address beside it does not help, in either order.
        assert_eq!(admit("https://client.example/", &["8.8.8.8", address]), Err(Unfit::NotPublic), "{address}");
        assert_eq!(admit("https://client.example/", &[address, "8.8.8.8"]), Err(Unfit::NotPublic), "{address}");
    }
    assert_eq!(admit("https://client.example/", &[]), Err(Unfit::Unknown));
}

#[test]
fn what_lies_beside_the_blocks_is_public() {
    for address in [
        "1.0.0.0",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "2001:200::",
        "2003::",
        "3ffe:ffff::",
        "2606:4700::1111",
    ] {
        assert!(is_public(address.parse().unwrap()), "{address}");
    }
}

/// SS-02
#[test]
fn ss_02_a_host_has_one_spelling() {
    for host in [
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "127.1",
        "127.0.1",
        "0",
        "017700000001",
        "8.8.8",
        "0x08080808",
        "134744072",
        "8.8.8.8.",
        "127.0.0.1.",
        "client.example.",
        "localhost",
        "localhost.",
        "LOCALHOST",
        "a.localhost",
        "db.local",
        "metadata.google.internal",
        "router.home.arpa",
        "intranet",
        "%6c%6fcalhost",
        "client%2eexample",
        "１２７.0.0.1",
        "client。example",
        "ⓛocalhost",
        "bücher.example",
        "a..example",
        ".example",
        "-a.example",
        "client_.example:443:443",
        "[::ffff:8.8.8.8]",
        "[0:0:0:0:0:0:0:1]",
        "[::1%25lo]",
        "[fe80::1%25eth0]",
        "[2606:4700:0:0:0:0:0:1111]",
        "[v1.x]",
        "",
        "1.2.3.4.5",
        "256.1.1.1",
        "0x.example.0x1",
    ] {
        assert!(read(&format!("https://{host}/keys")).is_err(), "{host}");
    }
    // A name that spells an address is an ordinary name; what it resolves to decides.
    assert_eq!(admit("https://127.0.0.1.nip.io/", &["127.0.0.1"]), Err(Unfit::NotPublic));
    assert_eq!(admit("https://10-0-0-1.sslip.io/", &["10.0.0.1"]), Err(Unfit::NotPublic));
}

/// SS-03: the address that was checked is the address of the proof; a later look-up has no place in it.
#[test]
fn ss_03_a_name_counts_with_all_its_addresses() {
    let checked = admit("https://rebind.example/", &["8.8.8.8"]).unwrap();
    assert_eq!(checked.addresses(), ["8.8.8.8:443".parse::<SocketAddr>().unwrap()]);
    assert_eq!(admit("https://rebind.example/", &["8.8.8.8", "127.0.0.1"]), Err(Unfit::NotPublic));
}

/// SS-05
#[test]
fn ss_05_only_https_at_ports_of_documents() {
    for text in [
        "http://client.example/",
        "file:///etc/passwd",
        "gopher://client.example/",
        "ftp://client.example/",
        "unix:/run/x",
        "data:,x",
        "javascript:x",
        "jar:https://client.example/",
        "HTTP://client.example/",
        "ws://a.example",
    ] {
        assert_eq!(read(text), Err(Unfit::Scheme), "{text}");
    }
    for port in
        [0, 1, 21, 22, 23, 25, 80, 110, 143, 389, 444, 465, 587, 993, 2375, 3306, 5432, 6379, 9200, 11211, 27017]
    {
        assert_eq!(read(&format!("https://client.example:{port}/")), Err(Unfit::Port), "{port}");
    }
    assert!(SERVICES.is_sorted());
    for port in [443, 1024, 8080, 8443, 49152, 65535] {
        assert!(read(&format!("https://client.example:{port}/")).is_ok(), "{port}");
    }
    assert!(read("https://client.example:65536/").is_err());
    let plain = Policy { plain_http: true, ..Policy::default() };
    assert!(Target::read("http://client.example/", &plain).is_ok());
    assert_eq!(Target::read("ftp://client.example/", &plain), Err(Unfit::Scheme));
    assert_eq!(Target::read("https://client.example:80/", &plain), Err(Unfit::Port));
}

#[test]
fn what_other_parsers_read_differently_is_refused() {
    for (text, why) in [
        ("https://client.example@127.0.0.1/", Unfit::Userinfo),
        ("https://u:p@client.example/", Unfit::Userinfo),
        ("https://@client.example/", Unfit::Userinfo),
        ("https://client.example/#keys", Unfit::Fragment),
        ("https://client.example#@127.0.0.1/", Unfit::Fragment),
        ("https://127.0.0.1\\@client.example/", Unfit::Spelling),
        ("https:\\\\client.example/", Unfit::Spelling),
        ("https:client.example", Unfit::Spelling),
        ("https:/client.example/", Unfit::Spelling),
        ("https:///client.example/", Unfit::Host),
        ("//client.example/", Unfit::Spelling),
        (" https://client.example/", Unfit::Spelling),
        ("https://client.example/\r\nX: y", Unfit::Spelling),
        ("ht\ttps://client.example/", Unfit::Spelling),
        ("https://client.exam\u{0}ple/", Unfit::Spelling),
        ("", Unfit::Spelling),
    ] {
        assert_eq!(read(text), Err(why), "{text:?}");
    }
    assert_eq!(read(&format!("https://client.example/{}", "a".repeat(LONGEST))), Err(Unfit::TooLong));
}

#[test]
fn the_operators_list_opens_what_it_names_and_nothing_beside_it() {
    let policy = allowing(&["idp.corp", "10.1.0.0/16", "127.0.0.1", "vault"]);
    let admit = |text: &str, resolved: &str| {
        Target::read(text, &policy).and_then(|target| target.admit(&[resolved.parse().unwrap()], &policy)).is_ok()
    };
    assert!(admit("https://idp.corp/keys", "192.168.7.7") && admit("https://IDP.corp/keys", "192.168.7.7"));
    assert!(admit("https://vault:8443/keys", "10.9.9.9"));
    assert!(admit("https://client.example/", "10.1.2.3") && admit("https://127.0.0.1:8443/", "8.8.8.8"));
    assert!(!admit("https://a.idp.corp/keys", "192.168.7.7") && !admit("https://client.example/", "10.2.0.1"));
    assert!(!admit("https://[::ffff:127.0.0.1]/", "8.8.8.8") && !admit("https://127.0.0.2/", "8.8.8.8"));
    assert!(!admit("https://idp.corp:22/", "192.168.7.7"), "a host is opened, not its ports");
    for entry in ["", "*", "a b", "10.0.0.0/33", "0x7f.1", "a..b", "https://a.example", "-a"] {
        assert_eq!(Allowed::parse(entry), None, "{entry}");
    }
}

/// Every way in which C libraries read an IPv4 address: one to four parts, each decimal, octal or hexadecimal.
fn spellings() -> impl Strategy<Value = (Ipv4Addr, String)> {
    (any::<u32>(), 1_usize..=4, prop::array::uniform4(0..4_u8)).prop_map(|(number, parts, bases)| {
        let bytes = number.to_be_bytes();
        let rest = bytes[parts - 1..].iter().fold(0_u32, |sum, byte| (sum << 8) | u32::from(*byte));
        let numbers = bytes[..parts - 1].iter().map(|byte| u32::from(*byte)).chain([rest]);
        let written = numbers.zip(bases).map(|(number, base)| match base {
            0 => format!("{number}"),
            1 => format!("0{number:o}"),
            2 => format!("0x{number:x}"),
            _ => format!("0X{number:08X}"),
        });
        (Ipv4Addr::from(number), written.collect::<Vec<_>>().join("."))
    })
}

proptest! {
    /// SS-02
    #[test]
    fn ss_02_an_ipv4_address_is_read_only_as_it_is_usually_written((address, text) in spellings()) {
        let found = read(&format!("https://{text}/"));
        let fits = text == address.to_string() && is_public(IpAddr::V4(address));
        prop_assert_eq!(found.is_ok(), fits, "{}", text);
    }

    /// SS-01
    #[test]
    fn ss_01_an_address_within_an_address_is_never_public(number in any::<u32>(), tail in any::<u64>()) {
        let [high, low] = [(number >> 16) as u16, number as u16];
        let [a, b, c, d] = [(tail >> 48) as u16, (tail >> 32) as u16, (tail >> 16) as u16, tail as u16];
        for address in [
            Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, high, low),
            Ipv6Addr::new(0, 0, 0, 0, 0xffff, 0, high, low),
            Ipv6Addr::new(0, 0, 0, 0, 0, 0, high, low),
            Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low),
            Ipv6Addr::new(0x64, 0xff9b, 1, a, b, c, high, low),
            Ipv6Addr::new(0x2002, high, low, a, b, c, d, 1),
            Ipv6Addr::new(0x2001, 0, a, b, c, d, !high, !low),
        ] {
            prop_assert!(!is_public(IpAddr::V6(address)), "{}", address);
        }
    }

    #[test]
    fn no_text_breaks_the_reading(text in "\\PC{0,60}", host in "[0-9a-fA-FxX.:%\\[\\]]{0,30}") {
        let _ = read(&text);
        if let Ok(target) = read(&format!("https://{host}/")) {
            prop_assert!(target.admit(&[], &Policy::default()).is_err() || host.parse::<IpAddr>().is_ok()
                || host.starts_with('['), "{}", host);
        }
    }
}

const INTERNAL: &[&str] = &[
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "169.254.170.2",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.0.170",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:0:127.0.0.1",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::8.8.8.8",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:2::1",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:808:808::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
];
