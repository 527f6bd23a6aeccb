//! Everything this server may do to its data. Nothing else writes.
//!
//! A list of changes is committed whole or not at all. A change with a guard is *lost* when the facts it was decided on
//! no longer hold; then nothing of the list happened, and the engine loads and decides again.

mod given;
mod guard;
mod shown;

pub use given::{AccessToken, Code, Family, RefreshToken};
pub use guard::{Absence, Ending, Guard};
pub use shown::{PushedRequest, UsedAssertion, UsedProof};

use uuid::Uuid;

use crate::audit::Event;
use crate::consent::Consent;
use crate::flow::Flow;
use crate::id::{
    ApplicationId, EnvironmentId, FamilyId, GroupId, InitialAccessTokenId, OrganizationId, SessionId, UserId,
};
use crate::logout::{Notice, Participation};
use crate::mailed::{CodeFor, MailedCode};
use crate::model::{
    Account, ClientSecret, Key, KeyStatus, Member, Object, PasswordState, Retiring, SecretOf, Session,
    SigningKeyRecord, User,
};
use crate::sealed::Sealed;
use crate::secret::{SecretDigest, TokenHash};
use crate::time::Time;

/// One write. Configuration changes also raise the environment's revision, which every node watches.
#[derive(Clone, Debug)]
pub enum Change {
    /// Writes an object. What else that means for its kind, the store's table of kinds says.
    Put(Box<Object>, Guard),
    /// Takes an object away, with all that ends with it. Guard: it exists, and nothing that its kind names holds it.
    Remove(Key),
    /// Writes nothing. Guard: the object is there in this version.
    Expect(Key, i64),
    /// Writes nothing. Guard: the object is there, and until the commit nobody takes it away.
    Require(Key),
    /// Writes nothing. Guard: it is not there. For an answer that says so: the read may have been answered by a server that is no
    /// leader any more, and the commit is not.
    Absent(Absence),
    /// Writes nothing. Guard: what is `ending` is not the last that holds the role over the organization and may act by it, in an
    /// environment that is not put aside; and until the commit no other change with this guard ends that one. Applications may act
    /// that are enabled and have the grant of their own name; users, who act by an application, where no application does, who are
    /// enabled, have a password and are not locked by an administrator.
    KeepRole {
        role: Uuid,
        organization: OrganizationId,
        ending: Ending,
    },

    // Configuration.
    CreateKey(SigningKeyRecord),
    /// Guard: the stored status is `was`, so that of two rotations decided on the same keys one is made.
    UpdateKey {
        key: SigningKeyRecord,
        was: KeyStatus,
    },
    /// Takes a key out of the published set. Guard: it has the status `was`, which is never that of the key that signs.
    DeleteKey(EnvironmentId, String, KeyStatus),
    /// Sets the current secret and, where given, keeps the one before. Guard: the current digest is `was`.
    RotateSecret {
        environment: EnvironmentId,
        of: SecretOf,
        was: Option<[u8; 32]>,
        current: ClientSecret,
        previous: Option<ClientSecret>,
    },
    /// Guard: the previous digest is `was`; so that it never ends another one that a rotation put there meanwhile.
    DeletePreviousSecret {
        environment: EnvironmentId,
        of: SecretOf,
        was: [u8; 32],
    },

    // Clients that registered themselves.
    /// Counts a client that is registered by an initial access token. Guard: the token is there and was used less often than `most`, so
    /// that of a hundred who come at once with the last use one is served.
    UseInitialToken {
        environment: EnvironmentId,
        token: InitialAccessTokenId,
        most: i64,
    },
    /// Since when a client was given no token; None: it was given one, and stays. One that stays is not said to be unused again.
    /// Guard: it is there.
    MarkClient {
        environment: EnvironmentId,
        application: ApplicationId,
        unused_since: Option<Time>,
    },
    /// Writes nothing. Guard: the client was given no token since before this time; and until the commit it is given none.
    ExpectUnused {
        environment: EnvironmentId,
        application: ApplicationId,
        before: Time,
    },

    // The master key.
    /// The same secret under another master key, with its digest where it has one. Guard: what is stored is `was`.
    Reseal {
        was: Sealed,
        sealed: Vec<u8>,
        digest: Option<SecretDigest>,
    },
    /// Notes between which master keys the database is; None: it is under one again.
    MasterKeyRotation(Option<String>),

