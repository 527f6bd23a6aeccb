//! Decides under which route a request is counted: the pattern that matched, never the path that came.

use axum::{
    extract::{MatchedPath, Request},
    middleware::Next,
    response::Response,
};

/// Notes the matched pattern on the response for [`super::Edge`]:
/// `router.route_layer(axum::middleware::from_fn(layers::mark_route))`, as the router's last layer.
pub async fn mark_route(request: Request, next: Next) -> Response {
    let pattern = request.extensions().get::<MatchedPath>().cloned();
    let mut response = next.run(request).await;
    if let Some(pattern) = pattern {
        response.extensions_mut().insert(pattern);
    }
    response
}
