//! One key in the hands of both implementations, ours and the crate `jsonwebtoken`.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jose::{Alg, Compact, Error, PublicKey, SigningKey, VerifyingKey, b64, sign_with_secret};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, crypto, decode, encode};
use serde_json::{Map, Value};

/// The claims that a verifier took out of a token.
pub(crate) type Claims = Map<String, Value>;

/// A key of one algorithm.
pub(crate) struct Both {
    pub(crate) alg: Alg,
    theirs: Algorithm,
    /// None: a shared secret.
    key: Option<SigningKey>,
    verifying: VerifyingKey,
    encoding: EncodingKey,
    decoding: DecodingKey,
}

/// A key for each algorithm that both know: all of ours but ES512, `Ed25519` and ML-DSA.
pub(crate) static BOTH: LazyLock<Vec<Both>> =
    LazyLock::new(|| ALGORITHMS.map(|(alg, theirs)| Both::new(alg, theirs)).into());

const SECRET: [u8; 64] = [7; 64];

const ALGORITHMS: [(Alg, Algorithm); 12] = [
    (Alg::Rs256, Algorithm::RS256),
    (Alg::Rs384, Algorithm::RS384),
    (Alg::Rs512, Algorithm::RS512),
    (Alg::Ps256, Algorithm::PS256),
    (Alg::Ps384, Algorithm::PS384),
    (Alg::Ps512, Algorithm::PS512),
    (Alg::Es256, Algorithm::ES256),
    (Alg::Es384, Algorithm::ES384),
    (Alg::EdDsa, Algorithm::EdDSA),
    (Alg::Hs256, Algorithm::HS256),
    (Alg::Hs384, Algorithm::HS384),
    (Alg::Hs512, Algorithm::HS512),
];

impl Both {
    fn new(alg: Alg, theirs: Algorithm) -> Self {
        if alg.is_symmetric() {
            return Self {
                alg,
                theirs,
                key: None,
                verifying: VerifyingKey::from_secret(alg, &SECRET).unwrap(),
                encoding: EncodingKey::from_secret(&SECRET),
                decoding: DecodingKey::from_secret(&SECRET),
            };
        }
        let key = SigningKey::generate(alg).unwrap();
        let (encoding, decoding) = match key.public().key() {
            PublicKey::Rsa { n, e } => {
                let pem = format!(
                    "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
                    STANDARD.encode(&**key.pkcs8())
                );
                (EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap(), DecodingKey::from_rsa_raw_components(n, e))
            }
            PublicKey::Ec { x, y, .. } => {
                let decoding = DecodingKey::from_ec_components(&b64::encode(x), &b64::encode(y)).unwrap();
                (EncodingKey::from_ec_der(key.pkcs8()), decoding)
            }
            PublicKey::Ed25519 { x } => {
                (EncodingKey::from_ed_der(key.pkcs8()), DecodingKey::from_ed_components(&b64::encode(x)).unwrap())
            }
            PublicKey::MlDsa { .. } => unreachable!("the other implementation does not know it"),
        };
        Self { alg, theirs, verifying: key.verifying(), key: Some(key), encoding, decoding }
    }

    /// Signed by us.
    pub(crate) fn signed_by_us(&self, payload: &[u8]) -> String {
        match &self.key {
            Some(key) => key.sign(None, payload).unwrap(),
            None => sign_with_secret(self.alg, &SECRET, None, payload).unwrap(),
        }
    }

    /// Signed by the other.
    pub(crate) fn signed_by_them(&self, claims: &Claims) -> String {
        encode(&Header::new(self.theirs), claims, &self.encoding).unwrap()
    }

    /// A signature by the other over whatever stands before the last dot.
    pub(crate) fn sealed(&self, signing_input: &str) -> String {
        let signature = crypto::sign(signing_input.as_bytes(), &self.encoding, self.theirs).unwrap();
        format!("{signing_input}.{signature}")
    }

    /// The same over any header and payload.
    pub(crate) fn sealed_under(&self, header: &str, payload: &str) -> String {
        self.sealed(&format!("{}.{}", b64::encode(header.as_bytes()), b64::encode(payload.as_bytes())))
    }

    /// What we make of it.
    pub(crate) fn ours(&self, token: &str) -> Result<Claims, Error> {
        Ok(Compact::parse(token)?.verify(&self.verifying)?.payload)
    }

    /// What the other makes of it, asked about nothing but the signature.
    pub(crate) fn theirs(&self, token: &str) -> Result<Claims, jsonwebtoken::errors::Error> {
        let mut validation = Validation::new(self.theirs);
        validation.required_spec_claims.clear();
        (validation.validate_exp, validation.validate_aud) = (false, false);
        decode(token, &self.decoding, &validation).map(|read| read.claims)
    }
}