    // Users.
    /// Enters users, none of whom is there. Guard: so are their populations. Their numbers are counted at once.
    ImportUsers(Vec<User>),
    /// Sets or, with None, removes the password. Ends codes and refresh-token families where `end_families`. Guard: the stored
    /// hash is `was`, so that what was decided on one password is not written over another. Without it the user exists: for an
    /// administrator, who sets a password whatever it is. The one that was there is remembered where the policy says so.
    SetPassword {
        environment: EnvironmentId,
        user: UserId,
        was: Option<String>,
        password: Option<PasswordState>,
        end_families: bool,
        retiring: Option<Retiring>,
    },
    /// Guard: the whole account stored equals `was`, so that 100 parallel guesses count as 100 and no guess undoes a lock; and
    /// the stored hash is the one that was `judged`, where a password was.
    SetAccount {
        environment: EnvironmentId,
        user: UserId,
        was: Account,
        judged: Option<String>,
        account: Account,
    },
    /// A rehash of the same password after a successful check. Changes nothing where the hash is no longer `was`.
    Rehash {
        environment: EnvironmentId,
        user: UserId,
        was: String,
        hash: String,
    },
    /// Guard: the user is enabled and not locked, so that a sign-on that races the disabling or the lock opens no session.
    RecordSignOn {
        environment: EnvironmentId,
        user: UserId,
        at: Time,
    },

    // Codes that are sent to people.
    /// Takes the place of the one that was sent before. Guard: the user exists, and what was sent before is `was`, so that those who
    /// ask at once are counted.
    SendMailedCode {
        code: MailedCode,
        was: Option<SecretDigest>,
    },
    /// One try less. Guard: it is that code still, with `was` tries left, so that 100 parallel guesses count as 100.
    CountMailedTry {
        environment: EnvironmentId,
        user: UserId,
        kind: CodeFor,
        digest: SecretDigest,
        was: i64,
    },
    /// Guard: it is that code still, with tries left, and not expired. Single use lives here.
    UseMailedCode {
        environment: EnvironmentId,
        user: UserId,
        kind: CodeFor,
        digest: SecretDigest,
        at: Time,
    },

    // Groups.
    /// Guard: both exist; a population's group takes its users and groups alone; groups are in no circle and in each other no
    /// deeper than they may be; and nobody put it there already.
    JoinGroup {
        environment: EnvironmentId,
        member: Member,
        group: GroupId,
        at: Time,
    },
    /// Guard: somebody put the member into the group. Who is in it by its filter stays in it by that.
    LeaveGroup {
        environment: EnvironmentId,
        member: Member,
        group: GroupId,
    },

    /// Remembers a client's assertion until it has expired. Guard: it was not used yet (RFC 7523 §3).
    UseAssertion(UsedAssertion),
    /// Remembers a DPoP proof for as long as it could be shown again. Guard: it was not used yet (RFC 9449 §11.1).
    UseProof(UsedProof),

    // Pushed authorization requests.
    PushRequest(Box<PushedRequest>),
    /// Guard: it was not answered yet. Single use lives here (RFC 9126 §4).
    UsePushedRequest {
        environment: EnvironmentId,
        reference: TokenHash,
        at: Time,
    },

    // Consent.
    /// What a person allows an application now. Guard: the stored version is the consent's, and it is stored as one more; or there is
    /// none yet, where it is `new`.
    GiveConsent {
        consent: Box<Consent>,
        new: bool,
    },
    /// Writes nothing. Guard: it is there in this version, and until the commit nobody withdraws it.
    UseConsent {
        environment: EnvironmentId,
        user: UserId,
        application: ApplicationId,
        version: i64,
    },
    /// Takes it back, and with it the codes and the families that the application has of the person. Guard: it is there.
    WithdrawConsent {
        environment: EnvironmentId,
        user: UserId,
        application: ApplicationId,
        at: Time,
    },

    // Sign-on.
    CreateFlow(Box<Flow>),
    /// Guard: the stored version is `flow.version`; it is stored as one more.
    UpdateFlow(Box<Flow>),
    CreateSession(Session),
    /// Ends what the session gave too: its codes, and its families but those that were given for offline access (Back-Channel
    /// Logout §2.7). Who took part in it is told.
    EndSession(EnvironmentId, SessionId, Time),
    /// The same for every session of the user, with all families. A grant that races it finds its code ended or its family revoked.
    EndUserSessions(EnvironmentId, UserId, Time),

