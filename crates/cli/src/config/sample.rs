//! A configuration file to begin with: every key, explained, with its default or an example, and switched off.

use std::fmt::Write as _;

use super::keys::KEYS;

/// The text of the file.
pub(crate) fn sample() -> String {
    let mut text = HEAD.to_owned();
    let mut table = "";
    // TOML: what belongs to no table comes before the first one.
    let (alone, below): (Vec<_>, Vec<_>) = KEYS.iter().partition(|key| !key.name.contains('.'));
    for key in alone.into_iter().chain(below) {
        let (of, name) = key.name.rsplit_once('.').unwrap_or(("", key.name));
        // Writing to a String cannot fail.
        if of != table {
            let _ = write!(text, "\n[{of}]\n");
            table = of;
        }
        let _ = write!(text, "\n{}# {}\n", folded(key.about), key.env);
        let _ = writeln!(text, "#{name} = {}", key.example);
    }
    text + MOUNTS
}

/// A comment, in lines that fit a screen.
fn folded(about: &str) -> String {
    let mut lines = vec![String::from("#")];
    for word in about.split_whitespace() {
        if lines.last().is_some_and(|line| line.len() + word.len() > 98) {
            lines.push("#".into());
        }
        if let Some(line) = lines.last_mut() {
            line.push(' ');
            line.push_str(word);
        }
    }
    lines.join("\n") + "\n"
}

const HEAD: &str = "# Configuration of `grantor serve`. Nothing is compulsory: a line that begins with # is left out, and its default holds.
# Each key can be given as the variable below its explanation instead, which wins over this file; with _FILE behind it the
# variable names a file with the value. `grantor config check --config FILE` says whether all is right.
";

const MOUNTS: &str = "
# One more way to an environment, which always answers under its id: repeat the table for each.
# The layout decides paths and the shape of answers: \"pingone\" or \"spring\".
#[[mounts]]
#path = \"/ms-auth-server\"
#layout = \"spring\"
#environment = \"00e4d60b-9a66-4994-a6c8-5b94fff63e29\"
";
