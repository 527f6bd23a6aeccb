//! What mappings tell of a person, in an ID token or at userinfo: the application's own first, then those of `openid`.

use serde_json::{Map, Value};

use super::{Attribute, Made, Mapping, Sources, bounded, unmet};
use crate::claims::{AskedClaim, PersonClaim, is_asked};
use crate::client::Client;
use crate::expression::Effort;
use crate::model::{Scopes, User};
use crate::refusal::Refused;
use crate::scope::Scope;
use crate::token::address_members;

/// Which answer it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    IdToken,
    UserInfo,
}

/// The claims of an answer about `user`, for what was granted and what was asked for by name. An attribute of the application stands in
/// place of one of `openid` with the same name, whether it is told or not. What is required and worth nothing ends an ID token; userinfo
/// leaves it out.
///
/// # Errors
/// A required attribute of which the person has none.
pub fn person(
    answer: Answer,
    (client, user): (&Client, &User),
    scopes: &Scopes,
    (granted, by_name): (&Scope, &[AskedClaim]),
    sources: &Sources,
) -> Result<Made, Refused> {
    let brought: Vec<PersonClaim> = scopes.mappings.brought(granted).collect();
    let more = brought.iter().map(|claim| AskedClaim { claim: *claim, values: Vec::new() });
    let asked: Vec<AskedClaim> = by_name.iter().cloned().chain(more).collect();
    let mut asking = Asking { answer, client, scopes, granted, asked, sources, effort: Effort::default() };
    let mut made = Made { brought, ..Made::default() };
    let required = asking.own(&mut made)?;
    asking.inherited(user, &mut made);
    if answer == Answer::IdToken {
        made.claims.iter_mut().for_each(|(_, value)| shorten(value));
    }
    bounded(&mut made, &required)?;
    Ok(made)
}

/// What an answer is asked to tell.
struct Asking<'a> {
    answer: Answer,
    client: &'a Client,
    scopes: &'a Scopes,
    granted: &'a Scope,
    asked: Vec<AskedClaim>,
    sources: &'a Sources,
    effort: Effort,
}

impl<'a> Asking<'a> {
    /// Tells what the application has of its own, and which of it are required.
    fn own(&mut self, made: &mut Made) -> Result<Vec<&'a str>, Refused> {
        let mut required = Vec::new();
        let client = self.client;
        for mapping in &client.mappings.claims {
            made.replaced.extend(PersonClaim::parse(&mapping.name));
            if let Some(value) = self.mapped(mapping)? {
                required.extend(mapping.required.then_some(mapping.name.as_str()));
                made.claims.push((mapping.name.clone(), value));
            }
        }
        Ok(required)
    }

    /// The value of a mapping where it is told: a scope of its own was granted, or it has none, or it was asked for by its name.
    fn mapped(&mut self, mapping: &Mapping) -> Result<Option<Value>, Refused> {
        let granted = |id| self.scopes.scope(id).is_some_and(|scope| self.granted.contains(&scope.name));
        let opened = mapping.scopes.is_empty() || mapping.scopes.iter().copied().any(granted);
        let claim = PersonClaim::parse(&mapping.name).filter(|claim| self.asked.iter().any(|one| one.claim == *claim));
        if !opened && claim.is_none() {
            return Ok(None);
        }
        // Wherever it is told, there are no tokens without it.
        let value = match mapping.worth.tried(self.sources, &mut self.effort) {
            Ok(None) if self.insists(mapping) => return Err(unmet(&mapping.name, "none")),
            Err(why) if self.insists(mapping) => return Err(unmet(&mapping.name, why)),
            tried => tried.unwrap_or_default(),
        };
        let here = match self.answer {
            Answer::IdToken => mapping.id_token,
            Answer::UserInfo => mapping.user_info,
        };
        let will_do = |value: &Value| claim.is_some_and(|claim| self.is_asked(claim, value, &Scope::default()));
        Ok(value.filter(|value| here && (opened || will_do(value))))
    }

    fn insists(&self, mapping: &Mapping) -> bool {
        mapping.required && self.answer == Answer::IdToken
    }

    fn is_asked(&self, claim: PersonClaim, value: &Value, granted: &Scope) -> bool {
        is_asked(claim, || value.clone(), granted, &self.asked)
    }

    /// Tells what the attributes of `openid` say, but for what the application has of its own.
    fn inherited(&mut self, user: &User, made: &mut Made) {
        let (client, scopes) = (self.client, self.scopes);
        let own = |name: &str| client.mappings.claims.iter().any(|mapping| mapping.name == name);
        let mut address = None;
        for attribute in &scopes.mappings.openid {
            let name = attribute.name.as_str();
            let member = name.strip_prefix("address.").filter(|_| attribute.predefined);
            if own(if member.is_some() { PersonClaim::Address.name() } else { name }) {
                continue;
            }
            match (member, PersonClaim::parse(name)) {
                (Some(member), _) => {
                    self.member(attribute, member, address.get_or_insert_with(|| address_members(user)));
                }
                (None, Some(claim)) => self.predefined(attribute, claim, made),
                (None, None) => self.custom(attribute, made),
            }
        }
        if let Some(address) = address {
            made.replaced.push(PersonClaim::Address);
            if !address.is_empty() && self.is_asked(PersonClaim::Address, &Value::Null, self.granted) {
                made.claims.push((PersonClaim::Address.name().to_owned(), address.into()));
            }
        }
    }

    fn is_here(&self, attribute: &Attribute) -> bool {
        match self.answer {
            Answer::IdToken => attribute.id_token,
            Answer::UserInfo => attribute.user_info,
        }
    }

    fn worth(&mut self, attribute: &Attribute) -> Option<Value> {
        let worth = attribute.worth.as_ref().and_then(|worth| worth.of(self.sources, &mut self.effort));
        worth.filter(|_| self.is_here(attribute))
    }

    /// A claim of OpenID Connect: told for its scope, as it is known or as somebody mapped it, or not in this answer.
    fn predefined(&mut self, attribute: &Attribute, claim: PersonClaim, made: &mut Made) {
        if attribute.worth.is_none() && self.is_here(attribute) {
            return;
        }
        made.replaced.push(claim);
        let told = self.worth(attribute).filter(|value| self.is_asked(claim, value, self.granted));
        made.claims.extend(told.map(|value| (attribute.name.clone(), value)));
    }

    /// A member of the address (OpenID Connect Core §5.1.1).
    fn member(&mut self, attribute: &Attribute, member: &str, address: &mut Map<String, Value>) {
        let known = address.remove(member);
        let value = match &attribute.worth {
            None => known.filter(|_| self.is_here(attribute)),
            Some(_) => self.worth(attribute),
        };
        address.extend(value.map(|value| (member.to_owned(), value)));
    }

    /// One of anybody's making. Nobody here answers for a client that anybody may have registered: it is told what a scope brings,
    /// of which the person was asked.
    fn custom(&mut self, attribute: &Attribute, made: &mut Made) {
        let mappings = &self.scopes.mappings;
        let stranger = self.client.is_foreign() && !mappings.is_brought(attribute.id);
        if !stranger && mappings.is_opened(attribute, self.granted) {
            made.claims.extend(self.worth(attribute).map(|value| (attribute.name.clone(), value)));
        }
    }
}

/// PingOne's: more values do not go into an ID token.
fn shorten(value: &mut Value) {
    if value.as_array().is_some_and(|values| values.len() > MOST_VALUES) {
        *value = Value::from(vec!["SIZE_LIMIT_EXCEEDED"]);
    }
}

const MOST_VALUES: usize = 25;
