//! Decides whether the token of a workload proves an application: one that an issuer made which the environment trusts, for whoever
//! runs there, and not for this server alone (RFC 7523 §3, draft-ietf-oauth-spiffe-client-auth §3.1).
//!
//! Its `iss` and `sub` are not the client's id: issuer and subject find the application.

use jose::claims::{CheckedClaims, Checks, TypRule};

use super::Presented;
use super::assertion::{self, Expected, Told, payload};
use crate::change::Change;
use crate::client::Client;
use crate::model::{TrustedIssuer, TrustedIssuerType, trust_domain};
use crate::policy::RFC9700;
use crate::policy::{ASSERTION_SKEW, WORKLOAD_SECONDS};
use crate::refusal::{Reason, Refused};
use crate::time::Time;
use crate::told;

/// Whose token this says it is. Nothing of it is believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// `iss`, or the trust domain of a JWT-SVID.
    pub issuer: String,
    pub subject: String,
}

impl Claimed {
    /// Of a token of type `jwt-bearer`. A token with one name for both is the client's own.
    pub(super) fn of_bearer(text: &str) -> Option<Self> {
        let claims = payload(text)?;
        let claim = |name: &str| claims.get(name)?.as_str().map(str::to_owned);
        let (issuer, subject) = (claim("iss")?, claim("sub")?);
        (issuer != subject).then_some(Self { issuer, subject })
    }

    /// Of a JWT-SVID: `iss` says nothing in it (JWT-SVID §3), the trust domain does.
    pub(super) fn of_svid(text: &str) -> Option<Self> {
        let subject = payload(text)?.get("sub")?.as_str()?.to_owned();
        let issuer = trust_domain(&subject)?.to_owned();
        Some(Self { issuer, subject })
    }

    /// The issuer of the environment whose token it says it is.
    pub(super) fn trusted<'a>(&self, issuers: &'a [TrustedIssuer]) -> Option<&'a TrustedIssuer> {
        let workloads = issuers.iter().filter(|one| one.kind == TrustedIssuerType::Workload);
        workloads.into_iter().find(|trusted| trusted.issuer == self.issuer)
    }

    /// Why it is nobody's, for the owner: the issuer, or the name that it gave.
    pub(super) fn unknown(&self, trusted: Option<&TrustedIssuer>) -> Refused {
        let (expected, came) = match trusted {
            None => ("iss: a trusted issuer of the environment".to_owned(), "of an issuer that is none".to_owned()),
            Some(trusted) => (meant(trusted, None), format!("sub: {}", told::name(&self.subject))),
        };
        Refused::new(Reason::WorkloadUnknown, expected, format!("{came} (iss: {})", told::address(&self.issuer)))
    }

    /// For an event: who it is, once that is proven.
    fn told(&self) -> String {
        let said: String = self.subject.chars().take(LONGEST_TOLD).collect();
        format!("workload {said} of {}", self.issuer)
    }
}

/// Verifies the token by which `client` came. What it says of the workload, and what makes it the only use where it must be.
///
/// # Errors
/// `invalid_client`, with issuer, claim, expected and came for the owner.
pub(super) fn prove(
    presented: &Presented,
    text: &str,
    client: &Client,
    trusted: Option<&TrustedIssuer>,
    expected: Option<&Expected<'_>>,
    now: Time,
) -> Result<(Vec<Change>, String), Refused> {
    let application = &client.application;
    let claimed = presented.claimed().ok_or_else(|| {
        Refused::new(Reason::WorkloadUnknown, "a token whose iss and sub name a workload", "one that names none")
    })?;
    assertion::readable(text).map_err(|refused| Refused { reason: Reason::WorkloadTokenInvalid, ..refused })?;
    let (Some(trusted), Some(expected)) = (trusted, expected) else { return Err(claimed.unknown(None)) };
    if !trusted.applications(&claimed.subject).any(|id| id == application.id) {
        let came = format!("sub: {} (iss: {})", told::name(&claimed.subject), trusted.issuer);
        return Err(Refused::new(Reason::WorkloadUnknown, meant(trusted, Some(client)), came));
    }
    let changes = verified(text, client, trusted, expected, now).map_err(|refused| of_issuer(refused, trusted))?;
    Ok((changes, claimed.told()))
}

