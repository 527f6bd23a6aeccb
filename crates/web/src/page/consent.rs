//! Decides what a person reads before an application acts for them: who asks, in whose name they answer, what it may do then,
//! and where the answer goes (RFC 9700 §4.14; interface: one thing per page, and refusing is a button).

use askama::Template;

use super::{
    ApplicationView, Around, Locale, Rendered, Theme,
    text::{escaped, plain},
};

/// The page `/{environment}/signon?flowId=…` of a flow that waits for consent. Buttons `allow`, `cancel`, told apart by `intent`.
#[derive(Debug, Template)]
#[template(path = "consent.html")]
pub struct Consent<'a> {
    pub locale: Locale,
    pub theme: &'a Theme,
    pub application: &'a ApplicationView<'a>,
    pub around: Around<'a>,
    /// Sent back as `flowId`.
    pub flow_id: &'a str,
    /// Where the form is posted.
    pub action_url: &'a str,
    /// Who is signed on; empty where that may not be told here.
    pub username: &'a str,
    pub origin: Origin<'a>,
    pub destination: Destination<'a>,
    /// What the person is asked for.
    pub new: &'a [Permission<'a>],
    /// What they allow already, and the application asks for as well.
    pub known: &'a [Permission<'a>],
    /// Sent back as `csrf`.
    pub csrf: &'a str,
}

/// What vouches for the name that an application goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin<'a> {
    /// An administrator of the environment.
    Vouched,
    /// Whoever publishes at this host: the name is theirs to choose.
    Host(&'a str),
    /// Nobody.
    Unknown,
}

/// Where the answer goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Destination<'a> {
    /// To a site.
    Site { host: &'a str },
    /// To whichever program listens on the person's own device.
    Device { place: &'a str },
    /// To the caller that drives the flow.
    Caller,
}

/// One thing that an application asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission<'a> {
    /// A scope, and what it means in the words of whoever made it.
    Scope { name: &'a str, words: Option<&'a str> },
    /// Claims about the person, by their names.
    Claims(&'a [String]),
    /// A resource at which all of it is good.
    Resource(&'a str),
    /// What is asked for in detail (RFC 9396): its type in the words of whoever made it, and the object.
    Detail { words: &'a str, object: &'a str },
}

impl Consent<'_> {
    /// The page; title "Allow <application>?".
    pub fn render(&self) -> Rendered {
        Rendered::of(self, self.theme, Some(self.application))
    }

    fn person(&self) -> Option<String> {
        let name = plain(self.username);
        (!name.trim().is_empty()).then(|| name.into_owned())
    }

    /// Who stands behind the name.
    fn origin_text(&self) -> Option<String> {
        match self.origin {
            Origin::Vouched => None,
            Origin::Host(host) => Some(self.locale.with("consent-from", "host", plain(host))),
            Origin::Unknown => Some(self.locale.text("consent-unknown")),
        }
    }

    fn destination_text(&self) -> Option<String> {
        match self.destination {
            Destination::Site { host } => Some(self.locale.with("consent-to", "host", plain(host))),
            Destination::Device { .. } | Destination::Caller => None,
        }
    }

    /// RFC 8252 §8.6: the warning of an answer that any program on the device may take.
    fn warning(&self) -> Option<String> {
        match self.destination {
            Destination::Device { place } => Some(self.locale.with("consent-device-what", "place", plain(place))),
            Destination::Site { .. } | Destination::Caller => None,
        }
    }

    fn withdraw_text(&self) -> String {
        let environment = self.around.environment();
        self.locale.with("consent-withdraw", "environment", environment.as_deref().unwrap_or("Grantor"))
    }

    fn sentence(&self, permission: &Permission<'_>) -> String {
        let l = self.locale;
        match permission {
            Permission::Scope { name, words } => match known_scope(name) {
                Some(key) => l.text(key),
                None => plain(words.unwrap_or(name)).into_owned(),
            },
            Permission::Claims(names) => {
                let names = names.iter().map(|name| name.replace('_', " ")).collect::<Vec<_>>().join(", ");
                l.with("consent-claims", "claims", names)
            }
            Permission::Resource(uri) => l.with("consent-resource", "resource", plain(uri)),
            Permission::Detail { words, .. } => plain(words).into_owned(),
        }
    }

    /// The scope itself, for those who know it; what is said in detail, for everybody.
    fn exact(permission: &Permission<'_>) -> Option<String> {
        match permission {
            Permission::Scope { name, .. } if known_scope(name).is_none() => Some(plain(name).into_owned()),
            Permission::Detail { object, .. } => Some(escaped(object).into_owned()),
            _ => None,
        }
    }
}

/// The scopes of OpenID Connect are the same everywhere, and said in the reader's language.
fn known_scope(name: &str) -> Option<&'static str> {
    match name {
        "openid" => Some("consent-openid"),
        "profile" => Some("consent-profile"),
        "email" => Some("consent-email"),
        "address" => Some("consent-address"),
        "phone" => Some("consent-phone"),
        "offline_access" => Some("consent-offline"),
        _ => None,
    }
}
