//! Sends the blocks of a script to a server of its own and writes down what it answered.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use engine::bootstrap::dev;
use engine::world::World as _;
use protocol::id::CorrelationId;
use protocol::model::Activity;
use reqwest::Method;
use testkit::{Answer, Cookies, Database, FakeWorld, TestApp};

use super::plain::Names;
use super::script::{Block, Body, Keep, Place};
use super::write;

/// A server, what is known of it, and the transcript.
pub(super) struct Player {
    app: TestApp,
    known: BTreeMap<String, String>,
    browsers: BTreeMap<String, Cookies>,
    names: Names,
    transcript: String,
    exchanges: usize,
    /// Method, path and correlation id of every answer that refused.
    refused: Vec<(String, String, String)>,
}

impl Player {
    /// On the database of this run. The other database draws other random numbers: whatever depends on them and is not
    /// named differs from what was recorded.
    pub(super) async fn start() -> Self {
        let seed = u64::from(Database::chosen() == Database::Postgres);
        let app = TestApp::build().socket().clock(FakeWorld::new(seed)).start().await;
        let constants = constants();
        let mut names: Vec<_> = constants.iter().map(|(name, value)| (value.clone(), format!("<{name}>"))).collect();
        let port = app.addr().port();
        names.push((app.url(""), "<origin>".into()));
        names.push((format!("http%3A%2F%2Flocalhost%3A{port}"), "<origin>".into()));
        names.push((format!("localhost:{port}"), "<host>".into()));
        let mut known: BTreeMap<String, String> =
            constants.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        known.insert("origin".into(), app.url(""));
        known.insert("admin".into(), app.worker_token().await);
        let names = Names::new(names);
        let (browsers, transcript) = (BTreeMap::new(), String::new());
        Self { app, known, browsers, names, transcript, exchanges: 0, refused: Vec::new() }
    }

    pub(super) async fn play(&mut self, blocks: &[Block]) {
        for block in blocks {
            self.block(block).await;
        }
    }

    pub(super) fn transcript(self) -> String {
        self.transcript
    }

    /// Which reason each refusal is explained by, and where, in lines. There is one event of each, found by the id of the
    /// answer.
    pub(super) async fn explained(&mut self) -> String {
        self.app.app.audit.flush().await;
        let mut lines = BTreeSet::new();
        for (method, target, correlation) in &self.refused {
            let id = CorrelationId::parse(correlation).unwrap_or_else(|| panic!("{method} {target} has no id"));
            let found = self.app.app.store.explain(id).await.unwrap();
            let mut reasons: Vec<_> = found.iter().filter_map(Activity::reason).collect();
            if let ([], [only]) = (reasons.as_slice(), found.as_slice()) {
                // Spring Authorization Server refuses what RFC 7009 §2.2 passes over; the event says which it was.
                reasons.extend(only.event.note.as_deref().map(|_| "noted"));
            }
            let [reason] = reasons.as_slice() else { panic!("{method} {target} is explained by {found:?}") };
            let path = target.split('?').next().unwrap_or_default();
            lines.insert(format!("{reason} {method} {path}\n"));
        }
        let text: String = lines.into_iter().collect();
        let plain = self.names.plain(&text, "no correlation id");
        // Ids that no script kept differ from run to run, where they are named at all.
        plain.lines().collect::<BTreeSet<_>>().into_iter().fold(String::new(), |text, line| text + line + "\n")
    }

    async fn block(&mut self, block: &Block) {
        self.app.world.advance(block.wait);
        if block.flush {
            self.app.app.audit.flush().await;
        }
        let filters: Vec<Option<&String>> =
            if block.filters.is_empty() { vec![None] } else { block.filters.iter().map(Some).collect() };
        let bodies: Vec<Option<&Body>> =
            if block.bodies.is_empty() { vec![None] } else { block.bodies.iter().map(Some).collect() };
        let mut last = None;
        for (method, target) in &block.requests {
            for filter in &filters {
                for body in &bodies {
                    let target = self.target(target, filter.map(String::as_str));
                    last = Some(self.exchange(block, method, &target, *body).await);
                }
            }
        }
        for (keep, answer) in block.keep.iter().zip(last.iter().cycle()) {
            let value = found(answer, keep);
            self.known.insert(keep.name.clone(), value);
        }
    }

