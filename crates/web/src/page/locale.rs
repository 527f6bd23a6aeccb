//! Decides the language of a page: `ui_locales`, then `Accept-Language`, then the environment's default
//! (OpenID Connect Core §3.1.2.1, RFC 9110 §12.5.4), and finds its words in Fluent files.

use std::sync::OnceLock;

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use unic_langid::LanguageIdentifier;

/// A language in which every page is complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Locale {
    #[default]
    English,
    German,
    French,
    Spanish,
}

impl Locale {
    /// Every language, in the order of the enum.
    pub const ALL: [Self; 4] = [Self::English, Self::German, Self::French, Self::Spanish];

    /// The first language that someone asked for and that exists, else `default`.
    ///
    /// Both inputs are a client's text: what is no BCP 47 tag is skipped, never an error (OpenID Connect Core
    /// §3.1.2.1: an unsupported `ui_locales` must not fail the request), and only the first tags of an endless list
    /// are read.
    pub fn negotiate(ui_locales: Option<&str>, accept_language: Option<&str>, default: Self) -> Self {
        ui_locales
            .and_then(|list| list.split(' ').filter(|tag| !tag.is_empty()).take(MAX_TAGS).find_map(Self::from_tag))
            .or_else(|| accept_language.and_then(|header| Self::accepted(header, default)))
            .unwrap_or(default)
    }

    /// The language of a BCP 47 tag, its region aside; `None` when malformed or not there.
    pub fn from_tag(tag: &str) -> Option<Self> {
        if tag.len() > MAX_TAG_LENGTH {
            return None;
        }
        let parsed = LanguageIdentifier::from_bytes(tag.as_bytes()).ok()?;
        Self::ALL.into_iter().find(|locale| locale.tag() == parsed.language.as_str())
    }

