//! Pushed authorization requests: a reference in the hands of its client's browser, of another client's, in two at once, late, and after
//! what was registered has changed.

use std::fmt::{self, Display};
use std::sync::Arc;

use jose::digest::HmacKey;
use protocol::authorize::{Asked, AuthorizationRequest, Beside, Surroundings, Via, check, found, push, unused};
use protocol::change::{Change, PushedRequest};
use protocol::client::Client as Registered;
use protocol::consent::Will;
use protocol::flow::{self, Purpose, Yielded, issue, start_signed_on};
use protocol::params::Params;
use protocol::policy;
use protocol::refusal::Reason;
use protocol::secret::{Artefact, TokenHash};
use protocol::uri::{Leeway, MatchedRedirectUri};

use super::{Act, Answer, Bounds, Doing, Done, Judged, Known, Matter, State};
use crate::checker::Broken;
use crate::fixture::{self, Counting, ISSUER, OWN, REDIRECT, START, VERIFIER, World, presence};
use crate::invariant::Invariant;
use crate::mark::Mark;
use crate::mutant::Mutant;
use crate::request::{Client, Kind};
use crate::row::Row;
use crate::scenario::SCENARIOS;
use crate::state::Words;
use crate::store::{ENVIRONMENT, Rows, Without};

#[derive(Debug)]
pub(crate) struct Pushes {
    world: World,
    clients: [Arc<Registered>; 2],
    pushed: Vec<PushedRequest>,
    /// What the checks of each reference say once more, by what is known of the client.
    checked: Vec<(usize, Known, Result<AuthorizationRequest, Reason>)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Ask {
    /// A browser that is signed on brings a reference in the name of a client.
    Open {
        reference: u8,
        by: Client,
    },
    /// One that is not: a sign-on begins, and its person is known a moment later.
    Begin {
        reference: u8,
        by: Client,
    },
    Resume(u8),
}

/// What was answered.
#[derive(Clone, Debug, Default, Hash)]
pub(crate) struct Told {
    /// The codes that each reference gave.
    given: [u8; 3],
}

/// Whose each reference is, and to which issuer it was pushed.
const PUSHED: [(Client, &str); 3] =
    [(Client::Honest, ISSUER), (Client::Other, ISSUER), (Client::Honest, "https://auth.example/another/as")];

impl Pushes {
    fn client(&self, who: Client, known: Known) -> Registered {
        let mut client = Registered::clone(&self.clients[who as usize]);
        if who == Client::Honest {
            client.application.enabled = known.enabled;
            if !known.registered {
                client.application.redirect_uris = vec!["https://app.example/elsewhere".into()];
            }
        }
        client
    }

