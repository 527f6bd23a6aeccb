//! What the program `grantor` reads from its operator. A program has no library, so its sources are taken in here.
#![no_main]
#![allow(dead_code, unused_imports)]

#[path = "../../../../crates/cli/src/args.rs"]
mod args;
#[path = "../../../../crates/cli/src/config/mod.rs"]
mod config;
#[path = "../../../../crates/cli/src/exit.rs"]
mod exit;
mod import;

grantor_fuzz::targets! {
    config_file
    csv_records
    environment_file
    public_origin
}
