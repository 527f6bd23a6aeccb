//! The worlds that the front page lists: the seeded ones, then those that were made last, then as many others as there is room for.

use engine::bootstrap::dev;
use engine::reads::List;
use protocol::id::{EnvironmentId, OrganizationId};

use super::front::{SEEDED, SHOWN};
use super::{Front, live};
use crate::page::WorldView;
use crate::state::AppState;

/// Those that are shown, and how many there are.
#[derive(Debug)]
pub(super) struct Worlds {
    shown: Vec<World>,
    pub(super) total: u32,
}

#[derive(Debug)]
struct World {
    name: String,
    kind: &'static str,
    issuer: String,
    url: String,
    discovery: String,
}

impl Worlds {
    /// Where pages are not `open`, the seeded ones alone: whoever made others tells whom they like.
    pub(super) async fn find(web: &AppState, front: &Front, open: bool) -> Self {
        let mut shown = seeded(web, front).await;
        let seeded = shown.len();
        let mut total = u32::try_from(seeded).unwrap_or_default();
        if !open {
            return Self { shown, total };
        }
        let mut ids: Vec<EnvironmentId> =
            web.app.controls.iter().flat_map(|controls| controls.latest.worlds()).collect();
        let some = List { filter: None, after: None, limit: A_PAGE };
        if let Ok(page) = web.app.store.environments(OrganizationId::new(dev::ORGANIZATION), &some, None).await {
            total = u32::try_from(page.total).unwrap_or(u32::MAX);
            ids.extend(page.rows.iter().map(|environment| environment.id));
        }
        let mut known: Vec<EnvironmentId> = SEEDED.map(EnvironmentId::new).to_vec();
        for id in ids {
            if shown.len() == seeded + SHOWN {
                break;
            }
            if known.contains(&id) {
                continue;
            }
            known.push(id);
            if let Some(name) = live::name(web, id).await {
                shown.push(World::of(id, (name, ""), web.app.site(id).issuer));
            }
        }
        Self { shown, total }
    }

    pub(super) fn views(&self) -> Vec<WorldView<'_>> {
        self.shown.iter().map(World::view).collect()
    }
}

impl World {
    fn of(id: EnvironmentId, (name, kind): (String, &'static str), issuer: String) -> Self {
        let discovery = format!("{issuer}/.well-known/openid-configuration");
        Self { name, kind, issuer, url: live::url(id), discovery }
    }

    fn view(&self) -> WorldView<'_> {
        let Self { name, kind, issuer, url, discovery } = self;
        WorldView { name, kind, issuer, url, discovery_url: discovery }
    }
}

/// By the names that everybody knows them by; one that is gone is not there.
async fn seeded(web: &AppState, front: &Front) -> Vec<World> {
    let mut found = Vec::new();
    for (id, kind) in SEEDED.map(EnvironmentId::new).into_iter().zip(["SANDBOX", "Spring layout", "SANDBOX"]) {
        let Some(name) = live::name(web, id).await else { continue };
        let mounted = id.uuid() == dev::PLAYGROUND;
        let issuer = if mounted { front.value("msIssuer").to_owned() } else { web.app.site(id).issuer };
        found.push(World::of(id, (name, kind), issuer));
    }
    found
}

/// Enough to fill the list beside the seeded ones.
const A_PAGE: u32 = 12;
