//! Decides whether a JWT proves the possession of its key for one request (RFC 9449 §4.3).

use jose::claims::{CheckedClaims, Checks, TypRule};
use jose::digest::sha256;
use jose::{Alg, Compact, Jwk, VerifyingKey};
use serde_json::Value;

use super::{Nonces, algs};
use crate::change::{Change, UsedProof};
use crate::client_auth::unverified;
use crate::confirmation::{Confirmation, Thumbprint};
use crate::id::EnvironmentId;
use crate::policy::PROOF_SECONDS;
use crate::refusal::{Reason, Refused};
use crate::secret::{Artefact, Secret, TokenHash};
use crate::time::Time;
use crate::{told, uri};

/// The request that a proof is of.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    pub method: &'a str,
    /// The address that clients are told, whatever a header of the request says.
    pub url: &'a str,
    /// Where one is shown (RFC 9449 §7): the hash of it is in the proof.
    pub access_token: Option<&'a Secret>,
    /// Where proofs must have one.
    pub nonces: Option<Nonces<'a>>,
    pub now: Time,
}

/// A proof that holds for its request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    alg: Alg,
    key: Thumbprint,
    hash: TokenHash,
    expires_at: Time,
}

impl Proof {
    /// What tokens of this request are bound to.
    pub fn confirmation(&self) -> Confirmation {
        Confirmation::Jkt(self.key.clone())
    }

    /// What it is signed with.
    pub const fn alg(&self) -> Alg {
        self.alg
    }

    /// When it is too old to be shown again.
    pub(crate) const fn expires_at(&self) -> Time {
        self.expires_at
    }

    /// Under what it is remembered in an environment.
    pub const fn hash(&self) -> TokenHash {
        self.hash
    }

    /// What makes this the only use (RFC 9449 §11.1). Lost where it is not.
    pub const fn single_use(&self, environment: EnvironmentId) -> Change {
        Change::UseProof(UsedProof { environment, hash: self.hash, expires_at: self.expires_at })
    }
}

/// Verifies a proof: form, type, algorithm, key, signature, then the request, the time, the access token and the nonce, so that the
/// first thing that is wrong is told.
///
/// # Errors
/// `invalid_dpop_proof` with the member that does not hold; `use_dpop_nonce` where that alone is missing or old.
pub fn prove(text: &str, expected: &Expected<'_>) -> Result<Proof, Refused> {
    let (alg, key, claims) = verify(text, expected.now)?;
    let told = Told(text);
    let claim = |name: &str| claims.all.get(name).and_then(Value::as_str);
    if claim("htm") != Some(expected.method) {
        return Err(told.of("htm", expected.method));
    }
    let url = uri::htu(expected.url);
    let htu = claim("htu").and_then(uri::htu).filter(|htu| Some(htu) == url.as_ref());
    let Some(htu) = htu else { return Err(told.of("htu", expected.url)) };
    let issued_at = claims.issued_at.unwrap_or_default();
    if issued_at < expected.now.secs().saturating_sub(PROOF_SECONDS) {
        return Err(told.of("iat", "a minute ago at most"));
    }
    let jti = claims.jwt_id.as_deref().filter(|jti| (1..=LONGEST_ID).contains(&jti.len()));
    let Some(jti) = jti else { return Err(told.of("jti", "of 1 to 256 bytes")) };
    if let Some(token) = expected.access_token
        && claim("ath") != Some(&jose::b64::encode(&sha256(token.expose().as_bytes())))
    {
        return Err(told.of("ath", "the SHA-256 hash of the access token in base64url"));
    }
    if let Some(nonces) = &expected.nonces {
        nonces.judge(claim("nonce"))?;
    }
    // RFC 9449 §11.1: "in the context of the target URI". What would be too large to keep is hashed.
    let hash = TokenHash::of(Artefact::DpopProof, &format!("{} {htu} {jti}", key.as_str()));
    Ok(Proof { alg, key, hash, expires_at: Time::from_secs(issued_at).plus(PROOF_SECONDS + 1) })
}

