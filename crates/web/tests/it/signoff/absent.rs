//! Who was signed on, and is told that nobody is.

use protocol::id::CorrelationId;
use testkit::People;
use testkit::people::GOODBYE;

use super::sign_on;

/// H3: that a session is not there is on record before it is said to whoever shows that there was one: a leader that was frozen, and
/// wakes up, records nothing. Whoever shows nothing of the kind writes nothing.
#[tokio::test]
async fn nobody_is_signed_on_is_on_record_before_it_is_said() {
    let people = People::start().await;
    let browser = people.browser();
    let hint = sign_on(&people, &browser).await;
    let cookie = browser.cookie("ST").unwrap();
    let off = people.path(&format!("/as/signoff?id_token_hint={hint}&post_logout_redirect_uri={GOODBYE}"));
    assert!(browser.get(&off).await.leads(302).starts_with(GOODBYE));
    for (address, kept, recorded) in
        [(&off, true, true), (&off, false, false), (&people.path("/as/signoff"), true, false)]
    {
        if kept {
            browser.keep("ST", &cookie);
        }
        let gone = browser.get(address).await;
        assert!(matches!(gone.status, 200 | 302), "{}", gone.text);
        let correlation = CorrelationId::parse(gone.correlation()).unwrap();
        let told = people.server.app.store.explain(correlation).await.unwrap();
        let notes: Vec<_> = told.iter().filter_map(|activity| activity.event.note.as_deref()).collect();
        assert_eq!(!notes.is_empty(), recorded, "{address} {notes:?}");
        assert!(notes.iter().all(|note| *note == "nobody was signed on"), "{notes:?}");
    }
}
