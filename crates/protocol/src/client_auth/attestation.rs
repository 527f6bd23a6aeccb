//! Decides whether an attestation and the proof of its key prove an instance of a client
//! (draft-ietf-oauth-attestation-based-client-auth-10, with the proof in a header of its own, or with the DPoP proof in its place).
//!
//! Whom the environment trusts to attest says which client this is and which key the instance has; the instance signs for each request.

use jose::claims::{CheckedClaims, Checks, TypRule};
use jose::{Compact, Jwk, Verified, VerifyingKey};
use serde_json::Value;

use super::Method;
use super::assertion::{self, Expected, Told, hash, payload};
use crate::change::{Change, UsedAssertion};
use crate::client::Client;
use crate::confirmation::{Confirmation, Thumbprint};
use crate::dpop::{self, Nonces};
use crate::model::{TrustedIssuer, TrustedIssuerType};
use crate::policy::RFC9700;
use crate::policy::{ASSERTION_SKEW, ATTESTATION_PROOF_SECONDS};
use crate::refusal::{Reason, Refused};
use crate::secret::TokenHash;
use crate::time::Time;

/// The values of the header fields, line by line.
#[derive(Clone, Debug, Default)]
pub struct Sent<'a> {
    pub attestation: Vec<&'a [u8]>,
    pub proof: Vec<&'a [u8]>,
    /// Of `DPoP`, which is the proof where there is no other (§5.2).
    pub dpop: Vec<&'a [u8]>,
}

/// Which proof of the key of an instance came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// One for this alone (§5.1).
    Own,
    /// The DPoP proof of the request (§5.2).
    Dpop,
}

impl Kind {
    pub(super) const fn methods(self) -> &'static [Method] {
        match self {
            Self::Own => &[Method::AttestJwtClientAuth],
            Self::Dpop => &[Method::AttestJwtClientAuthDpop],
        }
    }

    pub(super) const fn describe(self) -> &'static str {
        match self {
            Self::Own => "a client attestation",
            Self::Dpop => "a client attestation with a DPoP proof",
        }
    }
}

impl<'a> Sent<'a> {
    pub fn is_some(&self) -> bool {
        !self.attestation.is_empty() || !self.proof.is_empty()
    }

    /// The attestation and the proof, neither believed (§8.1, §8.2: precisely one of each; §8.3: the DPoP proof counts where there is
    /// no other).
    ///
    /// # Errors
    /// `invalid_client`.
    pub(super) fn both(&self) -> Result<(&'a str, &'a str, Kind), Refused> {
        let one = |lines: &[&'a [u8]], name: &str| match lines {
            [line] => str::from_utf8(line)
                .ok()
                .filter(|text| text.bytes().all(is_token68))
                .ok_or_else(|| malformed(name, "no token68")),
            [] => Err(malformed(name, "none")),
            _ => Err(malformed(name, "several")),
        };
        let attestation = one(&self.attestation, ATTESTATION)?;
        if self.proof.is_empty() && !self.dpop.is_empty() {
            return Ok((attestation, one(&self.dpop, DPOP)?, Kind::Dpop));
        }
        Ok((attestation, one(&self.proof, PROOF)?, Kind::Own))
    }
}

/// The client that the attestation says it is of. Nothing is believed of it.
pub(super) fn subject(attestation: &str) -> Option<String> {
    Some(payload(attestation)?.get("sub")?.as_str()?.to_owned())
}

/// Those whom the environment trusts to attest the client; where the attestation names one, that one.
pub(super) fn attesters<'a>(
    attestation: &str,
    client_id: &str,
    issuers: &'a [TrustedIssuer],
) -> Vec<&'a TrustedIssuer> {
    let named = payload(attestation).and_then(|claims| Some(claims.get("iss")?.as_str()?.to_owned()));
    let attests = |one: &&TrustedIssuer| {
        one.kind == TrustedIssuerType::ClientAttester
            && named.as_ref().is_none_or(|named| *named == one.issuer)
            && one.applications(client_id).next().is_some()
    };
    issuers.iter().filter(attests).collect()
}

/// Under what a proof is remembered.
pub(super) fn used_as(proof: &str) -> Option<TokenHash> {
    Some(hash(payload(proof)?.get("jti")?.as_str()?))
}