/// The claims under the signature of the key that the proof brings (RFC 9449 §4.3, 2 to 7).
fn verify(text: &str, now: Time) -> Result<(Alg, Thumbprint, CheckedClaims), Refused> {
    let told = Told(text);
    let compact = Compact::parse_limited(text, MAX_PROOF).map_err(|error| match error {
        jose::Error::UnsupportedAlg => told.header("alg", &supported()),
        error => invalid("a JWT of type dpop+jwt", error.to_string()),
    })?;
    let alg = compact.alg();
    if !algs().any(|one| one == alg) {
        return Err(told.header("alg", &supported()));
    }
    let jwk = compact.proof_jwk().ok_or_else(|| invalid("jwk: a public key", "jwk: none"))?;
    let unusable =
        |error: jose::Error| invalid(&format!("jwk: a public key for {}", alg.name()), format!("jwk: {error}"));
    let jwk = Jwk::from_json(jwk).map_err(unusable)?;
    let key = VerifyingKey::from_jwk(&jwk, alg).map_err(unusable)?;
    let verified = compact.verify(&key).map_err(|error| invalid("a signature by the key in jwk", error.to_string()))?;
    let checks = Checks {
        issuer: None,
        audience: None,
        typ: TypRule::Required(&["dpop+jwt"]),
        required: &["jti", "htm", "htu", "iat"],
        now: now.secs(),
        skew: 0,
        ahead: PROOF_SECONDS,
    };
    let claims = checks.check(verified).map_err(|error| told.of_error(error))?;
    Ok((alg, Thumbprint::of(&jwk), claims))
}

fn supported() -> String {
    algs().map(Alg::name).collect::<Vec<_>>().join(", ")
}

fn invalid(expected: &str, came: impl Into<String>) -> Refused {
    Refused::new(Reason::DpopProofInvalid, expected, came)
}

/// What the owner is told of a member that does not hold.
struct Told<'a>(&'a str);

impl Told<'_> {
    fn of(&self, name: &str, expected: &str) -> Refused {
        member(name, expected, unverified(self.0).and_then(|mut claims| claims.remove(name)))
    }

    fn header(&self, name: &str, expected: &str) -> Refused {
        let header = self.0.split('.').next().and_then(jose::b64::decode);
        let header = header.and_then(|header| jose::json::parse_strict_object(&header, 8).ok());
        member(name, expected, header.and_then(|mut header| header.remove(name)))
    }

    fn of_error(&self, error: jose::Error) -> Refused {
        let jose::Error::Claim(name) = error else { return invalid("claims", error.to_string()) };
        match name {
            "typ" => self.header(name, "dpop+jwt"),
            "exp" => self.of(name, "a time that has not passed"),
            "iat" => self.of(name, "a time at most a minute ahead"),
            "nbf" => self.of(name, "a time that has come"),
            _ => self.of(name, "a string"),
        }
    }
}

/// Whoever made the proof need not be known: only what can be no secret is repeated.
fn member(name: &str, expected: &str, came: Option<Value>) -> Refused {
    let came = match (name, came) {
        (_, None) => "none".to_owned(),
        (_, Some(Value::Number(number))) => told::number(&number.to_string()),
        ("htu", Some(Value::String(text))) => told::address(&text),
        ("htm" | "alg" | "typ", Some(Value::String(text))) => told::name(&text),
        (_, Some(Value::String(text))) => format!("another text of {} bytes", text.len()),
        (_, Some(_)) => "another kind of value".to_owned(),
    };
    invalid(&format!("{name}: {expected}"), format!("{name}: {came}"))
}

/// A proof with an RSA key of 8192 bits has half of it.
const MAX_PROOF: usize = 8 * 1024;
const LONGEST_ID: usize = 256;
