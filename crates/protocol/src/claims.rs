//! Decides what the `claims` parameter asks for (OIDC Core §5.5), and what of it can be given.
//!
//! A claim that is not known here, or that cannot be given, is left out: every claim is voluntary (§5.5.1), but for the one
//! person that the response must be about (`sub`) and the sign-on that it needs (`acr` as essential, §5.5.1.1).

use serde_json::{Map, Value, json};

use crate::names::names;
use crate::params::Params;
use crate::refusal::{Reason, Refused};
use crate::scope::Scope;

names! {
    /// A claim about a person (OIDC Core §5.1), in the order in which an answer has them.
    pub enum PersonClaim {
        Name = "name",
        GivenName = "given_name",
        MiddleName = "middle_name",
        FamilyName = "family_name",
        Nickname = "nickname",
        PreferredUsername = "preferred_username",
        Profile = "profile",
        Picture = "picture",
        Website = "website",
        Gender = "gender",
        Birthdate = "birthdate",
        Locale = "locale",
        Zoneinfo = "zoneinfo",
        UpdatedAt = "updated_at",
        PhoneNumber = "phone_number",
        PhoneNumberVerified = "phone_number_verified",
        Address = "address",
        Email = "email",
        EmailVerified = "email_verified",
    }
}

impl PersonClaim {
    /// The scope that asks for it among others (OIDC Core §5.4).
    pub const fn scope(self) -> &'static str {
        match self {
            Self::Name
            | Self::GivenName
            | Self::MiddleName
            | Self::FamilyName
            | Self::Nickname
            | Self::PreferredUsername
            | Self::Profile
            | Self::Picture
            | Self::Website
            | Self::Gender
            | Self::Birthdate
            | Self::Locale
            | Self::Zoneinfo
            | Self::UpdatedAt => "profile",
            Self::PhoneNumber | Self::PhoneNumberVerified => "phone",
            Self::Address => "address",
            Self::Email | Self::EmailVerified => "email",
        }
    }
}

/// The claims about the person that were asked for one by one. Of an authorization: they are the same in every answer of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AskedClaims {
    /// Of a userinfo answer.
    pub userinfo: Vec<AskedClaim>,
    /// Of an ID token.
    pub id_token: Vec<AskedClaim>,
    /// Whether the ID token is to have `acr`, also where its profile has none.
    pub acr: bool,
    /// §5.5.1.1: a sign-on by another policy than the one that was asked for is a failed one.
    pub acr_essential: bool,
}

/// One of them.
#[derive(Clone, Debug, PartialEq)]
pub struct AskedClaim {
    pub claim: PersonClaim,
    /// OIDC Core §5.5.1: only one of these values will do. Empty: any.
    pub values: Vec<Value>,
}

/// The whole parameter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClaimsParameter {
    pub claims: AskedClaims,
    /// The only person that the response may be about (§5.5.1, §3.1.2.2), by the `sub` that tokens have.
    pub sub: Option<String>,
    pub acr: AskedAcr,
}

/// Which sign-on the ID token is to tell of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AskedAcr {
    /// In order of preference. Empty: any.
    pub values: Vec<String>,
    /// §5.5.1.1: another one is a failed sign-on.
    pub essential: bool,
}

impl ClaimsParameter {
    /// Reads the parameter of a request; without it nothing is asked for.
    ///
    /// # Errors
    /// `invalid_request`: longer than 4 KiB, no JSON object, a member twice, or of another form than §5.5 gives it.
    pub fn read(params: &Params) -> Result<Self, Refused> {
        params.text("claims").map_or_else(|| Ok(Self::default()), Self::parse)
    }

    /// Reads its text.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn parse(text: &str) -> Result<Self, Refused> {
        if text.len() > MAX_OCTETS {
            return Err(invalid("at most 4096 octets", format!("{} octets", text.len())));
        }
        let members = jose::json::parse_strict_object(text.as_bytes(), MAX_DEPTH)
            .map_err(|error| invalid("a JSON object without repeated members", error.to_string()))?;
        let mut read = Self::default();
        for (name, to) in [("userinfo", Member::Userinfo), ("id_token", Member::IdToken)] {
            match members.get(name) {
                None | Some(Value::Null) => {}
                Some(Value::Object(asked)) => read.take(to, asked)?,
                Some(_) => return Err(invalid("userinfo and id_token as objects", format!("{name} of another type"))),
            }
        }
        // Whoever is asked the same again must be able to ask it.
        match read.to_text() {
            Some(again) if again.len() > MAX_OCTETS => Err(invalid("at most 4096 octets", "more of them".to_owned())),
            _ => Ok(read),
        }
    }

    /// The parameter that asks for the same; `None` where it asks for nothing.
    pub fn to_text(&self) -> Option<String> {
        let Self { claims, sub, acr } = self;
        let mut whole = claims.to_members();
        if sub.is_some() || acr.essential {
            let id_token = whole.entry("id_token").or_insert_with(|| Map::new().into());
            if let Some(sub) = sub {
                id_token["sub"] = json!({ "value": sub });
            }
            if acr.essential {
                id_token["acr"] = json!({ "essential": true, "values": acr.values });
            }
        }
        (!whole.is_empty()).then(|| Value::from(whole).to_string())
    }

    fn take(&mut self, to: Member, asked: &Map<String, Value>) -> Result<(), Refused> {
        for (name, how) in asked {
            let (essential, values) = request(how)?;
            match (name.as_str(), to) {
                ("sub", _) => self.take_sub(&values)?,
                ("acr", Member::IdToken) => {
                    let texts = values.iter().map(|value| value.as_str().map(str::to_owned)).collect::<Option<_>>();
                    let values =
                        texts.ok_or_else(|| invalid("texts as the values of acr", "another type".to_owned()))?;
                    self.acr = AskedAcr { values, essential };
                    self.claims.acr = true;
                    self.claims.acr_essential = self.acr.essential && !self.acr.values.is_empty();
                }
                (name, to) => {
                    let Some(claim) = PersonClaim::parse(name) else { continue };
                    let list = match to {
                        Member::Userinfo => &mut self.claims.userinfo,
                        Member::IdToken => &mut self.claims.id_token,
                    };
                    // What can be a value is kept alone. With none of them there is nothing that could be told.
                    let any = values.is_empty();
                    let values: Vec<Value> = values.into_iter().filter(is_value).collect();
                    if any || !values.is_empty() {
                        list.push(AskedClaim { claim, values });
                    }
                }
            }
        }
        Ok(())
    }

    fn take_sub(&mut self, values: &[Value]) -> Result<(), Refused> {
        let one = match values {
            [] => return Ok(()),
            [Value::String(one)] => one,
            _ => return Err(invalid("one text as the value of sub", "another value or several".to_owned())),
        };
        match &self.sub {
            Some(other) if other != one => Err(invalid("one value of sub", "two of them".to_owned())),
            _ => {
                self.sub = Some(one.clone());
                Ok(())
            }
        }
    }
}

