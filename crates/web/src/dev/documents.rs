//! The repository's documents as the front page links them: each at its own path, brought along by the binary, so that
//! they are there offline and are those of this version. A browser gets a page, a program the text as it stands.

use std::sync::LazyLock;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use protocol::refusal::{Reason, Refused};
use protocol::told;

use super::markdown;
use crate::flow::html;
use crate::manage::openapi;
use crate::page::{Document, Forms, Theme};
use crate::routes::refuse;
use crate::state::AppState;

/// A route for each document and each folder of them.
pub(super) fn routes() -> Router<AppState> {
    let router = DOCUMENTS.iter().fold(Router::new(), |router, (path, text)| {
        let show = move |State(web): State<AppState>, request: Request| async move {
            if html::wants_page(request.headers()) {
                page(&web, &request, path, text)
            } else {
                plain((*text).to_owned())
            }
        };
        router.route(path, get(show))
    });
    // Those that are made, are made when they are asked for.
    let router = router.route("/docs/reference/api/{page}", get(made));
    FOLDERS.into_iter().fold(router, |router, folder| {
        let show = move |State(web): State<AppState>, request: Request| async move {
            let text = list(folder);
            if html::wants_page(request.headers()) { page(&web, &request, folder, &text) } else { plain(text) }
        };
        router.route(folder, get(show))
    })
}

async fn made(State(web): State<AppState>, request: Request) -> Response {
    let asked = request.uri().path();
    let found = documents().find(|(path, _)| *path == asked);
    let Some((path, text)) = found else {
        let refused = Refused::new(Reason::PathUnknown, "a document", told::path(asked));
        return refuse(&web, &request.into_parts().0, refused).await;
    };
    if html::wants_page(request.headers()) { page(&web, &request, path, text) } else { plain(text.to_owned()) }
}

fn plain(text: String) -> Response {
    ([(CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}

fn page(web: &AppState, request: &Request, path: &str, text: &str) -> Response {
    let locale = html::locale(request.headers(), None, "en");
    let (title, html) = markdown::render(text, |address| leads_to(path, address));
    let page = Document {
        locale,
        theme: &Theme::default(),
        version: web.dev.as_ref().map_or("", |front| front.version),
        title: if title.is_empty() { path } else { &title },
        html: &html,
    };
    html::page(StatusCode::OK, page.render(), locale, Forms::None)
}

/// Path and text of all: those of the repository, and the pages of the management API, which are made.
fn documents() -> impl Iterator<Item = (&'static str, &'static str)> {
    static PAGES: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
        let pages = openapi::pages().into_iter();
        pages.map(|(name, text)| (format!("/docs/reference/api/{name}"), text)).collect()
    });
    DOCUMENTS.iter().copied().chain(PAGES.iter().map(|(path, text)| (path.as_str(), text.as_str())))
}

/// A folder as a document: its documents by their titles.
fn list(folder: &str) -> String {
    let below = |path: &str| path.strip_prefix(folder).is_some_and(|rest| rest.matches('/').count() == 1);
    let entries = documents().filter(|(path, _)| below(path)).map(|(path, text)| {
        let title = text.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or(path);
        format!("- [{title}]({path})\n")
    });
    format!("# {}\n\n{}", folder.trim_start_matches('/'), entries.collect::<String>())
}

/// Where an address in the document at `from` leads: to another site, within the page, or to what the program has.
fn leads_to(from: &str, address: &str) -> Option<String> {
    if address.starts_with("https://") || address.starts_with("http://") || address.starts_with('#') {
        return Some(address.to_owned());
    }
    let (file, fragment) = address.find('#').map_or((address, ""), |at| address.split_at(at));
    let mut segments: Vec<&str> = from.split('/').filter(|segment| !segment.is_empty()).collect();
    if file.starts_with('/') {
        segments.clear();
    } else {
        segments.pop();
    }
    for segment in file.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            name => segments.push(name),
        }
    }
    let path = format!("/{}", segments.join("/"));
    let known = FOLDERS.contains(&&*path) || documents().any(|(known, _)| known == path);
    known.then(|| format!("{path}{fragment}"))
}

