//! Files of keys and certificates, as they come and as they go.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use engine::Failure;
use jose::certificate::Validity;
use jose::dn::pem;
use jose::{Facts, pkcs7};
use protocol::id::EnvironmentId;
use protocol::model::KeyUsage;
use protocol::refusal::{Detail, Reason, Refused};
use protocol::time::Time;
use uuid::Uuid;

use super::answer::Answer;
use super::call::Call;

/// What a form with a file says.
pub(super) struct Sent {
    pub(super) file: Vec<u8>,
    usage: Option<String>,
    password: Option<String>,
}

impl Sent {
    /// Reads the form of the call, which must have a file.
    pub(super) async fn read(call: &Call) -> Result<Self, Failure> {
        let mut parts = call.parts().await?;
        let file = parts.remove("file").filter(|file| !file.is_empty());
        let file =
            file.ok_or_else(|| Refused::fields(vec![Detail::new("REQUIRED_VALUE", "file", "must be provided")]))?;
        let mut text = |name: &str| match parts.remove(name).map(String::from_utf8) {
            Some(Err(_)) => Err(Refused::fields(vec![Detail::new("INVALID_VALUE", name, "must be a text in UTF-8")])),
            Some(Ok(text)) => Ok(Some(text)),
            None => Ok(None),
        };
        Ok(Self { usage: text("usageType")?, password: text("password")?, file })
    }

    /// `usageType`, which must be there.
    pub(super) fn usage(&self) -> Result<KeyUsage, Refused> {
        let known = self.usage.as_deref().map(|name| KeyUsage::parse(name).ok_or(()));
        let all = KeyUsage::ALL.map(KeyUsage::name).join(", ");
        match known {
            Some(Ok(usage)) => Ok(usage),
            Some(Err(())) => {
                Err(Refused::fields(vec![Detail::new("INVALID_VALUE", "usageType", format!("must be one of {all}"))]))
            }
            None => Err(Refused::fields(vec![Detail::new("REQUIRED_VALUE", "usageType", "must be provided")])),
        }
    }

    pub(super) fn password(&self) -> &str {
        self.password.as_deref().unwrap_or_default()
    }
}

/// 404 for a key or a certificate that is not there. Ping's provider looks for the sentence.
pub(super) fn unknown(what: &str, environment: EnvironmentId, id: Uuid) -> Failure {
    let expected = format!("an existing {} of this environment", what.to_ascii_lowercase());
    let refused = Refused::new(Reason::ResourceNotFound, expected, id.to_string());
    refused.saying(format!("{what} not found for id: {id} and environmentId: {environment}")).into()
}

/// A fault of the file.
pub(super) fn faulty(message: &str) -> Refused {
    Refused::fields(vec![Detail::new("INVALID_VALUE", "file", message)])
}

/// PingOne: a certificate is taken while it is good.
pub(super) fn judge_time(facts: &Facts, now: Time) -> Result<(), Refused> {
    match facts.at(now.secs()) {
        Validity::Valid => Ok(()),
        Validity::NotYet => Err(faulty("the certificate is not valid yet")),
        Validity::Expired => Err(faulty("the certificate has expired")),
    }
}

/// How a certificate is asked for, where it is not as JSON.
#[derive(Clone, Copy)]
pub(super) enum Media {
    Pkcs7,
    /// PEM under one of its names.
    Pem(&'static str),
}

impl Media {
    pub(super) fn asked(call: &Call) -> Option<Self> {
        if call.accepts(PKCS7) {
            return Some(Self::Pkcs7);
        }
        PEM.into_iter().find(|media| call.accepts(media)).map(Self::Pem)
    }
}

/// Certificates that are kept in base64, their owner's first, as a file.
pub(super) fn certificates<'a>(media: Media, kept: impl Iterator<Item = &'a String>) -> Result<Answer, Failure> {
    let all: Result<Vec<Vec<u8>>, _> = kept.map(|text| STANDARD.decode(text)).collect();
    let all = all.map_err(|_| Failure::Bug("a certificate that was kept"))?;
    Ok(match media {
        Media::Pkcs7 => {
            let all: Vec<&[u8]> = all.iter().map(Vec::as_slice).collect();
            Answer::file(PKCS7, pkcs7::write(&all))
        }
        Media::Pem(media) => {
            let text: String = all.iter().map(|der| pem("CERTIFICATE", der)).collect();
            Answer::file(media, text.into_bytes())
        }
    })
}

/// As certificates are kept.
pub(super) fn base64(der: &[u8]) -> String {
    STANDARD.encode(der)
}

const PKCS7: &str = "application/x-pkcs7-certificates";
const PEM: [&str; 2] = ["application/x-x509-ca-cert", "application/x-pem-file"];
