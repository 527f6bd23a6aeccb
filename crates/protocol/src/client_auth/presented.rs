//! Decides which one mechanism of client authentication a request used (RFC 6749 §2.3, RFC 9110 §11.4, RFC 7521 §4.2).

use zeroize::Zeroizing;

use super::Method;
use super::assertion::{Asserted, payload};
use super::attestation::{self, Kind, Sent};
use super::workload::Claimed;
use crate::basic::{Basic, BasicDecoding, parse_basic};
use crate::model::TrustedIssuer;
use crate::params::{Params, decode_component};
use crate::refusal::{Reason, Refused};
use crate::secret::TokenHash;

/// A request's client credentials: at most one mechanism, not compared with anything yet.
#[derive(Clone, Debug)]
pub struct Presented {
    client_id: String,
    /// Whether `client_id` was sent.
    named: bool,
    pub(super) mechanism: Mechanism,
}

#[derive(Clone)]
pub(super) enum Mechanism {
    /// An attestation, and the proof of its key.
    Attestation {
        attestation: Zeroizing<String>,
        proof: Zeroizing<String>,
        kind: Kind,
    },
    /// The header, well formed in its outer form. None: its secret is empty or not form-encoded.
    Basic(Option<Zeroizing<String>>),
    Post(Zeroizing<String>),
    /// A client assertion, as it came, and the methods that its algorithm may be of.
    Assertion(Zeroizing<String>, &'static [Method]),
    /// No secret of any kind: only a public client is content with that, and one that its connection shows a certificate of.
    ClientId,
}

impl Presented {
    /// Reads the credentials of a request: the values of its `Authorization` lines, its body's parameters, its raw query.
    ///
    /// # Errors
    /// What is ambiguous or in the wrong place is `invalid_request` with 400: credentials in the query (RFC 6749
    /// §2.3.1), two mechanisms, two header lines, two different client ids. What is merely no proof is `invalid_client`
    /// with 401: another scheme, malformed Basic, nothing at all.
    pub fn read(authorization: &[&[u8]], params: &Params, query: Option<&str>) -> Result<Self, Refused> {
        Self::read_attested(authorization, &Sent::default(), params, query)
    }

    /// The same of a request that has the header fields of an attestation.
    ///
    /// # Errors
    /// As [`Self::read`]; `invalid_client` where there is not one of each field.
    pub fn read_attested(
        authorization: &[&[u8]],
        attested: &Sent<'_>,
        params: &Params,
        query: Option<&str>,
    ) -> Result<Self, Refused> {
        if let Some(name) = query.and_then(secret_in_query) {
            return Err(Refused::new(
                Reason::CredentialsInQuery,
                "credentials in the body",
                format!("{name} in the query"),
            ));
        }
        let header = one_line(authorization)?;
        let secret = params.text("client_secret");
        let assertion = params.text("client_assertion").or(params.text("client_assertion_type"));
        let sent = [
            (header.is_some(), "an Authorization header"),
            (secret.is_some(), "client_secret in the body"),
            (assertion.is_some(), "a client assertion"),
            (attested.is_some(), "a client attestation"),
        ];
        let sent: Vec<_> = sent.into_iter().filter_map(|(present, name)| present.then_some(name)).collect();
        if sent.len() > 1 {
            return Err(Refused::new(Reason::ClientAuthAmbiguous, "one mechanism", sent.join(" and ")));
        }
        let claimed = params.text("client_id");
        match (header, secret, assertion) {
            (Some(header), ..) => from_basic(header, claimed),
            (_, Some(secret), _) => from_post(claimed, secret),
            (_, _, Some(_)) => from_assertion(claimed, params),
            _ if attested.is_some() => from_attestation(claimed, attested),
            _ => from_client_id(claimed),
        }
    }

    /// The client that the request claims to come from.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// The client that the request names, where it is not only read from an assertion.
    pub fn named(&self) -> Option<&str> {
        self.named.then_some(self.client_id.as_str())
    }

    /// The workload that the request says it comes from, where it shows a token that may be one's.
    pub fn claimed(&self) -> Option<Claimed> {
        match &self.mechanism {
            Mechanism::Assertion(text, [Method::WorkloadIdentity]) => Claimed::of_svid(text),
            Mechanism::Assertion(text, methods) if methods.contains(&Method::WorkloadIdentity) => {
                Claimed::of_bearer(text)
            }
            Mechanism::Assertion(..)
            | Mechanism::Attestation { .. }
            | Mechanism::Basic(_)
            | Mechanism::Post(_)
            | Mechanism::ClientId => None,
        }
    }