    fn surroundings(&self, issuer: &'static str) -> Surroundings<'_> {
        Surroundings {
            issuer,
            developer: false,
            environment: &self.world.environment,
            own: OWN,
            scopes: &self.world.scopes,
            sign_on_policies: &[],
            assignments: &[],
        }
    }

    fn check(&self, reference: usize, known: Known) -> Result<AuthorizationRequest, Reason> {
        let pushed = &self.pushed[reference];
        let (who, issuer) = PUSHED[reference];
        let params = Params::form(pushed.parameters.as_bytes()).unwrap_or_default();
        let asked = Asked {
            via: Via::Pushed { reference: pushed.hash, object: false },
            params: &params,
            problem: None,
            origin: None,
        };
        check(&asked, &self.client(who, known), &self.surroundings(issuer)).map_err(|refusal| refusal.refused().reason)
    }

    /// What the authorization endpoint makes of the reference, or why not.
    fn judge(&self, doing: &Doing<Ask>, without: Without<'_>) -> Result<AuthorizationRequest, Reason> {
        let (Ask::Open { by, .. } | Ask::Begin { by, .. }) = doing.ask else { return Err(Reason::ResourceNotFound) };
        let stored = doing.seen.first().and_then(|seen| seen.pushed.first()).map(Row::clone_value);
        let place = stored.as_ref().and_then(|stored| self.pushed.iter().position(|one| one.hash == stored.hash));
        let known =
            if without.has(Mutant::CheckedOnceOnly) { Known { enabled: true, registered: true } } else { doing.known };
        let mut client = self.client(by, known);
        let mut told = stored;
        let mut now = doing.now;
        if let Some(pushed) = &mut told {
            if without.has(Mutant::PushedOfAnybody) {
                client = self.client(PUSHED[place.unwrap_or_default()].0, known);
            }
            if without.has(Mutant::PushedIssuerNotTold) {
                pushed.issuer = ISSUER.into();
            }
            if without.has(Mutant::PushedUseNotTold) {
                pushed.used_at = None;
            }
        }
        if without.has(Mutant::PushedExpiryNotTold) {
            now = START;
        }
        let entropy = Counting::from(doing.seed);
        found(&entropy.ctx(now), told.as_ref(), &client, ISSUER).map_err(|refused| refused.reason)?;
        let place = place.unwrap_or_default();
        let checked = self.checked.iter().find(|(reference, of, _)| (*reference, *of) == (place, known));
        checked.map_or_else(|| self.check(place, known), |(_, _, request)| request.clone())
    }

    fn open(&self, doing: &Doing<Ask>, without: Without<'_>) -> Judged {
        let mut request = match self.judge(doing, without) {
            Ok(request) => request,
            Err(reason) => return Judged::stands(reason, Vec::new()),
        };
        if without.has(Mutant::ReferenceForgotten) {
            request.pushed = None;
        }
        let entropy = Counting::from(doing.seed);
        let ctx = entropy.ctx(doing.now);
        let (session, user) = (fixture::session(0), fixture::person("first"));
        if matches!(doing.ask, Ask::Begin { .. }) {
            let browser = TokenHash::of(Artefact::BrowserBinding, "browser");
            let flow = start_signed_on(&ctx, ENVIRONMENT, Purpose::Code(request), browser, &session);
            return Judged::again(Answer::Given(Vec::new()), vec![Change::CreateFlow(Box::new(flow))]);
        }
        let will = Will::unknown(&fixture::VOUCHED);
        match issue(ENVIRONMENT, &request, presence(&session, &user), will, &ctx) {
            Ok(issued) => given(issued.code, issued.changes, Reason::StateChanged),
            Err(refused) => Judged::stands(refused.reason, Vec::new()),
        }
    }

    fn resume(&self, doing: &Doing<Ask>, without: Without<'_>) -> Judged {
        let (Some(flow), Some(found)) = (doing.seen.first(), doing.seen.get(1)) else {
            return Judged::stands(Reason::FlowUnknown, Vec::new());
        };
        let Some(flow) = flow.flows.first().map(Row::clone_value) else {
            return Judged::stands(Reason::FlowUnknown, Vec::new());
        };
        let entropy = Counting::from(doing.seed);
        let ctx = entropy.ctx(doing.now);
        let (session, user) = (fixture::session(0), fixture::person("first"));
        let will = Will::unknown(&fixture::VOUCHED);
        let resumed = match flow::resume(&flow, Some(presence(&session, &user)), will, &ctx) {
            Ok(resumed) => resumed,
            Err(refused) => return Judged::stands(refused.reason, Vec::new()),
        };
        let Purpose::Code(request) = &flow.purpose;
        if request.pushed.is_some() && !without.has(Mutant::PushedUseNotTold) {
            let Some(pushed) = found.pushed.first() else {
                return Judged::stands(Reason::RequestUriExpired, Vec::new());
            };
            if let Err(refused) = unused(&ctx, pushed) {
                return Judged::stands(refused.reason, Vec::new());
            }
        }
        // Where it goes is compared anew.
        let client = self.client(Client::Honest, doing.known);
        let uri = request.redirect_uri.as_deref().unwrap_or_default();
        let to = MatchedRedirectUri::from_flow(&client.application.redirect_uris, uri, Leeway::default());
        if to.is_none() && !without.has(Mutant::CheckedOnceOnly) && flow.purpose.application() == client.application.id
        {
            return Judged::stands(Reason::RedirectUriInvalid, Vec::new());
        }
        let Yielded::Code { code, .. } = resumed.yielded else {
            return Judged::stands(Reason::ConsentRequired, Vec::new());
        };
        given(code, resumed.changes, Reason::FlowMovedOn)
    }
}

impl Matter for Pushes {
    const BOUNDS: Bounds = Bounds {
        name: "pushed",
        asks: 3,
        asks_deep: 4,
        acts: &[Act::Tick, Act::Disable, Act::Unregister],
        ticks: &[0, policy::PUSHED_SECONDS - 10],
        // At the second moment the reference has expired for one of them.
        ahead: 20,
        must: &[
            Mark::Referred,
            Mark::FlowYielded,
            Mark::ReferenceUsed,
            Mark::OtherRefused,
            Mark::Expired,
            Mark::DisabledRefused,
            Mark::Unregistered,
            Mark::Lost,
        ],
    };
    type Ask = Ask;
    type Told = Told;

