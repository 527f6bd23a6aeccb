//! What is left of a step when what it names ends. It lets nobody in, and nobody register, whom it did not before.

use uuid::Uuid;

use super::{Entry, IdentifierFirst, IdentityProvider, Login, MultiFactor, SignOnRegistration, SignOnStep};
use crate::model::describe::Refers;

impl SignOnStep {
    /// None: without that it would be nothing.
    pub(in crate::model::sign_on) fn without(&self, named: (Refers, Uuid)) -> Option<Self> {
        let mut left = self.clone();
        let stays = match &mut left {
            Self::Login(login) => login.let_go(named),
            Self::IdentifierFirst(first) => first.let_go(named),
            Self::IdentityProvider(provider) => provider.let_go(named),
            Self::MultiFactor(factor) => factor.let_go(named),
            // They name none of those.
            Self::Agreement(_) | Self::PingId | Self::PingIdWindows(_) | Self::ProgressiveProfiling(_) => true,
        };
        stays.then_some(left)
    }
}

impl Login {
    fn let_go(&mut self, named: (Refers, Uuid)) -> bool {
        self.entry.let_go(named)
    }
}

impl IdentifierFirst {
    /// Whoever's identifier a rule sent there goes the way of everybody else.
    fn let_go(&mut self, named: (Refers, Uuid)) -> bool {
        self.rules.retain(|rule| (Refers::IdentityProvider, rule.provider) != named);
        self.entry.let_go(named)
    }
}

impl Entry {
    fn let_go(&mut self, named: (Refers, Uuid)) -> bool {
        self.social_providers.retain(|provider| (Refers::IdentityProvider, *provider) != named);
        let_go(&mut self.registration, named);
        true
    }
}

impl IdentityProvider {
    /// Its provider is all that it is about.
    fn let_go(&mut self, named: (Refers, Uuid)) -> bool {
        let_go(&mut self.registration, named);
        (Refers::IdentityProvider, self.provider) != named
    }
}

impl MultiFactor {
    fn let_go(&mut self, named: (Refers, Uuid)) -> bool {
        self.applications.retain(|application| (Refers::Application, application.id) != named);
        true
    }
}

/// Nobody registers into another population than was said.
fn let_go(registration: &mut Option<SignOnRegistration>, named: (Refers, Uuid)) {
    let of = |own: &SignOnRegistration| own.population.map(|population| (Refers::Population, population.uuid()));
    for own in registration.iter_mut().filter(|own| of(own) == Some(named)) {
        (own.enabled, own.population) = (false, None);
    }
}
