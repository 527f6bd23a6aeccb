//! How an application learns that a session ended (OpenID Connect Back-Channel Logout 1.0 §2.2, Front-Channel Logout 1.0 §2). This server's own properties:
//! PingOne has none for it. Their names are the registered ones as PingOne writes names.

use super::describe::MAX_URL;
use crate::model::check::Fields;
use crate::model::check::application::is_fetched_address;
use crate::model::describe::{Absent, Walk, property};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogoutSettings {
    /// `backchannelLogoutUri`: where a logout token is sent.
    pub backchannel_uri: Option<String>,
    /// `backchannelLogoutSessionRequired`: whether it must name the session. It always does.
    pub backchannel_session_required: bool,
    /// `frontchannelLogoutUri`: what is loaded in the browser that signs off.
    pub frontchannel_uri: Option<String>,
    /// `frontchannelLogoutSessionRequired`: likewise.
    pub frontchannel_session_required: bool,
}

impl LogoutSettings {
    /// Whether the application is told at all.
    pub fn is_told(&self) -> bool {
        self.backchannel_uri.is_some() || self.frontchannel_uri.is_some()
    }

    pub(super) fn describe(&mut self, walk: &mut dyn Walk) {
        let Self { backchannel_uri, backchannel_session_required, .. } = self;
        let uri = const { property("backchannelLogoutUri").checked(MAX_URL, is_fetched_address) };
        walk.text_if(&uri.stored_as("backchannel_logout_uri"), backchannel_uri);
        let required = const { property("backchannelLogoutSessionRequired").absent(Absent::Kept) };
        told_if_so(&required.stored_as("backchannel_logout_session_required"), backchannel_session_required, walk);
        let Self { frontchannel_uri, frontchannel_session_required, .. } = self;
        let uri = const { property("frontchannelLogoutUri").checked(MAX_URL, is_fetched_address) };
        walk.text_if(&uri.stored_as("frontchannel_logout_uri"), frontchannel_uri);
        let required = const { property("frontchannelLogoutSessionRequired").absent(Absent::Kept) };
        told_if_so(&required.stored_as("frontchannel_logout_session_required"), frontchannel_session_required, walk);
    }

    /// Front-Channel Logout §2: it is where the application is, so that a browser loads nobody else's page by it.
    pub(super) fn judge(&self, redirect_uris: &[String], fields: &mut Fields<'_>) {
        let Some(uri) = self.frontchannel_uri.as_deref() else { return };
        if !redirect_uris.iter().any(|own| origin(own).is_some() && origin(own) == origin(uri)) {
            let message = "must have the scheme, host and port of one of redirectUris";
            fields.fault("INVALID_VALUE", "frontchannelLogoutUri", message, None);
        }
    }
}

/// A row of before says nothing, and so does one of today that is as before: a process of that version still reads it.
fn told_if_so(property: &crate::model::describe::Property, flag: &mut bool, walk: &mut dyn Walk) {
    let mut said = Some(*flag).filter(|flag| *flag);
    walk.flag_if(property, &mut said);
    *flag = said.unwrap_or_default();
}

/// Scheme, host and port, as a browser compares them. What a wildcard stands for is behind them.
fn origin(uri: &str) -> Option<String> {
    url::Url::parse(uri)
        .ok()
        .map(|url| url.origin())
        .filter(url::Origin::is_tuple)
        .map(|origin| origin.ascii_serialization())
}
