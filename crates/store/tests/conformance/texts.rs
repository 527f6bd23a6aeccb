//! Text is only ever text: no pattern, no SQL, and not more than an engine can keep.

use protocol::audit::Event;
use protocol::change::{Change, Guard};
use protocol::filter::{Filter, FilterValue, Op};
use protocol::id::{ActivityId, PopulationId, UserId};
use protocol::model::{Application, Environment, Population, Resource, ResourceScope, User};
use store::{List, Store, StoreError};

use crate::each;
use crate::life::built;
use crate::samples::*;

on_every_engine!(no_text_is_a_pattern, no_text_is_sql, nul_is_refused, long_texts_are_kept,);

/// DB-01, SC-02: `%`, `_`, the escape and regular expressions stand for themselves.
async fn no_text_is_a_pattern(store: &Store) {
    let names = ["a%b", "a_b", "a!b", "axb", "a\\b", "a.*b", "a[xy]b", "!%", "'%'", "_", "%", "!!"];
    let applications = (1..).zip(names).map(|(n, name)| Application { name: name.to_owned(), ..application(HERE, n) });
    each(store, applications.map(|a| Change::put(a, Guard::New))).await;
    for text in ["%", "_", "!", "\\", ".*", "a%", "_b", "!%", "!!", "[xy]", "'", "x", "A_B", "%_!"] {
        let lower = text.to_lowercase();
        let holding = |holds: fn(&str, &str) -> bool| names.iter().filter(|name| holds(name, &lower)).count() as i64;
        for (op, expected) in [
            (Op::Eq, holding(|name, text| name == text)),
            (Op::Ne, holding(|name, text| name != text)),
            (Op::Sw, holding(|name, text| name.starts_with(text))),
            (Op::Co, holding(|name, text| name.contains(text))),
            (Op::Ew, holding(|name, text| name.ends_with(text))),
        ] {
            let page = store.list::<Application>(HERE, &compared("name", op, text)).await.unwrap();
            assert_eq!(page.total, expected, "name {op:?} {text}");
        }
    }
}

/// DB-01: what breaks out of a literal is found as it was written, in keys, names and filters, and the tables stay.
async fn no_text_is_sql(store: &Store) {
    let texts = [
        HOSTILE,
        "'",
        "''",
        "\"",
        "`",
        "\\'",
        "' OR '1'='1",
        "') OR 1=1 --",
        "1; DELETE FROM users",
        "$1",
        "$99",
        "?1",
        ":a",
        "@a",
        "/*",
        "--",
        "%s",
        "{}",
        "E'\\x'",
        "\u{2019}",
        "𝔘𝔫𝔦",
        "👩‍👩‍👧",
        "e\u{301}",
        "\u{202e}abc",
        "\t\n\r",
        "\u{7f}",
    ];
    each(store, populations()).await;
    let mut all = Vec::new();
    for (n, text) in (1..).zip(texts) {
        let made = Application {
            client_id: text.to_owned(),
            name: text.to_owned(),
            description: Some(text.to_owned()),
            ..application(HERE, n)
        };
        all.push(made.clone());
        each(store, [Change::put(made.clone(), Guard::New)]).await;
        let person = User { username: text.to_owned(), email: text.to_owned(), ..user(HERE, n) };
        each(store, [create_user(person.clone())]).await;
        assert_eq!(store.client(HERE, text).await, Ok(Some(client(made))), "{text:?}");
        let key = protocol::name::username_key(text).unwrap_or_else(|_| text.to_owned());
        assert_eq!(store.user_by_name(HERE, &key).await, Ok(Some(person)), "{text:?}");
        for attribute in ["name", "clientId"] {
            let page = store.list::<Application>(HERE, &compared(attribute, Op::Eq, text)).await.unwrap();
            assert_eq!(page.rows.iter().map(|a| a.id).collect::<Vec<_>>(), [application_id(n)], "{text:?}");
        }
    }
    assert_eq!(store.list::<Application>(HERE, &WHOLE).await.unwrap().rows, all);
}

