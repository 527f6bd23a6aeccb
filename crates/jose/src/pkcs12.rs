//! PKCS #12 (RFC 7292): a private key with its certificate, as it is carried from one program to another.
//!
//! What comes from outside says how often a password is hashed; so many times together are done at most, and everything else is bounded
//! by the size of the file: nothing is nested deeper than the functions here.

use aws_lc_rs::cipher::{
    AES_128, AES_128_KEY_LEN, AES_192, AES_192_KEY_LEN, AES_256, AES_256_KEY_LEN, DecryptionContext,
    PaddedBlockDecryptingKey, UnboundCipherKey,
};
use aws_lc_rs::{digest, hmac, pbkdf2};
use std::num::NonZeroU32;
use x509_parser::asn1_rs::{Oid, oid};
use zeroize::Zeroizing;

use crate::der::Elements;

/// What a file holds.
pub struct Pkcs12 {
    /// PKCS #8, not encrypted.
    pub key: Zeroizing<Vec<u8>>,
    /// The octets of its certificates, in the order of the file.
    pub certificates: Vec<Vec<u8>>,
}

/// Why a file gives nothing. The texts name the rule and never quote the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Pkcs12Error {
    #[error("the file is too large")]
    TooLarge,
    #[error("the file is no PKCS #12 (RFC 7292 §4)")]
    Malformed,
    #[error("the password is not that of the file, or the file was changed")]
    Password,
    #[error(
        "the file is encrypted in a way of old (RC2, Triple DES) or in one that is not known: write it anew with AES, as OpenSSL 3 and \
         keytool do"
    )]
    Unsupported,
    #[error("the file has its password hashed more often than is done for a caller")]
    Iterations,
    #[error("there must be one private key in the file")]
    Key,
    #[error("there is no certificate in the file")]
    NoCertificate,
}

impl Pkcs12 {
    /// Reads a file that `password` opens; empty where it has none.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn open(file: &[u8], password: &str) -> Result<Self, Pkcs12Error> {
        if file.len() > MAX_FILE {
            return Err(Pkcs12Error::TooLarge);
        }
        let mut opening =
            Opening { password, iterations: MAX_ITERATIONS, key: None, keys: 0, certificates: Vec::new() };
        for safe in opening.authenticated(file)? {
            opening.safe(&safe)?;
        }
        let Opening { key: Some(key), keys: 1, certificates, .. } = opening else { return Err(Pkcs12Error::Key) };
        if certificates.is_empty() {
            return Err(Pkcs12Error::NoCertificate);
        }
        Ok(Self { key, certificates })
    }
}

impl std::fmt::Debug for Pkcs12 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pkcs12").field("certificates", &self.certificates.len()).finish_non_exhaustive()
    }
}

struct Opening<'a> {
    password: &'a str,
    /// How often a password is still hashed.
    iterations: u32,
    key: Option<Zeroizing<Vec<u8>>>,
    keys: usize,
    certificates: Vec<Vec<u8>>,
}

