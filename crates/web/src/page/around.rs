//! Decides what stands around a card: who runs this, where their terms, privacy policy and help are, and the way to
//! another language.

use std::borrow::Cow;

use super::{
    ApplicationView,
    text::{contact_address, own_or_web_address, plain, web_address},
};

/// Who runs a page, as far as it is known.
#[derive(Debug, Clone, Copy, Default)]
pub struct Around<'a> {
    /// The environment's name.
    pub environment: Option<&'a str>,
    pub links: Links<'a>,
    /// This page's own address up to one more parameter of its query, where it can be asked for again in another language.
    pub here: Option<&'a str>,
    /// The front page of `grantor dev`; None on every other server.
    pub front: Option<&'a str>,
}

/// What the operator of the server has to say; an application's own links go before.
#[derive(Debug, Clone, Copy, Default)]
pub struct Links<'a> {
    /// `http` and `https` only.
    pub terms: Option<&'a str>,
    /// `http` and `https` only.
    pub policy: Option<&'a str>,
    /// `http`, `https` and `mailto`.
    pub support: Option<&'a str>,
}

impl<'a> Around<'a> {
    pub(super) fn environment(&self) -> Option<Cow<'a, str>> {
        self.environment.map(plain).filter(|name| !name.trim().is_empty())
    }

    pub(super) fn front(&self) -> Option<&'a str> {
        self.front.and_then(own_or_web_address)
    }

    pub(super) fn foot(&self, application: Option<&ApplicationView<'a>>) -> Foot<'a> {
        let own = |url: Option<&'a str>| url.and_then(web_address);
        Foot {
            terms: application.and_then(ApplicationView::terms).or(own(self.links.terms)),
            policy: application.and_then(ApplicationView::policy).or(own(self.links.policy)),
            support: self.links.support.and_then(contact_address),
            here: self.here.filter(|here| here.starts_with('/') && here.ends_with(['?', '&'])),
        }
    }
}

/// What the foot of a page leads to.
pub(super) struct Foot<'a> {
    pub(super) terms: Option<&'a str>,
    pub(super) policy: Option<&'a str>,
    pub(super) support: Option<&'a str>,
    pub(super) here: Option<&'a str>,
}

impl Foot<'_> {
    pub(super) fn has_links(&self) -> bool {
        self.terms.is_some() || self.policy.is_some() || self.support.is_some()
    }

    pub(super) fn has_something(&self) -> bool {
        self.has_links() || self.here.is_some()
    }
}
