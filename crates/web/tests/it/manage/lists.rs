//! Lists of the management API: which filters they answer, and how their pages follow one another.

use serde_json::{Value, json};

use testkit::Admin;

/// Somebody of whom everything is known.
fn ada() -> Value {
    json!({
        "username": "ada", "email": "ada@example.com", "externalId": "Hr-1", "nickname": "Countess", "title": "Dr",
        "type": "staff", "preferredLanguage": "en", "locale": "en-GB", "timezone": "Europe/London",
        "primaryPhone": "+44 1", "mobilePhone": "+44 2", "photo": { "href": "https://example.com/ada.png" },
        "name": { "given": "Ada", "middle": "King", "family": "Lovelace", "formatted": "Ada Lovelace",
            "honorificPrefix": "Lady", "honorificSuffix": "I" },
        "address": { "streetAddress": "12 St James", "locality": "London", "region": "LDN", "postalCode": "SW1",
            "countryCode": "GB", "formatted": "12 St James\nLondon" },
        "profileUrl": "https://example.com/ada", "website": "https://ada.example.com", "gender": "female",
        "birthdate": "1815-12-10",
    })
}

#[tokio::test]
async fn users_are_found_by_every_attribute_that_a_filter_may_name() {
    let api = Admin::start().await;
    api.post(&api.path("/users"), &ada()).await.expect(201);
    api.user("bob").await;
    let only_ada = [
        "externalId eq \"Hr-1\"",
        "nickname eq \"countess\"",
        "title sw \"d\"",
        "type ew \"AFF\"",
        "preferredLanguage eq \"en\"",
        "locale co \"gb\"",
        "timezone eq \"europe/london\"",
        "primaryPhone eq \"+44 1\"",
        "mobilePhone pr",
        "photo.href ew \".png\"",
        "name.given eq \"ada\"",
        "name.middle eq \"king\"",
        "name.family sw \"love\"",
        "name.formatted co \"A L\"",
        "name.honorificPrefix eq \"lady\"",
        "name.honorificSuffix pr",
        "address.streetAddress co \"james\"",
        "address.locality eq \"LONDON\"",
        "address.region eq \"ldn\"",
        "address.postalCode sw \"sw\"",
        "address.countryCode eq \"GB\"",
        "address.formatted co \"london\"",
        "profileUrl ew \"/ada\"",
        "website eq \"https://ada.example.com\"",
        "gender eq \"Female\"",
        "birthdate sw \"1815\"",
        "nickname pr and not (title eq \"mr\")",
    ];
    for filter in only_ada {
        assert_eq!(found(&api, filter).await, ["ada"], "{filter}");
    }
    let only_bob = ["nickname ne \"Countess\"", "not (externalId pr)", "address.locality ne \"london\""];
    for filter in only_bob {
        assert_eq!(found(&api, filter).await, ["bob"], "{filter}");
    }
    let both = [
        "mfaEnabled eq false",
        "emailVerified ne true",
        "phoneVerified eq false",
        "lifecycle.status eq \"ACCOUNT_OK\"",
        "verifyStatus pr",
    ];
    for filter in both {
        assert_eq!(found(&api, filter).await, ["ada", "bob"], "{filter}");
    }
    for filter in ["externalId eq \"hr-1\"", "mfaEnabled eq true", "nickname eq \"%\"", "title eq \"' OR 1=1\""] {
        assert_eq!(found(&api, filter).await, [""; 0], "{filter}");
    }
}

#[tokio::test]
async fn applications_are_found_by_type_and_protocol() {
    let api = Admin::start().await;
    let (service, _) = api.service("Service", "SERVICE").await;
    api.service("Worker", "WORKER").await;
    for (filter, count) in
        [("type eq \"SERVICE\"", 1), ("protocol eq \"OPENID_CONNECT\"", 4), ("type eq \"WEB_APP\"", 0)]
    {
        let list = api.get(&filtered(&api, "applications", filter)).await.expect(200);
        assert_eq!((list["count"].as_u64(), list["size"].as_u64()), (Some(count), Some(count)), "{filter}");
        if count == 1 {
            assert_eq!(list["_embedded"]["applications"][0]["id"], service.as_str());
        }
    }
}

