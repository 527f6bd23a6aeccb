//! Where functions lie in the program: those that a start runs beside each other, so that a start reads little of the file.
//!
//! The system brings a file into memory by stretches of sixteen pages. The two to three MB that a start runs, strewn over a program of more
//! than twenty, bring most of it (docs/adr/0066-functions-in-the-order-of-a-start.md).

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::process::printed;

/// `cargo xtask order PROGRAM …`: writes what the starts of these programs run, for the linkers of all that are built from now on.
pub(crate) fn command(root: &Path, programs: &[&str]) -> Result<()> {
    ensure!(!programs.is_empty(), "cargo xtask order wants programs with the names of their functions");
    let (mut start, mut first) = (BTreeSet::new(), BTreeSet::new());
    for program in programs {
        let mut trace = Command::new("python3");
        trace.arg("-B").arg(root.join("xtask/src/order/functions.py")).arg(program);
        let reached = printed(&mut trace)?;
        let reached = reached.lines().map(reached_line).collect::<Result<Vec<_>>>()?;
        let all = printed(Command::new("nm").args(["-S", program])).context("binutils read the program")?;
        let sizes = sizes(&all);
        start.extend(patterns(&sizes, &reached, "start"));
        first.extend(patterns(&sizes, &reached, "first"));
    }
    first.retain(|name| !start.contains(name));
    println!("{SCRIPT}: {} names of a start, {} of a first token", start.len(), first.len());
    std::fs::write(root.join(SCRIPT), script(&start, &first)).context(SCRIPT)
}

/// A function that was reached: when, its octets, its name.
type Reached<'a> = (&'a str, u64, &'a str);

fn reached_line(line: &str) -> Result<Reached<'_>> {
    let mut words = line.split(' ');
    let mut next = || words.next().with_context(|| format!("no function: {line}"));
    Ok((next()?, next()?.parse()?, next()?))
}

/// The octets of all functions of one name without what tells instances apart: `ADDRESS SIZE KIND NAME` of `nm -S`.
fn sizes(table: &str) -> BTreeMap<String, u64> {
    let mut sizes = BTreeMap::new();
    for line in table.lines() {
        if let [_, size, "t" | "T" | "w" | "W", name] = line.split_whitespace().collect::<Vec<_>>()[..] {
            *sizes.entry(any_instance(name)).or_default() += u64::from_str_radix(size, 16).unwrap_or_default();
        }
    }
    sizes
}

/// How a linker finds the functions of one of the times. A name is written without what a compiler adds to it, which another version of
/// a dependency changes; but a generic function of which a start runs a few of hundreds of instances is written as it is.
fn patterns(sizes: &BTreeMap<String, u64>, reached: &[Reached<'_>], time: &str) -> BTreeSet<String> {
    let reached = || reached.iter().filter(|(when, ..)| *when == time);
    let mut run: BTreeMap<String, u64> = BTreeMap::new();
    for (_, size, name) in reached() {
        *run.entry(any_instance(name)).or_default() += size;
    }
    let few = |any: &str| sizes.get(any).is_some_and(|all| *all > 2 * run[any]);
    reached()
        .map(|(_, _, name)| {
            let any = any_instance(name);
            if few(&any) { (*name).to_owned() } else { any }
        })
        .collect()
}

/// `_ZN…17h0123456789abcdefE` with a `*` in the place of its digits; any other name as it is.
fn any_instance(name: &str) -> String {
    match name.strip_suffix('E').and_then(|rest| rest.rsplit_once("17h")) {
        Some((path, digits)) if digits.len() == 16 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()) => {
            format!("{path}17h*E")
        }
        _ => name.to_owned(),
    }
}

/// A script that adds to the linker's own. A function that the compiler holds for unlikely has a section of another name.
fn script(start: &BTreeSet<String>, first: &BTreeSet<String>) -> String {
    let section = |name: &str, functions: &BTreeSet<String>| {
        let lines = functions.iter().map(|name| format!("      .text.{name}\n      .text.unlikely.{name}\n"));
        format!("  {name} : {{\n    *(\n{}    )\n  }}\n", lines.collect::<String>())
    };
    format!(
        "/* Written by `cargo xtask order`: what a start runs, and what a first token runs. */\nSECTIONS {{\n{}{}}}\nINSERT BEFORE .text;\n",
        section(".text.start", start),
        section(".text.first", first)
    )
}

/// Beside the program whose build names it to the linker.
pub(crate) const SCRIPT: &str = "crates/cli/start.ld";

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{any_instance, patterns, script, sizes};

    const TABLE: &str = "\
0000000000001000 0000000000000010 t _ZN3one3run17h0123456789abcdefE
0000000000001010 0000000000000010 t _ZN3two4grow17h00000000000000aaE
0000000000001020 0000000000000100 t _ZN3two4grow17h00000000000000bbE
0000000000002000 0000000000000008 T sqlite3_open
0000000000003000 0000000000000100 r _ZN3two4grow17h00000000000000ccE
                 U nothing";

    #[test]
    fn what_a_compiler_adds_to_a_name_is_left_out() {
        assert_eq!(any_instance("_ZN3one3run17h0123456789abcdefE"), "_ZN3one3run17h*E");
        for name in ["sqlite3_open", "_ZN3one3run17hE", "_ZN3one3run17h012345678uabcdefE"] {
            assert_eq!(any_instance(name), name);
        }
    }

    #[test]
    fn a_function_with_many_instances_is_named_as_it_is() {
        let reached = [
            ("start", 0x10, "_ZN3one3run17h0123456789abcdefE"),
            ("start", 0x10, "_ZN3two4grow17h00000000000000aaE"),
            ("first", 8, "sqlite3_open"),
        ];
        let expected = ["_ZN3one3run17h*E", "_ZN3two4grow17h00000000000000aaE"];
        let sizes = sizes(TABLE);
        assert_eq!(patterns(&sizes, &reached, "start"), BTreeSet::from(expected.map(str::to_owned)));
        assert_eq!(patterns(&sizes, &reached, "first"), BTreeSet::from(["sqlite3_open".to_owned()]));
    }

    #[test]
    fn it_adds_to_the_script_of_the_linker() {
        let one = |name: &str| BTreeSet::from([name.to_owned()]);
        let text = script(&one("a"), &one("b"));
        let (start, first) = (text.find(".text.a\n").unwrap(), text.find(".text.b\n").unwrap());
        assert!(text.find(".text.start :").unwrap() < start && start < text.find(".text.first :").unwrap(), "{text}");
        assert!(first < text.find("INSERT BEFORE .text;").unwrap(), "{text}");
        assert!(text.contains(".text.unlikely.a\n"), "{text}");
    }
}
