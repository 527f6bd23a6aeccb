//! The mounts of a configuration file.

use engine::{Layout, Mount};
use protocol::id::EnvironmentId;

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
    let text = |name: &str| table.get(name).and_then(toml::Value::as_str);
    let path = text("path").filter(|p| mountable(p));
    let path = path
        .ok_or_else(|| wrong("path must be one or more plain segments such as /ms-auth-server, not /v1 or a UUID"))?;
    let layout = match text("layout") {
        Some("pingone") => Layout::PingOne,
        Some("spring") => Layout::Spring,
        _ => return Err(wrong("layout must be pingone or spring")),
    };
    let environment = text("environment").and_then(EnvironmentId::parse);
    let environment = environment.ok_or_else(|| wrong("environment must be a lower-case UUID"))?;
    Ok(Mount { path: path.to_owned(), layout, environment })
}

/// A mount that a seed says; without a layout it has PingOne's.
pub(crate) fn at(path: &str, layout: &str, environment: EnvironmentId) -> Result<Mount, &'static str> {
    if !mountable(path) {
        return Err("path must be one or more plain segments such as /shop, not /v1 or a UUID");
    }
    let layout = match layout {
        "" | "pingone" => Layout::PingOne,
        "spring" => Layout::Spring,
        _ => return Err("layout must be pingone or spring"),
    };
    Ok(Mount { path: path.to_owned(), layout, environment })
}

fn mountable(path: &str) -> bool {
    let plain = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    let Some(segments) = path.strip_prefix('/') else { return false };
    let first = segments.split('/').next().unwrap_or_default();
    segments.split('/').all(plain) && !matches!(first, "v1" | "assets" | "try") && EnvironmentId::parse(first).is_none()
}