#[tokio::test]
async fn a_filter_that_a_list_cannot_answer_says_what_it_can() {
    let api = Admin::start().await;
    // An order is one of times here, and a part one of text, whatever value comes with the operator.
    let filters = [
        "shoe eq \"x\"",
        "username gt \"x\"",
        "username le 5",
        "enabled co \"t\"",
        "createdAt sw \"2026\"",
        "id gt \"x\"",
    ];
    for filter in filters {
        let refused = api.get(&filtered(&api, "users", filter)).await;
        let refused = refused.refuses(400, "INVALID_REQUEST", "INVALID_FILTER", "filter");
        let inner = &refused["details"][0]["innerError"];
        assert!(inner["supportedAttributes"].as_array().unwrap().contains(&json!("username")), "{inner}");
        assert!(inner["supportedOperators"].as_array().unwrap().contains(&json!("eq")), "{inner}");
    }
}

#[tokio::test]
async fn every_page_links_to_itself() {
    let api = Admin::start().await;
    for name in ["a", "b", "c"] {
        api.user(name).await;
    }
    let mut next = Some(api.path("/users?limit=1"));
    let mut pages = 0;
    while let Some(path) = next {
        let page = api.get(&path).await.expect(200);
        let again = api.get(page["_links"]["self"]["href"].as_str().unwrap()).await.expect(200);
        assert_eq!(names(&again), names(&page));
        next = page["_links"]["next"]["href"].as_str().map(str::to_owned);
        pages += 1;
    }
    assert_eq!(pages, 3);
}

/// D26, P15: every page but the first leads to the one before it, whichever way the list is read.
#[tokio::test]
async fn every_later_page_links_to_the_one_before() {
    let api = Admin::start().await;
    for n in 0..7 {
        let body = json!({ "username": format!("user{n}"), "email": format!("user{n}@example.com"), "nickname": "x" });
        api.post(&api.path("/users"), &body).await.expect(201);
    }
    let filter =
        |text: &str| format!("filter={}&", url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>());
    // In the order of the page, by an index of another order, row after row, and by the index of a population's.
    let population = api.get(&api.path("/populations")).await.expect(200)["_embedded"]["populations"][0]["id"].clone();
    let population = format!("population.id eq \"{}\"", population.as_str().unwrap());
    let filters = ["username sw \"user\"", "nickname eq \"x\"", &population];
    for query in std::iter::once(String::new()).chain(filters.map(filter)) {
        for limit in [1, 2, 3, 7] {
            let mut pages = Vec::new();
            let mut next = Some(api.path(&format!("/users?{query}limit={limit}")));
            while let Some(path) = next {
                let page = api.get(&path).await.expect(200);
                next = page["_links"]["next"]["href"].as_str().map(str::to_owned);
                pages.push(page);
            }
            assert_eq!(pages.len(), 7_usize.div_ceil(limit), "{query}");
            assert!(pages[0]["_links"]["prev"].is_null(), "{query}");
            // From the last page back to the first.
            let mut page = pages.pop().unwrap();
            while let Some(before) = pages.pop() {
                let prev = page["_links"]["prev"]["href"].as_str().unwrap_or_default();
                page = api.get(prev).await.expect(200);
                assert_eq!(names(&page), names(&before), "{query} {limit}");
            }
            assert!(page["_links"]["prev"].is_null(), "{query} {limit}");
        }
    }
}

async fn found(api: &Admin, filter: &str) -> Vec<String> {
    names(&api.get(&filtered(api, "users", filter)).await.expect(200))
}

fn filtered(api: &Admin, list: &str, filter: &str) -> String {
    let filter: String = url::form_urlencoded::byte_serialize(filter.as_bytes()).collect();
    api.path(&format!("/{list}?filter={filter}"))
}

fn names(list: &Value) -> Vec<String> {
    let users = list["_embedded"]["users"].as_array().unwrap();
    users.iter().map(|user| user["username"].as_str().unwrap().to_owned()).collect()
}

