//! What is shown of a request or an answer: parameters and headers that are known to be no secrets as they are, everything else as the hash
//! of its value, so that two places can be compared.

use std::fmt::Write as _;

use engine::controls::recorder::Mark;
use http::HeaderMap;
use protocol::told;
use serde_json::{Map, Value};

use super::known::{HEADERS, NAMES, PARAMETERS, SECRETS};
use super::sent::{self, Pairs};

/// Parameters by their names; one that was sent more than once has a list.
pub(super) fn pairs(pairs: &Pairs) -> Value {
    let mut shown = Map::new();
    for (name, value) in pairs {
        add(&mut shown, &parameter(name), text(name, value).into());
    }
    Value::Object(shown)
}

/// A value of JSON that was sent, member by member.
pub(super) fn json(value: &Value) -> Value {
    named("", value, Whose::Theirs)
}

/// The same of an answer of this server.
pub(super) fn answered(value: &Value) -> Value {
    named("", value, Whose::Ours)
}

/// The path of a request: ids and words as they are.
pub(super) fn path(path: &str) -> String {
    let shown = |segment: &str| if told::path(segment) == segment { segment.to_owned() } else { hash(segment) };
    path.split('/').take(MOST_SEGMENTS).map(shown).collect::<Vec<_>>().join("/")
}

/// Headers by their names.
pub(super) fn headers(headers: &HeaderMap) -> Value {
    let mut shown = Map::new();
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        let value = match name.as_str() {
            "authorization" => authorization(&value),
            "cookie" => value.split(';').map(|pair| cookie(pair.trim())).collect::<Vec<_>>().join("; "),
            "set-cookie" => set_cookie(&value),
            "location" => address(&value),
            name if HEADERS.contains(&name) => clipped(&value),
            _ => hash(&value),
        };
        add(&mut shown, &member(name.as_str()), value.into());
    }
    Value::Object(shown)
}

/// What stands for a secret, a code or a token.
pub(super) fn hash(value: &str) -> String {
    marked(&jose::digest::sha256(value.as_bytes()))
}

pub(super) fn marked(mark: &Mark) -> String {
    mark.iter().fold(String::from("sha256:"), |mut text, octet| {
        // Writing to a text cannot fail.
        let _ = write!(text, "{octet:02x}");
        text
    })
}

/// Who made a body.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    Ours,
    Theirs,
    /// Whoever did, it is a part of a secret.
    Secret,
}

fn named(name: &str, value: &Value, whose: Whose) -> Value {
    match value {
        Value::Null | Value::Bool(_) => value.clone(),
        Value::String(value) if whose == Whose::Secret => hashed(value).into(),
        Value::String(value) if whose == Whose::Ours && is_word(name, value) => clipped(value).into(),
        Value::String(value) => text(name, value).into(),
        Value::Number(_) if NAMES.contains(&name) && whose != Whose::Secret => value.clone(),
        Value::Number(number) => hash(&number.to_string()).into(),
        Value::Array(values) => values.iter().map(|value| named(name, value, whose)).collect(),
        Value::Object(members) => {
            let whose = if is_secret(name) { Whose::Secret } else { whose };
            let said = members.iter().filter(|(_, value)| !value.is_null());
            said.map(|(name, value)| (member(name), named(name, value, whose))).collect()
        }
    }
}

/// PingOne's error codes have the name of what is most secret, and not its looks.
fn is_word(name: &str, value: &str) -> bool {
    name == "code" && value.bytes().all(|octet| octet.is_ascii_uppercase() || octet == b'_')
}

fn is_secret(name: &str) -> bool {
    let small = name.to_ascii_lowercase().replace(['_', '-'], "");
    !NAMES.contains(&name) && SECRETS.iter().any(|word| small.contains(word))
}

/// The name of a parameter, of which all are known that mean anything.
fn parameter(name: &str) -> String {
    if NAMES.contains(&name) || PARAMETERS.contains(&name) { name.to_owned() } else { hashed(name) }
}

/// The name of a member, a header or a cookie: anybody may have made it of words.
fn member(name: &str) -> String {
    if name.len() <= LONGEST_NAME && told::name(name) == name { name.to_owned() } else { hash(name) }
}

fn text(name: &str, value: &str) -> String {
    match name {
        // OpenID Connect Core §5.5, RFC 9396 §2: JSON within a parameter.
        "claims" | "authorization_details" => match serde_json::from_str::<Value>(value) {
            Ok(within) => clipped(&json(&within).to_string()),
            Err(_) => hashed(value),
        },
        name if NAMES.contains(&name) => clipped(value).split(' ').map(harmless).collect::<Vec<_>>().join(" "),
        _ => hashed(value),
    }
}

