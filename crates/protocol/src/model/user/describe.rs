//! What a user is made of (the contract, Annex A: User).

use serde_json::json;
use unicode_normalization::char::is_combining_mark;

use super::import::{NewPassword, judge_import};
use super::{ACCOUNT_OK, Account, Address, PasswordState, Profile, User, UserName, VERIFICATION_REQUIRED};
use crate::model::check::application::is_web_address;
use crate::model::check::user::VERIFY;
use crate::model::check::{Fields, is_printable};
use crate::model::describe::{Absent, Described, Found, Place, Property, Refers, Walk, property};
use crate::name;

impl Described for User {
    const HAS_SCHEMA: bool = true;

    fn describe(&mut self, walk: &mut dyn Walk) {
        self.walked(walk, None);
    }
}

impl User {
    /// The description. A state is written by an import alone; `brought` is then where the password goes that it brings.
    pub(super) fn walked(&mut self, walk: &mut dyn Walk, brought: Option<&mut Option<NewPassword>>) {
        self.identity(walk);
        let mut was = None;
        walk.judge(&mut |_| was = self.phone().cloned());
        let profile = &mut self.profile;
        walk.within(&const { property("profile").place(Place::Hidden("profile")) }, &mut |walk| profile.describe(walk));
        // What was verified is the number, not the user.
        walk.judge(&mut |_| self.phone_verified &= was.as_ref() == self.phone());
        walk.custom(&mut self.custom);
        let imports = brought.is_some();
        self.state(walk, brought);
        let Self {
            // Walked before.
            id: _,
            environment: _,
            username: _,
            email: _,
            population: _,
            email_verified: _,
            phone_verified: _,
            enabled: _,
            lifecycle: _,
            mfa_enabled: _,
            verify_status: _,
            profile: _,
            custom: _,
            account,
            identity_provider,
            password,
            last_sign_on,
            created_at,
            updated_at,
            version,
        } = self;
        // Named by an import; afterwards it has a route of its own.
        if imports {
            walk.outside(&mut |walk| {
                walk.within(&const { property("identityProvider") }, &mut |walk| {
                    walk.id(&const { property("id").refers(Refers::IdentityProvider) }, identity_provider);
                });
            });
        }
        let provider = const { property("identityProvider.id").place(Place::Hidden("identity_provider")) };
        walk.id(&other(provider, Found::Exact), identity_provider);
        // For whoever takes the provider away.
        let held = const { property("heldProvider").place(Place::Hidden("identity_provider")) };
        walk.id(&held.column("identity_provider_id"), identity_provider);
        walk.made(&const { property("identityProvider") }, "object");
        walk.made(&const { property("account") }, "object");
        walk.made(&const { property("memberOfGroupIDs") }, "array");
        walk.made(&const { property("memberOfGroupNames") }, "array");
        account.describe(walk);
        describe_password(password, walk);
        walk.time(&const { property("createdAt").read_only().found("created_at", Found::Time) }, created_at);
        walk.time(&const { property("updatedAt").read_only().found("updated_at", Found::Time) }, updated_at);
        walk.within(&const { property("lastSignOn").read_only().place(Place::Flat) }, &mut |walk| {
            let at = const { property("at").read_only().stored_as("last_sign_on").found("last_sign_on", Found::Time) };
            walk.time_if(&at.apart(), last_sign_on);
        });
        walk.version(version);
    }

    fn identity(&mut self, walk: &mut dyn Walk) {
        let Self { id, environment, username, email, email_verified, population, .. } = self;
        walk.id(&const { property("id").read_only().found("id", Found::Id) }, id);
        walk.reference(&const { property("environment").read_only().column("environment_id") }, environment);
        let key =
            const { property("username").checked(128, is_username).required().found("username_key", Found::Username) };
        walk.text(&key, username);
        let mut was = None;
        walk.judge(&mut |_| was = Some(email.clone()));
        walk.text(
            &const { property("email").checked(254, is_email).required().found("email_key", Found::Email) },
            email,
        );
        // What was verified is the address, not the user.
        walk.judge(&mut |_| *email_verified &= was.as_ref() == Some(&*email));
        // A body without it moves nobody.
        walk.within(&const { property("population").absent(Absent::Kept).place(Place::Flat) }, &mut |walk| {
            let own = const { property("id").required().stored_as("population").found("population_id", Found::Id) };
            walk.id(&own, population);
        });
    }

