//! `grantor import auth0`: clients, and users with their passwords.

use std::collections::HashMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::sync::Arc;

use import::auth0::{self, People};
use import::stream::{self, Unread};
use import::{Left, Person, Wanted};
use serde_json::Value;

use super::bring::Bringing;
use super::keycloak::{fits, objects, opened, told};
use super::people::{self, Source, open};
use crate::args::Auth0Args;
use crate::exit::Exit;
use crate::work;

pub(super) fn run(args: &Auth0Args) -> Result<(), Exit> {
    let environment = work::environment(&args.environment)?;
    // What is wrong with the files as a whole is known before the database is opened.
    let (mut wanted, mut left) = (Vec::new(), Left::default());
    for path in &args.clients {
        values(path, &mut |found| auth0::clients(&found, &mut wanted, &mut left))?;
    }
    let mut hashes = HashMap::new();
    for path in &args.passwords {
        values(path, &mut |user| hashes.extend(auth0::password(&user)))?;
    }
    // So that nothing is written of a file that breaks off, or is not there. What is no file cannot be read twice.
    for path in args.users.iter().filter(|path| path.is_file() || path.is_dir() || !path.exists()) {
        values(path, &mut drop)?;
    }
    let hashes = Arc::new(hashes);
    opened(&args.bring)?;
    work::with(&args.bring.on, async |app| {
        let begin = |rehearsed| Bringing::new(app, environment, rehearsed);
        if args.bring.strict && !args.bring.dry_run {
            let mut rehearsal = begin(true);
            one(args, &wanted, &left, &hashes, &mut rehearsal).await?;
            fits(&rehearsal, "auth0", &args.bring)?;
        }
        let mut bringing = begin(args.bring.dry_run);
        let ended = one(args, &wanted, &left, &hashes, &mut bringing).await;
        told(&bringing, ended, "auth0", &args.bring)
    })
}

async fn one(
    args: &Auth0Args,
    wanted: &[Wanted],
    left: &Left,
    hashes: &Arc<HashMap<String, String>>,
    bringing: &mut Bringing,
) -> Result<(), Exit> {
    bringing.report.left.extend(left.clone());
    objects(bringing, wanted.to_vec()).await?;
    let users = Users(People::new(hashes.clone()));
    people::enter(bringing, users, args.users.clone(), &args.bring).await
}

fn values(path: &Path, take: &mut dyn FnMut(Value)) -> Result<(), Exit> {
    let read = stream::values(open(path)?, &mut |value| {
        take(value);
        true
    });
    read.map_err(|unread| Exit::Configuration(format!("{} {unread}", path.display())))
}

struct Users(People);

impl Source for Users {
    fn read(&self, file: BufReader<File>, take: &mut dyn FnMut(&Value) -> bool) -> Result<(), Unread> {
        stream::values(file, &mut |user| take(&user))
    }

    fn person(&self, user: &Value, left: &mut Left) -> Option<Person> {
        self.0.person(user, left)
    }
}
