//! The lines of a file of users, whatever it is written in.

use std::fs::File;
use std::io::BufReader;

use engine::import::{Fault, Line};
use protocol::id::EnvironmentId;
use serde_json::{Map, Value, json};

use super::csv::Records;
use super::text::Text;
use crate::args::{Format, ImportArgs};
use crate::exit::Exit;
use crate::work;

/// A file of users that is being read.
pub(super) struct Lines {
    from: Source,
    /// Of lines that name none.
    environment: Option<EnvironmentId>,
    population: Option<Value>,
    shown: String,
}

enum Source {
    Csv { records: Records<BufReader<File>>, columns: Vec<&'static str> },
    Json(Text<BufReader<File>>),
}

/// Lines that were read, and those that cannot be.
type Batch = (Vec<Line>, Vec<Fault>);
/// The number of a line, and what stands in it or why it cannot be read.
type Numbered = (u64, Result<Map<String, Value>, String>);

impl Lines {
    /// Opens the file, and reads the header of one that has columns.
    ///
    /// # Errors
    /// 78 for a file that cannot be read, and for a column that is no property of a user.
    pub(super) fn open(args: &ImportArgs) -> Result<Self, Exit> {
        let shown = args.file.display().to_string();
        let environment = args.environment.as_deref().map(work::environment).transpose()?;
        let file =
            File::open(&args.file).map_err(|error| Exit::Configuration(format!("{shown} cannot be read: {error}")))?;
        let from = BufReader::with_capacity(1 << 20, file);
        let ending = args.file.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
        let format = match (args.format, ending.as_str()) {
            (Some(format), _) => format,
            (None, "csv" | "tsv") => Format::Csv,
            (None, "jsonl" | "ndjson") => Format::Jsonl,
            (None, _) => return Err(Exit::Configuration(format!("say with --format what {shown} is: csv or jsonl"))),
        };
        let from = match format {
            Format::Jsonl => Source::Json(Text::new(from)),
            Format::Csv => {
                let opened = Records::open(from).map_err(|error| unreadable(&shown, &error))?;
                let opened = opened.ok_or_else(|| Exit::Configuration(format!("{shown} has no header")))?;
                let refused = |what| Exit::Configuration(format!("the header of {shown} {what}"));
                let (records, header) = opened.map_err(refused)?;
                let columns = columns(&header)?;
                Source::Csv { records, columns }
            }
        };
        Ok(Self { from, environment, population: args.population.as_deref().map(population), shown })
    }

    /// So many of the next lines, and those that cannot be read; None at the end.
    pub(super) fn next(&mut self, many: usize) -> Result<Option<Batch>, Exit> {
        let (mut lines, mut faults) = (Vec::new(), Vec::new());
        while lines.len() < many {
            let (number, read) = match self.body() {
                Ok(Some(read)) => read,
                Ok(None) if lines.is_empty() && faults.is_empty() => return Ok(None),
                Ok(None) => break,
                Err(error) => return Err(unreadable(&self.shown, &error)),
            };
            match read.and_then(|body| self.line(number, body)) {
                Ok(line) => lines.push(line),
                Err(what) => faults.push(Fault::new(number, what)),
            }
        }
        Ok(Some((lines, faults)))
    }

    /// How many lines of the file are read.
    pub(super) fn number(&self) -> u64 {
        match &self.from {
            Source::Csv { records, .. } => records.lines(),
            Source::Json(text) => text.lines(),
        }
    }

    fn body(&mut self) -> std::io::Result<Option<Numbered>> {
        match &mut self.from {
            Source::Csv { records, columns } => Ok(records.next()?.map(|(number, fields)| {
                (number, fields.map_err(str::to_owned).and_then(|fields| of_fields(columns, fields)))
            })),
            Source::Json(text) => loop {
                match text.next()? {
                    None => return Ok(None),
                    Some(Ok(line)) if line.trim().is_empty() => {}
                    Some(line) => {
                        return Ok(Some((text.lines(), line.map_err(str::to_owned).and_then(|l| of_json(&l)))));
                    }
                }
            },
        }
    }

