//! `grantor import keycloak`: a realm with its clients, scopes, roles, groups and users.

use std::fs::{File, OpenOptions};
use std::io::{BufReader, ErrorKind};
use std::path::{Path, PathBuf};

use import::keycloak::{People, realm};
use import::stream::{self, Unread};
use import::{Left, Person, Wanted};
use serde_json::{Map, Value};

use super::bring::Bringing;
use super::people::{self, Source, open};
use crate::args::{BringArgs, KeycloakArgs};
use crate::exit::Exit;
use crate::work::{self, failed};

pub(super) fn run(args: &KeycloakArgs) -> Result<(), Exit> {
    let files = files(&args.files)?;
    // What is wrong with the files as a whole is known before the database is opened.
    let members = members(&files)?;
    let environment = work::environment(&args.environment)?;
    opened(&args.bring)?;
    work::with(&args.bring.on, async |app| {
        if args.bring.strict && !args.bring.dry_run {
            let mut rehearsal = Bringing::new(app, environment, true);
            one(args, &files, &members, &mut rehearsal).await?;
            fits(&rehearsal, "keycloak", &args.bring)?;
        }
        let mut bringing = Bringing::new(app, environment, args.bring.dry_run);
        let ended = one(args, &files, &members, &mut bringing).await;
        told(&bringing, ended, "keycloak", &args.bring)
    })
}

async fn one(
    args: &KeycloakArgs,
    files: &[PathBuf],
    members: &Map<String, Value>,
    bringing: &mut Bringing,
) -> Result<(), Exit> {
    let mut realm = realm(members);
    bringing.report.left.extend(realm.left);
    objects(bringing, realm.wanted).await?;
    let custom = bringing.custom_attributes().await.map_err(failed)?;
    realm.people.know(custom.iter().map(|(name, many)| (name.as_str(), *many)));
    people::enter(bringing, Users(realm.people), files.to_vec(), &args.bring).await
}

/// Where a rehearsal shows that something would be refused, nothing is imported.
pub(super) fn fits(rehearsal: &Bringing, source: &str, args: &BringArgs) -> Result<(), Exit> {
    if rehearsal.report.refused == 0 {
        return Ok(());
    }
    tell(rehearsal, source, args);
    Err(Exit::Failure(format!("{} refused: nothing was imported", rehearsal.report.refused)))
}

/// Tells what was done, also where the import ended before its end; then its ids are written down where there are any.
pub(super) fn told(done: &Bringing, ended: Result<(), Exit>, source: &str, args: &BringArgs) -> Result<(), Exit> {
    tell(done, source, args);
    if let Some(path) = args.ids.as_ref().filter(|_| ended.is_ok() || done.report.has_ids()) {
        let text = format!("{:#}\n", done.report.ids());
        std::fs::write(path, text).map_err(|error| unwritten(path, &error))?;
    }
    ended?;
    strictly(done, args)
}

/// Writes objects, and first finds those that every environment has.
pub(super) async fn objects(bringing: &mut Bringing, wanted: Vec<Wanted>) -> Result<(), Exit> {
    bringing.know_begun().await.map_err(failed)?;
    bringing.bring(wanted).await.map_err(failed)
}

/// That the ids can be written down where that is asked for is known before anything is. What is there is left as it is, and where
/// nothing is, nothing is left: an import that fails wrote no ids down.
pub(super) fn opened(args: &BringArgs) -> Result<(), Exit> {
    let open = |path: &PathBuf| {
        let made = match OpenOptions::new().write(true).create_new(true).open(path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                OpenOptions::new().write(true).open(path).map(drop)
            }
            made => made.and_then(|_| std::fs::remove_file(path)),
        };
        made.map_err(|error| unwritten(path, &error))
    };
    args.ids.as_ref().map_or(Ok(()), open)
}

fn unwritten(path: &Path, error: &std::io::Error) -> Exit {
    Exit::CannotCreate(format!("{} cannot be written: {error}", path.display()))
}

