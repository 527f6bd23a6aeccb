//! Decides which files the pages load and under what address: a name holding the content's hash, so that a file may be
//! kept for ever and a changed one is a new file (RFC 9111 §5.2.2.1, RFC 8246).

use std::sync::LazyLock;

use aws_lc_rs::digest;
use base64::{Engine as _, prelude::BASE64_STANDARD, prelude::BASE64_URL_SAFE_NO_PAD};

/// The file at an address such as `/assets/grantor.<hash>.css`: bytes, media type, strong entity tag.
///
/// `None` for every other path, an outdated hash included. Send it with
/// `Cache-Control: public, max-age=31536000, immutable` and `X-Content-Type-Options: nosniff`.
pub fn asset(path: &str) -> Option<(&'static [u8], &'static str, &'static str)> {
    let found = FILES.iter().find(|file| file.path == path)?;
    Some((found.bytes, found.content_type, &found.etag))
}

/// The address of the style sheet.
pub fn stylesheet() -> &'static str {
    &FILES[0].path
}

/// The address of the script.
pub fn script() -> &'static str {
    &FILES[1].path
}

/// The address of the icon.
pub fn mark() -> &'static str {
    &FILES[2].path
}

/// `sha256-…` as a Content-Security-Policy names inline content (CSP3 §2.3.1).
pub(super) fn csp_hash(content: &str) -> String {
    format!("sha256-{}", BASE64_STANDARD.encode(digest::digest(&digest::SHA256, content.as_bytes())))
}

struct File {
    path: String,
    bytes: &'static [u8],
    content_type: &'static str,
    etag: String,
}

impl File {
    fn new(stem: &str, extension: &str, content_type: &'static str, bytes: &'static [u8]) -> Self {
        let hash = BASE64_URL_SAFE_NO_PAD.encode(&digest::digest(&digest::SHA256, bytes).as_ref()[..9]);
        Self { path: format!("/assets/{stem}.{hash}.{extension}"), bytes, content_type, etag: format!("\"{hash}\"") }
    }
}

static FILES: LazyLock<[File; 3]> = LazyLock::new(|| {
    [
        File::new("grantor", "css", "text/css; charset=utf-8", include_bytes!("../../assets/grantor.css")),
        File::new("grantor", "js", "text/javascript; charset=utf-8", include_bytes!("../../assets/grantor.js")),
        File::new("mark", "svg", "image/svg+xml", include_bytes!("../../assets/mark.svg")),
    ]
});
