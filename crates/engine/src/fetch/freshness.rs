//! How long a document is kept: what its server says (RFC 9111 §5.2.2), within bounds.

/// Seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Freshness {
    /// Whatever the other side says, it is not asked more often.
    pub shortest: i64,
    pub longest: i64,
    /// When nothing is said.
    pub unsaid: i64,
    /// How long a failure is remembered.
    pub failure: i64,
    /// How long an old document still serves while its server fails: a client's restart must not sign everybody out.
    pub grace: i64,
    /// Between two requests for [`super::Wanted::Newer`].
    pub floor: i64,
}

impl Default for Freshness {
    fn default() -> Self {
        Self { shortest: 60, longest: 24 * 3600, unsaid: 300, failure: 60, grace: 3600, floor: 60 }
    }
}

impl Freshness {
    /// Seconds that a document with this `Cache-Control` is fresh.
    pub fn of(&self, cache_control: Option<&str>) -> i64 {
        let directives = || cache_control.unwrap_or_default().split(',').map(|part| part.trim().to_ascii_lowercase());
        if directives().any(|directive| directive == "no-store" || directive.starts_with("no-cache")) {
            return self.shortest;
        }
        let said = directives().find_map(|directive| {
            let seconds = directive.strip_prefix("max-age=")?.trim_matches('"').to_owned();
            let digits = !seconds.is_empty() && seconds.bytes().all(|b| b.is_ascii_digit());
            // RFC 9111 §1.2.2: more than fits is a very long time.
            digits.then(|| seconds.parse().unwrap_or(i64::MAX))
        });
        said.unwrap_or(self.unsaid).clamp(self.shortest, self.longest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_holds_within_bounds() {
        let freshness = Freshness::default();
        for (said, seconds) in [
            (None, 300),
            (Some("public"), 300),
            (Some("max-age=600"), 600),
            (Some("public, Max-Age=\"600\" , must-revalidate"), 600),
            (Some("max-age=0"), 60),
            (Some("no-store, max-age=600"), 60),
            (Some("no-cache"), 60),
            (Some("max-age=99999999999999999999"), 24 * 3600),
            (Some("max-age=-1"), 300),
            (Some("max-age=x, max-age=120"), 120),
        ] {
            assert_eq!(freshness.of(said), seconds, "{said:?}");
        }
    }
}
