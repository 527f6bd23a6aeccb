//! In which order steps are taken: what others need first.

use std::collections::{BTreeMap, BTreeSet};

use crate::steps::{Deed, Step};

/// Makings and changes so that whatever one refers to is there before it, then what is deleted, what refers to others first.
///
/// # Errors
/// The addresses of those that need each other in a circle.
pub fn ordered(steps: Vec<Step>) -> Result<Vec<Step>, Vec<String>> {
    let (mut deletes, steps): (Vec<Step>, Vec<Step>) = steps.into_iter().partition(|step| step.deed == Deed::Delete);
    let made: BTreeMap<&str, usize> = steps
        .iter()
        .enumerate()
        .filter(|(_, step)| step.deed == Deed::Create)
        .map(|(at, step)| (step.address.as_str(), at))
        .collect();
    let mut needs: Vec<BTreeSet<usize>> = Vec::with_capacity(steps.len());
    let mut needed_by: Vec<Vec<usize>> = vec![Vec::new(); steps.len()];
    for (at, step) in steps.iter().enumerate() {
        let of = step.refers.iter().chain([&step.parent]).filter_map(|address| made.get(address.as_str()).copied());
        let of: BTreeSet<usize> = of.filter(|other| *other != at).collect();
        for other in &of {
            needed_by[*other].push(at);
        }
        needs.push(of);
    }
    let mut free: BTreeSet<usize> = (0..steps.len()).filter(|at| needs[*at].is_empty()).collect();
    let mut order = Vec::with_capacity(steps.len());
    while let Some(at) = free.pop_first() {
        order.push(at);
        for other in &needed_by[at] {
            needs[*other].remove(&at);
            if needs[*other].is_empty() {
                free.insert(*other);
            }
        }
    }
    if order.len() < steps.len() {
        let left = needs.iter().zip(&steps).filter(|(needs, _)| !needs.is_empty());
        return Err(left.map(|(_, step)| step.address.clone()).collect());
    }
    let mut steps: Vec<Option<Step>> = steps.into_iter().map(Some).collect();
    let mut all: Vec<Step> = order.into_iter().filter_map(|at| steps[at].take()).collect();
    deletes.reverse();
    all.extend(freed(deletes));
    Ok(all)
}

/// Deletions, each after whatever refers to it. Where they go in a circle, the reference that can be taken away by itself is taken away first.
fn freed(deletes: Vec<Step>) -> Vec<Step> {
    let at: BTreeMap<String, usize> = deletes.iter().enumerate().map(|(at, step)| (step.address.clone(), at)).collect();
    let to = |step: &Step, own: usize| -> BTreeSet<usize> {
        step.refers.iter().filter_map(|address| within(&at, address)).filter(|other| *other != own).collect()
    };
    let mut holds: Vec<Vec<Held>> = Vec::with_capacity(deletes.len());
    for (own, step) in deletes.iter().enumerate() {
        let loose = step.lets_go.iter().map(|loose| Held { to: to(loose, own), by: Some(loose.clone()) });
        holds.push(std::iter::once(Held { to: to(step, own), by: None }).chain(loose).collect());
    }
    let mut held = vec![0_usize; deletes.len()];
    holds.iter().flatten().flat_map(|one| &one.to).for_each(|other| held[*other] += 1);
    let mut left: BTreeSet<usize> = (0..deletes.len()).collect();
    let mut free: BTreeSet<usize> = left.iter().copied().filter(|at| held[*at] == 0).collect();
    let mut deletes: Vec<Option<Step>> = deletes.into_iter().map(Some).collect();
    let mut order = Vec::with_capacity(deletes.len());
    while let Some(first) = left.first().copied() {
        let gone = if let Some(at) = free.pop_first() {
            left.remove(&at);
            order.extend(deletes[at].take());
            std::mem::take(&mut holds[at])
        } else if let Some((at, place)) = loose(&left, &holds) {
            let mut gone = holds[at].remove(place);
            order.extend(gone.by.take());
            vec![gone]
        } else {
            // Nothing is known that would free one: the API says which it is.
            left.remove(&first);
            order.extend(deletes[first].take());
            std::mem::take(&mut holds[first])
        };
        for other in gone.iter().flat_map(|one| &one.to) {
            held[*other] -= 1;
            if held[*other] == 0 && left.contains(other) {
                free.insert(*other);
            }
        }
    }
    order
}

/// What a deletion holds up.
struct Held {
    to: BTreeSet<usize>,
    /// What lets it go by itself.
    by: Option<Step>,
}

/// The first reference that can be taken away by itself and holds up what is left.
fn loose(left: &BTreeSet<usize>, holds: &[Vec<Held>]) -> Option<(usize, usize)> {
    left.iter().find_map(|at| {
        let of = |one: &Held| one.by.is_some() && one.to.iter().any(|other| left.contains(other));
        holds[*at].iter().position(of).map(|place| (*at, place))
    })
}

/// The one with this address, or the one that it is a part of.
fn within(at: &BTreeMap<String, usize>, address: &str) -> Option<usize> {
    let mut ends = address.match_indices('.').map(|(end, _)| end).chain([address.len()]);
    ends.find_map(|end| at.get(&address[..end])).copied()
}
