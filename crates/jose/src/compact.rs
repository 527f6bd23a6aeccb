//! The compact form: what is a well-formed token, and the payload that exists only once it is verified.
//!
//! RFC 7515 §3.1, §4.1, §5.2; RFC 8725 §3. There is no JSON serialisation and no unsecured JWS.

use serde_json::{Map, Value};

use crate::json::parse_strict_object;
use crate::{Alg, Error, VerifyingKey, b64};

/// A well-formed compact JWS that nobody has verified: its header can be read to choose a key, its payload cannot.
#[derive(Debug)]
pub struct Compact<'a> {
    signing_input: &'a str,
    payload: &'a str,
    signature: Vec<u8>,
    alg: Alg,
    kid: Option<String>,
    typ: Option<String>,
    header: Map<String, Value>,
}

/// What a verified token says. It cannot be made in any other way than [`Compact::verify`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Verified {
    /// The algorithm of the key, which was also the token's.
    pub alg: Alg,
    /// The header's `kid`.
    pub kid: Option<String>,
    /// The header's `typ`, as sent.
    pub typ: Option<String>,
    /// The claims.
    pub payload: Map<String, Value>,
}

impl<'a> Compact<'a> {
    /// Parses a token of at most 16 KiB.
    ///
    /// Malformed: anything but three parts of strict base64url, a header that is not a JSON object or repeats a
    /// member, a member of the wrong type, an empty signature. `crit` is refused whatever it lists, since no
    /// extension is implemented (RFC 7515 §4.1.11). Keys in the header (`jwk`, `jku`, `x5c`, `x5u`) are ignored.
    pub fn parse(token: &'a str) -> Result<Self, Error> {
        Self::parse_limited(token, MAX_TOKEN)
    }

    /// As [`Compact::parse`], for a token of at most `max_len` bytes.
    pub fn parse_limited(token: &'a str, max_len: usize) -> Result<Self, Error> {
        if token.len() > max_len {
            return Err(Error::Malformed("the token is too large"));
        }
        let (signing_input, signature) = token.rsplit_once('.').ok_or(PARTS)?;
        let (header, payload) = signing_input.split_once('.').ok_or(PARTS)?;
        if payload.contains('.') {
            return Err(PARTS);
        }
        let signature = b64::decode(signature).filter(|bytes| !bytes.is_empty()).ok_or(BASE64)?;
        let header = parse_strict_object(&b64::decode(header).ok_or(BASE64)?, MAX_DEPTH)?;
        // RFC 7797 §3: `b64` would change the signing input, and must be in `crit` where it is understood.
        if header.contains_key("crit") || header.contains_key("b64") {
            return Err(Error::Malformed("an extension that is not implemented is critical"));
        }
        let alg = header.get("alg").and_then(Value::as_str).ok_or(Error::Malformed("alg is not a string"))?;
        let alg = Alg::parse(alg).ok_or(Error::UnsupportedAlg)?;
        let kid = header_text(&header, "kid", "kid is not a short string")?;
        let typ = header_text(&header, "typ", "typ is not a short string")?;
        Ok(Self { signing_input, payload, signature, alg, kid, typ, header })
    }

    /// The `alg` the token claims; it never chooses how the token is verified.
    pub fn alg(&self) -> Alg {
        self.alg
    }

    /// The `kid`, by which the key is looked up.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The `x5t#S256`: the SHA-256 of the certificate that the key is in. Like `kid` it names a key and brings none.
    pub fn certificate(&self) -> Option<&str> {
        self.header.get("x5t#S256").and_then(Value::as_str)
    }

    /// The `typ`, as sent.
    pub fn typ(&self) -> Option<&str> {
        self.typ.as_deref()
    }

    /// The header's `jwk`, for the one protocol in which the token brings its key: DPoP (RFC 9449 §4.2).
    ///
    /// Verifying with it proves possession of that key and nothing about who sent the token.
    pub fn proof_jwk(&self) -> Option<&Value> {
        self.header.get("jwk")
    }

    /// Checks the signature and then reads the payload, a JSON object without duplicate members.
    ///
    /// [`Error::UnsupportedAlg`] when the token's `alg` is not the key's, before any cryptography.
    pub fn verify(self, key: &VerifyingKey) -> Result<Verified, Error> {
        if self.alg != key.alg() {
            return Err(Error::UnsupportedAlg);
        }
        key.check(self.signing_input.as_bytes(), &self.signature)?;
        let payload = parse_strict_object(&b64::decode(self.payload).ok_or(BASE64)?, MAX_DEPTH)?;
        Ok(Verified { alg: self.alg, kid: self.kid, typ: self.typ, payload })
    }
}

impl Verified {
    /// Whether `typ` is this media type, which may be sent with or without `application/` (RFC 7515 §4.1.9).
    pub fn is_typ(&self, name: &str) -> bool {
        let Some(typ) = self.typ.as_deref() else { return false };
        let bare = match typ.split_at_checked(APPLICATION.len()) {
            Some((prefix, rest)) if prefix.eq_ignore_ascii_case(APPLICATION) => rest,
            _ => typ,
        };
        bare.eq_ignore_ascii_case(name)
    }
}

fn header_text(header: &Map<String, Value>, name: &str, wrong: &'static str) -> Result<Option<String>, Error> {
    match header.get(name) {
        None => Ok(None),
        Some(Value::String(text)) if text.len() <= MAX_TEXT => Ok(Some(text.clone())),
        Some(_) => Err(Error::Malformed(wrong)),
    }
}

const APPLICATION: &str = "application/";
const MAX_TOKEN: usize = 16 * 1024;
const MAX_TEXT: usize = 512;
const MAX_DEPTH: usize = 32;
const PARTS: Error = Error::Malformed("not three parts");
const BASE64: Error = Error::Malformed("a part is not base64url");
