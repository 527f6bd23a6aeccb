//! Decides what a software statement says of the client that shows it (RFC 7591 §2.3, §3.1.1): metadata of the software, signed by whom the
//! environment trusts to know it.
//!
//! Whoever has the software has its statement. So it says what the software is and never who shows it: what it says stands in place of what
//! the client says, and it gives nothing that the client would not have been given without it.

use jose::Jwks;
use jose::claims::{Checks, TypRule};
use serde_json::{Map, Value};

use super::metadata;
use crate::client_auth::{Asserted, Keys, Told, unverified, verify};
use crate::model::{TrustedIssuer, TrustedIssuerType};
use crate::policy::{ASSERTION_SKEW, RFC9700};
use crate::refusal::{Reason, Refused};
use crate::time::Time;
use crate::told;

/// A software statement that was taken apart. [`Statement::verify`] says whether it may be believed.
#[derive(Debug)]
pub struct Statement<'a> {
    text: &'a str,
    asserted: Asserted<'a>,
    claims: Map<String, Value>,
}

impl<'a> Statement<'a> {
    /// The one among client metadata. None: there is none.
    ///
    /// # Errors
    /// `invalid_software_statement` for what is no signed JWT of at most 16 KiB.
    pub fn of(metadata: &'a Map<String, Value>) -> Result<Option<Self>, Refused> {
        match metadata.get(MEMBER) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Self::read(text).map(Some).ok_or_else(|| malformed("no signed JWT")),
            Some(_) => Err(malformed("no text")),
        }
    }

    /// One that is kept with a client: it was verified when the client was registered with it.
    pub fn read(text: &'a str) -> Option<Self> {
        let asserted = Asserted::read(text).filter(|_| text.len() <= LARGEST)?;
        Some(Self { text, asserted, claims: unverified(text)? })
    }

    pub fn text(&self) -> &'a str {
        self.text
    }

    pub fn asserted(&self) -> &Asserted<'a> {
        &self.asserted
    }

    /// Who, of those whom the environment trusts to make statements, is named as the one that made this one.
    ///
    /// # Errors
    /// `unapproved_software_statement`: nobody is, or not for this software.
    pub fn trusted<'t>(&self, issuers: &'t [TrustedIssuer]) -> Result<&'t TrustedIssuer, Refused> {
        let named = self.claim("iss");
        let mut makers = issuers.iter().filter(|one| one.kind == TrustedIssuerType::SoftwareStatement);
        let trusted = makers.find(|one| named == Some(one.issuer.as_str())).ok_or_else(|| {
            let came = named.map_or_else(|| "iss: none".to_owned(), |iss| format!("iss: {}", told::address(iss)));
            unapproved("iss: an issuer of the type SOFTWARE_STATEMENT among trustedIssuers", came)
        })?;
        let software = self.claim("software_id");
        let known = |software: &str| trusted.software.iter().any(|one| one == software);
        if !trusted.software.is_empty() && !software.is_some_and(known) {
            let came = software.map_or_else(|| "none".to_owned(), told::name);
            let expected = format!("software_id: one of softwareIds of the trusted issuer (iss: {})", trusted.issuer);
            return Err(unapproved(expected, format!("software_id: {came}")));
        }
        Ok(trusted)
    }

    /// Whether it is by the issuer, for this server, and at its time. `issuer` is that of the environment.
    ///
    /// # Errors
    /// `invalid_software_statement`, with the claim or the key for the owner.
    pub fn verify(
        &self,
        trusted: &TrustedIssuer,
        keys: Result<&Jwks, &str>,
        issuer: &str,
        now: Time,
    ) -> Result<(), Refused> {
        let of_statement = |refused: Refused| {
            let expected = match refused.reason {
                Reason::ClientKeyUnknown | Reason::ClientKeyExpired => {
                    "a key in the trusted issuer's jwks or at its jwksUrl"
                }
                _ => &refused.expected,
            };
            let expected = format!("{expected} (iss: {})", trusted.issuer);
            Refused { reason: Reason::SoftwareStatementInvalid, expected, ..refused }
        };
        let verified = verify(self.text, None, &RFC9700, Keys::Public(keys), now).map_err(of_statement)?;
        let told = Told::new(self.text, verified.typ.clone(), "JWT or none");
        let claims = Checks {
            issuer: Some(&trusted.issuer),
            // Judged below: it may be for many servers, and need not say for whom.
            audience: None,
            // RFC 8725 §3.11: a token of another kind is no statement.
            typ: TypRule::Optional(&["JWT"]),
            required: &["iss"],
            now: now.secs(),
            skew: ASSERTION_SKEW,
            ahead: ASSERTION_SKEW,
        };
        let claims = claims.check(verified).map_err(|error| of_statement(told.of_error(error, &trusted.issuer)))?;
        // RFC 7519 §4.1.3: whoever is not named must refuse it. Who asked for a name of their own has it said.
        let audience = trusted.audience.as_deref().unwrap_or(issuer);
        let unsaid = claims.audience.is_empty() && trusted.audience.is_none() && !self.claims.contains_key("aud");
        if !unsaid && !claims.audience.iter().any(|named| named == audience) {
            return Err(of_statement(told.of("aud", audience)));
        }
        Ok(())
    }

    /// The metadata with what the statement says in place of what the client says (RFC 7591 §3.1.1). Of a statement too nothing is
    /// read but client metadata; null is as if it were not there.
    #[must_use]
    pub fn over(&self, metadata: &Map<String, Value>) -> Map<String, Value> {
        let mut merged = metadata.clone();
        merged.remove(MEMBER);
        let said = self.claims.iter().filter(|(name, value)| metadata::is_member(name) && !value.is_null());
        merged.extend(said.map(|(name, value)| (name.clone(), value.clone())));
        merged
    }

    /// Whether it may stand where `kept` stood: the same software, by the word of the same issuer. Otherwise a client would rid itself of
    /// what its statement said by showing another one.
    ///
    /// # Errors
    /// `unapproved_software_statement`.
    pub fn replaces(&self, kept: &Statement<'_>) -> Result<(), Refused> {
        let other = ["iss", "software_id"].into_iter().find(|name| self.claims.get(*name) != kept.claims.get(*name));
        match other {
            None => Ok(()),
            Some(name) => Err(unapproved(format!("{name}: that of the statement before"), format!("{name}: another"))),
        }
    }

    fn claim(&self, name: &str) -> Option<&str> {
        self.claims.get(name)?.as_str()
    }
}

/// What a client without a statement is told where the environment demands one.
pub fn missing() -> Refused {
    let told = "software_statement must be sent: this server registers approved software alone";
    let expected = "a software statement, as softwareStatementRequired of the environment says";
    Refused::new(Reason::ClientMetadataInvalid, expected, "none").saying(told)
}

fn malformed(came: &str) -> Refused {
    Refused::new(Reason::SoftwareStatementInvalid, "a signed JWT of at most 16384 characters", came)
}

fn unapproved(expected: impl Into<String>, came: impl Into<String>) -> Refused {
    Refused::new(Reason::SoftwareStatementUnapproved, expected, came)
}

pub(super) const MEMBER: &str = "software_statement";
/// It is kept with the client, and told again.
const LARGEST: usize = 16 * 1024;
