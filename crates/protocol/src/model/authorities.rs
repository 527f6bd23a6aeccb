//! The authorities that an environment trusts to vouch for certificates of its clients (RFC 8705 §2.1).

use std::sync::{Arc, OnceLock};

use jose::Authority;
use serde_json::Value;

use super::describe::{Absent, Stored, Walk, property};

/// Their certificates as PEM. What is read of them is kept with them, so they are changed as a whole alone.
#[derive(Clone, Debug, Default)]
pub struct TrustedAuthorities {
    pem: Vec<String>,
    read: OnceLock<Arc<[Authority]>>,
}

impl TrustedAuthorities {
    pub fn new(pem: Vec<String>) -> Self {
        Self { pem, read: OnceLock::new() }
    }

    pub fn pem(&self) -> &[String] {
        &self.pem
    }

    /// Each, read the first time alone.
    pub fn read(&self) -> Arc<[Authority]> {
        let read = || self.pem.iter().filter_map(|pem| Authority::from_pem(pem).ok()).collect();
        self.read.get_or_init(read).clone()
    }

    /// This server's own property. PingOne's clients do not know it, so its absence changes nothing; an empty list takes all back.
    pub(super) fn describe(&mut self, walk: &mut dyn Walk) {
        self.read = OnceLock::new();
        let own = property("clientCertificateAuthorities").absent(Absent::Kept).at_most(MOST, is_authority);
        walk.outside(&mut |walk| walk.texts(&own, &mut self.pem));
        walk.stored("client_certificate_authorities", self);
    }
}

/// A row of before says nothing, and so does one of today without any.
impl Stored for TrustedAuthorities {
    fn write(&self) -> Option<Value> {
        (!self.pem.is_empty()).then(|| self.pem.as_slice().into())
    }

    fn read(&mut self, stored: Option<&Value>) -> bool {
        let text = |one: &Value| one.as_str().map(str::to_owned);
        let read = stored.map_or_else(|| Some(Vec::new()), |list| list.as_array()?.iter().map(text).collect());
        read.map(|pem| *self = Self::new(pem)).is_some()
    }
}

/// What is read follows from what is registered.
impl PartialEq for TrustedAuthorities {
    fn eq(&self, other: &Self) -> bool {
        self.pem == other.pem
    }
}

fn is_authority(pem: &str) -> Result<(), String> {
    Authority::from_pem(pem).map(drop).map_err(|error| error.to_string())
}

const MOST: usize = 16;
