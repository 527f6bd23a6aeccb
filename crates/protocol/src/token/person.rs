//! The claims about a person that a request asks for, by scope or one by one (OIDC Core §5.1, §5.4, §5.5).

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{Json, Stamp};
use crate::claims::{AskedClaim, PersonClaim, is_asked};
use crate::mapping::Made;
use crate::model::User;
use crate::scope::Scope;

/// The body of a userinfo answer: `sub` as in the ID token (OIDC Core §5.3.2) and what is asked for, nothing else.
pub fn userinfo(user: &User, sub: &str, asked: (&Scope, &[AskedClaim]), mapped: &Made) -> String {
    about(Json::object().text("sub", sub), user, asked, mapped).finish()
}

/// The same as what is signed for the application (OIDC Core §5.3.2: with `iss` and `aud`).
pub fn signed_userinfo(
    user: &User,
    sub: &str,
    asked: (&Scope, &[AskedClaim]),
    mapped: &Made,
    stamp: &Stamp<'_>,
) -> String {
    let claims = Json::object().text("iss", stamp.issuer).text("aud", &stamp.client.application.client_id);
    about(claims.text("sub", sub), user, asked, mapped).finish()
}

/// What is asked for, in a userinfo answer as in an ID token, and what mappings make of it. Whoever lets people in by their address has
/// to look at `email_verified` (§5.7).
pub(super) fn about(mut claims: Json, user: &User, (scope, asked): (&Scope, &[AskedClaim]), mapped: &Made) -> Json {
    for claim in PersonClaim::ALL.into_iter().filter(|claim| !mapped.replaces(*claim)) {
        if let Some(told) = told(claim, user)
            && (is_asked(claim, || told.value(), scope, asked) || mapped.brought.contains(&claim))
        {
            claims = told.write(claims, claim.name());
        }
    }
    added(claims, mapped)
}

/// With what mappings add.
pub(super) fn added(claims: Json, mapped: &Made) -> Json {
    mapped.claims.iter().fold(claims, |claims, (name, value)| claims.value(name, value))
}

/// What is known of the person's address, by the names of OpenID Connect Core §5.1.1.
pub fn address_members(user: &User) -> Map<String, Value> {
    serde_json::from_str(&address(user).finish()).unwrap_or_default()
}

/// The value of a claim.
enum Told<'a> {
    Text(Cow<'a, str>),
    Number(i64),
    Truth(bool),
    Object(Json),
}

impl Told<'_> {
    /// As a request may name it. Nobody names a whole address.
    fn value(&self) -> Value {
        match self {
            Self::Text(text) => Value::from(text.as_ref()),
            Self::Number(number) => (*number).into(),
            Self::Truth(truth) => (*truth).into(),
            Self::Object(_) => Value::Null,
        }
    }

    fn write(self, claims: Json, name: &str) -> Json {
        match self {
            Self::Text(text) => claims.text(name, &text),
            Self::Number(number) => claims.number(name, number),
            Self::Truth(truth) => claims.truth(name, truth),
            Self::Object(object) => claims.nested(name, object),
        }
    }
}

fn text(known: Option<&String>) -> Option<Told<'_>> {
    known.map(String::as_str).map(|text| Told::Text(text.into()))
}

/// What is known of the person.
fn told(claim: PersonClaim, user: &User) -> Option<Told<'_>> {
    let person = &user.profile;
    match claim {
        PersonClaim::Name => full_name(user).map(|name| Told::Text(name.into())),
        PersonClaim::GivenName => text(person.name.given.as_ref()),
        PersonClaim::MiddleName => text(person.name.middle.as_ref()),
        PersonClaim::FamilyName => text(person.name.family.as_ref()),
        PersonClaim::Nickname => text(person.nickname.as_ref()),
        PersonClaim::PreferredUsername => Some(Told::Text(user.username.as_str().into())),
        PersonClaim::Profile => text(person.page.as_ref()),
        PersonClaim::Picture => text(person.photo.as_ref()),
        PersonClaim::Website => text(person.website.as_ref()),
        PersonClaim::Gender => text(person.gender.as_ref()),
        PersonClaim::Birthdate => text(person.birthdate.as_ref()),
        PersonClaim::Locale => text(person.locale.as_ref()),
        PersonClaim::Zoneinfo => text(person.timezone.as_ref()),
        PersonClaim::UpdatedAt => Some(Told::Number(user.updated_at.secs())),
        PersonClaim::PhoneNumber => text(user.phone()),
        PersonClaim::PhoneNumberVerified => user.phone().map(|_| Told::Truth(user.phone_verified)),
        PersonClaim::Address => Some(address(user)).filter(|address| !address.is_empty()).map(Told::Object),
        PersonClaim::Email => Some(Told::Text(user.email.as_str().into())).filter(|_| !user.email.is_empty()),
        PersonClaim::EmailVerified => Some(Told::Truth(user.email_verified)).filter(|_| !user.email.is_empty()),
    }
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
        .text_if("formatted", address.formatted.as_deref())
        .text_if("street_address", address.street_address.as_deref())
        .text_if("locality", address.locality.as_deref())
        .text_if("region", address.region.as_deref())
        .text_if("postal_code", address.postal_code.as_deref())
        .text_if("country", address.country_code.as_deref())
}
