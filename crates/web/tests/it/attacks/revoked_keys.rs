//! A signing key that leaked is taken away at once (attacks A14): whoever has it can sign with any time in it, so that nothing which it
//! signed may count.

use engine::bootstrap::dev;
use engine::housekeeping::Following;
use engine::rotation::{self, Line};
use jose::{Alg, Compact, Jwks, SigningKey};
use protocol::audit::Action;
use protocol::id::EnvironmentId;
use protocol::model::KeyStatus;
use serde_json::json;
use testkit::{FakeWorld, SANDBOX, TestApp, claims, each_store};

use super::forgery::key_of;
use super::keys::{environments, introspect, shared, user_tokens, userinfo};
use super::{authorize, parameters, sign_on};

const ADMINISTRATORS: EnvironmentId = EnvironmentId::new(dev::ADMIN_ENVIRONMENT);

fn kid(token: &str) -> String {
    Compact::parse(token).unwrap().kid().unwrap().to_owned()
}

/// The key ids of the environment's key set.
async fn published(server: &TestApp, environment: EnvironmentId) -> Vec<String> {
    let answer = server.get(&format!("/{environment}/as/jwks")).await;
    let keys = Jwks::parse(answer.text.as_bytes()).unwrap();
    keys.keys().iter().map(|key| key.kid().unwrap().to_owned()).collect()
}

/// Those of the environment that sign now, of its own and as they were chosen.
async fn signing(server: &TestApp) -> Vec<(String, Alg, bool)> {
    let keys = server.app.store.keys(SANDBOX).await.unwrap();
    let active = keys.into_iter().filter(|key| key.status == KeyStatus::Active);
    active.map(|key| (key.kid, key.alg, key.chosen)).collect()
}

/// Two processes of one address on the same database.
async fn processes(server: &TestApp) -> [TestApp; 2] {
    let process =
        async |seed| TestApp::build().clock(FakeWorld::new(seed)).over(server.base.store.clone()).again().start().await;
    [process(11).await, process(12).await]
}

/// A token of before, signed anew by whoever has the key.
fn signed(token: &str, key: &SigningKey) -> String {
    key.sign(None, claims(token).to_string().as_bytes()).unwrap()
}

/// MD-07: at userinfo, introspection, the management API and as a hint, on every process; what it signed before as well as what a thief
/// signs with it. Another key signs from that moment on, and what no key signed lives on.
#[tokio::test]
async fn a_key_that_leaked_is_refused_at_once() {
    each_store(|store| async move {
        let [server, other] = processes(&store).await;
        let mut following = Following::default();
        following.learn(&other.app).await.unwrap();
        let (access, identity) = user_tokens(&server).await;
        let worker = server.worker_token().await;
        let thief = key_of(&server, SANDBOX, KeyStatus::Active).await;
        let browser = server.browser();
        sign_on(&browser, &authorize(&shared(), &[]), dev::USERNAME).await;
        let hinted = authorize(&shared(), &[("id_token_hint", &identity), ("prompt", "none")]);
        assert!(parameters(&browser.get(&hinted).await).contains_key("code"));
        for process in [&server, &other] {
            userinfo(process, &signed(&access, &thief)).await.expect(200);
            assert_eq!(environments(process, &worker).await, 200);
        }
        let (leaked, leaked_admin) = (kid(&access), kid(&worker));
        let new = rotation::revoke(&server.app, SANDBOX, &leaked).await.unwrap().unwrap();
        let new_admin = rotation::revoke(&server.app, ADMINISTRATORS, &leaked_admin).await.unwrap().unwrap();
        following.learn(&other.app).await.unwrap();
        for process in [&server, &other] {
            for token in [&access, &signed(&access, &thief), &identity] {
                assert_eq!(userinfo(process, token).await.status, 401);
                assert_eq!(introspect(process, token).await, json!({ "active": false }));
            }
            assert_eq!(environments(process, &worker).await, 401);
            assert_eq!(published(process, SANDBOX).await, [new.as_str()]);
            assert_eq!(published(process, ADMINISTRATORS).await, [new_admin.as_str()]);
        }
        assert_eq!(parameters(&browser.get(&hinted).await)["error"], "invalid_request");
        let (access, identity) = user_tokens(&server).await;
        assert_eq!((kid(&access), kid(&identity)), (new.clone(), new));
        userinfo(&other, &access).await.expect(200);
        assert_eq!(environments(&other, &server.worker_token().await).await, 200);
        // The session is no token: the person is signed on still.
        assert!(parameters(&browser.get(&authorize(&shared(), &[("prompt", "none")])).await).contains_key("code"));
        // What is gone cannot go again, and the owner is told what there is.
        let again = rotation::revoke(&server.app, SANDBOX, &leaked).await.unwrap_err().into_refused();
        assert!(again.details[0].message.contains(&kid(&access)), "{again:?}");
    })
    .await;
}

