//! The chart for Kubernetes and the file of Compose, by what reads them: neither a cluster nor an engine is asked.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::{Place, files};
use crate::packages::KUBERNETES;
use crate::process::{folder, printed};

impl Place<'_> {
    /// Helm has nothing to say of it, whichever values it has.
    pub(super) fn chart_lint(&self) -> Result<String> {
        printed(self.judge("lint").arg(self.chart()))?;
        let each = self.values("ci")?;
        each.iter().map(|file| printed(self.judge("lint").arg(self.chart()).arg(file))).collect()
    }

    /// What is rendered of each set of values is right for the oldest Kubernetes and the newest, may run where little is allowed, and gives
    /// the program variables that it takes.
    pub(super) fn chart_rendered(&self) -> Result<String> {
        let place = folder(&self.scratch.join("chart"))?;
        let mut lines = String::new();
        for values in self.values("ci")? {
            let set = values.file_stem().unwrap_or_default();
            for version in KUBERNETES {
                let rendered = printed(self.judge("template").arg(self.chart()).arg(&values).arg(version))?;
                let file = place.join(set).with_extension(format!("{version}.yaml"));
                std::fs::write(&file, &rendered)?;
                let mut kubeconform = Command::new(self.packages.go.join("kubeconform"));
                let schemas = self.packages.schemas.join(version).join("{{.ResourceKind}}{{.KindSuffix}}.json");
                kubeconform.args(["-strict", "-summary", "-kubernetes-version", version, "-schema-location"]);
                lines += &printed(kubeconform.arg(schemas).arg(&file)).with_context(|| file.display().to_string())?;
                printed(self.judge("restricted").arg(&file)).with_context(|| file.display().to_string())?;
                self.knows_the_variables(&rendered)?;
            }
        }
        Ok(lines)
    }

    /// Wrong values are refused, in the words of their file's first line.
    pub(super) fn chart_refuses(&self) -> Result<String> {
        let newest = KUBERNETES.last().context("there is a version")?;
        for values in self.values("ci/refused")? {
            let text = std::fs::read_to_string(&values)?;
            let wanted = text.lines().next().and_then(|line| line.strip_prefix("# ")).context("no words are wanted")?;
            let told = printed(self.judge("template").arg(self.chart()).arg(&values).arg(newest));
            let refused = told.err().with_context(|| format!("{} is not refused", values.display()))?;
            let words = format!("{refused:#}");
            ensure!(words.contains(wanted), "{}: it says {words}", values.display());
        }
        Ok(String::new())
    }

    /// As `docker compose config` reads it.
    pub(super) fn compose(&self) -> Result<String> {
        let mut compose = self.judge("compose");
        compose.arg(self.root.join("deploy/compose.yaml")).env_remove("GRANTOR_VERSION").env_remove("PUBLIC_URL");
        let read = printed(&mut compose)?;
        ensure!(read.contains(&format!("image: grantor:{}\n", self.version)), "it starts another version:\n{read}");
        self.knows_the_variables(&read)?;
        Ok(read)
    }

    fn chart(&self) -> PathBuf {
        self.root.join("deploy/helm/grantor")
    }

    /// The sets of values in a folder of the chart.
    fn values(&self, under: &str) -> Result<Vec<PathBuf>> {
        let all = files(&self.chart().join(under))?.into_iter();
        let sets: Vec<_> = all.filter(|file| file.extension().is_some_and(|end| end == "yaml")).collect();
        ensure!(!sets.is_empty(), "no values in {under}");
        Ok(sets)
    }

    fn judge(&self, verb: &str) -> Command {
        let mut command = Command::new(self.packages.go.join("deploy"));
        command.arg(verb);
        command
    }

    /// The program takes the variables with their values: it refuses what it does not know, and what cannot be.
    fn knows_the_variables(&self, text: &str) -> Result<()> {
        let given = variables(text);
        ensure!(given.get("GRANTOR_HTTP_PUBLIC_URL").is_some_and(|url| !url.is_empty()), "no variables in\n{text}");
        let mut check = Command::new(self.binary);
        check.args(["config", "check"]).env_clear().envs(&given).current_dir("/");
        printed(&mut check).with_context(|| format!("{given:?}")).map(drop)
    }
}

/// The variables of a manifest of Kubernetes or a file of Compose. One that names a file is without `_FILE`, as the file is not here; like every
/// other whose value is elsewhere it is empty, which says nothing.
fn variables(text: &str) -> BTreeMap<&str, &str> {
    let mut found = BTreeMap::new();
    let mut lines = text.lines().map(|line| line.trim_start_matches([' ', '-'])).peekable();
    while let Some(line) = lines.next() {
        let (name, value) = match line.split_once(": ") {
            Some(("name", name)) => (name, lines.peek().and_then(|next| next.strip_prefix("value: "))),
            Some((name, value)) => (name, Some(value)),
            None => continue,
        };
        if !name.starts_with("GRANTOR_") {
            continue;
        }
        match name.strip_suffix("_FILE") {
            Some(name) => found.insert(name, ""),
            None => found.insert(name, value.unwrap_or_default().trim_matches('"')),
        };
    }
    found
}

#[cfg(test)]
mod tests {
    use super::variables;

    #[test]
    fn variables_are_found_with_their_values() {
        let manifest = "env:\n  - name: GRANTOR_AUDIT_DAYS\n    value: \"30\"\n  - name: GRANTOR_ADMIN_CLIENT_ID\n    valueFrom:\n      \
                        secretKeyRef: {}\n  - name: RUST_LOG\n    value: info\n";
        assert_eq!(
            Vec::from_iter(variables(manifest)),
            [("GRANTOR_ADMIN_CLIENT_ID", ""), ("GRANTOR_AUDIT_DAYS", "30")]
        );
        let compose = "  environment:\n    GRANTOR_HTTP_LISTEN: 0.0.0.0:8085\n    GRANTOR_MASTER_KEY_FILE: /run/secrets/master.key\n";
        assert_eq!(
            Vec::from_iter(variables(compose)),
            [("GRANTOR_HTTP_LISTEN", "0.0.0.0:8085"), ("GRANTOR_MASTER_KEY", "")]
        );
    }
}
