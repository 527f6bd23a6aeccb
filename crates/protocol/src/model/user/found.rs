//! What a filter may ask of users that no column holds: it follows from columns, and some of it from the time.

use uuid::Uuid;

use super::User;
use crate::filter::{Filter, FilterValue, Op};
use crate::time::Time;

impl User {
    /// The same filter in terms of what is stored. `account.status`, `account.canAuthenticate` and `identityProvider.type` are
    /// equal to a value or are not; another comparison of them stays what no list supports.
    ///
    /// `providers`: the ids of those of this type, which a user's row has instead.
    pub fn in_stored_terms(filter: Filter, now: Time, providers: &dyn Fn(&str) -> Vec<Uuid>) -> Filter {
        let inner = |filter: Box<Filter>| Box::new(Self::in_stored_terms(*filter, now, providers));
        match filter {
            Filter::And(left, right) => Filter::And(inner(left), inner(right)),
            Filter::Or(left, right) => Filter::Or(inner(left), inner(right)),
            Filter::Not(of) => Filter::Not(inner(of)),
            Filter::Present(path) if MADE.iter().any(|made| made.eq_ignore_ascii_case(&path)) => everybody(),
            Filter::Compare { path, op: op @ (Op::Eq | Op::Ne), value } => {
                match condition(&path, &value, now, providers) {
                    Some(condition) if op == Op::Eq => condition,
                    Some(condition) => not(condition),
                    None => Filter::Compare { path, op, value },
                }
            }
            other => other,
        }
    }
}

fn condition(path: &str, value: &FilterValue, now: Time, providers: &dyn Fn(&str) -> Vec<Uuid>) -> Option<Filter> {
    let made = MADE.into_iter().find(|made| made.eq_ignore_ascii_case(path))?;
    Some(match (made, value) {
        (STATUS, FilterValue::Text(status)) => match status.to_ascii_uppercase().as_str() {
            "LOCKED" => locked(now),
            "OK" => not(locked(now)),
            _ => not(everybody()),
        },
        (CAN, FilterValue::Bool(true)) => usable(now),
        (CAN, FilterValue::Bool(false)) => not(usable(now)),
        (CAN, FilterValue::Text(text)) => {
            return condition(path, &FilterValue::Bool(text.parse().ok()?), now, providers);
        }
        // Whoever has no other provider is this server's own.
        (TYPE, FilterValue::Text(kind)) if kind.eq_ignore_ascii_case("PING_ONE") => {
            not(Filter::Present("identityProvider.id".into()))
        }
        (TYPE, FilterValue::Text(kind)) => {
            let one = |id: Uuid| Filter::Compare {
                path: "identityProvider.id".into(),
                op: Op::Eq,
                value: FilterValue::Text(id.to_string()),
            };
            let all = providers(kind).into_iter().map(one);
            all.reduce(|left, right| Filter::Or(Box::new(left), Box::new(right))).unwrap_or_else(|| not(everybody()))
        }
        _ => return None,
    })
}

/// As [`super::Account::is_locked`] decides it.
fn locked(now: Time) -> Filter {
    let over =
        Filter::Compare { path: "account.unlockAt".into(), op: Op::Le, value: FilterValue::Text(now.to_string()) };
    Filter::And(Box::new(Filter::Present("account.lockedAt".into())), Box::new(not(over)))
}

fn usable(now: Time) -> Filter {
    let enabled = Filter::Compare { path: "enabled".into(), op: Op::Eq, value: FilterValue::Bool(true) };
    Filter::And(Box::new(enabled), Box::new(not(locked(now))))
}

fn everybody() -> Filter {
    Filter::Present("id".into())
}

fn not(filter: Filter) -> Filter {
    Filter::Not(Box::new(filter))
}

const STATUS: &str = "account.status";
const CAN: &str = "account.canAuthenticate";
const TYPE: &str = "identityProvider.type";
const MADE: [&str; 3] = [STATUS, CAN, TYPE];