impl Opening<'_> {
    /// §4: the contents of the authenticated safe, those that were encrypted opened.
    fn authenticated(&mut self, file: &[u8]) -> Result<Vec<Zeroizing<Vec<u8>>>, Pkcs12Error> {
        let mut pfx = Elements::within(file).ok_or(Pkcs12Error::Malformed)?;
        let content = (|| {
            (pfx.number()? == 3).then_some(())?;
            content_of(&mut pfx.sequence()?)
        })();
        let content = content.ok_or(Pkcs12Error::Malformed)?;
        if !pfx.is_empty() {
            self.judge_mac(&mut pfx, content)?;
        }
        let mut infos = Elements::within(content).ok_or(Pkcs12Error::Malformed)?;
        let mut safes = Vec::new();
        while !infos.is_empty() {
            if safes.len() == MOST {
                return Err(Pkcs12Error::TooLarge);
            }
            let mut info = infos.sequence().ok_or(Pkcs12Error::Malformed)?;
            safes.push(match info.clone_oid() {
                Some(kind) if kind == DATA => {
                    Zeroizing::new(content_of(&mut info).ok_or(Pkcs12Error::Malformed)?.to_vec())
                }
                Some(kind) if kind == ENCRYPTED_DATA => self.encrypted(&mut info)?,
                Some(_) => return Err(Pkcs12Error::Unsupported),
                None => return Err(Pkcs12Error::Malformed),
            });
        }
        Ok(safes)
    }

    /// RFC 5652 §8: EncryptedData.
    fn encrypted(&mut self, info: &mut Elements<'_>) -> Result<Zeroizing<Vec<u8>>, Pkcs12Error> {
        let parts = (|| {
            info.oid()?;
            let mut data = Elements::within(info.context(0)?)?;
            data.number()?;
            let mut content = data.sequence()?;
            content.oid()?;
            Some((content.sequence()?, content.context(0)?))
        })();
        let (algorithm, octets) = parts.ok_or(Pkcs12Error::Malformed)?;
        self.decrypted(algorithm, octets)
    }

    /// §4.2: the bags of a safe. What is neither a key nor a certificate is passed over.
    fn safe(&mut self, safe: &[u8]) -> Result<(), Pkcs12Error> {
        let mut bags = Elements::within(safe).ok_or(Pkcs12Error::Malformed)?;
        let mut many = 0;
        while !bags.is_empty() {
            many += 1;
            if many > MOST {
                return Err(Pkcs12Error::TooLarge);
            }
            let bag = (|| {
                let mut bag = bags.sequence()?;
                Some((bag.oid()?, bag.context(0)?))
            })();
            let (kind, value) = bag.ok_or(Pkcs12Error::Malformed)?;
            if kind == KEY_BAG {
                self.found(Zeroizing::new(value.to_vec()));
            } else if kind == SHROUDED_KEY_BAG {
                let parts = Elements::within(value).and_then(|mut parts| Some((parts.sequence()?, parts.octets()?)));
                let (algorithm, octets) = parts.ok_or(Pkcs12Error::Malformed)?;
                let key = self.decrypted(algorithm, octets)?;
                self.found(key);
            } else if kind == CERTIFICATE_BAG {
                let certificate = certificate_of(value).ok_or(Pkcs12Error::Malformed)?;
                self.certificates.push(certificate.to_vec());
            }
        }
        Ok(())
    }

    fn found(&mut self, key: Zeroizing<Vec<u8>>) {
        self.keys += 1;
        self.key = Some(key);
    }

    /// Takes these from what may be done.
    fn spend(&mut self, iterations: u64) -> Result<NonZeroU32, Pkcs12Error> {
        let wanted = u32::try_from(iterations).ok().and_then(NonZeroU32::new);
        let wanted = wanted.filter(|wanted| wanted.get() <= self.iterations).ok_or(Pkcs12Error::Iterations)?;
        self.iterations -= wanted.get();
        Ok(wanted)
    }

    /// RFC 8018 §6.2: PBES2 with PBKDF2 and AES in CBC.
    fn decrypted(&mut self, mut algorithm: Elements<'_>, octets: &[u8]) -> Result<Zeroizing<Vec<u8>>, Pkcs12Error> {
        if algorithm.oid().ok_or(Pkcs12Error::Malformed)? != PBES2 {
            return Err(Pkcs12Error::Unsupported);
        }
        let mut parameters = algorithm.sequence().ok_or(Pkcs12Error::Malformed)?;
        let mut derivation = parameters.sequence().ok_or(Pkcs12Error::Malformed)?;
        if derivation.oid().ok_or(Pkcs12Error::Malformed)? != PBKDF2 {
            return Err(Pkcs12Error::Unsupported);
        }
        let (salt, iterations, prf) = derived_by(&mut derivation)?;
        let cipher = (|| {
            let mut scheme = parameters.sequence()?;
            Some((scheme.oid()?, scheme.octets()?))
        })();
        let (cipher, iv) = cipher.ok_or(Pkcs12Error::Malformed)?;
        let (cipher, length) = match cipher {
            oid if oid == AES_128_CBC => (&AES_128, AES_128_KEY_LEN),
            oid if oid == AES_192_CBC => (&AES_192, AES_192_KEY_LEN),
            oid if oid == AES_256_CBC => (&AES_256, AES_256_KEY_LEN),
            _ => return Err(Pkcs12Error::Unsupported),
        };
        let iv: [u8; 16] = iv.try_into().map_err(|_| Pkcs12Error::Malformed)?;
        let iterations = self.spend(iterations)?;
        let mut key = Zeroizing::new(vec![0; length]);
        pbkdf2::derive(prf, iterations, salt, self.password.as_bytes(), &mut key);
        let mut octets = Zeroizing::new(octets.to_vec());
        let key = UnboundCipherKey::new(cipher, &key).map_err(|_| Pkcs12Error::Malformed)?;
        let key = PaddedBlockDecryptingKey::cbc_pkcs7(key).map_err(|_| Pkcs12Error::Malformed)?;
        let plain = key.decrypt(&mut octets, DecryptionContext::Iv128(iv.into())).map_err(|_| Pkcs12Error::Password)?;
        Ok(Zeroizing::new(plain.to_vec()))
    }

    /// RFC 7292 §4, App. B: whether the file is as whoever knows the password made it.
    fn judge_mac(&mut self, pfx: &mut Elements<'_>, content: &[u8]) -> Result<(), Pkcs12Error> {
        let parts = (|| {
            let mut mac = pfx.sequence()?;
            let mut info = mac.sequence()?;
            let hash = info.sequence()?.oid()?;
            let (expected, salt) = (info.octets()?, mac.octets()?);
            let iterations = if mac.is_empty() { 1 } else { mac.number()? };
            Some((hash, expected, salt, iterations))
        })();
        let (hash, expected, salt, iterations) = parts.ok_or(Pkcs12Error::Malformed)?;
        let (hash, with, block) = mac(&hash).ok_or(Pkcs12Error::Unsupported)?;
        let mut wide: Vec<u8> = self.password.encode_utf16().flat_map(u16::to_be_bytes).collect();
        wide.extend([0, 0]);
        let mut candidates = vec![Zeroizing::new(wide)];
        // Some write the absence of a password as nothing at all.
        if self.password.is_empty() {
            candidates.push(Zeroizing::default());
        }
        for wide in candidates {
            let iterations = self.spend(iterations)?;
            let key = mac_key(hash, block, &wide, salt, iterations);
            let key = hmac::Key::new(with, &key);
            if hmac::verify(&key, content, expected).is_ok() {
                return Ok(());
            }
        }
        Err(Pkcs12Error::Password)
    }
}

