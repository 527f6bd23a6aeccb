//! What mappings tell, to whom and when.

use std::sync::Arc;

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Answer, ApplicationMappings, Context, Made, ResourceMappings, Sources, access, concerns, person, subject};
use crate::authorization::Reach;
use crate::authorize::{IdTokenHint, Whom};
use crate::claims::{AskedClaim, PersonClaim};
use crate::client::Client;
use crate::client_auth::Method;
use crate::details::Details;
use crate::grant::tests::{API, NOW, client, scopes, user};
use crate::id::{GroupId, SchemaAttributeId, UserId};
use crate::model::{
    Application, ApplicationAttribute, AttributeType, CustomValue, CustomValues, Kept as _, MappingType, Resource,
    ResourceAttribute, ResourceType, Scopes, TokenProfile, UNWRITTEN, User, UserSchema,
};
use crate::refusal::{Reason, Refused};
use crate::scope::Scope;

fn own(name: &str, value: &str) -> ApplicationAttribute {
    ApplicationAttribute { name: name.into(), value: value.into(), ..ApplicationAttribute::default() }
}

fn told(rows: &[ApplicationAttribute]) -> Client {
    Client { mappings: ApplicationMappings::of(rows), ..client(&[Method::ClientSecretPost]) }
}

fn resource(kind: ResourceType) -> Resource {
    scopes().resources.into_iter().find(|resource| resource.kind == kind).unwrap()
}

fn of(kind: ResourceType, name: &str, value: &str) -> ResourceAttribute {
    let resource = resource(kind);
    let known = ResourceAttribute::predefined(&resource).into_iter().find(|known| known.name == name);
    let new = || ResourceAttribute {
        resource: resource.id,
        name: name.into(),
        of: kind,
        id: Uuid::from_u128(0xa0 + name.len() as u128).into(),
        ..ResourceAttribute::default()
    };
    ResourceAttribute { value: value.into(), ..known.unwrap_or_else(new) }
}

fn with(rows: &[ResourceAttribute]) -> Scopes {
    let scopes = scopes();
    Scopes { mappings: ResourceMappings::of(rows, &scopes.resources, &scopes.scopes), ..scopes }
}

fn asked(
    answer: Answer,
    client: &Client,
    scopes: &Scopes,
    scope: &str,
    by_name: &[AskedClaim],
) -> Result<Made, Refused> {
    let (user, scope) = (user(), Scope::parse(scope).unwrap());
    let sources = Sources::new(Some(&user), &[], Context::of(client, None, &scope), NOW);
    person(answer, (client, &user), scopes, (&scope, by_name), &sources)
}

/// What both answers tell.
fn both(client: &Client, scopes: &Scopes, scope: &str) -> [Value; 2] {
    [Answer::IdToken, Answer::UserInfo].map(|answer| object(&asked(answer, client, scopes, scope, &[]).unwrap()))
}

fn object(made: &Made) -> Value {
    let members: serde_json::Map<String, Value> = made.claims.iter().cloned().collect();
    assert_eq!(members.len(), made.claims.len(), "each once");
    members.into()
}

#[test]
fn an_application_is_told_its_own() {
    let flags = |id_token, user_info| ApplicationAttribute {
        id_token: Some(id_token),
        user_info: Some(user_info),
        ..own("mail", "${user.email}")
    };
    let whole = json!({ "mail": "ada@example.com" });
    for (rows, expected) in [
        (vec![own("mail", "${user.email}")], [whole.clone(), whole.clone()]),
        (vec![flags(true, false)], [whole.clone(), json!({})]),
        (vec![flags(false, true)], [json!({}), whole]),
        (vec![own("a", "b"), own("c", "${'d' + 1}")], [json!({ "a": "b", "c": "d1" }), json!({ "a": "b", "c": "d1" })]),
        // What is not known, is empty or cannot be worked out is left out.
        (
            vec![own("a", "${user.nickname}"), own("b", "${''}"), own("c", "${1 / 0}"), own("d", "${")],
            [json!({}), json!({})],
        ),
        // What is this server's own stays so, whoever wrote the row.
        (vec![own("aud", "x"), own("p1.rid", "x"), own("Sid", "x"), own("cnf", "x")], [json!({}), json!({})]),
    ] {
        assert_eq!(both(&told(&rows), &scopes(), "openid"), expected, "{rows:?}");
    }
    assert!(!concerns(&told(&[]), &scopes().mappings));
    assert!(concerns(&told(&[own("a", "b")]), &scopes().mappings));
}

