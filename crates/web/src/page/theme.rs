//! Decides how an environment's branding becomes a theme: PingOne's branding properties set CSS custom properties and
//! nothing else, and text that could not be read is corrected and reported.

use super::{
    ApplicationView, asset,
    colour::{BLACK, EDGE, Rgb, TEXT, WHITE, contrast, readable},
    text,
};

/// The branding properties as PingOne names them; what is absent or malformed keeps the default.
#[derive(Debug, Clone, Copy, Default)]
pub struct Branding<'a> {
    /// `backgroundColor`: behind the card.
    pub background_color: Option<&'a str>,
    /// `backgroundImage`: an `https` address.
    pub background_image: Option<&'a str>,
    /// `bodyTextColor`.
    pub body_text_color: Option<&'a str>,
    /// `buttonColor`.
    pub button_color: Option<&'a str>,
    /// `buttonTextColor`.
    pub button_text_color: Option<&'a str>,
    /// `cardColor`.
    pub card_color: Option<&'a str>,
    /// `headingTextColor`.
    pub heading_text_color: Option<&'a str>,
    /// `linkTextColor`.
    pub link_text_color: Option<&'a str>,
    /// `logo`, shown where the application has none of its own.
    pub logo: Option<&'a str>,
    /// `footer`: plain text under the card.
    pub footer: Option<&'a str>,
}

/// A colour that was moved so that it can be read; tell the owner on save.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// The branding property, `linkTextColor`.
    pub property: &'static str,
    /// What was asked for, `#rrggbb`.
    pub from: String,
    /// What is shown.
    pub to: String,
}

/// What a page wears. The default is our own light and dark.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Theme {
    style: Option<String>,
    style_hash: Option<String>,
    scheme: Option<&'static str>,
    logo: Option<String>,
    background_image: Option<String>,
    footer: Option<String>,
}

impl Theme {
    /// The theme of this branding and what had to be corrected.
    ///
    /// A branded card or background fixes one colour scheme for everybody; other colours are fitted to the light and
    /// to the dark scheme. Contrast: text 4.5:1, borders and focus 3:1.
    pub fn from_branding(branding: &Branding<'_>) -> (Self, Vec<Correction>) {
        let colours = Colours::parse(branding);
        let mut corrections = Vec::new();
        let image = branding.background_image.and_then(text::web_address).filter(|url| text::origin(url).is_some());
        let fixed = colours.card.or(colours.background);
        let mut style = String::new();
        if let Some(surface) = fixed {
            let base = if surface.is_dark() { &DARK } else { &LIGHT };
            style = format!(":root:root{{{}}}", colours.variables(base, true, &mut corrections));
        } else if colours.any() {
            let light = colours.variables(&LIGHT, false, &mut corrections);
            // What is right in light may need a different correction in dark; the owner is told of the first only.
            let dark = colours.variables(&DARK, false, &mut Vec::new());
            style = format!(":root:root{{{light}}}@media(prefers-color-scheme:dark){{:root:root{{{dark}}}}}");
        }
        if let Some(url) = image {
            // Nobody knows the picture's colours, so the words under the card get the card's surface.
            let url = css_url(url);
            style.extend([":root:root{--backdrop:url(\"", &url, "\");--foot:var(--muted);--foot-surface:var(--card)}"]);
        }
        let style = (!style.is_empty()).then_some(style);
        let theme = Self {
            style_hash: style.as_deref().map(asset::csp_hash),
            style,
            scheme: fixed.map(|surface| if surface.is_dark() { "dark" } else { "light" }),
            logo: branding.logo.and_then(text::web_address).map(str::to_owned),
            background_image: image.map(str::to_owned),
            footer: branding.footer.map(|f| text::plain(f).trim().to_owned()).filter(|f| !f.is_empty()),
        };
        (theme, corrections)
    }

    pub(super) fn style(&self) -> Option<&str> {
        self.style.as_deref()
    }

    pub(super) fn style_hash(&self) -> Option<&str> {
        self.style_hash.as_deref()
    }

    pub(super) fn scheme(&self) -> &'static str {
        self.scheme.unwrap_or("light dark")
    }

    pub(super) fn footer(&self) -> Option<&str> {
        self.footer.as_deref()
    }

    pub(super) fn logo_for<'a>(&'a self, application: &ApplicationView<'a>) -> Option<&'a str> {
        application.logo().or(self.logo.as_deref())
    }

    pub(super) fn image_origins(&self, application: Option<&ApplicationView<'_>>) -> Vec<String> {
        let logo = application.and_then(|a| self.logo_for(a));
        let mut origins: Vec<String> =
            logo.into_iter().chain(self.background_image.as_deref()).filter_map(text::origin).collect();
        origins.dedup();
        origins
    }
}

struct Colours {
    background: Option<Rgb>,
    body: Option<Rgb>,
    button: Option<Rgb>,
    button_text: Option<Rgb>,
    card: Option<Rgb>,
    heading: Option<Rgb>,
    link: Option<Rgb>,
}

impl Colours {
    fn parse(branding: &Branding<'_>) -> Self {
        let colour = |value: Option<&str>| value.and_then(Rgb::parse);
        Self {
            background: colour(branding.background_color),
            body: colour(branding.body_text_color),
            button: colour(branding.button_color),
            button_text: colour(branding.button_text_color),
            card: colour(branding.card_color),
            heading: colour(branding.heading_text_color),
            link: colour(branding.link_text_color),
        }
    }

    fn any(&self) -> bool {
        [self.body, self.button, self.button_text, self.heading, self.link].iter().any(Option::is_some)
    }

