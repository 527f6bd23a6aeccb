//! Planted faults: each leaves out a guard of the store, or tells a decision less than was read, or hurries the engine. The model is
//! good for nothing unless it finds every one.

use crate::invariant::Invariant;

/// One rule that is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mutant {
    // Guards of the store.
    UsedCodeConsumed,
    EndedCodeConsumed,
    ExpiredCodeConsumed,
    FamilyMadeTwice,
    SupersededRotates,
    SupersedesNothing,
    RevokedRotates,
    ReplaysUncounted,
    RevokedReplays,
    RevokedUsed,
    FlowVersionUnguarded,
    AccountUnguarded,
    JudgedUnguarded,
    DisabledSignsOn,
    LockedSignsOn,
    // What a change does.
    CommitsHalf,
    RecordedStaysGood,
    CodesOutliveSession,
    FamiliesOutliveSession,
    RevokesEveryLine,
    DisablingEndsNothing,
    // What a decision is told.
    AnySecretProves,
    DisabledClientProves,
    CodeOfAnybody,
    UseNotTold,
    ExpiryNotTold,
    RedirectNotBound,
    ChallengeNotBound,
    DisablingNotTold,
    SessionEndNotTold,
    ReuseNotTold,
    GraceWithoutEnd,
    GraceForAncestors,
    SuccessorNotTold,
    RefreshOutlivesItself,
    RefreshOfAnybody,
    RevocationNotTold,
    ReplaysNotTold,
    ScopeNotNarrowed,
    LineWithoutEnd,
    RevokesForAnybody,
    ResumedNotTold,
    CookieNotCompared,
    KindsMixed,
    LockNotTold,
    DeviceNotTold,
    // What the engine does around a decision.
    AnswersEarly,
    LossIgnored,
    ReplayRevokesNothing,
    WrongVerifierChangesNothing,
    VerdictOutlives,
    FailureNotRecounted,
}

/// A fault, and where it shows. Where two walls stand behind each other, it takes both of them away.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Planted {
    pub(crate) name: &'static str,
    pub(crate) drops: &'static [Mutant],
    pub(crate) scenario: &'static str,
    /// What it breaks the soonest.
    pub(crate) breaks: Invariant,
}

const fn planted(name: &'static str, scenario: &'static str, drops: &'static [Mutant], breaks: Invariant) -> Planted {
    Planted { name, drops, scenario, breaks }
}

use Invariant::{I1, I2, I3, I4, I5, I6, I7, I8, I9, I10, I11, I13, I14, I16, NoError, Pk10, Served, SignOn};
use Mutant as M;

