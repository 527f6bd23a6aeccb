//! What may be asked of a process, and a request on its way: read, but not answered yet.

use std::fmt::{self, Display};

use protocol::change::{Code, Family, RefreshToken};
use protocol::flow::Flow;
use protocol::model::{Session, User};
use protocol::time::Time;

use crate::row::Row;

/// Whose credentials come with a request. Whoever knows them may be anybody: the model does not ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Client {
    /// The application that the person allowed something.
    Honest,
    /// Another application of the environment, which a thief may own.
    Other,
}

/// Which client, and whether it shows that it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct By {
    pub(crate) client: Client,
    pub(crate) proves: bool,
}

/// What a text was sent as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Code,
    Refresh,
    Access,
    Cookie,
}

/// A text that was once sent, and that somebody may therefore present, anywhere and as anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Word {
    pub(crate) kind: Kind,
    pub(crate) number: u8,
}

/// How a parameter of the token request is to what the authorization request said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Said {
    Right,
    Other,
    Nothing,
}

/// What a refresh asks for, of `read`, which was allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Breadth {
    Same,
    Wider,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Ask {
    Exchange {
        word: Word,
        by: By,
        redirect: Said,
        verifier: Said,
    },
    Refresh {
        word: Word,
        by: By,
        scope: Breadth,
    },
    Revoke {
        word: Word,
        by: By,
    },
    /// The end of a flow, by whoever brings this session cookie or none.
    Resume {
        flow: u8,
        cookie: Option<u8>,
    },
    /// The person's password, or a guess, typed into a flow.
    Password {
        flow: u8,
        typed: Typed,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Typed {
    First,
    /// What the password is changed to.
    Second,
    Guess,
    OtherGuess,
}

/// A request that a process has begun.
#[derive(Clone, Debug, Hash)]
pub(crate) struct Request {
    pub(crate) ask: Ask,
    /// The process's clock when the request came.
    pub(crate) now: Time,
    /// Whether the client was enabled then, as the process knew.
    pub(crate) client_on: bool,
    /// How often it lost a guard.
    pub(crate) attempt: u8,
    /// Where its randomness begins.
    pub(crate) seed: u32,
    pub(crate) read: Read,
}

/// What a request has read so far. Every variant that is not whole wants another read.
#[derive(Clone, Debug, Hash, Default)]
pub(crate) enum Read {
    #[default]
    Nothing,
    Code {
        code: Option<Row<Code>>,
        user: Option<Row<User>>,
        session: Option<Row<Session>>,
    },
    Refresh {
        token: Option<Row<RefreshToken>>,
        family: Option<Row<Family>>,
        user: Option<Row<User>>,
        session: Option<Row<Session>>,
        /// None: not read yet, which only a superseded token with a sealed successor wants.
        #[expect(clippy::option_option, reason = "not read yet, and not there")]
        successor: Option<Option<Row<RefreshToken>>>,
    },
    Revoke(Revocable),
    Resume {
        flow: Row<Flow>,
        /// None: not read yet.
        #[expect(clippy::option_option, reason = "not read yet, and nobody")]
        present: Option<Option<(Row<Session>, Row<User>)>>,
    },
    Password(PasswordRead),
}

/// What a typed password has read so far.
#[derive(Clone, Debug, Hash)]
pub(crate) struct PasswordRead {
    /// None: to be read again, because a guard was lost.
    pub(crate) flow: Option<Row<Flow>>,
    /// Whose password was compared, as it was then.
    pub(crate) checked: Row<User>,
    /// As the user is when it is decided.
    pub(crate) user: Option<Row<User>>,
    pub(crate) latest: Latest,
}

/// The flow as a refusal reads it again.
#[derive(Clone, Debug, Hash)]
pub(crate) enum Latest {
    /// Nothing was refused.
    Unwanted,
    Wanted,
    Read(Row<Flow>),
}

/// What a token that is to be revoked turned out to be.
#[derive(Clone, Debug, Hash)]
pub(crate) enum Revocable {
    Family(Row<Family>),
    Access(Row<protocol::change::AccessToken>),
    Unknown,
}

impl By {
    pub(crate) const HONEST: Self = Self { client: Client::Honest, proves: true };
    pub(crate) const IMPOSTOR: Self = Self { client: Client::Honest, proves: false };
    pub(crate) const OTHER: Self = Self { client: Client::Other, proves: true };
}

impl Typed {
    /// What is kept of the word that was typed. The model's hash is the word itself.
    pub(crate) const fn hash(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Second => "second",
            Self::Guess => "guess",
            Self::OtherGuess => "other-guess",
        }
    }
}

impl Display for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exchange { word, by, redirect, verifier } => {
                write!(f, "{by} exchanges {word}")?;
                said(f, *redirect, "redirect_uri")?;
                said(f, *verifier, "code_verifier")
            }
            Self::Refresh { word, by, scope } => {
                let wider = if *scope == Breadth::Wider { " for a wider scope" } else { "" };
                write!(f, "{by} refreshes with {word}{wider}")
            }
            Self::Revoke { word, by } => write!(f, "{by} revokes {word}"),
            Self::Resume { flow, cookie: Some(cookie) } => write!(f, "cookie {cookie} resumes flow {flow}"),
            Self::Resume { flow, cookie: None } => write!(f, "nobody with a cookie resumes flow {flow}"),
            Self::Password { flow, typed } => write!(f, "“{}” is typed into flow {flow}", typed.hash()),
        }
    }
}

fn said(f: &mut fmt::Formatter<'_>, said: Said, parameter: &str) -> fmt::Result {
    match said {
        Said::Right => Ok(()),
        Said::Other => write!(f, ", another {parameter}"),
        Said::Nothing => write!(f, ", no {parameter}"),
    }
}

impl Display for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match (self.client, self.proves) {
            (Client::Honest, true) => "the client",
            (Client::Honest, false) => "somebody in the client's name",
            (Client::Other, true) => "another client",
            (Client::Other, false) => "somebody in another client's name",
        })
    }
}

impl Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            Kind::Code => "code",
            Kind::Refresh => "refresh token",
            Kind::Access => "access token",
            Kind::Cookie => "cookie",
        };
        write!(f, "{kind} {}", self.number)
    }
}
