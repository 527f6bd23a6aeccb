//! What RFC 5280 demands of a chain beyond what webpki looks at: webpki takes the names and keys of whoever is trusted and leaves the
//! rest of its certificate to whoever trusts.

use webpki::{Error, VerifiedPath};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{GeneralName, GeneralSubtree};
use x509_parser::prelude::{AttributeTypeAndValue, FromDer as _};

use super::Authority;

/// How many certificates between a leaf and its authority are looked at, and how many of them with one subject: each more multiplies the
/// paths that could be tried, and a client may send what it likes.
pub(crate) const MAX_BETWEEN: usize = 4;
const MAX_OF_ONE_SUBJECT: usize = 2;

/// The certificates that may lead from the leaf to an authority: those that may sign others (RFC 5280 §6.1.4 (n)).
pub(super) fn between(certificates: &[Vec<u8>]) -> Vec<&[u8]> {
    let mut taken: Vec<(&[u8], X509Certificate<'_>)> = Vec::new();
    for der in certificates.iter().take(MAX_BETWEEN) {
        let Ok((_, read)) = X509Certificate::from_der(der) else { continue };
        let alike = taken.iter().filter(|(_, one)| one.subject().as_raw() == read.subject().as_raw()).count();
        if signs(&read) && alike < MAX_OF_ONE_SUBJECT {
            taken.push((der, read));
        }
    }
    taken.into_iter().map(|(der, _)| der).collect()
}

/// Whether its key may sign certificates: one without key usages may.
pub(super) fn signs(certificate: &X509Certificate<'_>) -> bool {
    certificate.key_usage().is_ok_and(|usage| usage.is_none_or(|usage| usage.value.key_cert_sign()))
}

/// Whether the authority at the end of a path, one of `authorities`, may make a path of this length (§4.2.1.9), and whether all of it
/// may name the leaf's address (§4.2.1.10).
pub(super) fn judge(path: &VerifiedPath<'_>, leaf: &[u8], authorities: &[&Authority]) -> Result<(), Error> {
    let between: Vec<Vec<u8>> = path.intermediate_certificates().map(|one| one.der().to_vec()).collect();
    let between: Vec<X509Certificate<'_>> = between.iter().map(|der| read(der)).collect::<Result<_, _>>()?;
    let leaf = read(leaf)?;
    let own = authorities.iter().filter(|authority| authority.is_anchor(path.anchor()));
    let mut why = Error::UnknownIssuer;
    for authority in own {
        let authority = read(&authority.der)?;
        // What a key says of itself does not count (§6.1.4 (l)).
        let length = between.iter().filter(|one| one.subject().as_raw() != one.issuer().as_raw()).count();
        match length_allowed(&authority, length).and_then(|()| names_allowed(&leaf, between.iter().chain([&authority])))
        {
            Ok(()) => return Ok(()),
            Err(error) => why = error,
        }
    }
    Err(why)
}

fn read(der: &[u8]) -> Result<X509Certificate<'_>, Error> {
    X509Certificate::from_der(der).map(|(_, read)| read).map_err(|_| Error::BadDer)
}

fn length_allowed(authority: &X509Certificate<'_>, length: usize) -> Result<(), Error> {
    let constraints = authority.basic_constraints().map_err(|_| Error::BadDer)?;
    let most = constraints.and_then(|constraints| constraints.value.path_len_constraint);
    if most.is_none_or(|most| length <= most as usize) { Ok(()) } else { Err(Error::PathLenConstraintViolated) }
}

/// §4.2.1.10: constraints on addresses hold for `emailAddress` of the subject. There the text leaves out certificates with alternative
/// names; but a client may be known by its subject whatever else is beside it.
fn names_allowed<'a>(
    leaf: &X509Certificate<'_>,
    above: impl Iterator<Item = &'a X509Certificate<'a>>,
) -> Result<(), Error> {
    let addresses: Result<Vec<&str>, _> = leaf.subject().iter_email().map(AttributeTypeAndValue::as_str).collect();
    let addresses = addresses.map_err(|_| Error::NameConstraintViolation)?;
    for one in above {
        let Some(constraints) = one.name_constraints().map_err(|_| Error::BadDer)? else { continue };
        let permitted = addresses_of(constraints.value.permitted_subtrees.as_deref());
        let excluded = addresses_of(constraints.value.excluded_subtrees.as_deref());
        for address in &addresses {
            let outside = !permitted.is_empty() && !permitted.iter().any(|base| is_within(address, base));
            if outside || excluded.iter().any(|base| is_within(address, base)) {
                return Err(Error::NameConstraintViolation);
            }
        }
    }
    Ok(())
}

fn addresses_of<'a>(subtrees: Option<&[GeneralSubtree<'a>]>) -> Vec<&'a str> {
    let base = |subtree: &GeneralSubtree<'a>| match subtree.base {
        GeneralName::RFC822Name(base) => Some(base),
        _ => None,
    };
    subtrees.unwrap_or_default().iter().filter_map(base).collect()
}

/// A mailbox, a host, or with a dot before it the hosts below a domain.
fn is_within(address: &str, base: &str) -> bool {
    let Some((local, host)) = address.rsplit_once('@') else { return false };
    match base.rsplit_once('@') {
        Some((own, domain)) => own == local && domain.eq_ignore_ascii_case(host),
        None if base.starts_with('.') => host.to_ascii_lowercase().ends_with(&base.to_ascii_lowercase()),
        None => base.eq_ignore_ascii_case(host),
    }
}

#[cfg(test)]
mod tests {
    use super::is_within;

    #[test]
    fn an_address_is_within_its_mailbox_its_host_or_its_domain() {
        for (address, base, expected) in [
            ("ada@example.com", "ada@example.com", true),
            ("ada@EXAMPLE.com", "ada@example.com", true),
            ("Ada@example.com", "ada@example.com", false),
            ("ada@example.com", "example.com", true),
            ("ada@mail.example.com", "example.com", false),
            ("ada@mail.example.com", ".example.com", true),
            ("ada@example.com", ".example.com", false),
            ("ada@evilexample.com", ".example.com", false),
            ("no address", "example.com", false),
        ] {
            assert_eq!(is_within(address, base), expected, "{address} within {base}");
        }
    }
}
