//! `engine::fetch::Freshness`: whatever another server says, a document is kept within the bounds, `no-store` and `no-cache` win
//! wherever they stand (RFC 9111 §5.2.2), and a plain `max-age` is taken as it stands.

use engine::fetch::Freshness;

pub fn check(said: &str) {
    let freshness = Freshness::default();
    let of = |said: &str| freshness.of(Some(said));
    let bounds = freshness.shortest..=freshness.longest;
    assert!(bounds.contains(&of(said)));
    assert_eq!(of(&format!("no-store,{said}")), freshness.shortest);
    assert_eq!(of(&format!("{said}, NO-CACHE")), freshness.shortest);
    let digits = !said.is_empty() && said.bytes().all(|octet| octet.is_ascii_digit());
    if digits {
        let seconds = said.parse().unwrap_or(i64::MAX).clamp(freshness.shortest, freshness.longest);
        assert_eq!((of(&format!("max-age={said}")), of(&format!("x, Max-Age=\"{said}\""))), (seconds, seconds));
    }
    // What is unknown changes nothing.
    assert_eq!(of(&format!("{said}, immutable")), of(said));
}
