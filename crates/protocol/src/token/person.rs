//! The claims about a person that scopes ask for (OIDC Core §5.1, §5.4).

use super::{Json, Stamp};
use crate::model::{TokenProfile, User};
use crate::policy;
use crate::scope::Scope;

/// The body of a userinfo answer: `sub` as in the ID token (OIDC Core §5.3.2) and what the scopes ask for, nothing else.
pub fn userinfo(user: &User, scope: &Scope, profile: TokenProfile) -> String {
    about(Json::object(), user, scope, profile).finish()
}

fn about(claims: Json, user: &User, scope: &Scope, profile: TokenProfile) -> Json {
    let claims = match profile {
        TokenProfile::PingOne | TokenProfile::Rfc9068 => claims.text("sub", &user.id.to_string()),
        TokenProfile::Spring => claims.text("sub", &user.username),
    };
    by_scope(claims, user, scope)
}

/// The same as what is signed for the application (OIDC Core §5.3.2: with `iss` and `aud`).
pub fn signed_userinfo(user: &User, scope: &Scope, stamp: &Stamp<'_>) -> String {
    let claims = Json::object().text("iss", stamp.issuer).text("aud", &stamp.client.application.client_id);
    about(claims, user, scope, policy::token_profile(stamp.environment)).finish()
}

/// What the scopes ask for, in a userinfo answer as in an ID token (OIDC Core §5.4). Whoever lets people in by their address has
/// to look at `email_verified` (§5.7).
pub(super) fn by_scope(mut claims: Json, user: &User, scope: &Scope) -> Json {
    if scope.contains("profile") {
        claims = profile(claims, user);
    }
    if scope.contains("phone") {
        let phone = user.profile.primary_phone.as_deref().or(user.profile.mobile_phone.as_deref());
        claims = claims.text_if("phone_number", phone);
    }
    let address = address(user);
    if scope.contains("address") && !address.is_empty() {
        claims = claims.nested("address", address);
    }
    if scope.contains("email") && !user.email.is_empty() {
        claims = claims.text("email", &user.email).truth("email_verified", user.email_verified);
    }
    claims
}

fn profile(claims: Json, user: &User) -> Json {
    let person = &user.profile;
    claims
        .text_if("name", full_name(user).as_deref())
        .text_if("given_name", person.name.given.as_deref())
        .text_if("middle_name", person.name.middle.as_deref())
        .text_if("family_name", person.name.family.as_deref())
        .text_if("nickname", person.nickname.as_deref())
        .text("preferred_username", &user.username)
        .text_if("picture", person.photo.as_deref())
        .text_if("locale", person.locale.as_deref())
        .text_if("zoneinfo", person.timezone.as_deref())
        .number("updated_at", user.updated_at.secs())
}

fn full_name(user: &User) -> Option<String> {
    let name = &user.profile.name;
    if name.formatted.is_some() {
        return name.formatted.clone();
    }
    let parts: Vec<&str> =
        [&name.given, &name.middle, &name.family].into_iter().flatten().map(String::as_str).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

fn address(user: &User) -> Json {
    let address = &user.profile.address;
    Json::object()
        .text_if("street_address", address.street_address.as_deref())
        .text_if("locality", address.locality.as_deref())
        .text_if("region", address.region.as_deref())
        .text_if("postal_code", address.postal_code.as_deref())
        .text_if("country", address.country_code.as_deref())
}