pub(crate) const MUTANTS: &[Planted] = &[
    planted("a code is consumed whether or not it was", "codes", &[M::UsedCodeConsumed], NoError),
    planted("the same, and a family is made over another", "codes", &[M::UsedCodeConsumed, M::FamilyMadeTwice], I1),
    planted("redirect_uri is not bound, nor anything else", "codes-without-pkce", &[M::RedirectNotBound], I3),
    planted("a code that ended with its session is consumed", "codes", &[M::EndedCodeConsumed], I11),
    planted("a replaced refresh token rotates", "refresh", &[M::SupersededRotates], I10),
    planted("a replaced refresh token stays", "refresh-grace-public", &[M::SupersedesNothing], I2),
    planted("a refresh token of a revoked line rotates", "refresh", &[M::RevokedRotates], I4),
    planted("grace replays are counted without looking", "refresh-grace", &[M::ReplaysUncounted], I10),
    planted("a revoked line is replayed in its grace", "refresh-grace", &[M::RevokedReplays], I4),
    planted("a revoked line goes on without rotation", "refresh-without-rotation", &[M::RevokedUsed], I4),
    planted("a flow is written whatever its version", "flows", &[M::FlowVersionUnguarded], I13),
    planted("a sign-on is written whatever its flow's version", "sign-on", &[M::FlowVersionUnguarded], I13),
    planted("an account is written whatever it was", "sign-on-end", &[M::AccountUnguarded], SignOn),
    planted("a password that was changed before the commit signs on", "sign-on-end", &[M::JudgedUnguarded], SignOn),
    planted("a password that was changed before the decision signs on", "sign-on-end", &[M::VerdictOutlives], SignOn),
    planted("a disabled user signs on", "sign-on-end", &[M::DisabledSignsOn], SignOn),
    planted("a locked user signs on", "sign-on-end", &[M::LockNotTold, M::LockedSignsOn, M::AccountUnguarded], SignOn),
    planted(
        "a lock by an administrator is none on a known device",
        "sign-on-device",
        &[M::LockNotTold, M::LockedSignsOn, M::AccountUnguarded],
        SignOn,
    ),
    planted("a lock by guesses is one on a known device", "sign-on-device", &[M::DeviceNotTold], Served),
    planted("a commit that loses a guard keeps its first half", "sign-on-end", &[M::CommitsHalf], I8),
    planted("a recorded access token cannot be revoked", "refresh", &[M::RecordedStaysGood], I4),
    planted("the end of a session leaves its codes", "codes", &[M::CodesOutliveSession], I11),
    planted("the end of a line ends another one", "families", &[M::RevokesEveryLine], I6),
    planted("the end of a session leaves its families", "refresh", &[M::FamiliesOutliveSession], I11),
    planted("disabling a user ends nothing", "refresh-end", &[M::DisablingEndsNothing], I3),
    planted("client authentication is skipped", "codes", &[M::AnySecretProves], I3),
    planted("a disabled client proves itself", "codes-end", &[M::DisabledClientProves], I3),
    planted("a code is anybody's", "codes", &[M::CodeOfAnybody], I3),
    planted("the use of a code is not told", "codes", &[M::UseNotTold], I5),
    planted("an expired code is neither told nor guarded", "codes", &[M::ExpiryNotTold, M::ExpiredCodeConsumed], I3),
    planted("redirect_uri is not bound", "codes", &[M::RedirectNotBound], I3),
    planted("PKCE is skipped", "codes", &[M::ChallengeNotBound], I3),
    planted("PKCE is skipped, without a secret", "codes-public", &[M::ChallengeNotBound], I3),
    planted("the end of a session is not told", "flows", &[M::SessionEndNotTold], I11),
    planted(
        "the end of a user is neither told nor kept",
        "refresh-end",
        &[M::DisablingNotTold, M::DisablingEndsNothing],
        I3,
    ),
    planted("reuse is not told", "refresh", &[M::ReuseNotTold], I9),
    planted("a grace that is not given", "refresh-clocks", &[M::SuccessorNotTold], Served),
    planted("a grace does not end", "refresh-grace", &[M::GraceWithoutEnd], I10),
    planted("a grace is for every generation", "refresh-grace", &[M::GraceForAncestors], I10),
    planted("the budget of grace is not told", "refresh-grace", &[M::ReplaysNotTold], I9),
    planted("a refresh token is good for ever", "refresh", &[M::RefreshOutlivesItself], I3),
    planted("a line is good for ever", "refresh", &[M::LineWithoutEnd], I7),
    planted("a refresh token is anybody's", "refresh", &[M::RefreshOfAnybody], I3),
    planted("a revocation is neither told nor guarded", "refresh", &[M::RevocationNotTold, M::RevokedRotates], I4),
    planted("a scope may grow", "refresh", &[M::ScopeNotNarrowed], I7),
    planted("anybody revokes anything", "refresh", &[M::RevokesForAnybody], I3),
    planted("a flow is answered again", "flows", &[M::ResumedNotTold], I13),
    planted("a flow is answered to any session", "flows", &[M::CookieNotCompared], I13),
    planted("a code is a refresh token, and the other way around", "codes", &[M::KindsMixed], I14),
    planted("what was decided is answered before its commit", "codes", &[M::AnswersEarly], I8),
    planted("a lost guard is not minded", "codes", &[M::LossIgnored], I11),
    planted("a lost guard is not minded, at a refresh", "refresh", &[M::LossIgnored], I4),
    planted("a wrong verifier leaves the code", "codes", &[M::WrongVerifierChangesNothing], Pk10),
    planted("the replay of a code revokes nothing", "codes", &[M::ReplayRevokesNothing], I5),
    planted("the replay of a code revokes nothing, without a secret", "codes-public", &[M::ReplayRevokesNothing], I5),
    planted("the reuse of a refresh token revokes nothing", "refresh", &[M::ReplayRevokesNothing], I9),
    planted("a failure that lost its guard is not counted again", "sign-on-end", &[M::FailureNotRecounted], I16),
];
