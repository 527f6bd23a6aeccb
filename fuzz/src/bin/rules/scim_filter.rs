//! `protocol::filter`: what is read is read again, alike, from what it writes; the bounds hold for the whole tree.

use protocol::filter::{Filter, FilterValue, parse};

pub fn check(text: &str) {
    let Ok(filter) = parse(text) else { return };
    assert!(text.len() <= 2_000 && clauses(&filter) <= 50);
    let written = filter.to_string();
    // The canonical form has more parentheses and longer numbers, so it may pass the bounds that its source kept.
    let Ok(again) = parse(&written) else {
        assert!(written.len() > 2_000 || written.matches(['(', '[']).count() > 20 || has_fraction(&filter));
        return;
    };
    assert!(again == filter || has_fraction(&filter));
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