    fn new() -> Self {
        let pepper = HmacKey::new(b"pepper");
        let clients = [Client::Honest, Client::Other].map(|who| Arc::new(fixture::client(&SCENARIOS[0], who, &pepper)));
        let mut new = Self { world: World::new(&SCENARIOS[0]), clients, pushed: Vec::new(), checked: Vec::new() };
        let known = Known { enabled: true, registered: true };
        for (number, (who, issuer)) in (1_000_000..).zip(PUSHED) {
            let entropy = Counting::from(number);
            let client = new.client(who, known);
            let params = parameters(&client);
            let asked = Asked { via: Via::Push { object: false }, params: &params, problem: None, origin: None };
            let request = check(&asked, &client, &new.surroundings(issuer));
            let request = request.unwrap_or_else(|refusal| panic!("not pushed: {refusal:?}"));
            let demands = policy::demands(&new.world.environment, &client.application);
            let pushed = push(&entropy.ctx(START), (ENVIRONMENT, demands), &client, &request, Beside::default());
            let pushed = pushed.unwrap_or_else(|refused| panic!("not pushed: {refused:?}"));
            let Change::PushRequest(pushed) = pushed.change else { panic!("not pushed") };
            new.pushed.push(*pushed);
        }
        for reference in 0..PUSHED.len() {
            for (enabled, registered) in [(true, true), (true, false), (false, true), (false, false)] {
                let known = Known { enabled, registered };
                let checked = new.check(reference, known);
                new.checked.push((reference, known, checked));
            }
        }
        new
    }

    fn begin(&self) -> (Rows, Words) {
        let pushed = self.pushed.iter().cloned().map(Row::new).collect();
        (Rows { pushed, ..Rows::default() }, Words::default())
    }

    fn asks(&self, state: &State<Self>) -> Vec<Ask> {
        let mut asks = vec![
            Ask::Open { reference: 0, by: Client::Honest },
            Ask::Begin { reference: 0, by: Client::Honest },
            Ask::Open { reference: 0, by: Client::Other },
            Ask::Begin { reference: 1, by: Client::Honest },
            Ask::Open { reference: 1, by: Client::Other },
            Ask::Open { reference: 2, by: Client::Honest },
        ];
        asks.extend((0..state.rows.flows.len() as u8).map(Ask::Resume));
        asks
    }

    fn read(&self, rows: &Rows, _: &Words, doing: &Doing<Ask>) -> Option<Rows> {
        let pushed = |hash: Option<TokenHash>| {
            let own = |row: &&Row<PushedRequest>| Some(row.hash) == hash;
            Some(Rows { pushed: rows.pushed.iter().filter(own).cloned().collect(), ..Rows::default() })
        };
        match (doing.ask, doing.seen.len()) {
            (Ask::Open { reference, .. } | Ask::Begin { reference, .. }, 0) => {
                pushed(self.pushed.get(usize::from(reference)).map(|one| one.hash))
            }
            (Ask::Resume(flow), 0) => {
                let flows = rows.flows.get(usize::from(flow)).cloned().into_iter().collect();
                Some(Rows { flows, ..Rows::default() })
            }
            (Ask::Resume(_), 1) => pushed(doing.seen[0].flows.first().and_then(|flow| {
                let Purpose::Code(request) = &flow.purpose;
                request.pushed
            })),
            _ => None,
        }
    }

    fn decide(&self, _: &Words, doing: &Doing<Ask>, without: Without<'_>) -> Judged {
        match doing.ask {
            Ask::Open { .. } | Ask::Begin { .. } => self.open(doing, without),
            Ask::Resume(_) => self.resume(doing, without),
        }
    }