/// Verifies both. What makes the proof the only one, and the key of the instance.
///
/// # Errors
/// `invalid_client`, with the claim for the owner; `use_fresh_attestation` for one that has ended, `use_attestation_challenge` for a proof
/// without the challenge that this server gave lately (§8.4); `invalid_dpop_proof`.
pub(super) fn prove(
    (attestation, proof, kind): (&str, &str, Kind),
    client: &Client,
    trusted: Option<&TrustedIssuer>,
    expected: Option<&Expected<'_>>,
    challenges: Option<Nonces<'_>>,
    now: Time,
) -> Result<(Vec<Change>, Thumbprint), Refused> {
    let application = &client.application;
    let attests = |one: &&TrustedIssuer| one.applications(&application.client_id).any(|id| id == application.id);
    assertion::readable(attestation).map_err(of_attestation)?;
    let (Some(trusted), Some(expected)) = (trusted.filter(attests), expected) else {
        let expected = "an attestation by a CLIENT_ATTESTER among trustedIssuers that has the application";
        return Err(Refused::new(Reason::AttesterUnknown, expected, "another's"));
    };
    let key = attested(attestation, client, trusted, expected, now)?;
    let (hash, expires_at) = match kind {
        Kind::Own => own(proof, &key, expected, challenges, now)?,
        Kind::Dpop => combined(proof, &key, expected, challenges, now)?,
    };
    if expected.used {
        return Err(Refused::new(Reason::AssertionUsed, "a proof that was not used before", "its jti again"));
    }
    let (environment, application) = (application.environment, application.id);
    let used = Change::UseAssertion(UsedAssertion { environment, application, hash, expires_at });
    Ok((vec![used], Thumbprint::of(&key)))
}

/// §8.2. Under what the proof is remembered, and until when.
fn own(
    text: &str,
    key: &Jwk,
    expected: &Expected<'_>,
    challenges: Option<Nonces<'_>>,
    now: Time,
) -> Result<(TokenHash, Time), Refused> {
    let claims = proven(text, key, expected.issuer, now)?;
    challenged(&claims, challenges)?;
    let jti = claims.jwt_id.as_deref().filter(|jti| (1..=256).contains(&jti.len()));
    let (Some(jti), Some(issued_at)) = (jti, claims.issued_at) else {
        return Err(of_attestation(Told::new(text, None, PROOF_TYPE).of("jti", "of 1 to 256 bytes")));
    };
    Ok((hash(jti), Time::from_secs(issued_at).plus(ATTESTATION_PROOF_SECONDS + ASSERTION_SKEW)))
}

/// §8.3, likewise: a DPoP proof of this request by the attested key, with a challenge for its nonce. A nonce that this server gave for
/// DPoP proofs does as well: whoever is sent one must use it (RFC 9449 §8.2).
fn combined(
    text: &str,
    key: &Jwk,
    expected: &Expected<'_>,
    challenges: Option<Nonces<'_>>,
    now: Time,
) -> Result<(TokenHash, Time), Refused> {
    let url = expected.endpoints.last().map(String::as_str).unwrap_or_default();
    let asked = dpop::Expected { method: "POST", url, access_token: None, nonces: None, now };
    let proof = dpop::prove(text, &asked)?;
    let (attested, shown) = (Confirmation::Jkt(Thumbprint::of(key)), proof.confirmation());
    if attested != shown {
        let expected = format!("a DPoP proof by the key in cnf of the attestation, {}", attested.told());
        return Err(Refused::new(Reason::AttestationInvalid, expected, shown.told()));
    }
    let claims = payload(text).unwrap_or_default();
    let nonce = claims.get("nonce").and_then(Value::as_str);
    let given = |challenges: Nonces<'_>| {
        nonce.is_some_and(|nonce| challenges.knows_challenge(nonce)) || challenges.judge(nonce).is_ok()
    };
    if !challenges.is_none_or(given) {
        let came = if nonce.is_some() { "nonce: an older one, or another server's" } else { "nonce: none" };
        let expected = "nonce: a challenge of this server's challenge endpoint";
        return Err(Refused::new(Reason::AttestationChallengeRequired, expected, came));
    }
    let jti = claims.get("jti").and_then(Value::as_str).unwrap_or_default();
    Ok((hash(jti), proof.expires_at()))
}

