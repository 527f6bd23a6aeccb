//! Where certificates of clients come from (RFC 8705): of the connection, by a header of listed proxies, or from nowhere.

use crate::config::Settings;
use crate::exit::Exit;

/// Where certificates of clients come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Certificates {
    Connection,
    Header,
    Off,
}

impl Certificates {
    /// As the configuration says; of the connection where it says nothing.
    pub(crate) fn of(settings: &Settings) -> Result<Self, Exit> {
        let chosen = settings.parsed("http.client_certificates", |v| match v {
            "connection" => Some(Self::Connection),
            "header" => Some(Self::Header),
            "off" => Some(Self::Off),
            _ => None,
        })?;
        if chosen == Some(Self::Header) && settings.text("http.trusted_proxies").is_none() {
            // Whoever would be believed otherwise is everybody.
            return Err(Exit::Configuration(
                "http.trusted_proxies is missing: http.client_certificates = \"header\" believes the proxies listed there"
                    .into(),
            ));
        }
        Ok(chosen.unwrap_or(Self::Connection))
    }
}