impl<'a> Elements<'a> {
    /// The object identifier that comes next, which is not passed by.
    fn clone_oid(&self) -> Option<Oid<'a>> {
        let mut look = *self;
        look.oid()
    }
}

/// The octets of a ContentInfo of the type data.
fn content_of<'a>(info: &mut Elements<'a>) -> Option<&'a [u8]> {
    (info.oid()? == DATA).then_some(())?;
    Elements::of(info.context(0)?).octets()
}

/// §4.2.3: an X.509 certificate.
fn certificate_of(value: &[u8]) -> Option<&[u8]> {
    let mut bag = Elements::within(value)?;
    (bag.oid()? == X509_CERTIFICATE).then_some(())?;
    Elements::of(bag.context(0)?).octets()
}

/// RFC 8018 App. A.2: salt, iterations and the function of PBKDF2.
fn derived_by<'a>(derivation: &mut Elements<'a>) -> Result<(&'a [u8], u64, pbkdf2::Algorithm), Pkcs12Error> {
    let parts = (|| {
        let mut parameters = derivation.sequence()?;
        let (salt, iterations) = (parameters.octets()?, parameters.number()?);
        let mut length = parameters;
        if length.number().is_some() {
            parameters = length;
        }
        let prf = if parameters.is_empty() { Some(HMAC_SHA1) } else { parameters.sequence()?.oid() };
        Some((salt, iterations, prf?))
    })();
    let (salt, iterations, prf) = parts.ok_or(Pkcs12Error::Malformed)?;
    Ok((salt, iterations, function(&prf).ok_or(Pkcs12Error::Unsupported)?))
}

