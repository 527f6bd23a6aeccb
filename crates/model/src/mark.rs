//! What must be possible. A model in which nothing happens breaks no invariant, so every scenario names what has to be reached.

use protocol::refusal::Reason;

use crate::invariant::Done;
use crate::judge::Answer;
use crate::request::Ask;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// A code was exchanged.
    Redeemed,
    /// A code came again, and what it gave was revoked.
    ReplayRevoked,
    /// A wrong verifier ended its code.
    WrongVerifierEnded,
    /// A code was refused for its age, or a refresh token.
    Expired,
    /// What another client sent was refused.
    OtherRefused,
    /// Who did not prove to be the client was refused.
    ImpostorRefused,
    /// What a session gave was refused after its end.
    EndRefused,
    Rotated,
    /// A refresh token that rotation made was used.
    RotatedTwice,
    /// A refresh token that is not rotated brought an access token.
    Refreshed,
    /// A used refresh token brought its successor again.
    GraceAnswered,
    /// A used refresh token came again, and its line was revoked.
    ReuseRevoked,
    /// More than was allowed was asked for.
    WiderRefused,
    FamilyRevoked,
    AccessRevoked,
    /// A guard was lost, and the request decided again or refused.
    Lost,
    /// A guard was lost as often as an endpoint tries.
    GaveUp,
    FlowYielded,
    SecondResumeRefused,
    StrangerRefused,
    SignedOn,
    /// A wrong password was counted.
    Counted,
    /// The count locked the account.
    LockedOut,
    LockRefused,
    /// The person signed on while a lock by guesses kept strangers out.
    LetThrough,
    DisabledRefused,
    /// A key waits, signs, is retired and is gone.
    KeyWaits,
    KeyFollowed,
    /// A process signed with a key of whose retirement it had not learned.
    KeySignedLate,
    KeyAtOnce,
    KeyGone,
    /// An assertion proved its client, also to whoever was refused for something else.
    Proven,
    RefusalUsedUp,
    /// What may be shown once was shown again.
    ReplayRefused,
    Forged,
    /// A reference was answered at once.
    Referred,
    ReferenceUsed,
    Unregistered,
    /// A resource took a proof.
    Admitted,
    OtherKeyRefused,
    NoKeyRefused,
    /// A person was asked, or was not because they had been.
    Asked,
    Remembered,
    Allowed,
    TurnedAway,
    WithdrawnRefused,
}

impl Mark {
    pub const fn bit(self) -> u64 {
        1 << self as u64
    }

    pub(crate) fn of(done: &Done<'_>) -> u64 {
        let marks = match done.answer {
            Answer::Tokens { .. } => [Self::granted(done), None],
            Answer::Refused(reason) => [Self::refused(*reason), Self::changed(done, *reason)],
            Answer::Revoked if done.after.rows.families == done.before.rows.families => {
                [Some(Self::AccessRevoked), None]
            }
            Answer::Revoked => [Some(Self::FamilyRevoked), None],
            Answer::Code(Some(_)) => [Some(Self::FlowYielded), None],
            Answer::SignedOn(Some(_)) => {
                let now = done.request.now;
                let locked = done.before.rows.users.iter().any(|user| user.account.is_locked(now));
                [Some(Self::SignedOn), locked.then_some(Self::LetThrough)]
            }
            _ => [None, None],
        };
        marks.into_iter().flatten().map(Self::bit).fold(0, |all, bit| all | bit)
    }

    fn granted(done: &Done<'_>) -> Option<Self> {
        match done.request.ask {
            Ask::Exchange { .. } => Some(Self::Redeemed),
            Ask::Refresh { .. } if !done.scenario.rotate => Some(Self::Refreshed),
            Ask::Refresh { word, .. } if done.before.history.used(word).times > 0 => Some(Self::GraceAnswered),
            Ask::Refresh { word, .. } if word.number > 0 => Some(Self::RotatedTwice),
            Ask::Refresh { .. } => Some(Self::Rotated),
            _ => None,
        }
    }

    fn refused(reason: Reason) -> Option<Self> {
        match reason {
            Reason::CodeExpired | Reason::RefreshTokenExpired => Some(Self::Expired),
            Reason::CodeOfOtherClient | Reason::RefreshTokenOfOtherClient => Some(Self::OtherRefused),
            Reason::SecretWrong | Reason::MethodOther => Some(Self::ImpostorRefused),
            Reason::SubjectInactive => Some(Self::EndRefused),
            Reason::ScopeWider => Some(Self::WiderRefused),
            Reason::ActionNotAllowed => Some(Self::SecondResumeRefused),
            Reason::SessionMissing => Some(Self::StrangerRefused),
            Reason::AccountLocked => Some(Self::LockRefused),
            Reason::AccountDisabled | Reason::AccountElsewhere | Reason::ApplicationDisabled => {
                Some(Self::DisabledRefused)
            }
            _ => None,
        }
    }

    /// What a refusal changed.
    fn changed(done: &Done<'_>, reason: Reason) -> Option<Self> {
        if done.before.rows == done.after.rows {
            return None;
        }
        match reason {
            Reason::CodeConsumed => Some(Self::ReplayRevoked),
            Reason::VerifierInvalid | Reason::VerifierMissing => Some(Self::WrongVerifierEnded),
            Reason::RefreshTokenReused => Some(Self::ReuseRevoked),
            Reason::PasswordWrong if done.after.rows.users.iter().any(|user| user.account.locked_at.is_some()) => {
                Some(Self::LockedOut)
            }
            Reason::PasswordWrong => Some(Self::Counted),
            _ => None,
        }
    }
}
