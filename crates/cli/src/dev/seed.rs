//! `--seed FILE`: the worlds that a developer's server has from its start. The id of one follows from its name, so it is the same at
//! every start.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use engine::{App, Mount};
use plan::files::gather;
use plan::seed::Seed;
use plan::wanted::Fault;
use protocol::id::EnvironmentId;
use web::dev::seeds;
use web::routes::mounts;

use crate::exit::Exit;
use crate::plan::lookup;

/// Read, and not made yet.
#[derive(Debug, Default)]
pub(crate) struct Seeds(Vec<(EnvironmentId, Seed)>);

impl Seeds {
    /// Reads all files: what is wrong in one is told before anything is made.
    pub(super) fn read(paths: &[PathBuf]) -> Result<Self, Exit> {
        let (mut all, mut faults) = (Vec::new(), Vec::new());
        for path in paths {
            for file in gather(path).map_err(|why| Exit::Configuration(format!("--seed: {why}")))? {
                let elsewhere = |source: &_| lookup(&file.0, source);
                match plan::seed::file(seeds::kinds(), &file, &elsewhere) {
                    Ok(seeds) => all.extend(seeds),
                    Err(mut more) => faults.append(&mut more),
                }
            }
        }
        if !faults.is_empty() {
            return Err(refused(&faults));
        }
        let mut names = BTreeSet::new();
        if let Some(twice) = all.iter().find(|seed| !names.insert(seed.wanted.label.to_lowercase())) {
            return Err(Exit::Configuration(format!("--seed: two worlds are called {}", twice.wanted.label)));
        }
        Ok(Self(all.into_iter().map(|seed| (id(&seed.wanted.label), seed)).collect()))
    }

    /// Where they answer besides.
    pub(super) fn mounts(&self) -> Result<Vec<Mount>, Exit> {
        let mut found = Vec::new();
        for (environment, seed) in &self.0 {
            for mount in &seed.mounts {
                let made = mounts::at(&mount.path, &mount.layout, *environment);
                found.push(made.map_err(|(_, what)| {
                    Exit::Configuration(format!("--seed: a mount of {} is not right: {what}", seed.wanted.label))
                })?);
            }
        }
        Ok(found)
    }

    /// Makes those that are not there yet.
    pub(super) async fn sow(&self, app: &Arc<App>) -> Result<(), Exit> {
        for (id, seed) in &self.0 {
            if seeds::plant(app, *id, seed).await.map_err(|faults| refused(&faults))? {
                tracing::info!(environment = %id, name = seed.wanted.label, "a seed became a world");
            }
        }
        Ok(())
    }
}

fn id(name: &str) -> EnvironmentId {
    let digest = jose::digest::sha256(format!("grantor dev --seed {name}").as_bytes());
    let mut octets = [0; 16];
    octets.copy_from_slice(&digest[..16]);
    EnvironmentId::new(uuid::Builder::from_random_bytes(octets).into_uuid())
}

fn refused(faults: &[Fault]) -> Exit {
    let told: Vec<String> = faults.iter().take(SHOWN).map(ToString::to_string).collect();
    let more = faults.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!("\nand {more} more") } else { String::new() };
    Exit::Configuration(format!("--seed: the server was not started:\n{}{more}", told.join("\n")))
}

const SHOWN: usize = 100;
