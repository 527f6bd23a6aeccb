//! The mounts of a configuration file.

use engine::{Layout, Mount};
use protocol::id::EnvironmentId;
use web::routes::OWN;

use crate::exit::Exit;

/// Reads `[[mounts]]`.
pub(super) fn read(value: &toml::Value, origin: &str) -> Result<Vec<Mount>, Exit> {
    let wrong = |what: &str| wrong(origin, what);
    let items = value.as_array().ok_or_else(|| wrong("write [[mounts]] tables"))?;
    items.iter().map(|item| mount(item, &wrong)).collect()
}

/// Refuses two mounts that would answer the same address: the router holds only one of them.
pub(crate) fn fit(mounts: &[Mount], origin: &str) -> Result<(), Exit> {
    let Some((one, other, address)) = web::routes::collision(mounts) else { return Ok(()) };
    let shown = |mount: &Mount| {
        let layout = match mount.layout {
            Layout::PingOne => "pingone",
            Layout::Spring => "spring",
        };
        format!("{} ({layout})", mount.path)
    };
    let what = format!("{} and {} would both answer {address}: give one another path", shown(one), shown(other));
    Err(wrong(origin, &what))
}

fn wrong(origin: &str, what: &str) -> Exit {
    Exit::Configuration(format!("mounts (from {origin}) is not right: {what}"))
}

fn mount(item: &toml::Value, wrong: &dyn Fn(&str) -> Exit) -> Result<Mount, Exit> {
    let table = item.as_table().ok_or_else(|| wrong("write [[mounts]] tables"))?;
    if let Some(unknown) = table.keys().find(|k| !matches!(k.as_str(), "path" | "layout" | "environment")) {
        return Err(wrong(&format!("{unknown} is no key of a mount; path, layout and environment are")));
    }
    let text = |name: &str| table.get(name).and_then(toml::Value::as_str).unwrap_or_default();
    let path = path(text("path")).map_err(|what| wrong(&what))?;
    let layout = layout(text("layout")).map_err(wrong)?;
    let environment = EnvironmentId::parse(text("environment"));
    let environment = environment.ok_or_else(|| wrong("environment must be a lower-case UUID"))?;
    Ok(Mount { path, layout, environment })
}

/// A mount that a seed says; without a layout it has PingOne's.
pub(crate) fn at(said: &str, shape: &str, environment: EnvironmentId) -> Result<Mount, String> {
    let shape = if shape.is_empty() { "pingone" } else { shape };
    Ok(Mount { path: path(said)?, layout: layout(shape)?, environment })
}

fn path(said: &str) -> Result<String, String> {
    let plain = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    let segments = said.strip_prefix('/').unwrap_or_default();
    let first = segments.split('/').next().unwrap_or_default();
    if segments.split('/').all(plain) && !OWN.contains(&first) && EnvironmentId::parse(first).is_none() {
        return Ok(said.to_owned());
    }
    let own: Vec<String> = OWN.iter().filter(|word| **word != "v1").map(|word| format!("/{word}")).collect();
    Err(format!(
        "path must be one or more plain segments such as /ms-auth-server, not /v1 or a UUID, nor what the server itself answers: {}",
        own.join(", ")
    ))
}

fn layout(said: &str) -> Result<Layout, &'static str> {
    match said {
        "pingone" => Ok(Layout::PingOne),
        "spring" => Ok(Layout::Spring),
        _ => Err("layout must be pingone or spring"),
    }
}