    fn line(&self, number: u64, mut body: Map<String, Value>) -> Result<Line, String> {
        let named = match body.remove("environment") {
            Some(Value::Object(mut of)) => of.remove("id"),
            other => other,
        };
        let environment = match named.filter(|named| !named.is_null()) {
            Some(named) => {
                named.as_str().and_then(EnvironmentId::parse).ok_or("environment: must be a UUID in small letters")
            }
            None => self.environment.ok_or("environment: must be provided, here or with --environment"),
        }?;
        if let (Some(population), None) = (&self.population, body.get("population").filter(|given| !given.is_null())) {
            body.insert("population".into(), population.clone());
        }
        Ok(Line { number, environment, body, groups: Vec::new() })
    }
}

/// What the fields of each record are. A column that is there twice would say two things of one user.
fn columns(header: &[String]) -> Result<Vec<&'static str>, Exit> {
    let mut columns = Vec::with_capacity(header.len());
    for name in header {
        let column = column(name)?;
        if columns.contains(&column) {
            return Err(Exit::Configuration(format!("the column {column} is there twice")));
        }
        columns.push(column);
    }
    Ok(columns)
}

/// The known column of this name, whatever its case.
fn column(name: &str) -> Result<&'static str, Exit> {
    let known = COLUMNS.iter().find(|column| column.eq_ignore_ascii_case(name)).copied();
    known.ok_or_else(|| {
        let shown: String = name.chars().filter(|c| !c.is_control()).take(40).collect();
        Exit::Configuration(format!("the column {shown} is not known: they are {}", COLUMNS.join(", ")))
    })
}

fn of_fields(columns: &[&'static str], fields: Vec<String>) -> Result<Map<String, Value>, String> {
    if fields.len() != columns.len() {
        return Err(format!("has {} fields and not {}", fields.len(), columns.len()));
    }
    let mut body = Map::new();
    // What is empty is not said.
    for (column, field) in columns.iter().zip(fields).filter(|(_, field)| !field.is_empty()) {
        match (*column, column.split_once('.')) {
            ("population", _) => {
                body.insert("population".into(), population(&field));
            }
            ("password", _) => within(&mut body, "password", "value", field.into()),
            ("photo", _) => within(&mut body, "photo", "href", field.into()),
            (_, Some((outer, inner))) => within(&mut body, outer, inner, field.into()),
            (name, None) => {
                body.insert(name.into(), field.into());
            }
        }
    }
    // Whoever has no password cannot be told to change it.
    if body.get("password").is_some_and(|password| password.get("value").is_none()) {
        body.remove("password");
    }
    Ok(body)
}

fn within(body: &mut Map<String, Value>, outer: &str, inner: &str, value: Value) {
    let object = body.entry(outer).or_insert_with(|| json!({}));
    if let Some(object) = object.as_object_mut() {
        object.insert(inner.into(), value);
    }
}

fn of_json(text: &str) -> Result<Map<String, Value>, String> {
    // The whole error could quote what stands there.
    let read: Value =
        serde_json::from_str(text).map_err(|error| format!("is not JSON, at column {}", error.column()))?;
    if !read.is_object() {
        return Err("is not a JSON object".into());
    }
    // A name that is there twice would say two things of one user, and whoever looked at the file may have read the other.
    jose::json::parse_strict_object(text.trim().as_bytes(), DEEPEST)
        .map_err(|_| format!("says something twice, or nests deeper than {DEEPEST} levels"))
}

/// A population by its id or its name.
fn population(text: &str) -> Value {
    let by = if uuid::Uuid::parse_str(text).is_ok() { "id" } else { "name" };
    json!({ by: text })
}

fn unreadable(shown: &str, error: &std::io::Error) -> Exit {
    Exit::Configuration(format!("{shown} cannot be read: {error}"))
}

const DEEPEST: usize = 16;
/// What a column may be called: the properties of a user by their path, and short names for some.
const COLUMNS: [&str; 39] = [
    "id",
    "environment",
    "population",
    "username",
    "email",
    "emailVerified",
    "phoneVerified",
    "enabled",
    "name.given",
    "name.middle",
    "name.family",
    "name.formatted",
    "name.honorificPrefix",
    "name.honorificSuffix",
    "nickname",
    "title",
    "type",
    "externalId",
    "preferredLanguage",
    "locale",
    "timezone",
    "primaryPhone",
    "mobilePhone",
    "photo",
    "profileUrl",
    "website",
    "gender",
    "birthdate",
    "address.streetAddress",
    "address.locality",
    "address.region",
    "address.postalCode",
    "address.countryCode",
    "address.formatted",
    "lifecycle.status",
    "mfaEnabled",
    "verifyStatus",
    "password",
    "password.forceChange",
];
