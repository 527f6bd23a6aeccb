use uuid::Uuid;

use super::*;

fn environment(number: u128) -> EnvironmentId {
    EnvironmentId::new(Uuid::from_u128(number))
}

fn event(environment: impl Into<Option<EnvironmentId>>, source: u8, second: i64) -> Event {
    let at = Time::from_secs(1_800_000_000 + second);
    let event = Event::new(environment.into(), at, CorrelationId::new(Uuid::from_u128(7)), Action::FlowUpdated);
    let event = event.refused(&Reason::FlowUnknown.into());
    Event { source: Some([192, 0, 2, source].into()), ..event }
}

fn told(budget: &Budget, count: usize, event: &Event) -> usize {
    (0..count).filter(|_| budget.tells(event, event.at)).count()
}

fn budget() -> Budget {
    Budget::new(&Allowance::default())
}

#[test]
fn what_belongs_nowhere_has_sixty_rows_a_minute() {
    let budget = budget();
    assert_eq!(told(&budget, 1000, &event(None, 1, 1)), 60);
    assert_eq!(told(&budget, 1000, &event(None, 2, 61)), 60);
}

/// F8: a source, an environment, and all of them have so many rows.
#[test]
fn a_flood_has_its_rows_and_takes_none_of_others() {
    let budget = budget();
    assert_eq!(told(&budget, 10_000, &event(environment(1), 1, 0)), 600);
    assert_eq!(told(&budget, 10_000, &event(environment(1), 1, 10)), 20);
    assert_eq!(told(&budget, 100, &event(environment(1), 2, 10)), 100, "another source");
    assert_eq!(told(&budget, 100, &event(environment(2), 1, 10)), 100, "another environment");
    let from_everywhere: usize = (3..200).map(|source| told(&budget, 50, &event(environment(1), source, 10))).sum();
    assert!((200..1_200).contains(&from_everywhere), "{from_everywhere}");
    let whole: usize = (10..200).map(|number| told(&budget, 50, &event(environment(number), 9, 10))).sum();
    assert!(whole < 1_400, "{whole}");
    // Failed authentication has as many, whatever else is refused.
    let event = event(environment(1), 1, 10);
    let unknown = Event { refusal: None, ..event.clone() }.refused(&Reason::ClientUnknown.into());
    assert!(!budget.tells(&event, event.at) && budget.tells(&unknown, unknown.at));
}

/// F8: what was not recorded is counted, under the number of what was.
#[test]
fn the_rest_is_counted_by_its_kind() {
    let budget = budget();
    let mut last = event(environment(1), 1, 0);
    for number in 0..4_912_u128 {
        last.correlation = CorrelationId::new(Uuid::from_u128(number));
        budget.tells(&last, last.at);
    }
    let other = event(environment(2), 1, 0);
    assert!(budget.tells(&other, other.at));
    let rest = budget.rest(Time::from_secs(1_800_000_060));
    let [only] = rest.as_slice() else { panic!("{rest:?}") };
    assert_eq!(only.note.as_deref(), Some("and 4,312 more of this kind"));
    assert_eq!(only.correlation, CorrelationId::new(Uuid::from_u128(599)), "of the last that was recorded");
    assert_eq!((only.environment, only.source), (last.environment, last.source));
    assert_eq!(only.refusal.as_ref().map(|refusal| refusal.reason), Some(Reason::FlowUnknown));
    assert_eq!(budget.rest(Time::from_secs(1_800_000_120)), []);
}

#[test]
fn kinds_are_no_more_than_fit() {
    let budget = budget();
    for number in 0..10_000 {
        budget.missed(&event(environment(number), 1, 0));
    }
    let rest = budget.rest(Time::from_secs(1_800_000_000));
    assert_eq!(rest.len(), KINDS + 1);
    assert!(rest.iter().any(|event| event.note.as_deref() == Some("and 9,744 more of this kind")));
}

#[test]
fn thousands_are_told_apart() {
    assert_eq!([0, 12, 999, 1_000, 1_234_567].map(grouped), ["0", "12", "999", "1,000", "1,234,567"]);
}
