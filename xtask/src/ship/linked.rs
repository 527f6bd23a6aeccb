//! What a program that is linked with all it needs has in it beside crates: the libraries of C and of Rust, with their licences.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::process::printed;

/// One of them.
#[derive(Debug)]
pub(crate) struct Linked {
    pub(crate) name: &'static str,
    pub(crate) version: String,
    pub(crate) licence: &'static str,
    pub(crate) text: String,
}

/// Those of [`super::build`]: Rust brings all of them along, and Zig the same ones with the texts of their licences.
pub(crate) fn linked(root: &Path) -> Result<Vec<Linked>> {
    let zig = zig(&super::tools(root)?)?;
    let rust = |words: &[&str]| printed(Command::new("rustc").args(words).current_dir(root));
    let sysroot = PathBuf::from(rust(&["--print", "sysroot"])?.trim());
    let told = rust(&["--version"])?;
    let own = told.split_whitespace().nth(1).context("rustc tells no version")?.to_owned();
    let read =
        |path: PathBuf| std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()));
    Ok(vec![
        Linked {
            name: "musl",
            version: MUSL.to_owned(),
            licence: "MIT",
            text: read(zig.join("lib/libc/musl/COPYRIGHT"))?,
        },
        Linked {
            name: "llvm-libunwind",
            version: format!("rust-{own}"),
            licence: "Apache-2.0 WITH LLVM-exception",
            text: read(zig.join("lib/libunwind/LICENSE.TXT"))?,
        },
        Linked {
            name: "rust-std",
            version: own,
            licence: "MIT OR Apache-2.0",
            text: read(sysroot.join("share/doc/rust/licenses/MIT.txt"))?,
        },
    ])
}

/// The folder of Zig in the tools, whose interpreter has a version in its path.
fn zig(tools: &Path) -> Result<PathBuf> {
    let interpreters = std::fs::read_dir(tools.join("lib")).context("the tools have no interpreter")?;
    let places = interpreters.filter_map(|entry| Some(entry.ok()?.path().join("site-packages/ziglang")));
    places.into_iter().find(|place| place.is_dir()).context("the tools have no Zig")
}

/// The one that Rust's platforms of this name have since 1.93.
const MUSL: &str = "1.2.5";
