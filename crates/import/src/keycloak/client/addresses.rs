//! Where a client is, and where people are sent back to.

use serde_json::{Map, Value, json};

use crate::Left;
use crate::text::{flag, origin, text, texts};

pub(super) fn write(
    client: &Map<String, Value>,
    attributes: &Map<String, Value>,
    client_id: &str,
    body: &mut Map<String, Value>,
    left: &mut Left,
) {
    let root = text(client, "rootUrl").filter(|root| !root.contains("${"));
    let redirects = without_endings(absolute(&texts(client, "redirectUris"), root, client_id, left), client_id, left);
    let after = text(attributes, "post.logout.redirect.uris").unwrap_or("+");
    let after: Vec<&str> = after.split("##").map(str::trim).filter(|uri| !uri.is_empty() && *uri != "-").collect();
    let mut signed_off = Vec::new();
    for uri in after {
        if uri == "+" {
            signed_off.extend(redirects.iter().cloned());
        } else {
            signed_off.extend(without_endings(absolute(&[uri], root, client_id, left), client_id, left));
        }
    }
    let wild = redirects.iter().chain(&signed_off).any(|uri| uri.contains('*'));
    cors(client, &redirects, client_id, body, left);
    body.insert("allowWildcardInRedirectUris".into(), wild.into());
    for (member, uris) in [("redirectUris", redirects), ("postLogoutRedirectUris", signed_off)] {
        body.insert(member.into(), once(uris).into());
    }
    let home = text(client, "baseUrl").and_then(|base| absolute(&[base], root, client_id, left).pop());
    if let Some(home) = home {
        body.insert("homePageUrl".into(), home.into());
    }
    for (theirs, own) in [
        ("backchannel.logout.url", "backchannelLogoutUri"),
        ("frontchannel.logout.url", "frontchannelLogoutUri"),
        ("jwks.url", "jwksUrl"),
    ] {
        if let Some(uri) = text(attributes, theirs) {
            body.insert(own.into(), uri.into());
        }
    }
    if let Some(needs) =
        flag(attributes, "backchannel.logout.session.required").filter(|_| body.contains_key("backchannelLogoutUri"))
    {
        body.insert("backchannelLogoutSessionRequired".into(), needs.into());
    }
    let requests: Vec<&str> =
        text(attributes, "request.uris").unwrap_or_default().split("##").filter(|uri| !uri.is_empty()).collect();
    if !requests.is_empty() {
        body.insert("requestUris".into(), json!(requests));
    }
}

/// The addresses with the root before those that have none of their own.
fn absolute(uris: &[&str], root: Option<&str>, client_id: &str, left: &mut Left) -> Vec<String> {
    let mut found = Vec::new();
    for uri in uris {
        match (uri.starts_with('/'), root) {
            (false, _) if *uri == "*" => left.add("redirect URIs", client_id, "any address at all is no address here"),
            (false, _) if uri.contains("${") => {
                left.add("redirect URIs", client_id, "is an address of Keycloak itself");
            }
            (false, _) => found.push((*uri).to_owned()),
            (true, Some(root)) => found.push(format!("{}{uri}", root.trim_end_matches('/'))),
            (true, None) => {
                left.add("redirect URIs", client_id, "is relative to an address that the client does not name");
            }
        }
    }
    found
}

/// A `*` at the end is whatever follows there, and nothing too; here it is one piece of a path. So what stands before it is an address of its own, and
/// where no `*` may be it is the only one.
fn without_endings(uris: Vec<String>, client_id: &str, left: &mut Left) -> Vec<String> {
    let mut found = Vec::with_capacity(uris.len());
    for uri in uris {
        let Some(before) = uri.strip_suffix('*').filter(|before| !before.contains('*')).map(str::to_owned) else {
            found.push(uri);
            continue;
        };
        if before.starts_with("https://") {
            let why = "`*` is one piece of a path here, and in Keycloak all that follows: what lies deeper is registered by itself";
            left.add("redirect URIs", client_id, why);
            found.push(uri);
        } else {
            left.add(
                "redirect URIs",
                client_id,
                "`*` is allowed with https alone: what lies behind it is registered by itself",
            );
        }
        // A scheme of an application's own has nothing before it.
        if origin(&before).is_some() {
            let bare = before.strip_suffix('/').map(str::to_owned);
            found.push(before);
            found.extend(bare);
        }
    }
    found
}

/// `+` are the origins of the redirect URIs.
fn cors(
    client: &Map<String, Value>,
    redirects: &[String],
    client_id: &str,
    body: &mut Map<String, Value>,
    left: &mut Left,
) {
    let mut origins = Vec::new();
    for entry in texts(client, "webOrigins") {
        match entry {
            "+" => {
                origins.extend(redirects.iter().filter_map(|uri| origin(uri)).filter(|origin| !origin.contains('*')));
            }
            "*" => left.add("web origins", client_id, "pages of any origin at all are let in nowhere here"),
            entry => origins.push(entry.trim_end_matches('/').to_owned()),
        }
    }
    let origins = once(origins);
    if !origins.is_empty() {
        body.insert("corsSettings".into(), json!({ "behavior": "ALLOW_SPECIFIC_ORIGINS", "origins": origins }));
    }
}

fn once(texts: Vec<String>) -> Vec<String> {
    let mut found: Vec<String> = Vec::with_capacity(texts.len());
    for text in texts {
        if !found.contains(&text) {
            found.push(text);
        }
    }
    found
}
