//! OIDC applications (the contract, Annex A: ApplicationOIDC): properties, defaults and what contradicts itself.
//!
//! A setting that would protect something and that no rule here enforces yet is refused, not kept: nobody shall rely
//! on it in vain.

mod other;
mod uris;

use serde_json::{Map, Value};

use super::Fields;
use crate::client_auth::Method;
use crate::grant::GrantType;
use crate::id::{ApplicationId, EnvironmentId};
use crate::model::{
    Application, ApplicationType, CorsSettings, PkceEnforcement, Protocol, RefreshTokenSettings, ResponseKind,
    TokenFormat,
};
use crate::origin::register_origin;
use crate::refusal::Refused;
use crate::time::Time;

pub use other::key_rotation_policy;
pub use uris::{is_web_address, web_address};

/// An application before anything was written: what [`read`] starts from when one is created.
pub fn blank(id: ApplicationId, environment: EnvironmentId, now: Time) -> Application {
    Application {
        id,
        environment,
        client_id: id.to_string(),
        name: String::new(),
        description: None,
        enabled: false,
        kind: ApplicationType::WebApp,
        protocol: Protocol::OpenidConnect,
        auth_methods: Vec::new(),
        grant_types: Vec::new(),
        response_types: Vec::new(),
        redirect_uris: Vec::new(),
        post_logout_redirect_uris: Vec::new(),
        allow_wildcard_in_redirect_uris: false,
        login_page_url: None,
        home_page_url: None,
        initiate_login_uri: None,
        target_link_uri: None,
        pkce: PkceEnforcement::Optional,
        cors: None,
        refresh: RefreshTokenSettings {
            duration: REFRESH_SECONDS,
            rolling_duration: None,
            grace: None,
            replay_protection: true,
            rotate: true,
        },
        token_format: TokenFormat::Jwt,
        access_token_seconds: None,
        icon: None,
        other: Map::new(),
        created_at: now.to_millis(),
        updated_at: now.to_millis(),
        version: 0,
    }
}

/// Reads an application. `before` is what it replaces: a full replacement of all that can be written, so every absent
/// property falls back to its default (the contract §0, PUT semantics).
pub fn read(body: &Map<String, Value>, before: &Application, now: Time) -> Result<Application, Refused> {
    let mut fields = Fields::new(body);
    let kind = read_kind(&mut fields, before);
    let protocol = fields.choice("protocol", &Protocol::ALL, Protocol::name);
    fields.require("protocol", protocol);
    let name = fields.text("name", 1, MAX_NAME);
    let name = fields.require("name", name).unwrap_or_default();
    let enabled = fields.boolean("enabled");
    let enabled = fields.require("enabled", enabled).unwrap_or_default();
    let description = fields.prose("description", MAX_DESCRIPTION);
    let grant_types = read_grants(&mut fields, kind);
    let response_types = read_responses(&mut fields, &grant_types);
    let auth_methods = read_methods(&mut fields, &grant_types, before);
    let uris = uris::read(&mut fields);
    let cors = fields.within("corsSettings", read_cors).flatten();
    let refresh = read_refresh(&mut fields, before);
    let pkce = fields.choice("pkceEnforcement", &PkceEnforcement::ALL, PkceEnforcement::name);
    // This server's own property: PingOne's clients do not know it, so its absence changes nothing.
    let token_format = fields.choice("accessTokenFormat", &TokenFormat::ALL, TokenFormat::name);
    let other = other::read(&mut fields, before.environment, kind);
    let application = Application {
        name,
        description,
        enabled,
        kind,
        protocol: Protocol::OpenidConnect,
        auth_methods,
        grant_types,
        response_types,
        redirect_uris: uris.redirect,
        post_logout_redirect_uris: uris.post_logout,
        allow_wildcard_in_redirect_uris: uris.allow_wildcard,
        login_page_url: uris.login_page,
        home_page_url: uris.home_page,
        initiate_login_uri: uris.initiate_login,
        target_link_uri: uris.target_link,
        pkce: pkce.unwrap_or(PkceEnforcement::Optional),
        cors,
        refresh,
        icon: uris.icon,
        token_format: token_format.unwrap_or(before.token_format),
        other,
        updated_at: now.to_millis(),
        ..before.clone()
    };
    fields.finish(application).map_err(uris::lead_with_wildcard)
}

fn read_kind(fields: &mut Fields<'_>, before: &Application) -> ApplicationType {
    // What an application is decides its defaults; it is made once.
    let created = before.name.is_empty();
    let allowed = if created { ApplicationType::ALL.to_vec() } else { vec![before.kind] };
    let kind = fields.choice("type", &allowed, ApplicationType::name);
    fields.require("type", kind).unwrap_or(before.kind)
}

