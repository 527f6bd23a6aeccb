//! `engine::password` of hashes that other systems made: what is taken for one is one to the libraries that made it, and costs
//! one sign-on no more than a second or so; what looks like a hash and is none is never kept as a password.

use argon2::password_hash::phc::PasswordHash;
use engine::password::{Brought, Passwords};

pub fn check(text: &str) {
    let brought = Passwords::brought(text);
    let bare = text.strip_prefix("{CRYPT}").or_else(|| text.strip_prefix("{BCRYPT}")).unwrap_or(text);
    match brought {
        Brought::Hash => {
            assert!(text.len() <= 1_024 || text.starts_with('$'));
            assert!(text.starts_with(['$', '{']));
            if bare.starts_with("$2") {
                let digits = |c: char| c.is_ascii_alphanumeric() || "./".contains(c);
                assert!(
                    bare.len() == 60
                        && bare[7..].chars().all(digits)
                        && bare[4..6].parse::<u32>().is_ok_and(|c| c <= 14)
                );
                // The library takes only salts whose last bits are zero; some that are in use were made otherwise.
                let parts = bare.parse::<bcrypt::HashParts>();
                assert!(parts.map_or(true, |parts| (4..=14).contains(&parts.get_cost())));
            }
            if bare.starts_with("$argon2") {
                // The library wants a number written in one way; `m=09728` in a hash costs no more.
                let number = |part: &str| part.split_once('=').and_then(|(_, number)| number.parse::<u32>().ok());
                let costs: Vec<u32> =
                    bare.split('$').nth(3).into_iter().flat_map(|costs| costs.split(',')).filter_map(number).collect();
                assert!(matches!(costs[..], [memory, passes, lanes] if memory <= 65_536 && passes <= 8 && lanes <= 8));
                let plain = |part: &str| number(part).is_some_and(|number| part.ends_with(&format!("={number}")));
                // Nor does it take a salt of more than 48 octets, which others make.
                let short = bare.split('$').nth(4).is_some_and(|salt| salt.len() <= 64);
                if short && bare.split('$').nth(3).is_some_and(|costs| costs.split(',').all(plain)) {
                    PasswordHash::new(bare).expect("taken for argon2");
                }
            }
        }
        Brought::Password => assert!(!text.starts_with("$2b$") || text.parse::<bcrypt::HashParts>().is_err()),
        Brought::Unreadable => assert!(text.starts_with(['$', '{'])),
    }
    // What can be checked is what can be brought, and only that is ever hashed anew.
    assert!(!Passwords::is_dated(text) || brought == Brought::Hash);
}
