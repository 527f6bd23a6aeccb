//! `web::page::Locale`: the language of a page was asked for, in the first list that names one that exists, or is the default; what
//! was refused with `q=0` alone is not taken, and how long a list is changes nothing. The input is two lines, `ui_locales` and
//! `Accept-Language`; the first octet chooses the default.

use web::page::Locale;

pub fn check((choice, [asked, accepted]): (u8, [&str; 2])) {
    let default = Locale::ALL[usize::from(choice) % 4];
    let found = Locale::negotiate(Some(asked), Some(accepted), default);
    assert_eq!(Locale::negotiate(None, None, default), default);
    let tagged = |list: &str, separators: &[char]| {
        list.split(separators).any(|tag| {
            let language = tag.split(['-', '_', ';', ' ', '\t']).next().unwrap_or_default();
            language.trim().eq_ignore_ascii_case(found.tag())
        })
    };
    let named = tagged(asked, &[' ']) || accepted.split(',').any(|range| tagged(range.trim_start(), &[' ', '\t']));
    assert!(found == default || named, "{found:?}");
    if let Some(first) = asked.split(' ').find(|tag| !tag.is_empty()).and_then(Locale::from_tag) {
        assert_eq!(found, first);
    }
    let own = found.tag();
    let refusing = format!("{own};q=0");
    // A list beside `q=0` is not asked for.
    assert!(own == default.tag() || Locale::negotiate(None, Some(&refusing), default) == default);
    let endless = format!("{}{own}", "x-unknown,".repeat(1000));
    assert_eq!(Locale::negotiate(None, Some(&endless), default), default);
}
