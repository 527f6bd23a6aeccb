//! A request as a test writes it down.

use std::fmt::{Debug, Display};
use std::net::{IpAddr, Ipv4Addr};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use protocol::mutual_tls::Sent;
use serde_json::Value;

use crate::badge::Badge;

/// Method, target, headers and body; nothing is added but what a transport needs.
#[derive(Clone, Debug)]
pub struct Request {
    pub(crate) method: Method,
    /// A path with its query, or an absolute address of the server.
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Vec<u8>>,
    pub(crate) source: IpAddr,
    pub(crate) certificate: Sent,
}

impl Request {
    pub fn new<M>(method: M, target: impl AsRef<str>) -> Self
    where
        M: TryInto<Method, Error: Debug>,
    {
        Self {
            method: method.try_into().unwrap(),
            target: target.as_ref().to_owned(),
            headers: HeaderMap::new(),
            body: None,
            source: Ipv4Addr::LOCALHOST.into(),
            certificate: Sent::None,
        }
    }

    pub fn get(target: impl AsRef<str>) -> Self {
        Self::new(Method::GET, target)
    }

    pub fn post(target: impl AsRef<str>) -> Self {
        Self::new(Method::POST, target)
    }

    /// A form that has no fields yet.
    pub fn form(target: impl AsRef<str>) -> Self {
        Self::post(target).header(CONTENT_TYPE, FORM)
    }

    /// One more header, also beside one of the same name.
    #[must_use]
    pub fn header<N, V>(mut self, name: N, value: V) -> Self
    where
        N: TryInto<HeaderName, Error: Debug>,
        V: TryInto<HeaderValue, Error: Debug>,
    {
        self.headers.append(name.try_into().unwrap(), value.try_into().unwrap());
        self
    }

    #[must_use]
    pub fn bearer_auth(self, token: impl Display) -> Self {
        self.header(AUTHORIZATION, format!("Bearer {token}"))
    }

    #[must_use]
    pub fn body(mut self, body: impl AsRef<[u8]>) -> Self {
        self.body = Some(body.as_ref().to_vec());
        self
    }

    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.header(CONTENT_TYPE, "application/json").body(body.to_string())
    }

    /// As if another machine had sent it; only where no socket is between.
    #[must_use]
    pub fn from(mut self, source: IpAddr) -> Self {
        self.source = source;
        self
    }
}

impl Request {
    /// Over a connection that shows this certificate; only where no socket is between.
    #[must_use]
    pub fn showing(self, badge: &Badge) -> Self {
        Self { certificate: badge.sent(), ..self }
    }
}

/// The value of an Authorization header for unreserved credentials (RFC 6749 §2.3.1).
pub fn basic(client: impl Display, secret: &str) -> String {
    format!("Basic {}", BASE64_STANDARD.encode(format!("{client}:{secret}")))
}

/// The fields as `application/x-www-form-urlencoded`.
pub fn encode(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

const FORM: &str = "application/x-www-form-urlencoded";
