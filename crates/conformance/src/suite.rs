//! The suite's own interface: plans are made, their modules run one after the other, and what each says is read.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use reqwest::{Client, Method, RequestBuilder, Url};
use serde_json::Value;

use crate::grantor::Grantor;
use crate::http::{answer, client, text};
use crate::options::Options;
use crate::plan::Plan;

pub(crate) struct Suite {
    client: Client,
    url: String,
}

/// What a module said.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) module: String,
    /// By which the suite shows its log.
    pub(crate) instance: String,
    /// The suite's word; UNFINISHED where it came to none.
    pub(crate) result: String,
    /// Its failures and warnings, and why it was skipped: the kind, the condition and its words.
    pub(crate) conditions: Vec<String>,
}

impl Suite {
    /// # Errors
    /// TLS cannot be set up.
    pub(crate) fn new(options: &Options) -> Result<Self> {
        Ok(Self { client: client()?, url: options.suite.clone() })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Runs every module of the plan, or this one.
    ///
    /// # Errors
    /// The suite does not answer, or makes no such plan.
    pub(crate) async fn run(
        &self,
        plan: &Plan,
        config: &Value,
        only: Option<&str>,
        grantor: &Grantor,
    ) -> Result<Vec<Outcome>> {
        let variant = plan.variant.to_string();
        let query = [("planName", plan.name.as_str()), ("variant", variant.as_str())];
        let made = answer(self.ask(Method::POST, "plan", &query)?.json(config)).await?;
        let id = text(&made, "/id")?;
        let mut outcomes = Vec::new();
        for module in made["modules"].as_array().context("a plan has modules")? {
            let name = text(module, "/testModule")?;
            if only.is_none_or(|only| only == name) {
                outcomes.push(self.run_module((&id, &plan.config), &name, &module["variant"], grantor).await?);
            }
        }
        Ok(outcomes)
    }

    async fn run_module(
        &self,
        (plan, config): (&str, &str),
        name: &str,
        variant: &Value,
        grantor: &Grantor,
    ) -> Result<Outcome> {
        let variant = if variant.is_null() { "{}".to_owned() } else { variant.to_string() };
        let query = [("test", name), ("plan", plan), ("variant", variant.as_str())];
        let made = answer(self.ask(Method::POST, "runner", &query)?).await?;
        let instance = text(&made, "/id")?;
        let begun = Instant::now();
        let mut rotated = false;
        let info = loop {
            let info = answer(self.ask(Method::GET, &format!("info/{instance}"), &[])?).await?;
            match info["status"].as_str() {
                Some("FINISHED" | "INTERRUPTED") => break info,
                // The one module that waits for somebody to do something at the server.
                Some("CONFIGURED") if name == "oidcc-server-rotate-keys" && !rotated => {
                    rotated = true;
                    grantor.rotate_keys(config).await?;
                    answer(self.ask(Method::POST, &format!("runner/{instance}"), &[])?).await?;
                }
                Some(_) if begun.elapsed() < LONGEST => tokio::time::sleep(LOOK).await,
                Some(_) => break info,
                None => bail!("a module without a status: {info}"),
            }
        };
        self.outcome(name, instance, &info).await
    }

    async fn outcome(&self, name: &str, instance: String, info: &Value) -> Result<Outcome> {
        let log = answer(self.ask(Method::GET, &format!("log/{instance}"), &[])?).await?;
        let spoke = |entry: &Value| {
            let kind = entry["result"].as_str().filter(|kind| matches!(*kind, "FAILURE" | "WARNING" | "SKIPPED"))?;
            let word = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
            let message: String = word("msg").chars().take(200).collect();
            Some(format!("{kind} {}: {message}", word("src")))
        };
        let result = info["result"].as_str().filter(|result| *result != "UNKNOWN").unwrap_or("UNFINISHED");
        Ok(Outcome {
            module: name.to_owned(),
            instance,
            result: result.to_owned(),
            conditions: log.as_array().context("a log is a list")?.iter().filter_map(spoke).collect(),
        })
    }

    fn ask(&self, method: Method, path: &str, query: &[(&str, &str)]) -> Result<RequestBuilder> {
        let url = Url::parse_with_params(&format!("{}api/{path}", self.url), query)?;
        // Behind a proxy of its own the suite wants to hear that it was asked over TLS.
        Ok(self.client.request(method, url).header("x-forwarded-proto", "https"))
    }
}

const LOOK: Duration = Duration::from_millis(300);
/// Longer than the suite waits for a browser.
const LONGEST: Duration = Duration::from_secs(400);
