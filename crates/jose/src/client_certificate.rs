//! The certificate that a client showed in a TLS handshake: what it says, and whether an authority vouches for it (RFC 5280 §6,
//! RFC 8705 §2).
//!
//! Nothing was judged of it before: the handshake proved that the client holds the key, and no more.

mod path;

use std::fmt;
use std::net::IpAddr;
use std::sync::OnceLock;
use std::time::Duration;

use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, KeyUsage, VerifiedPath, anchor_from_trusted_cert};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer as _;

use crate::certificate::{KeyType, der_of_pem, public_key};
use crate::{CertificateError, DistinguishedName, Jwk, b64, digest};

/// A client's certificate with those that it sent to have it vouched for.
#[derive(Clone)]
pub struct ClientCertificate {
    leaf: Vec<u8>,
    intermediates: Vec<Vec<u8>>,
    thumbprint: String,
    /// What the leaf says: read the first time alone, for all requests of a connection.
    read: OnceLock<Result<Read, Chain>>,
}

/// What a certificate says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    pub subject: DistinguishedName,
    pub names: Vec<AlternativeName>,
    /// Seconds since 1970; both are part of the time.
    pub not_before: i64,
    pub not_after: i64,
    /// The thumbprint of the key (RFC 7638); None for a key that no key set may hold.
    pub key: Option<String>,
    /// Whether its key may prove anything: it is long enough, and may sign (RFC 8446 §4.4.2.2).
    pub fit: Result<(), Chain>,
}

/// The kinds of alternative name that a client may be known by (RFC 8705 §2.1.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AlternativeName {
    Dns(String),
    Uri(String),
    Ip(IpAddr),
    Email(String),
}

/// Whether an authority vouches for a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Chain {
    #[error("a certificate that cannot be read (RFC 5280 §4.1)")]
    Malformed,
    #[error("a certificate that no trusted authority vouches for, by those that came with it")]
    Unknown,
    #[error("a certificate or an authority whose time is over or has not begun")]
    Time,
    #[error(
        "a certificate that is not for client authentication, or not for signatures (RFC 5280 §4.2.1.3, §4.2.1.12)"
    )]
    Usage,
    #[error("a key of less than 2048 bits")]
    Key,
    #[error("the certificate of an authority instead of a client's (RFC 5280 §4.2.1.9)")]
    OfAuthority,
    #[error("a chain that an authority may not make: its length or its names (RFC 5280 §4.2.1.9, §4.2.1.10)")]
    Constraint,
    #[error("a signature in the chain that does not hold, or of an algorithm that is not taken")]
    Signature,
}

impl ClientCertificate {
    /// So many others beside the leaf are looked at.
    pub const MAX_BETWEEN: usize = path::MAX_BETWEEN;

    /// What was shown, leaf first. None: nothing was.
    pub fn new(mut chain: impl Iterator<Item = Vec<u8>>) -> Option<Self> {
        let leaf = chain.next()?;
        let thumbprint = b64::encode(&digest::sha256(&leaf));
        Some(Self { leaf, intermediates: chain.take(Self::MAX_BETWEEN).collect(), thumbprint, read: OnceLock::new() })
    }

    /// base64url of the SHA-256 of its octets: `x5t#S256` (RFC 8705 §3.1).
    pub fn thumbprint(&self) -> &str {
        &self.thumbprint
    }

    /// What it says.
    ///
    /// # Errors
    /// [`Chain::Malformed`].
    pub fn read(&self) -> Result<&Read, Chain> {
        self.read.get_or_init(|| self.parsed()).as_ref().map_err(|error| *error)
    }

    fn parsed(&self) -> Result<Read, Chain> {
        let (rest, certificate) = X509Certificate::from_der(&self.leaf).map_err(|_| Chain::Malformed)?;
        if !rest.is_empty() {
            return Err(Chain::Malformed);
        }
        let names = certificate.subject_alternative_name().map_err(|_| Chain::Malformed)?;
        let names = names.into_iter().flat_map(|names| &names.value.general_names).filter_map(alternative);
        let validity = certificate.validity();
        let (not_before, not_after) = (validity.not_before.timestamp(), validity.not_after.timestamp());
        let key = public_key(certificate.public_key()).ok();
        let usage = certificate.key_usage().map_err(|_| Chain::Malformed)?;
        let fit = match &key {
            Some((_, (KeyType::Rsa, bits))) if *bits < 2048 => Err(Chain::Key),
            _ if usage.is_some_and(|usage| !usage.value.digital_signature()) => Err(Chain::Usage),
            _ => Ok(()),
        };
        let key = key.and_then(|(key, _)| Jwk::certified(key, self.thumbprint.clone(), (not_before, not_after)).ok());
        Ok(Read {
            subject: DistinguishedName::of(certificate.subject()),
            names: names.collect(),
            not_before,
            not_after,
            key: key.map(|key| key.thumbprint()),
            fit,
        })
    }

