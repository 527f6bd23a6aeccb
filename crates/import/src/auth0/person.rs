//! Users of Auth0: an export of a connection, the export with the hashes that its support makes, and files for its own import.

use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use serde_json::{Map, Value};

use crate::text::{flag, inner, number, put, text};
use crate::{Left, Person};

/// Reads users, with the hashes that another file has of them.
#[derive(Default)]
pub struct People {
    hashes: Arc<HashMap<String, String>>,
}

/// What they are is not shown.
impl std::fmt::Debug for People {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "People({} hashes)", self.hashes.len())
    }
}

/// The hash of a user in the export that Auth0's support makes, and what it is known by there.
pub fn password(user: &Value) -> Option<(String, String)> {
    let user = user.as_object()?;
    let hash = text(user, "passwordHash").or_else(|| text(user, "password_hash"))?;
    Some((own_id(user)?, hash.to_owned()))
}

/// The part of `user_id` behind the connection, or the id of the older form.
fn own_id(user: &Map<String, Value>) -> Option<String> {
    let inner_id = inner(user, "_id").and_then(|id| text(id, "$oid")).or_else(|| text(user, "_id"));
    let id = inner_id.or_else(|| text(user, "user_id").or_else(|| text(user, "Id")))?;
    Some(id.rsplit('|').next().unwrap_or(id).to_owned())
}

impl People {
    /// The hashes of everybody are many: they are shared by those who read them twice.
    pub fn new(hashes: Arc<HashMap<String, String>>) -> Self {
        Self { hashes }
    }

    /// Who a user is.
    pub fn person(&self, user: &Value, left: &mut Left) -> Option<Person> {
        let user = user.as_object()?;
        let mut body = Map::new();
        // Who has no user name signs on with their address.
        if let Some(name) = text(user, "username").or_else(|| text(user, "Username")).or_else(|| email(user)) {
            put(&mut body, "username", name);
        }
        if let Some(email) = email(user) {
            put(&mut body, "email", email);
        }
        for (theirs, own) in NAMES {
            if let Some(value) = text(user, theirs) {
                put(&mut body, own, value);
            }
        }
        let verified = flag(user, "email_verified").or_else(|| flag(user, "Email Verified"));
        put(&mut body, "emailVerified", verified.unwrap_or(false));
        if let Some(verified) = flag(user, "phone_verified") {
            put(&mut body, "phoneVerified", verified);
        }
        put(&mut body, "enabled", flag(user, "blocked") != Some(true));
        if let Some(id) = text(user, "user_id").or_else(|| text(user, "Id")) {
            put(&mut body, "externalId", id);
        } else if let Some(id) = own_id(user) {
            put(&mut body, "externalId", format!("auth0|{id}"));
        }
        for (member, why) in [
            ("user_metadata", "user_metadata: users have no such property here"),
            ("app_metadata", "app_metadata: users have no such property here"),
            ("mfa_factors", "mfa_factors: they are enrolled anew"),
        ] {
            if user.get(member).is_some_and(|value| value.as_object().map_or(!value.is_null(), |of| !of.is_empty())) {
                left.add("attributes", "", why);
            }
        }
        self.password(user, &mut body, left);
        Some(Person { body, groups: Vec::new() })
    }

    fn password(&self, user: &Map<String, Value>, body: &mut Map<String, Value>, left: &mut Left) {
        let plain = text(user, "passwordHash").or_else(|| text(user, "password_hash")).map(str::to_owned);
        let known = plain.or_else(|| own_id(user).and_then(|id| self.hashes.get(&id).cloned()));
        let hash = match (known, inner(user, "custom_password_hash")) {
            (Some(hash), _) if hash.starts_with("$2") => Ok(Some(format!("{{BCRYPT}}{hash}"))),
            (Some(_), _) => Err("its algorithm is not known here"),
            (None, Some(custom)) => custom_hash(custom).map(Some),
            (None, None) => Ok(None),
        };
        match hash {
            Ok(Some(hash)) => put(body, "password.value", hash),
            Ok(None) => left.add(
                "passwords",
                "",
                "the export has none of them: Auth0's support makes one that has (--passwords)",
            ),
            Err(why) => {
                let name = body.get("username").and_then(Value::as_str).unwrap_or_default().to_owned();
                left.add("passwords", &name, why);
            }
        }
    }
}

fn email(user: &Map<String, Value>) -> Option<&str> {
    text(user, "email").or_else(|| text(user, "Email"))
}

