//! Names to the linker the functions that a start runs, so that they lie beside each other in an optimized program
//! (docs/adr/0066-functions-in-the-order-of-a-start.md). Decides nothing of what the program does.

use std::env::var;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=start.ld");
    println!("cargo::rerun-if-env-changed=RUSTC_LINKER");
    // A program for musl is linked by `cargo xtask ship`, which names the same script.
    let known = is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu");
    if known && !is("OPT_LEVEL", "0") && !other_linker() {
        println!("cargo::rustc-link-arg-bin=grantor=-T");
        println!("cargo::rustc-link-arg-bin=grantor={}/start.ld", var("CARGO_MANIFEST_DIR").unwrap_or_default());
        if glibc_here() >= BRIEF {
            println!("cargo::rustc-link-arg-bin=grantor=-Wl,-z,pack-relative-relocs");
        }
    }
}

/// The version of this machine's glibc, if it is for this machine that is built.
fn glibc_here() -> (u32, u32) {
    let told = Command::new("getconf").arg("GNU_LIBC_VERSION").output();
    let told = told.ok().filter(|_| var("HOST") == var("TARGET")).map(|output| output.stdout).unwrap_or_default();
    let told = String::from_utf8_lossy(&told);
    let version = told.trim().strip_prefix("glibc ").and_then(|version| version.split_once('.'));
    version.and_then(|(major, minor)| Some((major.parse().ok()?, minor.parse().ok()?))).unwrap_or_default()
}

/// From this one on the addresses that are corrected at a start may be listed in brief; one before does not start such a program.
const BRIEF: (u32, u32) = (2, 36);

fn is(name: &str, value: &str) -> bool {
    var(name).is_ok_and(|is| is == value)
}

/// Rust's own and that of binutils add a script to theirs; of any other it is not known.
fn other_linker() -> bool {
    let flags = var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    var("RUSTC_LINKER").is_ok() || flags.contains("linker") || flags.contains("fuse-ld")
}
