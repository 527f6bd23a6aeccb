//! What a proxy says of a certificate (RFC 9440 §2).

use super::{Sent, at_token_endpoint};
use crate::client::Client;
use crate::model::{Application, SecretPair};
use crate::refusal::Reason;

fn read(certificate: &[&str], chain: &[&str]) -> Sent {
    fn lines<'a>(lines: &[&'a str]) -> Vec<&'a [u8]> {
        lines.iter().map(|line| line.as_bytes()).collect()
    }
    Sent::of_proxy(&lines(certificate), &lines(chain))
}

/// SHA-256 of the octets `leaf`.
fn thumbprint() -> String {
    jose::b64::encode(&jose::digest::sha256(b"leaf"))
}

#[test]
fn a_byte_sequence_is_a_certificate() {
    assert_eq!(read(&[], &[]), Sent::None);
    for (certificate, chain) in [
        (":bGVhZg==:", &[][..]),
        // RFC 8941 §4.2.7: padding may be left out.
        (" :bGVhZg: ", &[]),
        (":bGVhZg==:", &[":b25l:, :dHdv:"]),
        (":bGVhZg==:", &[":b25l:", ":dHdv:"]),
    ] {
        let sent = read(&[certificate], chain);
        assert_eq!(sent.thumbprint().map(|one| one.as_str().to_owned()), Some(thumbprint()), "{certificate} {chain:?}");
    }
}

/// CJ-35: what is ambiguous is nobody's.
#[test]
fn what_is_no_byte_sequence_is_nobodys() {
    let many = [":b25l:"; 9].join(",");
    for (certificate, chain) in [
        (&["bGVhZg=="][..], &[][..]),
        (&[":bGVhZg==:", ":bGVhZg==:"], &[]),
        (&[":bGVhZg==:, :bGVhZg==:"], &[]),
        (&[":bGVhZg==:;a=b"], &[]),
        (&["\":bGVhZg==:\""], &[]),
        (&[":bGVh_g==:"], &[]),
        (&["::"], &[]),
        (&[":"], &[]),
        (&[""], &[]),
        (&["-----BEGIN CERTIFICATE-----"], &[]),
        (&[], &[":b25l:"]),
        (&[":bGVhZg==:"], &[":b25l:,"]),
        (&[":bGVhZg==:"], &["b25l"]),
        (&[":bGVhZg==:"], &[""]),
        (&[":bGVhZg==:"], &[&many]),
    ] {
        let sent = read(certificate, chain);
        assert!(matches!(sent, Sent::Unreadable(_)), "{certificate:?} {chain:?} {sent:?}");
        assert_eq!(sent.thumbprint(), None);
    }
}

/// RFC 6749 §5.2: a client that has proven itself is told that its request lacks something, whether it showed nothing or nothing
/// that can be read.
#[test]
fn a_bound_token_needs_a_certificate_that_can_be_read() {
    let application = Application { certificate_bound: true, ..Application::default() };
    let client = Client {
        application,
        secrets: SecretPair::default(),
        grants: Vec::new(),
        mappings: crate::mapping::ApplicationMappings::default(),
    };
    for sent in [Sent::None, read(&["no byte sequence"], &[])] {
        let refused = at_token_endpoint(&client, &sent).unwrap_err();
        assert_eq!(
            (refused.reason, refused.reason.row().oauth),
            (Reason::BindingCertificateMissing, "invalid_request")
        );
    }
    assert!(at_token_endpoint(&client, &read(&[":bGVhZg==:"], &[])).unwrap().is_some());
}