#[test]
fn a_scope_opens_what_is_limited_to_it() {
    let email = scopes().scopes.into_iter().find(|scope| scope.name == "email").unwrap().id.to_string();
    let limited = ApplicationAttribute { oidc_scopes: vec![email], ..own("mail", "${user.email}") };
    let client = told(&[limited]);
    assert_eq!(both(&client, &scopes(), "openid")[0], json!({}));
    assert_eq!(both(&client, &scopes(), "openid email")[0], json!({ "mail": "ada@example.com" }));
    // OpenID Connect Core §5.5: by name too, and then with one of the values.
    let email = ApplicationAttribute { oidc_scopes: vec![Uuid::nil().to_string()], ..own("email", "x@example.org") };
    let client = told(&[email]);
    for (values, expected) in [
        (vec![], json!({ "email": "x@example.org" })),
        (vec![json!("x@example.org")], json!({ "email": "x@example.org" })),
        (vec![json!("ada@example.com")], json!({})),
    ] {
        let by_name = [AskedClaim { claim: PersonClaim::Email, values }];
        let made = asked(Answer::IdToken, &client, &scopes(), "openid", &by_name).unwrap();
        assert_eq!((object(&made), made.replaced), (expected, vec![PersonClaim::Email]));
    }
}

#[test]
fn what_is_required_is_there_or_there_is_no_token() {
    let required = |value: &str| told(&[ApplicationAttribute { required: true, ..own("nick", value) }]);
    for value in ["${user.nickname}", "${1 / 0}", "${", "${{}}"] {
        let refused = asked(Answer::IdToken, &required(value), &scopes(), "openid", &[]).unwrap_err();
        assert_eq!(refused.reason, Reason::MappingUnmet);
        assert!(refused.expected.contains("nick"), "{}", refused.expected);
        assert_eq!(object(&asked(Answer::UserInfo, &required(value), &scopes(), "openid", &[]).unwrap()), json!({}));
    }
    assert_eq!(both(&required("${user.username}"), &scopes(), "openid")[0], json!({ "nick": "ada" }));
}

#[test]
fn openid_tells_everybody_and_an_application_tells_otherwise() {
    let rows = [
        of(ResourceType::OpenidConnect, "email", "${user.username}"),
        of(ResourceType::OpenidConnect, "given_name", ""),
        of(ResourceType::OpenidConnect, "tag", "${user.username + '!'}"),
        ResourceAttribute {
            id_token: Some(false),
            ..of(ResourceType::OpenidConnect, "phone_number", "${user.primaryPhone}")
        },
    ];
    let scopes = with(&rows);
    let nobodys = told(&[]);
    let made = asked(Answer::IdToken, &nobodys, &scopes, "openid email profile phone", &[]).unwrap();
    assert_eq!(object(&made), json!({ "email": "ada", "tag": "ada!" }));
    assert_eq!(made.replaced, [PersonClaim::Email, PersonClaim::GivenName, PersonClaim::PhoneNumber]);
    let made = asked(Answer::UserInfo, &nobodys, &scopes, "openid", &[]).unwrap();
    assert_eq!(object(&made), json!({ "tag": "ada!" }), "no scope asks for the address");
    assert_eq!(made.replaced, [PersonClaim::Email, PersonClaim::GivenName]);
    let other = told(&[own("email", "mine"), own("tag", "${user.nickname}")]);
    assert_eq!(
        object(&asked(Answer::IdToken, &other, &scopes, "openid email", &[]).unwrap()),
        json!({ "email": "mine" })
    );
    // As they were from the beginning they change nothing.
    let all = ResourceAttribute::predefined(&resource(ResourceType::OpenidConnect));
    assert!(all.iter().all(|row| row.version == UNWRITTEN && row.kind == AttributeType::Predefined));
    assert!(with(&all).mappings.is_empty());
}

#[test]
fn the_address_is_told_member_by_member() {
    let rows = [of(ResourceType::OpenidConnect, "address.country", "${user.username}")];
    let made = asked(Answer::IdToken, &told(&[]), &with(&rows), "openid address", &[]).unwrap();
    assert_eq!(
        (&object(&made)["address"]["country"], made.replaced.as_slice()),
        (&json!("ada"), &[PersonClaim::Address][..])
    );
    assert_eq!(object(&asked(Answer::IdToken, &told(&[]), &with(&rows), "openid", &[]).unwrap()), json!({}));
}

