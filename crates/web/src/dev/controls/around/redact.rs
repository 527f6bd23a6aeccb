//! What is shown of a request or an answer: parameters and headers that are known to be no secrets as they are, everything else as the hash
//! of its value, so that two places can be compared.

use std::fmt::Write as _;

use engine::controls::recorder::Mark;
use http::HeaderMap;
use serde_json::{Map, Value};

use super::sent::{self, Pairs};

/// Parameters by their names; one that was sent more than once has a list.
pub(super) fn pairs(pairs: &Pairs) -> Value {
    let mut shown = Map::new();
    for (name, value) in pairs {
        add(&mut shown, &clipped(name), text(name, value).into());
    }
    Value::Object(shown)
}

/// A value of JSON, member by member.
pub(super) fn json(value: &Value) -> Value {
    named("", value)
}

/// Headers by their names.
pub(super) fn headers(headers: &HeaderMap) -> Value {
    let mut shown = Map::new();
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        let value = match name.as_str() {
            "authorization" => authorization(headers, &value),
            "cookie" => value.split(';').map(|pair| cookie(pair.trim())).collect::<Vec<_>>().join("; "),
            "set-cookie" => set_cookie(&value),
            "location" => location(&value),
            name if HEADERS.contains(&name) => clipped(&value),
            _ => hash(&value),
        };
        add(&mut shown, name.as_str(), value.into());
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

fn named(name: &str, value: &Value) -> Value {
    match value {
        Value::Null | Value::Bool(_) => value.clone(),
        Value::String(value) => text(name, value).into(),
        Value::Number(_) if NAMES.contains(&name) => value.clone(),
        Value::Number(number) => hash(&number.to_string()).into(),
        Value::Array(values) => values.iter().map(|value| named(name, value)).collect(),
        Value::Object(members) => {
            let said = members.iter().filter(|(_, value)| !value.is_null());
            said.map(|(name, value)| (clipped(name), named(name, value))).collect()
        }
    }
}

fn text(name: &str, value: &str) -> String {
    // PingOne's error codes have the name of what is most secret, and not its looks.
    let is_word = || name == "code" && value.bytes().all(|octet| octet.is_ascii_uppercase() || octet == b'_');
    if value.is_empty() || NAMES.contains(&name) || is_word() { clipped(value) } else { hash(value) }
}

/// The scheme, and of Basic the client.
fn authorization(headers: &HeaderMap, value: &str) -> String {
    if let Some((client, secret)) = sent::basic(headers) {
        return format!("Basic {}:{}", clipped(&client), hash(&secret));
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
        Some((name, "")) => format!("{}=", clipped(name)),
        Some((name, value)) => format!("{}={}", clipped(name), hash(value)),
        None => hash(pair),
    }
}

fn set_cookie(line: &str) -> String {
    match line.split_once(';') {
        Some((pair, attributes)) => format!("{};{}", cookie(pair), clipped(attributes)),
        None => cookie(line),
    }
}

/// An address with its parameters shown as those of a request.
fn location(address: &str) -> String {
    let (before, fragment) = address.split_once('#').map_or((address, None), |(before, rest)| (before, Some(rest)));
    let (before, query) = before.split_once('?').map_or((before, None), |(before, rest)| (before, Some(rest)));
    let shown = |part: &str| {
        let pairs = sent::pairs(part.as_bytes());
        let shown = pairs.iter().map(|(name, value)| (name, text(name, value)));
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(shown).finish()
    };
    let query = query.map(|query| format!("?{}", shown(query))).unwrap_or_default();
    let fragment = fragment.map(|fragment| format!("#{}", shown(fragment))).unwrap_or_default();
    format!("{}{query}{fragment}", clipped(before))
}

fn add(shown: &mut Map<String, Value>, name: &str, value: Value) {
    match shown.get_mut(name) {
        None => drop(shown.insert(name.to_owned(), value)),
        Some(Value::Array(values)) => values.push(value),
        Some(first) => *first = Value::Array(vec![first.take(), value]),
    }
}

fn clipped(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Characters that are shown of one value.
const LONGEST: usize = 1024;
/// Of which the credentials are one token.
const SCHEMES: [&str; 2] = ["bearer", "dpop"];

/// Headers that say nothing secret.
const HEADERS: [&str; 38] = [
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "access-control-allow-origin",
    "access-control-request-headers",
    "access-control-request-method",
    "allow",
    "cache-control",
    "connection",
    "content-encoding",
    "content-language",
    "content-length",
    "content-type",
    "correlation-id",
    "date",
    "etag",
    "expect",
    "forwarded",
    "host",
    "if-match",
    "if-none-match",
    "origin",
    "pragma",
    "retry-after",
    "sec-fetch-dest",
    "sec-fetch-mode",
    "sec-fetch-site",
    "sec-fetch-user",
    "te",
    "traceparent",
    "transfer-encoding",
    "upgrade-insecure-requests",
    "user-agent",
    "vary",
    "www-authenticate",
    "x-forwarded-for",
    "x-requested-with",
];

/// Parameters and members that say nothing secret.
const NAMES: &[&str] = &[
    "acr_values",
    "active",
    "applicationType",
    "application_type",
    "audience",
    "aud",
    "authorization_details",
    "category",
    "claims",
    "claims_locales",
    "client_assertion_type",
    "client_id",
    "client_name",
    "client_uri",
    "code_challenge",
    "code_challenge_method",
    "country",
    "createdAt",
    "description",
    "details",
    "display",
    "dpop_jkt",
    "email",
    "environmentId",
    "error",
    "error_description",
    "error_uri",
    "exp",
    "expand",
    "expiresAt",
    "expires_in",
    "family",
    "filter",
    "flowId",
    "formatted",
    "given",
    "grantTypes",
    "grant_type",
    "grant_types",
    "href",
    "iat",
    "id",
    "include",
    "iss",
    "limit",
    "locale",
    "login_hint",
    "max_age",
    "message",
    "name",
    "nbf",
    "nonce",
    "op",
    "path",
    "pkceEnforcement",
    "postLogoutRedirectUris",
    "post_logout_redirect_uri",
    "post_logout_redirect_uris",
    "preferredLanguage",
    "prompt",
    "protocol",
    "redirectUris",
    "redirect_uri",
    "redirect_uris",
    "region",
    "requested_token_type",
    "resource",
    "responseTypes",
    "response_mode",
    "response_type",
    "response_types",
    "schemas",
    "scope",
    "scopes",
    "session_state",
    "state",
    "status",
    "sub",
    "subject_token_type",
    "target",
    "timezone",
    "title",
    "tokenEndpointAuthMethod",
    "token_endpoint_auth_method",
    "token_type",
    "token_type_hint",
    "type",
    "ui_locales",
    "updatedAt",
    "username",
];

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

    #[test]
    fn basic_credentials_show_the_client() {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", "Basic YTpzZWNyZXQ=".parse().unwrap());
        assert_eq!(super::headers(&headers)["authorization"], format!("Basic a:{}", hash("secret")));
        headers.insert("authorization", "Basic ???".parse().unwrap());
        assert_eq!(super::headers(&headers)["authorization"], hash("Basic ???"));
    }
}
