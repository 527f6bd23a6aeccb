//! An application's addresses: every one is judged before it is kept (RFC 6749 §3.1.2, the contract §2.3, URL rules).

use crate::model::check::Fields;
use crate::refusal::Refused;
use crate::uri::{UriError, UriKind, register};

/// The addresses as they were sent.
pub(super) struct Uris {
    pub(super) allow_wildcard: bool,
    pub(super) redirect: Vec<String>,
    pub(super) post_logout: Vec<String>,
    pub(super) login_page: Option<String>,
    pub(super) home_page: Option<String>,
    pub(super) initiate_login: Option<String>,
    pub(super) target_link: Option<String>,
    pub(super) icon: Option<(String, String)>,
}

pub(super) fn read(fields: &mut Fields<'_>) -> Uris {
    let allow_wildcard = fields.boolean("allowWildcardInRedirectUris").unwrap_or(false);
    let one =
        |fields: &mut Fields<'_>, name: &str, kind| fields.checked(name, MAX_URL, |text| register(text, kind, false));
    Uris {
        allow_wildcard,
        redirect: fields
            .texts("redirectUris", MAX_URIS, |text| register(text, UriKind::Redirect, allow_wildcard))
            .unwrap_or_default(),
        post_logout: fields
            .texts("postLogoutRedirectUris", MAX_URIS, |text| register(text, UriKind::PostLogout, allow_wildcard))
            .unwrap_or_default(),
        login_page: one(fields, "loginPageUrl", UriKind::LoginPage),
        home_page: one(fields, "homePageUrl", UriKind::HomePage),
        initiate_login: one(fields, "initiateLoginUri", UriKind::InitiateLogin),
        target_link: one(fields, "targetLinkUri", UriKind::TargetLink),
        icon: fields.within("icon", icon).flatten(),
    }
}

/// An address that is only shown or linked to: http or https and nothing that runs.
pub fn web_address(text: &str) -> Result<(), UriError> {
    register(text, UriKind::TargetLink, false)
}

/// The same, for a description.
pub fn is_web_address(text: &str) -> Result<(), String> {
    web_address(text).map_err(|error| error.to_string())
}

/// PingOne's clients look for the sentence on wildcards at the start of the message.
pub(super) fn lead_with_wildcard(refused: Refused) -> Refused {
    let sentence = UriError::WildcardNotAllowed.sentence();
    if refused.details.iter().any(|d| d.message == sentence) { refused.saying(sentence) } else { refused }
}

fn icon(fields: &mut Fields<'_>) -> Option<(String, String)> {
    let id = fields.id("id");
    let id = fields.require("id", id);
    let href = fields.checked("href", MAX_URL, web_address);
    let href = fields.require("href", href);
    id.zip(href).map(|(id, href)| (id.to_string(), href))
}

const MAX_URL: usize = 2_048;
const MAX_URIS: usize = 100;
