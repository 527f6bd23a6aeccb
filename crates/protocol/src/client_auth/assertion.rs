//! Decides whether a signed assertion proves a client (RFC 7521 §4.2, RFC 7523 §3 as updated by RFC 10070, OIDC Core §9).

use jose::claims::{CheckedClaims, Checks, TypRule};
use jose::{Alg, Compact, Jwk, Jwks, Verified, VerifyingKey};
use serde_json::{Map, Value};

use crate::change::{Change, UsedAssertion};
use crate::client::Client;
use crate::model::{Application, AssertionAudience};
use crate::policy::{ASSERTION_SECONDS, ASSERTION_SKEW, Demands};
use crate::refusal::{Reason, Refused};
use crate::secret::{Artefact, Secret, TokenHash};
use crate::time::Time;

/// What an assertion is compared with; the engine loads it.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The issuer of the site that the request came by.
    pub issuer: &'a str,
    /// The token endpoint and, last, the endpoint that was called: what RFC 7523 §3 and RFC 9126 §2 took for `aud` before RFC 10070.
    pub endpoints: &'a [String],
    pub keys: Keys<'a>,
    /// Whether the client is known to have used an assertion with this `jti` before. Whether it did is decided by the commit.
    pub used: bool,
}

/// The keys that the client may have made the assertion with.
#[derive(Clone, Copy, Debug)]
pub enum Keys<'a> {
    /// Its public keys, or why there are none.
    Public(Result<&'a Jwks, &'a str>),
    /// Its secrets: the current one, and the previous one.
    Shared(&'a [Secret]),
}

/// An assertion that was taken apart and not believed.
#[derive(Debug)]
pub struct Asserted<'a> {
    text: &'a str,
    header: Compact<'a>,
}

impl<'a> Asserted<'a> {
    pub fn read(text: &'a str) -> Option<Self> {
        Compact::parse(text).ok().map(|header| Self { text, header })
    }

    pub fn alg(&self) -> Alg {
        self.header.alg()
    }

    /// Whether the set has no key for this assertion: then a newer one may have it.
    pub fn lacks_key(&self, keys: &Jwks) -> bool {
        keys.key_of(&self.header).is_none()
    }

    /// Under what its `jti` is remembered. Nothing is believed of it.
    pub fn used_as(&self) -> Option<TokenHash> {
        once(&payload(self.text)?)
    }
}

/// Verifies the assertion of `client`. Returns what makes it the only use, and whether only the compatible setting let it pass.
///
/// # Errors
/// `invalid_client`, with the cause for the owner: no key of the client's fits, a claim or the signature does not hold, or it
/// was used before.
pub(super) fn prove(
    text: &str,
    client: &Client,
    demands: &Demands,
    expected: Option<&Expected<'_>>,
    now: Time,
) -> Result<(Vec<Change>, bool), Refused> {
    // What cannot be read names no keys to be loaded: then that is what is told.
    readable(text)?;
    let expected = expected.ok_or_else(|| no_key("no keys were loaded"))?;
    let application = &client.application;
    let pinned = application.auth_signing_alg.map(|alg| (alg, "tokenEndpointAuthSigningAlg"));
    let verified = verify(text, pinned, demands, expected.keys, now)?;
    let told = Told::new(text, verified.typ.clone(), "client-authentication+jwt, JWT or none");
    let claims = check(verified, application, now).map_err(|error| told.of_error(error, &application.client_id))?;
    if claims.subject.as_deref() != Some(application.client_id.as_str()) {
        // RFC 7523 §3: for client authentication `sub` is the client, as `iss` is.
        return Err(told.of("sub", &application.client_id));
    }
    let strict = demands.audience_is_issuer;
    let setting = if strict { AssertionAudience::Issuer } else { application.assertion_audience };
    let compatible =
        judge_audience(&claims.audience, setting, expected).map_err(|accepted| told.of("aud", &accepted))?;
    // FAPI 2.0 §5.3.2.1 item 8: "as a string", so that a list says nothing else either.
    if strict && !claims.all.get("aud").is_some_and(Value::is_string) {
        return Err(told.of("aud", &demands.expects("the issuer as a text")));
    }
    in_bounds(&claims, setting, now.secs(), &told)?;
    Ok((single_use(&claims, application, setting, expected.used, &told)?, compatible))
}

