//! The table of who names whom: what is named does not vanish between the check and the commit of who names it, nor the other way round. A
//! property that comes to name another object has a row here, or the first test fails.

mod names;
mod world;

use std::collections::BTreeSet;

use testkit::{Request, TestApp, each_store};

use super::held::COMMIT;
use world::World;

/// What becomes of the end of something that is named.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Ends {
    /// It is refused, in a sentence with these words.
    Refused(&'static str),
    /// What names it names it no more.
    LetGo,
}
use Ends::{LetGo, Refused};

/// What names, by which property, what; whether that is by an id; and what becomes of its end. Properties that the descriptions say are
/// called as there.
const TABLE: &[(&str, bool, Ends)] = &[
    ("actions applications.id -> Application", true, LetGo),
    ("actions attributes.name -> SchemaAttribute", false, Refused("while the sign-on policy")),
    ("actions discoveryRules.identityProvider -> IdentityProvider", true, LetGo),
    ("actions identityProvider -> IdentityProvider", true, Refused("while an action of the sign-on policy")),
    ("actions registration.population -> Population", true, LetGo),
    ("actions socialProviders -> IdentityProvider", true, LetGo),
    ("adminConfig provider -> IdentityProvider", true, LetGo),
    ("applications accessControl.group.groups -> Group", true, LetGo),
    ("applications accessControl.group.groups -> Population", true, LetGo),
    ("applications signing.keyRotationPolicy.id -> KeyRotationPolicy", true, Refused("must not be in use")),
    ("attributes oidcScopes -> Scope", true, Refused("is told with it alone")),
    ("attributes value -> SchemaAttribute", false, Refused("while the mapping")),
    ("authorizationDetailsTypes resource -> Resource", true, LetGo),
    ("grants resource -> Resource", true, LetGo),
    ("grants scopes -> Scope", true, LetGo),
    ("groups population -> Population", true, LetGo),
    ("groups userFilter -> SchemaAttribute", false, Refused("while the userFilter of the group")),
    ("identityProviders idpVerification.certificates -> Certificate", true, Refused("must not be in use")),
    ("identityProviders registration.population -> Population", true, LetGo),
    ("identityProviders spSigning.key -> KeyPair", true, Refused("must not be in use")),
    ("populations defaultIdentityProvider -> IdentityProvider", true, Refused("default of a population")),
    ("populations passwordPolicy -> PasswordPolicy", true, Refused("while a population uses it")),
    ("providerAttributes name -> SchemaAttribute", false, Refused("while the mapping")),
    ("resourceAttributes value -> SchemaAttribute", false, Refused("while the mapping")),
    ("roleAssignments role -> Role", true, Refused("must not be in use")),
    ("roles canBeAssignedBy -> Role", true, Refused("must not be in use")),
    ("scopes mappedClaims -> ResourceAttribute", true, LetGo),
    ("scopes schemaAttributes -> SchemaAttribute", false, LetGo),
    ("signOnPolicyAssignments signOnPolicy -> SignOnPolicy", true, LetGo),
    ("users identityProvider.id -> IdentityProvider", true, Refused("a user has it")),
];

/// Every property that refers to something, as the descriptions say it, is in the table.
#[test]
fn whatever_names_another_is_in_the_table() {
    let rows: BTreeSet<&str> = TABLE.iter().map(|(row, ..)| *row).collect();
    let lacking: Vec<String> = names::all().into_iter().filter(|found| !rows.contains(&**found)).collect();
    assert!(lacking.is_empty(), "no row of {lacking:#?}");
}

/// RC-01: whoever comes first, nothing names what is gone; and then what is named stays, or is named no more.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_named_stays_or_is_named_no_more() {
    each_store(|app| async move {
        let world = World::make(&app).await;
        let mut faults = Vec::new();
        for (row, by_id, ends) in TABLE {
            for first in ["the end", "the name"] {
                // A name need not be anybody's.
                if *by_id || first == "the end" {
                    faults.extend(meet(&world, row, first, *ends).await);
                }
            }
        }
        assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    })
    .await;
}

/// Decides `first` and lets the other happen before it is committed.
async fn meet(world: &World<'_>, row: &str, first: &str, ends: Ends) -> Option<String> {
    let app = world.app;
    let pair = world.pair(row).await;
    let (method, path, body) = pair.write.clone();
    let write = world.request(method.as_str(), &path).json(&body);
    let end = world.request("DELETE", &pair.named);
    let late = if first == "the end" {
        app.between(COMMIT, app.send(end), async { drop(app.send(write).await) }).await
    } else {
        app.between(COMMIT, app.send(write), async { drop(app.send(end).await) }).await
    };
    let fault =
        |what: &str, text: &str| Some(format!("{row}, {first} first: {what}: {} {} / {text}", late.status, late.text));
    if late.status >= 500 {
        return fault("no answer", "");
    }
    let names = async || {
        let read = app.send(world.request("GET", &pair.read)).await;
        (read.text.contains(&pair.id), read.text)
    };
    let (is_named, text) = names().await;
    if is_gone(app, world.request("GET", &pair.named)).await {
        return if is_named { fault("it is gone and named", &text) } else { None };
    }
    if !is_named {
        return fault("it is there and nobody names it", &text);
    }
    let end = app.send(world.request("DELETE", &pair.named)).await;
    match ends {
        Refused(words) if end.status < 400 || !end.text.contains(words) => fault("its end is not refused", &end.text),
        LetGo if end.status != 204 => fault("its end is refused", &end.text),
        LetGo if names().await.0 => fault("its end leaves its name", &names().await.1),
        _ => None,
    }
}

async fn is_gone(app: &TestApp, read: Request) -> bool {
    app.send(read).await.status == 404
}
