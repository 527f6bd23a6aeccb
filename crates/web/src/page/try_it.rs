//! Decides the page after "Try it": the exchange as it went over the wire, both tokens decoded, each claim explained,
//! and whether the signature holds.

use std::borrow::Cow;

use askama::Template;

use super::{Locale, Rendered, Theme, claim, text::plain};

/// The result of the whole code flow, run by the built-in application of `grantor dev`.
#[derive(Debug, Template)]
#[template(path = "try-it.html")]
pub struct TryResult<'a> {
    pub locale: Locale,
    pub theme: &'a Theme,
    pub version: &'a str,
    /// The application that ran it.
    pub application: &'a str,
    /// Who signed on, where the ID token tells.
    pub person: Option<&'a str>,
    /// Seconds since 1970.
    pub now: i64,
    /// The code exchange, and the authorization request before it if wanted.
    pub exchanges: &'a [Exchange<'a>],
    pub tokens: &'a [TokenView<'a>],
    /// Runs it again.
    pub again_url: &'a str,
    /// Back to the front page.
    pub front_url: &'a str,
}

/// A request and its response as text. The demo application's secret may stand in it: a documented constant.
#[derive(Debug, Clone, Copy)]
pub struct Exchange<'a> {
    pub title: &'a str,
    pub request: &'a str,
    pub response: &'a str,
}

/// Which token is shown; the same claim means different things in each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    Id,
    Access,
}

/// A token taken apart.
#[derive(Debug, Clone, Copy)]
pub struct TokenView<'a> {
    pub kind: TokenKind,
    /// As it was issued.
    pub raw: &'a str,
    /// The JOSE header's parameters, in order.
    pub header: &'a [ClaimView<'a>],
    /// The claims, in order.
    pub claims: &'a [ClaimView<'a>],
    pub signature: SignatureCheck<'a>,
}

/// A claim and its value as JSON text.
#[derive(Debug, Clone, Copy)]
pub struct ClaimView<'a> {
    pub name: &'a str,
    pub value: &'a str,
}

/// The check of a token's signature with the key that its header names.
#[derive(Debug, Clone, Copy)]
pub enum SignatureCheck<'a> {
    /// It holds.
    Valid { algorithm: &'a str, kid: &'a str, jwks_uri: &'a str },
    /// It does not.
    Invalid { algorithm: &'a str, kid: &'a str, jwks_uri: &'a str },
    /// The token is no JWT: introspection tells what it holds.
    Opaque,
}

impl TryResult<'_> {
    /// The page.
    pub fn render(&self) -> Rendered {
        Rendered::of(self, self.theme, None)
    }

    fn heading(&self) -> String {
        match self.person.map(plain).filter(|name| !name.trim().is_empty()) {
            Some(name) => self.locale.with("try-heading-person", "person", name),
            None => self.locale.text("try-heading"),
        }
    }

    fn application(&self) -> Cow<'_, str> {
        plain(self.application)
    }
}

/// Claims that answer one question.
pub(super) struct Group<'a> {
    /// The question's key.
    key: &'static str,
    pub(super) claims: Vec<&'a ClaimView<'a>>,
}

impl TokenKind {
    fn id(self) -> &'static str {
        match self {
            Self::Id => "id-token",
            Self::Access => "access-token",
        }
    }

    fn title_key(self) -> &'static str {
        match self {
            Self::Id => "try-id-token",
            Self::Access => "try-access-token",
        }
    }

    fn lead_key(self) -> &'static str {
        match self {
            Self::Id => "try-id-token-lead",
            Self::Access => "try-access-token-lead",
        }
    }
}

impl<'a> TokenView<'a> {
    /// The claims by the question that they answer, who before for whom and how long, the rest last.
    pub(super) fn groups(&self) -> Vec<Group<'a>> {
        let of = |key| {
            let mut claims: Vec<_> = self.claims.iter().filter(|claim| claim::question(claim.name).0 == key).collect();
            claims.sort_by_key(|claim| claim::question(claim.name).1);
            Group { key, claims }
        };
        claim::QUESTIONS.into_iter().map(of).filter(|group| !group.claims.is_empty()).collect()
    }

    /// Header, payload and signature, each with the dot before it, so that copying gives the token back.
    fn parts(&self) -> Vec<(usize, String)> {
        self.raw
            .split('.')
            .enumerate()
            .map(|(i, p)| (i.min(2), if i == 0 { p.to_owned() } else { format!(".{p}") }))
            .collect()
    }

    fn check(&self, locale: Locale) -> Check<'a> {
        match self.signature {
            SignatureCheck::Valid { algorithm, kid, jwks_uri } => {
                Check { good: Some(true), text: locale.text("try-signature-valid"), algorithm, kid, jwks_uri }
            }
            SignatureCheck::Invalid { algorithm, kid, jwks_uri } => {
                Check { good: Some(false), text: locale.text("try-signature-invalid"), algorithm, kid, jwks_uri }
            }
            SignatureCheck::Opaque => {
                Check { good: None, text: locale.text("try-opaque"), algorithm: "", kid: "", jwks_uri: "" }
            }
        }
    }
}

impl ClaimView<'_> {
    fn in_header(&self, locale: Locale) -> String {
        claim::header(locale, self.name)
    }

    fn in_token(&self, locale: Locale, kind: TokenKind) -> String {
        claim::explanation(locale, kind, self.name)
    }

    fn shown(&self) -> String {
        plain(self.value).into_owned()
    }

    /// How far off the moment is, and the moment.
    fn moment(&self, locale: Locale, now: i64) -> Option<(String, String)> {
        let seconds = self.value.parse().ok().filter(|_| claim::is_moment(self.name))?;
        Some((locale.distance(seconds, now), locale.moment(seconds)?))
    }
}

struct Check<'a> {
    good: Option<bool>,
    text: String,
    algorithm: &'a str,
    kid: &'a str,
    jwks_uri: &'a str,
}