/// What a client signed, with its signature or MAC verified by a key of the client's. The algorithm may be `pinned` by a property of
/// that name.
pub(crate) fn verify(
    text: &str,
    pinned: Option<(Alg, &str)>,
    demands: &Demands,
    keys: Keys<'_>,
    now: Time,
) -> Result<Verified, Refused> {
    let compact = parse(text)?;
    let alg = compact.alg();
    demands.judge_alg(alg, Reason::AssertionInvalid)?;
    if let Some((pinned, property)) = pinned.filter(|(pinned, _)| *pinned != alg) {
        let expected = format!("alg: {} as {property} says", pinned.name());
        return Err(Refused::new(Reason::AssertionInvalid, expected, format!("alg: {}", alg.name())));
    }
    match keys {
        Keys::Public(keys) => {
            // RFC 8725 §3.1: the algorithm is the key's; where the key leaves several, one of its type.
            let keys = keys.map_err(no_key)?;
            let jwk = keys.key_of(&compact).ok_or_else(|| no_key(&unknown_key(&compact)))?;
            in_force(jwk, now)?;
            let key = keys.verifying(&compact).ok_or_else(|| no_key(&unknown_key(&compact)))?;
            let key = key.map_err(|error| no_key(&error.to_string()))?;
            compact.verify(&key).map_err(|error| invalid("a signature by a key of the application", error.to_string()))
        }
        Keys::Shared(secrets) => verify_mac(text, alg, secrets),
    }
}

/// RFC 5280 §4.1.2.5: whoever made the certificate says nothing of its key before and after.
fn in_force(jwk: &Jwk, now: Time) -> Result<(), Refused> {
    let Some((from, until)) = jwk.good().filter(|(from, until)| !(*from..=*until).contains(&now.secs())) else {
        return Ok(());
    };
    let at = if now.secs() < from {
        format!("begins at {}", Time::from_secs(from))
    } else {
        format!("ended at {}", Time::from_secs(until))
    };
    Err(Refused::new(
        Reason::ClientKeyExpired,
        "a key whose certificate is valid",
        format!("one whose certificate {at}"),
    ))
}

/// The previous secret is as good as the current one until its time.
fn verify_mac(text: &str, alg: Alg, secrets: &[Secret]) -> Result<Verified, Refused> {
    let mut failure = invalid("a MAC under the application's secret", "an application without a secret");
    for secret in secrets {
        // RFC 7518 §3.2: "A key of the same size as the hash output or larger MUST be used".
        let key = VerifyingKey::from_secret(alg, secret.expose().as_bytes());
        match key.and_then(|key| Compact::parse(text)?.verify(&key)) {
            Ok(verified) => return Ok(verified),
            Err(error) => failure = invalid("a MAC under the application's secret", error.to_string()),
        }
    }
    Err(failure)
}

fn check(verified: Verified, application: &Application, now: Time) -> Result<CheckedClaims, jose::Error> {
    Checks {
        // RFC 7523 §3: `iss` and `sub` are both the client.
        issuer: Some(&application.client_id),
        // Judged below, by the setting of the application.
        audience: None,
        // RFC 10070: its absence is no reason to refuse; a token of another kind is never an assertion (RFC 8725 §3.11).
        typ: TypRule::Optional(&["client-authentication+jwt", "JWT"]),
        required: &["iss", "sub", "aud", "exp"],
        now: now.secs(),
        skew: ASSERTION_SKEW,
        ahead: ASSERTION_SKEW,
    }
    .check(verified)
}

/// RFC 10070: the issuer is the only value, so that no other server can use what it was given. In the compatible setting each
/// value must be one of this server's names: one that is another's is refused there as well.
///
/// Returns whether the strict setting would have refused it.
///
/// # Errors
/// What would have been accepted.
fn judge_audience(named: &[String], setting: AssertionAudience, expected: &Expected<'_>) -> Result<bool, String> {
    let issuer_alone = named.len() == 1 && named[0] == expected.issuer;
    let known = |one: &String| one == expected.issuer || expected.endpoints.contains(one);
    match setting {
        _ if issuer_alone => Ok(false),
        AssertionAudience::Compatible if !named.is_empty() && named.iter().all(known) => Ok(true),
        AssertionAudience::Compatible => Err(format!("{} or {}", expected.issuer, expected.endpoints.join(" or "))),
        AssertionAudience::Issuer => Err(format!("{} alone", expected.issuer)),
    }
}

/// RFC 7523 §3: "may reject JWTs with an exp claim value that is unreasonably far in the future", and an old `iat`, which the
/// clients of the compatible setting were never told of.
fn in_bounds(claims: &CheckedClaims, setting: AssertionAudience, now: i64, told: &Told<'_>) -> Result<(), Refused> {
    let longest = ASSERTION_SECONDS + ASSERTION_SKEW;
    if claims.expires_at.is_some_and(|exp| exp > now.saturating_add(longest)) {
        return Err(told.of("exp", "at most an hour ahead"));
    }
    let old = claims.issued_at.is_some_and(|iat| iat < now.saturating_sub(longest));
    if old && setting == AssertionAudience::Issuer {
        return Err(told.of("iat", "at most an hour ago"));
    }
    Ok(())
}

/// What makes it the only use. Nothing, where an application of the compatible setting sends no `jti`.
fn single_use(
    claims: &CheckedClaims,
    application: &Application,
    setting: AssertionAudience,
    used: bool,
    told: &Told<'_>,
) -> Result<Vec<Change>, Refused> {
    if claims.jwt_id.is_none() && setting == AssertionAudience::Compatible {
        return Ok(Vec::new());
    }
    use_once(claims, application, used, told)
}