    /// The custom properties for one scheme; `fixed` derives the neutral ones from the branded surfaces too.
    fn variables(&self, base: &Scheme, fixed: bool, corrections: &mut Vec<Correction>) -> String {
        let card = self.card.unwrap_or(base.card);
        let page = self.background.unwrap_or(if self.card.is_some() { card } else { base.page });
        let end = if card.is_dark() { WHITE } else { BLACK };
        let mut fit = |property, wanted: Option<Rgb>, fallback: Rgb, on: &[Rgb]| {
            let colour = readable(wanted.unwrap_or(fallback), on, TEXT);
            if let Some(from) = wanted.filter(|from| *from != colour) {
                corrections.push(Correction { property, from: from.hex(), to: colour.hex() });
            }
            colour
        };
        let body = fit("bodyTextColor", self.body, base.text, &[card]);
        let heading = fit("headingTextColor", self.heading, self.body.unwrap_or(base.heading), &[card]);
        let link = fit("linkTextColor", self.link, self.button.unwrap_or(base.accent), &[card]);
        let accent = self.button.unwrap_or(base.accent);
        // Our own pair follows the button; black or white is chosen only when nobody chose.
        let natural = if accent.is_dark() { WHITE } else { BLACK };
        let on_accent = fit("buttonTextColor", self.button_text, natural, &[accent]);
        let hover = accent.mix(if on_accent.is_dark() { WHITE } else { BLACK }, 0.12);
        let focus = readable(link, &[card], EDGE);
        let tint = surface(card, card.mix(link, 0.08), &[heading, link]);
        let mut css = String::new();
        let mut set = |name: &str, colour: Rgb| css.extend(["--", name, ":", &colour.hex(), ";"]);
        set("text", body);
        set("heading", heading);
        set("link", link);
        set("accent", accent);
        set("accent-hover", hover);
        set("on-accent", on_accent);
        set("focus", focus);
        set("tint", tint);
        if fixed {
            let muted = readable(body.mix(card, 0.3), &[card], TEXT);
            let [bad, good] = [base.bad, base.good].map(|colour| readable(colour, &[card], TEXT));
            set("page", page);
            set("card", card);
            set("sunken", surface(card, card.mix(end, 0.03), &[body, heading, link, muted, bad, good]));
            set("line", card.mix(end, 0.14));
            set("edge", readable(card.mix(end, 0.4), &[card], EDGE));
            set("muted", muted);
            set("foot", readable(muted, &[page], TEXT));
            set("bad", bad);
            set("bad-tint", surface(card, base.bad_tint, &[bad, body]));
            set("good", good);
            set("good-tint", surface(card, base.good_tint, &[good, body]));
            css.push_str(if card.is_dark() { "color-scheme:dark" } else { "color-scheme:light" });
        }
        css
    }
}

/// The second surface if every text on it can be read, else the card itself.
fn surface(card: Rgb, wanted: Rgb, texts: &[Rgb]) -> Rgb {
    if texts.iter().all(|text| contrast(*text, wanted) >= TEXT) { wanted } else { card }
}

struct Scheme {
    page: Rgb,
    card: Rgb,
    text: Rgb,
    heading: Rgb,
    accent: Rgb,
    bad: Rgb,
    bad_tint: Rgb,
    good: Rgb,
    good_tint: Rgb,
}

/// An address inside `url("…")` in a `<style>`: what could end the string, the rule or the element is percent-encoded.
fn css_url(url: &str) -> String {
    url.bytes()
        .map(|b| match b {
            b'"' | b'\'' | b'(' | b')' | b'\\' | b'<' | b'>' | b'{' | b'}' | 0..=b' ' | 0x7f.. => format!("%{b:02X}"),
            b => char::from(b).to_string(),
        })
        .collect()
}

// The same values as the first block of grantor.css; a test compares them.
const LIGHT: Scheme = Scheme {
    page: Rgb(0xf3, 0xf6, 0xf6),
    card: WHITE,
    text: Rgb(0x24, 0x36, 0x3a),
    heading: Rgb(0x0b, 0x1d, 0x21),
    accent: Rgb(0x0b, 0x5a, 0x66),
    bad: Rgb(0xa8, 0x22, 0x1b),
    bad_tint: Rgb(0xfd, 0xf3, 0xf2),
    good: Rgb(0x18, 0x69, 0x3f),
    good_tint: Rgb(0xee, 0xf7, 0xf1),
};
const DARK: Scheme = Scheme {
    page: Rgb(0x0e, 0x15, 0x16),
    card: Rgb(0x16, 0x1f, 0x21),
    text: Rgb(0xd7, 0xe1, 0xe2),
    heading: Rgb(0xf1, 0xf6, 0xf6),
    accent: Rgb(0x6c, 0xc5, 0xcd),
    bad: Rgb(0xff, 0xa3, 0x99),
    bad_tint: Rgb(0x2b, 0x1b, 0x1b),
    good: Rgb(0x7d, 0xd3, 0xa4),
    good_tint: Rgb(0x16, 0x29, 0x1f),
};

/// Name and value of the colours that the style sheet must hold too, light and dark.
#[cfg(test)]
pub(super) fn defaults() -> [[(&'static str, Rgb); 9]; 2] {
    let of = |s: &Scheme| {
        [
            ("page", s.page),
            ("card", s.card),
            ("text", s.text),
            ("heading", s.heading),
            ("accent", s.accent),
            ("bad", s.bad),
            ("bad-tint", s.bad_tint),
            ("good", s.good),
            ("good-tint", s.good_tint),
        ]
    };
    [of(&LIGHT), of(&DARK)]
}
