//! How administrators of an environment sign on to the console (the contract, Annex A: AdministratorSecurity). It is kept: there is no
//! console here, and the steps that it names come with the sign-on policies.

use serde_json::Value;
use uuid::Uuid;

use crate::model::check::Fields;
use crate::model::describe::{self, Absent, Described, Known, Refers, Stored, Walk, property};
use crate::names::names;

names! {
    /// Who knows the administrators.
    #[derive(Default)]
    pub enum AdministratorAuthentication {
        #[default]
        PingOne = "PINGONE",
        External = "EXTERNAL",
        Hybrid = "HYBRID",
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct AdministratorSecurity {
    /// Each is the text of a JSON object, as PingOne has it.
    pub email: String,
    pub fido2: String,
    pub totp: String,
    pub authentication: AdministratorAuthentication,
    /// PingOne has one value.
    pub mfa_status: String,
    /// The identity provider of an external or hybrid authentication.
    pub provider: Option<Uuid>,
    pub recovery: bool,
}

impl Default for AdministratorSecurity {
    fn default() -> Self {
        Self {
            email: ENABLED.into(),
            fido2: ENABLED.into(),
            totp: ENABLED.into(),
            authentication: AdministratorAuthentication::PingOne,
            mfa_status: ENFORCE[0].into(),
            provider: None,
            recovery: true,
        }
    }
}

impl Described for AdministratorSecurity {
    fn describe(&mut self, walk: &mut dyn Walk) {
        let Self { email, fido2, totp, authentication, mfa_status, provider, recovery } = self;
        walk.within(&property("allowedMethods").inert(), &mut |walk| {
            for (name, value) in [("EMAIL", &mut *email), ("FIDO2", &mut *fido2), ("TOTP", &mut *totp)] {
                walk.text(&property(name).verbatim(1_024, is_object).absent(Absent::Default(ENABLED)), value);
            }
        });
        walk.choice(&property("authenticationMethod").inert().required(), authentication);
        walk.made(&property("hasFido2Capabilities"), "boolean");
        walk.made(&property("isPingIDInBOM"), "boolean");
        walk.text(&property("mfaStatus").inert().one_of(&ENFORCE).required(), mfa_status);
        walk.reference(&property("provider").inert().refers(Refers::IdentityProvider), provider);
        walk.flag(&property("recovery").inert().required(), recovery);
    }

    fn rules(&self, _: &Self, fields: &mut Fields<'_>) {
        match (self.authentication, self.provider) {
            (AdministratorAuthentication::PingOne, Some(_)) => {
                fields.fault("INVALID_VALUE", "provider", "must not be provided with PINGONE", None);
            }
            (AdministratorAuthentication::External | AdministratorAuthentication::Hybrid, None) => {
                fields.fault("REQUIRED_VALUE", "provider", "must be provided with EXTERNAL and HYBRID", None);
            }
            _ => {}
        }
    }
}

impl AdministratorSecurity {
    /// What is left when a provider ends: they are known where everybody else is, and nobody is shut out.
    #[must_use]
    pub fn without(&self, provider: Uuid) -> Self {
        if self.provider != Some(provider) {
            return self.clone();
        }
        Self { provider: None, authentication: AdministratorAuthentication::PingOne, ..self.clone() }
    }
}

/// Absent: as an environment begins.
impl Stored for Option<AdministratorSecurity> {
    fn write(&self) -> Option<Value> {
        self.as_ref().map(|security| Value::Object(describe::draw(security)))
    }

    fn read(&mut self, stored: Option<&Value>) -> bool {
        let Some(stored) = stored else {
            *self = None;
            return true;
        };
        let begun = AdministratorSecurity::default();
        *self = stored.as_object().and_then(|body| describe::read(body, &begun, &Anything).ok());
        self.is_some()
    }
}

/// What was stored was looked up when it was written.
struct Anything;

impl Known for Anything {
    fn has(&self, _: Refers, _: Uuid) -> bool {
        true
    }
}

fn is_object(text: &str) -> Result<(), String> {
    let read = jose::json::parse_strict(text.as_bytes(), 8).ok();
    if read.as_ref().is_some_and(Value::is_object) {
        return Ok(());
    }
    Err("must be the text of a JSON object".into())
}

const ENABLED: &str = "{\"enabled\":true}";
const ENFORCE: [&str; 1] = ["ENFORCE"];