/// `custom_password_hash` of a file for Auth0's own import.
fn custom_hash(custom: &Map<String, Value>) -> Result<String, &'static str> {
    let none = Map::new();
    let (hash, salt) = (inner(custom, "hash").unwrap_or(&none), inner(custom, "salt"));
    let value = text(hash, "value").ok_or("the export has no hash of it")?;
    if inner(custom, "password")
        .and_then(|password| text(password, "encoding"))
        .is_some_and(|of| !matches!(of, "utf8" | "ascii"))
    {
        return Err("the password was encoded in another way than UTF-8 before it was hashed");
    }
    match text(custom, "algorithm").unwrap_or_default() {
        "bcrypt" if value.starts_with("$2") => Ok(format!("{{BCRYPT}}{value}")),
        "argon2" if value.starts_with("$argon2") => Ok(format!("{{ARGON2}}{value}")),
        "pbkdf2" if value.starts_with("$pbkdf2") => Ok(format!("{{PBKDF2}}{value}")),
        "ldap" if value.starts_with('{') => Ok(value.to_owned()),
        of @ ("sha1" | "sha256" | "sha512") => {
            salted(of, octets(hash, "hex")?, salt.ok_or("it is hashed without a salt")?)
        }
        "scrypt" => scrypt(custom, &octets(hash, "hex")?, &octets(salt.ok_or("it is hashed without a salt")?, "utf8")?),
        "hmac" | "md4" | "md5" => Err("it is hashed too quickly to be one that is kept (hmac, md4, md5)"),
        _ => Err("its algorithm is not known here"),
    }
}

/// Auth0 puts the salt before the password unless it is said otherwise.
fn salted(of: &str, mut digest: Vec<u8>, salt: &Map<String, Value>) -> Result<String, &'static str> {
    digest.extend(octets(salt, "utf8")?);
    let number = of.strip_prefix("sha").filter(|number| *number != "1").unwrap_or_default();
    let scheme = match text(salt, "position").unwrap_or("prefix") {
        "suffix" => format!("SSHA{number}"),
        _ => format!("SALTED-SHA{}", if number.is_empty() { "1" } else { number }),
    };
    Ok(format!("{{{scheme}}}{}", STANDARD.encode(digest)))
}

fn scrypt(custom: &Map<String, Value>, hash: &[u8], salt: &[u8]) -> Result<String, &'static str> {
    let cost = |name: &str, usual| number(custom, name).unwrap_or(usual);
    let (cost, block, lanes) = (cost("cost", 16_384), cost("blockSize", 8), cost("parallelization", 1));
    let cost = u64::try_from(cost)
        .ok()
        .filter(|cost| cost.is_power_of_two())
        .ok_or("its parameters are not those of scrypt")?;
    let (salt, hash) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(hash));
    Ok(format!("{{SCRYPT}}$scrypt$ln={},r={block},p={lanes}${salt}${hash}", cost.trailing_zeros()))
}

/// The octets of a `value`, in its `encoding`.
fn octets(of: &Map<String, Value>, usual: &str) -> Result<Vec<u8>, &'static str> {
    let value = of.get("value").and_then(Value::as_str).unwrap_or_default();
    match text(of, "encoding").unwrap_or(usual) {
        "base64" => {
            STANDARD.decode(value).or_else(|_| STANDARD_NO_PAD.decode(value)).map_err(|_| "its hash is not base64")
        }
        "hex" => hex(value).ok_or("its hash is not hexadecimal"),
        "utf8" => Ok(value.as_bytes().to_vec()),
        _ => Err("the encoding of its hash is not known here"),
    }
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digit = |octet: u8| char::from(octet).to_digit(16);
    if !text.len().is_multiple_of(2) {
        return None;
    }
    text.as_bytes().chunks(2).map(|pair| Some((digit(pair[0])? * 16 + digit(pair[1])?) as u8)).collect()
}

/// A user of the two forms: of its management API, and of a CSV with headings that was turned into JSON.
const NAMES: [(&str, &str); 9] = [
    ("given_name", "name.given"),
    ("Given Name", "name.given"),
    ("family_name", "name.family"),
    ("Family Name", "name.family"),
    ("name", "name.formatted"),
    ("nickname", "nickname"),
    ("picture", "photo.href"),
    ("phone_number", "primaryPhone"),
    ("locale", "locale"),
];
