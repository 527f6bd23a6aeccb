//! `examples/terraform` by Ping's own provider, against a `grantor dev` that leads it there: applied, planned without a difference, destroyed.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::dev::{Dev, read_variables};
use crate::process::{folder, found, limited, printed, random_hex};
use crate::steps::{Run, Tally};

/// The folder of the provider's executable, where it and the CLI are there; else what is missing.
pub(crate) fn provider() -> Result<PathBuf> {
    found("terraform").context("the Terraform CLI is missing")?;
    let named = std::env::var_os(PROVIDER)
        .with_context(|| format!("{PROVIDER} listed no folder with the executable of Ping's provider"))?;
    let place = std::fs::canonicalize(&named).with_context(|| format!("{PROVIDER}: {}", named.display()))?;
    let entries = std::fs::read_dir(&place).with_context(|| format!("{PROVIDER}: {}", place.display()))?;
    let mut listed = entries.filter_map(Result::ok).map(|entry| entry.file_name().to_string_lossy().into_owned());
    let there = listed.any(|name| name.starts_with("terraform-provider-pingone"));
    ensure!(there, "{PROVIDER}: no terraform-provider-pingone in {}", place.display());
    Ok(place)
}

/// Each command that does what it should counts as one passed test.
pub(crate) fn run(all: &mut Run, root: &Path, provider: &Path) -> Result<Tally> {
    let place = root.join("target/clients/terraform");
    // The state of a server that is gone would be taken for this one's.
    let _ = std::fs::remove_dir_all(&place);
    copy_files(&root.join("examples/terraform"), &folder(&place)?)?;
    let settings = place.join("terraform.rc");
    std::fs::write(&settings, overrides(provider))?;
    let _dev = Dev::start_with(root, &["--terraform".as_ref(), place.as_os_str()])?;
    let mut variables = read_variables(&std::fs::read_to_string(place.join("grantor.env"))?);
    variables.push(("TF_CLI_CONFIG_FILE".to_owned(), settings.display().to_string()));
    variables.push(("TF_VAR_partner_client_secret".to_owned(), random_hex(16)?));
    for (name, words) in COMMANDS {
        let mut command = limited(LONGEST, "terraform");
        command.args(words).arg("-no-color").current_dir(&place).envs(variables.iter().cloned());
        match printed(command.env("TF_IN_AUTOMATION", "1").env("TF_INPUT", "0")) {
            Ok(_) => all.pass(name),
            Err(error) => all.fail(name, &format!("{error:#}")),
        }
    }
    Ok(Tally::default())
}

/// The provider is taken from its folder, and none from anywhere else.
fn overrides(provider: &Path) -> String {
    format!(
        "provider_installation {{\n  dev_overrides {{\n    \"pingidentity/pingone\" = \"{}\"\n  }}\n  direct {{\n    exclude = [\"*/*\"]\n  }}\n}}\n",
        provider.display()
    )
}

/// What lies in a folder, without what lies deeper.
fn copy_files(from: &Path, to: &Path) -> Result<()> {
    for entry in std::fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let path = entry?.path();
        if let (true, Some(name)) = (path.is_file(), path.file_name()) {
            std::fs::copy(&path, to.join(name)).with_context(|| format!("cannot copy {}", path.display()))?;
        }
    }
    Ok(())
}

/// A plan ends with 2 when there is something left to do. What was applied is destroyed in any case.
const COMMANDS: [(&str, &[&str]); 4] = [
    ("examples/terraform: apply", &["apply", "-auto-approve"]),
    ("examples/terraform: nothing left to do", &["plan", "-detailed-exitcode"]),
    ("examples/terraform: destroy", &["destroy", "-auto-approve"]),
    ("examples/terraform: nothing left", &["plan", "-destroy", "-detailed-exitcode"]),
];
const PROVIDER: &str = "PINGONE_TERRAFORM_PROVIDER";
const LONGEST: u32 = 300;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    #[test]
    fn the_example_has_as_many_types_as_its_page_says() {
        let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/terraform");
        let mut types = BTreeSet::new();
        for entry in std::fs::read_dir(&place).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "tf") {
                let text = std::fs::read_to_string(path).unwrap();
                let named = text.lines().filter_map(|line| line.strip_prefix("resource \"")?.split('"').next());
                types.extend(named.map(str::to_owned));
            }
        }
        let page = std::fs::read_to_string(place.join("README.md")).unwrap();
        assert!(types.len() >= 25 && page.contains(&format!("{} of its types of resources", types.len())), "{types:?}");
    }
}
