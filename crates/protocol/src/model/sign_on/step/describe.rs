//! The properties of each type, with their rules.

use super::{
    Agreement, AskedAttribute, DiscoveryRule, Entry, Gateway, IdentifierFirst, IdentityProvider, Login, METHODS,
    MobileApplication, MultiFactor, PingIdWindows, ProgressiveProfiling, SignOnRegistration,
};
use crate::model::check::application::is_web_address;
use crate::model::describe::{Absent, Property, Refers, Walk, each, property};

impl Login {
    pub(super) fn describe(&mut self, walk: &mut dyn Walk) {
        let Self { entry, gateways } = self;
        entry.describe(walk);
        let mut present = !gateways.is_empty();
        walk.within_if(&property("newUserProvisioning").inert(), &mut present, &mut |walk| {
            each(walk, &property("gateways").up_to(MAX).required(), gateways, Gateway::describe);
        });
        if !present {
            gateways.clear();
        }
    }
}

impl IdentifierFirst {
    pub(super) fn describe(&mut self, walk: &mut dyn Walk) {
        let Self { entry, rules } = self;
        entry.describe(walk);
        each(walk, &property("discoveryRules").inert().up_to(MAX), rules, DiscoveryRule::describe);
    }
}

impl Entry {
    pub(super) fn describe(&mut self, walk: &mut dyn Walk) {
        let Self { no_recovery, registration, social_providers, enforce_lockout } = self;
        let mut recovery = !*no_recovery;
        walk.within(&property("recovery"), &mut |walk| {
            walk.flag(&property("enabled").absent(Absent::Default("true")), &mut recovery);
        });
        *no_recovery = !recovery;
        describe_registration(registration, true, walk);
        let providers = property("socialProviders").inert().up_to(MAX).refers(Refers::IdentityProvider);
        walk.references(&providers, social_providers);
        walk.flag_if(&property("enforceLockoutForIdentityProviders").inert(), enforce_lockout);
    }
}

/// `elsewhere`: whether it may be at somebody else's page.
fn describe_registration(registration: &mut Option<SignOnRegistration>, elsewhere: bool, walk: &mut dyn Walk) {
    let mut present = registration.is_some();
    let mut described = registration.take().unwrap_or_default();
    let SignOnRegistration { enabled, external, population, confirm } = &mut described;
    walk.within_if(&property("registration").inert(), &mut present, &mut |walk| {
        walk.flag(&property("enabled").required(), enabled);
        let mut linked = external.is_some();
        walk.within_if(&property("external").only_if(elsewhere), &mut linked, &mut |walk| {
            walk.text_if(&property("href").checked(2_048, is_web_address).required(), external);
        });
        if !linked {
            *external = None;
        }
        walk.reference(&property("population").refers(Refers::Population), population);
        walk.flag(&property("confirmIdentityProviderAttributes").absent(Absent::Default("false")), confirm);
        walk.judge(&mut |fields| {
            if external.is_some() && population.is_some() {
                fields.fault("INVALID_VALUE", "external", "must not be there beside population", None);
            }
        });
    });
    *registration = present.then_some(described);
}

impl Gateway {
    pub(super) fn describe(&mut self, walk: &mut dyn Walk) {
        let Self { id, kind, user_type } = self;
        walk.id(&property("id").required(), id);
        walk.text(&property("type").checked(64, is_directory).required(), kind);
        walk.reference(&property("userType").required(), user_type);
    }
}

/// Ping's provider looks for the sentence.
fn is_directory(kind: &str) -> Result<(), String> {
    if kind == "LDAP" { Ok(()) } else { Err("Only 'LDAP' type gateways are supported for newUserProvisioning".into()) }
}

impl DiscoveryRule {
    pub(super) fn describe(&mut self, walk: &mut dyn Walk) {
        let Self { contains, value, provider } = self;
        walk.within_if(&property("condition").required(), &mut true, &mut |walk| {
            walk.text(&property("contains").text(1, 256).required(), contains);
            walk.text(&property("value").one_of(&["${identifier}"]).required(), value);
        });
        walk.reference(&property("identityProvider").inert().required().refers(Refers::IdentityProvider), provider);
    }
}

