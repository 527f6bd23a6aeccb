//! `grantor import pingone`: an environment of a tenant, read at its management API.

mod tenant;

use std::collections::HashMap;

use engine::import::Import;
use import::pingone::{self, KINDS, Kind};
use import::{KEY, Left, Wanted};
use protocol::id::EnvironmentId;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::bring::Bringing;
use super::keycloak::{fits, opened, told};
use super::{TOLD, existing, on_the_way, people};
use crate::args::PingOneArgs;
use crate::exit::Exit;
use crate::work::{self, failed};
use tenant::{Found, Tenant};

type Row = Map<String, Value>;

pub(super) fn run(args: &PingOneArgs) -> Result<(), Exit> {
    let source = work::environment(&args.environment)?;
    let into = args.into.as_deref().map_or(Ok(source), |into| named("--into", into))?;
    let worker = args.worker_environment.as_deref();
    let worker = worker.map_or(Ok(source), |worker| named("--worker-environment", worker))?;
    opened(&args.bring)?;
    work::with(&args.bring.on, async |app| {
        let mut tenant = Tenant::new(app, args, (source, worker))?;
        tenant.find().await?;
        let mut left = Left::default();
        let wanted = configuration(&mut tenant, &mut left).await?;
        if args.bring.strict && !args.bring.dry_run {
            let mut rehearsal = Bringing::new(app, into, true);
            bring(&mut rehearsal, &wanted).await?;
            fits(&rehearsal, "pingone", &args.bring)?;
        }
        let mut bringing = Bringing::new(app, into, args.bring.dry_run);
        bringing.report.left.extend(left);
        let ended = all(&mut tenant, &mut bringing, &wanted, args).await;
        told(&bringing, ended, "pingone", &args.bring)
    })
}

async fn all(tenant: &mut Tenant, bringing: &mut Bringing, wanted: &[Wanted], args: &PingOneArgs) -> Result<(), Exit> {
    bring(bringing, wanted).await?;
    if args.without_users { Ok(()) } else { users(tenant, bringing, wanted, args).await }
}

/// The environment that another flag than `--environment` names.
fn named(flag: &str, id: &str) -> Result<EnvironmentId, Exit> {
    let wrong = || Exit::Configuration(format!("{flag} {id} is not right: it must be a lower-case UUID"));
    EnvironmentId::parse(id).ok_or_else(wrong)
}

async fn bring(bringing: &mut Bringing, wanted: &[Wanted]) -> Result<(), Exit> {
    bringing.bring(wanted.to_vec()).await.map_err(failed)
}

/// Everything of the tenant's environment but its users.
async fn configuration(tenant: &mut Tenant, left: &mut Left) -> Result<Vec<Wanted>, Exit> {
    let (mut wanted, mut nestings) = (Vec::new(), Vec::new());
    for kind in KINDS {
        for row in rows(tenant, &format!("/{}", kind.path), kind.name, left).await? {
            let Some(id) = row.get("id").and_then(Value::as_str) else { continue };
            let secret = secret(tenant, kind, &row, id, left).await?;
            let Some(own) = pingone::wanted(kind, &row, None, secret, left) else { continue };
            wanted.push(own);
            for below in kind.below {
                let path = format!("/{}/{id}/{}", kind.path, below.path);
                for part in rows(tenant, &path, below.name, left).await? {
                    let one = pingone::wanted(*below, &part, Some((kind.path, id)), None, left);
                    // Of two groups either may come first.
                    if below.path == "memberOfGroups" { nestings.extend(one) } else { wanted.extend(one) }
                }
            }
        }
        wanted.append(&mut nestings);
    }
    Ok(wanted)
}

/// All of a list.
async fn rows(tenant: &mut Tenant, path: &str, kind: &'static str, left: &mut Left) -> Result<Vec<Row>, Exit> {
    let mut rows = Vec::new();
    pages(tenant, path, kind, left, &mut |page| rows.extend(page)).await?;
    Ok(rows)
}

