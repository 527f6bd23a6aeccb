//! `conformance [--suite URL] [--tier NAME] [--plan WORDS] [--module NAME] …`: starts a server, registers what the suite's static
//! configurations need, runs plans of the OpenID Foundation's conformance suite, and says what every module said. The suite itself runs
//! already, anywhere on this machine; nothing of it is here.

#![expect(clippy::print_stdout, reason = "a command-line program speaks on standard output")]

mod client;
mod der;
mod expected;
mod grantor;
mod http;
mod options;
mod plan;
mod suite;

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Result;
use tokio::task::JoinSet;

use expected::Expected;
use grantor::Grantor;
use options::Options;
use plan::Plan;
use suite::{Outcome, Suite};

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Whether nothing is left that nobody has explained.
async fn run() -> Result<bool> {
    let options = Options::read(std::env::args().skip(1))?;
    let plans = plan::chosen(&options)?;
    let expected = Arc::new(Expected::read()?);
    let suite = Arc::new(Suite::new(&options)?);
    let grantor = Arc::new(Grantor::start(&options).await?);
    let mut queues: Vec<Vec<Plan>> = Vec::new();
    for plan in plans {
        // Under one alias the suite has one module at a time.
        let same = |queue: &&mut Vec<Plan>| queue.iter().any(|other| other.config == plan.config && plan.is_static());
        match queues.iter_mut().find(same) {
            Some(queue) => queue.push(plan),
            None => queues.push(vec![plan]),
        }
    }
    let mut queues = queues.into_iter();
    let (mut running, mut outcomes) = (JoinSet::new(), Vec::new());
    loop {
        while running.len() < options.jobs {
            let Some(queue) = queues.next() else { break };
            let (suite, grantor, expected) = (suite.clone(), grantor.clone(), expected.clone());
            let module = options.module.clone();
            running.spawn(async move {
                let mut outcomes = Vec::new();
                for plan in queue {
                    let config = plan.configuration(&grantor, suite.url())?;
                    let ran = suite.run(&plan, &config, module.as_deref(), &grantor).await?;
                    tell(&plan, &ran, &expected);
                    outcomes.extend(ran);
                }
                anyhow::Ok(outcomes)
            });
        }
        match running.join_next().await {
            Some(ended) => outcomes.extend(ended??),
            None => break,
        }
    }
    println!("{} modules: {}", outcomes.len(), expected::totals(&outcomes));
    let unexplained = outcomes.iter().filter(|outcome| expected.why(outcome).is_none()).count();
    println!("{unexplained} unexplained");
    Ok(unexplained == 0)
}

/// A line for the plan, and one for every result that is not simply good.
fn tell(plan: &Plan, outcomes: &[Outcome], expected: &Expected) {
    println!("{plan}: {} modules: {}", outcomes.len(), expected::totals(outcomes));
    for outcome in outcomes {
        match expected.why(outcome) {
            Some("") => {}
            Some(why) => println!("  {:8} {}: {why}", outcome.result, outcome.module),
            None => {
                println!("  {:8} {} ({})", outcome.result, outcome.module, outcome.instance);
                outcome.conditions.iter().for_each(|condition| println!("           {condition}"));
            }
        }
    }
}