    /// Whether one of `authorities` vouches for it at `now`, in seconds: signatures, times, basic and name constraints, key usages, and
    /// `clientAuth` where it has extended ones (RFC 5280 §6.1, RFC 8705 §2.1).
    ///
    /// # Errors
    /// Why none does.
    pub fn vouched(&self, authorities: &[Authority], now: i64) -> Result<(), Chain> {
        let leaf = CertificateDer::from(self.leaf.as_slice());
        let leaf = EndEntityCert::try_from(&leaf).map_err(|_| Chain::Malformed)?;
        // RFC 5280 §6.1.1 (d): whoever is trusted is so for as long as its certificate says. webpki leaves that to whoever trusts.
        let authorities: Vec<&Authority> = authorities.iter().filter(|one| one.is_good(now)).collect();
        let trusted: Vec<_> = authorities.iter().map(|one| CertificateDer::from(one.der.as_slice())).collect();
        let anchors: Vec<_> = trusted.iter().filter_map(|one| anchor_from_trusted_cert(one).ok()).collect();
        let between: Vec<_> = path::between(&self.intermediates).into_iter().map(CertificateDer::from).collect();
        let now = UnixTime::since_unix_epoch(Duration::from_secs(now.try_into().unwrap_or_default()));
        let client = KeyUsage::client_auth();
        let judge = |found: &VerifiedPath<'_>| path::judge(found, &self.leaf, &authorities);
        let found = leaf.verify_for_usage(ALL_VERIFICATION_ALGS, &anchors, &between, now, client, None, Some(&judge));
        found.map(drop).map_err(|error| judged(&error))
    }
}

/// What is read follows from the octets.
impl PartialEq for ClientCertificate {
    fn eq(&self, other: &Self) -> bool {
        (&self.leaf, &self.intermediates) == (&other.leaf, &other.intermediates)
    }
}

impl Eq for ClientCertificate {}

/// A certificate is public, and long.
impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCertificate").field("thumbprint", &self.thumbprint).finish_non_exhaustive()
    }
}

impl fmt::Display for AlternativeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) => write!(f, "sanDns {name}"),
            Self::Uri(uri) => write!(f, "sanUri {uri}"),
            Self::Ip(address) => write!(f, "sanIp {address}"),
            Self::Email(address) => write!(f, "sanEmail {address}"),
        }
    }
}

fn alternative(name: &GeneralName<'_>) -> Option<AlternativeName> {
    Some(match name {
        GeneralName::DNSName(name) => AlternativeName::Dns((*name).to_owned()),
        GeneralName::URI(uri) => AlternativeName::Uri((*uri).to_owned()),
        GeneralName::RFC822Name(address) => AlternativeName::Email((*address).to_owned()),
        GeneralName::IPAddress(octets) => {
            let four = <[u8; 4]>::try_from(*octets).map(IpAddr::from);
            AlternativeName::Ip(four.or_else(|_| <[u8; 16]>::try_from(*octets).map(IpAddr::from)).ok()?)
        }
        _ => return None,
    })
}

fn judged(error: &webpki::Error) -> Chain {
    use webpki::Error;
    match error {
        Error::UnknownIssuer => Chain::Unknown,
        Error::CertExpired { .. } | Error::CertNotValidYet { .. } | Error::InvalidCertValidity => Chain::Time,
        Error::RequiredEkuNotFoundContext(_) | Error::EmptyEkuExtension => Chain::Usage,
        Error::CaUsedAsEndEntity => Chain::OfAuthority,
        Error::EndEntityUsedAsCa
        | Error::NameConstraintViolation
        | Error::PathLenConstraintViolated
        | Error::IssuerNotCrlSigner
        | Error::MalformedNameConstraint
        | Error::MaximumPathDepthExceeded => Chain::Constraint,
        Error::InvalidSignatureForPublicKey
        | Error::SignatureAlgorithmMismatch
        | Error::UnsupportedSignatureAlgorithmContext(_)
        | Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_)
        | Error::MaximumSignatureChecksExceeded => Chain::Signature,
        _ => Chain::Malformed,
    }
}

/// An authority whose word counts (RFC 5280 §6.1.1 (d)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    der: Vec<u8>,
    /// Seconds since 1970.
    good: (i64, i64),
}

impl Authority {
    /// Reads a text that holds the certificate of one authority in PEM.
    ///
    /// # Errors
    /// What is wrong with it: [`CertificateError::NoAuthority`] for a certificate that may not sign others.
    pub fn from_pem(text: &str) -> Result<Self, CertificateError> {
        let der = der_of_pem(text.as_bytes())?;
        let (rest, read) = X509Certificate::from_der(&der).map_err(|_| CertificateError::Malformed)?;
        if !rest.is_empty() {
            return Err(CertificateError::Malformed);
        }
        let constraints = read.basic_constraints().map_err(|_| CertificateError::Malformed)?;
        if !constraints.is_some_and(|constraints| constraints.value.ca) || !path::signs(&read) {
            return Err(CertificateError::NoAuthority);
        }
        anchor_from_trusted_cert(&CertificateDer::from(der.as_slice())).map_err(|_| CertificateError::Malformed)?;
        let good = (read.validity().not_before.timestamp(), read.validity().not_after.timestamp());
        Ok(Self { der, good })
    }

    /// Whether a path that ends at `anchor` ends here.
    fn is_anchor(&self, anchor: &TrustAnchor<'_>) -> bool {
        let der = CertificateDer::from(self.der.as_slice());
        anchor_from_trusted_cert(&der).is_ok_and(|own| own == *anchor)
    }

    fn is_good(&self, now: i64) -> bool {
        (self.good.0..=self.good.1).contains(&now)
    }
}