/// P14: what of a user is made when it is answered can be asked for, as it is at that moment.
#[tokio::test]
async fn users_are_found_by_what_they_may_do() {
    let api = Admin::start().await;
    for name in ["ada", "bob", "eve"] {
        api.user(name).await;
    }
    let at = async |name: &str| {
        let filter: String =
            url::form_urlencoded::byte_serialize(format!("username eq \"{name}\"").as_bytes()).collect();
        let found = api.get(&api.path(&format!("/users?filter={filter}"))).await.expect(200);
        api.path(&format!("/users/{}", found["_embedded"]["users"][0]["id"].as_str().unwrap()))
    };
    let lock = ["application/vnd.pingidentity.account.lock+json"];
    api.typed("POST", &at("bob").await, &lock, "null").await.expect(200);
    api.put(&format!("{}/enabled", at("eve").await), &json!({ "enabled": false })).await.expect(200);
    for (filter, expected) in [
        ("account.status eq \"LOCKED\"", &["bob"][..]),
        ("account.status eq \"OK\"", &["ada", "eve"]),
        ("account.status ne \"OK\"", &["bob"]),
        ("account.status eq \"GONE\"", &[]),
        ("ACCOUNT.canauthenticate eq true", &["ada"]),
        ("account.canAuthenticate eq false", &["bob", "eve"]),
        ("not (account.canAuthenticate eq true) and enabled eq true", &["bob"]),
        ("account.lockedAt pr", &["bob"]),
        ("account.status pr and username sw \"a\"", &["ada"]),
        ("identityProvider.type eq \"PING_ONE\"", &["ada", "bob", "eve"]),
        ("identityProvider.type eq \"GOOGLE\"", &[]),
        ("identityProvider.id pr", &[]),
    ] {
        let encoded: String = url::form_urlencoded::byte_serialize(filter.as_bytes()).collect();
        let found = api.get(&api.path(&format!("/users?filter={encoded}"))).await.expect(200);
        let rows = found["_embedded"]["users"].as_array().unwrap().iter();
        let mut names: Vec<&str> = rows.map(|user| user["username"].as_str().unwrap()).collect();
        names.sort_unstable();
        assert_eq!(names, expected, "{filter}");
        assert_eq!(found["count"], expected.len(), "{filter}");
    }
    let odd: String = url::form_urlencoded::byte_serialize(b"account.status sw \"L\"").collect();
    api.get(&api.path(&format!("/users?filter={odd}"))).await.refuses(
        400,
        "INVALID_REQUEST",
        "INVALID_FILTER",
        "filter",
    );
    api.post(&api.path("/populations"), &json!({ "name": "Other", "description": "For the others" })).await.expect(201);
    let described: String = url::form_urlencoded::byte_serialize(b"description co \"OTHERS\"").collect();
    assert_eq!(api.get(&api.path(&format!("/populations?filter={described}"))).await.expect(200)["count"], 1);
}

/// Of a provider of another type a user's row has the id alone.
#[tokio::test]
async fn users_are_found_by_the_type_of_their_provider() {
    let api = Admin::start().await;
    let mut ids = std::collections::BTreeMap::new();
    for name in ["ada", "bob", "eve"] {
        ids.insert(name, api.user(name).await["id"].as_str().unwrap().to_owned());
    }
    let own = |name: &str| api.path(&format!("/users/{}", ids[name]));
    for (name, kind) in [("g", "GOOGLE"), ("h", "GOOGLE"), ("a", "AMAZON")] {
        let body = json!({ "name": name, "enabled": true, "type": kind, "clientId": "c", "clientSecret": "s" });
        let made = api.post(&api.path("/identityProviders"), &body).await.expect(201);
        let user = match name {
            "g" => "ada",
            "h" => "bob",
            _ => continue,
        };
        let path = format!("{}/identityProvider", own(user));
        api.put(&path, &json!({ "id": made["id"] })).await.expect(200);
    }
    for (filter, expected) in [
        ("identityProvider.type eq \"google\"", &["ada", "bob"][..]),
        ("identityProvider.type eq \"AMAZON\"", &[]),
        ("identityProvider.type ne \"GOOGLE\"", &["eve"]),
        ("identityProvider.type eq \"PING_ONE\"", &["eve"]),
    ] {
        let encoded: String = url::form_urlencoded::byte_serialize(filter.as_bytes()).collect();
        let found = api.get(&api.path(&format!("/users?filter={encoded}"))).await.expect(200);
        let rows = found["_embedded"]["users"].as_array().unwrap().iter();
        let mut names: Vec<&str> = rows.map(|user| user["username"].as_str().unwrap()).collect();
        names.sort_unstable();
        assert_eq!(names, expected, "{filter}");
    }
    let filter = json!({ "name": "Elsewhere", "userFilter": "identityProvider.type eq \"GOOGLE\"" });
    api.post(&api.path("/groups"), &filter).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", "userFilter");
}
