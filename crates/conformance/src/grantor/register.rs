//! Makes an environment with its person and its clients.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Grantor, Realm, person, random};
use crate::http;

/// # Errors
/// The server takes no environment, resource or person.
pub(super) async fn realm(
    grantor: &Grantor,
    bearer: &str,
    (name, property, value): (&'static str, &str, &str),
    suite: &str,
) -> Result<Realm> {
    let call = |method, path: String, body: Value| async move { grantor.call(bearer, method, &path, &body).await };
    let first = |path: String, of: &'static str| async move {
        http::text(&call(Method::GET, path, Value::Null).await?, &format!("/_embedded/{of}/0/id"))
    };
    let organization = first("organizations".into(), "organizations").await?;
    let license = first(format!("organizations/{organization}/licenses"), "licenses").await?;
    let open = if name.starts_with("oidc") { "OPEN" } else { "DISABLED" };
    let mut wanted = json!({
        "name": format!("Conformance {name}"), "type": "SANDBOX", "region": "NA", "license": { "id": license },
        "billOfMaterials": { "products": [{ "type": "PING_ONE_BASE" }] }, "clientRegistration": open, "tokenProfile": "RFC9068",
    });
    wanted[property] = value.into();
    let id = http::text(&call(Method::POST, "environments".into(), wanted).await?, "/id")?;
    let population = first(format!("environments/{id}/populations"), "populations").await?;
    let password = format!("{}-Aa1!", base64_of(&random::<15>()?));
    let ada = person("ada", &password, &population);
    let users = http::client()?.post(format!("{}/v1/environments/{id}/users", grantor.origin)).bearer_auth(bearer);
    let users = users.header("content-type", "application/vnd.pingidentity.user.import+json").body(ada.to_string());
    http::answer(users).await?;
    let mut realm = Realm { id: id.clone(), username: "ada".into(), password, clients: BTreeMap::new() };
    let scope = api_scope(grantor, bearer, &id).await?;
    for (client, application) in clients(name, grantor, suite) {
        let made = register(grantor, bearer, &id, &application, &scope).await;
        realm.clients.insert(client, made.map_err(|error| format!("{error:#}")));
    }
    Ok(realm)
}

/// The grant of what a client asks for that acts for nobody: a scope of the resource that every environment has.
async fn api_scope(grantor: &Grantor, bearer: &str, environment: &str) -> Result<Value> {
    let path = format!("environments/{environment}/resources");
    let named = |list: Value, of: &str, (name, value): (&str, &str)| {
        let all = list["_embedded"][of].as_array().cloned().unwrap_or_default();
        let one = all.into_iter().find(|one| one[name] == value).with_context(|| format!("none of {of} is {value}"))?;
        http::text(&one, "/id")
    };
    let resources = grantor.call(bearer, Method::GET, &path, &Value::Null).await?;
    let resource = named(resources, "resources", ("type", "PINGONE_API"))?;
    let scopes = grantor.call(bearer, Method::GET, &format!("{path}/{resource}/scopes"), &Value::Null).await?;
    let scope = named(scopes, "scopes", ("name", API_SCOPE))?;
    Ok(json!({ "resource": { "id": resource }, "scopes": [{ "id": scope }] }))
}

const API_SCOPE: &str = "p1:read:user";

async fn register(
    grantor: &Grantor,
    bearer: &str,
    environment: &str,
    application: &Value,
    scope: &Value,
) -> Result<(String, String)> {
    let path = format!("environments/{environment}/applications");
    let made = grantor.call(bearer, Method::POST, &path, application).await?;
    let id = http::text(&made, "/id")?;
    let secret = grantor.call(bearer, Method::GET, &format!("{path}/{id}/secret"), &Value::Null).await;
    if application["parRequirement"] == "REQUIRED" {
        grantor.call(bearer, Method::POST, &format!("{path}/{id}/grants"), scope).await.context("its grant")?;
    }
    // Whoever authenticates with a key has none.
    let secret = secret.ok().and_then(|secret| secret["secret"].as_str().map(str::to_owned)).unwrap_or_default();
    Ok((made["clientId"].as_str().unwrap_or(&id).to_owned(), secret))
}

/// The clients of an environment, each with its name.
fn clients(realm: &str, grantor: &Grantor, suite: &str) -> Vec<(String, Value)> {
    let kinds: &[&str] = match realm {
        "oidc" => &["oidc-static"],
        "oidc-mtls" => &["oidc-mtls"],
        "fapi" => &["fapi-pkjwt-dpop", "fapi-pkjwt-mtls", "fapi-mtls-dpop", "fapi-mtls-mtls"],
        "fapi-signing" => &["fapi-signing-dpop", "fapi-signing-mtls"],
        _ => &[],
    };
    let both = kinds.iter().flat_map(|kind| {
        grantor.clients.iter().enumerate().map(move |(number, keys)| {
            (format!("{kind} {}", number + 1), application(kind, "CLIENT_SECRET_BASIC", Some(&keys.public), suite))
        })
    });
    let post = (realm == "oidc")
        .then(|| ("oidc-static post".to_owned(), application("oidc-static", "CLIENT_SECRET_POST", None, suite)));
    both.chain(post).collect()
}

fn application(kind: &str, secret: &str, keys: Option<&Value>, suite: &str) -> Value {
    let callback = format!("{suite}test/a/grantor-{kind}/callback");
    let parts: Vec<&str> = kind.split('-').collect();
    let method = match parts[..] {
        ["oidc", "static"] => secret,
        ["oidc", "mtls"] | ["fapi", "mtls", _] => "SELF_SIGNED_TLS_CLIENT_AUTH",
        _ => "PRIVATE_KEY_JWT",
    };
    let mut application = json!({
        "name": format!("Conformance {kind}"), "enabled": true, "type": "WEB_APP", "protocol": "OPENID_CONNECT",
        "tokenEndpointAuthMethod": method, "grantTypes": ["AUTHORIZATION_CODE", "REFRESH_TOKEN"], "responseTypes": ["CODE"],
        "redirectUris": [callback], "postLogoutRedirectUris": [callback.replace("/callback", "/post_logout_redirect")],
    });
    if method != secret {
        application["jwks"] = keys.map(Value::to_string).unwrap_or_default().into();
    }
    if let ["fapi", authentication, binding] = parts[..] {
        application["grantTypes"] = json!(["AUTHORIZATION_CODE", "REFRESH_TOKEN", "CLIENT_CREDENTIALS"]);
        application["redirectUris"] = json!([callback, format!("{callback}?dummy1=lorem&dummy2=ipsum")]);
        application["parRequirement"] = "REQUIRED".into();
        application["pkceEnforcement"] = "S256_REQUIRED".into();
        application["idTokenSignedResponseAlg"] = "PS256".into();
        let bound = if binding == "mtls" { "tlsClientCertificateBoundAccessTokens" } else { "dpopBoundAccessTokens" };
        application[bound] = true.into();
        if authentication == "signing" {
            application["requireSignedRequestObject"] = true.into();
            application["responseModes"] = json!(["jwt"]);
            application["authorizationSignedResponseAlg"] = "PS256".into();
        }
    }
    application
}

fn base64_of(octets: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(octets)
}