/// The documents that the front page names, each before what it leads to.
pub(super) const NAMED: [&str; 8] = [
    "/README.md",
    "/docs/configuration.md",
    "/docs/deploy.md",
    "/docs/explain.md",
    "/docs/roles.md",
    "/docs/reference/api/README.md",
    "/ARCHITECTURE.md",
    "/CONTRIBUTING.md",
];

/// Path in the repository, and with it the address, and text.
macro_rules! documents {
    ($($path:literal)+) => {
        &[$(($path, include_str!(concat!("../../../..", $path)))),+]
    };
}

const DOCUMENTS: &[(&str, &str)] = documents! {
    "/ARCHITECTURE.md"
    "/CHANGELOG.md"
    "/CONTRIBUTING.md"
    "/README.md"
    "/SECURITY.md"
    "/bench/README.md"
    "/clients/README.md"
    "/crates/store/README.md"
    "/deploy/README.md"
    "/docs/adr/0001-layers-and-pure-decisions.md"
    "/docs/adr/0002-own-driver-seam.md"
    "/docs/adr/0003-own-jose-crate.md"
    "/docs/adr/0004-one-change-enum.md"
    "/docs/adr/0005-batched-audit.md"
    "/docs/adr/0006-opaque-codes-and-cookies.md"
    "/docs/adr/0007-metrics-and-failure-limiter.md"
    "/docs/adr/0008-assertion-methods-wait.md"
    "/docs/adr/0009-flow-binding-and-snapshots.md"
    "/docs/adr/0010-no-address-to-change-a-password.md"
    "/docs/adr/0011-described-objects.md"
    "/docs/adr/0012-authorization-and-credentials.md"
    "/docs/adr/0013-one-call-one-exit.md"
    "/docs/adr/0014-lists-counts-and-budgets.md"
    "/docs/adr/0015-outgoing-requests.md"
    "/docs/adr/0016-what-adding-costs.md"
    "/docs/adr/0017-final-sigma.md"
    "/docs/adr/0018-admission.md"
    "/docs/adr/0020-model-checker.md"
    "/docs/adr/0021-simulation.md"
    "/docs/adr/0022-changes-by-slot.md"
    "/docs/adr/0023-growth-of-the-audit.md"
    "/docs/adr/0024-client-assertions.md"
    "/docs/adr/0032-client-registration.md"
    "/docs/adr/0034-logout-notices.md"
    "/docs/adr/0035-authorization-responses.md"
    "/docs/adr/0037-consent.md"
    "/docs/adr/0038-client-documents.md"
    "/docs/adr/0036-fapi-and-lint.md"
    "/docs/adr/0040-request-objects-by-reference.md"
    "/docs/adr/0025-pushed-requests.md"
    "/docs/adr/0039-workload-identity.md"
    "/docs/adr/0041-authorization-details.md"
    "/docs/adr/0042-client-attestation.md"
    "/docs/adr/0044-registration-limits.md"
    "/docs/adr/0045-session-management.md"
    "/docs/adr/0048-strangers-and-redirects.md"
    "/docs/adr/0049-expressions.md"
    "/docs/adr/0058-openapi-of-the-table.md"
    "/docs/adr/0060-environments-as-files.md"
    "/docs/adr/0051-attribute-mappings.md"
    "/docs/adr/0050-resources.md"
    "/docs/adr/0054-password-policies.md"
    "/docs/adr/0055-identity-providers.md"
    "/docs/adr/0056-keys-and-rotation-policies.md"
    "/docs/adr/0053-dynamic-groups-and-access.md"
    "/docs/adr/0052-sign-on-policies.md"
    "/docs/adr/0057-roles.md"
    "/docs/adr/0059-schemas.md"
    "/docs/adr/0061-imports-by-the-rules.md"
    "/docs/adr/0063-pingones-name-behind-the-proxy.md"
    "/docs/adr/0064-the-program-that-is-shipped.md"
    "/docs/adr/0065-codes-by-mail.md"
    "/docs/adr/0066-functions-in-the-order-of-a-start.md"
    "/docs/adr/0043-mcp-server-to-try.md"
    "/docs/adr/0030-resource-indicators.md"
    "/docs/adr/0033-mutual-tls.md"
    "/docs/adr/0031-claims-and-insistence.md"
    "/docs/adr/0027-dpop.md"
    "/docs/adr/0028-kinds-of-signing-keys.md"
    "/docs/adr/0029-keys-by-certificate.md"
    "/docs/adr/0026-request-objects.md"
    "/docs/adr/0062-controls.md"
    "/docs/compare.md"
    "/docs/configuration.md"
    "/docs/deploy.md"
    "/docs/explain.md"
    "/docs/first-minutes.md"
    "/docs/how-to/add-a-client-auth-method.md"
    "/docs/how-to/add-a-flow-step.md"
    "/docs/how-to/add-a-grant.md"
    "/docs/how-to/add-a-resource.md"
    "/docs/how-to/bring-passwords-along.md"
    "/docs/how-to/end-your-session-too.md"
    "/docs/how-to/environments-as-files.md"
    "/docs/how-to/client-certificates.md"
    "/docs/how-to/import-from-other-systems.md"
    "/docs/how-to/import-users.md"
    "/docs/how-to/kubernetes.md"
    "/docs/how-to/ping-mcp-server.md"
    "/docs/how-to/terraform.md"
    "/docs/how-to/packages.md"
    "/docs/how-to/test-with-go.md"
    "/docs/how-to/test-with-java.md"
    "/docs/how-to/test-with-javascript.md"
    "/docs/how-to/test-with-python.md"
    "/docs/how-to/test-with-rust.md"
    "/docs/how-to/use-ci-tokens.md"
    "/docs/reference/attribute-mappings.md"
    "/docs/reference/authorization-details.md"
    "/docs/how-to/mcp.md"
    "/docs/reference/authorization-responses.md"
    "/docs/reference/claims.md"
    "/docs/reference/client-authentication.md"
    "/docs/reference/client-documents.md"
    "/docs/reference/conformance.md"
    "/docs/reference/client-registration.md"
    "/docs/reference/consent.md"
    "/docs/reference/identity-providers.md"
    "/docs/reference/groups.md"
    "/docs/reference/logout.md"
    "/docs/reference/session-management.md"
    "/docs/reference/password-policies.md"
    "/docs/reference/pingone.md"
    "/docs/reference/pushed-requests.md"
    "/docs/reference/resources.md"
    "/docs/reference/schemas.md"
    "/docs/reference/dev-controls.md"
    "/docs/reference/refusals.md"
    "/docs/reference/dpop.md"
    "/docs/reference/keys.md"
    "/docs/reference/sign-on-policies.md"
    "/docs/reference/codes-by-mail.md"
    "/docs/reference/signing.md"
    "/docs/reference/request-objects.md"
    "/docs/reference/expressions.md"
    "/docs/reference/fapi.md"
    "/docs/reference/lint.md"
    "/docs/roles.md"
    "/docs/spec/attacks.md"
    "/docs/spec/clauses.md"
    "/docs/spec/crash.md"
    "/docs/spec/field.md"
    "/docs/spec/fuzz.md"
    "/docs/spec/jose.md"
    "/docs/spec/model.md"
    "/docs/spec/mutants.md"
    "/docs/spec/simulation.md"
    "/examples/terraform/README.md"
};
const FOLDERS: [&str; 2] = ["/docs/adr", "/docs/how-to"];
