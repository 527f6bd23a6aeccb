//! `engine::bootstrap::check_url`: what is wrong with the URL of a database is told without anything of it that could be a
//! password. The first octet says where in the text a password stands.

use engine::bootstrap::check_url;

pub fn check((place, text): (u8, &str)) {
    let at = text.char_indices().map(|(at, _)| at).nth(usize::from(place)).unwrap_or(text.len());
    let url = format!("postgres://{}{PASSWORD}{}", &text[..at], &text[at..]);
    if let Err(error) = check_url(&url) {
        let told = format!("{error} {error:?}");
        assert!(!told.contains(PASSWORD), "{told}");
    }
    if !text.starts_with("sqlite:") {
        let _ = check_url(text);
    }
}

/// Longer than the name of any parameter, which is told.
const PASSWORD: &str = "MG0bMHf9zgOXkRu0spxoVK9El01Xg1MG0bMHf9zgOXkRu0spxoVK";
