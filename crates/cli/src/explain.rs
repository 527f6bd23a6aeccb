//! `grantor explain`: which rule refused, what was expected, what came, how to mend it.

use std::time::Duration;

use engine::bootstrap::dev;
use protocol::audit::{Actor, Event};
use protocol::id::CorrelationId;
use protocol::model::Activity;
use protocol::refusal::Reason;
use protocol::time::Time;
use serde_json::{Value, json};
use web::server;

use crate::args::{ExplainArgs, Output, ServeArgs};
use crate::config::{Settings, shown};
use crate::database::{self, missing_file};
use crate::exit::Exit;
use crate::health::request;
use crate::start;

pub(crate) fn run(args: &ExplainArgs) -> Result<(), Exit> {
    let id = CorrelationId::parse(&args.id.to_lowercase()).ok_or_else(|| {
        Exit::Failure(format!("{} is no correlation id: copy the UUID of the answer's Correlation-Id header", args.id))
    })?;
    let source = source(args)?;
    let mut found = ask(&source, id)?;
    // Refusals are written in batches: whoever asks at once may be quicker than the batch.
    for _ in 0..PATIENCE {
        if !found.is_empty() {
            break;
        }
        std::thread::sleep(BATCH);
        found = ask(&source, id)?;
    }
    if found.is_empty() {
        return Err(Exit::Failure(format!(
            "nothing is recorded under {id}: check the id, or ask the server that answered"
        )));
    }
    show(&found, args.output);
    Ok(())
}

fn ask(source: &Source, id: CorrelationId) -> Result<Vec<Value>, Exit> {
    match source {
        Source::Database(url) => from_database(url, id),
        Source::Server(url) => from_server(url, id),
    }
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
    let url = database::url(&settings)?;
    let named = settings.origin("database.url").is_some();
    Ok(if named || !missing_file(&url) {
        Source::Database(url)
    } else {
        Source::Server("http://localhost:8085".into())
    })
}

fn from_database(url: &str, id: CorrelationId) -> Result<Vec<Value>, Exit> {
    let runtime = server::runtime().enable_all().build().map_err(|e| Exit::Failure(format!("no runtime: {e}")))?;
    if missing_file(url) {
        return Err(Exit::Configuration(format!("database.url is not right: there is no file {url}")));
    }
    runtime.block_on(async {
        let store = engine::bootstrap::Store::open(url, &engine::reads::Options::default())
            .map_err(|e| start::unavailable(url, &e))?;
        let found = store.explain(id).await.map_err(|e| start::unavailable(url, &e))?;
        Ok(found.iter().map(explained).collect())
    })
}

/// An activity as the management API shows it, with the environment's name for who acted.
fn explained(activity: &Activity) -> Value {
    let event: &Event = &activity.event;
    let mut value = json!({
        "id": activity.id.to_string(),
        "recordedAt": stamp(event.at),
        "correlationId": event.correlation.to_string(),
        "actors": actors(event),
        "action": { "type": activity.action() },
        "result": { "status": if event.refusal.is_some() { "FAILED" } else { "SUCCESS" } },
    });
    let mut put = |name: &str, found: Option<Value>| {
        if let (Some(found), Some(object)) = (found, value.as_object_mut()) {
            object.insert(name.to_owned(), found);
        }
    };
    put("environment", event.environment.map(|id| json!({ "id": id.to_string() })));
    put("description", event.note.as_ref().map(|note| json!(note)));
    put("source", event.source.map(|address| json!({ "ipAddress": address.to_string() })));
    put(
        "refusal",
        event.refusal.as_ref().map(|refusal| {
            let mut told = json!({ "reason": activity.reason(), "expected": refusal.expected, "came": refusal.came });
            // Of a reason of a newer version no more is known than its name.
            if let (Some(row), Some(members)) = (activity.row(), told.as_object_mut()) {
                members.insert("mend".into(), row.mend.into());
            }
            told
        }),
    );
    value
}

fn actors(event: &Event) -> Value {
    let mut actors = serde_json::Map::new();
    let client = match event.actor {
        Actor::Application(id) => Some(id),
        _ => event.application,
    };
    if let Some(id) = client {
        actors.insert("client".into(), json!({ "id": id.to_string(), "type": "CLIENT" }));
    }
    if let Some(id) = event.user {
        actors.insert("user".into(), json!({ "id": id.to_string(), "type": "USER" }));
    }
    if event.actor == Actor::System {
        actors.insert("system".into(), json!({ "type": "SYSTEM" }));
    }
    Value::Object(actors)
}

