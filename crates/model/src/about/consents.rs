//! Consent: two clients that anybody could have registered, one of which the person allowed something; flows that ask, answers,
//! codes, what they give, and the withdrawal.

mod told;

use std::fmt::{self, Display};

use jose::digest::HmacKey;
use protocol::authorize::{AuthorizationRequest, Prompt};
use protocol::change::{Change, Code, RefreshToken};
use protocol::client::Client as Registered;
use protocol::consent::{Allowed, Consent, Will, needed};
use protocol::flow::{self, Flow, Input, Purpose, Yielded, issue, start_signed_on, step};
use protocol::grant::{CodeRequest, Decision, Denial, RefreshRequest, authorization_code, refresh_token};
use protocol::model::Standing;
use protocol::refusal::Reason;
use protocol::registration::Registration;
use protocol::secret::{Artefact, Secret, TokenHash};

use super::{Act, Answer, Bounds, Doing, Done, Judged, Matter, State};
use crate::checker::Broken;
use crate::fixture::{self, Counting, LOGIN, PERSON, REDIRECT, START, VERIFIER, World, application, presence, scope};
use crate::invariant::Invariant;
use crate::mark::Mark;
use crate::mutant::Mutant;
use crate::request::{Client, Kind, Word};
use crate::row::Row;
use crate::scenario::SCENARIOS;
use crate::state::Words;
use crate::store::{ENVIRONMENT, Rows, Without};
use told::{Told, What, owner, what, whose};

#[derive(Debug)]
pub(crate) struct Consents {
    world: World,
    clients: [Registered; 2],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Ask {
    Open(Client, What),
    Answer { flow: u8, allowed: bool },
    Resume(u8),
    Exchange(Word),
    Refresh(Word),
}

impl Consents {
    fn request(who: Client, what: What) -> AuthorizationRequest {
        let request = World::request(&SCENARIOS[0], who);
        match what {
            What::Read => request,
            What::Wide => AuthorizationRequest { scope: scope("read write"), ..request },
            What::Named => AuthorizationRequest { resource: vec!["https://orders.example".into()], ..request },
            What::Prompted => AuthorizationRequest { prompt: Prompt { consent: true, ..Prompt::default() }, ..request },
        }
    }

    /// As the engine reads it: of this person and this application.
    fn known(seen: Option<&Rows>, who: Client, without: Without<'_>) -> Option<Consent> {
        if without.has(Mutant::ConsentNotTold) {
            return None;
        }
        let own = |row: &&Row<Consent>| row.application == application(who) || without.has(Mutant::ConsentOfAnyClient);
        let mut consent = seen?.consents.iter().find(own).map(Row::clone_value)?;
        if without.has(Mutant::ConsentCoversAll) {
            consent.allowed = Allowed {
                scope: scope("read write"),
                resource: vec!["https://orders.example".into()],
                ..consent.allowed
            };
        }
        Some(consent)
    }

    fn open(&self, (who, what): (Client, What), doing: &Doing<Ask>, without: Without<'_>) -> Judged {
        let mut request = Self::request(who, what);
        if without.has(Mutant::PromptNotTold) {
            request.prompt = Prompt::default();
        }
        let Some(seen) = doing.seen.first() else { return nothing_read() };
        let known = Self::known(Some(seen), who, without);
        let will = Will {
            client: &self.clients[who as usize],
            standing: &Standing::UNKNOWN,
            known: known.as_ref(),
            answered: false,
        };
        let entropy = Counting::from(doing.seed);
        let ctx = entropy.ctx(doing.now);
        let (session, user) = (fixture::session(0), fixture::person("first"));
        if needed(&request, will) {
            let browser = TokenHash::of(Artefact::BrowserBinding, "browser");
            // As it was asked for: what a mutant forgets here is told where the flow ends.
            let purpose = Purpose::Code(Self::request(who, what));
            let flow = start_signed_on(&ctx, ENVIRONMENT, purpose, browser, &session).asking(true);
            return Judged::again(Answer::Given(Vec::new()), vec![Change::CreateFlow(Box::new(flow))]);
        }
        let at_last = Answer::Refused(Reason::StateChanged);
        match issue(ENVIRONMENT, &request, presence(&session, &user), will, &ctx) {
            Ok(issued) => Judged { at_last, ..given(issued.code, issued.changes) },
            Err(refused) => Judged::stands(refused.reason, Vec::new()),
        }
    }

