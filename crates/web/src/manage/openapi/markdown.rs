//! The document as pages that people read: one for the calls of each kind of object, with a request to paste for each, and what every property is.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::examples;
use super::operation::{self, call};
use super::own::Answered;
use super::{document, roles};
use crate::manage::{Route, all};

/// Name and text of each page. `README.md` leads to the others.
pub fn pages() -> Vec<(String, String)> {
    let document = document();
    let schemas = document["components"]["schemas"].as_object().cloned().unwrap_or_default();
    let mut tags: BTreeMap<&str, Vec<&Route>> = BTreeMap::new();
    for route in all() {
        tags.entry(operation::tag(route)).or_default().push(route);
    }
    let mut pages = vec![("README.md".to_owned(), contents(&tags))];
    pages.extend(tags.iter().map(|(tag, routes)| (format!("{tag}.md"), page(tag, routes, &schemas))));
    pages
}

fn contents(tags: &BTreeMap<&str, Vec<&Route>>) -> String {
    let mut text = String::from(HEAD);
    for (tag, routes) in tags {
        let _ = writeln!(text, "- [{tag}]({tag}.md): {} calls", routes.len());
    }
    text
}

fn page(tag: &str, routes: &[&Route], schemas: &Map<String, Value>) -> String {
    let mut text = format!(
        "# Management API: {tag}\n\nWritten of the descriptions that the server itself reads and answers with. [All calls](README.md).\n"
    );
    let mut told = Vec::new();
    for route in examples::in_order(routes) {
        let of = call(route);
        write_call(&mut text, route);
        let names = of.body.into_iter().chain(match of.answered {
            Answered::Nothing | Answered::File => None,
            Answered::One(_, name) | Answered::Many { of: name, .. } => Some(name),
        });
        told.extend(names);
    }
    told.sort_unstable();
    told.dedup();
    for name in told {
        if let Some(schema) = schemas.get(name) {
            write_schema(&mut text, name, schema);
        }
    }
    text
}

fn write_call(text: &mut String, route: &Route) {
    let of = call(route);
    let _ = write!(text, "\n## {} `{}`\n\n{}.", route.name, route.path, operation::summary(route));
    match of.answered {
        Answered::Nothing => text.push_str(" Answers 204."),
        Answered::File => text.push_str(" Answers 200 with a file."),
        Answered::One(status, name) => {
            let _ = write!(text, " Answers {status} with [{name}](#{}).", name.to_ascii_lowercase());
        }
        Answered::Many { under, of, .. } => {
            let _ = write!(
                text,
                " Answers 200 with a list of [{of}](#{}) as `_embedded.{under}`.",
                of.to_ascii_lowercase()
            );
        }
    }
    if let Some(body) = of.body {
        let _ = write!(text, " Takes [{body}](#{}).", body.to_ascii_lowercase());
    }
    let roles = roles(route).join(", ");
    let _ = write!(text, " Needs `{}` ({roles}).", route.permission.name());
    if let Some(scope) = route.own {
        let _ = write!(text, " With the scope `{scope}` a user makes it for themselves.");
    }
    let _ = write!(text, "\n\n```sh\n{}\n```\n", examples::request(route));
}

fn write_schema(text: &mut String, name: &str, schema: &Value) {
    if !schema["properties"].is_object() {
        let _ = write!(text, "\n### {name}\n\nAn object whose members say what they are.\n");
        return;
    }
    let _ = write!(text, "\n### {name}\n");
    if let Some(description) = schema["description"].as_str() {
        let _ = write!(text, "\n{description}\n");
    }
    let _ = write!(text, "\n| Property | What it is | In a body | |\n|---|---|---|---|\n");
    rows(text, "", schema);
}

fn rows(text: &mut String, prefix: &str, schema: &Value) {
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (name, property) in schema["properties"].as_object().into_iter().flatten().filter(|(name, _)| *name != "_links")
    {
        let path = format!("{prefix}{name}");
        let said = if property["readOnly"] == true {
            "not read"
        } else if required.contains(&name.as_str()) {
            "required"
        } else {
            "may be absent"
        };
        let items = &property["items"];
        let acts = (property["x-acts"] == false).then_some("kept, does nothing");
        let told = property["description"].as_str().or_else(|| items["description"].as_str());
        let more: Vec<&str> = acts.into_iter().chain(told).collect();
        let _ = writeln!(text, "| `{path}` | {} | {said} | {} |", kind(property), more.join("; ").replace('|', "\\|"));
        if property["properties"].is_object() && property["properties"].as_object().is_some_and(|of| of.len() > 1) {
            rows(text, &format!("{path}."), property);
        } else if items["properties"].is_object() {
            rows(text, &format!("{path}[]."), items);
        }
    }
}

/// Type and limits in a few words.
fn kind(property: &Value) -> String {
    if let Some(all) = property["enum"].as_array() {
        let all = all.iter().map(|one| one.as_str().map_or_else(|| one.to_string(), str::to_owned));
        return all.collect::<Vec<_>>().join(", ");
    }
    let mut words = match property["type"].as_str() {
        Some("array") => format!("list of {}", kind(&property["items"])),
        Some("string") => property["format"].as_str().unwrap_or("text").to_owned(),
        Some("object") if property["properties"]["id"].is_object() => "reference".to_owned(),
        Some(other) => other.to_owned(),
        None => "value".to_owned(),
    };
    let number = |name: &str| property[name].as_i64();
    match (number("minLength"), number("maxLength")) {
        (Some(min), Some(max)) => drop(write!(words, ", {min} to {max} characters")),
        (None, Some(max)) => drop(write!(words, ", at most {max} characters")),
        _ => {}
    }
    if let (Some(min), Some(max)) = (number("minimum"), number("maximum")) {
        let _ = write!(words, ", {min} to {max}");
    }
    if let Some(most) = number("maxItems") {
        let _ = write!(words, ", at most {most}");
    }
    if property["x-filterable"] == true {
        words.push_str(", in filters");
    }
    words
}

const HEAD: &str = "\
# Management API

Every call of the management API, compatible with PingOne's. The same as an OpenAPI 3.1 document is at `/openapi.json` of every server. What a
property does not do here is said beside it.

The requests are to be pasted into a shell with `curl` and `jq`. They take what they name from the environment file of `grantor dev --env-file dev.env`, and a token:

```sh
set -a && . ./dev.env && set +a
accessToken=$(curl -s -u \"$adminAppID:$adminAppSecret\" -d grant_type=client_credentials \"$authPath/$adminEnvID/as/token\" | jq -r .access_token)
```

Whatever else a request names (`$groupID`, `$newUserID` …) is set by the request of the same page that makes it, which stands before it, or by a line
before it. What the requests of a page make its last ones delete; what `grantor dev` began with stays as it is. `openssl` makes the certificates that are sent.

";
