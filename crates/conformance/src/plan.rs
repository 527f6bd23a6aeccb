//! The plans of config/plans.json, and the configuration that the suite gets for each.

use std::fmt;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Map, Value, json};

use crate::grantor::{Grantor, Realm};
use crate::options::Options;

/// One plan of the suite.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) name: String,
    pub(crate) variant: Value,
    /// Which clients it runs with: `oidc-dynamic`, `oidc-static`, `oidc-mtls`, or `fapi-` with how they authenticate and what their tokens
    /// are bound to.
    pub(crate) config: String,
    scope: Option<String>,
}

/// The plans that the options name, in the order of the file.
///
/// # Errors
/// There is none.
pub(crate) fn chosen(options: &Options) -> Result<Vec<Plan>> {
    let tiers: Map<String, Value> = serde_json::from_str(include_str!("../config/plans.json"))?;
    let mut plans = Vec::new();
    for (tier, all) in &tiers {
        if !options.tiers.is_empty() && !options.tiers.contains(tier) {
            continue;
        }
        for plan in all.as_array().context("a tier is a list")? {
            let text = |name: &str| plan[name].as_str().map(str::to_owned);
            let variant = if plan["variant"].is_null() { json!({}) } else { plan["variant"].clone() };
            let plan = Plan {
                name: text("plan").context("a plan has a name")?,
                variant,
                config: text("config").context("a plan has a configuration")?,
                scope: text("scope"),
            };
            let told = format!("{plan} {}", plan.config);
            if options.words.iter().all(|word| told.contains(word.as_str())) {
                plans.push(plan);
            }
        }
    }
    ensure!(
        !plans.is_empty(),
        "no plan has these words, in these tiers: {}",
        tiers.keys().cloned().collect::<Vec<_>>().join(", ")
    );
    Ok(plans)
}

impl Plan {
    /// Whether its clients are those that were registered before, so that one module runs at a time.
    pub(crate) fn is_static(&self) -> bool {
        !self.config.starts_with("oidc-dynamic")
    }

    /// What the suite is told of the server, the clients and the pages.
    ///
    /// # Errors
    /// The server refused a client that is needed: with why.
    pub(crate) fn configuration(&self, grantor: &Grantor, suite: &str) -> Result<Value> {
        let realm = grantor.realm(&self.config)?;
        let issuer = grantor.issuer(realm);
        let mut config = json!({
            "description": self.to_string(),
            "server": { "discoveryUrl": format!("{issuer}/.well-known/openid-configuration") },
            "options": { "browsercontrol_css_enable": false },
        });
        if self.is_static() {
            config["alias"] = format!("grantor-{}", self.config).into();
            self.clients(&mut config, grantor, realm)?;
        } else {
            config["client"] = json!({ "client_name": "conformance one" });
            config["client2"] = json!({ "client_name": "conformance two" });
        }
        config["resource"] = json!({ "resourceUrl": grantor.resource() });
        let fill = |text: &str| {
            let pages = issuer.trim_end_matches("/as");
            let names = [("{ISSUER}", issuer.as_str()), ("{PAGES}", pages), ("{SUITE}", suite)];
            let people = [("{USERNAME}", realm.username.as_str()), ("{PASSWORD}", realm.password.as_str())];
            names.into_iter().chain(people).fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
        };
        let visits = visits(&fill)?;
        config["browser"] = visits[if self.config.starts_with("fapi") { "fapi" } else { "usual" }].clone();
        let modules = visits["modules"].as_object().context("visits of modules")?;
        config["override"] = modules
            .iter()
            .filter_map(|(module, visit)| Some((module.clone(), json!({ "browser": visits[visit.as_str()?] }))))
            .collect::<Map<_, _>>()
            .into();
        Ok(config)
    }

    fn clients(&self, config: &mut Value, grantor: &Grantor, realm: &Realm) -> Result<()> {
        for (number, place) in ["client", "client2"].into_iter().enumerate() {
            let (id, secret) = realm.client(&format!("{} {}", self.config, number + 1))?;
            let keys = &grantor.clients[number];
            config[place] = json!({ "client_id": id });
            if self.config == "oidc-static" {
                config[place]["client_secret"] = secret.into();
                continue;
            }
            let tls = if number == 0 { "mtls" } else { "mtls2" };
            config[tls] = json!({ "cert": keys.certificate, "key": keys.key });
            if self.config.starts_with("fapi") {
                config[place]["scope"] = self.scope.as_deref().unwrap_or("openid profile email").into();
                config[place]["jwks"] = keys.private.clone();
            }
        }
        if self.config == "oidc-static" {
            let (id, secret) = realm.client("oidc-static post")?;
            config["client_secret_post"] = json!({ "client_id": id, "client_secret": secret });
        }
        Ok(())
    }
}

/// What the suite's browser does, by name: config/visits.json with the tasks of config/browser.json.
fn visits(fill: &dyn Fn(&str) -> String) -> Result<Value> {
    let tasks: Value = serde_json::from_str(&fill(include_str!("../config/browser.json")))?;
    let mut visits: Value = serde_json::from_str(&fill(include_str!("../config/visits.json")))?;
    for (_, visit) in visits.as_object_mut().context("visits have names")? {
        for page in visit.as_array_mut().into_iter().flatten() {
            for task in page["tasks"].as_array_mut().into_iter().flatten() {
                if let Some(name) = task.as_str() {
                    *task = tasks.get(name).with_context(|| format!("no task {name}"))?.clone();
                }
            }
        }
    }
    Ok(visits)
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        let variant = self.variant.as_object().into_iter().flatten();
        variant.into_iter().try_for_each(|(name, value)| write!(f, "[{name}={}]", value.as_str().unwrap_or_default()))
    }
}