    /// The BCP 47 tag, for `lang` and `Content-Language`.
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::French => "fr",
            Self::Spanish => "es",
        }
    }

    /// What the language calls itself.
    pub(super) fn own_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
            Self::French => "Français",
            Self::Spanish => "Español",
        }
    }

    /// The direction of writing, for `dir`.
    pub fn direction(self) -> &'static str {
        "ltr"
    }

    /// The message of this key; English, then the key itself, where a language lacks it.
    pub fn text(self, key: &str) -> String {
        self.message(key, None).unwrap_or_else(|| key.to_owned())
    }

    /// The message with one text put in.
    pub fn with(self, key: &str, name: &'static str, value: impl AsRef<str>) -> String {
        let mut arguments = FluentArgs::with_capacity(1);
        arguments.set(name, FluentValue::from(value.as_ref().to_owned()));
        self.message(key, Some(&arguments)).unwrap_or_else(|| key.to_owned())
    }

    /// The message with one number put in, in the plural form the language wants.
    pub fn with_number(self, key: &str, name: &'static str, value: u32) -> String {
        let mut arguments = FluentArgs::with_capacity(1);
        arguments.set(name, FluentValue::from(value));
        self.message(key, Some(&arguments)).unwrap_or_else(|| key.to_owned())
    }

    /// How long an account stays locked.
    pub(super) fn locked(self, minutes: Option<u32>) -> String {
        match minutes {
            Some(minutes) => self.with_number("signon-locked", "minutes", minutes),
            None => self.text("signon-locked-for-good"),
        }
    }

    /// A moment, given as seconds since 1970, as this language writes it; UTC, as logs and tokens are.
    pub(super) fn moment(self, seconds: i64) -> Option<String> {
        let at = jiff::Timestamp::from_second(seconds).ok()?.to_zoned(jiff::tz::TimeZone::UTC);
        let (day, month, year, time) = (at.day(), at.month(), at.year(), at.strftime("%H:%M:%S UTC"));
        let month_name = MONTHS.get(usize::try_from(month - 1).ok()?)?;
        Some(match self {
            Self::English => format!("{day} {month_name} {year}, {time}"),
            Self::German => format!("{day:02}.{month:02}.{year}, {time}"),
            Self::French => format!("{day:02}/{month:02}/{year} {time}"),
            Self::Spanish => format!("{day:02}/{month:02}/{year}, {time}"),
        })
    }

    /// How long ago a moment is, or how far ahead, in one unit: "in 59 minutes".
    pub(super) fn distance(self, at: i64, now: i64) -> String {
        let far = at.abs_diff(now);
        let (ago, ahead, unit) = match far {
            0..60 => return self.text(if at > now { "time-in-no-time" } else { "time-now" }),
            60..3_600 => ("time-minutes-ago", "time-in-minutes", 60),
            3_600..86_400 => ("time-hours-ago", "time-in-hours", 3_600),
            _ => ("time-days-ago", "time-in-days", 86_400),
        };
        let count = u32::try_from(far / unit).unwrap_or(u32::MAX);
        self.with_number(if at > now { ahead } else { ago }, "count", count)
    }

    pub(super) fn knows(self, key: &str) -> bool {
        self.bundle().has_message(key)
    }

    fn message(self, key: &str, arguments: Option<&FluentArgs<'_>>) -> Option<String> {
        [self, Self::English].into_iter().find_map(|locale| {
            let bundle = locale.bundle();
            let pattern = bundle.get_message(key)?.value()?;
            Some(bundle.format_pattern(pattern, arguments, &mut Vec::new()).into_owned())
        })
    }

    fn accepted(header: &str, default: Self) -> Option<Self> {
        let mut best: Option<(Self, u16)> = None;
        for range in header.split(',').take(MAX_TAGS) {
            let mut parts = range.split(';').map(str::trim);
            let tag = parts.next().unwrap_or_default();
            let Some(quality) = parts.next().map_or(Some(1000), quality) else { continue };
            let locale = if tag == "*" { Some(default) } else { Self::from_tag(tag) };
            // RFC 9110 §12.4.2: a weight of zero means "not acceptable"; of equal weights the first one written wins.
            if let Some(locale) = locale
                && quality > best.map_or(0, |(_, q)| q)
            {
                best = Some((locale, quality));
            }
        }
        best.map(|(locale, _)| locale)
    }

    fn bundle(self) -> &'static FluentBundle<FluentResource> {
        static BUNDLES: [OnceLock<FluentBundle<FluentResource>>; 4] = [const { OnceLock::new() }; 4];
        BUNDLES[self as usize].get_or_init(|| {
            let sources = match self {
                Self::English => EN,
                Self::German => DE,
                Self::French => FR,
                Self::Spanish => ES,
            };
            // Chooses the plural forms; the tag is one of ours, so it parses.
            let id = self.tag().parse::<LanguageIdentifier>().unwrap_or_default();
            let mut bundle = FluentBundle::new_concurrent(vec![id]);
            // The isolation marks would end up inside titles and attributes that programs compare; what could reorder
            // the text is taken out of outside values instead (`text::plain`).
            bundle.set_use_isolating(false);
            for source in sources {
                // The files are compiled in and a test parses each without an error; a broken message is left out.
                let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(resource, _)| resource);
                bundle.add_resource_overriding(resource);
            }
            bundle
        })
    }
}

/// `q=0.8` in thousandths (RFC 9110 §12.4.2: at most three decimals, at most 1).
fn quality(parameter: &str) -> Option<u16> {
    let weight = parameter.strip_prefix("q=").or_else(|| parameter.strip_prefix("Q="))?;
    let (whole, decimals) = weight.split_once('.').unwrap_or((weight, ""));
    if decimals.len() > 3 || !decimals.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let thousandths = format!("{decimals:0<3}").parse::<u16>().ok()?;
    match whole {
        "0" => Some(thousandths),
        "1" if thousandths == 0 => Some(1000),
        _ => None,
    }
}

/// More than any browser sends; the rest of a hostile list is not looked at.
const MAX_TAGS: usize = 16;
const MAX_TAG_LENGTH: usize = 35;

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const EN: [&str; 2] = [include_str!("../../locales/en/pages.ftl"), include_str!("../../locales/en/dev.ftl")];
const DE: [&str; 2] = [include_str!("../../locales/de/pages.ftl"), include_str!("../../locales/de/dev.ftl")];
const FR: [&str; 2] = [include_str!("../../locales/fr/pages.ftl"), include_str!("../../locales/fr/dev.ftl")];
const ES: [&str; 2] = [include_str!("../../locales/es/pages.ftl"), include_str!("../../locales/es/dev.ftl")];
