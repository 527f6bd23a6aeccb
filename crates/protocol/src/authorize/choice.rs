//! Decides which sign-on policies a request may be answered by.

use crate::claims::AskedAcr;
use crate::model::{SINGLE_FACTOR, SignOnPolicy, SignOnPolicyAssignment};
use crate::refusal::{Reason, Refused};

/// What there is to choose from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Choice<'a> {
    pub policies: &'a [SignOnPolicy],
    /// The application's, in no order.
    pub assignments: &'a [SignOnPolicyAssignment],
}

impl<'a> Choice<'a> {
    /// The names of the policies, in the order in which they are tried.
    ///
    /// PingOne: an application follows the policies that are assigned to it by their priority, and without one the environment's
    /// default. Those that `acr_values`, and then the values of the claim `acr`, name of these are tried, in that order, and no other;
    /// where they name none of them nothing was asked for (OIDC Core §3.1.2.1: they are voluntary). So nobody who asks gets past what
    /// the administrator chose, and what was wanted is done or refused: `acr` names what really happened. Of several those that cannot
    /// be performed are passed over. What a policy asks for decides it, not what it is called.
    ///
    /// # Errors
    /// `unmet_authentication_requirements` where the claim is essential and none of its values is performed (OIDC Core §5.5.1.1,
    /// RFC 9470 §5).
    pub(super) fn follows(self, acr_values: Option<&str>, claim: &AskedAcr) -> Result<(String, Vec<String>), Refused> {
        let AskedAcr { values, essential } = claim;
        let insists = *essential && !values.is_empty();
        let own = self.own();
        let possible = |policies: &[&'a SignOnPolicy]| -> Vec<&'a SignOnPolicy> {
            policies.iter().copied().filter(|policy| policy.may_be_followed()).collect()
        };
        let preferred =
            acr_values.into_iter().flat_map(|values| values.split(' ')).chain(values.iter().map(String::as_str));
        let named = preferred.filter(|name| !insists || values.iter().any(|value| value == name));
        let mut wanted: Vec<&SignOnPolicy> = Vec::new();
        for policy in named.filter_map(|name| own.iter().copied().find(|policy| policy.name == name)) {
            if wanted.iter().all(|known| known.name != policy.name) {
                wanted.push(policy);
            }
        }
        let mut followed = possible(&wanted);
        if followed.is_empty() && insists {
            let performed = possible(&own).iter().map(|policy| policy.name.as_str()).collect::<Vec<_>>().join(" ");
            return Err(Refused::new(Reason::AcrUnmet, performed, "an essential acr of other values"));
        }
        if wanted.is_empty() {
            followed = possible(&own);
        }
        if followed.is_empty() {
            // It is told where the sign-on begins.
            followed = if wanted.is_empty() { own } else { wanted };
        }
        let mut texts = followed.into_iter().map(|policy| policy.name.clone());
        let first = texts.next().unwrap_or_else(|| SINGLE_FACTOR.to_owned());
        Ok((first, texts.collect()))
    }

    /// The application's own: by priority, and of those alike the older one first.
    fn own(self) -> Vec<&'a SignOnPolicy> {
        let mut assignments: Vec<&SignOnPolicyAssignment> = self.assignments.iter().collect();
        assignments.sort_by_key(|one| (one.priority, one.created_at, one.id));
        let assigned = assignments.iter().filter_map(|one| self.policies.iter().find(|policy| policy.id == one.policy));
        let assigned: Vec<_> = assigned.collect();
        if assigned.is_empty() { self.policies.iter().filter(|policy| policy.default).collect() } else { assigned }
    }
}
