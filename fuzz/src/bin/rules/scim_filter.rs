//! `protocol::filter`: what is read is read again, alike, from what it writes; the bounds hold for the whole tree. `UserFilter`: a
//! user meets a filter of a group, or its negation, and never both.

use protocol::filter::{Filter, FilterValue, parse};
use protocol::model::{FoundUser, Profile, User, UserFilter};

pub fn check(text: &str) {
    let Ok(filter) = parse(text) else { return };
    assert!(text.len() <= 2_000 && clauses(&filter) <= 50);
    met(text);
    let written = filter.to_string();
    // The canonical form has more parentheses and longer numbers, so it may pass the bounds that its source kept.
    let Ok(again) = parse(&written) else {
        assert!(written.len() > 2_000 || written.matches(['(', '[']).count() > 20 || has_fraction(&filter));
        return;
    };
    assert!(again == filter || has_fraction(&filter));
}

fn met(text: &str) {
    let (Ok(one), Ok(other)) = (UserFilter::read(text), UserFilter::read(&format!("not ({text})"))) else { return };
    let profile = Profile { title: Some("Dr".into()), ..Profile::default() };
    let named = User { username: "ann".into(), email: "ann@example.com".into(), enabled: true, profile, ..User::default() };
    for user in [User::default(), named] {
        let user = FoundUser::of(&user);
        assert_ne!(one.meets(&user), other.meets(&user));
    }
}

fn clauses(filter: &Filter) -> usize {
    match filter {
        Filter::And(left, right) | Filter::Or(left, right) => clauses(left) + clauses(right),
        Filter::Not(inner) | Filter::Within(_, inner) => clauses(inner),
        Filter::Compare { .. } | Filter::Present(_) => 1,
    }
}

/// A double may change in its last digit when it is read from its shortest form.
fn has_fraction(filter: &Filter) -> bool {
    match filter {
        Filter::And(left, right) | Filter::Or(left, right) => has_fraction(left) || has_fraction(right),
        Filter::Not(inner) | Filter::Within(_, inner) => has_fraction(inner),
        Filter::Compare { value, .. } => matches!(value, FilterValue::Number(number) if number.is_f64()),
        Filter::Present(_) => false,
    }
}