    fn answer(&self, allowed: bool, doing: &Doing<Ask>, without: Without<'_>) -> Judged {
        let Some(flow) = flow_of(doing) else { return nothing_read() };
        let who = whose(&flow);
        let known = Self::known(doing.seen.get(1), who, without);
        let will = Will {
            client: &self.clients[who as usize],
            standing: &Standing::UNKNOWN,
            known: known.as_ref(),
            answered: false,
        };
        let entropy = Counting::from(doing.seed);
        let ctx = entropy.ctx(doing.now);
        match step(&flow, Input::Consent { allowed }, &LOGIN, &ctx) {
            Ok(stepped) => {
                let mut changes = stepped.willed(will, &ctx).changes;
                changes.retain(|change| {
                    !(without.has(Mutant::AnswerNotKept) && matches!(change, Change::GiveConsent { .. }))
                });
                Judged { tries: 4, ..given(None, changes) }
            }
            Err(rejected) => Judged::stands(rejected.refused.reason, rejected.changes),
        }
    }

    fn resume(&self, doing: &Doing<Ask>, without: Without<'_>) -> Judged {
        let Some(mut flow) = flow_of(doing) else { return nothing_read() };
        let who = whose(&flow);
        if without.has(Mutant::PromptNotTold) {
            let Purpose::Code(request) = &mut flow.purpose;
            request.prompt = Prompt::default();
        }
        let known = Self::known(doing.seen.get(1), who, without);
        let will = Will {
            client: &self.clients[who as usize],
            standing: &Standing::UNKNOWN,
            known: known.as_ref(),
            answered: false,
        };
        let (session, user) = (fixture::session(0), fixture::person("first"));
        let entropy = Counting::from(doing.seed);
        let resumed = flow::resume(&flow, Some(presence(&session, &user)), will, &entropy.ctx(doing.now));
        let at_last = Answer::Refused(Reason::FlowMovedOn);
        match resumed {
            Ok(resumed) => match resumed.yielded {
                Yielded::Code { code, .. } => Judged { at_last, ..given(code, resumed.changes) },
                Yielded::Refused { refused, .. } => Judged {
                    answer: Answer::Refused(refused.reason),
                    ..Judged { at_last, ..given(None, resumed.changes) }
                },
            },
            Err(refused) => Judged::stands(refused.reason, Vec::new()),
        }
    }

    fn tokens(&self, words: &Words, doing: &Doing<Ask>) -> Result<Judged, Denial> {
        let Some(seen) = doing.seen.first() else { return Ok(nothing_read()) };
        let entropy = Counting::from(doing.seed);
        let ctx = entropy.ctx(doing.now);
        let terms = self.world.terms();
        let (session, user) = (Some(fixture::session(0)), Some(fixture::person("first")));
        let decision = match doing.ask {
            Ask::Exchange(word) => {
                let code = seen.codes.first().map(Row::clone_value);
                let by = code.as_ref().map_or(Client::Honest, |code| owner(code.authorization.application));
                let client = self.world.authenticate(by, true, true)?;
                let request = CodeRequest {
                    code: Secret::new(words.text(word).to_owned()),
                    redirect_uri: Some(REDIRECT.to_owned()),
                    verifier: Some(Secret::new(VERIFIER.to_owned())),
                    resource: Vec::new(),
                    details: None,
                };
                let facts = authorization_code::Facts { code, user, session, standing: Standing::UNKNOWN };
                authorization_code::decide(&ctx, &client, &request, &facts, &terms)?
            }
            Ask::Refresh(word) => {
                let (token, family) =
                    (seen.refresh.first().map(Row::clone_value), seen.families.first().map(Row::clone_value));
                let by = family.as_ref().map_or(Client::Honest, |family| owner(family.authorization.application));
                let client = self.world.authenticate(by, true, true)?;
                let refresh_token = Secret::new(words.text(word).to_owned());
                let request = RefreshRequest { refresh_token, scope: None, resource: Vec::new(), details: None };
                let facts =
                    refresh_token::Facts { token, family, user, session, standing: Standing::UNKNOWN, successor: None };
                refresh_token::decide(&ctx, &client, &request, &facts, &terms, &self.world.seal)?
            }
            Ask::Open(..) | Ask::Answer { .. } | Ask::Resume(_) => return Ok(nothing_read()),
        };
        let Decision { refresh_token, changes, .. } = decision;
        let texts = refresh_token.into_iter().map(|text| (Kind::Refresh, text.0)).collect();
        Ok(Judged::again(Answer::Given(texts), changes))
    }
}

impl Matter for Consents {
    const BOUNDS: Bounds = Bounds {
        name: "consents",
        asks: 3,
        asks_deep: 3,
        acts: &[Act::Withdraw(Client::Honest)],
        ticks: &[0],
        ahead: 0,
        must: &[
            Mark::Asked,
            Mark::Remembered,
            Mark::Allowed,
            Mark::TurnedAway,
            Mark::FlowYielded,
            Mark::Redeemed,
            Mark::Rotated,
            Mark::WithdrawnRefused,
            Mark::Lost,
        ],
    };
    type Ask = Ask;
    type Told = Told;

