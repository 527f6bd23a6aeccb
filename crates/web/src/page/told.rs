//! Decides how a refusal's cause is shown to the owner of a developer's server, and to nobody else: what was expected, what
//! came, and how to mend it.

use std::borrow::Cow;

use super::{Locale, text::plain};

/// The cause of a refusal. What came is text of a client.
#[derive(Debug, Clone, Copy, Default)]
pub struct Told<'a> {
    pub expected: &'a str,
    /// Whether `expected` is several values with a space between, each of which is told on a line of its own.
    pub several: bool,
    pub came: &'a str,
    pub mend: &'a str,
    /// Where it stands among the last refusals.
    pub entry_url: &'a str,
}

impl<'a> Told<'a> {
    pub(super) fn came(&self) -> Cow<'a, str> {
        plain(self.came)
    }

    fn lines(&self) -> Vec<&'a str> {
        if self.several { self.expected.split_whitespace().collect() } else { vec![self.expected] }
    }

    pub(super) fn first_expected(&self) -> Vec<&'a str> {
        self.lines().into_iter().take(AT_ONCE).collect()
    }

    pub(super) fn more_expected(&self) -> Option<Vec<&'a str>> {
        let more: Vec<&str> = self.lines().into_iter().skip(AT_ONCE).collect();
        (!more.is_empty()).then_some(more)
    }
}

impl Told<'_> {
    /// How many are not told at once.
    pub(super) fn more(&self, locale: Locale) -> String {
        let count = self.more_expected().map_or(0, |rest| rest.len());
        locale.with_number("dev-more", "count", u32::try_from(count).unwrap_or(u32::MAX))
    }
}

const AT_ONCE: usize = 3;
