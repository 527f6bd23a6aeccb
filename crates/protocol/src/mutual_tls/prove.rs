//! Decides whether a certificate proves a client (RFC 8705 §2.1, §2.2).

use jose::{Authority, ClientCertificate, Jwks, Read};

use super::{Sent, short, told};
use crate::client::Client;
use crate::refusal::{Reason, Refused};
use crate::time::Time;

/// The certificate of a request, and what it is compared with; the engine loads it.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    pub sent: &'a Sent,
    pub against: Against<'a>,
}

#[derive(Clone, Copy, Debug)]
pub enum Against<'a> {
    /// The keys and certificates that the client registered or publishes, or why there are none.
    Keys(Result<&'a Jwks, &'a str>),
    /// Those who vouch for certificates of clients in the environment.
    Authorities(&'a [Authority]),
}

/// Compares the certificate with the registration of `client`.
///
/// # Errors
/// `invalid_client`: there is no certificate, it cannot be read, its time is over, nobody vouches for it, or it is another's.
pub(crate) fn prove(client: &Client, expected: Option<&Expected<'_>>, now: Time) -> Result<(), Refused> {
    let none = Expected { sent: &Sent::None, against: Against::Keys(Err("no keys were loaded")) };
    let Expected { sent, against } = *expected.unwrap_or(&none);
    let wanted = match against {
        Against::Keys(_) => {
            "a client certificate that the application registered in jwks, jwksUrl or by POST …/keys".to_owned()
        }
        Against::Authorities(_) => {
            format!("a client certificate with tlsClientAuth: {}", client.application.tls_client_auth)
        }
    };
    let certificate = sent.one([Reason::CertificateMissing, Reason::CertificateInvalid], &wanted)?;
    let invalid = |expected: &str, came: &str| {
        Refused::new(Reason::CertificateInvalid, expected, format!("{came}: {}", told(certificate)))
    };
    let read = certificate.read().map_err(|error| invalid("a certificate (RFC 5280 §4.1)", &error.to_string()))?;
    in_time(read, now).map_err(|came| invalid("a certificate that is good now", &came))?;
    read.fit.map_err(|error| invalid("a certificate whose key may prove something", &error.to_string()))?;
    match against {
        Against::Keys(keys) => {
            let keys = keys.map_err(|why| Refused::new(Reason::CertificateOther, &*wanted, why))?;
            if is_among(certificate, read, keys) {
                return Ok(());
            }
            Err(Refused::new(Reason::CertificateOther, wanted, told(certificate)))
        }
        Against::Authorities(authorities) => {
            let expected = "a certificate that one of clientCertificateAuthorities vouches for";
            certificate.vouched(authorities, now.secs()).map_err(|error| invalid(expected, &error.to_string()))?;
            if client.application.tls_client_auth.is_of(read) {
                return Ok(());
            }
            Err(Refused::new(Reason::CertificateOther, wanted, named(read)))
        }
    }
}

/// RFC 5280 §4.1.2.5. Of a certificate that is registered itself too: its owner said so (CJ-35).
fn in_time(read: &Read, now: Time) -> Result<(), String> {
    let now = now.secs();
    if now < read.not_before {
        return Err(format!("one that begins at {}", Time::from_secs(read.not_before)));
    }
    if now > read.not_after {
        return Err(format!("one that ended at {}", Time::from_secs(read.not_after)));
    }
    Ok(())
}

/// RFC 8705 §2.2: the certificate itself where one is registered (`x5c`, `x5t#S256`, POST …/keys); where a key is registered alone, any
/// certificate of this key, which its holder made.
fn is_among(certificate: &ClientCertificate, read: &Read, keys: &Jwks) -> bool {
    let able = keys.keys().iter().filter(|jwk| jwk.proves() && jwk.misnamed().is_none());
    able.into_iter().any(|jwk| match jwk.certificate() {
        Some(thumbprint) => thumbprint == certificate.thumbprint(),
        None => read.key.as_ref().is_some_and(|key| *key == jwk.thumbprint()),
    })
}

/// Whether the certificate, or its key, is in the set: otherwise a newer one may have it.
pub fn is_registered(sent: &Sent, keys: &Jwks) -> bool {
    let Sent::One(certificate) = sent else { return true };
    certificate.read().map_or(true, |read| is_among(certificate, read, keys))
}

/// All that a certificate could be known by.
fn named(read: &Read) -> String {
    let names = read.names.iter().map(ToString::to_string);
    let all: Vec<String> = std::iter::once(format!("subjectDn {}", read.subject)).chain(names).collect();
    short(&all.join(", "))
}
