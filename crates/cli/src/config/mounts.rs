//! The mounts of a configuration file.

use engine::{Layout, Mount};
use protocol::id::EnvironmentId;
use web::routes::mounts::{layout, path};

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
