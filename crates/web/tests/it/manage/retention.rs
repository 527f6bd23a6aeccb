//! For how long an environment keeps its activities.

use protocol::change::{Change, Guard};
use protocol::id::{EnvironmentId, OrganizationId, RoleAssignmentId};
use protocol::model::{ActorKind, Environment, RoleAssignment, RoleScope};
use serde_json::{Value, json};
use testkit::Admin;
use uuid::Uuid;

use super::roles::{assignment, role};

/// F14: for how many days activities are kept is the environment's, up to what the server keeps; and nobody who administers it alone
/// shortens what tells of them.
#[tokio::test]
async fn an_environment_says_how_long_activities_are_kept() {
    let api = Admin::start().await;
    let with = |days: i64| {
        let mut body = api.environment_body("Test");
        body["activityRetentionDays"] = json!(days);
        body
    };
    assert!(api.get(&api.path("")).await.expect(200)["activityRetentionDays"].is_null());
    assert_eq!(api.put(&api.path(""), &with(7)).await.expect(200)["activityRetentionDays"], 7);
    let kept = api.put(&api.path(""), &api.environment_body("Test")).await.expect(200);
    assert_eq!(kept["activityRetentionDays"], 7, "whoever does not know it changes nothing");
    let most = api.server.app.config.activity_days;
    for wrong in [-1, most + 1] {
        let refused = api.put(&api.path(""), &with(wrong)).await;
        refused.refuses(400, "INVALID_DATA", "OUT_OF_RANGE", "activityRetentionDays");
    }
    assert_eq!(api.put(&api.path(""), &with(most)).await.expect(200)["activityRetentionDays"], most);

    let (id, secret) = api.service("Own", "WORKER").await;
    let admin = role(&api, "Environment Admin").await;
    let roles = api.path(&format!("/applications/{id}/roleAssignments"));
    api.post(&roles, &assignment(&admin, &api.env, "ENVIRONMENT")).await.expect(201);
    let token = api.token_of(&api.env, &id, &secret).await.unwrap();
    let refused = api.with_token(&token, "PUT", &api.path(""), Some(&with(1))).await;
    refused.refuses(403, "ACCESS_FAILED", "INSUFFICIENT_PERMISSIONS", "");
    api.with_token(&token, "PUT", &api.path(""), Some(&with(most))).await.expect(200);
    let shown = api.put(&api.path(""), &with(0)).await.expect(200);
    assert!(shown["activityRetentionDays"].is_null(), "as long as the server does");
    let told = api.get(&api.path("/activities?filter=action.type%20eq%20%22ENVIRONMENT.UPDATED%22")).await.text;
    assert!(told.contains("activityRetentionDays"), "{told}");
}

/// F14: a number of days is a whole one and no other value; also a new environment keeps no more than the server; and a role over the
/// organization that does not give environments makes nobody its administrator.
#[tokio::test]
async fn for_how_long_activities_are_kept_is_judged() {
    let api = Admin::start().await;
    let with = |days: Value| {
        let mut body = api.environment_body("Test");
        body["activityRetentionDays"] = days;
        body
    };
    api.put(&api.path(""), &with(json!(7))).await.expect(200);
    for wrong in [json!(1.5), json!("7"), json!(true), json!([7]), json!(9_223_372_036_854_775_808_u64)] {
        let refused = api.put(&api.path(""), &with(wrong)).await;
        refused.refuses(400, "INVALID_DATA", "INVALID_VALUE", "activityRetentionDays");
    }
    let kept = api.put(&api.path(""), &with(Value::Null)).await.expect(200);
    assert_eq!(kept["activityRetentionDays"], 7, "null says nothing");
    let most = api.server.app.config.activity_days;
    let mut made = with(json!(most + 1));
    made["name"] = json!("Made");
    let refused = api.post("/environments", &made).await;
    refused.refuses(400, "INVALID_DATA", "OUT_OF_RANGE", "activityRetentionDays");
    made["activityRetentionDays"] = json!(most);
    assert_eq!(api.post("/environments", &made).await.expect(201)["activityRetentionDays"], most);

    let token = administrator_here(&api).await;
    let refused = api.with_token(&token, "PUT", &api.path(""), Some(&with(json!(6)))).await;
    refused.refuses(403, "ACCESS_FAILED", "INSUFFICIENT_PERMISSIONS", "");
    let refused = api.with_token(&token, "POST", "/environments", Some(&with(json!(6)))).await;
    refused.refuses(403, "ACCESS_FAILED", "INSUFFICIENT_PERMISSIONS", "");
}

/// F14: where the server keeps less than when the environment said for how long, that is told; whoever writes it back changes
/// nothing, and nobody writes the old number.
#[tokio::test]
async fn no_more_days_are_told_than_the_server_keeps() {
    let api = Admin::start().await;
    let (app, here) = (&api.server.app, EnvironmentId::parse(&api.env).unwrap());
    let stored = async || app.store.environment(here).await.unwrap().unwrap();
    let most = app.config.activity_days;
    api.server
        .furnish(vec![Change::put(
            Environment { activity_retention_days: most + 60, ..stored().await },
            Guard::Version,
        )])
        .await;
    let mut read = api.get(&api.path("")).await.expect(200);
    assert_eq!(read["activityRetentionDays"], most);
    let listed = api.get(&format!("/environments?filter=id%20eq%20%22{here}%22")).await.expect(200);
    assert_eq!(listed["_embedded"]["environments"][0]["activityRetentionDays"], most);
    let token = administrator_here(&api).await;
    api.with_token(&token, "PUT", &api.path(""), Some(&read)).await.expect(200);
    api.put(&api.path(""), &api.environment_body("Test")).await.expect(200);
    assert_eq!(stored().await.activity_retention_days, most + 60, "audit.days may be more again");
    read["activityRetentionDays"] = json!(most + 60);
    let refused = api.put(&api.path(""), &read).await;
    refused.refuses(400, "INVALID_DATA", "OUT_OF_RANGE", "activityRetentionDays");
    read["activityRetentionDays"] = json!(most - 1);
    api.put(&api.path(""), &read).await.expect(200);
    assert_eq!(stored().await.activity_retention_days, most - 1);
}

/// The token of a worker that administers this environment, and reads identities in all of the organization.
async fn administrator_here(api: &Admin) -> String {
    let (id, secret) = api.service("Here", "WORKER").await;
    let admin = role(api, "Environment Admin").await;
    let roles = api.path(&format!("/applications/{id}/roleAssignments"));
    api.post(&roles, &assignment(&admin, &api.env, "ENVIRONMENT")).await.expect(201);
    let (reader, over) = (role(api, "Identity Data Read Only").await, api.organization.parse().unwrap());
    let row = RoleAssignment {
        id: RoleAssignmentId::new(Uuid::from_u128(1)),
        environment: EnvironmentId::parse(&api.env).unwrap(),
        actor: id.parse().unwrap(),
        actor_kind: ActorKind::Application,
        role: reader.parse().unwrap(),
        scope: RoleScope::Organization(OrganizationId::new(over)),
        read_only: false,
    };
    api.server.furnish(vec![Change::put(row, Guard::New)]).await;
    api.token_of(&api.env, &id, &secret).await.unwrap()
}
