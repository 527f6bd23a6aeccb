//! `protocol::name`: the key of a key is itself, and a key is at most three
//! times as long as its name; an accepted e-mail address has one `@` and nothing that ends a line.

use protocol::name::{email_key, password_text, username_key};

pub fn check(text: &str) {
    if let Ok(key) = username_key(text) {
        assert_eq!(username_key(&key).as_deref(), Ok(key.as_str()));
        assert!(key.len() <= 3 * text.len());
        assert!(!key.chars().any(char::is_control));
    }
    if let Ok(key) = email_key(text) {
        assert!(key.matches('@').count() == 1 && !key.contains(['\r', '\n', '\0', ' ']));
        assert_eq!(email_key(&key), Ok(key));
    }
    if let Ok(password) = password_text(text) {
        assert_eq!(password_text(&password), Ok(password));
    }
}
