//! What happens besides requests of clients: time passes, the person signs off, an administrator acts. Each is one commit without
//! anything read before that its guards do not hold: so it is one step.

use std::fmt::{self, Display};

use protocol::change::{Change, Guard};
use protocol::model::{Account, PasswordState, User};
use protocol::time::Time;

use crate::fixture::PERSON;
use crate::mutant::Mutant;
use crate::request::Typed;
use crate::store::{ENVIRONMENT, Rows, Without};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    Tick,
    /// The end of one session: by its person, or by an administrator.
    SignOff(u8),
    /// The password is set: that ends whatever the old one opened.
    ChangePassword,
    Disable,
    Enable,
    /// By an administrator: until it is taken back.
    Lock,
    Unlock,
    /// Of the honest application.
    DisableClient,
}

impl Act {
    /// The changes that the management API, or the sign-off, commits.
    pub(crate) fn changes(self, rows: &Rows, now: Time, without: Without<'_>) -> Vec<Change> {
        let Some(user) = rows.users.first() else { return Vec::new() };
        let end = Change::EndUserSessions(ENVIRONMENT, PERSON, now);
        match self {
            Self::Tick | Self::DisableClient => Vec::new(),
            Self::SignOff(number) => {
                let session = rows.sessions.get(usize::from(number));
                session.map(|session| Change::EndSession(ENVIRONMENT, session.id, now)).into_iter().collect()
            }
            Self::ChangePassword => {
                let password = PasswordState {
                    hash: Typed::Second.hash().into(),
                    must_change: false,
                    chosen: false,
                    changed_at: now,
                };
                let (environment, user, password) = (ENVIRONMENT, PERSON, Some(password));
                vec![
                    Change::SetPassword { environment, user, was: None, password, end_families: false, retiring: None },
                    end,
                ]
            }
            Self::Disable => {
                let put = Change::put(User { enabled: false, ..User::clone(user) }, Guard::Version);
                if without.has(Mutant::DisablingEndsNothing) { vec![put] } else { vec![put, end] }
            }
            Self::Enable => vec![Change::put(User { enabled: true, ..User::clone(user) }, Guard::Version)],
            Self::Lock => {
                let account = Account { locked_at: Some(now), unlock_at: None, ..user.account.clone() };
                vec![set_account(user, account)]
            }
            Self::Unlock => vec![set_account(user, Account::default())],
        }
    }

    /// Which sessions are over with it.
    pub(crate) fn ends(self, rows: &Rows) -> u8 {
        match self {
            Self::SignOff(number) => 1 << number,
            Self::ChangePassword | Self::Disable => ((1_u16 << rows.sessions.len()) - 1) as u8,
            Self::Tick | Self::Enable | Self::Lock | Self::Unlock | Self::DisableClient => 0,
        }
    }
}

fn set_account(user: &User, account: Account) -> Change {
    Change::SetAccount {
        environment: user.environment,
        user: user.id,
        was: user.account.clone(),
        judged: None,
        account,
    }
}

impl Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tick => f.write_str("time passes"),
            Self::SignOff(number) => write!(f, "session {number} is ended"),
            Self::ChangePassword => f.write_str("the password is changed"),
            Self::Disable => f.write_str("the user is disabled"),
            Self::Enable => f.write_str("the user is enabled"),
            Self::Lock => f.write_str("the user is locked by an administrator"),
            Self::Unlock => f.write_str("the user is unlocked"),
            Self::DisableClient => f.write_str("the client is disabled"),
        }
    }
}