/// RFC 7292 App. B.2, for as many octets as the hash has: one block.
fn mac_key(
    hash: &'static digest::Algorithm,
    block: usize,
    password: &[u8],
    salt: &[u8],
    iterations: NonZeroU32,
) -> Zeroizing<Vec<u8>> {
    let filled = |octets: &[u8]| -> Vec<u8> {
        let length = octets.len().div_ceil(block) * block;
        octets.iter().copied().cycle().take(length).collect()
    };
    let mut input = Zeroizing::new(vec![3; block]);
    input.extend(filled(salt));
    input.extend(filled(password));
    let mut key = Zeroizing::new(digest::digest(hash, &input).as_ref().to_vec());
    for _ in 1..iterations.get() {
        let next = digest::digest(hash, &key);
        key.copy_from_slice(next.as_ref());
    }
    key
}

/// The hash, what it is with HMAC, and the octets of its block.
type Mac = (&'static digest::Algorithm, hmac::Algorithm, usize);

fn mac(hash: &Oid<'_>) -> Option<Mac> {
    Some(match hash {
        hash if *hash == SHA1 => (&digest::SHA1_FOR_LEGACY_USE_ONLY, hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, 64),
        hash if *hash == SHA256 => (&digest::SHA256, hmac::HMAC_SHA256, 64),
        hash if *hash == SHA384 => (&digest::SHA384, hmac::HMAC_SHA384, 128),
        hash if *hash == SHA512 => (&digest::SHA512, hmac::HMAC_SHA512, 128),
        _ => return None,
    })
}

/// RFC 8018 App. B.1.2.
fn function(prf: &Oid<'_>) -> Option<pbkdf2::Algorithm> {
    Some(match prf {
        prf if *prf == HMAC_SHA1 => pbkdf2::PBKDF2_HMAC_SHA1,
        prf if *prf == HMAC_SHA256 => pbkdf2::PBKDF2_HMAC_SHA256,
        prf if *prf == HMAC_SHA384 => pbkdf2::PBKDF2_HMAC_SHA384,
        prf if *prf == HMAC_SHA512 => pbkdf2::PBKDF2_HMAC_SHA512,
        _ => return None,
    })
}

const SHA1: Oid<'static> = oid!(1.3.14.3.2.26);
const SHA256: Oid<'static> = oid!(2.16.840.1.101.3.4.2.1);
const SHA384: Oid<'static> = oid!(2.16.840.1.101.3.4.2.2);
const SHA512: Oid<'static> = oid!(2.16.840.1.101.3.4.2.3);
const HMAC_SHA1: Oid<'static> = oid!(1.2.840.113549.2.7);
const HMAC_SHA256: Oid<'static> = oid!(1.2.840.113549.2.9);
const HMAC_SHA384: Oid<'static> = oid!(1.2.840.113549.2.10);
const HMAC_SHA512: Oid<'static> = oid!(1.2.840.113549.2.11);
const DATA: Oid<'static> = oid!(1.2.840.113549.1.7.1);
const ENCRYPTED_DATA: Oid<'static> = oid!(1.2.840.113549.1.7.6);
const PBES2: Oid<'static> = oid!(1.2.840.113549.1.5.13);
const PBKDF2: Oid<'static> = oid!(1.2.840.113549.1.5.12);
const AES_128_CBC: Oid<'static> = oid!(2.16.840.1.101.3.4.1.2);
const AES_192_CBC: Oid<'static> = oid!(2.16.840.1.101.3.4.1.22);
const AES_256_CBC: Oid<'static> = oid!(2.16.840.1.101.3.4.1.42);
const KEY_BAG: Oid<'static> = oid!(1.2.840.113549.1.12.10.1.1);
const SHROUDED_KEY_BAG: Oid<'static> = oid!(1.2.840.113549.1.12.10.1.2);
const CERTIFICATE_BAG: Oid<'static> = oid!(1.2.840.113549.1.12.10.1.3);
const X509_CERTIFICATE: Oid<'static> = oid!(1.2.840.113549.1.9.22.1);
const MAX_FILE: usize = 128 * 1024;
/// What OpenSSL and keytool write is some thousands for each part; this takes about half a second.
const MAX_ITERATIONS: u32 = 1_000_000;
const MOST: usize = 16;

#[cfg(test)]
mod tests;
