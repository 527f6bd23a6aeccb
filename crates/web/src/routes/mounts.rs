//! Where environments may be mounted, and the mounts that worlds of a developer's server brought after its start: the router has only
//! those of the start, so each of the others has one of its own.

use std::sync::{Arc, PoisonError, RwLock};

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use engine::controls::place::mount_at;
use engine::{Layout, Mount};
use protocol::id::EnvironmentId;
use tower::ServiceExt as _;

use super::{OWN, around, mounted, not_allowed, unknown};
use crate::state::AppState;

/// A mount that a seed says; without a layout it has PingOne's.
///
/// # Errors
/// The member that is wrong, and what it must be.
pub fn at(said: &str, shape: &str, environment: EnvironmentId) -> Result<Mount, (&'static str, String)> {
    let shape = if shape.is_empty() { "pingone" } else { shape };
    let path = path(said).map_err(|what| ("path", what))?;
    let layout = layout(shape).map_err(|what| ("layout", what.to_owned()))?;
    Ok(Mount { path, layout, environment })
}

/// The path of a mount.
///
/// # Errors
/// What it must be.
pub fn path(said: &str) -> Result<String, String> {
    let plain = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    let segments = said.strip_prefix('/').unwrap_or_default();
    let first = segments.split('/').next().unwrap_or_default();
    if segments.split('/').all(plain) && !OWN.contains(&first) && EnvironmentId::parse(first).is_none() {
        return Ok(said.to_owned());
    }
    let own: Vec<String> = OWN.iter().filter(|word| **word != "v1").map(|word| format!("/{word}")).collect();
    Err(format!(
        "path must be one or more plain segments such as /ms-auth-server, not /v1 or a UUID, nor what the server itself answers: {}",
        own.join(", ")
    ))
}

/// The layout of a mount.
///
/// # Errors
/// What it must be.
pub fn layout(said: &str) -> Result<Layout, &'static str> {
    match said {
        "pingone" => Ok(Layout::PingOne),
        "spring" => Ok(Layout::Spring),
        _ => Err("layout must be pingone or spring"),
    }
}

/// The routers of the mounts that were asked for.
#[derive(Debug, Default)]
pub(super) struct Later(RwLock<Vec<(Mount, Router)>>);

/// What came later is asked first: a router takes the first segment of `/shop/as/token` for the id of an environment. A mount begins
/// with nothing that the routes of the start do.
pub(super) async fn answer(
    later: Arc<Later>,
    start: Router,
    State(web): State<AppState>,
    request: Request,
) -> Response {
    let found = |mounts: &[Mount]| mount_at(mounts, request.uri().path()).cloned();
    let more = web.app.controls.as_ref().and_then(|controls| controls.mounted.all());
    let router = more.as_deref().and_then(found).map_or(start, |mount| later.of(&web, &mount));
    router.oneshot(request).await.unwrap_or_else(|never| match never {})
}

impl Later {
    fn of(&self, web: &AppState, mount: &Mount) -> Router {
        let kept = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, router)) = kept.iter().find(|(known, _)| known == mount) {
            return router.clone();
        }
        drop(kept);
        let mounted = mounted(mount).into_iter();
        let router = mounted.fold(Router::new(), |router, (path, methods)| router.route(&path, methods));
        let router = router.fallback(unknown).method_not_allowed_fallback(not_allowed);
        let router = router.route_layer(axum::middleware::from_fn(around)).with_state(web.clone());
        let mut kept = self.0.write().unwrap_or_else(PoisonError::into_inner);
        // Those whose worlds ended are asked for no more.
        web.app.of_mounts(|mounts| kept.retain(|(known, _)| mounts.contains(known)));
        kept.push((mount.clone(), router.clone()));
        router
    }
}