/// DB-04: no engine stores NUL in a column, and where text is inside a value it comes back.
async fn nul_is_refused(store: &Store) {
    each(store, built(HERE)).await;
    let nul = "a\0b".to_owned();
    for change in [
        create_user(User { username: nul.clone(), ..user(HERE, 9) }),
        create_user(User { email: nul.clone(), ..user(HERE, 9) }),
        Change::put(Application { client_id: nul.clone(), ..application(HERE, 9) }, Guard::New),
        Change::put(Application { name: nul.clone(), ..full_application(HERE, 1) }, Guard::Version),
        Change::put(Population { name: nul.clone(), ..population(HERE, 9) }, Guard::New),
        Change::put(Environment { name: nul.clone(), ..environment(THERE) }, Guard::New),
        Change::DeleteKey(HERE, nul.clone(), protocol::model::KeyStatus::Retired),
    ] {
        let text = format!("{change:?}");
        assert!(matches!(crate::refused(store, change).await, StoreError::Unstorable { .. }), "{text}");
    }
    assert!(matches!(store.client(HERE, &nul).await, Err(StoreError::Unstorable { .. })));
    assert!(matches!(store.user_by_name(HERE, &nul).await, Err(StoreError::Unstorable { .. })));
    for op in [Op::Eq, Op::Co] {
        let outcome = store.users(HERE, &compared("username", op, &nul)).await;
        assert!(matches!(outcome, Err(StoreError::Unstorable { .. })), "{outcome:?}");
    }
    let inside = Application { description: Some(nul.clone()), ..application(HERE, 9) };
    let noted = Event { note: Some(nul), id: ActivityId::new(uuid(9)), ..event(HERE, 1) };
    each(store, [Change::put(inside.clone(), Guard::New), Change::Record(Box::new(noted.clone()))]).await;
    assert_eq!(store.client(HERE, "client-9").await, Ok(Some(client(inside))));
    let told = store.activity(HERE, noted.id).await.unwrap().unwrap().event.note;
    assert_eq!(told.as_deref(), Some("ab"), "an explanation keeps what can be printed");
}

/// The longest names that may be written fit into every index, and what is in no index may be long.
async fn long_texts_are_kept(store: &Store) {
    // Characters of four octets that no compression shortens, as many as a name may have.
    let name: String = (0..256_u32).filter_map(|n| char::from_u32(0x2_0000 + n * 2_654_435 % 40_000)).collect();
    let long = "𝔘".repeat(250_000);
    let app = Application {
        client_id: name.clone(),
        name: name.clone(),
        description: Some(long.clone()),
        ..application(HERE, 1)
    };
    let person = User { username: name.clone(), email: format!("{}@example.test", "e".repeat(240)), ..user(HERE, 1) };
    each(
        store,
        [
            Change::put(Environment { name: name.clone(), ..environment(HERE) }, Guard::New),
            Change::put(Population { name: name.clone(), description: Some(long), ..population(HERE, 1) }, Guard::New),
            Change::put(app.clone(), Guard::New),
            Change::put(Resource { name: name.clone(), ..resource(HERE, 1) }, Guard::New),
            Change::put(ResourceScope { name: name.clone(), ..scope(HERE, 1) }, Guard::New),
            create_user(person.clone()),
        ],
    )
    .await;
    assert_eq!(store.client(HERE, &name).await, Ok(Some(client(app))));
    assert_eq!(store.user(HERE, UserId::new(uuid(1))).await, Ok(Some(person)));
    let page = store.list::<Population>(HERE, &WHOLE).await.unwrap();
    assert_eq!(page.rows[0].id, PopulationId::new(uuid(1)));
}

fn compared(attribute: &str, op: Op, text: &str) -> List {
    let (path, value) = (attribute.to_owned(), FilterValue::Text(text.to_owned()));
    List { filter: Some(Filter::Compare { path, op, value }), ..WHOLE }
}