impl AskedClaims {
    pub fn is_empty(&self) -> bool {
        self.userinfo.is_empty() && self.id_token.is_empty() && !self.acr
    }

    /// In the form of the parameter.
    pub fn to_value(&self) -> Value {
        self.to_members().into()
    }

    fn to_members(&self) -> Map<String, Value> {
        let mut whole = Map::new();
        let Self { userinfo, id_token, acr, acr_essential } = self;
        let how = if *acr_essential { json!({ "essential": true }) } else { Value::Null };
        for (name, list, acr) in [("userinfo", userinfo, false), ("id_token", id_token, *acr)] {
            let acr = acr.then(|| ("acr".to_owned(), how.clone()));
            let members = list.iter().map(|AskedClaim { claim, values }| {
                let how = match values.as_slice() {
                    [] => Value::Null,
                    [one] => json!({ "value": one }),
                    several => json!({ "values": several }),
                };
                (claim.name().to_owned(), how)
            });
            let members: Map<_, _> = members.chain(acr).collect();
            if !members.is_empty() {
                whole.insert(name.to_owned(), members.into());
            }
        }
        whole
    }

    /// What [`Self::to_value`] wrote. What cannot be read of it is not asked for.
    pub fn from_value(value: &Value) -> Self {
        let mut read = ClaimsParameter::default();
        for (name, to) in [("userinfo", Member::Userinfo), ("id_token", Member::IdToken)] {
            if let Some(asked) = value.get(name).and_then(Value::as_object) {
                // Written from claims alone, which are read without a fault.
                let _ = read.take(to, asked);
            }
        }
        // Which one is essential, the request knows.
        let essential = value.pointer("/id_token/acr/essential") == Some(&Value::Bool(true));
        Self { acr_essential: essential, ..read.claims }
    }
}

/// Whether a claim is told: its scope asks for it, or it was asked for by its name and its value is one that will do.
pub fn is_asked(claim: PersonClaim, value: impl Fn() -> Value, scope: &Scope, asked: &[AskedClaim]) -> bool {
    let will_do = |one: &AskedClaim| one.values.is_empty() || one.values.contains(&value());
    scope.contains(claim.scope()) || asked.iter().any(|one| one.claim == claim && will_do(one))
}

/// A text, a truth or a whole number: what a claim about a person can be.
fn is_value(value: &Value) -> bool {
    value.is_string() || value.is_boolean() || value.is_i64()
}

#[derive(Clone, Copy)]
enum Member {
    Userinfo,
    IdToken,
}

/// OIDC Core §5.5.1: `null`, or an object whose members that are not understood are ignored.
fn request(how: &Value) -> Result<(bool, Vec<Value>), Refused> {
    let members = match how {
        Value::Null => return Ok((false, Vec::new())),
        Value::Object(members) => members,
        _ => return Err(invalid("null or an object for each claim", "another type".to_owned())),
    };
    let essential = match members.get("essential") {
        None => false,
        Some(Value::Bool(essential)) => *essential,
        Some(_) => return Err(invalid("essential of true or false", "another type".to_owned())),
    };
    match (members.get("value"), members.get("values")) {
        (None, None) => Ok((essential, Vec::new())),
        (Some(value), None) => Ok((essential, vec![value.clone()])),
        (None, Some(Value::Array(values))) if !values.is_empty() => Ok((essential, values.clone())),
        (None, Some(_)) => Err(invalid("values of an array with something in it", "another value".to_owned())),
        (Some(_), Some(_)) => Err(invalid("value or values of a claim", "both".to_owned())),
    }
}

fn invalid(expected: &str, came: String) -> Refused {
    Refused::new(Reason::ParameterInvalid, expected, came).about("claims")
}

/// The parameter is kept as long as the flow, which anybody may begin.
const MAX_OCTETS: usize = 4 * 1024;
/// The parameter, its member, a claim, `values`, and what a value such as an address holds.
const MAX_DEPTH: usize = 6;

#[cfg(test)]
mod tests;
