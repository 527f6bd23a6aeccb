//! `grantor explain`: which rule refused, what was expected, what came, how to mend it.

use engine::bootstrap::dev;
use protocol::audit::{Actor, Event};
use protocol::id::CorrelationId;
use protocol::model::Activity;
use serde_json::{Value, json};
use web::server;

use crate::args::{ExplainArgs, Output, ServeArgs};
use crate::config::{Settings, default_database};
use crate::exit::Exit;
use crate::health::request;
use crate::start;

pub(crate) fn run(args: &ExplainArgs) -> Result<(), Exit> {
    let id = CorrelationId::parse(&args.id.to_lowercase())
        .ok_or_else(|| Exit::Failure(format!("{} is no correlation id: copy the UUID of the answer's Correlation-Id header", args.id)))?;
    let found = match source(args)? {
        Source::Database(url) => from_database(&url, id)?,
        Source::Server(url) => from_server(&url, id)?,
    };
    if found.is_empty() {
        return Err(Exit::Failure(format!("nothing is recorded under {id}: check the id, or ask the server that answered")));
    }
    show(&found, args.output);
    Ok(())
}

enum Source {
    Database(String),
    Server(String),
}

/// A database that was named, else the default one where it exists, else the dev server.
fn source(args: &ExplainArgs) -> Result<Source, Exit> {
    if let Some(url) = &args.url {
        return Ok(Source::Server(url.trim_end_matches('/').to_owned()));
    }
    let serve = ServeArgs { config: args.config.clone(), database: args.database.clone(), ..ServeArgs::default() };
    let settings = Settings::read(&serve)?;
    if let Some(url) = settings.text("database.url") {
        return Ok(Source::Database(url.to_owned()));
    }
    let (default, _) = default_database();
    let exists = default.strip_prefix("sqlite:").is_some_and(|path| std::path::Path::new(path).exists());
    Ok(if exists { Source::Database(default) } else { Source::Server("http://localhost:8085".into()) })
}

fn from_database(url: &str, id: CorrelationId) -> Result<Vec<Value>, Exit> {
    let runtime = server::runtime().enable_all().build().map_err(|e| Exit::Failure(format!("no runtime: {e}")))?;
    runtime.block_on(async {
        let store = engine::reads::Store::open(url, &engine::reads::Options::default()).map_err(|e| start::unavailable(url, &e))?;
        let found = store.explain(id).await.map_err(|e| start::unavailable(url, &e))?;
        Ok(found.iter().map(explained).collect())
    })
}

fn explained(activity: &Activity) -> Value {
    let event: &Event = &activity.event;
    let actor = match event.actor {
        Actor::Anonymous => "nobody who proved who they are".to_owned(),
        Actor::Application(id) => format!("application {id}"),
        Actor::System => "this server".to_owned(),
        Actor::User(id) => format!("user {id}"),
    };
    let mut value = json!({
        "id": activity.id.to_string(),
        "correlationId": event.correlation.to_string(),
        "recordedAt": event.at.millis(),
        "action": event.action.name(),
        "actor": actor,
        "environment": event.environment.map(|id| id.to_string()),
        "application": event.application.map(|id| id.to_string()),
        "user": event.user.map(|id| id.to_string()),
        "note": event.note,
        "result": if event.refusal.is_some() { "FAILED" } else { "SUCCESS" },
    });
    if let Some(refusal) = &event.refusal {
        let row = refusal.reason.row();
        value["refusal"] = json!({
            "reason": row.name,
            "public": row.public,
            "expected": refusal.expected,
            "came": refusal.came,
            "mend": row.mend,
        });
    }
    value
}

/// Asks a dev server through its own management API, with dev's fixed worker.
fn from_server(url: &str, id: CorrelationId) -> Result<Vec<Value>, Exit> {
    let basic = basic(&dev::ADMIN_APPLICATION.to_string(), dev::ADMIN_SECRET);
    let form = [("Content-Type", "application/x-www-form-urlencoded"), ("Authorization", basic.as_str())];
    let (status, answer) = request("POST", &format!("{url}/{}/as/token", dev::ADMIN_ENVIRONMENT), &form, "grant_type=client_credentials")?;
    let answer: Value = serde_json::from_str(&answer).unwrap_or_default();
    let token = answer["access_token"].as_str();
    let token = token.ok_or_else(|| Exit::Failure(format!("{url} is no dev server: it answered {status} to dev's worker; name the database with --database")))?;
    let bearer = format!("Bearer {token}");
    let mut found = Vec::new();
    for environment in [dev::ENVIRONMENT, dev::PLAYGROUND, dev::ADMIN_ENVIRONMENT] {
        let filter = format!("correlationId%20eq%20%22{id}%22");
        let path = format!("{url}/v1/environments/{environment}/activities?filter={filter}");
        let (_, list) = request("GET", &path, &[("Authorization", bearer.as_str())], "")?;
        let list: Value = serde_json::from_str(&list).unwrap_or_default();
        found.extend(list["_embedded"]["activities"].as_array().into_iter().flatten().cloned());
    }
    Ok(found)
}

fn basic(id: &str, secret: &str) -> String {
    use base64::Engine as _;
    // Both consist of unreserved characters, which form-encoding leaves as they are (RFC 6749 §2.3.1).
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{id}:{secret}")))
}

#[expect(clippy::print_stdout, reason = "the answer of the command")]
fn show(found: &[Value], output: Output) {
    if matches!(output, Output::Json) {
        println!("{:#}", Value::Array(found.to_vec()));
        return;
    }
    for activity in found {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let action = activity.get("action").map_or_else(String::new, |a| a.as_str().map_or_else(|| text(&a["type"]), str::to_owned));
        let Some(refusal) = activity.get("refusal") else {
            println!("{action} succeeded.");
            continue;
        };
        println!("{action} was refused: {}.", text(&refusal["reason"]));
        println!("  answered:  {}", text(&refusal["public"]));
        println!("  expected:  {}", text(&refusal["expected"]));
        println!("  came:      {}", text(&refusal["came"]));
        println!("  to mend:   {}", text(&refusal["mend"]));
    }
}