impl IdentityProvider {
    pub(super) fn describe(&mut self, walk: &mut dyn Walk) {
        let Self { provider, acr_values, pass_user_context, registration } = self;
        walk.reference(&property("identityProvider").inert().required().refers(Refers::IdentityProvider), provider);
        walk.text_if(&property("acrValues").inert().text(1, 1_024), acr_values);
        walk.flag_if(&property("passUserContext").inert(), pass_user_context);
        describe_registration(registration, false, walk);
    }
}

impl Agreement {
    pub(super) fn describe(&mut self, walk: &mut dyn Walk) {
        let Self { agreement, disable_decline } = self;
        walk.reference(&property("agreement").inert().required(), agreement);
        walk.flag_if(&property("disableDeclineOption").inert(), disable_decline);
    }
}

impl MultiFactor {
    pub(super) fn describe(&mut self, walk: &mut dyn Walk) {
        let Self { methods, applications, policy, no_devices } = self;
        for (name, allowed) in METHODS.into_iter().zip(methods) {
            switch(&property(name).inert(), allowed, walk);
        }
        each(walk, &property("applications").inert().up_to(MAX), applications, MobileApplication::describe);
        walk.reference(&property("deviceAuthenticationPolicy").inert(), policy);
        walk.choice(&property("noDevicesMode").inert(), no_devices);
    }
}

/// `{"enabled": …}`.
fn switch(p: &Property, on: &mut Option<bool>, walk: &mut dyn Walk) {
    let mut present = on.is_some();
    walk.within_if(p, &mut present, &mut |walk| {
        walk.flag_if(&property("enabled").absent(Absent::Default("false")), on);
    });
    if !present {
        *on = None;
    }
}

impl MobileApplication {
    pub(super) fn describe(&mut self, walk: &mut dyn Walk) {
        let Self { id, auto_enrollment, authorization, extra_verification } = self;
        walk.id(&property("id").required().refers(Refers::Application), id);
        switch(&property("autoEnrollment"), auto_enrollment, walk);
        let mut present = authorization.is_some();
        walk.within_if(&property("deviceAuthorization"), &mut present, &mut |walk| {
            walk.flag_if(&property("enabled").absent(Absent::Default("false")), authorization);
            walk.choice(&property("extraVerification"), extra_verification);
        });
        if !present {
            (*authorization, *extra_verification) = (None, None);
        }
    }
}

impl PingIdWindows {
    pub(super) fn describe(&mut self, walk: &mut dyn Walk) {
        let Self { attribute, offline } = self;
        walk.within_if(&property("uniqueUserAttribute").inert().required(), &mut true, &mut |walk| {
            walk.text(&property("name").text(1, 256).required(), attribute);
        });
        walk.within_if(&property("offlineMode").inert().required(), &mut true, &mut |walk| {
            walk.flag(&property("enabled").required(), offline);
        });
    }
}

impl ProgressiveProfiling {
    pub(super) fn describe(&mut self, walk: &mut dyn Walk) {
        let Self { attributes, once_per_flow, interval_seconds, text } = self;
        each(walk, &property("attributes").inert().up_to(MAX).required(), attributes, AskedAttribute::describe);
        let none = attributes.is_empty();
        walk.judge(&mut |fields| {
            if none && fields.has("attributes") {
                fields.fault("EMPTY_VALUE", "attributes", "must not be empty", None);
            }
        });
        walk.flag(&property("preventMultiplePromptsPerFlow").inert().required(), once_per_flow);
        walk.number(
            &property("promptIntervalSeconds").inert().range(1, i64::from(i32::MAX)).required(),
            interval_seconds,
        );
        walk.text(&property("promptText").inert().verbatim(10_000, |_| Ok(())).required(), text);
    }
}

impl AskedAttribute {
    pub(super) fn describe(&mut self, walk: &mut dyn Walk) {
        let Self { name, required } = self;
        walk.text(&property("name").text(1, 256).required(), name);
        walk.flag(&property("required").required(), required);
    }
}

/// Elements of a list.
const MAX: usize = 100;