#[test]
fn a_scope_brings_what_it_maps() {
    let tag = of(ResourceType::OpenidConnect, "tag", "t");
    let known = of(ResourceType::OpenidConnect, "email", "${user.email}");
    let mut scopes = scopes();
    let brings = |id: String, scopes: &mut Scopes| {
        let scope = scopes.scopes.iter_mut().find(|scope| scope.name == "email").unwrap();
        (scope.name, scope.mapped_claims) = ("contact".into(), vec![id]);
    };
    brings(tag.id.to_string(), &mut scopes);
    scopes.mappings = ResourceMappings::of(&[tag], &scopes.resources, &scopes.scopes);
    assert_eq!(both(&told(&[]), &scopes, "openid"), [json!({}), json!({})]);
    assert_eq!(both(&told(&[]), &scopes, "openid contact"), [json!({ "tag": "t" }), json!({ "tag": "t" })]);
    scopes.scopes.iter_mut().for_each(|scope| scope.mapped_claims.clear());
    let left = ResourceAttribute { by_scopes: true, ..of(ResourceType::OpenidConnect, "tag", "t") };
    scopes.mappings = ResourceMappings::of(&[left], &scopes.resources, &scopes.scopes);
    assert_eq!(both(&told(&[]), &scopes, "openid contact"), [json!({}), json!({})], "no scope maps it any more");
    let scope = scopes.scopes.iter_mut().find(|scope| scope.name == "contact").unwrap();
    scope.mapped_claims = vec![known.id.to_string()];
    scopes.mappings = ResourceMappings::of(&[], &scopes.resources, &scopes.scopes);
    assert!(concerns(&told(&[]), &scopes.mappings));
    let made = asked(Answer::IdToken, &told(&[]), &scopes, "openid contact", &[]).unwrap();
    assert_eq!(made.brought, [PersonClaim::Email]);
}

#[test]
fn an_access_token_has_what_its_resources_add() {
    let custom = resource(ResourceType::Custom);
    let rows = [
        of(ResourceType::Custom, "family", "${user.name.family}"),
        of(ResourceType::Custom, "fixed", "${context.appConfig.clientId}"),
        of(ResourceType::Custom, "iss", "x"),
        of(ResourceType::Custom, "sub", "${user.username}"),
    ];
    let scopes = with(&rows);
    let at = |audience: &str, user: Option<&User>| {
        let (scope, audience) = (Scope::parse("read").unwrap(), vec![audience.to_owned()]);
        let reach = Reach { scope, details: Details::default(), audience, lifetime: 60 };
        let client = told(&[]);
        let sources = Sources::new(user, &[], Context::of(&client, None, &reach.scope), NOW);
        access(&scopes, &reach, user.is_some(), &sources)
    };
    let made = at(custom.audience(), Some(&user())).unwrap();
    assert_eq!(object(&made), json!({ "family": "Quill", "fixed": "c1" }));
    assert_eq!(made.sub.as_deref(), Some("ada"));
    let made = at(custom.audience(), None).unwrap();
    assert_eq!((object(&made), made.sub), (json!({ "fixed": "c1" }), None));
    assert_eq!(at(API, Some(&user())).unwrap(), Made::default());
    let nobody = with(&[of(ResourceType::Custom, "sub", "${user.nickname}")]);
    let reach = Reach {
        scope: Scope::default(),
        details: Details::default(),
        audience: vec![custom.audience().to_owned()],
        lifetime: 60,
    };
    let sources = Sources::new(Some(&user()), &[], Context::default(), NOW);
    assert_eq!(access(&nobody, &reach, true, &sources).unwrap_err().reason, Reason::MappingUnmet);
}

/// What an attribute of before left behind under the name of a later one names nobody.
#[test]
fn sub_is_told_by_the_schema() {
    let core = ApplicationAttribute { kind: MappingType::Core, ..own("sub", "${user.badge}") };
    let mut client = told(&[core]);
    let left =
        CustomValue { attribute: SchemaAttributeId::new(Uuid::from_u128(9)), name: "badge".into(), value: json!("7") };
    let user = User { custom: CustomValues(vec![left]), ..user() };
    assert_eq!(subject(&client, &user, TokenProfile::PingOne), Ok("7".into()));
    client.mappings.tell_by(&Arc::new(UserSchema::of(user.environment, NOW, Vec::new())));
    let refused = subject(&client, &user, TokenProfile::PingOne).unwrap_err();
    assert_eq!(refused.reason, Reason::MappingUnmet);
}

