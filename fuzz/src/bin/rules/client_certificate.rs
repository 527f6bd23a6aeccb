//! `jose::ClientCertificate` and `jose::Authority` of any octets: what is read is what another reader of certificates finds, nobody whom the
//! authorities did not sign is vouched for, and nothing is its own authority.

use std::sync::OnceLock;

use jose::{Authority, Certificate, ClientCertificate};

pub fn check(octets: &[u8]) {
    let Some(shown) = ClientCertificate::new(octets.split(|octet| *octet == b'|').map(<[u8]>::to_vec)) else { return };
    let whole = ClientCertificate::new(std::iter::once(octets.to_vec())).expect("one");
    for certificate in [&shown, &whole] {
        assert_eq!(certificate.thumbprint().len(), 43);
        // The authority signed none of the seeds, and nobody can forge its signature.
        assert!(certificate.vouched(trusted(), NOW).is_err());
        assert!(certificate.vouched(&[], NOW).is_err());
    }
    let (Ok(read), Ok(other)) = (whole.read(), Certificate::from_der(octets)) else { return };
    assert_eq!((read.not_before, read.not_after), (other.not_before, other.not_after));
    assert_eq!(read.key, Some(other.jwk.thumbprint()));
}

fn trusted() -> &'static [Authority] {
    static TRUSTED: OnceLock<[Authority; 1]> = OnceLock::new();
    TRUSTED.get_or_init(|| [Authority::from_pem(AUTHORITY).expect("an authority")])
}

/// 2026-11-29.
const NOW: i64 = 1_795_910_400;
/// Its key is nowhere.
const AUTHORITY: &str = "\
-----BEGIN CERTIFICATE-----\n\
MIIBojCCAUmgAwIBAgIUFKBuiA+JQDXLaqg+SShWVrBRaoUwCgYIKoZIzj0EAwIw\n\
JjESMBAGA1UEAwwJQXV0aG9yaXR5MRAwDgYDVQQKDAdFeGFtcGxlMCAXDTI2MTEy\n\
OTE5NDM1OVoYDzIxMjYxMTA1MTk0MzU5WjAmMRIwEAYDVQQDDAlBdXRob3JpdHkx\n\
EDAOBgNVBAoMB0V4YW1wbGUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARH0NsT\n\
9QKURl62baQ1xmxyfUaPX7k2iQ4WtYhcSFL3i5XKv062DyXT53lwJmBB18x0qAZt\n\
i015T2WP6ZNwXT3Bo1MwUTAdBgNVHQ4EFgQU9gJDuULDBbbUbipwPkn+fW+kdxEw\n\
HwYDVR0jBBgwFoAU9gJDuULDBbbUbipwPkn+fW+kdxEwDwYDVR0TAQH/BAUwAwEB\n\
/zAKBggqhkjOPQQDAgNHADBEAiBsaUXh1kh6yuTn7BCPfisyIGHGOgP06k00JOyq\n\
+9UKdQIgRaaaOKYWs521PNKrLbEyHJ44P4ljIUdh0ZXMw5rhBcs=\n\
-----END CERTIFICATE-----\n";
