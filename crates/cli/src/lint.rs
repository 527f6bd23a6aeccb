//! `grantor lint`: where environments and their applications fall short of RFC 9700 or of FAPI 2.0, with the fix.
//!
//! It reads the database, also while servers run on it, and changes nothing.

use protocol::lint::{Finding, Level, Profile};
use serde_json::Value;

use crate::args::{LintArgs, LintProfile, Output};
use crate::exit::Exit;
use crate::work::{self, failed};

pub(crate) fn run(args: &LintArgs) -> Result<(), Exit> {
    let environment = args.environment.as_deref().map(work::environment).transpose()?;
    let profile = match args.profile {
        LintProfile::Rfc9700 => Profile::Rfc9700,
        LintProfile::Fapi => Profile::Fapi,
        LintProfile::FapiMessageSigning => Profile::FapiMessageSigning,
    };
    let output = if args.json { Output::Json } else { args.output };
    work::with(&args.on, async |app| {
        let findings = engine::lint::findings(app, profile, environment).await.map_err(failed)?;
        show(&findings, output);
        match findings.iter().filter(|finding| finding.rule.level == Level::Error).count() {
            0 => Ok(()),
            errors => Err(Exit::Failure(format!("{errors} of {} findings are errors", findings.len()))),
        }
    })
}

#[expect(clippy::print_stdout, reason = "the answer of the command")]
fn show(findings: &[Finding], output: Output) {
    match output {
        Output::Text => findings.iter().for_each(|finding| println!("{finding}")),
        Output::Json => println!("{}", Value::from(findings.iter().map(Finding::json).collect::<Vec<_>>())),
    }
}
