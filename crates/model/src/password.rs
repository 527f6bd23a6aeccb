//! A password typed into a flow: read, compared and read again as `engine/src/flow/act.rs` does.

use protocol::flow::{Checked, Flow, Input, Rejected, Stepped, step};
use protocol::model::{Account, User};

use crate::fixture::{Counting, LOGIN, World};
use crate::mutant::Mutant;
use crate::request::{Ask, Latest, PasswordRead, Read, Request, Typed};
use crate::row::Row;
use crate::store::{Rows, Without};

impl PasswordRead {
    pub(crate) fn wants_more(&self) -> bool {
        self.flow.is_none() || self.user.is_none() || matches!(self.latest, Latest::Wanted)
    }

    /// Decides again after a lost guard: on the flow as it is now where it `moves`, else on the user alone.
    pub(crate) fn again(&self, moves: bool) -> Self {
        let flow = self.flow.clone().filter(|_| !moves);
        Self { flow, checked: self.checked.clone(), user: None, latest: Latest::Unwanted }
    }
}

/// The flow, and the user whose password is compared.
pub(crate) fn begin(rows: &Rows, flow: u8) -> Read {
    let flow = rows.flows.get(usize::from(flow)).cloned();
    match rows.users.first().cloned() {
        Some(checked) => Read::Password(PasswordRead { flow, checked, user: None, latest: Latest::Unwanted }),
        None => Read::Nothing,
    }
}

pub(crate) fn read_on(
    world: &World,
    rows: &Rows,
    read: &PasswordRead,
    request: &Request,
    without: Without<'_>,
) -> Read {
    let Ask::Password { flow: number, .. } = request.ask else { return request.read.clone() };
    let (stored, mut read) = (rows.flows.get(usize::from(number)).cloned(), read.clone());
    if read.flow.is_none() {
        read.flow = stored;
    } else if read.user.is_none() {
        let user = rows.users.first().cloned();
        if user.as_ref().and_then(|user| hash(user)) != hash(&read.checked) && !without.has(Mutant::VerdictOutlives) {
            // The password was changed meanwhile: what was typed is judged by what counts now.
            return begin(rows, number);
        }
        read.user = user;
        let refused = decide(world, &read, request, without).is_some_and(|decided| decided.is_err());
        read.latest = if refused { Latest::Wanted } else { Latest::Unwanted };
    } else if let (Latest::Wanted, Some(latest)) = (&read.latest, stored) {
        let moved = read.flow.as_ref().is_some_and(|flow| flow.version != latest.version);
        if moved && !latest.proven.is_empty() {
            read = PasswordRead { flow: Some(latest), user: None, latest: Latest::Unwanted, ..read };
        } else {
            read.latest = Latest::Read(latest);
        }
    }
    Read::Password(read)
}

/// None while it has not read enough.
pub(crate) fn decide(
    world: &World,
    read: &PasswordRead,
    request: &Request,
    without: Without<'_>,
) -> Option<Result<Stepped, Box<Rejected>>> {
    let Ask::Password { typed, .. } = request.ask else { return None };
    let (flow, user) = (read.flow.as_ref()?, read.user.as_ref()?);
    let mut told = User::clone(user);
    if without.has(Mutant::LockNotTold) {
        told.account = Account::default();
    }
    let right = is_right(typed, &read.checked);
    let checked = Checked {
        user: Some(&told),
        policy: &world.policy,
        right,
        print: Some(typed.hash()),
        rehash: None,
        on_known_device: world.device && !without.has(Mutant::DeviceNotTold),
    };
    let entropy = Counting::from(request.seed);
    Some(step(flow, Input::UsernamePassword(checked), &LOGIN, &entropy.ctx(request.now)))
}

/// Whether a refusal found that another form had moved the flow.
pub(crate) fn moved(read: &PasswordRead) -> bool {
    let version = |flow: &Row<Flow>| flow.version;
    matches!(&read.latest, Latest::Read(latest) if read.flow.as_ref().map(version) != Some(latest.version))
}

pub(crate) fn is_right(typed: Typed, user: &User) -> bool {
    hash(user) == Some(typed.hash())
}

fn hash(user: &User) -> Option<&str> {
    user.password.as_ref().map(|password| password.hash.as_str())
}
