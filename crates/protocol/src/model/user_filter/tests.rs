use uuid::Uuid;

use super::{FoundUser, UserFilter};
use crate::id::{PopulationId, UserId};
use crate::model::{Address, Profile, User, UserName};
use crate::time::Time;

fn ada() -> User {
    User {
        id: UserId::new(Uuid::from_u128(1)),
        population: PopulationId::new(Uuid::from_u128(2)),
        username: "Ada.L".into(),
        email: "Ada@Test.com".into(),
        enabled: true,
        lifecycle: "ACCOUNT_OK".into(),
        verify_status: "NOT_INITIATED".into(),
        profile: Profile {
            name: UserName { given: Some("Ada".into()), ..UserName::default() },
            title: Some("Countess".into()),
            external_id: Some("X-1".into()),
            address: Address { country_code: Some("GB".into()), ..Address::default() },
            ..Profile::default()
        },
        created_at: Time::parse("2026-01-01T00:00:00Z").unwrap(),
        ..User::default()
    }
}

/// The operators, attributes and letter cases of a list of users (RFC 7644 §3.4.2.2).
#[test]
fn a_user_meets_what_a_list_would_find_them_by() {
    let user = FoundUser::of(&ada());
    let population = format!("population.id eq \"{}\"", Uuid::from_u128(2));
    for (filter, meets) in [
        ("email ew \"@test.com\"", true),
        ("email ew \"@other.com\"", false),
        ("EMAIL eq \"ADA@TEST.COM\"", true),
        ("username sw \"ada.\"", true),
        ("title eq \"COUNTESS\"", true),
        ("title co \"unt\" and enabled eq true", true),
        ("name.given eq \"ada\"", true),
        ("name.family pr", false),
        ("name.family ne \"Doe\"", true),
        ("not (name.family eq \"Doe\")", true),
        ("nickname eq \"Doe\" or address.countryCode eq \"gb\"", true),
        ("externalId eq \"x-1\"", false),
        ("externalId eq \"X-1\"", true),
        ("enabled eq \"false\"", false),
        ("mfaEnabled eq false", true),
        ("id eq \"no id\"", false),
        ("id ne \"no id\"", true),
        (&population, true),
        ("createdAt ge \"2026-01-01T00:00:00Z\"", true),
        ("createdAt gt \"2026-01-01T00:00:00Z\"", false),
        ("lifecycle.status eq \"ACCOUNT_OK\"", true),
        ("verifyStatus eq \"ENABLED\"", false),
        ("identityProvider.type eq \"PING_ONE\"", true),
        ("identityProvider.type eq \"GOOGLE\"", false),
    ] {
        assert_eq!(UserFilter::read(filter).map(|read| read.meets(&user)), Ok(meets), "{filter}");
    }
}

#[test]
fn what_the_users_own_row_does_not_say_puts_nobody_into_a_group() {
    for filter in [
        "",
        "title",
        "title eq",
        "shoe_size eq \"7\"",
        "account.status eq \"LOCKED\"",
        "account.canAuthenticate eq true",
        "account.lockedAt pr",
        "lastSignOn.at gt \"2026-01-01T00:00:00Z\"",
        "memberOfGroups[id eq \"x\"]",
        "memberOfGroups.id eq \"x\"",
        "title gt \"a\"",
        "enabled sw \"t\"",
        "enabled eq 7",
        "enabled eq \"perhaps\"",
        "createdAt gt \"2026-01-01T00:00:00+01:00\"",
        "title eq 7",
        "title eq null",
        "identityProvider.type co \"P\"",
        "environment.id pr",
        "password pr",
        "profile.title eq \"a\"",
    ] {
        assert!(UserFilter::read(filter).is_err(), "{filter}");
    }
}

#[test]
fn a_filter_says_what_it_names() {
    let filter = UserFilter::read("name.given eq \"a\" or not (title pr)").unwrap();
    for (attribute, names) in
        [("title", true), ("NAME", true), ("name.given", true), ("name.family", false), ("tit", false)]
    {
        assert_eq!(filter.names(attribute), names, "{attribute}");
    }
}
