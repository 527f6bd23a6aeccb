//! What people were told that they allowed, which is what answers are held against.

use protocol::consent::{Allowed, Consent};
use protocol::flow::{Flow, Purpose};
use protocol::id::ApplicationId;

use super::{Consents, Done};
use crate::checker::Broken;
use crate::fixture::application;
use crate::invariant::Invariant;
use crate::mark::Mark;
use crate::request::Client;
use crate::row::Row;
use crate::store::Rows;

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum What {
    Read,
    /// More scopes.
    Wide,
    /// A resource by its name.
    Named,
    /// No more, and to be asked about all the same.
    Prompted,
}

/// What the person allowed, as they were told.
#[derive(Clone, Debug, Default, Hash)]
pub(crate) struct Told {
    /// Of each client: the wider scopes, the resource. `None`: nothing.
    pub(super) allowed: [Option<[bool; 2]>; 2],
    begun: bool,
    /// What was answered in each flow since the last withdrawal.
    pub(super) answered: Vec<Option<bool>>,
    /// The codes, by a bit each, that were sent before what they stand on was withdrawn.
    pub(super) over: u16,
}

impl Told {
    /// The first client may read from the beginning on.
    pub(super) fn begin(&mut self) {
        if !std::mem::replace(&mut self.begun, true) {
            self.allowed[0] = Some([false, false]);
        }
    }

    pub(super) fn covers(&self, who: Client, what: What) -> bool {
        self.allowed[who as usize].is_some_and(|[wide, named]| match what {
            What::Read => true,
            What::Wide => wide,
            What::Named => named,
            What::Prompted => false,
        })
    }

    pub(super) fn allow(&mut self, who: Client, what: What) {
        let allowed = self.allowed[who as usize].get_or_insert([false, false]);
        match what {
            What::Read | What::Prompted => {}
            What::Wide => allowed[0] = true,
            What::Named => allowed[1] = true,
        }
    }

    /// A code at once, or a flow that asks.
    pub(super) fn opened(&self, done: &Done<'_, Consents>, who: Client, what: What) -> Result<Option<Mark>, Broken> {
        if !done.sent.is_empty() {
            Invariant::I17.unless(self.covers(who, what), "a code for what its person did not allow")?;
            return Ok(Some(Mark::Remembered));
        }
        let wanted = Allowed::of(&Consents::request(who, what));
        let seen = done.doing.seen.first().into_iter().flat_map(|seen| &seen.consents);
        let covers = |row: &Row<Consent>| wanted.beyond(&row.allowed).is_empty();
        let known = seen.filter(|row| row.application == application(who)).any(covers);
        Invariant::Served.unless(!known || what == What::Prompted, "asked again for what was allowed")?;
        Ok(Some(Mark::Asked))
    }

    /// I8: what a person was told that they allowed is stored, until they withdraw it.
    pub(super) fn stored(&self, rows: &Rows) -> Result<(), Broken> {
        for who in [Client::Honest, Client::Other] {
            for what in [What::Read, What::Wide, What::Named].into_iter().filter(|what| self.covers(who, *what)) {
                let wanted = Allowed::of(&Consents::request(who, what));
                let own = |row: &&Row<Consent>| row.application == application(who);
                let stands = rows.consents.iter().find(own);
                let stands = stands.is_some_and(|row| wanted.beyond(&row.allowed).is_empty());
                Invariant::I8.unless(stands, "what a person allowed is not remembered")?;
            }
        }
        Ok(())
    }
}

pub(super) fn whose(flow: &Flow) -> Client {
    owner(flow.purpose.application())
}

pub(super) fn owner(id: ApplicationId) -> Client {
    if id == application(Client::Honest) { Client::Honest } else { Client::Other }
}

pub(super) fn what(flow: &Flow) -> What {
    let Purpose::Code(request) = &flow.purpose;
    if request.prompt.consent {
        What::Prompted
    } else if !request.resource.is_empty() {
        What::Named
    } else if request.scope.contains("write") {
        What::Wide
    } else {
        What::Read
    }
}
