use super::*;
use crate::model::{Application, SecretPair};
use crate::registration::Registration;

fn allowed(scope: &str, claims: &[&str], resource: &[&str]) -> Allowed {
    let texts = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect();
    Allowed { scope: Scope::parse(scope).unwrap(), claims: texts(claims), resource: texts(resource) }
}

#[test]
fn only_what_is_new_is_asked_for() {
    let known = allowed("openid email", &["name"], &["https://one.example"]);
    for (wanted, new) in [
        (allowed("openid", &[], &[]), allowed("", &[], &[])),
        (known.clone(), allowed("", &[], &[])),
        (allowed("email profile openid", &[], &[]), allowed("profile", &[], &[])),
        (allowed("openid", &["name", "email"], &[]), allowed("", &["email"], &[])),
        (allowed("openid", &[], &["https://two.example"]), allowed("", &[], &["https://two.example"])),
    ] {
        assert_eq!(wanted.beyond(&known), new, "{wanted:?}");
        assert_eq!(new.is_empty(), wanted.beyond(&known).is_empty());
        let both = known.with(&wanted);
        assert!(wanted.beyond(&both).is_empty() && known.beyond(&both).is_empty(), "{both:?}");
    }
}

/// CD-08: what any program on the device may take is no site's.
#[test]
fn an_answer_goes_to_a_site_or_to_a_device() {
    for site in ["https://app.example/cb", "HTTPS://app.example:8443", "https://127.0.0.1.example/cb"] {
        assert_eq!(direction(Some(site)), Direction::Web, "{site}");
    }
    for device in [
        "http://127.0.0.1/cb",
        "http://localhost:1234/cb",
        "http://[::1]:80/",
        "https://localhost/cb",
        "https://app.localhost:443/cb",
        "https://127.9.9.9/cb",
        "com.example.app:/cb",
        "com.example.app://host/cb",
        "https:opaque",
        "",
    ] {
        assert_eq!(direction(Some(device)), Direction::Device, "{device}");
    }
}

#[test]
fn a_client_is_foreign_where_anybody_could_have_registered_it() {
    let of = |registration: Option<Registration>| {
        let application = Application { registration: registration.map(Box::new), ..Application::default() };
        Client {
            application,
            secrets: SecretPair::default(),
            grants: Vec::new(),
            mappings: crate::mapping::ApplicationMappings::default(),
        }
        .is_foreign()
    };
    assert!(of(Some(Registration { open: true, ..Registration::default() })));
    assert!(!of(Some(Registration::default())) && !of(None), "an administrator's token answers for it");
}
