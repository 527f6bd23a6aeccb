//! Users of another system, read on a thread of their own and entered in batches: a file of any length takes little memory.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::time::Instant;

use engine::import::{Existing, Fault, Import, Line, Outcome};
use import::stream::Unread;
use import::{Left, Person};
use protocol::id::GroupId;
use serde_json::{Map, Value, json};
use tokio::sync::mpsc;

use super::bring::Bringing;
use super::report::Became;
use super::{BATCH, TOLD, existing, on_the_way};
use crate::args::BringArgs;
use crate::exit::Exit;
use crate::work::failed;

/// Where people come from: what reads the files and hands out each, with what of them is left.
pub(super) trait Source: Send + 'static {
    /// Reads a file of users.
    ///
    /// # Errors
    /// That it is none.
    fn read(&self, file: BufReader<File>, take: &mut dyn FnMut(&Value) -> bool) -> Result<(), Unread>;

    fn person(&self, user: &Value, left: &mut Left) -> Option<Person>;
}

/// What reading the files found besides people.
struct Read {
    left: Left,
    failed: Option<Exit>,
}

/// Enters everybody of the files.
pub(super) async fn enter(
    bringing: &mut Bringing,
    source: impl Source,
    files: Vec<PathBuf>,
    args: &BringArgs,
) -> Result<(), Exit> {
    let mut import = Import::new(bringing.app().clone(), existing(args.existing));
    let (into, mut from) = mpsc::channel::<(u64, Person)>(BATCH * 2);
    let reading = std::thread::spawn(move || read(&source, &files, &into));
    let (mut told, mut sum) = (0, 0);
    loop {
        let mut batch = Vec::with_capacity(BATCH);
        if from.recv_many(&mut batch, BATCH).await == 0 {
            break;
        }
        // A batch is full, so that commits are few.
        while batch.len() < BATCH {
            let room = BATCH - batch.len();
            if from.recv_many(&mut batch, room).await == 0 {
                break;
            }
        }
        let began = Instant::now();
        sum += batch.len() as u64;
        let lines = batch.into_iter().map(|(number, person)| line(bringing, args, number, person)).collect();
        some(bringing, &mut import, lines).await?;
        if sum / TOLD > told {
            told = sum / TOLD;
            on_the_way(&format!("{sum} users"));
        }
        // Whoever waits to write, a server's sign-ons, comes in between.
        tokio::time::sleep(began.elapsed() / 8).await;
    }
    let Read { left, failed } = reading.join().map_err(|_| Exit::Failure("the reader of the users ended".into()))?;
    bringing.report.left.extend(left);
    failed.map_or(Ok(()), Err)
}

fn read(source: &impl Source, files: &[PathBuf], into: &mpsc::Sender<(u64, Person)>) -> Read {
    let (mut left, mut number, mut failed) = (Left::default(), 0, None);
    for path in files {
        let file = match open(path) {
            Ok(file) => file,
            Err(exit) => {
                failed = Some(exit);
                break;
            }
        };
        let read = source.read(file, &mut |user| {
            number += 1;
            source.person(user, &mut left).is_none_or(|person| into.blocking_send((number, person)).is_ok())
        });
        if let Err(unread) = read {
            failed = Some(Exit::Configuration(format!("{} {unread}", path.display())));
            break;
        }
    }
    Read { left, failed }
}

/// Opens a file of an export.
///
/// # Errors
/// 78 where it cannot be.
pub(super) fn open(path: &Path) -> Result<BufReader<File>, Exit> {
    let file = File::open(path);
    let file = file.map_err(|error| Exit::Configuration(format!("{} cannot be read: {error}", path.display())))?;
    Ok(BufReader::with_capacity(1 << 20, file))
}

pub(super) fn line(bringing: &Bringing, args: &BringArgs, number: u64, person: Person) -> Line {
    let Person { mut body, groups } = person;
    if let (Some(population), None) = (&args.population, body.get("population")) {
        let by = if uuid::Uuid::parse_str(population).is_ok() { "id" } else { "name" };
        body.insert("population".into(), json!({ by: population }));
    }
    // The population of another system may have another id here.
    let named = body.get("population").and_then(|of| of.get("id")).and_then(Value::as_str);
    if let Some(id) = named.and_then(|id| bringing.id(id)).map(str::to_owned) {
        body.insert("population".into(), json!({ "id": id }));
    }
    let groups: BTreeSet<GroupId> = groups.iter().filter_map(|key| GroupId::parse(bringing.id(key)?)).collect();
    Line { number, environment: bringing.environment, body, groups: groups.into_iter().collect() }
}

/// Enters a batch. Whoever has a fault in a property that a user can do without comes without it.
pub(super) async fn some(bringing: &mut Bringing, import: &mut Import, lines: Vec<Line>) -> Result<(), Exit> {
    let mut waiting = lines;
    while !waiting.is_empty() {
        let mut copies: BTreeMap<u64, Line> = waiting.iter().map(|line| (line.number, line.clone())).collect();
        let some = std::mem::take(&mut waiting);
        let (mut done, mut faults) =
            if bringing.rehearsed { import.check(some).await } else { import.enter(some).await }.map_err(failed)?;
        faults.retain(|fault| !as_if_there(fault, import.existing(), &mut done));
        for (became, many) in
            [(Became::Created, done.imported), (Became::Updated, done.updated), (Became::Unchanged, done.skipped)]
        {
            bringing.report.take("users", became, many);
        }
        for fault in faults {
            let without = copies.remove(&fault.line).and_then(|line| without(line, &fault));
            let kind = if without.is_some() { "properties of users" } else { "users" };
            bringing.report.refuse(kind, &format!("number {}", fault.line), fault.what);
            waiting.extend(without);
        }
    }
    Ok(())
}

/// Whether a rehearsal met a name again whose user would be there by now: it counts as what becomes of such.
fn as_if_there(fault: &Fault, existing: Existing, would: &mut Outcome) -> bool {
    let named = fault.before.is_some() && fault.properties().any(|property| property == "username");
    match existing {
        Existing::Skip if named => would.skipped += 1,
        Existing::Update if named => would.updated += 1,
        _ => return false,
    }
    true
}

/// The line without what is at fault; None where it cannot do without.
fn without(mut line: Line, fault: &Fault) -> Option<Line> {
    for property in fault.properties() {
        let outer = property.split(['.', '[']).next().unwrap_or_default();
        if NEEDED.contains(&outer) || !take_out(&mut line.body, property) {
            return None;
        }
    }
    Some(line)
}

fn take_out(body: &mut Map<String, Value>, path: &str) -> bool {
    let outer = path.split(['.', '[']).next().unwrap_or_default();
    let inner = path.strip_prefix(outer).and_then(|rest| rest.strip_prefix('.'));
    match (body.get_mut(outer), inner) {
        // A password without its value is none, and a photo without its address.
        (Some(Value::Object(members)), Some(inner)) if !matches!(outer, "password" | "photo") => {
            members.remove(inner).is_some()
        }
        _ => body.remove(outer).is_some(),
    }
}

/// Without these somebody would be nobody.
const NEEDED: [&str; 5] = ["username", "email", "id", "environment", "population"];
