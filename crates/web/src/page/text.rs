//! Decides which outside text and addresses may reach a page. Escaping is the templates' work; this is what escaping
//! cannot mend.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The text without characters that reorder or hide what stands around them: an application may not dress its name up
/// as another sentence (Unicode TR36 §2.5).
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    if text.chars().any(deceives) {
        Cow::Owned(text.chars().filter(|c| !deceives(*c)).collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// The text of a JSON value with those characters as escapes, which mean the same in JSON (RFC 8259 §7): what is allowed is all shown.
pub(super) fn escaped(json: &str) -> Cow<'_, str> {
    if !json.chars().any(|c| deceives(c) || is_unseen(c)) {
        return Cow::Borrowed(json);
    }
    let mut shown = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if deceives(c) || is_unseen(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing into a text cannot fail.
                let _ = write!(shown, "\\u{unit:04x}");
            }
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

/// The address if a browser may be sent there by a link or load it: `http` and `https` only, so never `javascript:`.
pub(super) fn web_address(url: &str) -> Option<&str> {
    let scheme = url.split_once("://")?.0;
    let clean = url.bytes().all(|b| b > b' ' && b != 0x7f && b != b'\\');
    let host = url[scheme.len() + 3..].bytes().next().is_some_and(|b| b != b'/' && b != b'?' && b != b'#');
    (clean && host && (scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http"))).then_some(url)
}

/// The address if it is of a scheme of a program's own (RFC 8252 §7.1), which browsers hand over and never read.
pub(super) fn program_address(url: &str) -> Option<&str> {
    let scheme = url.split_once(':')?.0;
    let named = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    let clean = url.bytes().all(|b| b > b' ' && b != 0x7f);
    let own = !BROWSERS.iter().any(|known| scheme.eq_ignore_ascii_case(known));
    (named && clean && own).then_some(url)
}

/// The same, or an address to write to.
pub(super) fn contact_address(url: &str) -> Option<&str> {
    let mail = url
        .strip_prefix("mailto:")
        .is_some_and(|to| to.contains('@') && to.bytes().all(|b| b.is_ascii_graphic() && !b"\"'<>\\`".contains(&b)));
    if mail { Some(url) } else { web_address(url) }
}

/// An address of this server (`/…`) or of the web, for links whose target the caller composes.
pub(super) fn own_or_web_address(url: &str) -> Option<&str> {
    let own = url.starts_with('/') && !url.starts_with("//") && url.bytes().all(|b| b > b' ' && b != b'\\');
    if own { Some(url) } else { web_address(url) }
}

/// The same for a link that must lead somewhere: the front page when the address is none.
pub(super) fn link(url: &str) -> &str {
    own_or_web_address(url).unwrap_or("/")
}

/// `scheme://host[:port]` of a web address in the characters a policy may hold; anything stranger is refused.
pub(super) fn origin(url: &str) -> Option<String> {
    let url = web_address(url)?;
    let start = url.find("://")? + 3;
    let end = url[start..].find(['/', '?', '#']).map_or(url.len(), |at| start + at);
    let host = &url[start..end];
    let valid = host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'[' | b']'));
    (valid && !host.is_empty()).then(|| url[..end].to_ascii_lowercase())
}

/// Escapes for a double-quoted attribute so that the parsed value is the given one to the octet. The line ends matter:
/// an HTML parser turns a bare CR into LF before it reads the attribute (HTML §13.2.3.5).
pub(super) fn attribute(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len() + 16);
    for c in value.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\r' => escaped.push_str("&#13;"),
            '\n' => escaped.push_str("&#10;"),
            // HTML has no way to write NUL; the parser would put U+FFFD there in any case.
            '\0' => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Schemes that a browser reads itself.
const BROWSERS: [&str; 11] =
    ["about", "blob", "data", "file", "filesystem", "ftp", "http", "https", "javascript", "vbscript", "view-source"];

/// What takes no place on the page, beside [`deceives`]: soft hyphens, variation selectors, tags, fillers.
fn is_unseen(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{2028}'..='\u{2029}'
        | '\u{206a}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e0fff}')
}

fn deceives(c: char) -> bool {
    matches!(c,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{61c}')
}
