use uuid::Uuid;

use super::*;
use crate::model::Resource;

fn scope(of: u128, name: &str, paths: &[&str]) -> ResourceScope {
    ResourceScope {
        id: ScopeId::new(Uuid::from_u128(name.len() as u128)),
        resource: ResourceId::new(Uuid::from_u128(of)),
        name: name.into(),
        schema_attributes: paths.iter().map(|path| (*path).to_owned()).collect(),
        ..ResourceScope::default()
    }
}

fn reached(scopes: Vec<ResourceScope>, granted: &str) -> Option<Reaches> {
    let resource = |id, kind| Resource { id: ResourceId::new(Uuid::from_u128(id)), kind, ..Resource::default() };
    let resources = vec![resource(1, ResourceType::PingOneApi), resource(2, ResourceType::Custom)];
    let scopes = Scopes { resources, scopes, ..Scopes::default() };
    let granted = Scope::from_tokens(granted.split(' ')).unwrap();
    scopes.reached("p1:read:user", &granted)
}

#[test]
fn what_scopes_reach_is_what_all_of_them_reach_together() {
    let all = || {
        vec![
            scope(1, "p1:read:user", &[]),
            scope(1, "p1:read:user:mail", &["email"]),
            scope(1, "p1:read:user:name", &["name.given"]),
            scope(1, "p1:read:user:none", &[]),
            scope(1, "p1:read:user:all", &["*"]),
            scope(1, "p1:read:userPassword", &["email"]),
            scope(2, "p1:read:user:foreign", &["*"]),
        ]
    };
    let paths = |paths: &[&str]| Some(Reaches::Paths(paths.iter().map(|path| (*path).to_owned()).collect()));
    assert_eq!(reached(all(), "p1:read:user p1:read:user:mail"), Some(Reaches::Everything));
    assert_eq!(reached(all(), "p1:read:user:mail openid"), paths(&["email"]));
    assert_eq!(reached(all(), "p1:read:user:mail p1:read:user:name"), paths(&["email", "name.given"]));
    assert_eq!(reached(all(), "p1:read:user:none"), paths(&[]));
    assert_eq!(reached(all(), "p1:read:user:all"), Some(Reaches::Everything));
    for granted in ["p1:read:userPassword", "p1:read:user:foreign", "p1:update:user", "p1:read:user:gone"] {
        assert_eq!(reached(all(), granted), None, "{granted}");
    }
    let narrowed = vec![scope(1, "p1:read:user", &["username"])];
    assert_eq!(reached(narrowed, "p1:read:user"), paths(&["username"]));
}

#[test]
fn a_path_reaches_itself_and_what_is_below() {
    let own = Reaches::Paths(vec!["name.given".into(), "address".into()]);
    for (path, has, enters) in [
        ("name.given", true, false),
        ("name", false, true),
        ("name.givenMore", false, false),
        ("address.region", true, false),
        ("addressBook", false, false),
    ] {
        assert_eq!((own.has(path), own.enters(path)), (has, enters), "{path}");
    }
}

#[test]
fn predefined_scopes_stay_what_they_are() {
    use ResourceType::{Custom, OpenidConnect, PingOneApi};
    let fault =
        |of, before: Option<&ResourceScope>, after: &ResourceScope| after.fault(of, before).map(|(target, _)| target);
    let read = scope(1, "p1:read:user", &[]);
    let session = scope(1, "p1:read:sessions", &[]);
    let with = |paths: &[&str], of: &ResourceScope| ResourceScope {
        schema_attributes: scope(1, "", paths).schema_attributes,
        ..of.clone()
    };
    assert_eq!(fault(PingOneApi, Some(&read), &with(&["name.given"], &read)), None);
    assert_eq!(fault(PingOneApi, Some(&session), &session), None);
    assert_eq!(fault(PingOneApi, Some(&session), &with(&["email"], &session)), Some("schemaAttributes"));
    for name in ["p1:read:user:x", "p1:update:user:a:b"] {
        assert_eq!(fault(PingOneApi, None, &scope(1, name, &["email"])), None, "{name}");
    }
    for name in ["p1:read:user:", "p1:read:users", "p1:delete:user:x", "p1:read:userx:y", "p1:read:user::x"] {
        assert_eq!(fault(PingOneApi, None, &scope(1, name, &["email"])), Some("name"), "{name}");
    }
    let described = ResourceScope { description: Some("another".into()), ..read.clone() };
    assert_eq!(fault(PingOneApi, Some(&read), &described), Some("description"));
    assert_eq!(fault(OpenidConnect, Some(&scope(3, "profile", &[])), &scope(3, "profiles", &[])), Some("name"));
    assert_eq!(fault(OpenidConnect, None, &scope(3, "pets", &["email"])), Some("schemaAttributes"));
    assert_eq!(fault(Custom, None, &scope(2, "offline_access", &[])), Some("name"));
    assert_eq!(fault(Custom, None, &scope(2, "email", &[])), None);
}
