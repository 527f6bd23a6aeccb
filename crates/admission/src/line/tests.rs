use std::net::{IpAddr, Ipv6Addr};

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::Source;

const BOUNDS: Bounds = Bounds { all: 32, environment: 16, net: 12, source: 6, alone: 20 };

/// Source `number % 8` of network `number / 8`.
fn claim(environment: u8, number: u8) -> Claim {
    let address = Ipv6Addr::new(0x2001, 0xdb8, u16::from(number / 8), u16::from(number % 8), 0, 0, 0, 1);
    Claim { environment: Uuid::from_u128(u128::from(environment) + 1), source: Source::of(IpAddr::V6(address)) }
}

fn fill(line: &mut Line<u32>, who: Claim, count: u32) -> Vec<Shed<u32>> {
    (0..count).flat_map(|number| line.join(who, number)).collect()
}

/// F1: the flooder's own last ones go, and whoever came with one is served as soon as its environment is.
#[test]
fn a_flood_waits_behind_nobody_but_itself() {
    let mut line = Line::new(BOUNDS);
    let (flooder, beside, elsewhere) = (claim(1, 0), claim(1, 8), claim(2, 16));
    let shed = fill(&mut line, flooder, 300);
    assert!(shed.iter().all(|shed| shed.by == Level::Source));
    assert_eq!(line.len(), BOUNDS.alone, "alone it may have more");
    assert_eq!(line.join(elsewhere, 1000).len(), BOUNDS.alone - BOUNDS.source, "beside another its share");
    assert!(line.join(beside, 2000).is_empty());
    let order: Vec<u32> = (0..4).filter_map(|_| line.next(|_| true)).map(|(_, item)| item).collect();
    assert_eq!(order, [0, 1000, 2000, 1]);
}

#[test]
fn whoever_has_most_makes_room_for_a_newcomer() {
    let mut line = Line::new(Bounds { all: 10, ..BOUNDS });
    for (environment, source, count) in [(1, 0, 5), (2, 8, 3), (3, 16, 2)] {
        assert!(fill(&mut line, claim(environment, source), count).is_empty());
    }
    assert_eq!(line.join(claim(4, 24), 99), [Shed { item: 4, by: Level::All }]);
    // Who has most already makes room itself.
    assert_eq!(line.join(claim(1, 0), 98), [Shed { item: 98, by: Level::All }]);
}

#[test]
fn whoever_does_not_fit_keeps_its_turn() {
    let mut line = Line::new(BOUNDS);
    let (one, other) = (claim(1, 0), claim(2, 8));
    fill(&mut line, one, 2);
    fill(&mut line, other, 2);
    assert_eq!(line.next(|claim| *claim == other), Some((other, 0)));
    assert_eq!(line.next(|_| false), None);
    assert_eq!(line.next(|_| true).map(|(who, _)| who), Some(one));
    assert_eq!(line.leave(other, |item| *item == 1), Some(1));
    assert_eq!(line.leave(other, |item| *item == 1), None);
    assert_eq!(line.len(), 1);
}

/// F1: of a flood nothing is hurried; of whoever came once, what waited long enough.
#[test]
fn those_who_are_few_are_found_among_many() {
    let mut line = Line::new(BOUNDS);
    let (flooder, other) = (claim(1, 0), claim(2, 8));
    fill(&mut line, flooder, 5);
    fill(&mut line, other, 2);
    let mut asked = Vec::new();
    let not_yet = line.next_of_few(2, |item| {
        asked.push(*item);
        false
    });
    assert_eq!((not_yet, asked), (None, vec![0]));
    assert_eq!(line.next_of_few(2, |_| true), Some((other, 0)));
    assert_eq!(line.next_of_few(2, |_| true), Some((other, 1)));
    assert_eq!((line.next_of_few(2, |_| true), line.len()), (None, 5));
}

#[derive(Clone, Copy, Debug)]
enum Happens {
    Join(u8, u8),
    Next,
    NextOf(u8),
}

fn happens() -> impl Strategy<Value = Happens> {
    prop_oneof![
        4 => (0..4_u8, 0..24_u8).prop_map(|(environment, source)| Happens::Join(environment, source)),
        4 => Just(Happens::Join(0, 0)),
        2 => Just(Happens::Next),
        1 => (0..4_u8).prop_map(Happens::NextOf),
    ]
}

/// Plays what happens, and looks at every promise after each of it. Everybody is numbered.
fn play(events: &[Happens]) -> Line<(u32, Claim)> {
    let mut line = Line::new(BOUNDS);
    let (mut joined, mut gone) = (0_u32, 0_usize);
    for event in events {
        match *event {
            Happens::Join(environment, source) => {
                let who = claim(environment, source);
                let shed = line.join(who, (joined, who));
                joined += 1;
                gone += shed.len();
            }
            Happens::Next => gone += usize::from(line.next(|_| true).is_some()),
            Happens::NextOf(environment) => {
                let only = claim(environment, 0).environment;
                gone += usize::from(line.next(|claim| claim.environment == only).is_some());
            }
        }
        assert_eq!(line.len() + gone, joined as usize, "nobody is lost and nobody served twice");
        hold(&line);
    }
    line
}

fn hold(line: &Line<(u32, Claim)>) {
    assert!(line.len() <= BOUNDS.all);
    assert_eq!(line.nets.values().sum::<usize>(), line.len());
    assert_eq!(line.sources.values().sum::<usize>(), line.len());
    assert!(
        line.nets.values().chain(line.sources.values()).all(|count| *count > 0),
        "nobody is remembered who does not wait"
    );
    assert!(line.root.nodes() <= 1 + 3 * line.len());
    if line.nets.len() > 1 && !line.surplus {
        assert!(line.sources.values().all(|count| *count <= BOUNDS.source), "{:?}", line.sources);
        assert!(line.nets.values().all(|count| *count <= BOUNDS.net));
    }
    for environment in 0..4 {
        let waiting = line.root.child(claim(environment, 0).environment.as_u128()).map_or(0, Node::len);
        assert!(waiting <= BOUNDS.environment || line.nets.len() == 1 && waiting <= BOUNDS.alone);
    }
}

proptest! {
    /// F1, F15: bounded whatever comes, and nobody beyond its share while others wait.
    #[test]
    fn the_line_is_bounded_and_shared(events in proptest::collection::vec(happens(), 0..400)) {
        play(&events);
    }

    /// F1: nobody starves. Whoever comes with one, from anywhere, is served after no more turns than there are environments, times the
    /// networks and sources of its own that wait; and no flood that comes after it takes its place.
    #[test]
    fn nobody_starves(events in proptest::collection::vec(happens(), 0..200), after in 1..40_u8) {
        let mut line = play(&events);
        let honest = claim(7, 200);
        line.join(honest, (u32::MAX, honest));
        for _ in 0..after {
            let flooder = claim(0, 0);
            let shed = line.join(flooder, (0, flooder));
            prop_assert!(shed.iter().all(|shed| shed.item.0 != u32::MAX));
        }
        let environments = 5;
        let turn = (1..=environments).find(|_| line.next(|_| true).is_some_and(|(who, _)| who == honest));
        prop_assert!(turn.is_some());
    }
}
