//! Initial access tokens: what an administrator gives to whoever registers clients for them (RFC 7591 §3), for so many clients and so long.

use jose::{b64, digest};
use serde_json::Value;

use super::describe::{Absent, Described, Found, Stored, Walk, property};
use crate::authorization::GrantType;
use crate::ctx::Ctx;
use crate::id::{EnvironmentId, InitialAccessTokenId};
use crate::refusal::{Reason, Refused};
use crate::secret::{Artefact, Secret, TokenHash};
use crate::time::Time;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct InitialAccessToken {
    pub id: InitialAccessTokenId,
    pub environment: EnvironmentId,
    pub name: String,
    pub expires_at: Time,
    /// `maxRegistrations`: how many clients it is good for.
    pub most: i64,
    /// `registrations`: how many were registered by it. [`crate::change::Change::UseInitialToken`] counts them.
    pub used: i64,
    /// `grantTypes`: the only ones that its clients may have, now and when they are changed. Empty: every one.
    pub grants: Vec<GrantType>,
    /// Of its text.
    pub hash: Option<TokenHash>,
    /// Its text, while it is made: it is answered once, and kept nowhere.
    pub made: Option<Secret>,
    pub created_at: Time,
    pub updated_at: Time,
    pub version: i64,
}

impl InitialAccessToken {
    /// Gives it its text: its id, by which it is found, and what nobody can guess.
    pub fn make(&mut self, ctx: &Ctx<'_>) {
        let mut bytes = self.id.uuid().as_bytes().to_vec();
        let mut random = [0; RANDOM];
        ctx.entropy.fill(&mut random);
        bytes.extend_from_slice(&random);
        let text = Secret::new(b64::encode(&bytes));
        self.hash = Some(TokenHash::of(Artefact::InitialAccessToken, text.expose()));
        self.made = Some(text);
    }

    /// Which one the text of a bearer token may be. None: it is no initial access token.
    pub fn named(text: &str) -> Option<InitialAccessTokenId> {
        let bytes = b64::decode(text).filter(|bytes| bytes.len() == ID + RANDOM)?;
        let id: [u8; ID] = bytes.get(..ID)?.try_into().ok()?;
        Some(InitialAccessTokenId::new(uuid::Uuid::from_bytes(id)))
    }

    /// Whether a client may be registered by it with this text. The commit decides about the last one.
    ///
    /// # Errors
    /// `invalid_token`: another text, expired, or used as often as it may be (CR-01).
    pub fn admits(&self, text: &str, now: Time) -> Result<(), Refused> {
        let refused = |expected: &str, came: String| Refused::new(Reason::RegistrationTokenInvalid, expected, came);
        let shown = TokenHash::of(Artefact::InitialAccessToken, text);
        if !self.hash.is_some_and(|hash| digest::eq(hash.bytes(), shown.bytes())) {
            return Err(refused(WANTED, "another text".to_owned()));
        }
        if now >= self.expires_at {
            return Err(refused("one that has not expired", format!("one that expired at {}", self.expires_at)));
        }
        if self.used >= self.most {
            return Err(refused("one that is good for another client", format!("one that was good for {}", self.most)));
        }
        Ok(())
    }

    /// The refusal of one that is not there.
    pub fn unknown() -> Refused {
        Refused::new(Reason::RegistrationTokenInvalid, WANTED, "one that is not there, or not any more")
    }
}

/// This server's own: PingOne has no such object.
impl Described for InitialAccessToken {
    fn describe(&mut self, walk: &mut dyn Walk) {
        let Self {
            id,
            environment,
            name,
            expires_at,
            most,
            used,
            grants,
            hash,
            made: _,
            created_at,
            updated_at,
            version,
        } = self;
        walk.id(&property("id").read_only().found("id", Found::Id), id);
        walk.reference(&property("environment").read_only().column("environment_id"), environment);
        walk.text(&property("name").inert().text(1, 256).required(), name);
        walk.time(&property("expiresAt").required().column("expires_at"), expires_at);
        let most_of = property("maxRegistrations").range(1, MOST).absent(Absent::Default("1"));
        walk.number(&most_of, most);
        walk.number(&property("registrations").read_only().column("used").apart(), used);
        walk.choices(&property("grantTypes"), grants);
        walk.made(&property("token"), "string");
        walk.stored("hash", hash);
        walk.time(&property("createdAt").read_only().found("created_at", Found::Time), created_at);
        walk.time(&property("updatedAt").read_only(), updated_at);
        walk.version(version);
    }
}

impl Stored for Option<TokenHash> {
    fn write(&self) -> Option<Value> {
        self.map(|hash| b64::encode(hash.bytes()).into())
    }

    fn read(&mut self, stored: Option<&Value>) -> bool {
        let Some(stored) = stored else {
            *self = None;
            return true;
        };
        let bytes = stored.as_str().and_then(b64::decode).and_then(|bytes| bytes.try_into().ok());
        *self = bytes.map(TokenHash::from_stored);
        // One that cannot be read lets nobody in.
        self.is_some()
    }
}

const WANTED: &str = "an initial access token of this environment";
const ID: usize = 16;
const RANDOM: usize = 32;
const MOST: i64 = 1_000_000;
