//! What we and an independent implementation make of tokens that are not quite right: what both accept says the same to both, and
//! where one accepts alone stands in a closed list, with the clause.

use std::collections::HashSet;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use jose::{Alg, SigningKey, b64};
use proptest::prelude::*;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Value, json};

use crate::both::{BOTH, Both};

/// Whose verifier accepts a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Accepted {
    Everywhere,
    Nowhere,
    OursAlone,
    TheirsAlone,
}

use Accepted::{Everywhere, Nowhere, OursAlone, TheirsAlone};

fn judged(key: &Both, token: &str) -> Accepted {
    match (key.ours(token), key.theirs(token)) {
        (Ok(ours), Ok(theirs)) => {
            assert_eq!(ours, theirs, "{token}");
            Everywhere
        }
        (Err(_), Err(_)) => Nowhere,
        (Ok(_), Err(_)) => OursAlone,
        (Err(_), Ok(_)) => TheirsAlone,
    }
}

/// The whole header, `ALG` standing for the algorithm of the key, with who accepts it and by which clause.
const HEADERS: &[(&str, Accepted, &str)] = &[
    (r#"{"alg":"ALG"}"#, Everywhere, "RFC 7515 §4.1.1"),
    (" { \"alg\"\n:\t\"ALG\" } ", Everywhere, "RFC 8259 §2"),
    (
        r#"{"\u0061lg":"ALG","typ":"at+jwt","kid":"x","new":{"a":[1]}}"#,
        Everywhere,
        "RFC 7515 §4: what is not understood is ignored",
    ),
    (
        r#"{"alg":"ALG","jwk":{"kty":"oct","k":"AAAA"}}"#,
        Everywhere,
        "RFC 8725 §3.10: a key in the header is not trusted",
    ),
    (r#"{"alg":"ALG","jku":"http://localhost/","x5u":"http://localhost/","x5c":["AAAA"]}"#, Everywhere, "the same"),
    (r#"{"alg":"ALG","alg":"ALG"}"#, Nowhere, "RFC 7515 §4"),
    (r#"{"alg":"ALG","\u0061lg":"none"}"#, Nowhere, "RFC 7515 §4"),
    (r#"{"alg":"none","alg":"ALG"}"#, Nowhere, "RFC 7515 §4"),
    (r#"{"alg":"ALG","kid":"x","kid":"x"}"#, Nowhere, "RFC 7515 §4"),
    (r#"{"typ":"JWT"}"#, Nowhere, "RFC 7515 §4.1.1"),
    (r#"{"alg":null}"#, Nowhere, "RFC 7515 §4.1.1"),
    (r#"{"alg":["ALG"]}"#, Nowhere, "RFC 7515 §4.1.1"),
    (r#"{"alg":"ALG "}"#, Nowhere, "RFC 7515 §4.1.1"),
    (r#"{"alg":"ALG\u0000"}"#, Nowhere, "RFC 7515 §4.1.1"),
    (r#"{"Alg":"ALG"}"#, Nowhere, "RFC 7515 §4: names are case-sensitive"),
    (r#"["ALG"]"#, Nowhere, "RFC 7515 §3"),
    (r#""ALG""#, Nowhere, "RFC 7515 §3"),
    ("", Nowhere, "RFC 7515 §3"),
    (r#"{"alg":"ALG"}{}"#, Nowhere, "RFC 8259 §2"),
    (r#"{"alg":"ALG",}"#, Nowhere, "RFC 8259 §4"),
    ("{'alg':'ALG'}", Nowhere, "RFC 8259 §7"),
    ("\u{feff}{\"alg\":\"ALG\"}", Nowhere, "RFC 8259 §8.1"),
    (r#"{"alg":"ALG","kid":7}"#, Nowhere, "RFC 7515 §4.1.4"),
    (r#"{"alg":"ALG","typ":{}}"#, Nowhere, "RFC 7515 §4.1.9"),
    (r#"{"alg":"ALG","new":1e400}"#, Nowhere, "RFC 8259 §6"),
    // The other refuses alone: it reads parameters that it makes no use of.
    (r#"{"alg":"ALG","jwk":1}"#, OursAlone, "RFC 8725 §3.10: nothing is read that is not trusted"),
    (r#"{"alg":"ALG","jku":1}"#, OursAlone, "the same"),
    (r#"{"alg":"ALG","x5c":"AAAA"}"#, OursAlone, "the same"),
    (r#"{"alg":"ALG","x5t#S256":1}"#, OursAlone, "RFC 7515 §4.1.8: it names no certificate"),
    (r#"{"alg":"ALG","cty":1}"#, OursAlone, "RFC 7515 §4.1.10: it is for the application"),
    // We refuse alone.
    (r#"{"alg":"ALG","crit":["exp"],"exp":1}"#, TheirsAlone, "RFC 7515 §4.1.11: not understood"),
    (r#"{"alg":"ALG","crit":["new"]}"#, TheirsAlone, "RFC 7515 §4.1.11: not there"),
    (r#"{"alg":"ALG","crit":["alg"]}"#, TheirsAlone, "RFC 7515 §4.1.11: defined by the specification itself"),
    (r#"{"alg":"ALG","crit":[]}"#, TheirsAlone, "RFC 7515 §4.1.11: empty"),
    (r#"{"alg":"ALG","crit":null}"#, TheirsAlone, "RFC 7515 §4.1.11: no array"),
    (r#"{"alg":"ALG","b64":false,"crit":["b64"]}"#, TheirsAlone, "RFC 7797 §3: not understood"),
    (r#"{"alg":"ALG","b64":false}"#, TheirsAlone, "RFC 7797 §6: not critical"),
    (r#"{"alg":"ALG","b64":true}"#, TheirsAlone, "RFC 7797 §6: not critical"),
    (r#"{"alg":"ALG","new":1,"new":1}"#, TheirsAlone, "RFC 7515 §4: refused or the last one"),
    (r#"{"alg":"ALG","new":{"a":1,"\u0061":1}}"#, TheirsAlone, "RFC 8259 §4"),
    (r#"{"alg":"ALG","kid":null}"#, TheirsAlone, "RFC 7515 §4.1.4: a string"),
    (r#"{"alg":"ALG","typ":null}"#, TheirsAlone, "RFC 7515 §4.1.9: a string"),
];

const PAYLOADS: &[(&str, Accepted, &str)] = &[
    ("{}", Everywhere, "RFC 7519 §3"),
    (r#" {"sub" : "a", "exp":-1, "aud":["a","b"], "\ud83d\ude00":"\u0000"} "#, Everywhere, "RFC 8259 §7"),
    (r#"{"exp":"soon","iss":1,"nbf":null}"#, Everywhere, "RFC 7519 §4.1: the claims are checked afterwards"),
    ("", Nowhere, "RFC 7519 §7.2"),
    ("[]", Nowhere, "RFC 7519 §7.2"),
    ("null", Nowhere, "RFC 7519 §7.2"),
    ("{}{}", Nowhere, "RFC 8259 §2"),
    ("\u{feff}{}", Nowhere, "RFC 8259 §8.1"),
    (r#"{"a":1e400}"#, Nowhere, "RFC 8259 §6"),
    (r#"{"a":"\ud83d"}"#, Nowhere, "RFC 8259 §8.2"),
    (r#"{"a":NaN}"#, Nowhere, "RFC 8259 §6"),
    (r#"{"exp":1,"exp":1}"#, Nowhere, "RFC 7519 §4"),
    (r#"{"sub":["a"]}"#, OursAlone, "RFC 7519 §4.1.2: the claims are checked afterwards"),
    (r#"{"a":1,"a":1}"#, TheirsAlone, "RFC 7519 §4: refused or the last one"),
    (r#"{"a":[{"b":1,"\u0062":2}]}"#, TheirsAlone, "RFC 8259 §4"),
];

/// KD-01, CJ-14, CJ-15, CJ-19, CJ-20: each under each algorithm, the signature being right.
#[test]
fn signed_headers_and_payloads() {
    for key in BOTH.iter() {
        let plain = format!(r#"{{"alg":"{}"}}"#, key.alg);
        for (header, accepted, clause) in HEADERS {
            let token = key.sealed_under(&header.replace("ALG", key.alg.name()), "{}");
            assert_eq!(judged(key, &token), *accepted, "{} {header}: {clause}", key.alg);
        }
        for (payload, accepted, clause) in PAYLOADS {
            assert_eq!(judged(key, &key.sealed_under(&plain, payload)), *accepted, "{} {payload}: {clause}", key.alg);
        }
        // RFC 8725 §3.1, RFC 7518 §3.6: the key has one algorithm, whatever the header calls it.
        let others = Alg::ALL.iter().map(|alg| alg.name()).filter(|name| *name != key.alg.name());
        for name in others.chain(["none", "None", "NONE", "nOnE", "", "HS1", "ES256K", "RSA-OAEP", "dir"]) {
            let header = format!(r#"{{"alg":"{name}"}}"#);
            let token = key.sealed_under(&header, "{}");
            assert_eq!(judged(key, &token), Nowhere, "{} {name}", key.alg);
            let unsecured = format!("{}.", token.rsplit_once('.').unwrap().0);
            assert_eq!(judged(key, &unsecured), Nowhere, "{} {name}", key.alg);
        }
        // Our own limits, which no specification sets: 512 characters of a name, 32 levels, 16 KiB.
        for (many, accepted) in [(512, Everywhere), (513, TheirsAlone)] {
            let header = format!(r#"{{"alg":"{}","kid":"{}"}}"#, key.alg, "k".repeat(many));
            assert_eq!(judged(key, &key.sealed_under(&header, "{}")), accepted, "{} {many}", key.alg);
        }
        for (levels, accepted) in [(31, Everywhere), (32, TheirsAlone), (200, Nowhere)] {
            let payload = format!(r#"{{"a":{}{}}}"#, "[".repeat(levels), "]".repeat(levels));
            assert_eq!(judged(key, &key.sealed_under(&plain, &payload)), accepted, "{} {levels}", key.alg);
        }
        for (long, accepted) in [(8 * 1024, Everywhere), (16 * 1024, TheirsAlone)] {
            let payload = format!(r#"{{"a":"{}"}}"#, "a".repeat(long));
            assert_eq!(judged(key, &key.sealed_under(&plain, &payload)), accepted, "{} {long}", key.alg);
        }
    }
}

/// CJ-27; RFC 7515 §2, §3.1 and RFC 4648 §3.5: one text for one token. The signature is over the text as it is sent, so it is right.
#[test]
fn spellings() {
    for key in BOTH.iter() {
        let header = b64::encode(format!(r#"{{"alg":"{}"}}"#, key.alg).as_bytes());
        let (payload, bytes) = ("eyJhIjoiPz8_Pz4-In0", br#"{"a":"????>>"}"#);
        assert_eq!(payload, b64::encode(bytes));
        let good = key.sealed(&format!("{header}.{payload}"));
        assert_eq!(judged(key, &good), Everywhere);
        let signature = good.rsplit('.').next().unwrap();
        let standard = STANDARD_NO_PAD.encode(bytes);
        assert_ne!(standard, payload);
        let loose =
            |text: &str| format!("{}{}", &text[..text.len() - 1], char::from(text.as_bytes()[text.len() - 1] + 1));
        let mut spellings = vec![
            key.sealed(&format!("{header}.{standard}")),
            key.sealed(&format!("{header}.{payload}=")),
            key.sealed(&format!("{header}.{}", loose(payload))),
            key.sealed(&format!("{header}. {payload}")),
            key.sealed(&format!("{header}.{payload}\n")),
            key.sealed(&format!("{header}=.{payload}")),
            key.sealed(&format!("{header}==.{payload}")),
            key.sealed(&format!(" {header}.{payload}")),
            key.sealed(&format!("{header}.{payload}.")),
            key.sealed(&format!("{header}.{payload}.e30")),
            key.sealed(&format!(".{header}.{payload}")),
            key.sealed(&header),
            key.sealed(&format!(".{payload}")),
            key.sealed(&format!("{header}.")),
            key.sealed("."),
            key.sealed(""),
            // RFC 7797 §5.2: the payload as it is, under a header that says so.
            key.sealed(&format!(
                "{}.{{}}",
                b64::encode(format!(r#"{{"alg":"{}","b64":false,"crit":["b64"]}}"#, key.alg).as_bytes())
            )),
            // RFC 7515 §7.2: the JSON serialisations.
            json!({ "protected": header, "payload": payload, "signature": signature }).to_string(),
            json!({ "payload": payload, "signatures": [{ "protected": header, "signature": signature }] }).to_string(),
        ];
        let parts = [header.as_str(), payload, signature];
        let orders =
            [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0], [0, 0, 2], [1, 1, 2], [0, 1, 1], [0, 1, 0]];
        spellings.extend(orders.map(|order| order.map(|at| parts[at]).join(".")));
        let appended = ["=", "==", ".", " ", "\n", "\0", "A", "AAAA", ".e30"];
        spellings.extend(appended.map(|more| format!("{good}{more}")));
        spellings.extend([" ", "\n", ".", "Bearer "].map(|more| format!("{more}{good}")));
        // The spare bits of the signature's last character, where its length leaves any.
        if !b64::decode(signature).unwrap().len().is_multiple_of(3) {
            spellings.push(format!("{header}.{payload}.{}", loose(signature)));
        }
        for spelling in spellings {
            assert_eq!(judged(key, &spelling), Nowhere, "{} {spelling}", key.alg);
        }
    }
}

/// CJ-17, CVE-2018-0114: the header brings the key that the token is signed with.
#[test]
fn an_embedded_key_is_not_the_key() {
    for key in BOTH.iter().filter(|key| !key.alg.is_symmetric()) {
        let own = SigningKey::generate(key.alg).unwrap();
        let header = json!({ "alg": key.alg.name(), "jwk": own.public().to_json() }).to_string();
        let token = own.sign_under(header.as_bytes(), b"{}").unwrap();
        assert_eq!(judged(key, &token), Nowhere, "{}", key.alg);
        assert_eq!(
            judged(key, &key.sealed_under(&header, "{}")),
            Everywhere,
            "{}: the key itself, whatever is brought",
            key.alg
        );
    }
}

proptest! {
    /// One octet changed, taken away or added, anywhere: neither accepts.
    #[test]
    fn an_octet_changed_anywhere(which in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), to in 0_u8..128, how in 0..3) {
        let key = which.get(&BOTH);
        let token = key.signed_by_us(br#"{"sub":"someone","exp":4102444800}"#);
        let mut changed = token.clone().into_bytes();
        let at = at.index(changed.len());
        match how {
            0 => changed[at] = to,
            1 => drop(changed.remove(at)),
            _ => changed.insert(at, to),
        }
        let changed = String::from_utf8(changed).unwrap();
        prop_assume!(changed != token);
        prop_assert_eq!(judged(key, &changed), Nowhere);
    }

    /// Headers and payloads of any members, of which one octet may be changed, under a right signature: who accepts alone is explained.
    #[test]
    fn signed_and_odd(
        header in members(HEADER),
        payload in members(PAYLOAD),
        change in prop::option::of((any::<bool>(), any::<prop::sample::Index>(), 0x20_u8..127)),
    ) {
        let key = BOTH.iter().find(|key| key.alg == Alg::Hs256).unwrap();
        let mut texts = [header.replace("ALG", "HS256"), payload];
        if let Some((which, at, to)) = change {
            let text = &mut texts[usize::from(which)];
            let at = at.index(text.len());
            text.replace_range(at..=at, &char::from(to).to_string());
        }
        let [header, payload] = texts;
        match judged(key, &key.sealed_under(&header, &payload)) {
            Everywhere | Nowhere => {}
            TheirsAlone => prop_assert!(refused_by_us_alone(&header, &payload), "{header} {payload}"),
            OursAlone => prop_assert!(refused_by_them_alone(&header, &payload), "{header} {payload}"),
        }
    }
}

/// The closed list of what we refuse and the other does not, of [`HEADERS`] and [`PAYLOADS`].
fn refused_by_us_alone(header: &str, payload: &str) -> bool {
    let members: Value = serde_json::from_str(header).unwrap();
    let unnamed = |name: &str| members.get(name).is_some_and(Value::is_null);
    let extended = members.get("crit").is_some() || members.get("b64").is_some();
    let repeated = |text: &str| serde_json::from_str::<Repeats>(text).unwrap().0;
    extended || unnamed("kid") || unnamed("typ") || repeated(header) || repeated(payload)
}

/// The closed list of what the other refuses and we do not: parameters that nobody reads, claims of another type.
fn refused_by_them_alone(header: &str, payload: &str) -> bool {
    let read = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let (header, payload) = (read(header), read(payload));
    ["cty", "jku", "jwk", "x5u", "x5c", "x5t", "x5t#S256", "enc", "zip", "url", "nonce"]
        .iter()
        .any(|name| header.get(*name).is_some())
        || ["sub", "iss", "aud", "exp", "nbf"]
            .iter()
            .any(|name| payload.get(*name).is_some_and(|value| value.is_array() || value.is_object()))
}

/// One to five members out of the list, in any order and any number of times.
fn members(of: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(of), 1..6).prop_map(|members| format!("{{{}}}", members.join(",")))
}

const HEADER: &[&str] = &[
    r#""alg":"ALG""#,
    r#""alg":"ALG""#,
    r#""alg":"ALG""#,
    r#""\u0061lg":"ALG""#,
    r#""alg":"none""#,
    r#""typ":"JWT""#,
    r#""typ":null"#,
    r#""typ":1"#,
    r#""kid":"a""#,
    r#""kid":null"#,
    r#""kid":[]"#,
    r#""crit":["exp"]"#,
    r#""crit":null"#,
    r#""b64":false"#,
    r#""b64":null"#,
    r#""jwk":{"kty":"oct","k":"AA"}"#,
    r#""jwk":{}"#,
    r#""jku":"a""#,
    r#""x5c":[]"#,
    r#""x5c":0"#,
    r#""new":{"a":1,"a":1}"#,
    r#""new":[{}]"#,
];
const PAYLOAD: &[&str] = &[
    r#""sub":"a""#,
    r#""sub":{}"#,
    r#""exp":1"#,
    r#""exp":"1""#,
    r#""exp":1e30"#,
    r#""aud":["a"]"#,
    r#""aud":{"a":1}"#,
    r#""iss":["a"]"#,
    r#""nbf":-1"#,
    r#""a":1"#,
    r#""\u0061":1"#,
    r#""b":[1,2,{"a":1,"b":{}}]"#,
    r#""b":{"a":1,"a":1}"#,
    r#""c":"\u00e9""#,
    r#""d":1E5"#,
];

/// Whether an object anywhere within repeats a member, found by other means than the parser under test.
struct Repeats(bool);

impl<'de> Deserialize<'de> for Repeats {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Within).map(Self)
    }
}

struct Within;

impl<'de> Visitor<'de> for Within {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_bool<E>(self, _: bool) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_u64<E>(self, _: u64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_i64<E>(self, _: i64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_f64<E>(self, _: f64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_str<E>(self, _: &str) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<bool, A::Error> {
        let mut found = false;
        while let Some(Repeats(within)) = elements.next_element()? {
            found |= within;
        }
        Ok(found)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<bool, A::Error> {
        let (mut found, mut names) = (false, HashSet::new());
        while let Some((name, Repeats(within))) = members.next_entry::<String, Repeats>()? {
            found |= within | !names.insert(name);
        }
        Ok(found)
    }
}