/// A word of what says nothing secret by its name: an address may have parameters that do, and a token is one wherever it stands.
fn harmless(word: &str) -> String {
    if word.starts_with("eyJ") && word.contains('.') {
        hash(word)
    } else if word.contains(['?', '#']) || word.contains("://") {
        address(word)
    } else {
        word.to_owned()
    }
}

fn hashed(value: &str) -> String {
    if value.is_empty() { String::new() } else { hash(value) }
}

/// The scheme, and of Basic the client.
fn authorization(value: &str) -> String {
    if let Some((client, secret)) = sent::basic(value.as_bytes()) {
        return format!("Basic {}:{}", clipped(&client), hash(secret.expose()));
    }
    match value.split_once(' ') {
        Some((scheme, token)) if SCHEMES.iter().any(|known| scheme.eq_ignore_ascii_case(known)) => {
            format!("{scheme} {}", hash(token.trim_start_matches(' ')))
        }
        _ => hash(value),
    }
}

fn cookie(pair: &str) -> String {
    match pair.split_once('=') {
        // What binds a flow to a browser has the flow's id in its name.
        Some((name, value)) => match name.split_once("FLOW-") {
            Some((before, id)) => format!("{}FLOW-{}={}", member(before), member(id), hashed(value)),
            None => format!("{}={}", member(name), hashed(value)),
        },
        None => hash(pair),
    }
}

fn set_cookie(line: &str) -> String {
    match line.split_once(';') {
        Some((pair, attributes)) => format!("{};{}", cookie(pair), clipped(attributes)),
        None => cookie(line),
    }
}

/// An address with its parameters shown as those of a request. One within the parameters of another is not looked into again.
fn address(address: &str) -> String {
    let (before, fragment) = address.split_once('#').map_or((address, None), |(before, rest)| (before, Some(rest)));
    let (before, query) = before.split_once('?').map_or((before, None), |(before, rest)| (before, Some(rest)));
    let value = |name: &str, value: &str| {
        let is_address = value.contains(['?', '#', '@']) && NAMES.contains(&name);
        if is_address { hash(value) } else { text(name, value) }
    };
    let shown = |part: &str| {
        let pairs = sent::pairs(part.as_bytes());
        let shown = pairs.iter().map(|(name, found)| (parameter(name), value(name, found)));
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(shown).finish()
    };
    let query = query.map(|query| format!("?{}", shown(query))).unwrap_or_default();
    let fragment = fragment.map(|fragment| format!("#{}", shown(fragment))).unwrap_or_default();
    format!("{}{query}{fragment}", clipped(&anonymous(before)))
}

/// RFC 3986 §3.2.1: before the host may stand a user and a password.
fn anonymous(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else { return address.to_owned() };
    let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    match authority.rsplit_once('@') {
        Some((user, host)) => format!("{scheme}://{}@{host}{path}", hash(user)),
        None => address.to_owned(),
    }
}

fn add(shown: &mut Map<String, Value>, name: &str, value: Value) {
    match shown.get_mut(name) {
        None => drop(shown.insert(name.to_owned(), value)),
        Some(Value::Array(values)) => values.push(value),
        Some(first) => *first = Value::Array(vec![first.take(), value]),
    }
}

