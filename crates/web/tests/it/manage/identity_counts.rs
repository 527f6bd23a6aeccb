//! How many users there were and how many were active, and what an environment can do.

use serde_json::{Value, json};
use testkit::{Admin, Answer, People};

async fn filtered(api: &Admin, below: &str, filter: &str) -> Answer {
    let filter: String = url::form_urlencoded::byte_serialize(filter.as_bytes()).collect();
    api.get(&api.path(&format!("{below}?filter={filter}"))).await
}

fn totals(answer: &Value) -> Vec<i64> {
    let rows = answer["_embedded"]["totalIdentities"].as_array().unwrap();
    rows.iter().map(|row| row["totalIdentities"].as_i64().unwrap()).collect()
}

/// Each day's number is that of its end, of those who were deleted since as well.
#[tokio::test]
async fn the_users_of_each_day_are_told() {
    const DAY: i64 = 86_400;
    let mut api = Admin::start().await;
    let start = api.server.now().to_millis();
    api.user("ada").await;
    let bob = api.user("bob").await;
    api.wait(DAY);
    api.renew().await;
    api.user("eve").await;
    api.wait(DAY);
    api.renew().await;
    api.delete(&api.path(&format!("/users/{}", bob["id"].as_str().unwrap()))).await.expect(204);
    let dan = api.user("dan").await;
    api.delete(&api.path(&format!("/users/{}", dan["id"].as_str().unwrap()))).await.expect(204);
    api.wait(10);
    let told = filtered(&api, "/totalIdentities", &format!("startDate eq \"{start}\"")).await.expect(200);
    assert_eq!((totals(&told), &told["count"], &told["size"]), (vec![2, 3, 2], &json!(2), &json!(3)), "{told}");
    assert_eq!(told["_embedded"]["totalIdentities"][0]["date"], start.secs());
    let end = start.plus(DAY);
    let range = format!("startDate eq \"{start}\" and endDate eq \"{end}\"");
    assert_eq!(totals(&filtered(&api, "/totalIdentities", &range).await.expect(200)), [2, 3]);
    let one = filtered(&api, "/totalIdentities", &format!("endDate eq \"{end}\"")).await.expect(200);
    assert_eq!(totals(&one), [3], "one day");
    let offset = "startDate eq \"2019-01-01T00:00:00+00:00\" and endDate eq \"2019-02-01T00:00:00+00:00\"";
    assert_eq!(totals(&filtered(&api, "/totalIdentities", offset).await.expect(200)), [0; 32]);
    for filter in [
        "",
        "startDate ge \"2026-01-01T00:00:00Z\"",
        "date ge 2024-01-01",
        "startDate eq \"soon\"",
        "startDate eq \"1990-01-01T00:00:00Z\"",
    ] {
        filtered(&api, "/totalIdentities", filter).await.refuses(400, "INVALID_REQUEST", "INVALID_PARAMETER", "filter");
    }
}

/// Who signed on twice in a period was active once.
#[tokio::test]
async fn who_was_active_is_counted_once_a_period() {
    let people = People::start().await;
    let start = people.server.now().to_millis();
    for _ in 0..2 {
        let browser = people.browser();
        let flow = people.begin(&browser, "").await;
        people.sign_on(&browser, &flow, "ann").await.expect(200);
        people.wait(60);
    }
    people.wait(86_400);
    people.server.app.audit.flush().await;
    let filter = format!("startDate ge \"{start}\" and samplingPeriod eq \"24\"");
    for (below, more, values) in [
        ("activeIdentityCounts", "", vec![1, 0]),
        ("metrics/activeIdentityCounts", "&order=-startDate", vec![0, 1]),
        ("metrics/activeIdentityCounts", "&order=-startDate&limit=1", vec![0]),
        ("metrics/activeIdentityCounts", "&samplePeriod=MONTH", vec![1]),
    ] {
        let query: String = url::form_urlencoded::byte_serialize(filter.as_bytes()).collect();
        let path = format!("/environments/{}/{below}?filter={query}{more}", people.env);
        let told = people.server.manage(reqwest::Method::GET, &path, None).await.expect(200);
        let rows = told["_embedded"]["activeIdentityCounts"].as_array().unwrap();
        let counted: Vec<i64> = rows.iter().map(|row| row["value"].as_i64().unwrap()).collect();
        assert_eq!(counted, values, "{below} {more} {told}");
    }
    let path = format!("/environments/{}/activeIdentityCounts", people.env);
    people.server.manage(reqwest::Method::GET, &path, None).await.refuses(
        400,
        "INVALID_REQUEST",
        "INVALID_PARAMETER",
        "filter",
    );
}

#[tokio::test]
async fn what_an_environment_can_do_is_told() {
    let api = Admin::start().await;
    let told = api.get(&api.path("/capabilities")).await.expect(200);
    let flags = ["canUsePasswordPolicy", "canUseVerify"].map(|name| told[name].clone());
    assert_eq!((flags, &told["environmentId"]), ([json!(true), json!(false)], &json!(api.env)));
}
