//! The repository's documents as the front page links them: each at its own path, brought along by the binary, so that
//! they are there offline and are those of this version.

use axum::Router;
use axum::response::IntoResponse as _;
use axum::routing::get;
use http::header::CONTENT_TYPE;

use crate::state::AppState;

/// A route for each document. Markdown is shown as the text that it is.
pub(super) fn routes() -> Router<AppState> {
    DOCUMENTS.into_iter().fold(Router::new(), |router, (path, text)| {
        let show = move || async move { ([(CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response() };
        router.route(path, get(show))
    })
}

/// Path in the repository, and with it the address, and text.
pub(super) const DOCUMENTS: [(&str, &str); 6] = [
    ("/README.md", include_str!("../../../../README.md")),
    ("/docs/configuration.md", include_str!("../../../../docs/configuration.md")),
    ("/docs/deploy.md", include_str!("../../../../docs/deploy.md")),
    ("/docs/explain.md", include_str!("../../../../docs/explain.md")),
    ("/ARCHITECTURE.md", include_str!("../../../../ARCHITECTURE.md")),
    ("/CONTRIBUTING.md", include_str!("../../../../CONTRIBUTING.md")),
];
