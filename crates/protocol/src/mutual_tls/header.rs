//! The certificate as a proxy that ended TLS hands it on (RFC 9440).

use std::sync::Arc;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use jose::ClientCertificate;

use super::Sent;

impl Sent {
    /// Reads the values of `Client-Cert` and `Client-Cert-Chain`, which only a proxy may set.
    pub fn of_proxy(certificate: &[&[u8]], chain: &[&[u8]]) -> Self {
        match read(certificate, chain) {
            Ok(None) => Self::None,
            Ok(Some(certificate)) => Self::One(Arc::new(certificate)),
            Err(why) => Self::Unreadable(why),
        }
    }
}

fn read(certificate: &[&[u8]], chain: &[&[u8]]) -> Result<Option<ClientCertificate>, &'static str> {
    let line = match certificate {
        // RFC 9440 §2.3: there is no chain without a certificate.
        [] if chain.is_empty() => return Ok(None),
        [] => return Err("a header Client-Cert-Chain without Client-Cert"),
        [line] => line,
        // RFC 9440 §2.2: a proxy replaces what the client sent, so two are of two.
        _ => return Err("several headers Client-Cert"),
    };
    let leaf = octets(line).ok_or("a header Client-Cert that is no byte sequence (RFC 9440 §2.2)")?;
    // RFC 8941 §4.2: the lines of a list are one.
    let mut between = Vec::new();
    for member in chain.iter().flat_map(|line| line.split(|octet| *octet == b',')) {
        if between.len() == ClientCertificate::MAX_BETWEEN {
            return Err("a header Client-Cert-Chain of too many certificates");
        }
        between.push(
            octets(member).ok_or("a header Client-Cert-Chain that is no list of byte sequences (RFC 9440 §2.3)")?,
        );
    }
    Ok(ClientCertificate::new(std::iter::once(leaf).chain(between)))
}

/// `sf-binary` (RFC 8941 §3.3.5): base64 between colons. Padding may be left out, as §4.2.7 says.
fn octets(text: &[u8]) -> Option<Vec<u8>> {
    let text = text.trim_ascii().strip_prefix(b":")?.strip_suffix(b":")?;
    let octets = LENIENT.decode(text).ok()?;
    (!octets.is_empty() && octets.len() <= LARGEST).then_some(octets)
}

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);
/// Octets of one certificate.
const LARGEST: usize = 16 * 1024;
