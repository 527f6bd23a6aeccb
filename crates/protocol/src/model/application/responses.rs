//! What an application may be answered with at the authorization endpoint, and how the answer travels.

use super::{Application, ResponseKind};
use crate::authorize::{ResponseMode, ResponseType};
use crate::grant::GrantType;
use crate::model::check::Fields;
use crate::model::describe::{Absent, Walk, property};

impl Application {
    /// Whether it may be answered so: by its response types, each with the grant that it stands for (RFC 7591 §2.1, OIDC Registration
    /// §2). Whoever may be answered at all may ask whether it would be.
    pub fn gives(&self, asked: ResponseType) -> bool {
        let has = |grant| self.grant_types.contains(&grant);
        let granted = |kind: ResponseKind| match kind {
            ResponseKind::Code => has(GrantType::AuthorizationCode),
            // OIDC Core §3.3: a hybrid response comes with the code.
            ResponseKind::IdToken => has(GrantType::Implicit) || (asked.code() && has(GrantType::AuthorizationCode)),
            ResponseKind::Token => has(GrantType::Implicit),
        };
        let may = |kind: &ResponseKind| self.response_types.contains(kind) && granted(*kind);
        match asked {
            ResponseType::None => ResponseType::ALL.into_iter().any(|one| one != asked && self.gives(one)),
            asked => asked.kinds().iter().all(may),
        }
    }
}

pub(super) fn describe_responses(
    kinds: &mut Vec<ResponseKind>,
    modes: &mut Vec<ResponseMode>,
    grants: &[GrantType],
    walk: &mut dyn Walk,
) {
    walk.choices(&const { property("responseTypes") }, kinds);
    walk.judge(&mut |fields| judge_responses(fields, kinds, grants));
    // This server's own property, in the protocol's words: PingOne's clients do not know it, so its absence changes nothing.
    walk.choices(&const { property("responseModes").absent(Absent::Kept).stored_as("response_modes") }, modes);
}

/// RFC 6749 §3.1.1 and OIDC Core §3: a response type stands for the grant that answers it.
fn judge_responses(fields: &mut Fields<'_>, responses: &mut Vec<ResponseKind>, grants: &[GrantType]) {
    let has = |grant| grants.contains(&grant);
    if responses.is_empty() {
        let defaults = [
            (GrantType::AuthorizationCode, ResponseKind::Code),
            (GrantType::Implicit, ResponseKind::Token),
            (GrantType::Implicit, ResponseKind::IdToken),
        ];
        responses.extend(defaults.into_iter().filter(|(grant, _)| has(*grant)).map(|(_, response)| response));
        return;
    }
    for response in responses {
        let needed = match response {
            ResponseKind::Code => GrantType::AuthorizationCode,
            ResponseKind::IdToken | ResponseKind::Token => GrantType::Implicit,
        };
        // OIDC Core §3.3: hybrid responses come with the code.
        let hybrid = *response == ResponseKind::IdToken && has(GrantType::AuthorizationCode);
        if !has(needed) && !hybrid && !grants.is_empty() {
            let message = format!("{} needs the grant type {}", response.name(), needed.management_name());
            fields.fault("INVALID_VALUE", "responseTypes", &message, None);
        }
    }
}