    fn new() -> Self {
        let pepper = HmacKey::new(b"pepper");
        let clients = [Client::Honest, Client::Other].map(|who| {
            let mut client = fixture::client(&SCENARIOS[0], who, &pepper);
            client.application.registration = Some(Box::new(Registration { open: true, ..Registration::default() }));
            client
        });
        Self { world: World::new(&SCENARIOS[0]), clients }
    }

    /// The person allowed the honest client to read. Three flows ask: for more scopes, for a resource, and for another client.
    fn begin(&self) -> (Rows, Words) {
        let mut rows = Rows::default();
        let consent = Consent {
            environment: ENVIRONMENT,
            user: PERSON,
            application: application(Client::Honest),
            allowed: Allowed::of(&Self::request(Client::Honest, What::Read)),
            created_at: START,
            updated_at: START,
            ..Consent::default()
        };
        rows.consents.push(Row::new(consent));
        let browser = TokenHash::of(Artefact::BrowserBinding, "browser");
        let asking = [(Client::Honest, What::Wide), (Client::Honest, What::Named), (Client::Other, What::Read)];
        for (number, (who, what)) in (1_000_000..).zip(asking) {
            let entropy = Counting::from(number);
            let purpose = Purpose::Code(Self::request(who, what));
            let flow = start_signed_on(&entropy.ctx(START), ENVIRONMENT, purpose, browser, &fixture::session(0));
            rows.flows.push(Row::new(flow.asking(true)));
        }
        (rows, Words::default())
    }

    fn asks(&self, state: &State<Self>) -> Vec<Ask> {
        let opens = [What::Read, What::Wide, What::Named, What::Prompted].map(|what| Ask::Open(Client::Honest, what));
        let mut asks = opens.to_vec();
        asks.push(Ask::Open(Client::Other, What::Read));
        for flow in 0..state.rows.flows.len() as u8 {
            asks.push(Ask::Answer { flow, allowed: true });
            asks.extend((flow == 0).then_some(Ask::Answer { flow, allowed: false }));
            asks.push(Ask::Resume(flow));
        }
        asks.extend(state.words.all(Kind::Code).map(Ask::Exchange));
        asks.extend(state.words.all(Kind::Refresh).map(Ask::Refresh));
        asks
    }

    fn read(&self, rows: &Rows, words: &Words, doing: &Doing<Ask>) -> Option<Rows> {
        let consents = || Rows { consents: rows.consents.clone(), ..Rows::default() };
        let flow = |flow: u8| Rows {
            flows: rows.flows.get(usize::from(flow)).cloned().into_iter().collect(),
            ..Rows::default()
        };
        match (doing.ask, doing.seen.len()) {
            (Ask::Open(..), 0) | (Ask::Resume(_) | Ask::Answer { .. }, 1) => Some(consents()),
            (Ask::Answer { flow: number, .. } | Ask::Resume(number), 0) => Some(flow(number)),
            (Ask::Exchange(word), 0) => {
                let hash = TokenHash::of(Artefact::AuthorizationCode, words.text(word));
                let own = |row: &&Row<Code>| row.hash == hash;
                Some(Rows { codes: rows.codes.iter().filter(own).cloned().collect(), ..Rows::default() })
            }
            (Ask::Refresh(word), 0) => {
                let hash = TokenHash::of(Artefact::RefreshToken, words.text(word));
                let own = |row: &&Row<RefreshToken>| row.hash == hash;
                let refresh: Vec<_> = rows.refresh.iter().filter(own).cloned().collect();
                let line = refresh.first().map(|token| token.family);
                let families = rows.families.iter().filter(|row| Some(row.id) == line).cloned().collect();
                Some(Rows { families, refresh, ..Rows::default() })
            }
            _ => None,
        }
    }

    fn decide(&self, words: &Words, doing: &Doing<Ask>, without: Without<'_>) -> Judged {
        match doing.ask {
            Ask::Open(who, what) => self.open((who, what), doing, without),
            Ask::Answer { allowed, .. } => self.answer(allowed, doing, without),
            Ask::Resume(_) => self.resume(doing, without),
            Ask::Exchange(_) | Ask::Refresh(_) => self.tokens(words, doing).unwrap_or_else(|denial| {
                let Denial { refused, changes, .. } = denial;
                Judged::stands(refused.reason, changes)
            }),
        }
    }

