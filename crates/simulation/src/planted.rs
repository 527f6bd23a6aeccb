//! Faults of the server or its database that are put in on purpose: the checks are worth what they find of these.

/// One such fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Planted {
    /// A commit is answered before it happens.
    AnswerBeforeCommit,
    /// No expectation about rows is looked at.
    NoGuards,
    /// The expectation of statements that begin so is not looked at: one guard of the server's is missing.
    NoGuardOf(&'static str),
    /// Every statement of a commit is run once more.
    Twice,
    /// Of some commits only the first part happens, and is told as failed.
    Torn,
    /// Some commits are answered and do not happen.
    Forgotten,
    /// Some reads are answered by a copy that is behind.
    StaleReads,
    /// No process learns what another one configures.
    Deaf,
    /// What is done is not recorded.
    Unrecorded,
    /// A commit whose answer was lost is told as one that lost its guard.
    TakenForLost,
    /// Of the reads that have these words so many of a thousand find nothing.
    NothingFound(&'static str, u64),
    /// A refresh token is replaced, and nobody keeps by what.
    NoSuccessor,
    /// Some reads never come back.
    Silent,
}

impl Planted {
    /// What is put in, each with words of the finding that it has to come to: another one would say nothing of this fault.
    pub const ALL: [(Self, &'static str); 26] = [
        (Self::AnswerBeforeCommit, "a code or refresh token was refused"),
        (Self::NoGuards, ": done twice"),
        (Self::NoGuardOf("UPDATE codes SET consumed_at"), "a family of a code that was not used"),
        (
            Self::NoGuardOf("UPDATE refresh_tokens SET superseded_at"),
            "more than one refresh token that is not superseded",
        ),
        (Self::NoGuardOf("UPDATE families SET grace_replays"), "was given a lost answer more than once"),
        (Self::NoGuardOf("UPDATE flows SET expires_at"), ": done twice"),
        (Self::NoGuardOf("UPDATE users SET last_sign_on"), "a live session of a user who is switched off"),
        (Self::NoGuardOf("UPDATE users SET locked_at"), "which was over: its person's password was replaced"),
        (Self::NoGuardOf("INSERT INTO used_assertions"), "an assertion counted twice"),
        (Self::NoGuardOf("INSERT INTO used_assertions"), "a proof counted twice"),
        (Self::NoGuardOf("UPDATE pushed_requests SET used_at"), "a reference counted twice"),
        (Self::Twice, "counters were wrong"),
        (Self::Torn, "times in the database: "),
        (Self::Forgotten, "a code or refresh token was refused"),
        (Self::StaleReads, "who may sign on, was refused"),
        (Self::Deaf, "the service got a token and was switched off"),
        (Self::Unrecorded, "it is not on record"),
        (Self::TakenForLost, "it was refused, and is on record as granted"),
        (
            Self::NothingFound("FROM applications WHERE environment_id = $1 AND client_id = $2", 30),
            "the right secret of shop",
        ),
        (
            Self::NothingFound("FROM users WHERE environment_id = $1 AND username_key = $2", 30),
            "who may sign on, was refused",
        ),
        (Self::NothingFound("WHERE c.environment_id = $1 AND c.hash = $2", 30), "a code or refresh token was refused"),
        (
            Self::NothingFound("FROM families WHERE environment_id = $1 AND id = $2", 30),
            "an access token did not count",
        ),
        (
            Self::NothingFound("FROM consents WHERE environment_id = $1 AND user_id = $2", 60),
            "was asked again for what they allowed",
        ),
        (Self::NothingFound("FROM users WHERE environment_id = $1 AND id = $2", 1000), "the run did not end"),
        (Self::NoSuccessor, "was not given within the grace"),
        (Self::Silent, "no answer within"),
    ];
}