/// RFC 3339 in UTC with milliseconds.
fn stamp(time: Time) -> String {
    jiff::Timestamp::from_millisecond(time.millis()).unwrap_or_default().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// Asks a dev server through its own management API, with dev's fixed worker.
fn from_server(url: &str, id: CorrelationId) -> Result<Vec<Value>, Exit> {
    let basic = basic(&dev::ADMIN_APPLICATION.to_string(), dev::ADMIN_SECRET);
    let form = [("Content-Type", "application/x-www-form-urlencoded"), ("Authorization", basic.as_str())];
    let (status, answer) =
        request("POST", &format!("{url}/{}/as/token", dev::ADMIN_ENVIRONMENT), &form, "grant_type=client_credentials")?;
    let answer: Value = serde_json::from_str(&answer).unwrap_or_default();
    let token = answer["access_token"].as_str();
    let token = token.ok_or_else(|| {
        Exit::Failure(format!(
            "{} is no dev server: it answered {status} to dev's worker; name the database with --database",
            shown(url)
        ))
    })?;
    let bearer = format!("Bearer {token}");
    let get = |address: &str| {
        let (_, list) = request("GET", address, &[("Authorization", bearer.as_str())], "")?;
        Ok(serde_json::from_str::<Value>(&list).unwrap_or_default())
    };
    let mut found = Vec::new();
    let mut page = Some(format!("{url}/v1/environments?limit=1000"));
    while let Some(address) = page {
        let environments = get(&address)?;
        for environment in embedded(&environments, "environments").filter_map(|one| one["id"].as_str()) {
            let filter = format!("correlationId%20eq%20%22{id}%22");
            let list = get(&format!("{url}/v1/environments/{environment}/activities?filter={filter}"))?;
            found.extend(embedded(&list, "activities").cloned());
        }
        // The address of the next page may have another host than the one that was named here.
        let next = environments.pointer("/_links/next/href").and_then(Value::as_str);
        page = next.and_then(|next| next.split_once("/v1/")).map(|(_, path)| format!("{url}/v1/{path}"));
    }
    Ok(found)
}

fn embedded<'a>(list: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    list["_embedded"][name].as_array().into_iter().flatten()
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
        print!("{}", told(activity));
    }
}

/// One activity in words: what happened and why, when, to whom, and how to mend it.
fn told(activity: &Value) -> String {
    let text = |pointer: &str| activity.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty());
    let action = text("/action/type").unwrap_or("A request");
    let mut lines = match text("/refusal/reason") {
        None => format!("{action} succeeded.\n"),
        Some(reason) => {
            let public = Reason::parse(reason).map(|reason| reason.row().public).filter(|public| !public.is_empty());
            format!("{action} was refused: {reason}.\n") + &line("answered", public)
        }
    };
    lines += &line("expected", text("/refusal/expected"));
    lines += &line("came", text("/refusal/came"));
    lines += &line("to mend", text("/refusal/mend"));
    lines += &line("when", text("/recordedAt"));
    lines += &line("application", text("/actors/client/id"));
    lines += &line("user", text("/actors/user/id"));
    lines += &line("environment", text("/environment/id"));
    lines += &line("from", text("/source/ipAddress"));
    lines + &line("note", text("/description"))
}

fn line(name: &str, text: Option<&str>) -> String {
    text.map(|text| format!("  {name:<12}{text}\n")).unwrap_or_default()
}

const BATCH: Duration = Duration::from_millis(100);
const PATIENCE: usize = 4;

#[cfg(test)]
mod tests {
    use protocol::audit::Action;

    use super::{Activity, CorrelationId, Event, Reason, Time, explained, told};

    #[test]
    fn a_reason_of_a_newer_version_is_told_by_its_name_alone() {
        let id = CorrelationId::parse("00000000-0000-4000-8000-000000000000").unwrap();
        let event = Event::new(None, Time::from_secs(1), id, Action::TokenIssued);
        let mut activity = Activity::from(event.refused(&Reason::SecretWrong.into()));
        assert!(told(&explained(&activity)).contains("to mend"));
        activity.foreign.reason = Some("too_far".to_owned());
        let newer = told(&explained(&activity));
        assert!(newer.contains("was refused: too_far.") && !newer.contains("to mend"), "{newer}");
    }
}