    fn state(&mut self, walk: &mut dyn Walk, brought: Option<&mut Option<NewPassword>>) {
        let Self { enabled, email_verified, phone_verified, lifecycle, mfa_enabled, verify_status, .. } = self;
        let imports = brought.is_some();
        let own = |p: Property, absent| if imports { p.absent(absent) } else { p.read_only() };
        // Written without an import too, but a body that does not name it changes nothing (Annex A).
        let absent = |absent| if imports { absent } else { Absent::Kept };
        let status = const { property("lifecycle").inert().place(Place::Flat) };
        walk.within(&status.absent(absent(Absent::Cleared)), &mut |walk| {
            let status = const { property("status").one_of(&LIFECYCLES).stored_as("lifecycle") };
            walk.text(&other(status, Found::Exact).absent(absent(Absent::Default(LIFECYCLES[0]))), lifecycle);
        });
        if let Some(password) = brought {
            walk.judge(&mut |fields| *password = judge_import(fields));
        }
        walk.flag(&own(other(property("emailVerified"), Found::Flag), Absent::Cleared), email_verified);
        walk.flag(&own(other(property("phoneVerified"), Found::Flag), Absent::Cleared), phone_verified);
        walk.flag(&own(const { property("enabled").found("enabled", Found::Flag) }, Absent::Default("true")), enabled);
        walk.flag(&own(other(property("mfaEnabled").inert(), Found::Flag), Absent::Cleared), mfa_enabled);
        let status = const { other(property("verifyStatus").inert().one_of(&VERIFY), Found::Exact) };
        walk.text(&own(status, Absent::Default(VERIFY[0])), verify_status);
    }
}

impl Account {
    /// What of it is answered depends on the time.
    fn describe(&mut self, walk: &mut dyn Walk) {
        let Self { locked_at, unlock_at, failures, tried } = self;
        walk.time_if(
            &const { apart("locked_at").named("account.lockedAt").found("locked_at", Found::Time).listed_last() },
            locked_at,
        );
        walk.time_if(
            &const { apart("unlock_at").named("account.unlockAt").found("unlock_at", Found::Time).listed_last() },
            unlock_at,
        );
        walk.number(&const { apart("failures") }, failures);
        walk.text(&const { apart("tried") }, tried);
    }
}

fn describe_password(password: &mut Option<PasswordState>, walk: &mut dyn Walk) {
    let (mut hash, mut must_change, mut chosen, mut changed_at) = match password.take() {
        None => (None, false, false, None),
        Some(PasswordState { hash, must_change, chosen, changed_at }) => {
            (Some(hash), must_change, chosen, Some(changed_at))
        }
    };
    walk.text_if(&const { apart("password_hash") }, &mut hash);
    walk.flag(&const { apart("must_change") }, &mut must_change);
    walk.flag(&const { apart("password_chosen") }, &mut chosen);
    walk.time_if(&const { apart("password_changed_at") }, &mut changed_at);
    let changed_at = changed_at.unwrap_or_default();
    *password = hash.map(|hash| PasswordState { hash, must_change, chosen, changed_at });
}

impl Profile {
    fn describe(&mut self, walk: &mut dyn Walk) {
        let Self {
            name,
            nickname,
            title,
            kind,
            external_id,
            preferred_language,
            locale,
            timezone,
            primary_phone,
            mobile_phone,
            photo,
            page,
            website,
            gender,
            birthdate,
            address,
        } = self;
        walk.within(&const { property("name") }, &mut |walk| name.describe(walk));
        walk.text_if(&const { loose("nickname", 256) }, nickname);
        walk.text_if(&const { loose("title", 256) }, title);
        walk.text_if(&const { loose("type", 256).stored_as("kind") }, kind);
        walk.text_if(&const { other(property("externalId").text(1, 1024), Found::Exact) }, external_id);
        walk.text_if(&const { loose("preferredLanguage", 256) }, preferred_language);
        walk.text_if(&const { loose("locale", 256) }, locale);
        walk.text_if(&const { loose("timezone", 64) }, timezone);
        walk.judge(&mut |fields| judge_timezone(fields, timezone.as_deref()));
        walk.text_if(&const { loose("primaryPhone", 32) }, primary_phone);
        walk.text_if(&const { loose("mobilePhone", 32) }, mobile_phone);
        let mut present = photo.is_some();
        walk.within_if(&const { property("photo").place(Place::Flat) }, &mut present, &mut |walk| {
            let href = const { property("href").checked(2_048, is_web_address).required().stored_as("photo") };
            walk.text_if(&other(href, Found::Exact), photo);
        });
        if !present {
            *photo = None;
        }
        let address_of = |name| other(property(name).checked(2_048, is_web_address), Found::Exact);
        walk.text_if(&address_of("profileUrl").stored_as("page"), page);
        walk.text_if(&address_of("website"), website);
        walk.text_if(&const { loose("gender", 64) }, gender);
        let birthdate_as = const { other(property("birthdate").checked(10, is_birthdate), Found::Exact) };
        walk.text_if(&birthdate_as, birthdate);
        walk.within(&const { property("address") }, &mut |walk| address.describe(walk));
    }
}

