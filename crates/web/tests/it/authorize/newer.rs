//! A process of this version beside a newer one that has configured what this one cannot read.

use engine::bootstrap::dev;
use http::Method;
use testkit::each_store;

/// The password alone must not count where a newer process asks for more.
#[tokio::test]
async fn nobody_signs_on_by_a_weaker_policy_than_the_one_that_is_not_readable() {
    each_store(|app| async move {
        for table in ["sign_on_policies", "password_policies"] {
            if !app.as_another_version(&format!("CREATE TABLE kept_{table} AS SELECT id, body FROM {table}")).await {
                return;
            }
            assert!(app.as_another_version(&format!("UPDATE {table} SET body = 'x'")).await);
            app.app.forget(dev::ENVIRONMENT.into());
            let refused = app.get(&authorization()).await;
            assert_eq!(refused.status, 503, "{table} {}", refused.text);
            assert!(refused.headers.contains_key("retry-after"), "{table}");
            let back = format!("UPDATE {table} SET body = k.body FROM kept_{table} k WHERE k.id = {table}.id");
            assert!(app.as_another_version(&back).await);
            app.app.forget(dev::ENVIRONMENT.into());
            assert_eq!(app.get(&authorization()).await.status, 302, "{table}");
        }
        // Whoever needs no policy is served all the while, and so is who administers.
        assert!(app.as_another_version("UPDATE sign_on_policies SET body = 'x'").await);
        app.app.forget(dev::ENVIRONMENT.into());
        assert_eq!(app.get(&authorization()).await.status, 503);
        let users = format!("/environments/{}/users", dev::ENVIRONMENT);
        assert_eq!(app.manage(Method::GET, &users, None).await.status, 200);
    })
    .await;
}

fn authorization() -> String {
    let redirect: String = url::form_urlencoded::byte_serialize(dev::REDIRECT_URI.as_bytes()).collect();
    let (environment, id) = (dev::ENVIRONMENT, dev::SHARED_WEB_APPLICATION);
    format!("/{environment}/as/authorize?client_id={id}&response_type=code&scope=openid&redirect_uri={redirect}")
}