/// What makes it the only use, by a `jti` that it must have.
pub(super) fn use_once(
    claims: &CheckedClaims,
    application: &Application,
    used: bool,
    told: &Told<'_>,
) -> Result<Vec<Change>, Refused> {
    let jti = claims.jwt_id.as_deref().filter(|jti| (1..=LONGEST_ID).contains(&jti.len()));
    let (Some(jti), Some(expires_at)) = (jti, claims.expires_at) else {
        return Err(told.of("jti", "of 1 to 256 bytes"));
    };
    if used {
        // RFC 7523 §3: "may ensure that JWTs are not replayed"; OIDC Core §9: "can be used only once".
        return Err(Refused::new(Reason::AssertionUsed, "an assertion that was not used before", "its jti again"));
    }
    Ok(vec![Change::UseAssertion(UsedAssertion {
        environment: application.environment,
        application: application.id,
        hash: once(&claims.all).unwrap_or_else(|| hash(jti)),
        expires_at: Time::from_secs(expires_at).plus(ASSERTION_SKEW),
    })])
}

/// Under what a token is remembered: its `jti`, and whose it is where that is not the client, for each issuer counts by itself.
fn once(claims: &Map<String, Value>) -> Option<TokenHash> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let jti = text("jti")?;
    match text("iss").filter(|issuer| text("sub") != Some(issuer)) {
        Some(issuer) => Some(hash(&format!("{issuer}\n{jti}"))),
        None => Some(hash(jti)),
    }
}

/// What the owner is told of a claim that does not hold. The token was made by the application itself: its claims are no
/// secret of anybody else's.
pub(crate) struct Told<'a> {
    text: &'a str,
    typ: Option<String>,
    types: &'static str,
}

impl<'a> Told<'a> {
    /// Of a token with this `typ`, which may be one of `types`.
    pub(crate) fn new(text: &'a str, typ: Option<String>, types: &'static str) -> Self {
        Self { text, typ, types }
    }

    pub(crate) fn of(&self, name: &str, expected: &str) -> Refused {
        let came = match name {
            "typ" => self.typ.clone().map(Value::String),
            _ => payload(self.text).and_then(|mut claims| claims.remove(name)),
        };
        let came = came.map_or_else(|| "none".to_owned(), |value| value.to_string());
        let came: String = came.chars().take(LONGEST_TOLD).collect();
        Refused::new(Reason::AssertionInvalid, format!("{name}: {expected}"), format!("{name}: {came}"))
    }

    pub(crate) fn of_error(&self, error: jose::Error, client_id: &str) -> Refused {
        let jose::Error::Claim(name) = error else {
            return invalid("claims", error.to_string());
        };
        self.of(
            name,
            match name {
                "client_id" | "iss" | "sub" => client_id,
                "aud" => "a string or an array of strings",
                "exp" => "a time that has not passed",
                "iat" | "nbf" => "a time that has come",
                "jti" => "a string",
                "typ" => self.types,
                _ => "another value",
            },
        )
    }
}

fn parse(text: &str) -> Result<Compact<'_>, Refused> {
    Compact::parse(text).map_err(|error| invalid("a signed JWT", error.to_string()))
}

/// Whether there is anything to verify.
pub(super) fn readable(text: &str) -> Result<(), Refused> {
    parse(text).map(drop)
}

/// Of an assertion that nobody verified; as deep as one that is verified may be.
pub(crate) fn payload(text: &str) -> Option<Map<String, Value>> {
    let payload = jose::b64::decode(text.split('.').nth(1)?)?;
    jose::json::parse_strict_object(&payload, 32).ok()
}

fn unknown_key(compact: &Compact<'_>) -> String {
    let alg = compact.alg().name();
    match compact.kid() {
        // Whoever sent it is not known yet: what it says is told, and not how it says it.
        Some(kid) => {
            let kid: String = kid.chars().filter(char::is_ascii_graphic).take(LONGEST_TOLD).collect();
            format!("kid {kid} with alg {alg}, which no key of the set is for")
        }
        None => format!("no kid, and alg {alg}, for which the set has no key or several"),
    }
}

pub(super) fn hash(jti: &str) -> TokenHash {
    TokenHash::of(Artefact::ClientAssertion, jti)
}

fn invalid(expected: &str, came: impl Into<String>) -> Refused {
    Refused::new(Reason::AssertionInvalid, expected, came)
}

fn no_key(came: &str) -> Refused {
    Refused::new(Reason::ClientKeyUnknown, "a key in the application's jwks or at its jwksUrl", came)
}

const LONGEST_ID: usize = 256;
/// Characters of a value that are told.
const LONGEST_TOLD: usize = 128;
