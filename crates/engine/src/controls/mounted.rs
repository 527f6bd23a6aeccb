//! Where worlds answer besides, that were made after the start: as the mounts of the start, and as long as their world is there.

use std::sync::{Arc, PoisonError, RwLock};

use protocol::id::EnvironmentId;

use crate::app::Mount;

/// Those of worlds, behind those of the start.
#[derive(Debug, Default)]
pub struct Mounted(RwLock<Of>);

#[derive(Debug, Default)]
struct Of {
    started: Vec<Mount>,
    own: Vec<Mount>,
    /// With those of the start; None where there are none but these.
    all: Option<Arc<[Mount]>>,
}

/// Why a mount is not to be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// This one of those that were asked for lies at, above or below another one.
    By(usize),
    /// There are [`MOST`].
    Many,
}

impl Mounted {
    /// All mounts of the server, where it has more than those of its start.
    pub fn all(&self) -> Option<Arc<[Mount]>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).all.clone()
    }

    /// Adds those of a world, or none of them.
    ///
    /// # Errors
    /// [`Taken`].
    pub fn add(&self, started: &[Mount], more: Vec<Mount>) -> Result<(), Taken> {
        if more.is_empty() {
            return Ok(());
        }
        let mut of = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if of.own.len() + more.len() > MOST {
            return Err(Taken::Many);
        }
        for (at, mount) in more.iter().enumerate() {
            let others = started.iter().chain(&of.own).chain(&more[..at]);
            if others.into_iter().any(|other| overlap(&other.path, &mount.path)) {
                return Err(Taken::By(at));
            }
        }
        of.started = started.to_vec();
        of.own.extend(more);
        of.count();
        Ok(())
    }

    /// Takes those of a world away.
    pub(super) fn end(&self, world: EnvironmentId) {
        let mut of = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let before = of.own.len();
        of.own.retain(|mount| mount.environment != world);
        if of.own.len() != before {
            of.count();
        }
    }
}

impl Of {
    fn count(&mut self) {
        self.all = (!self.own.is_empty()).then(|| self.started.iter().chain(&self.own).cloned().collect());
    }
}

/// Whether one lies at the other or below it. Each would answer some of the other's addresses.
fn overlap(one: &str, other: &str) -> bool {
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    long.strip_prefix(short).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Of all worlds.
pub const MOST: usize = 1000;

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::site::Layout;

    #[test]
    fn a_path_is_one_worlds() {
        let world = |number| EnvironmentId::new(Uuid::from_u128(number));
        let mount =
            |path: &str, number| Mount { path: path.into(), layout: Layout::Spring, environment: world(number) };
        let (mounted, started) = (Mounted::default(), [mount("/ms", 1)]);
        assert_eq!(mounted.add(&started, vec![mount("/a/b", 2), mount("/c", 2)]), Ok(()));
        for (taken, at) in [("/ms", 1), ("/ms/x", 1), ("/a", 1), ("/a/b", 1), ("/a/b/c", 1), ("/free", 1)] {
            assert_eq!(mounted.add(&started, vec![mount("/free", 3), mount(taken, 3)]), Err(Taken::By(at)), "{taken}");
        }
        assert_eq!(mounted.add(&started, vec![mount("/a/bc", 3), mount("/mss", 3)]), Ok(()));
        assert_eq!(mounted.all().map(|all| all.len()), Some(5));
        mounted.end(world(2));
        assert_eq!(mounted.add(&started, vec![mount("/a/b", 3)]), Ok(()));
        mounted.end(world(3));
        assert_eq!(mounted.all(), None);
        let many = (0..=MOST).map(|number| mount(&format!("/m{number}"), 4)).collect();
        assert_eq!(mounted.add(&started, many), Err(Taken::Many));
    }
}