fn read_grants(fields: &mut Fields<'_>, kind: ApplicationType) -> Vec<GrantType> {
    let grants =
        fields.choices("grantTypes", GrantType::REGISTRABLE.len(), &GrantType::REGISTRABLE, GrantType::management_name);
    match grants {
        Some(grants) if grants.is_empty() => {
            fields.fault("EMPTY_VALUE", "grantTypes", "must not be empty", None);
            grants
        }
        Some(grants) => grants,
        None => vec![match kind {
            ApplicationType::Service | ApplicationType::Worker => GrantType::ClientCredentials,
            // RFC 9700 §2.1.2: the implicit grant of older defaults is asked for by name or not at all.
            _ => GrantType::AuthorizationCode,
        }],
    }
}

/// RFC 6749 §3.1.1 and OIDC Core §3: a response type stands for the grant that answers it.
fn read_responses(fields: &mut Fields<'_>, grants: &[GrantType]) -> Vec<ResponseKind> {
    let has = |grant| grants.contains(&grant);
    let responses = fields.choices("responseTypes", ResponseKind::ALL.len(), &ResponseKind::ALL, ResponseKind::name);
    let Some(responses) = responses.filter(|r| !r.is_empty()) else {
        let defaults = [
            (GrantType::AuthorizationCode, ResponseKind::Code),
            (GrantType::Implicit, ResponseKind::Token),
            (GrantType::Implicit, ResponseKind::IdToken),
        ];
        return defaults.into_iter().filter(|(grant, _)| has(*grant)).map(|(_, response)| response).collect();
    };
    for response in &responses {
        let needed = match response {
            ResponseKind::Code => GrantType::AuthorizationCode,
            ResponseKind::IdToken | ResponseKind::Token => GrantType::Implicit,
        };
        // OIDC Core §3.3: hybrid responses come with the code.
        let hybrid = *response == ResponseKind::IdToken && has(GrantType::AuthorizationCode);
        if !has(needed) && !hybrid && !grants.is_empty() {
            let message = format!("{} needs the grant type {}", response.name(), needed.management_name());
            fields.fault("INVALID_VALUE", "responseTypes", &message, None);
        }
    }
    responses
}

fn read_methods(fields: &mut Fields<'_>, grants: &[GrantType], before: &Application) -> Vec<Method> {
    let method = fields.choice("tokenEndpointAuthMethod", &Method::REGISTRABLE, Method::management_name);
    let Some(method) = fields.require("tokenEndpointAuthMethod", method) else { return Vec::new() };
    // RFC 6749 §4.4: only a confidential client asks in its own name.
    if method == Method::None && grants.contains(&GrantType::ClientCredentials) {
        let message = "NONE cannot be used with the grant type CLIENT_CREDENTIALS";
        fields.fault("INVALID_VALUE", "tokenEndpointAuthMethod", message, None);
    }
    // An imported client may have a second method; writing back the one that is shown does not take it away.
    if before.auth_methods.first() == Some(&method) { before.auth_methods.clone() } else { vec![method] }
}

fn read_cors(fields: &mut Fields<'_>) -> Option<CorsSettings> {
    let behavior = fields.choice("behavior", &["ALLOW_NO_ORIGINS", "ALLOW_SPECIFIC_ORIGINS"], |b| b);
    let behavior = fields.require("behavior", behavior);
    let origins = fields.texts("origins", MAX_ORIGINS, register_origin);
    match behavior? {
        "ALLOW_NO_ORIGINS" => Some(CorsSettings::AllowNoOrigins),
        _ => fields.require("origins", origins).map(CorsSettings::AllowSpecificOrigins),
    }
}

fn read_refresh(fields: &mut Fields<'_>, before: &Application) -> RefreshTokenSettings {
    RefreshTokenSettings {
        duration: fields.integer("refreshTokenDuration", 60, MAX_SECONDS).unwrap_or(REFRESH_SECONDS),
        rolling_duration: fields.integer("refreshTokenRollingDuration", 60, MAX_SECONDS),
        grace: fields.integer("refreshTokenRollingGracePeriodDuration", 0, 86_400),
        replay_protection: fields.boolean("additionalRefreshTokenReplayProtectionEnabled").unwrap_or(true),
        rotate: before.refresh.rotate,
    }
}

const MAX_NAME: usize = 256;
const MAX_DESCRIPTION: usize = 4_096;
const MAX_ORIGINS: usize = 20;
const MAX_SECONDS: i64 = 2_147_483_647;
const REFRESH_SECONDS: i64 = 2_592_000;

#[cfg(test)]
mod tests;
