//! Lists the migrations of the folder `migrations`, so that a new one is a file and nothing else.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;

/// `NNNN_name.sql` is for both databases; else there are `NNNN_name.sqlite.sql` and `NNNN_name.postgres.sql`.
fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=migrations");
    let mut scripts: BTreeMap<i64, (String, [Option<String>; 2])> = BTreeMap::new();
    for entry in std::fs::read_dir("migrations")? {
        let file = entry?.file_name().into_string().map_err(|name| format!("{}", name.display()))?;
        let stem = file.strip_suffix(".sql").ok_or_else(|| format!("{file} is no script"))?;
        let (number, rest) = stem.split_once('_').ok_or_else(|| format!("{file} has no name"))?;
        let (name, databases) = match rest.split_once('.') {
            None => (rest, [true, true]),
            Some((name, "sqlite")) => (name, [true, false]),
            Some((name, "postgres")) => (name, [false, true]),
            Some(_) => return Err(format!("{file} is for an unknown database").into()),
        };
        let (known, files) = scripts.entry(number.parse()?).or_insert_with(|| (name.to_owned(), [None, None]));
        if known != name {
            return Err(format!("{known} and {name} have the same number").into());
        }
        for (place, _) in files.iter_mut().zip(databases).filter(|(_, is_for)| *is_for) {
            if let Some(other) = place.replace(file.clone()) {
                return Err(format!("{file} and {other} are for the same database").into());
            }
        }
    }
    let mut list = String::from("const SCRIPTS: &[Script] = &[\n");
    for (version, (name, files)) in scripts {
        let [Some(sqlite), Some(postgres)] = files.each_ref().map(|file| file.as_deref().map(text)) else {
            return Err(format!("{name} lacks a database").into());
        };
        writeln!(list, "Script {{ version: {version}, name: {name:?}, sqlite: {sqlite}, postgres: {postgres} }},")?;
    }
    list.push_str("];\n");
    std::fs::write(Path::new(&std::env::var("OUT_DIR")?).join("scripts.rs"), list)?;
    Ok(())
}

fn text(file: &str) -> String {
    format!("include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/migrations/{file}\"))")
}