/// Prints the report.
#[expect(clippy::print_stdout, reason = "the answer of the command")]
fn tell(done: &Bringing, source: &str, args: &BringArgs) {
    if args.json {
        println!("{:#}", done.report.json(source, &done.environment.to_string(), done.rehearsed));
    } else {
        println!("{}", done.report.text(done.rehearsed));
    }
}

/// With `--strict` whatever is refused is a failure, also where only a commit showed it.
fn strictly(done: &Bringing, args: &BringArgs) -> Result<(), Exit> {
    match done.report.refused {
        refused if refused > 0 && args.strict => Err(Exit::Failure(format!("{refused} refused"))),
        _ => Ok(()),
    }
}

/// The files, and those of the directories: the realm's first.
fn files(named: &[PathBuf]) -> Result<Vec<PathBuf>, Exit> {
    let mut files = Vec::new();
    for path in named {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let unreadable = |error| Exit::Configuration(format!("{} cannot be read: {error}", path.display()));
        let mut inside = Vec::new();
        for entry in std::fs::read_dir(path).map_err(unreadable)? {
            let file = entry.map_err(unreadable)?.path();
            if file.extension().is_some_and(|ending| ending == "json") {
                inside.push(file);
            }
        }
        inside.sort();
        if inside.is_empty() {
            return Err(Exit::Configuration(format!("{} holds no .json file", path.display())));
        }
        files.append(&mut inside);
    }
    Ok(files)
}

/// What the files say of the realm beside its users. Those of one realm belong together.
fn members(files: &[PathBuf]) -> Result<Map<String, Value>, Exit> {
    let mut whole = Map::new();
    for path in files {
        let read = read(path)?;
        let (known, named) = (whole.get("realm"), read.get("realm"));
        if known.is_some() && named.is_some() && known != named {
            return Err(Exit::Configuration(format!(
                "{} is of another realm than the files before it",
                path.display()
            )));
        }
        whole.extend(read);
    }
    if !whole.contains_key("realm") {
        return Err(Exit::Configuration("none of the files is an export of a realm: it has no member `realm`".into()));
    }
    Ok(whole)
}

fn read(path: &Path) -> Result<Map<String, Value>, Exit> {
    let read = stream::members(open(path)?, "users");
    read.map_err(|unread| Exit::Configuration(format!("{} {unread}", path.display())))
}

struct Users(People);

impl Source for Users {
    fn read(&self, file: BufReader<File>, take: &mut dyn FnMut(&Value) -> bool) -> Result<(), Unread> {
        stream::object(file, "users", &mut |user| take(&user)).map(drop)
    }

    fn person(&self, user: &Value, left: &mut Left) -> Option<Person> {
        self.0.person(user, left)
    }
}

#[cfg(test)]
mod tests {
    use protocol::expression::{Effort, Expression};
    use protocol::time::Time;
    use serde_json::json;

    use super::*;

    /// The expressions of mappers are worth here what Keycloak tells: a full name of one name, or of none, has nothing beside it.
    #[test]
    fn a_full_name_is_what_there_is_of_it() {
        let mapper = json!({ "name": "full", "protocolMapper": "oidc-full-name-mapper", "config": { "id.token.claim": "true" } });
        let clients = json!([{ "clientId": "shop", "protocolMappers": [mapper] }]);
        let read = realm(&[("clients".to_owned(), clients)].into_iter().collect());
        let mapping = read.wanted.iter().find(|one| one.kind == "attributes").map(|one| &one.body["value"]);
        let full = Expression::parse(mapping.and_then(Value::as_str).unwrap_or_default()).unwrap();
        for (name, worth) in [
            (json!({ "given": "Ada", "family": "Lovelace" }), "Ada Lovelace"),
            (json!({ "given": "Ada" }), "Ada"),
            (json!({ "family": "Lovelace" }), "Lovelace"),
            (json!({}), ""),
        ] {
            let root = json!({ "user": { "name": name } });
            let told = full.evaluate(&root, Time::from_secs(0), &mut Effort::default());
            assert_eq!(told.unwrap(), worth, "{root}");
        }
        let nameless = full.evaluate(&json!({ "user": {} }), Time::from_secs(0), &mut Effort::default());
        assert_eq!(nameless.unwrap(), "");
    }
}