/// §8.1: the key that whoever is trusted says the instance has.
fn attested(
    text: &str,
    client: &Client,
    trusted: &TrustedIssuer,
    expected: &Expected<'_>,
    now: Time,
) -> Result<Jwk, Refused> {
    let verified =
        assertion::verify(text, None, &RFC9700, expected.keys, now).map_err(|refused| match refused.reason {
            Reason::ClientKeyUnknown | Reason::ClientKeyExpired => Refused {
                reason: Reason::AttesterUnknown,
                expected: format!("a key of the attester {}", trusted.issuer),
                ..refused
            },
            _ => of_attestation(refused),
        })?;
    let told = Told::new(text, verified.typ.clone(), ATTESTATION_TYPE);
    let has_time = payload(text).is_some_and(|claims| claims.get("exp").is_some_and(Value::is_number));
    let claims = checked(verified, &["sub", "exp", "cnf"], ATTESTATION_TYPE, now).map_err(|error| match error {
        // §8.4: "deemed to be not fresh enough". One without a time would be no fresher the next time.
        jose::Error::Claim("exp") if has_time => {
            Refused { reason: Reason::AttestationStale, ..told.of_error(error, "") }
        }
        error => of_attestation(told.of_error(error, &client.application.client_id)),
    })?;
    if claims.subject.as_deref() != Some(client.application.client_id.as_str()) {
        return Err(of_attestation(told.of("sub", &client.application.client_id)));
    }
    // RFC 7800 §3.2; a private key is refused where it is read (§8.1).
    let jwk = claims.all.get("cnf").and_then(|cnf| cnf.get("jwk"));
    let invalid = |came: String| Refused::new(Reason::AttestationInvalid, "cnf.jwk: a public key", came);
    Jwk::from_json(jwk.ok_or_else(|| invalid("none".into()))?).map_err(|error| invalid(error.to_string()))
}

/// §8.2: signed by the instance, for this server alone, just now.
fn proven(text: &str, key: &Jwk, issuer: &str, now: Time) -> Result<CheckedClaims, Refused> {
    let invalid = |error: jose::Error| {
        Refused::new(
            Reason::AttestationInvalid,
            "a proof signed with the key in cnf of the attestation",
            error.to_string(),
        )
    };
    let compact = Compact::parse(text).map_err(invalid)?;
    // RFC 8725 §3.1: a public key makes no MAC.
    let verifying = VerifyingKey::from_jwk(key, compact.alg()).map_err(invalid)?;
    let verified = compact.verify(&verifying).map_err(invalid)?;
    let told = Told::new(text, verified.typ.clone(), PROOF_TYPE);
    let claims = checked(verified, &["aud", "jti", "iat"], PROOF_TYPE, now)
        .map_err(|error| of_attestation(told.of_error(error, issuer)))?;
    if claims.audience != [issuer] {
        return Err(of_attestation(told.of("aud", &format!("{issuer} alone"))));
    }
    let oldest = now.secs().saturating_sub(ATTESTATION_PROOF_SECONDS + ASSERTION_SKEW);
    if claims.issued_at.is_none_or(|iat| iat < oldest) {
        return Err(of_attestation(told.of("iat", "at most five minutes ago")));
    }
    Ok(claims)
}

/// §7: whoever offers challenges demands them. Each is good for some minutes, on every process.
fn challenged(claims: &CheckedClaims, challenges: Option<Nonces<'_>>) -> Result<(), Refused> {
    let Some(challenges) = challenges else { return Ok(()) };
    let challenge = claims.all.get("challenge").and_then(Value::as_str);
    if challenge.is_some_and(|challenge| challenges.knows_challenge(challenge)) {
        return Ok(());
    }
    let came = if challenge.is_some() { "challenge: an older one, or another server's" } else { "challenge: none" };
    Err(Refused::new(Reason::AttestationChallengeRequired, "challenge: one of this server's challenge endpoint", came))
}

fn checked(
    verified: Verified,
    required: &[&'static str],
    typ: &'static str,
    now: Time,
) -> Result<CheckedClaims, jose::Error> {
    Checks {
        issuer: None,
        audience: None,
        // RFC 8725 §3.11.
        typ: TypRule::Required(&[typ]),
        required,
        now: now.secs(),
        skew: ASSERTION_SKEW,
        ahead: ASSERTION_SKEW,
    }
    .check(verified)
}

fn of_attestation(refused: Refused) -> Refused {
    let expected = refused.expected.replace("of the application", "of the attester");
    Refused { reason: Reason::AttestationInvalid, expected, ..refused }
}

fn malformed(name: &str, came: &str) -> Refused {
    Refused::new(Reason::AttestationInvalid, format!("one header {name}"), came)
}

/// RFC 9110 §11.2.
const fn is_token68(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_' | b'~' | b'+' | b'/' | b'=')
}

const ATTESTATION: &str = "OAuth-Client-Attestation";
const PROOF: &str = "OAuth-Client-Attestation-PoP";
const DPOP: &str = "DPoP";
const ATTESTATION_TYPE: &str = "oauth-client-attestation+jwt";
const PROOF_TYPE: &str = "oauth-client-attestation-pop+jwt";
