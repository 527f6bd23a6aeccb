//! What a client may do: its grants, how it proves itself, and how its tokens are.

use serde_json::{Map, Value, json};

use crate::Left;
use crate::text::{flag, number, text, texts};

/// The grant types that there are here; None where none is.
pub(super) fn grants(
    client: &Map<String, Value>,
    attributes: &Map<String, Value>,
    client_id: &str,
    left: &mut Left,
) -> Option<Vec<&'static str>> {
    let mut grants = Vec::new();
    let public = flag(client, "publicClient") == Some(true);
    if flag(client, "standardFlowEnabled") != Some(false) {
        grants.push("AUTHORIZATION_CODE");
        if flag(attributes, "use.refresh.tokens") != Some(false) {
            grants.push("REFRESH_TOKEN");
        }
    }
    if flag(client, "implicitFlowEnabled") == Some(true) {
        grants.push("IMPLICIT");
    }
    if flag(client, "serviceAccountsEnabled") == Some(true) && !public {
        grants.push("CLIENT_CREDENTIALS");
    }
    if flag(client, "directAccessGrantsEnabled") == Some(true) {
        left.add("grant types", client_id, "the password grant is none of this server's (RFC 9700 §2.4)");
    }
    for (attribute, why) in [
        ("oauth2.device.authorization.grant.enabled", "the device grant is not here yet"),
        ("oidc.ciba.grant.enabled", "CIBA is not here yet"),
        ("standard.token.exchange.enabled", "the exchange of tokens is not here yet"),
    ] {
        if flag(attributes, attribute) == Some(true) {
            left.add("grant types", client_id, why);
        }
    }
    (!grants.is_empty()).then_some(grants)
}

pub(super) fn write(
    members: &Map<String, Value>,
    client: &Map<String, Value>,
    attributes: &Map<String, Value>,
    (client_id, grants): (&str, &[&str]),
    body: &mut Map<String, Value>,
    left: &mut Left,
) {
    let public = flag(client, "publicClient") == Some(true);
    body.insert("type".into(), kind(client, public, grants).into());
    body.insert("grantTypes".into(), json!(grants));
    let method = method(client, attributes, public, client_id, body, left);
    body.insert("tokenEndpointAuthMethod".into(), method.into());
    let pkce = match text(attributes, "pkce.code.challenge.method") {
        Some("S256") => "S256_REQUIRED",
        Some("plain") => "REQUIRED",
        _ => "OPTIONAL",
    };
    body.insert("pkceEnforcement".into(), pkce.into());
    if grants.contains(&"REFRESH_TOKEN") {
        let lasts = |own: &str, realm: &str| {
            let own = number(attributes, own).filter(|seconds| *seconds > 0);
            own.or_else(|| number(members, realm)).filter(|seconds| *seconds >= 60)
        };
        for (member, seconds) in [
            ("refreshTokenDuration", lasts("client.session.idle.timeout", "ssoSessionIdleTimeout")),
            ("refreshTokenRollingDuration", lasts("client.session.max.lifespan", "ssoSessionMaxLifespan")),
        ] {
            if let Some(seconds) = seconds {
                body.insert(member.into(), seconds.into());
            }
        }
    }
    for (theirs, own) in [
        ("tls.client.certificate.bound.access.tokens", "tlsClientCertificateBoundAccessTokens"),
        ("dpop.bound.access.tokens", "dpopBoundAccessTokens"),
    ] {
        if flag(attributes, theirs) == Some(true) {
            body.insert(own.into(), true.into());
        }
    }
    if flag(attributes, "require.pushed.authorization.requests") == Some(true) {
        body.insert("parRequirement".into(), "REQUIRED".into());
    }
    for (theirs, own) in [
        ("id.token.signed.response.alg", "idTokenSignedResponseAlg"),
        ("user.info.response.signature.alg", "userInfoSignedResponseAlg"),
        ("authorization.signed.response.alg", "authorizationSignedResponseAlg"),
        ("token.endpoint.auth.signing.alg", "tokenEndpointAuthSigningAlg"),
    ] {
        if let Some(alg) = text(attributes, theirs).filter(|alg| !matches!(*alg, "any" | "unsigned" | "none")) {
            body.insert(own.into(), alg.into());
        }
    }
    told(client, attributes, client_id, left);
}

/// What is decided elsewhere here, or not at all.
fn told(client: &Map<String, Value>, attributes: &Map<String, Value>, client_id: &str, left: &mut Left) {
    if flag(client, "consentRequired") == Some(true) {
        left.add(
            "client settings",
            client_id,
            "consentRequired: people are asked for clients that registered themselves",
        );
    }
    for (attribute, why) in [
        ("access.token.lifespan", "access.token.lifespan: how long an access token lives is a resource's"),
        ("id.token.encrypted.response.alg", "tokens are not encrypted"),
        ("acr.loa.map", "acr.loa.map: sign-on policies are asked for by acr_values"),
        ("default.acr.values", "default.acr.values: assign a sign-on policy"),
    ] {
        if text(attributes, attribute).is_some_and(|value| value != "{}") {
            left.add("client settings", client_id, why);
        }
    }
    if flag(client, "authorizationServicesEnabled") == Some(true) {
        left.add("client settings", client_id, "authorizationServicesEnabled: there is no UMA here");
    }
}

fn kind(client: &Map<String, Value>, public: bool, grants: &[&str]) -> &'static str {
    let own_scheme = |uri: &&str| {
        !uri.starts_with('/') && !uri.starts_with("http://") && !uri.starts_with("https://") && uri.contains(':')
    };
    match (public, grants) {
        (true, _) if texts(client, "redirectUris").iter().any(own_scheme) => "NATIVE_APP",
        (true, _) => "SINGLE_PAGE_APP",
        (false, ["CLIENT_CREDENTIALS"]) => "WORKER",
        (false, _) => "WEB_APP",
    }
}

fn method(
    client: &Map<String, Value>,
    attributes: &Map<String, Value>,
    public: bool,
    client_id: &str,
    body: &mut Map<String, Value>,
    left: &mut Left,
) -> &'static str {
    if public {
        return "NONE";
    }
    match text(client, "clientAuthenticatorType").unwrap_or("client-secret") {
        "client-secret" => "CLIENT_SECRET_BASIC",
        "client-secret-jwt" => "CLIENT_SECRET_JWT",
        "client-jwt" if body.contains_key("jwksUrl") => "PRIVATE_KEY_JWT",
        "client-jwt" if text(attributes, "jwks.string").is_some() => {
            body.insert("jwks".into(), text(attributes, "jwks.string").unwrap_or_default().into());
            "PRIVATE_KEY_JWT"
        }
        "client-x509" if text(attributes, "x509.subjectdn").is_some() => {
            let subject = text(attributes, "x509.subjectdn").unwrap_or_default();
            body.insert("tlsClientAuth".into(), json!({ "subjectDn": subject }));
            "TLS_CLIENT_AUTH"
        }
        _ => {
            left.add(
                "client settings",
                client_id,
                "its way to authenticate is not known here: it has a secret, see `secrets`",
            );
            "CLIENT_SECRET_BASIC"
        }
    }
}
