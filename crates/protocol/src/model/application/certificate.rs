//! Keys that an application registers by certificate: what is kept of one, and what may become one.

use jose::certificate::Validity;
use jose::{Certificate, CertificateError, b64};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::model::describe::Stored;
use crate::time::Time;

/// A certificate whose key the application makes assertions with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyCertificate {
    pub id: Uuid,
    /// X.509, as it was sent.
    pub der: Vec<u8>,
    pub created_at: Time,
}

impl KeyCertificate {
    /// Takes a PEM text as a certificate of an application that has `others`.
    ///
    /// # Errors
    /// The sentence for whoever sent it: no certificate, another text beside it, a weak or unknown key, not good now, there already.
    pub fn register(id: Uuid, pem: &[u8], others: &[Self], now: Time) -> Result<(Self, Certificate), String> {
        let read = Certificate::from_pem(pem).map_err(|error: CertificateError| error.to_string())?;
        match read.at(now.secs()) {
            Validity::Valid => {}
            Validity::NotYet => return Err(format!("the certificate is not valid yet: from {}", at(read.not_before))),
            Validity::Expired => return Err(format!("the certificate has expired: {}", at(read.not_after))),
        }
        if others.iter().filter_map(Self::read).any(|other| other.jwk.thumbprint() == read.jwk.thumbprint()) {
            return Err("the application has a certificate with this key".into());
        }
        if others.len() >= MOST {
            return Err(format!("an application has at most {MOST} certificates"));
        }
        Ok((Self { id, der: read.der.clone(), created_at: now.to_millis() }, read))
    }

    /// What it says. None: what is stored is no certificate that this version reads.
    pub fn read(&self) -> Option<Certificate> {
        Certificate::from_der(&self.der).ok()
    }
}

fn at(seconds: i64) -> Time {
    Time::from_secs(seconds)
}

/// They stand in the application's row, so that they come and go with it and its version guards them.
impl Stored for Vec<KeyCertificate> {
    fn write(&self) -> Option<Value> {
        let shape = |one: &KeyCertificate| json!({ "id": one.id.to_string(), "der": b64::encode(&one.der), "created_at": one.created_at.0 });
        (!self.is_empty()).then(|| self.iter().map(shape).collect())
    }

    fn read(&mut self, stored: Option<&Value>) -> bool {
        let one = |value: &Value| {
            Some(KeyCertificate {
                id: Uuid::try_parse(value.get("id")?.as_str()?).ok()?,
                der: b64::decode(value.get("der")?.as_str()?)?,
                created_at: Time(value.get("created_at")?.as_i64()?),
            })
        };
        let Some(stored) = stored else {
            self.clear();
            return true;
        };
        let read = stored.as_array().and_then(|list| list.iter().map(one).collect::<Option<_>>());
        read.map(|list| *self = list).is_some()
    }
}

/// The present one, the one after it, and room.
const MOST: usize = 16;
