//! Whose turn it is: environments one after the other, in an environment the networks, in a network the sources, in a source the order of
//! arrival. Who goes when there are too many: the last of whoever has most.

use std::collections::{HashMap, VecDeque};

use crate::Claim;

/// How many may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    pub all: usize,
    pub environment: usize,
    /// Of an IPv6 /48, and of a source, while others wait.
    pub net: usize,
    pub source: usize,
    /// Of one network while no other waits, whichever environments it asks for. Many may stand behind one address, and then nobody else is kept waiting by them.
    pub alone: usize,
}

/// Which bound somebody met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Source,
    Net,
    Environment,
    All,
}

impl Level {
    pub const ALL: [Self; 4] = [Self::Source, Self::Net, Self::Environment, Self::All];

    /// What it is called where it is counted.
    pub fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Net => "network",
            Self::Environment => "environment",
            Self::All => "all",
        }
    }
}

/// Somebody who waits no more, and why.
#[derive(Debug, PartialEq, Eq)]
pub struct Shed<T> {
    pub item: T,
    pub by: Level,
}

/// Those who wait.
#[derive(Debug)]
pub struct Line<T> {
    bounds: Bounds,
    root: Node<T>,
    nets: HashMap<u128, usize>,
    sources: HashMap<u128, usize>,
    /// One network waited alone and may have more than it has beside others.
    surplus: bool,
}

impl<T> Line<T> {
    pub fn new(bounds: Bounds) -> Self {
        Self { bounds, root: Node::new(LEVELS), nets: HashMap::new(), sources: HashMap::new(), surplus: false }
    }

    pub fn len(&self) -> usize {
        self.root.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One more. Returns those who go instead, among whom the newcomer may be.
    pub fn join(&mut self, claim: Claim, item: T) -> Vec<Shed<T>> {
        let (net, source) = (claim.source.net, claim.source.own);
        self.root.join(&path(claim), claim, item);
        *self.nets.entry(net).or_default() += 1;
        *self.sources.entry(source).or_default() += 1;
        let mut shed = Vec::new();
        if self.nets.len() > 1 {
            self.share(claim, &mut shed);
        } else {
            self.surplus |= self.len() > self.bounds.source.min(self.bounds.net);
            if self.len() > self.bounds.alone {
                self.shed(&mut shed, Level::Source, Node::shed);
            }
        }
        let environment = claim.environment.as_u128();
        while self.nets.len() > 1 && self.root.child(environment).map_or(0, Node::len) > self.bounds.environment {
            self.shed(&mut shed, Level::Environment, |root| root.shed_in(environment));
        }
        while self.len() > self.bounds.all {
            self.shed(&mut shed, Level::All, Node::shed);
        }
        shed
    }

    /// Whoever is next of those that fit. `fits` is asked once for each that it refuses; whom it takes is gone from the line.
    pub fn next(&mut self, mut fits: impl FnMut(&Claim) -> bool) -> Option<(Claim, T)> {
        let found = self.root.next(&mut |claim, _| fits(claim))?;
        self.left(found.0);
        Some(found)
    }

    /// Whoever is next of those that are ripe and whose source has no more than `few` in the line: of somebody who came once, and of
    /// no flood. `ripe` is asked once for each first of such a source.
    pub fn next_of_few(&mut self, few: usize, mut ripe: impl FnMut(&T) -> bool) -> Option<(Claim, T)> {
        let Self { root, sources, .. } = self;
        let of_few = |claim: &Claim| sources.get(&claim.source.own).is_some_and(|count| *count <= few);
        let found = root.next(&mut |claim, item| of_few(claim) && ripe(item))?;
        self.left(found.0);
        Some(found)
    }

    /// Whoever waits no more, by what `is` knows it by.
    pub fn leave(&mut self, claim: Claim, is: impl Fn(&T) -> bool) -> Option<T> {
        let item = self.root.leave(&path(claim), &is)?;
        self.left(claim);
        Some(item)
    }

    /// Both bounds of whoever is not alone: the newcomer's, and once those of all, when one had more because it was alone.
    fn share(&mut self, claim: Claim, shed: &mut Vec<Shed<T>>) {
        let (nets, sources) = if std::mem::take(&mut self.surplus) {
            (self.nets.keys().copied().collect(), self.sources.keys().copied().collect())
        } else {
            (vec![claim.source.net], vec![claim.source.own])
        };
        for source in sources {
            while self.sources.get(&source).is_some_and(|count| *count > self.bounds.source) {
                self.shed(shed, Level::Source, |root| root.shed_of(&|claim| claim.source.own == source));
            }
        }
        for net in nets {
            while self.nets.get(&net).is_some_and(|count| *count > self.bounds.net) {
                self.shed(shed, Level::Net, |root| root.shed_of(&|claim| claim.source.net == net));
            }
        }
    }

    fn shed(&mut self, shed: &mut Vec<Shed<T>>, by: Level, pick: impl FnOnce(&mut Node<T>) -> Option<(Claim, T)>) {
        if let Some((claim, item)) = pick(&mut self.root) {
            self.left(claim);
            shed.push(Shed { item, by });
        }
    }

    fn left(&mut self, claim: Claim) {
        for (counts, key) in [(&mut self.nets, claim.source.net), (&mut self.sources, claim.source.own)] {
            if let Some(count) = counts.get_mut(&key) {
                *count -= 1;
                if *count == 0 {
                    counts.remove(&key);
                }
            }
        }
    }
}

fn path(claim: Claim) -> [u128; LEVELS] {
    [claim.environment.as_u128(), claim.source.net, claim.source.own]
}

/// A part of the line: those of one source, or the parts of it that take turns. None of them is empty.
#[derive(Debug)]
enum Node<T> {
    Ring { turns: VecDeque<(u128, Node<T>)>, len: usize },
    Leaf { claim: Claim, items: VecDeque<T> },
}

impl<T> Node<T> {
    fn new(levels: usize) -> Self {
        match levels {
            0 => Self::Leaf { claim: Claim::default(), items: VecDeque::new() },
            _ => Self::Ring { turns: VecDeque::new(), len: 0 },
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Ring { len, .. } => *len,
            Self::Leaf { items, .. } => items.len(),
        }
    }