/// MD-07: one that signs no more, one that waits, and one that applications chose: the others go on as they were.
#[tokio::test]
async fn each_kind_of_key_can_be_revoked() {
    each_store(|server| async move {
        server.change(dev::SHARED_WEB_APPLICATION, json!({ "idTokenSignedResponseAlg": "ES256" })).await;
        let (access, identity) = user_tokens(&server).await;
        let before = signing(&server).await;
        // Retired: refused from now on, whatever time a token has in it.
        let now = rotation::rotate(&server.app, SANDBOX, Line::Own(None), true).await.unwrap();
        server.app.forget(SANDBOX);
        userinfo(&server, &access).await.expect(200);
        assert_eq!(rotation::revoke(&server.app, SANDBOX, &kid(&access)).await.unwrap(), None, "another signs already");
        assert_eq!(userinfo(&server, &access).await.status, 401);
        // Waiting: it never signs.
        let waits = rotation::rotate(&server.app, SANDBOX, Line::Own(None), false).await.unwrap();
        assert_eq!(rotation::revoke(&server.app, SANDBOX, &waits).await.unwrap(), None);
        server.wait(3_600);
        rotation::finish_due(&server.app).await.unwrap();
        let es = before.iter().find(|(.., chosen)| *chosen).unwrap().clone();
        assert_eq!(es.0, kid(&identity));
        assert_eq!(signing(&server).await, [es.clone(), (now.clone(), Alg::Rs256, false)]);
        // Chosen, with one that waits behind it, which the thief may have as well.
        let waits = rotation::rotate(&server.app, SANDBOX, Line::Chosen(Alg::Es256), false).await.unwrap();
        let new = rotation::revoke(&server.app, SANDBOX, &es.0).await.unwrap().unwrap();
        let mut kids = published(&server, SANDBOX).await;
        kids.sort_unstable();
        let mut expected = [now, new.clone()];
        expected.sort_unstable();
        assert_eq!(kids, expected, "without {waits}");
        assert_eq!(kid(&user_tokens(&server).await.1), new);
        // It is on record, with what it came to.
        let list = store::List { filter: None, after: None, limit: 1000 };
        let told = server.app.store.activities(SANDBOX, &list).await.unwrap().rows;
        let told = told.into_iter().map(|row| row.event).filter(|event| event.action == Action::KeyRevoked);
        let notes: Vec<String> = told.map(|event| event.note.unwrap()).collect();
        assert!(
            notes.len() == 3 && notes.iter().any(|note| note.contains(&format!("ES256 {new} active"))),
            "{notes:?}"
        );
    })
    .await;
}

/// MD-07, MD-08: beside rotations and what is due, on two processes: the key is gone, and of each line one signs.
#[tokio::test]
async fn a_revocation_beside_rotations_leaves_one_key() {
    each_store(|store| async move {
        let [server, other] = processes(&store).await;
        for round in 0..12 {
            server.wait(700);
            other.wait(700);
            let leaked = signing(&server).await.remove(0).0;
            if round % 3 == 0 {
                let _ = rotation::rotate(&server.app, SANDBOX, Line::Own(Some(Alg::Es256)), false).await;
                server.wait(700);
                other.wait(700);
            }
            let line = || Line::Own(Some(Alg::Es256));
            // Whoever is late is refused, or lost: that is no fault here.
            let (revoked, due, _, again) = tokio::join!(
                rotation::revoke(&server.app, SANDBOX, &leaked),
                rotation::finish_due(&other.app),
                rotation::rotate(&other.app, SANDBOX, line(), round % 2 == 0),
                rotation::revoke(&other.app, SANDBOX, &leaked),
            );
            due.unwrap();
            assert!(revoked.is_ok() || again.is_ok(), "{revoked:?} {again:?}");
            let keys = server.app.store.keys(SANDBOX).await.unwrap();
            assert!(keys.iter().all(|key| key.kid != leaked), "{round}");
            assert_eq!(signing(&server).await.len(), 1, "{round}");
        }
    })
    .await;
}
