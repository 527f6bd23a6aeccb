//! A browser without scripts: it keeps cookies by name, sends forms and follows redirects one at a time.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Mutex;

use http::header::{COOKIE, LOCATION, SET_COOKIE};
use http::{HeaderMap, Method};
use serde_json::Value;

use crate::answer::Answer;
use crate::request::{Request, encode};
use crate::wire::Wire;

/// One person's browser. Every path that a test opens with it is in one environment.
#[derive(Debug)]
pub struct Browser {
    wire: Wire,
    cookies: Mutex<Cookies>,
    source: IpAddr,
}

/// Cookies by name, the first made first (RFC 6265 §5.4).
#[derive(Clone, Debug, Default)]
pub struct Cookies(Vec<(String, String)>);

impl Cookies {
    /// The value of a request's header; None without any.
    pub fn line(&self) -> Option<String> {
        let pairs: Vec<String> = self.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// Keeps and drops what an answer sets.
    pub fn learn(&mut self, headers: &HeaderMap) {
        for line in headers.get_all(SET_COOKIE) {
            let (pair, attributes) = line.to_str().unwrap().split_once(';').unwrap_or_default();
            let (name, value) = pair.split_once('=').unwrap();
            if value.is_empty() || attributes.contains("Max-Age=0") {
                self.0.retain(|(kept, _)| kept != name);
            } else {
                self.keep(name, value);
            }
        }
    }

    /// A cookie that is replaced keeps its place (RFC 6265 §5.3).
    fn keep(&mut self, name: &str, value: &str) {
        match self.0.iter_mut().find(|(kept, _)| kept == name) {
            Some((_, kept)) => value.clone_into(kept),
            None => self.0.push((name.to_owned(), value.to_owned())),
        }
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(kept, _)| kept == name).map(|(_, value)| value.as_str())
    }
}

impl Browser {
    pub(crate) fn new(wire: &Wire) -> Self {
        Self { wire: wire.clone(), cookies: Mutex::default(), source: Ipv4Addr::LOCALHOST.into() }
    }

    /// The same on another machine; only where no socket is between.
    #[must_use]
    pub fn from(self, source: IpAddr) -> Self {
        Self { source, ..self }
    }

    /// Opens a page: an absolute address of this server, or a path.
    pub async fn get(&self, address: &str) -> Answer {
        self.send(Request::get(address).header("accept", "text/html")).await
    }

    /// Sends a form of one of the server's pages.
    pub async fn submit(&self, address: &str, fields: &[(&str, &str)]) -> Answer {
        let request = Request::form(address).header("accept", "text/html").header("origin", &self.wire.origin);
        self.send(request.body(encode(fields))).await
    }

    /// Reads an address as a program does.
    pub async fn read(&self, address: &str) -> Answer {
        self.send(Request::get(address)).await
    }

    /// One action of the flow API.
    pub async fn act(&self, flow: &str, action: &str, body: &Value) -> Answer {
        let media = format!("application/vnd.pingidentity.{action}+json");
        self.send(Request::post(flow).header("content-type", media).body(body.to_string())).await
    }

    /// A request of a script, with these headers and nothing else but the cookies.
    pub async fn call(&self, method: &str, address: &str, headers: &[(&str, &str)], body: String) -> Answer {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let request = headers.iter().fold(Request::new(method, address), |r, (name, value)| r.header(*name, *value));
        self.send(request.body(body)).await
    }

    /// Follows redirects within this server; the answer is a page, or the redirect that leads away.
    pub async fn follow(&self, mut answer: Answer) -> Answer {
        for _ in 0..MOST_REDIRECTS {
            let Some(location) = answer.headers.get(LOCATION) else { break };
            let location = location.to_str().unwrap().to_owned();
            if !self.wire.path(&location).starts_with('/') {
                break;
            }
            answer = self.get(&location).await;
        }
        answer
    }

    /// Fills in the sign-on page and sends it with its hidden fields.
    pub async fn sign_on(&self, page: &Answer, username: &str, password: &str) -> Answer {
        let action = attribute(&page.text, "<form", "action").unwrap();
        let action = action.replace("&amp;", "&");
        let mut fields = hidden(&page.text);
        fields.extend([("username".to_owned(), username.to_owned()), ("password".to_owned(), password.to_owned())]);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        self.submit(&action, &fields).await
    }

    /// The value of a cookie.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().unwrap().value(name).map(str::to_owned)
    }

    /// The names of its cookies that begin so.
    pub fn names(&self, start: &str) -> Vec<String> {
        self.cookies
            .lock()
            .unwrap()
            .0
            .iter()
            .map(|(name, _)| name.clone())
            .filter(|name| name.starts_with(start))
            .collect()
    }

    /// Keeps a cookie that no answer set.
    pub fn keep(&self, name: &str, value: &str) {
        self.cookies.lock().unwrap().keep(name, value);
    }

    async fn send(&self, request: Request) -> Answer {
        let line = self.cookies.lock().unwrap().line();
        let request = line.into_iter().fold(request, |request, line| request.header(COOKIE, line));
        let answer = self.wire.send(request.from(self.source)).await;
        self.cookies.lock().unwrap().learn(&answer.headers);
        answer
    }
}

/// The hidden fields of a page's first form.
fn hidden(html: &str) -> Vec<(String, String)> {
    let form = html.split("</form>").next().unwrap_or_default();
    let inputs = form.split("<input").skip(1).map(|rest| rest.split('>').next().unwrap_or_default());
    let fields = inputs.filter(|tag| tag.contains("type=\"hidden\""));
    let pair = |tag: &str| Some((value(tag, "name")?, value(tag, "value").unwrap_or_default()));
    fields.filter_map(pair).collect()
}

/// An attribute of the first tag that begins so.
fn attribute(html: &str, tag: &str, name: &str) -> Option<String> {
    let rest = &html[html.find(tag)?..];
    value(rest.split('>').next()?, name)
}

fn value(tag: &str, name: &str) -> Option<String> {
    let start = tag.find(&format!("{name}=\""))? + name.len() + 2;
    tag[start..].split('"').next().map(str::to_owned)
}

const MOST_REDIRECTS: usize = 12;