    fn target(&self, target: &str, filter: Option<&str>) -> String {
        let target = self.fill(target);
        let target = target.strip_prefix(&self.app.url("")).unwrap_or(&target).to_owned();
        let Some(filter) = filter else { return target };
        let filter: String = url::form_urlencoded::byte_serialize(self.fill(filter).as_bytes()).collect();
        format!("{target}{}filter={filter}", if target.contains('?') { '&' } else { '?' })
    }

    /// Sends one request, a second after the one before it: what was made earlier is listed earlier.
    async fn exchange(&mut self, block: &Block, method: &str, target: &str, body: Option<&Body>) -> Answer {
        self.app.world.advance(1);
        self.names.at(self.app.world.now());
        let headers = self.headers(block, target, body);
        let text = body.map(|body| self.fill(&body.text));
        let mut request = self.app.request(Method::from_bytes(method.as_bytes()).unwrap(), &repeated_text(target));
        for (name, value) in &headers {
            // A secret that is another at each run is written as it is and sent as Base64.
            let sent = match value.strip_prefix("Basic ").and_then(|pair| pair.split_once(':')) {
                Some((id, secret)) => testkit::basic(id, secret).into_bytes(),
                None => repeated(value),
            };
            request = request.header(name, sent);
        }
        if let Some(text) = &text {
            request = request.body(repeated(text));
        }
        let mut answer = self.app.send(request).await;
        if let Some(member) = &block.sort {
            answer.text = write::sorted(&answer.text, member);
            answer.body = serde_json::from_str(&answer.text).unwrap_or_default();
        }
        self.learn(block, &answer);
        self.exchanges += 1;
        let correlation = answer.header("correlation-id").to_owned();
        // RFC 6749 §4.1.2.1: a refusal may be told to the application, by a redirect. Who turns away is not refused.
        let told = answer.header("location");
        if answer.status >= 400 || (told.contains("error=") && !told.contains("error=access_denied")) {
            self.refused.push((method.to_owned(), target.to_owned(), correlation.clone()));
        }
        let mut out = format!("### {} {method} {target}\n", self.exchanges);
        for (name, value) in &headers {
            let _ = writeln!(out, "> {name}: {value}");
        }
        if let Some(text) = &text {
            let _ = writeln!(out, "> {text}");
        }
        out.push_str(&write::answer(&answer, block));
        self.transcript.push_str(&self.names.plain(&out, &correlation));
        answer
    }

    fn headers(&self, block: &Block, target: &str, body: Option<&Body>) -> Vec<(String, String)> {
        let mut headers = Vec::new();
        let bearer = block.bearer.as_deref().or_else(|| target.starts_with("/v1").then_some("admin"));
        if let Some(bearer) = bearer.filter(|bearer| *bearer != "nobody") {
            headers.push(("authorization".to_owned(), format!("Bearer {}", self.fill(&format!("{{{bearer}}}")))));
        }
        if let Some(basic) = &block.basic {
            headers.push(("authorization".to_owned(), format!("Basic {}", self.fill(basic))));
        }
        let cookies = block.browser.as_ref().and_then(|name| self.browsers.get(name)?.line());
        headers.extend(cookies.map(|cookies| ("cookie".to_owned(), cookies)));
        if let Some(media) = body.and_then(|body| body.media.as_ref()) {
            headers.push(("content-type".to_owned(), media.clone()));
        }
        headers.extend(block.headers.iter().map(|(name, value)| (name.clone(), self.fill(value))));
        headers
    }

    /// Keeps the cookies of the block's browser.
    fn learn(&mut self, block: &Block, answer: &Answer) {
        let Some(name) = &block.browser else { return };
        self.browsers.entry(name.clone()).or_default().learn(&answer.headers);
    }