    /// That an application takes part in a session. Changes nothing where it does already.
    JoinSession(Box<Participation>),
    /// When an application is told next, and how often it was tried. Guard: it is due at `was`, so that of two nodes one tells it.
    MoveNotice {
        notice: Box<Notice>,
        was: Time,
    },
    /// It was told, or is told no more.
    LeaveSession(Box<Participation>),

    // Grants.
    IssueCode(Box<Code>),
    /// Guard: not consumed yet, and neither expired nor ended with the user's sessions. Single use lives here (RFC 6749 §4.1.2).
    ConsumeCode {
        environment: EnvironmentId,
        code: TokenHash,
        at: Time,
    },
    CreateFamily(Family),
    /// Revokes the family, and with it every access and refresh token of it.
    RevokeFamily {
        environment: EnvironmentId,
        family: FamilyId,
        at: Time,
    },
    IssueRefreshToken(RefreshToken),
    /// Guard: it is the family's current generation, not superseded, and the family is not revoked.
    SupersedeRefreshToken {
        environment: EnvironmentId,
        token: TokenHash,
        at: Time,
        sealed_successor: Option<Vec<u8>>,
    },
    /// Writes nothing. Guard: the family is not revoked; and until the commit nobody revokes it. For an answer that replaces no
    /// refresh token.
    UseFamily {
        environment: EnvironmentId,
        family: FamilyId,
    },
    /// Guard: the family is not revoked, and its grace replays so far are `was`.
    CountGraceReplay {
        environment: EnvironmentId,
        family: FamilyId,
        was: i64,
    },
    RecordAccessToken(AccessToken),
    /// Revokes one access token; a JWT that was never recorded is recorded as revoked.
    RevokeAccessToken(AccessToken),

    Record(Box<Event>),
}

impl Change {
    pub fn put(object: impl Into<Object>, guard: Guard) -> Self {
        Self::Put(Box::new(object.into()), guard)
    }

    /// The environment whose configuration this changes, so that every node drops what it keeps of it.
    /// None for users, groups, sign-ons, tokens and events, which are always read from the store.
    pub fn configures(&self) -> Option<EnvironmentId> {
        match self {
            Self::Put(object, _) => object.kind().configures().then(|| object.environment()).flatten(),
            Self::Remove(key) => key.kind().configures().then(|| key.environment()).flatten(),
            Self::CreateKey(k) | Self::UpdateKey { key: k, .. } => Some(k.environment),
            Self::RotateSecret { environment, .. }
            | Self::DeletePreviousSecret { environment, .. }
            | Self::MarkClient { environment, .. }
            | Self::DeleteKey(environment, ..) => Some(*environment),
            Self::Expect(..)
            | Self::Require(_)
            | Self::Absent(_)
            | Self::KeepRole { .. }
            | Self::UseInitialToken { .. }
            | Self::ExpectUnused { .. }
            // No server runs meanwhile that could keep anything.
            | Self::Reseal { .. }
            | Self::MasterKeyRotation(_)
            | Self::ImportUsers(_)
            | Self::SetPassword { .. }
            | Self::SetAccount { .. }
            | Self::Rehash { .. }
            | Self::RecordSignOn { .. }
            | Self::SendMailedCode { .. }
            | Self::CountMailedTry { .. }
            | Self::UseMailedCode { .. }
            | Self::JoinGroup { .. }
            | Self::LeaveGroup { .. }
            | Self::UseAssertion(_)
            | Self::PushRequest(_)
            | Self::UsePushedRequest { .. }
            | Self::UseProof(_)
            | Self::GiveConsent { .. }
            | Self::UseConsent { .. }
            | Self::WithdrawConsent { .. }
            | Self::CreateFlow(_)
            | Self::UpdateFlow(_)
            | Self::CreateSession(_)
            | Self::EndSession(..)
            | Self::EndUserSessions(..)
            | Self::JoinSession(_)
            | Self::MoveNotice { .. }
            | Self::LeaveSession(_)
            | Self::IssueCode(_)
            | Self::ConsumeCode { .. }
            | Self::CreateFamily(_)
            | Self::RevokeFamily { .. }
            | Self::IssueRefreshToken(_)
            | Self::SupersedeRefreshToken { .. }
            | Self::UseFamily { .. }
            | Self::CountGraceReplay { .. }
            | Self::RecordAccessToken(_)
            | Self::RevokeAccessToken(_)
            | Self::Record(_) => None,
        }
    }
}