    fn check(&self, done: &Done<'_, Self>, told: &mut Told) -> Result<Option<Mark>, Broken> {
        let doing = done.doing;
        let Answer::Given(_) = done.answer else {
            let same = done.before.rows == *done.after;
            Invariant::I6.unless(same, "a reference that was refused changed what is stored")?;
            return Self::refused(done, told);
        };
        let reference = match doing.ask {
            Ask::Open { reference, by } | Ask::Begin { reference, by } => {
                let (owner, issuer) = PUSHED[usize::from(reference)];
                Invariant::I3.unless(by == owner, "another client's reference is answered")?;
                Invariant::I3.unless(issuer == ISSUER, "a reference is answered by another issuer")?;
                let ends = START.plus(policy::PUSHED_SECONDS);
                Invariant::I3.unless(doing.now < ends, "a reference is answered after its end")?;
                let theirs = owner == Client::Honest;
                let may = doing.known.enabled || !theirs;
                Invariant::I3.unless(may, "a client that is switched off is answered")?;
                let there = doing.known.registered || !theirs;
                Invariant::I3.unless(there, "an answer to an address that is registered no more")?;
                usize::from(reference)
            }
            // By the request that the flow was begun with: what it keeps of it is what is asked about.
            Ask::Resume(flow) => {
                let there = doing.known.registered || Self::reference(done, flow) == 1;
                Invariant::I3.unless(there, "an answer to an address that is registered no more")?;
                Self::reference(done, flow)
            }
        };
        if matches!(doing.ask, Ask::Begin { .. }) {
            return Ok(None);
        }
        Invariant::I12.unless(told.given[reference] == 0, "a second code for one reference")?;
        told.given[reference] += 1;
        Ok(Some(if matches!(doing.ask, Ask::Resume(_)) { Mark::FlowYielded } else { Mark::Referred }))
    }
}

impl Pushes {
    /// Which reference a flow began with: whose application it is of says so here, where the issuer of the third is never asked.
    fn reference(done: &Done<'_, Self>, flow: u8) -> usize {
        let own = done.before.rows.flows.get(usize::from(flow)).map(|flow| flow.purpose.application());
        usize::from(own == Some(fixture::application(Client::Other)))
    }

    fn refused(done: &Done<'_, Self>, told: &Told) -> Result<Option<Mark>, Broken> {
        let Answer::Refused(reason) = done.answer else {
            return Ok(None);
        };
        if let Ask::Open { reference, by } = done.doing.ask {
            let (owner, issuer) = PUSHED[usize::from(reference)];
            let good = owner == by && issuer == ISSUER && done.doing.now < START.plus(policy::PUSHED_SECONDS);
            let good = good && done.doing.known == Known { enabled: true, registered: true };
            let may = good && told.given[usize::from(reference)] == 0;
            Invariant::Served.unless(!may, "a reference is refused that nothing stood against")?;
        }
        Ok(match reason {
            Reason::RequestUriUsed => Some(Mark::ReferenceUsed),
            Reason::RequestUriOfOtherClient => Some(Mark::OtherRefused),
            Reason::RequestUriExpired => Some(Mark::Expired),
            Reason::ApplicationDisabled => Some(Mark::DisabledRefused),
            Reason::RedirectUriInvalid => Some(Mark::Unregistered),
            _ => None,
        })
    }
}

fn given(code: Option<protocol::secret::Secret>, changes: Vec<Change>, at_last: Reason) -> Judged {
    let texts = code.into_iter().map(|text| (Kind::Code, text)).collect();
    Judged { at_last: Answer::Refused(at_last), ..Judged::again(Answer::Given(texts), changes) }
}

fn parameters(client: &Registered) -> Params {
    let challenge = jose::b64::encode(&jose::digest::sha256(VERIFIER.as_bytes()));
    let redirect = REDIRECT.replace(':', "%3A").replace('/', "%2F");
    let form = format!(
        "response_type=code&client_id={}&redirect_uri={redirect}&scope=read&code_challenge={challenge}&code_challenge_method=S256",
        client.application.client_id
    );
    Params::form(form.as_bytes()).unwrap_or_default()
}

impl Display for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |who: &Client| if *who == Client::Honest { "the client" } else { "another client" };
        match self {
            Self::Open { reference, by } => write!(f, "reference {reference} comes in the name of {}", name(by)),
            Self::Begin { reference, by } => {
                write!(f, "reference {reference} comes in the name of {}, and a sign-on begins", name(by))
            }
            Self::Resume(flow) => write!(f, "flow {flow} is resumed"),
        }
    }
}
