//! By what the certificate of an application is known where an authority vouches for it (RFC 8705 §2.1.2), and whether its tokens are
//! bound to its certificate (§3).

use std::fmt;
use std::net::IpAddr;

use jose::{AlternativeName, DistinguishedName, Read};

use super::describe::MAX_URL;
use crate::client_auth::Method;
use crate::model::check::Fields;
use crate::model::describe::{Absent, Walk, property};

/// `tlsClientAuth`: exactly one is said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsClientAuth {
    /// A distinguished name (RFC 4514).
    pub subject_dn: Option<String>,
    pub san_dns: Option<String>,
    pub san_uri: Option<String>,
    pub san_ip: Option<String>,
    pub san_email: Option<String>,
}

impl TlsClientAuth {
    /// Whether it is the subject, or among the alternative names, of a certificate. Nothing is of nobody.
    pub fn is_of(&self, read: &Read) -> bool {
        match self.said()[..] {
            [("subjectDn", dn)] => DistinguishedName::parse(dn).is_ok_and(|dn| dn == read.subject),
            [said] => read.names.iter().any(|name| is_named(name, said)),
            _ => false,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.said().is_empty()
    }

    fn said(&self) -> Vec<(&'static str, &str)> {
        let Self { subject_dn, san_dns, san_uri, san_ip, san_email } = self;
        let all = [
            ("subjectDn", subject_dn),
            ("sanDns", san_dns),
            ("sanUri", san_uri),
            ("sanIp", san_ip),
            ("sanEmail", san_email),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?))).collect()
    }

    pub(super) fn describe(&mut self, walk: &mut dyn Walk) {
        let mut present = !self.is_empty();
        // PingOne's clients do not know it: its absence changes nothing.
        let own = const { property("tlsClientAuth").absent(Absent::Kept).stored_as("tls_client_auth") };
        walk.within_if(&own, &mut present, &mut |walk| {
            let Self { subject_dn, san_dns, san_uri, san_ip, san_email } = self;
            walk.text_if(&const { property("subjectDn").checked(MAX_URL, is_dn) }, subject_dn);
            walk.text_if(&const { property("sanDns").checked(MAX_HOST, is_dns_name) }, san_dns);
            walk.text_if(&const { property("sanUri").checked(MAX_URL, is_uri) }, san_uri);
            walk.text_if(&const { property("sanIp").checked(MAX_HOST, is_ip) }, san_ip);
            walk.text_if(&const { property("sanEmail").checked(MAX_HOST, is_email) }, san_email);
        });
        walk.judge(&mut |fields| {
            if fields.has("tlsClientAuth") && self.said().len() != 1 {
                // RFC 8705 §2.1.2: "A client MUST use exactly one".
                let message = "must have exactly one of subjectDn, sanDns, sanUri, sanIp and sanEmail";
                fields.fault("INVALID_VALUE", "tlsClientAuth", message, None);
            }
        });
    }
}

/// For the owner of a refusal.
impl fmt::Display for TlsClientAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.said().first() {
            Some((name, value)) => write!(f, "{name} {value}"),
            None => f.write_str("one of subjectDn, sanDns, sanUri, sanIp and sanEmail, of which none is registered"),
        }
    }
}

/// `tlsClientCertificateBoundAccessTokens` (RFC 8705 §3.4).
pub(super) fn describe_bound(bound: &mut bool, walk: &mut dyn Walk) {
    let own = const { property("tlsClientCertificateBoundAccessTokens").absent(Absent::Kept) };
    let mut said = Some(*bound).filter(|bound| *bound);
    walk.flag_if(&own.stored_as("certificate_bound"), &mut said);
    *bound = said.unwrap_or_default();
}

/// RFC 8705 §2.1.2: a certificate that nobody is known by proves nobody.
pub(super) fn judge_subject(methods: &[Method], subject: &TlsClientAuth, fields: &mut Fields<'_>) {
    if methods.first() == Some(&Method::TlsClientAuth) && subject.is_empty() && !fields.has("tlsClientAuth") {
        let message = "TLS_CLIENT_AUTH needs one of subjectDn, sanDns, sanUri, sanIp and sanEmail";
        fields.fault("REQUIRED_VALUE", "tlsClientAuth", message, None);
    }
}

fn is_named(name: &AlternativeName, (kind, wanted): (&str, &str)) -> bool {
    match (name, kind) {
        // RFC 4343: without case. A wildcard stands for nobody but itself.
        (AlternativeName::Dns(name), "sanDns") => name.eq_ignore_ascii_case(wanted),
        // RFC 3986 §6.2.1: as it is written.
        (AlternativeName::Uri(uri), "sanUri") => uri == wanted,
        (AlternativeName::Ip(address), "sanIp") => wanted.parse() == Ok(*address),
        // RFC 5280 §7.5: the case of the host says nothing.
        (AlternativeName::Email(address), "sanEmail") => match (address.rsplit_once('@'), wanted.rsplit_once('@')) {
            (Some((one, host)), Some((other, wanted))) => one == other && host.eq_ignore_ascii_case(wanted),
            _ => false,
        },
        _ => false,
    }
}

fn is_dn(text: &str) -> Result<(), String> {
    DistinguishedName::parse(text).map(drop).map_err(|error| error.to_string())
}

fn is_dns_name(text: &str) -> Result<(), String> {
    let label = |label: &str| {
        let inner = label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        inner && (1..=63).contains(&label.len())
    };
    let name = text.strip_prefix("*.").unwrap_or(text);
    if name.split('.').all(label) {
        Ok(())
    } else {
        Err("must be a DNS name, an international one in its ASCII form".into())
    }
}

fn is_uri(text: &str) -> Result<(), String> {
    let scheme = text.split_once(':').is_some_and(|(scheme, rest)| {
        !rest.is_empty()
            && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
    });
    // A certificate has it in ASCII alone (RFC 5280 §4.2.1.6).
    if scheme && text.bytes().all(|b| b.is_ascii_graphic()) {
        Ok(())
    } else {
        Err("must be an absolute URI such as spiffe://example.com/client".into())
    }
}

fn is_ip(text: &str) -> Result<(), String> {
    text.parse::<IpAddr>().map(drop).map_err(|_| "must be an IPv4 address or an IPv6 one (RFC 4291 §2.2)".into())
}

fn is_email(text: &str) -> Result<(), String> {
    let whole = text.rsplit_once('@').is_some_and(|(local, host)| !local.is_empty() && is_dns_name(host).is_ok());
    if whole && text.bytes().all(|b| b.is_ascii_graphic()) { Ok(()) } else { Err("must be an e-mail address".into()) }
}

const MAX_HOST: usize = 320;
