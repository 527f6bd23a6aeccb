//! Decides what an `id_token_hint` proves: that this issuer once gave it, and to whom (OIDC Core §3.1.2.1,
//! RP-Initiated Logout 1.0 §2).

use jose::Compact;
use jose::claims::{Checks, TypRule};

use crate::client::Client;
use crate::id::{SessionId, UserId};
use crate::mapping::subject;
use crate::model::{Session, TokenProfile, User};
use crate::refusal::{Reason, Refused};
use crate::rotation::PublishedKey;
use crate::time::Time;

/// A verified ID token of this issuer; it may have expired. It authenticates nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdTokenHint {
    /// None in a token of Spring's profile, which names the person: a name may become somebody else's.
    pub subject: Option<UserId>,
    /// `sub` as it stands.
    pub sub: String,
    /// The client ids that the token was made for.
    pub audience: Vec<String>,
    /// `sid`, where the token has one.
    pub session: Option<SessionId>,
}

impl IdTokenHint {
    /// Verifies with a key of the environment that `find_key` looks up by its `kid`. Signature and issuer must be right;
    /// `exp` is not looked at, because the hint is used after the token's life as a rule. `profile` is the environment's.
    ///
    /// # Errors
    /// [`Reason::HintInvalid`], whatever is wrong with it.
    pub fn verify(
        token: &str,
        find_key: impl FnOnce(&str) -> Option<PublishedKey>,
        issuer: &str,
        profile: TokenProfile,
        now: Time,
    ) -> Result<Self, Refused> {
        let invalid = |came: &str| Refused::new(Reason::HintInvalid, "an ID token of this issuer", came);
        let compact = Compact::parse(token).map_err(|error| invalid(&error.to_string()))?;
        let key = compact.kid().and_then(find_key).ok_or_else(|| invalid("a token of an unknown key"))?;
        let verified = compact.verify(&key.verifying).map_err(|error| invalid(&error.to_string()))?;
        let checks = Checks {
            issuer: Some(issuer),
            audience: None,
            // RFC 8725 §3.11: an access token with its own type is no ID token.
            typ: TypRule::Optional(&["JWT"]),
            required: &["iss", "sub", "aud", "exp", "iat"],
            now: now.secs(),
            skew: A_CENTURY,
            ahead: A_CENTURY,
        };
        let claims = checks.check(verified).map_err(|error| invalid(&error.to_string()))?;
        let has = |name| claims.all.contains_key(name);
        // RFC 8725 §3.12: not every profile gives the kinds a type, so they are told apart by what only one of them has.
        if !(has("at_hash") || has("azp")) || has("client_id") || has("scope") {
            return Err(invalid("another kind of token"));
        }
        if !key.can_have_signed(claims.issued_at) {
            return Err(invalid("a token signed with a key after its retirement"));
        }
        let session = claims.all.get("sid").and_then(serde_json::Value::as_str).and_then(SessionId::parse);
        // The environment may have had another profile when it gave the token.
        let subject = match profile {
            TokenProfile::PingOne | TokenProfile::Rfc9068 => claims.subject.as_deref().and_then(UserId::parse),
            TokenProfile::Spring => None,
        };
        if subject.is_none() && session.is_none() {
            return Err(invalid("another kind of subject"));
        }
        let sub = claims.subject.unwrap_or_default();
        Ok(Self { subject, sub, audience: claims.audience, session })
    }

    /// The hint as one of the client's, for whoever is there. A client whose `sub` is mapped knows people by that, whatever it looks
    /// like: only who is there can be compared with it, and otherwise it names its session alone.
    #[must_use]
    pub fn of(self, client: &Client, user: Option<&User>) -> Self {
        if !client.mappings.has_sub() || !self.is_for(&client.application.client_id) {
            return self;
        }
        let is = |user: &&User| subject(client, user, TokenProfile::Spring).is_ok_and(|sub| sub == self.sub);
        Self { subject: user.filter(is).map(|user| user.id), ..self }
    }

    /// Whether the token was given to the person of this session; where it does not say to whom, in this very session.
    pub fn names(&self, session: &Session) -> bool {
        self.subject.map_or(self.session == Some(session.id), |subject| subject == session.user)
    }

    /// Whether the token was made for this client.
    pub fn is_for(&self, client_id: &str) -> bool {
        self.audience.iter().any(|named| named == client_id)
    }
}

/// So that an expired hint passes, and one of a process whose clock is ahead; seconds.
const A_CENTURY: i64 = 3_155_760_000;