    /// Those of the environment whose word may be for this: the issuer of a workload's token, the attesters of a client.
    pub fn trusted<'a>(&self, issuers: &'a [TrustedIssuer]) -> Vec<&'a TrustedIssuer> {
        match &self.mechanism {
            Mechanism::Attestation { attestation, .. } => attestation::attesters(attestation, &self.client_id, issuers),
            _ => self.claimed().and_then(|claimed| claimed.trusted(issuers)).into_iter().collect(),
        }
    }

    /// Under what is remembered that it was used.
    pub fn used_as(&self) -> Option<TokenHash> {
        match &self.mechanism {
            Mechanism::Attestation { proof, .. } => attestation::used_as(proof),
            _ => self.assertion()?.used_as(),
        }
    }

    /// The methods that use this mechanism.
    pub(super) const fn methods(&self) -> &'static [Method] {
        match self.mechanism {
            Mechanism::Attestation { kind, .. } => kind.methods(),
            Mechanism::Basic(_) => &[Method::ClientSecretBasic],
            Mechanism::Post(_) => &[Method::ClientSecretPost],
            Mechanism::Assertion(_, methods) => methods,
            // RFC 8705 §2: the client is named by client_id, and its certificate comes with the connection.
            Mechanism::ClientId => &[Method::None, Method::SelfSignedTlsClientAuth, Method::TlsClientAuth],
        }
    }

    /// The secret that was sent, where one was and it could be decoded.
    pub(super) fn secret(&self) -> Option<&str> {
        match &self.mechanism {
            Mechanism::Basic(secret) => secret.as_ref().map(|s| s.as_str()),
            Mechanism::Post(secret) => Some(secret.as_str()),
            Mechanism::Assertion(..) | Mechanism::Attestation { .. } | Mechanism::ClientId => None,
        }
    }

    /// The assertion or the attestation that was sent, where one was and it is a signed JWT.
    pub fn assertion(&self) -> Option<Asserted<'_>> {
        match &self.mechanism {
            Mechanism::Assertion(text, _) => Asserted::read(text),
            Mechanism::Attestation { attestation, .. } => Asserted::read(attestation),
            Mechanism::Basic(_) | Mechanism::Post(_) | Mechanism::ClientId => None,
        }
    }

    pub(super) const fn describe(&self) -> &'static str {
        match self.mechanism {
            Mechanism::Attestation { kind, .. } => kind.describe(),
            Mechanism::Basic(_) => "client_secret_basic",
            Mechanism::Post(_) => "client_secret_post",
            Mechanism::Assertion(_, [Method::ClientSecretJwt]) => "an assertion with a MAC",
            Mechanism::Assertion(_, [Method::WorkloadIdentity]) => "a JWT-SVID",
            Mechanism::Assertion(_, SIGNED) => "an assertion with a signature",
            Mechanism::Assertion(..) => "a client assertion",
            Mechanism::ClientId => "client_id alone",
        }
    }
}

impl std::fmt::Debug for Mechanism {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Attestation { .. } => "Attestation(…)",
            Self::Basic(_) => "Basic(…)",
            Self::Post(_) => "Post(…)",
            Self::Assertion(..) => "Assertion(…)",
            Self::ClientId => "ClientId",
        })
    }
}

/// RFC 9110 §5.3: two lines are one list, and a list of credentials means nothing.
fn one_line<'a>(authorization: &[&'a [u8]]) -> Result<Option<&'a [u8]>, Refused> {
    match authorization {
        [] => Ok(None),
        [line] if !is_list(line) => Ok(Some(line)),
        _ => Err(Refused::new(Reason::ClientAuthAmbiguous, "one Authorization header", "several")),
    }
}

/// Whether a proxy joined two credentials with a comma: then each side is a scheme, a space and something more.
fn is_list(line: &[u8]) -> bool {
    let credentials = |part: &&[u8]| {
        let part = part.trim_ascii();
        part.iter().position(|octet| *octet == b' ').is_some_and(|at| part[..at].iter().all(u8::is_ascii_alphabetic))
    };
    line.split(|octet| *octet == b',').filter(credentials).count() > 1
}

fn from_basic(header: &[u8], claimed: Option<&str>) -> Result<Presented, Refused> {
    let basic = parse_basic(header).map_err(malformed)?;
    let client_id = basic_id(&basic)?;
    // D9: the id may be repeated in the body and must then be the same (CA-07, CA-08).
    if claimed.is_some_and(|claimed| claimed != client_id) {
        return Err(Refused::new(
            Reason::ClientIdMismatch,
            "the client id of the header",
            "another client_id in the body",
        ));
    }
    let mechanism = Mechanism::Basic(basic.secret(BasicDecoding::Rfc6749));
    Ok(Presented { client_id, named: true, mechanism })
}

fn basic_id(basic: &Basic) -> Result<String, Refused> {
    basic.id(BasicDecoding::Rfc6749).ok_or_else(|| {
        Refused::new(Reason::CredentialsMalformed, "a form-encoded client id (RFC 6749 App. B)", "malformed encoding")
    })
}

