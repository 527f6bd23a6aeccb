//! Decides where a configuration falls short of a profile, and what would mend it: RFC 9700, or FAPI 2.0. One table ([`rules`]).
//!
//! What the server refuses anyway is no finding: only what it lets, because it is set so, and what can do nothing any more where it is.

mod fapi;
mod rules;

use serde_json::{Value, json};

use crate::model::{Application, Environment};
use crate::names::names;

names! {
    /// What a configuration is compared with.
    #[derive(Default)]
    pub enum Profile {
        /// RFC 9700 with what updates it (RFC 8252, RFC 10070).
        #[default]
        Rfc9700 = "rfc9700",
        /// The same, and FAPI 2.0 Security Profile.
        Fapi = "fapi",
        /// All that, and FAPI 2.0 Message Signing.
        FapiMessageSigning = "fapi-message-signing",
    }
}

names! {
    pub enum Level {
        /// What the specification demands (MUST, "shall").
        Error = "error",
        /// What it says should be.
        Warning = "warning",
        /// What it recommends, at a cost that not everybody has to bear.
        Advice = "advice",
    }
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Stable, for whoever leaves one out.
    pub name: &'static str,
    pub level: Level,
    pub clause: &'static str,
    /// From which profile on it counts.
    pub from: Profile,
    judge: Judge,
}

/// What a rule looks at. It says what it found, where that falls short.
#[derive(Clone, Copy, Debug)]
enum Judge {
    Environment(fn(&Environment) -> Option<Found>),
    Application(fn(&Environment, &Application) -> Option<Found>),
}

/// What falls short, and what would not.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Found {
    property: &'static str,
    is: String,
    /// What to set it to, or to do.
    fix: &'static str,
}

/// One place where a configuration falls short.
#[derive(Clone, Debug)]
pub struct Finding {
    pub rule: &'static Rule,
    pub environment: (String, String),
    /// Id and name; None where it is the environment's own.
    pub application: Option<(String, String)>,
    pub property: &'static str,
    pub is: String,
    pub fix: &'static str,
}

/// Compares an environment and its applications with a profile. An application that is disabled does nothing, and the two of PingOne's
/// own have nothing behind them: they are passed over.
pub fn lint(profile: Profile, environment: &Environment, applications: &[Application]) -> Vec<Finding> {
    let counted = |rule: &&Rule| rule.from <= profile;
    let own = (environment.id.to_string(), environment.name.clone());
    let told = |rule: &'static Rule, application: Option<&Application>, found: Found| Finding {
        rule,
        environment: own.clone(),
        application: application.map(|one| (one.id.to_string(), one.name.clone())),
        property: found.property,
        is: found.is,
        fix: found.fix,
    };
    let mut findings = Vec::new();
    for rule in rules::all().filter(counted) {
        match rule.judge {
            Judge::Environment(judge) => {
                findings.extend(judge(environment).map(|found| told(rule, None, found)));
            }
            Judge::Application(judge) => {
                let live = applications.iter().filter(|one| one.enabled && !one.kind.is_built_in());
                let found = live.filter_map(|one| Some(told(rule, Some(one), judge(environment, one)?)));
                findings.extend(found);
            }
        }
    }
    findings
}

impl Finding {
    /// As the command prints it for programs.
    pub fn json(&self) -> Value {
        let named = |(id, name): &(String, String)| json!({ "id": id, "name": name });
        json!({
            "level": self.rule.level.name(),
            "rule": self.rule.name,
            "clause": self.rule.clause,
            "environment": named(&self.environment),
            "application": self.application.as_ref().map(named),
            "property": self.property,
            "is": self.is,
            "fix": self.fix,
        })
    }
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (kind, (id, name)) = match &self.application {
            Some(application) => ("application", application),
            None => ("environment", &self.environment),
        };
        let Self { rule, property, is, fix, .. } = self;
        writeln!(f, "{:<7}  {}  {kind} {id} ({name})", rule.level.name(), rule.name)?;
        write!(f, "         {property} is {is}: {fix} ({})", rule.clause)
    }
}

#[cfg(test)]
mod tests;
