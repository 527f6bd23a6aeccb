//! Certificates of clients: what they say, and who vouches for them (RFC 5280 §6, RFC 8705 §2; CJ-35).

#![expect(clippy::unwrap_used, reason = "a failed assumption must fail the test")]

use jose::{AlternativeName, Authority, CertificateError, Chain, ClientCertificate, DistinguishedName};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa,
    KeyPair, KeyUsagePurpose, NameConstraints, SanType, date_time_ymd,
};
use std::time::{Duration, Instant};

type Issuer = CertifiedIssuer<'static, KeyPair>;

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CountryName, "US");
    params.distinguished_name.push(DnType::OrganizationName, "Example  Corp");
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

fn authority_params(name: &str, constraint: BasicConstraints) -> CertificateParams {
    let mut params = params(name);
    params.is_ca = IsCa::Ca(constraint);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params
}

fn root(name: &str, change: impl FnOnce(&mut CertificateParams)) -> Issuer {
    let mut params = authority_params(name, BasicConstraints::Unconstrained);
    change(&mut params);
    Issuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn below(issuer: &Issuer, name: &str, constraint: BasicConstraints) -> Issuer {
    Issuer::signed_by(authority_params(name, constraint), KeyPair::generate().unwrap(), issuer).unwrap()
}

fn client(issuer: &Issuer, change: impl FnOnce(&mut CertificateParams)) -> Vec<u8> {
    let mut params = params("Client");
    change(&mut params);
    params.signed_by(&KeyPair::generate().unwrap(), issuer).unwrap().der().to_vec()
}

fn shown(chain: &[Vec<u8>]) -> ClientCertificate {
    ClientCertificate::new(chain.iter().cloned()).unwrap()
}

fn trusted(issuers: &[&Issuer]) -> Vec<Authority> {
    issuers.iter().map(|one| Authority::from_pem(&one.pem()).unwrap()).collect()
}

fn der(issuer: &Issuer) -> Vec<u8> {
    issuer.der().to_vec()
}

/// 2026-11-29.
const NOW: i64 = 1_795_910_400;

#[test]
fn an_authority_vouches_for_what_it_signed_itself_or_by_others() {
    let root = root("Root", |_| {});
    let between = below(&root, "Between", BasicConstraints::Constrained(0));
    let (direct, indirect) = (client(&root, |_| {}), client(&between, |_| {}));
    let authorities = trusted(&[&root]);
    assert_eq!(shown(&[direct]).vouched(&authorities, NOW), Ok(()));
    assert_eq!(shown(&[indirect.clone(), der(&between)]).vouched(&authorities, NOW), Ok(()));
    // What was not sent is not looked for.
    assert_eq!(shown(std::slice::from_ref(&indirect)).vouched(&authorities, NOW), Err(Chain::Unknown));
    assert_eq!(shown(&[indirect]).vouched(&trusted(&[&between]), NOW), Ok(()));
}

/// CJ-35.
#[test]
fn nobody_else_vouches() {
    let (root, other) = (root("Root", |_| {}), root("Root", |_| {}));
    let authorities = trusted(&[&root]);
    // The same name, another key.
    let forged = client(&other, |_| {});
    assert!(matches!(
        shown(std::slice::from_ref(&forged)).vouched(&authorities, NOW),
        Err(Chain::Signature | Chain::Unknown)
    ));
    assert!(shown(&[forged, der(&other)]).vouched(&authorities, NOW).is_err());
    let own = params("Client").self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec();
    assert_eq!(shown(std::slice::from_ref(&own)).vouched(&authorities, NOW), Err(Chain::Unknown));
    assert_eq!(shown(&[own, der(&root)]).vouched(&authorities, NOW), Err(Chain::Unknown));
    assert_eq!(shown(&[client(&root, |_| {})]).vouched(&[], NOW), Err(Chain::Unknown));
    // A client's certificate signs nobody's, though an authority signed it.
    let leaf = Issuer::signed_by(params("Leaf"), KeyPair::generate().unwrap(), &root).unwrap();
    assert!(shown(&[client(&leaf, |_| {}), der(&leaf)]).vouched(&authorities, NOW).is_err());
    assert_eq!(shown(&[der(&root)]).vouched(&authorities, NOW), Err(Chain::OfAuthority));
}

/// CJ-35: expired, and not yet good.
#[test]
fn every_certificate_of_the_chain_has_its_time() {
    let root = root("Root", |_| {});
    let authorities = trusted(&[&root]);
    let over = client(&root, |params| params.not_after = date_time_ymd(2026, 11, 1));
    let not_yet = client(&root, |params| params.not_before = date_time_ymd(2026, 12, 24));
    for leaf in [over, not_yet] {
        assert_eq!(shown(&[leaf]).vouched(&authorities, NOW), Err(Chain::Time));
    }
    let ended = self::root("Ended", |params| params.not_after = date_time_ymd(2026, 11, 1));
    assert_eq!(shown(&[client(&ended, |_| {})]).vouched(&trusted(&[&ended]), NOW), Err(Chain::Unknown));
}

#[test]
fn what_an_authority_may_sign_is_minded() {
    let root = root("Root", |_| {});
    let authorities = trusted(&[&root]);
    let for_servers = |params: &mut CertificateParams| {
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    };
    assert_eq!(shown(&[client(&root, for_servers)]).vouched(&authorities, NOW), Err(Chain::Usage));
    let for_clients = |params: &mut CertificateParams| {
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    };
    assert_eq!(shown(&[client(&root, for_clients)]).vouched(&authorities, NOW), Ok(()));
    // RFC 5280 §4.2.1.9: nobody between the second and a leaf.
    let first = below(&root, "First", BasicConstraints::Constrained(0));
    let second = below(&first, "Second", BasicConstraints::Unconstrained);
    let chain = [client(&second, |_| {}), der(&second), der(&first)];
    assert_eq!(shown(&chain).vouched(&authorities, NOW), Err(Chain::Constraint));
    // RFC 5280 §4.2.1.10.
    let narrow = self::root("Narrow", |params| {
        let permitted = vec![GeneralSubtree::DnsName("example.com".into())];
        params.name_constraints =
            Some(NameConstraints { permitted_subtrees: permitted, excluded_subtrees: Vec::new() });
    });
    let named = |name: &str| {
        let names = vec![SanType::DnsName(name.try_into().unwrap())];
        shown(&[client(&narrow, |params| params.subject_alt_names = names)]).vouched(&trusted(&[&narrow]), NOW)
    };
    assert_eq!(named("client.example.com"), Ok(()));
    assert_eq!(named("client.example.org"), Err(Chain::Constraint));
}

#[test]
fn what_it_says_is_read() {
    let root = root("Root", |_| {});
    let leaf = client(&root, |params| {
        params.subject_alt_names = vec![
            SanType::DnsName("client.example.com".try_into().unwrap()),
            SanType::URI("spiffe://example.com/client".try_into().unwrap()),
            SanType::IpAddress("2001:db8::1".parse().unwrap()),
            SanType::Rfc822Name("client@example.com".try_into().unwrap()),
        ];
    });
    let shown = shown(&[leaf]);
    let read = shown.read().unwrap();
    assert_eq!(read.subject, DistinguishedName::parse("CN=client, O=example corp, C=us").unwrap());
    assert_eq!(read.subject.to_string(), "CN=Client,O=Example  Corp,C=US");
    assert_eq!(
        read.names,
        [
            AlternativeName::Dns("client.example.com".into()),
            AlternativeName::Uri("spiffe://example.com/client".into()),
            AlternativeName::Ip("2001:db8::1".parse().unwrap()),
            AlternativeName::Email("client@example.com".into()),
        ]
    );
    assert!(read.key.is_some());
}

#[test]
fn only_the_certificate_of_an_authority_is_trusted_as_one() {
    let root = root("Root", |_| {});
    let leaf = Issuer::signed_by(params("Leaf"), KeyPair::generate().unwrap(), &root).unwrap();
    assert_eq!(Authority::from_pem(&leaf.pem()).err(), Some(CertificateError::NoAuthority));
    let silent = self::root("Silent", |params| params.key_usages = vec![KeyUsagePurpose::DigitalSignature]);
    assert_eq!(Authority::from_pem(&silent.pem()).err(), Some(CertificateError::NoAuthority));
    assert_eq!(Authority::from_pem("").err(), Some(CertificateError::NoPem));
    assert_eq!(Authority::from_pem(&format!("{}{}", root.pem(), root.pem())).err(), Some(CertificateError::Several));
}

#[test]
fn what_is_no_certificate_is_nobodys() {
    let junk = ClientCertificate::new([b"junk".to_vec()].into_iter()).unwrap();
    assert_eq!(junk.read().err(), Some(Chain::Malformed));
    assert_eq!(junk.vouched(&[], NOW), Err(Chain::Malformed));
    assert_eq!(junk.thumbprint().len(), 43);
    assert_eq!(ClientCertificate::new(std::iter::empty()), None);
    let root = root("Root", |_| {});
    let mut longer = client(&root, |_| {});
    longer.push(0);
    assert_eq!(shown(&[longer]).read().err(), Some(Chain::Malformed));
}

/// RFC 5280 §6.1.4 (n): an authority whose key is for something else makes nobody known.
#[test]
fn whoever_may_not_sign_certificates_vouches_for_nobody() {
    let root = root("Root", |_| {});
    let authorities = trusted(&[&root]);
    for usages in [vec![KeyUsagePurpose::CrlSign], vec![KeyUsagePurpose::DigitalSignature]] {
        let mut params = authority_params("Between", BasicConstraints::Unconstrained);
        params.key_usages.clone_from(&usages);
        let between = Issuer::signed_by(params, KeyPair::generate().unwrap(), &root).unwrap();
        let chain = [client(&between, |_| {}), der(&between)];
        assert_eq!(shown(&chain).vouched(&authorities, NOW), Err(Chain::Unknown), "{usages:?}");
    }
}

/// RFC 8446 §4.4.2.2: a certificate whose key may not sign proves nothing in a handshake.
#[test]
fn a_key_that_may_not_sign_is_not_fit() {
    let root = root("Root", |_| {});
    let of = |usages: &[KeyUsagePurpose]| {
        let usages = usages.to_vec();
        shown(&[client(&root, |params| params.key_usages = usages)]).read().unwrap().fit
    };
    assert_eq!(of(&[]), Ok(()));
    assert_eq!(of(&[KeyUsagePurpose::DigitalSignature]), Ok(()));
    assert_eq!(of(&[KeyUsagePurpose::KeyEncipherment]), Err(Chain::Usage));
}

/// RFC 5280 §4.2.1.9: what an authority says of the length of its paths counts at the end of the path too.
#[test]
fn the_length_that_a_trusted_authority_leaves_is_minded() {
    for (most, expected) in [(0, Err(Chain::Constraint)), (1, Ok(()))] {
        let root = root("Root", |params| params.is_ca = IsCa::Ca(BasicConstraints::Constrained(most)));
        let between = below(&root, "Between", BasicConstraints::Unconstrained);
        let authorities = trusted(&[&root]);
        let chain = [client(&between, |_| {}), der(&between)];
        assert_eq!(shown(&chain).vouched(&authorities, NOW), expected, "{most}");
        assert_eq!(shown(&[client(&root, |_| {})]).vouched(&authorities, NOW), Ok(()));
    }
}

/// RFC 5280 §4.2.1.10: constraints on addresses reach the one in the subject, whatever names stand beside it.
#[test]
fn an_address_in_the_subject_is_constrained() {
    let narrow = root("Narrow", |params| {
        let permitted = vec![GeneralSubtree::Rfc822Name("good.example".into())];
        params.name_constraints =
            Some(NameConstraints { permitted_subtrees: permitted, excluded_subtrees: Vec::new() });
    });
    let authorities = trusted(&[&narrow]);
    // emailAddress of PKCS #9 (RFC 2985 §5.2.1).
    let address = || DnType::CustomDnType(vec![1, 2, 840, 113_549, 1, 9, 1]);
    let of = |mailbox: &'static str, names: Vec<SanType>| {
        let leaf = client(&narrow, |params| {
            let value = rcgen::DnValue::Ia5String(mailbox.try_into().unwrap());
            params.distinguished_name.push(address(), value);
            params.subject_alt_names = names;
        });
        shown(&[leaf]).vouched(&authorities, NOW)
    };
    let beside = || vec![SanType::DnsName("client.example".try_into().unwrap())];
    assert_eq!(of("ada@good.example", Vec::new()), Ok(()));
    assert_eq!(of("ada@good.example", beside()), Ok(()));
    assert_eq!(of("ada@evil.example", Vec::new()), Err(Chain::Constraint));
    assert_eq!(of("ada@evil.example", beside()), Err(Chain::Constraint));
}

/// A client may send what it likes: eight certificates of one name with eight keys multiplied into thousands of paths.
#[test]
fn many_certificates_of_one_name_are_not_all_tried() {
    let loops: Vec<Issuer> = (0..8).map(|_| root("Loop", |_| {})).collect();
    let trusted = trusted(&[&root("Root", |_| {})]);
    let mut chain = vec![client(&loops[0], |_| {})];
    chain.extend(loops.iter().map(der));
    let shown = shown(&chain);
    let begun = Instant::now();
    for _ in 0..20 {
        assert!(shown.vouched(&trusted, NOW).is_err());
    }
    // Each took a tenth of a second before, and most of one without optimization.
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
}
