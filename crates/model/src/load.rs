//! What a request reads, in as many reads as the engine makes: something may be committed between two of them.

use protocol::grant::refresh_token::open_successor;
use protocol::model::{Session, User};
use protocol::secret::{Artefact, TokenHash};

use crate::fixture::World;
use crate::mutant::Mutant;
use crate::password;
use crate::request::{Ask, Kind, Read, Request, Revocable, Word};
use crate::row::Row;
use crate::state::{State, Words};
use crate::store::{Rows, Without};

/// Whether the request reads once more before it is decided.
pub(crate) fn wants_more(request: &Request) -> bool {
    match &request.read {
        Read::Nothing => true,
        Read::Refresh { token, successor, .. } => {
            successor.is_none() && token.as_ref().is_some_and(|token| token.sealed_successor.is_some())
        }
        Read::Resume { present, .. } => present.is_none(),
        Read::Password(read) => read.wants_more(),
        Read::Code { .. } | Read::Revoke(_) => false,
    }
}

/// The next read of a request.
pub(crate) fn read(world: &World, state: &State, request: &Request, without: Without<'_>) -> Read {
    let rows = &state.rows;
    match (&request.read, request.ask) {
        (Read::Nothing, Ask::Exchange { word, .. }) => code(rows, &state.words, word, without),
        (Read::Nothing, Ask::Refresh { word, .. }) => refresh(rows, &state.words, word, without),
        (Read::Nothing, Ask::Revoke { word, .. }) => Read::Revoke(revocable(rows, state.words.text(word))),
        (Read::Nothing, Ask::Resume { flow, .. }) => match rows.flows.get(usize::from(flow)) {
            Some(flow) => Read::Resume { flow: flow.clone(), present: None },
            None => Read::Nothing,
        },
        (Read::Nothing, Ask::Password { flow, .. }) => password::begin(rows, flow),
        (Read::Refresh { token, family, user, session, .. }, _) => {
            let text = token.as_ref().and_then(|token| open_successor(token, &world.seal));
            let hash = text.map(|text| TokenHash::of(Artefact::RefreshToken, text.expose()));
            let successor = Some(rows.refresh.iter().find(|row| Some(row.hash) == hash).cloned());
            let (token, family, user, session) = (token.clone(), family.clone(), user.clone(), session.clone());
            Read::Refresh { token, family, user, session, successor }
        }
        (Read::Resume { flow, .. }, Ask::Resume { cookie, .. }) => {
            let present =
                cookie.and_then(|number| present(rows, state.words.text(Word { kind: Kind::Cookie, number }), request));
            Read::Resume { flow: flow.clone(), present: Some(present) }
        }
        (Read::Password(read), _) => password::read_on(world, rows, read, request, without),
        (read, _) => read.clone(),
    }
}

/// One query: the code with its user and session.
fn code(rows: &Rows, words: &Words, word: Word, without: Without<'_>) -> Read {
    let hash = TokenHash::of(Artefact::AuthorizationCode, words.text(word));
    let mut code = rows.codes.iter().find(|row| row.hash == hash);
    if without.has(Mutant::KindsMixed) && word.kind == Kind::Refresh {
        // A look-up by what a family is called, whatever the text was made as.
        let family = token(rows, words.text(word)).map(|token| token.family);
        code = rows.codes.iter().find(|row| Some(row.family) == family);
    }
    let given = code.map(|code| &code.authorization);
    Read::Code {
        user: given.and_then(|given| user(rows, given.user)),
        session: given.and_then(|given| session(rows, given.session)),
        code: code.cloned(),
    }
}

/// One query: the token with its family, and that one's user and session.
fn refresh(rows: &Rows, words: &Words, word: Word, without: Without<'_>) -> Read {
    let mut token = token(rows, words.text(word));
    if without.has(Mutant::KindsMixed) && word.kind == Kind::Code {
        let hash = TokenHash::of(Artefact::AuthorizationCode, words.text(word));
        let family = rows.codes.iter().find(|row| row.hash == hash).map(|code| code.family);
        token = rows.refresh.iter().rfind(|row| Some(row.family) == family);
    }
    let family = token.and_then(|token| rows.families.iter().find(|row| row.id == token.family));
    let given = family.map(|family| &family.authorization);
    Read::Refresh {
        user: given.and_then(|given| user(rows, given.user)),
        session: given.and_then(|given| session(rows, given.session)),
        token: token.cloned(),
        family: family.cloned(),
        successor: None,
    }
}

/// An access token by its text, else a refresh token (RFC 7009 §2.1).
fn revocable(rows: &Rows, text: &str) -> Revocable {
    let hash = TokenHash::of(Artefact::AccessToken, text);
    if let Some(access) = rows.access.iter().find(|row| row.hash == hash) {
        return Revocable::Access(access.clone());
    }
    let family = token(rows, text).and_then(|token| rows.families.iter().find(|row| row.id == token.family));
    family.map_or(Revocable::Unknown, |family| Revocable::Family(family.clone()))
}

/// The live session of a cookie, and its user.
fn present(rows: &Rows, cookie: &str, request: &Request) -> Option<(Row<Session>, Row<User>)> {
    let hash = TokenHash::of(Artefact::Session, cookie);
    let session = rows.sessions.iter().find(|row| row.token == hash)?;
    if !session.is_live(request.now) {
        return None;
    }
    Some((session.clone(), user(rows, session.user)?))
}

fn token<'a>(rows: &'a Rows, text: &str) -> Option<&'a Row<protocol::change::RefreshToken>> {
    let hash = TokenHash::of(Artefact::RefreshToken, text);
    rows.refresh.iter().find(|row| row.hash == hash)
}

fn user(rows: &Rows, id: protocol::id::UserId) -> Option<Row<User>> {
    rows.users.iter().find(|row| row.id == id).cloned()
}

fn session(rows: &Rows, id: protocol::id::SessionId) -> Option<Row<Session>> {
    rows.sessions.iter().find(|row| row.id == id).cloned()
}
