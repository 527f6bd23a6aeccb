//! A person signs on, each step at one of the two processes.

use std::rc::Rc;

use http::Method;
use serde_json::json;
use testkit::{Answer, Cookies, Request, SANDBOX, encode};

use crate::cluster::Reply;
use crate::dice::Dice;
use crate::fixture::{CALLBACK, password};
use crate::ledger::{Line, Stamp};
use crate::scene::{Scene, Told};

/// The code that a sign-on ends with; None where it did not come to that.
pub(crate) async fn sign_on(scene: &Scene, dice: &Dice, person: usize, shop: usize) -> Option<Rc<Line>> {
    let mut visit = Visit::new(scene, dice);
    let begun = visit.begin(&asked_of(&scene.fixture.shops[shop].id, &[])).await?;
    let check = link(&begun)?;
    let (checked, number) = visit.show_password(&check, person).await?;
    if checked.body["status"] != "COMPLETED" {
        let name = &scene.fixture.people[person].name;
        scene.ledger.find(format!("{name} signed on and is {}", checked.body["status"]));
        return None;
    }
    let resume = checked.text_of("resumeUrl");
    let asked = ("resume", "AUTHORIZATION_CODE.CREATED");
    let resumed = visit.step(person, asked, || Request::get(&resume)).await?;
    let code = resumed.body["authorizeResponse"]["code"].as_str().unwrap_or_default().to_owned();
    let session = resumed.body["session"]["id"].as_str().unwrap_or_default().to_owned();
    Some(scene.ledger.open((person, shop), (&code, &session), (visit.begun, number)))
}

/// What a client asks for whose person drives the flow.
pub(crate) fn asked_of<'a>(client: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![
        ("response_type", "code"),
        ("response_mode", "pi.flow"),
        ("scope", "openid"),
        ("redirect_uri", CALLBACK),
        ("client_id", client),
    ];
    fields.extend_from_slice(more);
    fields
}

/// The address at which the password is checked.
pub(crate) fn link(begun: &Answer) -> Option<String> {
    begun.body["_links"]["usernamePassword.check"]["href"].as_str().map(str::to_owned)
}

/// A browser's way through a sign-on.
pub(crate) struct Visit<'a> {
    scene: &'a Scene,
    dice: &'a Dice,
    cookies: Cookies,
    pub(crate) begun: Stamp,
    /// Whether something was asked whose answer did not come.
    doubtful: bool,
}

impl<'a> Visit<'a> {
    pub(crate) fn new(scene: &'a Scene, dice: &'a Dice) -> Self {
        Self { scene, dice, cookies: Cookies::default(), begun: scene.ledger.stamp(), doubtful: false }
    }

    /// The flow that an authorization request begins.
    pub(crate) async fn begin(&mut self, fields: &[(&str, &str)]) -> Option<Box<Answer>> {
        let request = || Request::form(format!("/{SANDBOX}/as/authorize")).body(encode(fields));
        for _ in 0..3 {
            match self.send("authorize", request()).await {
                Told::Yes(answer, _) => return Some(answer),
                Told::No | Told::Perhaps | Told::Never => self.scene.breathe(self.dice).await,
            }
        }
        None
    }

    /// Shows the person's password, as they know it, whose number it says.
    pub(crate) async fn show_password(&mut self, check: &str, person: usize) -> Option<(Box<Answer>, usize)> {
        let number = self.scene.ledger.password(person);
        let name = &self.scene.fixture.people[person].name;
        let credentials = json!({ "username": name, "password": password(number) }).to_string();
        let media = "application/vnd.pingidentity.usernamePassword.check+json";
        let request = || Request::post(check).header("content-type", media).body(&credentials);
        self.scene.signs(person);
        Some((self.step(person, ("password", "SESSION.CREATED"), request).await?, number))
    }

    /// A step, once more where its answer did not come.
    pub(crate) async fn step(
        &mut self,
        person: usize,
        (what, action): (&str, &'static str),
        request: impl Fn() -> Request,
    ) -> Option<Box<Answer>> {
        let what = format!("{what} of person {person}");
        for _ in 0..3 {
            let told = match self.dice.below(6) {
                0 => self.twice(&what, &request).await,
                _ => self.send(&what, request()).await,
            };
            match told {
                Told::Yes(answer, by) => {
                    self.scene.record(&answer, action, by, true, true);
                    return Some(answer);
                }
                Told::No => {
                    let may = self.scene.ledger.people[person].may_sign_on(self.begun);
                    if may && !self.doubtful {
                        self.scene.ledger.find(format!("{what}, who may sign on, was refused"));
                    }
                    return None;
                }
                Told::Perhaps => self.doubtful = true,
                Told::Never => {}
            }
            self.scene.breathe(self.dice).await;
        }
        None
    }

    pub(crate) async fn send(&mut self, what: &str, request: Request) -> Told<Box<Answer>> {
        let reply = self.scene.send(self.dice.below(2), what, self.with_cookies(request)).await;
        self.told(reply)
    }

    /// At both processes at once, as whoever presses a button twice: one of them may do it.
    async fn twice(&mut self, what: &str, request: &impl Fn() -> Request) -> Told<Box<Answer>> {
        let send = |process| self.scene.send(process, what, self.with_cookies(request()));
        let (one, other) = tokio::join!(send(0), send(1));
        match (self.told(one), self.told(other)) {
            (Told::Yes(..), Told::Yes(..)) => {
                self.scene.ledger.find(format!("{what}: done twice"));
                Told::Perhaps
            }
            (Told::Yes(answer, by), _) | (_, Told::Yes(answer, by)) => Told::Yes(answer, by),
            (Told::Perhaps, _) | (_, Told::Perhaps) => Told::Perhaps,
            (Told::No, _) | (_, Told::No) => Told::No,
            (Told::Never, Told::Never) => Told::Never,
        }
    }

    pub(crate) fn with_cookies(&self, request: Request) -> Request {
        self.cookies.line().into_iter().fold(request, |request, line| request.header("cookie", line))
    }

    fn told(&mut self, reply: Reply) -> Told<Box<Answer>> {
        match reply {
            Reply::Answered(answer, by) => {
                self.cookies.learn(&answer.headers);
                match answer.status {
                    200 | 302 | 303 => Told::Yes(answer, by),
                    503 => Told::Perhaps,
                    _ => Told::No,
                }
            }
            Reply::Lost => Told::Perhaps,
            Reply::Unsent => Told::Never,
        }
    }
}

/// A request of the management API.
pub(crate) fn managed(method: Method, path: &str, admin_token: &str) -> Request {
    Request::new(method, format!("/v1{path}")).bearer_auth(admin_token)
}
