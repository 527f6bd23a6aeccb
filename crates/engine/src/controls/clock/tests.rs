use proptest::prelude::*;

use super::*;

const MACHINE: Time = Time::from_secs(1_767_225_600);

fn later(seconds: i64) -> Time {
    MACHINE.plus(seconds)
}

fn by(micros: i64) -> Turn {
    Turn { to: To::By(micros), ..Turn::default() }
}

fn turns() -> impl Strategy<Value = Turn> {
    let to = prop_oneof![
        Just(To::Here),
        (0..=LAST.0).prop_map(|micros| To::At(Time(micros))),
        any::<i64>().prop_map(To::By),
        (-1_000_000_000_000_i64..1_000_000_000_000).prop_map(To::By),
    ];
    let rate = (0..=u64::from(Rate::MOST) * 1_000_000).prop_map(Rate);
    (to, proptest::option::of(any::<bool>()), proptest::option::of(rate)).prop_map(|(to, frozen, rate)| Turn {
        to,
        frozen,
        rate,
    })
}

proptest! {
    /// Whatever it was told: it never goes back by itself, it stands while it is frozen, and it shows what can be written.
    #[test]
    fn time_goes_on_between_two_settings(turns in proptest::collection::vec((turns(), 0..90_000_000_i64), 1..20)) {
        let (clock, mut machine) = (Clock::default(), MACHINE);
        for (turn, pause) in turns {
            let came = clock.turn(machine, turn);
            let from = clock.shown(machine);
            prop_assert!(came.is_err() || came.is_ok_and(|(_, after)| after == from));
            let half = clock.shown(Time(machine.0 + pause / 2));
            machine = Time(machine.0 + pause);
            let to = clock.shown(machine);
            prop_assert!(from.now <= half.now && half.now <= to.now && to.now <= LAST && from.now >= FIRST);
            prop_assert!(!from.frozen || from.now == to.now);
        }
    }

    /// What is added is added to the microsecond, frozen or not, and a time that is set is what it shows.
    #[test]
    fn an_advance_adds_exactly(turn in turns(), micros in -1_000_000_000_000_i64..1_000_000_000_000) {
        let clock = Clock::default();
        let _ = clock.turn(MACHINE, turn);
        let before = clock.at(later(7));
        if let Ok((from, to)) = clock.turn(later(7), by(micros)) {
            prop_assert_eq!((from.now, to.now.0), (before, before.0 + micros));
            prop_assert_eq!(clock.at(later(7)), to.now);
        } else {
            prop_assert!(!(FIRST.0..=LAST.0).contains(&(before.0 + micros)));
            prop_assert_eq!(clock.at(later(7)), before);
        }
    }

    /// Another rate, freezing and going on begin where it stands.
    #[test]
    fn how_it_goes_changes_without_a_jump(turn in turns(), frozen: bool, rate in 0..=1_000_000_000_000_u64) {
        let clock = Clock::default();
        let _ = clock.turn(MACHINE, turn);
        let before = clock.at(later(3));
        let how = Turn { to: To::Here, frozen: Some(frozen), rate: Some(Rate(rate)) };
        prop_assert!(clock.turn(later(3), how).is_ok());
        prop_assert_eq!(clock.at(later(3)), before);
        let gone = if frozen { 0 } else { rate };
        let expected = before.0.saturating_add(i64::try_from(gone).unwrap()).min(LAST.0);
        prop_assert_eq!(clock.at(later(4)).0, expected, "one second of the machine's");
    }
}

#[test]
fn it_is_the_machines_until_it_is_told_otherwise() {
    let clock = Clock::default();
    assert_eq!(clock.shown(MACHINE), Shown { now: MACHINE, frozen: false, rate: Rate::ONE });
    clock.turn(MACHINE, Turn::default()).unwrap();
    assert!(clock.is_machines(), "nothing was said");
    clock.turn(MACHINE, by(5)).unwrap();
    assert_eq!((clock.is_machines(), clock.at(later(1)).0), (false, later(1).0 + 5));
    clock.release();
    assert_eq!((clock.is_machines(), clock.at(later(1))), (true, later(1)));
}

#[test]
fn a_machine_that_was_put_back_does_not_turn_it_back() {
    let clock = Clock::default();
    clock.turn(MACHINE, by(1_000_000)).unwrap();
    assert_eq!(clock.at(later(-3600)), later(1));
    assert_eq!(clock.at(later(1)), later(2));
}

#[test]
fn what_it_showed_is_put_back() {
    let clock = Clock::default();
    let frozen = Turn { to: To::At(Time(7)), frozen: Some(true), rate: Rate::of(2.0) };
    clock.turn(MACHINE, frozen).unwrap();
    let kept = clock.shown(later(9));
    clock.turn(later(10), Turn { frozen: Some(false), ..by(1) }).unwrap();
    clock.put_back(later(20), kept);
    assert_eq!(clock.shown(later(30)), kept);
}

#[test]
fn rates_have_bounds() {
    assert_eq!(Rate::of(1.0), Some(Rate::ONE));
    for rate in [0.0, 0.5, 1e6] {
        assert_eq!(Rate::of(rate).unwrap().seconds().to_bits(), rate.to_bits());
    }
    assert_eq!([-0.1, 1_000_000.1, f64::NAN, f64::INFINITY].map(Rate::of), [None; 4]);
}
