//! What the calls of the table do, and by which identifiers custom roles give it.

use std::sync::LazyLock;

use axum::routing::MethodFilter;
use protocol::model::{Deed, Verb};

use super::Route;

impl Route {
    /// What the call does. To make and to end one of a collection of the environment is what it says; what is below one is a part of it.
    pub(super) fn deed(&self) -> Deed {
        let below = self.path.strip_prefix("/environments/{environment}/").unwrap_or_default();
        let collection = below.split('/').next().unwrap_or_default();
        let depth = below.split('/').filter(|part| !part.is_empty()).count();
        let verb = match (self.method, depth) {
            (MethodFilter::GET, _) => Verb::Read,
            (MethodFilter::POST, 1) => Verb::Create,
            (MethodFilter::DELETE, 2) => Verb::Delete,
            _ => Verb::Update,
        };
        Deed { permission: self.permission, verb, collection }
    }
}

/// All that there is to do, each once.
pub(super) fn all() -> &'static [Deed] {
    static ALL: LazyLock<Vec<Deed>> = LazyLock::new(|| {
        let mut all: Vec<Deed> = Vec::new();
        for deed in super::all().map(Route::deed) {
            if !all.iter().any(|known| known.permission == deed.permission && known.identifier() == deed.identifier()) {
                all.push(deed);
            }
        }
        all
    });
    &ALL
}
