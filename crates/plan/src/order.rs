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
    all.extend(deletes);
    Ok(all)
}