    fn child(&self, key: u128) -> Option<&Self> {
        match self {
            Self::Ring { turns, .. } => turns.iter().find(|(known, _)| *known == key).map(|(_, node)| node),
            Self::Leaf { .. } => None,
        }
    }

    fn join(&mut self, path: &[u128], who: Claim, item: T) {
        match (self, path) {
            (Self::Ring { turns, len }, [key, rest @ ..]) => {
                *len += 1;
                let at = turns.iter().position(|(known, _)| known == key).unwrap_or_else(|| {
                    turns.push_back((*key, Self::new(rest.len())));
                    turns.len() - 1
                });
                turns[at].1.join(rest, who, item);
            }
            (Self::Leaf { claim, items }, _) => {
                *claim = who;
                items.push_back(item);
            }
            (Self::Ring { .. }, []) => {}
        }
    }

    fn next(&mut self, fits: &mut dyn FnMut(&Claim, &T) -> bool) -> Option<(Claim, T)> {
        match self {
            Self::Leaf { claim, items } => {
                if !items.front().is_some_and(|first| fits(claim, first)) {
                    return None;
                }
                items.pop_front().map(|item| (*claim, item))
            }
            Self::Ring { turns, len } => {
                for _ in 0..turns.len() {
                    let (key, mut node) = turns.pop_front()?;
                    let found = node.next(fits);
                    if node.len() > 0 {
                        turns.push_back((key, node));
                    }
                    if found.is_some() {
                        *len -= 1;
                        return found;
                    }
                }
                None
            }
        }
    }

    /// The last of whoever has most; of those who have as much, the one that came last.
    fn shed(&mut self) -> Option<(Claim, T)> {
        match self {
            Self::Leaf { claim, items } => items.pop_back().map(|item| (*claim, item)),
            Self::Ring { turns, .. } => {
                let at = (0..turns.len()).max_by_key(|at| turns[*at].1.len())?;
                self.within(at, Self::shed)
            }
        }
    }

    fn shed_in(&mut self, key: u128) -> Option<(Claim, T)> {
        let Self::Ring { turns, .. } = self else { return None };
        let at = turns.iter().position(|(known, _)| *known == key)?;
        self.within(at, Self::shed)
    }

    /// The last of those whom `of` knows, where they have most.
    fn shed_of(&mut self, of: &dyn Fn(&Claim) -> bool) -> Option<(Claim, T)> {
        match self {
            Self::Leaf { claim, items } => items.pop_back().map(|item| (*claim, item)),
            Self::Ring { turns, .. } => {
                let at = (0..turns.len()).max_by_key(|at| turns[*at].1.count(of))?;
                self.within(at, |node| node.shed_of(of))
            }
        }
    }

    fn count(&self, of: &dyn Fn(&Claim) -> bool) -> usize {
        match self {
            Self::Leaf { claim, items } => {
                if of(claim) {
                    items.len()
                } else {
                    0
                }
            }
            Self::Ring { turns, .. } => turns.iter().map(|(_, node)| node.count(of)).sum(),
        }
    }

    /// This and all below it.
    #[cfg(test)]
    fn nodes(&self) -> usize {
        match self {
            Self::Leaf { .. } => 1,
            Self::Ring { turns, .. } => 1 + turns.iter().map(|(_, node)| node.nodes()).sum::<usize>(),
        }
    }

    fn leave(&mut self, path: &[u128], is: &dyn Fn(&T) -> bool) -> Option<T> {
        match (self, path) {
            (Self::Leaf { items, .. }, _) => items.remove(items.iter().position(is)?),
            (ring @ Self::Ring { .. }, [key, rest @ ..]) => {
                let Self::Ring { turns, .. } = ring else { return None };
                let at = turns.iter().position(|(known, _)| known == key)?;
                ring.within(at, |node| node.leave(rest, is))
            }
            (Self::Ring { .. }, []) => None,
        }
    }

    /// Takes something out of one of the parts, and the part itself when it is empty then.
    fn within<U>(&mut self, at: usize, take: impl FnOnce(&mut Self) -> Option<U>) -> Option<U> {
        let Self::Ring { turns, len } = self else { return None };
        let found = take(&mut turns.get_mut(at)?.1)?;
        *len -= 1;
        if turns[at].1.len() == 0 {
            turns.remove(at);
        }
        Some(found)
    }
}

const LEVELS: usize = 3;

#[cfg(test)]
mod tests;
