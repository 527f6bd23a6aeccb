//! Makes what may be shown once, ahead of the run: assertions (RFC 7523 §3) and DPoP proofs (RFC 9449 §4.2), one request a line.
//!
//! `load key ES256|RS256 --key FILE` makes a key, and prints its public half as a JWK.
//! `load make ES256|RS256|HS256|DPoP --key FILE --count N --client ID --audience URL --extra FORM` prints bodies. The file holds
//! a private key (PKCS #8), or for HS256 the secret. The audience of a proof is its `htu`. A line is a body, and after a tab
//! one more header.

use std::io::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail, ensure};
use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::hmac;
use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Makes a key and prints its JWK.
pub(crate) fn key(arguments: &[String]) -> Result<()> {
    let flags = Flags::read(arguments)?;
    let (private, jwk) = match flags.kind.as_str() {
        "ES256" => {
            let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?;
            (key.to_pkcs8v1()?.as_ref().to_vec(), ec_jwk(&key)?)
        }
        "RS256" => {
            let key = RsaKeyPair::generate(KeySize::Rsa2048)?;
            (key.as_der()?.as_ref().to_vec(), rsa_jwk(&key)?)
        }
        other => bail!("no key of {other}"),
    };
    std::fs::write(&flags.key, private)?;
    println!("{jwk}");
    Ok(())
}

/// Prints as many requests as were asked for.
pub(crate) fn requests(arguments: &[String]) -> Result<()> {
    let flags = Flags::read(arguments)?;
    let maker = Maker::new(&flags)?;
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for _ in 0..flags.count {
        maker.line(&flags, &mut out)?;
    }
    out.flush()?;
    Ok(())
}

struct Flags {
    kind: String,
    key: String,
    count: usize,
    client: String,
    audience: String,
    extra: String,
}

impl Flags {
    fn read(arguments: &[String]) -> Result<Self> {
        let (kind, flags) = arguments.split_first().context("which kind?")?;
        let (key, client, audience, extra) = Default::default();
        let mut read = Self { kind: kind.clone(), key, count: 0, client, audience, extra };
        ensure!(flags.len() % 2 == 0, "a flag without a value");
        for pair in flags.chunks_exact(2) {
            let value = pair[1].clone();
            match pair[0].as_str() {
                "--key" => read.key = value,
                "--count" => read.count = value.parse()?,
                "--client" => read.client = value,
                "--audience" => read.audience = value,
                "--extra" => read.extra = value,
                other => bail!("{other} is no flag"),
            }
        }
        Ok(read)
    }
}

/// Signs one JWT after the other, each with a `jti` of its own.
struct Maker {
    key: Key,
    header: String,
    random: SystemRandom,
}

enum Key {
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair),
    Shared(hmac::Key),
}

impl Maker {
    fn new(flags: &Flags) -> Result<Self> {
        let bytes = std::fs::read(&flags.key)?;
        let (key, header) = match flags.kind.as_str() {
            "HS256" => (Key::Shared(hmac::Key::new(hmac::HMAC_SHA256, &bytes)), r#"{"alg":"HS256"}"#.to_owned()),
            "RS256" => (Key::Rsa(RsaKeyPair::from_pkcs8(&bytes)?), r#"{"alg":"RS256"}"#.to_owned()),
            "ES256" => (Key::Ec(ec(&bytes)?), r#"{"alg":"ES256"}"#.to_owned()),
            "DPoP" => {
                let key = ec(&bytes)?;
                let header = format!(r#"{{"typ":"dpop+jwt","alg":"ES256","jwk":{}}}"#, ec_jwk(&key)?);
                (Key::Ec(key), header)
            }
            other => bail!("no requests of {other}"),
        };
        Ok(Self { key, header: URL_SAFE_NO_PAD.encode(header), random: SystemRandom::new() })
    }

    fn line(&self, flags: &Flags, out: &mut impl std::io::Write) -> Result<()> {
        let (now, jti) = (SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs(), self.jti()?);
        let Flags { client, audience, extra, .. } = flags;
        if flags.kind == "DPoP" {
            let proof = self.sign(&format!(r#"{{"htm":"POST","htu":"{audience}","iat":{now},"jti":"{jti}"}}"#))?;
            writeln!(out, "{extra}\tDPoP: {proof}")?;
            return Ok(());
        }
        let claims = format!(
            r#"{{"iss":"{client}","sub":"{client}","aud":"{audience}","iat":{now},"exp":{},"jti":"{jti}"}}"#,
            now + LIFETIME
        );
        writeln!(out, "{extra}&client_assertion_type={JWT_BEARER}&client_assertion={}", self.sign(&claims)?)?;
        Ok(())
    }

    fn sign(&self, claims: &str) -> Result<String> {
        let message = format!("{}.{}", self.header, URL_SAFE_NO_PAD.encode(claims));
        let signature = match &self.key {
            Key::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &self.random, message.as_bytes(), &mut signature)?;
                signature
            }
            Key::Ec(key) => key.sign(&self.random, message.as_bytes())?.as_ref().to_vec(),
            Key::Shared(key) => hmac::sign(key, message.as_bytes()).as_ref().to_vec(),
        };
        Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    fn jti(&self) -> Result<String> {
        let mut bytes = [0; 16];
        self.random.fill(&mut bytes)?;
        Ok(URL_SAFE_NO_PAD.encode(bytes))
    }
}

fn ec(pkcs8: &[u8]) -> Result<EcdsaKeyPair> {
    Ok(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8)?)
}

/// The public point, uncompressed (SEC 1 §2.3.3), as RFC 7518 §6.2.1 writes it.
fn ec_jwk(key: &EcdsaKeyPair) -> Result<String> {
    let (x, y) = key.public_key().as_ref().get(1..65).context("no point of P-256")?.split_at(32);
    let [x, y] = [x, y].map(|half| URL_SAFE_NO_PAD.encode(half));
    Ok(format!(r#"{{"kty":"EC","crv":"P-256","x":"{x}","y":"{y}"}}"#))
}

/// RFC 8017 §A.1.1 of a 2048-bit key with the exponent 65537: the modulus stands where it always does.
fn rsa_jwk(key: &RsaKeyPair) -> Result<String> {
    let modulus = key.public_key().as_ref().get(9..265).context("no modulus of 2048 bits")?;
    Ok(format!(r#"{{"kty":"RSA","e":"AQAB","n":"{}"}}"#, URL_SAFE_NO_PAD.encode(modulus)))
}

const JWT_BEARER: &str = "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
const LIFETIME: u64 = 600;