fn verified(
    text: &str,
    client: &Client,
    trusted: &TrustedIssuer,
    expected: &Expected<'_>,
    now: Time,
) -> Result<Vec<Change>, Refused> {
    let verified = assertion::verify(text, None, &RFC9700, expected.keys, now)?;
    let told = Told::new(text, verified.typ.clone(), "JWT, JOSE or none");
    let own = if trusted.is_spiffe() { &SVID[..] } else { &BEARER[..] };
    let claims = Checks {
        issuer: (!trusted.is_spiffe()).then_some(trusted.issuer.as_str()),
        // Judged below: it must stand alone.
        audience: None,
        // JWT-SVID §2.3; CI systems and clusters say JWT or nothing. A token of another kind is none (RFC 8725 §3.11).
        typ: TypRule::Optional(&["JWT", "JOSE"]),
        required: own,
        now: now.secs(),
        skew: ASSERTION_SKEW,
        ahead: ASSERTION_SKEW,
    }
    .check(verified)
    .map_err(|error| told.of_error(error, &trusted.issuer))?;
    let audience = trusted.audience.as_deref().unwrap_or(expected.issuer);
    // draft-ietf-oauth-spiffe-client-auth §3.1: "as its sole value". Whoever else it is for could show it here.
    if claims.audience != [audience] {
        return Err(told.of("aud", &format!("{audience} alone")));
    }
    in_bounds(&claims, now, &told)?;
    if !trusted.single_use {
        return Ok(Vec::new());
    }
    assertion::use_once(&claims, &client.application, expected.used, &told)
}

/// What lives longer is no proof of who runs now.
fn in_bounds(claims: &CheckedClaims, now: Time, told: &Told<'_>) -> Result<(), Refused> {
    let longest = now.secs().saturating_add(WORKLOAD_SECONDS + ASSERTION_SKEW);
    if claims.expires_at.is_some_and(|exp| exp > longest) {
        return Err(told.of("exp", "at most a day ahead"));
    }
    Ok(())
}

/// The refusal of a client's own assertion, in the words for a workload's token.
fn of_issuer(refused: Refused, trusted: &TrustedIssuer) -> Refused {
    let (reason, expected) = match refused.reason {
        Reason::ClientKeyUnknown | Reason::ClientKeyExpired => {
            (Reason::WorkloadKeyUnknown, "a key in the trusted issuer's jwks or at its jwksUrl".to_owned())
        }
        Reason::AssertionInvalid => {
            (Reason::WorkloadTokenInvalid, refused.expected.replace("of the application", "of the trusted issuer"))
        }
        other => (other, refused.expected),
    };
    Refused { reason, expected: format!("{expected} (iss: {})", trusted.issuer), ..refused }
}

/// The names that are known of the issuer, of one application where it is said.
fn meant(trusted: &TrustedIssuer, client: Option<&Client>) -> String {
    let of_client = |id| client.is_none_or(|client| client.application.id == id);
    let known = trusted.workloads.iter().filter(|workload| of_client(workload.application));
    let mut known: Vec<&str> = known.map(|workload| workload.subject.as_str()).take(MOST_TOLD + 1).collect();
    if known.len() > MOST_TOLD {
        known[MOST_TOLD] = "…";
    }
    format!("sub: {}", if known.is_empty() { "none is registered".to_owned() } else { known.join(" or ") })
}

const BEARER: [&str; 4] = ["iss", "sub", "aud", "exp"];
const SVID: [&str; 3] = ["sub", "aud", "exp"];
const LONGEST_TOLD: usize = 256;
const MOST_TOLD: usize = 3;