/// As much of a text as is shown.
pub(super) fn clipped(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Characters that are shown of one value.
const LONGEST: usize = 1024;
/// Octets of the name of a member.
const LONGEST_NAME: usize = 128;
/// Of a path.
const MOST_SEGMENTS: usize = 32;
/// Of which the credentials are one token.
const SCHEMES: [&str; 2] = ["bearer", "dpop"];

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// CR: nothing that was sent as a secret is in what is shown, wherever it stands.
    #[test]
    fn what_is_not_known_to_be_harmless_is_a_hash() {
        let secret = "canary";
        let form = [("client_id", "web"), ("client_secret", secret), ("password", secret), ("anything", secret)];
        let form: Pairs = form.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let body = json!({ "username": "ada", "password": { "value": secret, "forceChange": true }, "otp": 123_456, "a": [secret] });
        let mut sent = HeaderMap::new();
        for (name, value) in [
            ("authorization", "Bearer canary"),
            ("cookie", "ST=canary; b=canary"),
            ("set-cookie", "ST=canary; Path=/; HttpOnly"),
            ("location", "https://app/cb?code=canary&state=s#access_token=canary"),
            ("referer", "https://app/?code=canary"),
            ("dpop", "canary"),
            ("accept", "*/*"),
        ] {
            sent.insert(name, value.parse().unwrap());
        }
        let [pairs, body, headers] = [pairs(&form), json(&body), headers(&sent)];
        for shown in [&pairs, &body, &headers] {
            assert!(!shown.to_string().contains(secret) && !shown.to_string().contains("123456"), "{shown}");
        }
        let hash = hash(secret);
        assert_eq!((&pairs["client_id"], &pairs["client_secret"]), (&json!("web"), &json!(hash)));
        assert_eq!(
            (&body["username"], &body["password"]["forceChange"], &body["a"][0]),
            (&json!("ada"), &json!(true), &json!(hash))
        );
        assert_eq!(headers["authorization"], format!("Bearer {hash}"));
        assert_eq!(headers["cookie"], format!("ST={hash}; b={hash}"));
        assert_eq!(headers["set-cookie"], format!("ST={hash}; Path=/; HttpOnly"));
        assert_eq!(headers["accept"], "*/*");
        let location = headers["location"].as_str().unwrap();
        assert!(location.starts_with("https://app/cb?code=sha256%3A") && location.contains("&state=s#access_token="));
    }

    /// A secret where nobody looks for one: in a name, an address, an object, a path.
    #[test]
    fn what_is_harmless_by_its_name_has_no_secret_in_it() {
        let token = "eyJhbGciOiJub25lIn0.canary.x";
        let named = [
            ("canary", ""),
            ("canary", "x"),
            ("Code", "CANARY"),
            ("code", "CANARY"),
            ("redirect_uri", "https://canary:canary@app/cb?code=canary#access_token=canary&state=s"),
            ("redirect_uri", "https://app/cb?redirect_uri=https%3A%2F%2Fb%3Fcode%3Dcanary"),
            ("state", token),
            ("error_description", "come back to /cb?token=canary soon"),
            ("claims", r#"{"id_token":{"email":{"value":"canary"},"name":{"essential":true}}}"#),
            ("claims", "canary"),
            ("authorization_details", r#"[{"type":"pay","secret":{"name":"canary"}}]"#),
        ];
        let named: Pairs = named.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let body = json!({
            "client_secret": { "name": "canary", "value": ["canary"] },
            "credentials": [{ "id": "canary", "type": { "name": "canary" } }],
            "href": "https://app/cb?code=canary",
            "code": "CANARY",
            "vO8kP2xT5qRwYzA3canary": true,
            "username": "ada",
        });
        let mut sent = HeaderMap::new();
        sent.insert("location", "https://app/cb?redirect_uri=/x%3Fcode%3Dcanary&canary=1#canary".parse().unwrap());
        sent.insert("vo8kp2xt5qrwyza3canary", "canary".parse().unwrap());
        sent.append("authorization", "Basic YTpjYW5hcnk=".parse().unwrap());
        sent.append("authorization", "Bearer canary".parse().unwrap());
        let [pairs, body, headers] = [pairs(&named), json(&body), headers(&sent)];
        let path = path("/0f4c0000-0000-4000-8000-000000000000/as/register/vO8kP2xT5qRwYzA3canary");
        for shown in [&pairs.to_string(), &body.to_string(), &headers.to_string(), &path] {
            assert!(!shown.to_ascii_lowercase().contains("canary"), "{shown}");
        }
        assert_eq!(pairs[hash("canary")], json!(["", hash("x")]));
        assert_eq!(body["username"], "ada");
        assert!(pairs["redirect_uri"][0].as_str().unwrap().ends_with("&state=s"), "{pairs}");
        assert!(path.starts_with("/0f4c0000-0000-4000-8000-000000000000/as/register/sha256:"));
        // An error of this server is told by its code.
        assert_eq!(answered(&json!({ "code": "INVALID_DATA" }))["code"], "INVALID_DATA");
    }

    #[test]
    fn basic_credentials_show_the_client() {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", "Basic YTpzZWNyZXQ=".parse().unwrap());
        assert_eq!(super::headers(&headers)["authorization"], format!("Basic a:{}", hash("secret")));
        headers.insert("authorization", "Basic ???".parse().unwrap());
        assert_eq!(super::headers(&headers)["authorization"], hash("Basic ???"));
    }
}
