//! What an expression sees.

use jose::b64;
use serde_json::{Map, Value, json};

use crate::client::Client;
use crate::client_auth::Method;
use crate::id::GroupId;
use crate::model::{User, UserSchema, describe};
use crate::scope::Scope;
use crate::time::Time;

/// `user`, `context` and the time.
#[derive(Clone, Debug)]
pub struct Sources {
    pub(super) root: Value,
    pub(super) now: Time,
}

/// With these begin the names of what follows from groups: `memberOfGroupNames`, `memberOfGroupIDs`.
pub const OF_GROUPS: &str = "memberOfGroup";

/// What is asked, and by which application (PingOne's `#root.context`).
#[derive(Clone, Debug, Default)]
pub struct Context(Map<String, Value>);

impl Context {
    /// Of an answer to the client. `grant` is the grant type where a token is asked for.
    pub fn of(client: &Client, grant: Option<&str>, scope: &Scope) -> Self {
        let application = &client.application;
        // PingOne tells no other: expressions ask it before they look at what the assertion says.
        let asserts = |method: &&Method| matches!(method, Method::PrivateKeyJwt | Method::ClientSecretJwt);
        let method = application.auth_methods.first().filter(asserts);
        let config = json!({
            "clientId": application.client_id,
            "envId": application.environment.to_string(),
            "name": application.name,
            "tokenEndpointAuthMethod": method.map(|method| method.management_name()),
        });
        let data = json!({ "clientId": application.client_id, "grantType": grant, "scope": scope.to_string() });
        Self(Map::from_iter([("appConfig".to_owned(), config), ("requestData".to_owned(), data)]))
    }

    /// With what the assertion says by which the client proved itself, and its header.
    #[must_use]
    pub fn asserted(mut self, assertion: &str) -> Self {
        let mut parts = assertion.split('.').map(|part| {
            let octets = b64::decode(part)?;
            jose::json::parse_strict_object(&octets, MAX_DEPTH).ok()
        });
        if let (Some(Value::Object(data)), Some(Some(header)), Some(Some(claims))) =
            (self.0.get_mut("requestData"), parts.next(), parts.next())
        {
            data.insert("clientAssertionHeader".to_owned(), header.into());
            data.insert("clientAssertion".to_owned(), claims.into());
        }
        self
    }
}

impl Sources {
    /// The user as the management API answers them, in the groups that they are in. Without a user there is none.
    pub fn new(user: Option<&User>, groups: &[(GroupId, String)], context: Context, now: Time) -> Self {
        let mut root = Map::from_iter([("context".to_owned(), Value::Object(context.0))]);
        if let Some(user) = user {
            let mut attributes = describe::draw(user);
            let names = groups.iter().map(|(_, name)| Value::from(name.as_str())).collect();
            let ids = groups.iter().map(|(id, _)| Value::from(id.to_string())).collect();
            attributes.insert("memberOfGroupNames".into(), Value::Array(names));
            attributes.insert("memberOfGroupIDs".into(), Value::Array(ids));
            root.insert("user".into(), Value::Object(attributes));
        }
        Self { root: Value::Object(root), now }
    }

    /// Of the user what the schema of the environment lets be told.
    #[must_use]
    pub fn within(mut self, schema: &UserSchema, user: Option<&User>) -> Self {
        if let (Some(user), Some(Value::Object(members))) = (user, self.root.get_mut("user")) {
            *members = schema.shown(user, std::mem::take(members));
        }
        self
    }
}

/// Of what an assertion holds.
const MAX_DEPTH: usize = 8;