    /// Puts what is known in the place of its `{name}`.
    fn fill(&self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(start) = rest.find('{') {
            out.push_str(&rest[..start]);
            rest = &rest[start..];
            let name = rest.find('}').map(|end| &rest[1..end]).filter(|name| is_name(name));
            if let Some(name) = name {
                let value = self.known.get(name).unwrap_or_else(|| panic!("{{{name}}} is not known in {text}"));
                out.push_str(value);
                rest = &rest[name.len() + 2..];
            } else {
                out.push('{');
                rest = &rest[1..];
            }
        }
        out + rest
    }
}

/// The value that later requests need; where it is missing, the script or the server is wrong.
fn found(answer: &Answer, keep: &Keep) -> String {
    let value = match &keep.place {
        Place::Json(pointer) => {
            answer.body.pointer(pointer).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
        }
        Place::Header(name) => Some(answer.header(name).to_owned()).filter(|value| !value.is_empty()),
        Place::Query(name) => {
            let location = answer.header("location");
            let from = location.find(['?', '#']).map_or(location.len(), |at| at + 1);
            let mut pairs = url::form_urlencoded::parse(&location.as_bytes()[from..]);
            pairs.find(|(known, _)| known == name.as_str()).map(|(_, value)| value.into_owned())
        }
        Place::Hidden(name) => answer
            .text
            .split_once(&format!("name=\"{name}\" value=\""))
            .and_then(|(_, rest)| rest.split('"').next())
            .map(str::to_owned),
        Place::Cookie(name) => answer.headers.get_all("set-cookie").iter().find_map(|line| {
            let (known, rest) = line.to_str().ok()?.split_once('=')?;
            (known == name).then(|| rest.split(';').next().unwrap_or_default().to_owned())
        }),
    };
    value.unwrap_or_else(|| panic!("{} is not in {} {}", keep.name, answer.status, answer.text))
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with("0x")
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// The octets of a text: `{x*300}` is three hundred, `{0xff}` one.
fn repeated(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find('{') {
        out.extend_from_slice(&rest.as_bytes()[..start]);
        rest = &rest[start..];
        let inner = rest.find('}').map(|end| &rest[1..end]).unwrap_or_default();
        let octet = inner.strip_prefix("0x").and_then(|hex| u8::from_str_radix(hex, 16).ok());
        let many = inner.split_once('*').filter(|(letter, _)| letter.len() == 1);
        let many = many.and_then(|(letter, count)| Some((letter, count.parse::<usize>().ok()?)));
        if let Some(octet) = octet {
            out.push(octet);
        } else if let Some((letter, count)) = many {
            out.extend(letter.repeat(count).bytes());
        } else {
            out.push(b'{');
            rest = &rest[1..];
            continue;
        }
        rest = &rest[inner.len() + 2..];
    }
    out.extend_from_slice(rest.as_bytes());
    out
}

fn repeated_text(text: &str) -> String {
    String::from_utf8(repeated(text)).unwrap()
}

/// What is the same at every start, by the names of the scripts.
fn constants() -> Vec<(&'static str, String)> {
    let ids = [
        ("organization", dev::ORGANIZATION),
        ("license", dev::LICENSE),
        ("admins", dev::ADMIN_ENVIRONMENT),
        ("worker", dev::ADMIN_APPLICATION),
        ("env", dev::ENVIRONMENT),
        ("population", dev::POPULATION),
        ("jane", dev::USER),
        ("shared", dev::SHARED_WEB_APPLICATION),
        ("web", dev::BASIC_WEB_APPLICATION),
        ("spa", dev::SPA_APPLICATION),
        ("demo", dev::TRY_APPLICATION),
        ("playground", dev::PLAYGROUND),
    ];
    let secrets = [
        ("worker_secret", dev::ADMIN_SECRET),
        ("shared_secret", dev::SHARED_WEB_SECRET),
        ("web_secret", dev::BASIC_WEB_SECRET),
        ("demo_secret", dev::TRY_SECRET),
        // RFC 7636 App. B.
        ("verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
        ("challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
    ];
    let ids = ids.into_iter().map(|(name, id)| (name, id.to_string()));
    ids.chain(secrets.map(|(name, secret)| (name, secret.to_owned()))).collect()
}
