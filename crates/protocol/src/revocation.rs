//! What the revocation of a token comes to (RFC 7009): whose it has to be, and what goes with it.

use crate::change::{Absence, AccessToken, Change, Family};
use crate::id::{ApplicationId, EnvironmentId, FamilyId};
use crate::secret::TokenHash;
use crate::time::Time;

/// What became of the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revocation {
    /// It is revoked now.
    Revoked,
    /// RFC 7009 §2.2: a token that does not live is as good as revoked.
    NothingToRevoke,
    /// RFC 7009 §2.1: another client's. It lives on (RV-02).
    NotTheClients,
}

/// What a string turned out to be.
#[derive(Clone, Copy, Debug)]
pub enum Found<'a> {
    /// An access token that has not expired.
    Access(&'a Issued),
    /// A refresh token, or nothing that is stored.
    Refresh {
        /// The family of the refresh token with the hash `refresh`.
        family: Option<&'a Family>,
        /// What would be stored of the string if it were an access token.
        access: TokenHash,
        refresh: TokenHash,
    },
}

/// An access token as it was issued, and whether it is revoked.
#[derive(Clone, Debug)]
pub struct Issued {
    pub hash: TokenHash,
    /// None: to no application that is there.
    pub application: Option<ApplicationId>,
    pub family: Option<FamilyId>,
    pub expires_at: Time,
    pub revoked: bool,
}

/// Decides the request of the application `own`, which authenticated, and says what is committed for it.
pub fn decide(
    environment: EnvironmentId,
    own: ApplicationId,
    found: Found<'_>,
    at: Time,
) -> (Revocation, Option<Change>) {
    match found {
        Found::Access(issued) => access_token(environment, own, issued, at),
        Found::Refresh { family, access, refresh } => match family.filter(|family| family.revoked_at.is_none()) {
            // RFC 7009 §2.2: 200 says that it is revoked. A leader that was frozen and wakes up has not heard of it yet: so the commit
            // of the event looks for it once more, and is not answered by such a one.
            None => {
                let absent = Absence::Token { environment, access, refresh, at };
                (Revocation::NothingToRevoke, Some(Change::Absent(absent)))
            }
            Some(family) if family.authorization.application != own => (Revocation::NotTheClients, None),
            // RFC 7009 §2.1: it takes its whole family with it, access tokens too.
            Some(family) => (Revocation::Revoked, Some(Change::RevokeFamily { environment, family: family.id, at })),
        },
    }
}

fn access_token(
    environment: EnvironmentId,
    own: ApplicationId,
    issued: &Issued,
    at: Time,
) -> (Revocation, Option<Change>) {
    if issued.application != Some(own) {
        return (Revocation::NotTheClients, None);
    }
    if issued.revoked {
        return (Revocation::NothingToRevoke, None);
    }
    let revoked = AccessToken {
        environment,
        hash: issued.hash,
        application: own,
        family: issued.family,
        claims: None,
        expires_at: issued.expires_at,
        revoked_at: Some(at),
    };
    (Revocation::Revoked, Some(Change::RevokeAccessToken(revoked)))
}
