//! Clients of Auth0 as applications that keep their `client_id`.

use serde_json::{Map, Value, json};

use crate::text::{flag, inner, number, text, texts};
use crate::wanted::Same;
use crate::{Left, Wanted};

pub(super) fn read(client: &Map<String, Value>, wanted: &mut Vec<Wanted>, left: &mut Left) {
    let name = text(client, "name").unwrap_or_default();
    let Some(client_id) = text(client, "client_id") else {
        left.add("applications", name, "the export has no client_id of it");
        return;
    };
    if wanted.iter().any(|one| one.kept.client_id.as_deref() == Some(client_id)) {
        left.add("applications", client_id, "another client before it has its client_id");
        return;
    }
    if flag(client, "global") == Some(true) {
        left.add("applications", name, "is Auth0's own");
        return;
    }
    let Some(grants) = grants(client, client_id, left) else {
        left.add("applications", client_id, "has no grant type that there is here");
        return;
    };
    let mut body = Map::new();
    let method = method(client, client_id, left);
    for (member, value) in [
        ("name", json!(if name.is_empty() { client_id } else { name })),
        ("enabled", json!(true)),
        ("protocol", json!("OPENID_CONNECT")),
        ("type", json!(kind(client, method, &grants))),
        ("grantTypes", json!(grants)),
        ("tokenEndpointAuthMethod", json!(method)),
        ("redirectUris", json!(texts(client, "callbacks"))),
        ("postLogoutRedirectUris", json!(texts(client, "allowed_logout_urls"))),
        // RFC 9700 §2.1.1: whoever has no secret has PKCE, and Auth0's own libraries do.
        ("pkceEnforcement", json!("OPTIONAL")),
    ] {
        body.insert(member.into(), value);
    }
    for (theirs, own) in [("description", "description"), ("initiate_login_uri", "initiateLoginUri")] {
        if let Some(said) = text(client, theirs) {
            body.insert(own.into(), said.into());
        }
    }
    let mut origins = texts(client, "web_origins");
    origins.extend(texts(client, "allowed_origins"));
    origins.dedup();
    if !origins.is_empty() {
        body.insert("corsSettings".into(), json!({ "behavior": "ALLOW_SPECIFIC_ORIGINS", "origins": origins }));
    }
    refresh(client, &grants, client_id, &mut body, left);
    more(client, client_id, &mut body, left);
    let mut one = Wanted::named("applications", client_id, body);
    one.same = Same { member: "clientId", value: client_id.to_owned() };
    one.kept.client_id = Some(client_id.to_owned());
    if method != "NONE" {
        one.kept.secret_anywhere = true;
        one.kept.secret = text(client, "client_secret").map(str::to_owned);
        if one.kept.secret.is_none() {
            left.add("secrets", client_id, "the export does not have it (read:client_keys): it has a new one");
        }
    }
    wanted.push(one);
}

fn grants(client: &Map<String, Value>, client_id: &str, left: &mut Left) -> Option<Vec<&'static str>> {
    let mut grants = Vec::new();
    for grant in texts(client, "grant_types") {
        match grant {
            "authorization_code" => grants.push("AUTHORIZATION_CODE"),
            "implicit" => grants.push("IMPLICIT"),
            "refresh_token" => grants.push("REFRESH_TOKEN"),
            "client_credentials" => grants.push("CLIENT_CREDENTIALS"),
            other => left.add(
                "grant types",
                client_id,
                format!("{} is not here", other.rsplit(['/', ':']).next().unwrap_or(other)),
            ),
        }
    }
    // A client that only refreshes got its first token by one of the others.
    grants.iter().any(|grant| *grant != "REFRESH_TOKEN").then_some(grants)
}

fn method(client: &Map<String, Value>, client_id: &str, left: &mut Left) -> &'static str {
    if inner(client, "client_authentication_methods").is_some_and(|methods| !methods.is_empty()) {
        left.add(
            "client settings",
            client_id,
            "client_authentication_methods: its keys are not in the export: it has a secret",
        );
        return "CLIENT_SECRET_BASIC";
    }
    match text(client, "token_endpoint_auth_method") {
        Some("none") => "NONE",
        Some("client_secret_post" | "client_secret_basic") => "CLIENT_SECRET_BASIC",
        _ if matches!(text(client, "app_type"), Some("spa" | "native")) => "NONE",
        _ => "CLIENT_SECRET_BASIC",
    }
}

fn kind(client: &Map<String, Value>, method: &str, grants: &[&str]) -> &'static str {
    match text(client, "app_type") {
        Some("native") => "NATIVE_APP",
        Some("spa") => "SINGLE_PAGE_APP",
        Some("non_interactive") if grants == ["CLIENT_CREDENTIALS"] => "WORKER",
        _ if method == "NONE" => "SINGLE_PAGE_APP",
        _ => "WEB_APP",
    }
}

fn refresh(
    client: &Map<String, Value>,
    grants: &[&str],
    client_id: &str,
    body: &mut Map<String, Value>,
    left: &mut Left,
) {
    let Some(settings) = inner(client, "refresh_token").filter(|_| grants.contains(&"REFRESH_TOKEN")) else { return };
    let lasts = |seconds: &str, ever: &str| {
        number(settings, seconds).filter(|seconds| *seconds >= 60 && flag(settings, ever) != Some(true))
    };
    for (member, seconds) in [
        ("refreshTokenDuration", lasts("idle_token_lifetime", "infinite_idle_token_lifetime")),
        ("refreshTokenRollingDuration", lasts("token_lifetime", "infinite_token_lifetime")),
        ("refreshTokenRollingGracePeriodDuration", number(settings, "leeway").filter(|leeway| *leeway > 0)),
    ] {
        if let Some(seconds) = seconds {
            body.insert(member.into(), seconds.into());
        }
    }
    if text(settings, "rotation_type") == Some("non-rotating") {
        left.add(
            "client settings",
            client_id,
            "refresh_token.rotation_type: refresh tokens are exchanged at each use here",
        );
    }
}

fn more(client: &Map<String, Value>, client_id: &str, body: &mut Map<String, Value>, left: &mut Left) {
    if flag(client, "require_pushed_authorization_requests") == Some(true) {
        body.insert("parRequirement".into(), "REQUIRED".into());
    }
    let logout =
        inner(client, "oidc_logout").map(|logout| texts(logout, "backchannel_logout_urls")).unwrap_or_default();
    if let Some(uri) = logout.first() {
        body.insert("backchannelLogoutUri".into(), (*uri).into());
    }
    if let Some(jwt) = inner(client, "jwt_configuration") {
        if text(jwt, "alg") == Some("HS256") {
            left.add(
                "client settings",
                client_id,
                "jwt_configuration.alg: ID tokens are signed with the environment's key",
            );
        }
        if number(jwt, "lifetime_in_seconds").is_some_and(|seconds| seconds != 36_000) {
            left.add(
                "client settings",
                client_id,
                "jwt_configuration.lifetime_in_seconds: how long tokens live is a resource's",
            );
        }
    }
    if flag(client, "oidc_conformant") == Some(false) {
        left.add("client settings", client_id, "oidc_conformant: Auth0's older protocol is not here");
    }
    if inner(client, "addons").is_some_and(|addons| !addons.is_empty()) {
        left.add("client settings", client_id, "addons are not here");
    }
}