/// A list page by page, of which one is in memory. What the worker may not see is told.
async fn pages(
    tenant: &mut Tenant,
    path: &str,
    kind: &'static str,
    left: &mut Left,
    take: &mut dyn FnMut(Vec<Row>),
) -> Result<(), Exit> {
    let mut found = tenant.read(path).await?;
    loop {
        let body = match found {
            Found::Body(body) => body,
            Found::Not(status) => {
                left.add(kind, "", format!("the tenant does not show them to the worker: status {status}"));
                return Ok(());
            }
        };
        let (rows, next) = pingone::page(&body);
        take(rows);
        match next {
            Some(next) => found = tenant.follow(&next).await?,
            None => return Ok(()),
        }
    }
}

/// The secret of what has one, where the worker may read it.
async fn secret(tenant: &mut Tenant, kind: Kind, row: &Row, id: &str, left: &mut Left) -> Result<Option<String>, Exit> {
    let public = row.get("tokenEndpointAuthMethod").and_then(Value::as_str) == Some("NONE");
    let custom = kind.name != "resources" || row.get("type").and_then(Value::as_str) == Some("CUSTOM");
    if !kind.secret || public || !custom {
        return Ok(None);
    }
    let body = match tenant.read(&format!("/{}/{id}/secret", kind.path)).await? {
        Found::Body(body) => body,
        Found::Not(status) => {
            let name = row.get("name").and_then(Value::as_str).unwrap_or(id);
            left.add(
                "secrets",
                name,
                format!("the tenant does not show it to the worker (status {status}): it has a new one"),
            );
            return Ok(None);
        }
    };
    Ok(body.get("secret").and_then(Value::as_str).map(str::to_owned))
}

/// Users, page by page.
async fn users(
    tenant: &mut Tenant,
    bringing: &mut Bringing,
    wanted: &[Wanted],
    args: &PingOneArgs,
) -> Result<(), Exit> {
    let mut left = Left::default();
    let mut memberships = memberships(tenant, wanted, &mut left).await?;
    let import = Import::new(bringing.app().clone(), existing(args.bring.existing));
    let mut import = import.supposing(bringing.supposed());
    let (mut number, mut told) = (0, 0);
    let mut found = tenant.read("/users?limit=1000").await?;
    loop {
        let body = match found {
            Found::Body(body) => body,
            Found::Not(status) => {
                left.add("users", "", format!("the tenant does not show them to the worker: status {status}"));
                break;
            }
        };
        let (rows, next) = pingone::page(&body);
        for some in rows.chunks(super::BATCH) {
            let mut lines = Vec::with_capacity(some.len());
            for row in some {
                number += 1;
                let groups = id_of(row).and_then(|id| memberships.remove(&id)).unwrap_or_default();
                let groups: Vec<String> = groups.iter().map(Uuid::to_string).collect();
                let person = pingone::person(row, &groups, &mut left);
                lines.push(people::line(bringing, &args.bring, number, person));
            }
            people::some(bringing, &mut import, lines).await?;
        }
        if number / TOLD > told {
            told = number / TOLD;
            on_the_way(&format!("{number} users"));
        }
        match next {
            Some(next) => found = tenant.follow(&next).await?,
            None => break,
        }
    }
    bringing.report.left.extend(left);
    Ok(())
}

/// Whom somebody put into which groups, ids alone. Who is in a group by its filter will be here too.
async fn memberships(
    tenant: &mut Tenant,
    wanted: &[Wanted],
    left: &mut Left,
) -> Result<HashMap<Uuid, Vec<Uuid>>, Exit> {
    let mut found: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
    for group in wanted.iter().filter(|one| one.kind == "groups") {
        let Ok(id) = Uuid::parse_str(group.key.trim_start_matches(KEY)) else { continue };
        let filter = format!("memberOfGroups%5Bid%20eq%20%22{id}%22%20and%20type%20eq%20%22DIRECT%22%5D");
        let path = format!("/users?limit=1000&filter={filter}");
        let mut take = |rows: Vec<Row>| {
            for user in rows.iter().filter_map(id_of) {
                found.entry(user).or_default().push(id);
            }
        };
        pages(tenant, &path, "memberships", left, &mut take).await?;
    }
    Ok(found)
}

fn id_of(row: &Row) -> Option<Uuid> {
    row.get("id").and_then(Value::as_str).and_then(|id| Uuid::parse_str(id).ok())
}