#[test]
fn sub_is_one_for_each_person() {
    let sub = |value: &str| {
        let core = ApplicationAttribute { kind: MappingType::Core, ..own("sub", value) };
        subject(&told(&[core]), &user(), TokenProfile::PingOne).map_err(|refused| refused.reason)
    };
    assert_eq!(sub("${user.id}"), Ok(user().id.to_string()));
    assert_eq!(sub("${user.email}"), Ok("ada@example.com".into()));
    assert_eq!(sub("${7}"), Ok("7".into()));
    let now = "${#datetime.now()}";
    assert_eq!(sub(now), sub(now), "of a time it is when the person was made");
    for none in ["${user.nickname}", "${{'a'}}", "${true}", "${'\n'}", "${"] {
        assert_eq!(sub(none), Err(Reason::MappingUnmet), "{none}");
    }
    assert_eq!(sub(&"a".repeat(256)), Err(Reason::MappingUnmet));
}

/// Whatever is mapped, an answer stays small, and no claim of the server's is among it.
#[test]
fn an_answer_stays_small() {
    let long = "x".repeat(3_000);
    let rows: Vec<_> = (0..20).map(|n| own(&format!("claim{n}"), &long)).collect();
    let made = asked(Answer::UserInfo, &told(&rows), &scopes(), "openid", &[]).unwrap();
    assert_eq!(made.claims.len(), 5);
    let mut rows = rows;
    rows[10].required = true;
    let refused = asked(Answer::IdToken, &told(&rows), &scopes(), "openid", &[]).unwrap_err();
    assert_eq!(refused.reason, Reason::MappingUnmet);
    // PingOne: more than 25 values do not go into an ID token.
    let many = format!("${{{{{}}}}}", ["'v'"; 26].join(", "));
    let [id_token, user_info] = both(&told(&[own("many", &many)]), &scopes(), "openid");
    assert_eq!(id_token["many"], json!(["SIZE_LIMIT_EXCEEDED"]));
    assert_eq!(user_info["many"].as_array().map(Vec::len), Some(26));
}

/// However many mappings there are, together they take what a few may.
#[test]
fn an_answer_does_not_take_long() {
    let fifteen = format!("{{{}}}", ["1"; 15].join(","));
    let busy = format!("${{{fifteen}.![{fifteen}.![{fifteen}.^[false]]][0]}}x");
    let many = |count: usize| (0..count).map(|at| own(&format!("a{at}"), &busy)).collect::<Vec<_>>();
    let answered = |rows: &[ApplicationAttribute]| asked(Answer::IdToken, &told(rows), &scopes(), "openid", &[]);
    assert_eq!(answered(&many(4)).unwrap().claims.len(), 4);
    assert!((4..30).contains(&answered(&many(60)).unwrap().claims.len()));
    let mut rows = many(60);
    rows.push(ApplicationAttribute { required: true, ..own("last", "${user.email}") });
    assert_eq!(answered(&rows).unwrap_err().reason, Reason::MappingUnmet);
}

#[test]
fn groups_are_seen_by_their_names_and_ids() {
    let client = told(&[own("groups", "${user.memberOfGroupNames}"), own("ids", "${user.memberOfGroupIDs}")]);
    assert!(super::of_groups(&client, &ResourceMappings::default()));
    assert!(!super::of_groups(&told(&[own("a", "${user.email}")]), &ResourceMappings::default()));
    let groups = [(GroupId::new(Uuid::nil()), "Readers".to_owned())];
    let (user, scope) = (user(), Scope::parse("openid").unwrap());
    let sources = Sources::new(Some(&user), &groups, Context::default(), NOW);
    let made = person(Answer::IdToken, (&client, &user), &scopes(), (&scope, &[]), &sources).unwrap();
    assert_eq!(object(&made), json!({ "groups": ["Readers"], "ids": [Uuid::nil().to_string()] }));
}

