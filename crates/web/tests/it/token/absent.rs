//! Who is told that there is nothing to revoke, or to sign off, is told so after the event of it is on record: a leader that was frozen,
//! and wakes up, records nothing.

use protocol::id::CorrelationId;
use testkit::{Answer, TestApp, each_store, shared};

/// Whether the event is there by the time of the answer: nobody waits for the events that are written in batches.
async fn is_on_record(server: &TestApp, answer: &Answer) -> bool {
    let correlation = CorrelationId::parse(answer.correlation()).unwrap();
    !server.app.store.explain(correlation).await.unwrap().is_empty()
}

/// H3: what is stored nowhere is looked for where the event of it is committed; what can be no token of ours whatever is stored is not.
#[tokio::test]
async fn nothing_to_revoke_is_on_record_before_it_is_said() {
    each_store(|server| async move {
        let jwt = server.exchange(&server.code(|_| {}).await).await.text_of("access_token");
        let (_, rest) = jwt.split_once('.').unwrap();
        let header = jose::b64::encode(br#"{"alg":"ES256","kid":"of-another-process","typ":"at+jwt"}"#);
        for (token, looked_for) in [
            ("stored-nowhere".to_owned(), true),
            // A key that another process made a moment ago is not known here yet.
            (format!("{header}.{rest}"), true),
            (format!("{}x", &jwt[..jwt.len() - 1]), false),
            ("no.token.at-all".to_owned(), false),
        ] {
            let answer = server.encoded(&server.at("revoke"), &format!("token={token}&{}", shared())).await;
            assert_eq!((answer.status, is_on_record(&server, &answer).await), (200, looked_for), "{token}");
        }
    })
    .await;
}
