//! Which workloads a pattern means: their names segment by segment, so that what stands at the edge of one never reaches the next.

/// Whether the name is one that the pattern means. A name is cut at each `:` and `/`; a segment of the pattern is itself, `*` for
/// any one segment that is not empty, or, at the end alone, `**` for one or more. What separates them must be the same.
///
/// One walk over both, whatever they hold: there is nothing to try twice.
pub(crate) fn matches(pattern: &str, name: &str) -> bool {
    let (mut pattern, mut name) = (segments(pattern), segments(name));
    loop {
        match (pattern.next(), name.next()) {
            (None, None) => return true,
            (Some((before, MANY)), Some((came, first))) => {
                return before == came && !first.is_empty() && pattern.next().is_none();
            }
            (Some((before, ANY)), Some((came, segment))) if before == came && !segment.is_empty() => {}
            (Some((before, own)), Some((came, segment))) if before == came && own == segment && own != ANY => {}
            _ => return false,
        }
    }
}

/// Judges a pattern of `issuer`'s names. The first two segments are said: they tell whose workloads are meant, and nobody but
/// whoever runs the issuer decides who else is beside them.
///
/// # Errors
/// The sentence for whoever writes it.
pub(super) fn judge(pattern: &str) -> Result<(), String> {
    let parts: Vec<&str> = segments(pattern).map(|(_, segment)| segment).collect();
    if !pattern.bytes().all(|octet| octet.is_ascii_graphic()) {
        return Err("must hold visible ASCII characters alone".into());
    }
    // A scheme and the nothing between its slashes say nobody's name; the host behind them does.
    let scheme = matches!(parts[..], [_, "", "", ..]);
    let own = if scheme { parts.get(3..) } else { Some(&parts[..]) }.unwrap_or_default();
    let said = if scheme { SAID - 1 } else { SAID };
    if own.is_empty() || own.iter().take(said).any(|part| part.is_empty() || part.contains('*')) {
        return Err("must begin with two segments without *".into());
    }
    let last = parts.len().saturating_sub(1);
    let whole = |(place, part): (usize, &&str)| match *part {
        ANY => true,
        MANY => place == last,
        part => !part.contains('*'),
    };
    if parts.iter().enumerate().all(whole) {
        return Ok(());
    }
    Err("may have * for a whole segment between : or /, and ** at its end".into())
}

/// Each with the separator before it.
fn segments(text: &str) -> impl Iterator<Item = (Option<char>, &str)> {
    let mut rest = Some((None, text));
    std::iter::from_fn(move || {
        let (before, text) = rest.take()?;
        let Some(at) = text.find([':', '/']) else { return Some((before, text)) };
        let (segment, behind) = text.split_at(at);
        rest = behind.chars().next().map(|separator| (Some(separator), &behind[1..]));
        Some((before, segment))
    })
}

const ANY: &str = "*";
const MANY: &str = "**";
/// Segments that are said.
const SAID: usize = 2;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_pattern_means_whole_segments() {
        let table = [
            ("repo:org/name:ref:refs/heads/main", "repo:org/name:ref:refs/heads/main", true),
            ("repo:org/name:ref:refs/heads/main", "repo:org/name:ref:refs/heads/main2", false),
            ("repo:org/name:ref:refs/heads/main", "repo:org/name:ref:refs/heads/main/x", false),
            ("repo:org/name:ref:refs/heads/main", "repo:org/name:ref:refs/heads/Main", false),
            ("repo:org/*:environment:production", "repo:org/any:environment:production", true),
            ("repo:org/*:environment:production", "repo:org/a/b:environment:production", false),
            ("repo:org/*:environment:production", "repo:org/:environment:production", false),
            ("repo:org/*:environment:production", "repo:org:any:environment:production", false),
            ("repo:org/*:environment:production", "repo:org-evil/any:environment:production", false),
            ("repo:org/*:environment:production", "x:repo:org/any:environment:production", false),
            ("repo:org/name:**", "repo:org/name:ref:refs/heads/a/b", true),
            ("repo:org/name:**", "repo:org/name/other:ref", false),
            ("spiffe://example.org/**", "spiffe://example.org:ns/a", false),
            ("repo:org/name:**", "repo:org/name:", false),
            ("repo:org/name:**", "repo:org/name", false),
            ("repo:org/name:**", "repo:org/name-evil:ref", false),
            ("system:serviceaccount:shop:*", "system:serviceaccount:shop:orders", true),
            ("system:serviceaccount:shop:*", "system:serviceaccount:shop:a:b", false),
            ("spiffe://example.org/ns/*/sa/x", "spiffe://example.org/ns/a/sa/x", true),
            ("spiffe://example.org/ns/*/sa/x", "spiffe://example.org.evil/ns/a/sa/x", false),
            // A star that came is a character as any other.
            ("a:b:c", "a:b:*", false),
            ("a:b:*", "a:b:*", true),
        ];
        for (pattern, name, expected) in table {
            assert_eq!(matches(pattern, name), expected, "{pattern} and {name}");
        }
    }

    #[test]
    fn what_would_mean_everybody_is_no_pattern() {
        for bad in [
            "*",
            "**",
            "repo:*",
            "repo:*/x",
            "*:b",
            "a:b*",
            "a:b:c*",
            "a:b:*c",
            "a:b:**:c",
            "a:b:***",
            "a:b: c",
            "a:b:é",
            "https://**",
            "https://*/x",
            "a::**",
            "::**",
            "/:*",
            ":a:b",
            "spiffe://",
        ] {
            assert!(judge(bad).is_err(), "{bad}");
        }
        for good in ["a", "a:b", "a:b:*", "a:b:**", "repo:org/*:ref:refs/heads/*", "spiffe://example.org/**"] {
            assert_eq!(judge(good), Ok(()), "{good}");
        }
    }

    proptest! {
        /// A pattern without a star means one name, its own; and one with stars no name with fewer segments than it has.
        #[test]
        fn a_name_is_meant_by_itself_alone(name in "[a-c:/]{0,12}", other in "[a-c:/]{0,12}") {
            prop_assert!(matches(&name, &name));
            prop_assert_eq!(matches(&name, &other), name == other);
        }

        #[test]
        fn what_a_pattern_means_has_its_beginning(pattern in "[ab][:/][ab][ab:/*]{0,9}", name in "[a-b:/*]{0,16}") {
            prop_assume!(judge(&pattern).is_ok());
            let said = &pattern[..pattern.find('*').unwrap_or(pattern.len())];
            if matches(&pattern, &name) {
                prop_assert!(name.starts_with(said));
                prop_assert!(pattern.contains('*') || name == pattern);
            }
        }

        /// Long texts of stars take one walk.
        #[test]
        fn nothing_is_tried_twice(stars in 1_000_usize..4_000) {
            let (pattern, name) = (format!("a:b{}:c", ":*".repeat(stars)), format!("a:b{}", ":d".repeat(stars + 1)));
            prop_assert!(!matches(&pattern, &name), "{} stars", stars);
        }
    }
}