#[test]
fn what_stands_from_the_beginning_is_the_same_for_everybody() {
    let application = Application { id: Uuid::from_u128(7).into(), ..Application::default() };
    let (one, again) = (ApplicationAttribute::core(&application), ApplicationAttribute::core(&application));
    assert_eq!(one, again);
    let another = ApplicationAttribute::core(&Application { id: Uuid::from_u128(8).into(), ..application });
    assert_ne!(one.id(), another.id());
    let all = ResourceAttribute::predefined(&resource(ResourceType::OpenidConnect));
    let mut ids: Vec<Uuid> = all.iter().map(ResourceAttribute::id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((ids.len(), all.len()), (24, 24));
}

/// OIDC Core §3.1.2.1, §5.5.1: whoever knows people by a mapped `sub` asks for them by it, and by nothing that looks like an id.
#[test]
fn a_mapped_sub_is_asked_for_and_hinted_at() {
    let core = ApplicationAttribute { kind: MappingType::Core, ..own("sub", "${user.email}") };
    let (mapped, plain, ada) = (told(&[core]), told(&[]), user());
    let bob = User { email: "bob@example.com".into(), ..user() };
    let whom = Whom::of_sub("ada@example.com", &mapped, TokenProfile::PingOne).unwrap();
    assert!(whom.is(&ada, &mapped) && !whom.is(&bob, &mapped));
    assert!(Whom::of_sub("ada@example.com", &plain, TokenProfile::PingOne).is_err());
    let by_id = Whom::of_sub(&ada.id.to_string(), &mapped, TokenProfile::PingOne).unwrap();
    assert!(!by_id.is(&ada, &mapped));

    let hint = |sub: &str, audience: &str| IdTokenHint {
        subject: UserId::parse(sub),
        sub: sub.into(),
        audience: vec![audience.into()],
        session: None,
    };
    let id = ada.id.to_string();
    assert_eq!(hint("ada@example.com", "c1").of(&mapped, Some(&ada)).subject, Some(ada.id));
    assert_eq!(hint("ada@example.com", "c1").of(&mapped, Some(&bob)).subject, None);
    assert_eq!(hint("ada@example.com", "c1").of(&mapped, None).subject, None);
    assert_eq!(hint(&id, "c1").of(&mapped, Some(&ada)).subject, None, "an id that is somebody's mapped name is no id");
    assert_eq!(hint(&id, "c1").of(&plain, None).subject, Some(ada.id));
    assert_eq!(hint(&id, "other").of(&mapped, None).subject, Some(ada.id), "it was made for another client");
}

/// What PingOne's pages call `#root.context.requestData.clientAssertion`.
#[test]
fn what_an_assertion_says_is_seen() {
    let part = |value: &Value| jose::b64::encode(value.to_string().as_bytes());
    let assertion = format!("{}.{}.x", part(&json!({ "kid": "k" })), part(&json!({ "custom": 7 })));
    let rows = [
        own("custom", "${#root.context.requestData.clientAssertion.custom}"),
        own("kid", "${context.requestData.clientAssertionHeader.kid}"),
    ];
    let (client, user, scope) = (told(&rows), user(), Scope::parse("openid").unwrap());
    for (text, expected) in
        [(assertion.as_str(), json!({ "custom": 7, "kid": "k" })), ("no.jwt", json!({})), ("", json!({}))]
    {
        let sources = Sources::new(Some(&user), &[], Context::of(&client, None, &scope).asserted(text), NOW);
        let made = person(Answer::IdToken, (&client, &user), &scopes(), (&scope, &[]), &sources).unwrap();
        assert_eq!(object(&made), expected);
    }
}

/// PingOne's page of variables: it is told of the two methods by which an application asserts something, and null of all others.
#[test]
fn the_method_of_an_application_is_told_where_it_asserts_something() {
    let rows = [own("method", "${context.appConfig.tokenEndpointAuthMethod ?: 'none'}")];
    for (method, told) in [
        (Method::PrivateKeyJwt, "PRIVATE_KEY_JWT"),
        (Method::ClientSecretJwt, "CLIENT_SECRET_JWT"),
        (Method::ClientSecretBasic, "none"),
        (Method::None, "none"),
    ] {
        let client = Client { mappings: ApplicationMappings::of(&rows), ..client(&[method]) };
        let (user, scope) = (user(), Scope::parse("openid").unwrap());
        let sources = Sources::new(Some(&user), &[], Context::of(&client, None, &scope), NOW);
        let made = person(Answer::IdToken, (&client, &user), &scopes(), (&scope, &[]), &sources).unwrap();
        assert_eq!(object(&made), json!({ "method": told }));
    }
}
