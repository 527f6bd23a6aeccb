//! Who may use the controls: programs of this machine and this server's own pages; where others can reach the port, whoever has the
//! control key. A page of another site never may, whatever name led it here (DNS rebinding).

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::WWW_AUTHENTICATE;

use super::wrong::Wrong;
use crate::ask;
use crate::dev::connect::is_own;
use crate::state::AppState;

pub(in crate::dev) async fn pass(State(web): State<AppState>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    if !is_own(&web, &parts) {
        return Wrong::forbidden(StatusCode::FORBIDDEN, "a page of another site may not use the controls")
            .into_response();
    }
    let key = web.dev.as_ref().and_then(|front| front.control_key.as_deref());
    let shown = ask::bearer(&parts.headers).unwrap_or_default();
    if key.is_some_and(|key| !jose::digest::eq(key.as_bytes(), shown.as_bytes())) {
        let message =
            "the control key is missing or wrong: send Authorization: Bearer with GRANTOR_CONTROL_KEY of the env file";
        let mut response = Wrong::forbidden(StatusCode::UNAUTHORIZED, message).into_response();
        response
            .headers_mut()
            .insert(WWW_AUTHENTICATE, http::HeaderValue::from_static("Bearer realm=\"grantor-controls\""));
        return response;
    }
    next.run(Request::from_parts(parts, body)).await
}