fn malformed(error: crate::basic::BasicError) -> Refused {
    Refused::new(
        Reason::CredentialsMalformed,
        "Authorization: Basic base64(client_id:client_secret)",
        error.to_string(),
    )
}

fn from_post(claimed: Option<&str>, secret: &str) -> Result<Presented, Refused> {
    let client_id = claimed.ok_or_else(|| {
        Refused::new(Reason::CredentialsMissing, "client_id and client_secret", "client_secret alone")
    })?;
    let mechanism = Mechanism::Post(Zeroizing::new(secret.to_owned()));
    Ok(Presented { client_id: client_id.to_owned(), named: true, mechanism })
}

/// RFC 7521 §4.2: an assertion comes with its type, and names its client itself.
fn from_assertion(claimed: Option<&str>, params: &Params) -> Result<Presented, Refused> {
    let svid = match params.text("client_assertion_type") {
        Some(JWT_BEARER) => false,
        // draft-ietf-oauth-spiffe-client-auth §3.1.
        Some(JWT_SPIFFE) => true,
        _ => return Err(parameter("client_assertion_type", JWT_BEARER)),
    };
    let assertion = params.text("client_assertion").ok_or_else(|| parameter("client_assertion", "a JWT"))?;
    let client_id = claimed.map(str::to_owned).or_else(|| unverified_subject(assertion)).ok_or_else(|| {
        Refused::new(Reason::CredentialsMalformed, "a JWT whose sub is the client id", "an unreadable assertion")
    })?;
    let methods = if svid { &[Method::WorkloadIdentity] } else { methods_of(assertion) };
    let mechanism = Mechanism::Assertion(Zeroizing::new(assertion.to_owned()), methods);
    Ok(Presented { client_id, named: claimed.is_some(), mechanism })
}

/// RFC 8725 §3.1: the algorithm tells the methods apart, and the registration which of them counts. One that cannot be read is
/// of either, and proves nothing.
fn methods_of(assertion: &str) -> &'static [Method] {
    match Asserted::read(assertion).map(|asserted| asserted.alg().is_symmetric()) {
        Some(true) => &[Method::ClientSecretJwt],
        Some(false) => SIGNED,
        None => &[Method::ClientSecretJwt, Method::PrivateKeyJwt, Method::WorkloadIdentity],
    }
}

/// The attestation names its client itself (§8.1).
fn from_attestation(claimed: Option<&str>, sent: &Sent<'_>) -> Result<Presented, Refused> {
    let (attestation, proof, kind) = sent.both()?;
    let client_id = claimed.map(str::to_owned).or_else(|| attestation::subject(attestation)).ok_or_else(|| {
        Refused::new(Reason::CredentialsMalformed, "a JWT whose sub is the client id", "an unreadable attestation")
    })?;
    let own = |text: &str| Zeroizing::new(text.to_owned());
    let mechanism = Mechanism::Attestation { attestation: own(attestation), proof: own(proof), kind };
    Ok(Presented { client_id, named: claimed.is_some(), mechanism })
}

fn from_client_id(claimed: Option<&str>) -> Result<Presented, Refused> {
    let client_id = claimed
        .ok_or_else(|| Refused::new(Reason::CredentialsMissing, "client credentials", "a request without any"))?;
    Ok(Presented { client_id: client_id.to_owned(), named: true, mechanism: Mechanism::ClientId })
}

fn parameter(name: &'static str, expected: &str) -> Refused {
    Refused::new(Reason::ParameterInvalid, format!("{name}: {expected}"), "another value or none").about(name)
}

/// Whose registration explains the refusal. Nothing is believed of it.
fn unverified_subject(assertion: &str) -> Option<String> {
    Some(payload(assertion)?.get("sub")?.as_str()?.to_owned())
}

/// The first name in the query that must not stand there, however it is encoded and as often as it appears.
fn secret_in_query(query: &str) -> Option<&'static str> {
    query.split('&').find_map(|pair| {
        let name = pair.split_once('=').map_or(pair, |(name, _)| name);
        let name = decode_component(name.as_bytes())?;
        NOT_IN_QUERY.into_iter().find(|secret| secret.as_bytes() == name.as_slice())
    })
}

/// The client's own key, or one of an issuer that is trusted.
const SIGNED: &[Method] = &[Method::PrivateKeyJwt, Method::WorkloadIdentity];
const JWT_SPIFFE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-spiffe";
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// RFC 6749 §2.3.1: "MUST NOT be included in the request URI"; addresses end up in logs and histories.
const NOT_IN_QUERY: [&str; 10] = [
    "client_id",
    "client_secret",
    "client_assertion",
    "code",
    "refresh_token",
    "password",
    "code_verifier",
    "token",
    "subject_token",
    "assertion",
];
