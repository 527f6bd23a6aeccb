//! The requests of an area, as text: what is asked is data, and a new request needs no Rust.
//!
//! A block, up to an empty line, is one or more requests that share what follows:
//!
//! ```text
//! POST /v1/environments/{env}/users     a request; several are sent one after another
//! GET …  filter username eq "x"         the filter in the query, encoded; several are asked one after another
//! as NAME                               the bearer token of that name; below /v1 the administrators' unless `nobody`
//! basic ID:SECRET                       HTTP Basic
//! via NAME                              the cookies of that browser
//! Name: value                           a header
//! form a=b                              a body; several are sent one after another
//! json {…}
//! body TYPE …                           `-` is no media type
//! keep NAME = json /pointer             from the last answer; also header, query, hidden and cookie
//! sort NAME                             rows that come in no order are written in the order of that member
//! status                                write the status alone
//! wait SECONDS | flush                  before the requests: time passes, the audit is written
//! ```
//!
//! `{name}` is what was kept or is known from the start, `{x*300}` three hundred of that letter, `{0xff}` one octet.

/// Requests that share headers, and everything that varies between them.
#[derive(Clone, Debug, Default)]
pub(super) struct Block {
    pub(super) requests: Vec<(String, String)>,
    pub(super) filters: Vec<String>,
    pub(super) bodies: Vec<Body>,
    pub(super) headers: Vec<(String, String)>,
    pub(super) bearer: Option<String>,
    pub(super) basic: Option<String>,
    pub(super) browser: Option<String>,
    pub(super) keep: Vec<Keep>,
    pub(super) sort: Option<String>,
    pub(super) status_only: bool,
    pub(super) wait: i64,
    pub(super) flush: bool,
}

/// A body and its media type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Body {
    pub(super) media: Option<String>,
    pub(super) text: String,
}

/// What later requests need of an answer.
#[derive(Clone, Debug)]
pub(super) struct Keep {
    pub(super) name: String,
    pub(super) place: Place,
}

/// Where in an answer.
#[derive(Clone, Debug)]
pub(super) enum Place {
    Json(String),
    Header(String),
    /// A parameter of the address that a redirect leads to.
    Query(String),
    /// A hidden field of a form.
    Hidden(String),
    Cookie(String),
}

/// Reads the blocks of a file.
pub(super) fn parse(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut block = Block::default();
    for line in text.lines().chain([""]) {
        let line = line.trim_end();
        if line.is_empty() {
            let done = std::mem::take(&mut block);
            if !done.requests.is_empty() {
                blocks.push(done);
            }
        } else if !line.starts_with('#') {
            block.line(line);
        }
    }
    blocks
}

impl Block {
    /// One request without a body.
    pub(super) fn new(method: &str, target: impl Into<String>) -> Self {
        Self { requests: vec![(method.to_owned(), target.into())], ..Self::default() }
    }

    /// The same with a body.
    pub(super) fn with(mut self, media: Option<&str>, text: impl Into<String>) -> Self {
        self.bodies.push(Body { media: media.map(str::to_owned), text: text.into() });
        self
    }

    /// The same as another actor, or as `nobody`.
    pub(super) fn of(mut self, bearer: &str) -> Self {
        self.bearer = Some(bearer.to_owned());
        self
    }

    fn line(&mut self, line: &str) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "as" => self.bearer = Some(rest.to_owned()),
            "basic" => self.basic = Some(rest.to_owned()),
            "via" => self.browser = Some(rest.to_owned()),
            "filter" => self.filters.push(rest.to_owned()),
            "form" => self.bodies.push(Body { media: Some(FORM.to_owned()), text: rest.to_owned() }),
            "json" => self.bodies.push(Body { media: Some(JSON.to_owned()), text: rest.to_owned() }),
            "body" => {
                let (media, text) = rest.split_once(' ').unwrap_or((rest, ""));
                let media = Some(media).filter(|media| *media != "-").map(str::to_owned);
                self.bodies.push(Body { media, text: text.to_owned() });
            }
            "keep" => self.keep.push(Keep::parse(rest)),
            "sort" => self.sort = Some(rest.to_owned()),
            "status" => self.status_only = true,
            "flush" => self.flush = true,
            "wait" => self.wait = rest.parse().unwrap(),
            _ if word.ends_with(':') => {
                self.headers.push((word.trim_end_matches(':').to_owned(), rest.trim().to_owned()));
            }
            _ if word.bytes().all(|b| b.is_ascii_uppercase()) => {
                self.requests.push((word.to_owned(), rest.trim().to_owned()));
            }
            _ => panic!("a line of a script that means nothing: {line}"),
        }
    }
}

impl Keep {
    fn parse(text: &str) -> Self {
        let (name, place) = text.split_once(" = ").unwrap_or_else(|| panic!("keep {text}"));
        let (kind, rest) = place.split_once(' ').unwrap_or_else(|| panic!("keep {text}"));
        let rest = rest.to_owned();
        let place = match kind {
            "json" => Place::Json(rest),
            "header" => Place::Header(rest),
            "query" => Place::Query(rest),
            "hidden" => Place::Hidden(rest),
            "cookie" => Place::Cookie(rest),
            _ => panic!("keep {text}"),
        };
        Self { name: name.to_owned(), place }
    }
}

pub(super) const FORM: &str = "application/x-www-form-urlencoded";
pub(super) const JSON: &str = "application/json";
