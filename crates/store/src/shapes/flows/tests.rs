//! Rows that another version wrote are read, and it reads ours.

use protocol::flow::{Flow, Proof, Purpose, State};
use serde_json::{Value as Json, json};

use crate::shape::Shape;

const ID: &str = "00000000-0000-0000-0000-000000000007";

/// A flow as version 0.1 writes it.
fn flow(state: &Json) -> Json {
    json!({
        "id": ID, "environment": ID, "state": state, "browser": jose::b64::encode(&[1; 32]),
        "request": {
            "application": ID, "issuer": "https://auth.example/as", "response_mode": "form_post",
            "redirect_uri": "https://app.example/cb", "redirect_uri_sent": true, "scope": "openid", "state": "s",
            "prompt": { "none": false, "login": true, "consent": false, "select_account": false },
            "acr": "Single_Factor", "resource": [],
        },
        "created_at": 1, "expires_at": 2, "version": 3,
    })
}

#[test]
fn a_flow_of_version_0_1_is_read_and_written_for_it() {
    for (name, user, session) in [
        ("username_password_required", None, None),
        ("must_change_password", Some(ID), None),
        ("completed", Some(ID), Some(ID)),
        ("resumed", Some(ID), Some(ID)),
        ("cancelled", None, None),
    ] {
        let old = flow(&json!({ "name": name, "user": user, "session": session }));
        let read = Flow::take(&old).unwrap();
        let Purpose::Code(request) = &read.purpose;
        assert_eq!((request.state.as_deref(), read.proven.len(), read.version), (Some("s"), 0, 3));
        assert_eq!((read.state.user().is_some(), read.state.session().is_some()), (user.is_some(), session.is_some()));
        let written = read.put();
        assert_eq!(Flow::take(&written), Ok(read));
        // Nothing that it reads is elsewhere. What is absent reads as null.
        for (member, value) in old.as_object().unwrap().iter().filter(|(member, _)| *member != "state") {
            // More of a request it passes over.
            let own = value.as_object().filter(|_| member == "request");
            for (name, value) in own.into_iter().flatten() {
                assert_eq!(&written[member][name], value, "{name}");
            }
            assert!(own.is_some() || &written[member] == value, "{member}");
        }
        for member in ["name", "user", "session"] {
            assert_eq!(written["state"][member], old["state"][member], "{name} {member}");
        }
    }
}

#[test]
fn what_was_proven_is_kept() {
    let mut flow = Flow::take(&flow(&json!({ "name": "must_change_password", "user": ID }))).unwrap();
    flow.proven = vec![Proof::Password];
    assert_eq!(flow.put()["proven"], json!(["pwd"]));
    assert_eq!(Flow::take(&flow.put()), Ok(flow));
    assert!(State::take(&json!({ "name": "tomorrows_state" })).is_err());
    assert!(State::take(&json!({ "name": "completed", "user": ID })).is_err());
}
