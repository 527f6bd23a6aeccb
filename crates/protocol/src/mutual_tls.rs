//! Mutual TLS (RFC 8705): whether the certificate of a request proves a client, and whether it is the one that a token is bound to.
//!
//! [`Sent`] is what arrived, believed of nobody but whoever ended TLS. [`prove`] says whose it is. [`at_token_endpoint`] and
//! [`at_resource`] say what it means where tokens are given and used.

mod header;
mod prove;

use std::sync::Arc;

use jose::ClientCertificate;

use crate::client::Client;
use crate::confirmation::{Confirmation, Thumbprint};
use crate::refusal::{Reason, Refused};

pub(crate) use prove::prove;
pub use prove::{Against, Expected, is_registered};

/// The certificate of a request, of whose key the TLS handshake proved that the client holds it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Sent {
    /// The client showed none, or nobody asked it to.
    #[default]
    None,
    One(Arc<ClientCertificate>),
    /// What a listed proxy says of it cannot be read: why.
    Unreadable(&'static str),
}

impl Sent {
    /// The one certificate; `expected` tells of which kind.
    ///
    /// # Errors
    /// `missing` where there is none, `unreadable` for one that cannot be read.
    fn one(&self, [missing, unreadable]: [Reason; 2], expected: &str) -> Result<&ClientCertificate, Refused> {
        match self {
            Self::One(certificate) => Ok(certificate),
            Self::None => Err(Refused::new(missing, expected, "a request without a client certificate")),
            Self::Unreadable(why) => Err(Refused::new(unreadable, expected, *why)),
        }
    }

    /// The thumbprint of the certificate, where there is one.
    pub fn thumbprint(&self) -> Option<Thumbprint> {
        match self {
            Self::One(certificate) => Some(Thumbprint::of_certificate(certificate)),
            Self::None | Self::Unreadable(_) => None,
        }
    }

    fn told(&self) -> String {
        match self {
            Self::One(certificate) => told(certificate),
            Self::None => "a request without a client certificate".to_owned(),
            Self::Unreadable(why) => (*why).to_owned(),
        }
    }
}

/// Decides which certificate the tokens of a request will be bound to. None: to none.
///
/// # Errors
/// `invalid_request` where the application is given no other tokens and its request shows none (RFC 8705 §3).
pub fn at_token_endpoint(client: &Client, sent: &Sent) -> Result<Option<Thumbprint>, Refused> {
    if !client.application.certificate_bound {
        return Ok(None);
    }
    let expected = "a client certificate to bind the tokens to (tlsClientCertificateBoundAccessTokens)";
    // The client has proven itself by then: what is wrong is its request (RFC 6749 §5.2).
    sent.one([Reason::BindingCertificateMissing; 2], expected).map(|one| Some(Thumbprint::of_certificate(one)))
}

/// Decides whether the certificate of a request is the one that its access token is bound to (RFC 8705 §3).
///
/// # Errors
/// [`Reason::AccessTokenCertificateOther`].
pub fn at_resource(bound: &Confirmation, sent: &Sent) -> Result<(), Refused> {
    match bound.x5t() {
        Some(bound) if sent.thumbprint().as_ref() != Some(bound) => {
            let expected = format!("the certificate with the thumbprint {}", bound.as_str());
            Err(Refused::new(Reason::AccessTokenCertificateOther, expected, sent.told()))
        }
        Some(_) | None => Ok(()),
    }
}

/// A certificate, for the owner of a refusal: what it calls itself, and its thumbprint.
fn told(certificate: &ClientCertificate) -> String {
    let subject = certificate.read().map(|read| short(&read.subject.to_string()));
    let thumbprint = certificate.thumbprint();
    subject.map_or_else(
        |_| format!("a certificate with the thumbprint {thumbprint}"),
        |subject| format!("the certificate of {subject} with the thumbprint {thumbprint}"),
    )
}

/// What stands in a certificate is no secret, and may be long.
fn short(text: &str) -> String {
    if text.is_empty() {
        return "nobody by name".to_owned();
    }
    text.chars().filter(|c| !c.is_control()).take(LONGEST).collect()
}

const LONGEST: usize = 200;

#[cfg(test)]
mod tests;
