//! Decides what `authorization_details` asks for (RFC 9396 §2): a list of objects, each of a type that a resource of the
//! environment has, that the application may use, and that the schema of the type admits.

pub mod schema;

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::client::Client;
use crate::id::ResourceId;
use crate::model::{AuthorizationDetailsType, Scopes};
use crate::params::Params;
use crate::refusal::{Reason, Refused};
use crate::told;

/// What was asked for or allowed beside scopes: each an object with its `type`, in the order of the request. Empty: nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Details(Vec<Map<String, Value>>);

impl Details {
    /// Reads the parameter of a request of `client`; without it nothing is asked for.
    ///
    /// # Errors
    /// `invalid_authorization_details` (RFC 9396 §5): longer than 4 KiB, no list of objects, a type that is not known or not the
    /// application's, a member that its schema does not admit.
    pub fn read(params: &Params, client: &Client, scopes: &Scopes) -> Result<Self, Refused> {
        let Some(details) = Self::asked(params)? else { return Ok(Self::default()) };
        details.judge(client, scopes)?;
        Ok(details)
    }

    /// Reads the parameter of a request, of whatever types. None without it.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn asked(params: &Params) -> Result<Option<Self>, Refused> {
        params.text(PARAMETER).map(Self::parse).transpose()
    }

    /// Whether `client` may ask for them.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn judge(&self, client: &Client, scopes: &Scopes) -> Result<(), Refused> {
        self.0.iter().try_for_each(|one| judge(one, client, scopes))
    }

    /// Reads its text. Which types there are is not looked at.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn parse(text: &str) -> Result<Self, Refused> {
        if text.len() > MAX_OCTETS {
            return Err(invalid("at most 4096 octets", format!("{} octets", text.len())));
        }
        let form = "a JSON array of objects without repeated members, at most five deep";
        let value =
            jose::json::parse_strict(text.as_bytes(), MAX_DEPTH).map_err(|error| invalid(form, error.to_string()))?;
        let Value::Array(list) = value else { return Err(invalid(form, "another value")) };
        if !(1..=MOST).contains(&list.len()) {
            return Err(invalid("1 to 20 objects", format!("{} of them", list.len())));
        }
        let object = |one| match one {
            Value::Object(members) => Ok(members),
            _ => Err(invalid(form, "an element that is no object")),
        };
        let mut details = Self(Vec::new());
        for one in list.into_iter().map(object) {
            let one = one?;
            // The same twice asks for it once.
            if !details.0.contains(&one) {
                details.0.push(one);
            }
        }
        // It is stored and compared: what is another number when it is written and read again could not be named again.
        let written = jose::json::parse_strict(details.to_value().to_string().as_bytes(), MAX_DEPTH);
        if written.ok().as_ref() != Some(&details.to_value()) {
            return Err(invalid("numbers of at most 15 digits", "one of more"));
        }
        Ok(details)
    }

    /// As it is stored and shown.
    pub fn to_value(&self) -> Value {
        self.0.iter().cloned().map(Value::Object).collect()
    }

    /// What [`Self::to_value`] made. None for what it did not.
    pub fn from_value(value: &Value) -> Option<Self> {
        let members = |one: &Value| one.as_object().filter(|members| kind(members).is_some()).cloned();
        value.as_array()?.iter().map(members).collect::<Option<_>>().map(Self)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each with its type as the environment has it, for whoever shows them to a person: the words are its `description`. A type that
    /// was taken away is left out, as it is of tokens.
    pub fn explained<'a>(
        &'a self,
        scopes: &'a Scopes,
    ) -> impl Iterator<Item = (&'a AuthorizationDetailsType, &'a Map<String, Value>)> {
        self.0.iter().filter_map(|one| Some((scopes.details_type(kind(one)?)?, one)))
    }

    /// What of them `asked` names, where it names some (RFC 9396 §6.1). A token request narrows, object by object: what two objects of
    /// a type allow beside each other only their resource knows, so each is asked for as it was granted.
    ///
    /// # Errors
    /// `invalid_authorization_details` for one that was not granted.
    pub fn narrowed(&self, asked: Option<&Self>) -> Result<Self, Refused> {
        let Some(asked) = asked else { return Ok(self.clone()) };
        match asked.0.iter().find(|one| !self.0.contains(one)) {
            None => Ok(asked.clone()),
            Some(one) => {
                let came = format!("another of the type {}", kind(one).map(told::name).unwrap_or_default());
                let expected = "objects that were authorized, as they were";
                Err(Refused::new(Reason::AuthorizationDetailsWider, expected, came).about(PARAMETER))
            }
        }
    }

    /// Those that the application may still use, as the types are now: a type that was taken away allows nothing more (RT-10).
    #[must_use]
    pub fn held(&self, client: &Client, scopes: &Scopes) -> Self {
        Self(self.0.iter().filter(|one| judge(one, client, scopes).is_ok()).cloned().collect())
    }

    /// Those of these resources.
    #[must_use]
    pub fn at(&self, resources: &[ResourceId], scopes: &Scopes) -> Self {
        let is_there = |one: &&Map<String, Value>| {
            kind(one).and_then(|kind| scopes.details_type(kind)).is_some_and(|of| resources.contains(&of.resource))
        };
        Self(self.0.iter().filter(is_there).cloned().collect())
    }

    /// The resources that they are for, each once.
    pub fn resources(&self, scopes: &Scopes) -> Vec<ResourceId> {
        let found = self.explained(scopes).map(|(of, _)| of.resource);
        found.collect::<BTreeSet<_>>().into_iter().collect()
    }
}

fn kind(one: &Map<String, Value>) -> Option<&str> {
    one.get("type")?.as_str()
}

fn judge(one: &Map<String, Value>, client: &Client, scopes: &Scopes) -> Result<(), Refused> {
    let allowed = &client.application.authorization_details_types;
    let Some(name) = kind(one) else { return Err(invalid("objects with a type", "one without")) };
    // What a stranger's client says it may use counts at resources that are open to strangers, as its scopes do (CR-07).
    let opened = |of: &AuthorizationDetailsType| {
        !client.is_foreign() || client.grants.iter().any(|grant| grant.resource == of.resource)
    };
    // RFC 9396 §5, §10: unknown, or not among authorization_details_types of the client.
    let Some(of) = scopes.details_type(name).filter(|of| allowed.contains(&of.name) && opened(of)) else {
        let known = if allowed.is_empty() { "none".to_owned() } else { allowed.join(" or ") };
        return Err(invalid(&format!("a type that the application may use: {known}"), told::name(name)));
    };
    schema::check(&of.schema, one).map_err(|fault| {
        let schema::Fault { at, expected, came } = fault;
        invalid(&format!("{}{at}: {expected}", of.name), came)
    })
}

fn invalid(expected: &str, came: impl Into<String>) -> Refused {
    Refused::new(Reason::AuthorizationDetailsInvalid, expected, came).about(PARAMETER)
}

pub const PARAMETER: &str = "authorization_details";
/// They stand in tokens, which stand in headers.
const MAX_OCTETS: usize = 4_096;
/// The list, an object of it, and three levels below: with the claims around it what a token of ours may be deep.
const MAX_DEPTH: usize = 5;
const MOST: usize = 20;

#[cfg(test)]
mod tests;