    fn check(&self, done: &Done<'_, Self>, told: &mut Told) -> Result<Option<Mark>, Broken> {
        told.begin();
        let mark = match (done.doing.ask, done.answer) {
            (Ask::Open(who, what), Answer::Given(_)) => told.opened(done, who, what)?,
            (Ask::Answer { flow, allowed }, Answer::Given(_)) => {
                told.answered.resize(usize::from(flow).max(told.answered.len().saturating_sub(1)) + 1, None);
                told.answered[usize::from(flow)] = Some(allowed);
                if let Some(stored) = flow_of(done.doing).filter(|_| allowed) {
                    told.allow(whose(&stored), what(&stored));
                }
                Some(if allowed { Mark::Allowed } else { Mark::TurnedAway })
            }
            (Ask::Resume(flow), Answer::Given(_)) => {
                let Some(stored) = flow_of(done.doing) else { return Ok(None) };
                let (who, what) = (whose(&stored), what(&stored));
                let answered = told.answered.get(usize::from(flow)).copied().flatten() == Some(true);
                // Whoever answered before a withdrawal, and allows as much again after it, is as good as asked.
                let again = stored.consented == Some(true) && told.covers(who, What::Read) && what == What::Prompted;
                let allowed = answered || told.covers(who, what) || again;
                Invariant::I17.unless(allowed, "a code of a flow in which its person allowed nothing that stands")?;
                Some(Mark::FlowYielded)
            }
            (Ask::Exchange(word), Answer::Given(_)) => {
                let over = told.over & (1 << word.number) != 0;
                Invariant::I18.unless(!over, "tokens for a code whose consent was withdrawn")?;
                Some(Mark::Redeemed)
            }
            (Ask::Refresh(_), Answer::Given(_)) => {
                let family = done.doing.seen.first().and_then(|seen| seen.families.first()).map(|family| family.id);
                let code = done.before.rows.codes.iter().position(|code| Some(code.family) == family);
                let over = code.is_some_and(|code| told.over & (1 << code) != 0);
                Invariant::I18.unless(!over, "tokens of a line whose consent was withdrawn")?;
                Some(Mark::Rotated)
            }
            (Ask::Exchange(_) | Ask::Refresh(_), Answer::Refused(_)) if told.over != 0 => Some(Mark::WithdrawnRefused),
            _ => None,
        };
        told.stored(done.after)?;
        Ok(mark)
    }

    fn acted(&self, act: Act, (before, after): (&Rows, &Rows), told: &mut Told) -> Result<(), Broken> {
        told.begin();
        let Act::Withdraw(who) = act else { return Ok(()) };
        told.allowed[who as usize] = None;
        for (number, row) in before.flows.iter().enumerate() {
            if let Some(answered) = told.answered.get_mut(number).filter(|_| whose(row) == who) {
                *answered = None;
            }
        }
        for (number, code) in before.codes.iter().enumerate() {
            if owner(code.authorization.application) == who {
                told.over |= 1 << number;
            }
        }
        let others = |id| owner(id) != who;
        let codes = before.codes.iter().zip(&after.codes);
        let families = before.families.iter().zip(&after.families);
        let stay = codes.filter(|(row, _)| others(row.authorization.application)).all(|(was, is)| was == is)
            && families.filter(|(row, _)| others(row.authorization.application)).all(|(was, is)| was == is);
        Invariant::I6.unless(stay, "a withdrawal ended what another client has")
    }
}

fn given(code: Option<Secret>, changes: Vec<Change>) -> Judged {
    Judged::again(Answer::Given(code.into_iter().map(|text| (Kind::Code, text)).collect()), changes)
}

fn nothing_read() -> Judged {
    Judged::stands(Reason::ResourceNotFound, Vec::new())
}

fn flow_of(doing: &Doing<Ask>) -> Option<Flow> {
    doing.seen.first()?.flows.first().map(Row::clone_value)
}

impl Display for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |who: &Client| if *who == Client::Honest { "the client" } else { "another client" };
        match self {
            Self::Open(who, What::Read) => write!(f, "{} asks to read", name(who)),
            Self::Open(who, What::Wide) => write!(f, "{} asks to read and write", name(who)),
            Self::Open(who, What::Named) => write!(f, "{} asks for a resource by its name", name(who)),
            Self::Open(who, What::Prompted) => write!(f, "{} asks to read with prompt=consent", name(who)),
            Self::Answer { flow, allowed: true } => write!(f, "the person allows what flow {flow} asks"),
            Self::Answer { flow, allowed: false } => write!(f, "the person denies what flow {flow} asks"),
            Self::Resume(flow) => write!(f, "flow {flow} is resumed"),
            Self::Exchange(word) => write!(f, "its client exchanges {word}"),
            Self::Refresh(word) => write!(f, "its client refreshes with {word}"),
        }
    }
}