impl UserName {
    fn describe(&mut self, walk: &mut dyn Walk) {
        let Self { given, middle, family, formatted, honorific_prefix, honorific_suffix } = self;
        walk.text_if(&const { property("given").text(1, 256).found("given_key", Found::Folded) }, given);
        walk.text_if(&const { loose("middle", 256) }, middle);
        let plain = const { property("family").matching((1, 256), is_plain, NAME).found("family_key", Found::Folded) };
        walk.text_if(&plain, family);
        let formatted_as = const { property("formatted").matching((1, 256), is_plain, NAME) };
        walk.text_if(&other(formatted_as, Found::Loose), formatted);
        walk.text_if(&const { loose("honorificPrefix", 256) }, honorific_prefix);
        walk.text_if(&const { loose("honorificSuffix", 256) }, honorific_suffix);
    }
}

impl Address {
    fn describe(&mut self, walk: &mut dyn Walk) {
        let Self { formatted, street_address, locality, region, postal_code, country_code } = self;
        let country = const { property("countryCode").matching((2, 2), |c| c.is_ascii_uppercase(), "[A-Z]{2}") };
        walk.text_if(&other(country, Found::Loose), country_code);
        let street = const { property("streetAddress").matching((1, 256), is_line, LINES) };
        walk.text_if(&other(street, Found::Loose), street_address);
        walk.text_if(&const { loose("locality", 256) }, locality);
        walk.text_if(&const { loose("region", 256) }, region);
        walk.text_if(&const { loose("postalCode", 40) }, postal_code);
        let whole = const { property("formatted").matching((1, 1_024), is_line, LINES) };
        walk.text_if(&other(whole, Found::Loose), formatted);
    }
}

/// A text that is looked for in the body, whatever its case.
const fn loose(name: &'static str, max: usize) -> Property {
    other(property(name).text(1, max), Found::Loose)
}

/// What no column has is named after what one has.
const fn other(property: Property, how: Found) -> Property {
    property.found_in_body(how).listed_last()
}

/// What only the store has, and other changes write.
const fn apart(column: &'static str) -> Property {
    property(column).place(Place::Hidden(column)).column(column).apart()
}

fn is_username(text: &str) -> Result<(), String> {
    name::username_key(text).map(|_| ()).map_err(|error| error.to_string())
}

fn is_email(text: &str) -> Result<(), String> {
    name::email(text).map_err(|error| error.to_string())
}

fn is_plain(c: char) -> bool {
    c.is_alphanumeric() || is_combining_mark(c) || "' .-".contains(c)
}

fn is_line(c: char) -> bool {
    is_printable(c) || matches!(c, '\n' | '\r')
}

/// OIDC Core §5.1: a day, a day of no year (0000), or a year.
fn is_birthdate(text: &str) -> Result<(), String> {
    let number = |part: &str, length: usize| {
        let digits = part.len() == length && part.bytes().all(|octet| octet.is_ascii_digit());
        digits.then(|| part.parse::<u32>().ok()).flatten()
    };
    let parts: Vec<&str> = text.split('-').collect();
    let fits = match parts.as_slice() {
        [year] => number(year, 4).is_some_and(|year| year > 0),
        [year, month, day] => match (number(year, 4), number(month, 2), number(day, 2)) {
            // Of no year: there may be a 29 February.
            (Some(year), Some(month), Some(day)) => {
                (1..=days(if year == 0 { 2000 } else { year }, month)).contains(&day)
            }
            _ => false,
        },
        _ => false,
    };
    if fits { Ok(()) } else { Err("must be a day as YYYY-MM-DD, of no year as 0000-MM-DD, or a year".into()) }
}

const fn days(year: u32, month: u32) -> u32 {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        _ => 0,
    }
}

/// `Area/Place`, of letters, digits and `_`.
fn judge_timezone(fields: &mut Fields<'_>, zone: Option<&str>) {
    let word = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let fits = |zone: &str| zone.split_once('/').is_some_and(|(area, place)| word(area) && word(place));
    if !zone.is_none_or(fits) {
        let inner = json!({ "allowedPattern": r"^\w+\/\w+$" });
        fields.fault("INVALID_VALUE", "timezone", "must look like Europe/London", Some(inner));
    }
}

const NAME: &str = r"^[\p{L}\p{M}\p{N}' .-]*$";
const LINES: &str = r"^[\p{L}\p{M}\p{N}\p{Zs}\p{P}\n\r]*$";
const LIFECYCLES: [&str; 2] = [ACCOUNT_OK, VERIFICATION_REQUIRED];
