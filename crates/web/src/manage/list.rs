//! Lists: `filter`, `limit` and a cursor that only this server can make, for this list and this filter only.

use engine::Failure;
use engine::manage::{Authorized, Within};
use engine::reads::{List, Page, Start, StoreError};
use jose::{b64, digest};
use protocol::filter::{self, Filter, FilterValue, Op};
use protocol::id::PopulationId;
use protocol::model::check::Fields;
use protocol::params::Params;
use protocol::refusal::{Detail, Reason, Refused};
use protocol::told;
use serde_json::{Map, Value, json};
use url::form_urlencoded::Serializer;

use super::answer::Answer;
use super::call::Call;
use super::shape::linked;
use super::sift;

/// What a list call asks for.
pub(super) struct Asked {
    pub(super) list: List,
    path: String,
    /// The filter as it was sent, for the links.
    filter: Option<String>,
    /// The limit as it was sent.
    limit: Option<u32>,
    /// The cursor as it was sent.
    cursor: Option<String>,
    /// What is asked for beside the rows, as it was sent.
    beside: Vec<(&'static str, String)>,
}

impl Asked {
    /// Reads `filter`, `limit` and `cursor`.
    ///
    /// # Errors
    /// 400 for a filter that cannot be read, a limit that is no positive number, a cursor of another list.
    pub(super) fn read(call: &Call) -> Result<Self, Failure> {
        let query = call.query()?;
        let sent = query.text("filter").map(str::to_owned);
        Self::of(call, &query, sent, None)
    }

    /// The same with a filter that the body holds, for one that is too long for an address, and a limit where it has one.
    pub(super) async fn posted(call: &Call) -> Result<Self, Failure> {
        let body = call.json().await?;
        let mut fields = Fields::new(&body);
        let sent = fields.string("filter").map(str::to_owned);
        let limit = fields.integer("limit", 1, i64::MAX).map(|limit| u32::try_from(limit).unwrap_or(MAX_LIMIT));
        let ((sent, limit), query) = (fields.finish((sent, limit))?, call.query()?);
        let sent = sent.or_else(|| query.text("filter").map(str::to_owned));
        Self::of(call, &query, sent, limit)
    }

    fn of(call: &Call, query: &Params, sent: Option<String>, most: Option<u32>) -> Result<Self, Failure> {
        unordered(query)?;
        let filter = sent.as_deref().map(|text| filter::parse(text).map_err(|error| bad_filter(&error))).transpose()?;
        let limit = query.text("limit").map(limit).transpose()?.or(most.map(|most| most.min(MAX_LIMIT)));
        let mut asked = Self {
            list: List { filter, after: None, limit: limit.unwrap_or(DEFAULT_LIMIT) },
            path: call.path(),
            filter: sent,
            limit,
            cursor: query.text("cursor").map(str::to_owned),
            beside: BESIDE.iter().filter_map(|name| Some((*name, query.text(name)?.to_owned()))).collect(),
        };
        if let Some(cursor) = &asked.cursor {
            asked.list.after = Some(asked.open(&call.by, cursor)?);
        }
        Ok(asked)
    }

    /// Takes `limit` where the call names none.
    pub(super) fn unless_limited(&mut self, limit: u32) {
        self.list.limit = self.limit.unwrap_or(limit);
    }

    /// A page as PingOne writes it. `prev` is absent on the first one, `next` on the last; `_embedded` never is.
    pub(super) fn page<T>(&self, by: &Authorized, name: &str, page: &Page<T>, shape: impl Fn(&T) -> Value) -> Answer {
        let rows: Vec<Value> = page.rows.iter().map(shape).collect();
        let mut links = vec![("self", self.address(self.cursor.as_deref()))];
        links.extend(page.prev.as_ref().map(|start| ("prev", self.start(by, start))));
        links.extend(page.next.as_deref().map(|next| ("next", self.address(Some(&self.seal(by, next))))));
        let embedded: Map<String, Value> = std::iter::once((name.to_owned(), json!(rows))).collect();
        let body =
            linked(by, &links).with("_embedded", embedded).with("count", page.total).with("size", page.rows.len());
        Answer::ok(body)
    }

    /// The address of the page that begins here.
    fn start(&self, by: &Authorized, start: &Start) -> String {
        match start {
            Start::First => self.address(None),
            Start::After(after) => self.address(Some(&self.seal(by, after))),
        }
    }

    fn address(&self, cursor: Option<&str>) -> String {
        let mut query = Serializer::new(String::new());
        if let Some(limit) = self.limit {
            query.append_pair("limit", &limit.to_string());
        }
        if let Some(filter) = &self.filter {
            query.append_pair("filter", filter);
        }
        for (name, value) in &self.beside {
            query.append_pair(name, value);
        }
        if let Some(cursor) = cursor {
            query.append_pair("cursor", cursor);
        }
        let query = query.finish();
        if query.is_empty() { self.path.clone() } else { format!("{}?{query}", self.path) }
    }

    fn seal(&self, by: &Authorized, next: &str) -> String {
        format!("{}.{}", b64::encode(next.as_bytes()), b64::encode(&self.tag(by, next)))
    }

    /// TN-01: a cursor of another environment, list or filter is none.
    fn open(&self, by: &Authorized, cursor: &str) -> Result<String, Failure> {
        let opened = cursor.split_once('.').and_then(|(next, tag)| {
            let next = String::from_utf8(b64::decode(next)?).ok()?;
            digest::eq(&b64::decode(tag)?, &self.tag(by, &next)).then_some(next)
        });
        opened.ok_or_else(|| bad_parameter("cursor", "the cursor of a link `next` of this list", "another text"))
    }

    fn tag(&self, by: &Authorized, next: &str) -> [u8; 32] {
        let filter = self.filter.as_deref().unwrap_or_default();
        // Lengths keep the parts apart; the path names the environment and the list.
        let text = format!("cursor:{}:{}:{}:{}:{next}", self.path.len(), self.path, filter.len(), filter);
        digest::hmac_sha256(by.app.form_key(), text.as_bytes())
    }
}

/// The filter of a list of which the actor may see what is in some populations alone; `population` is what a filter calls the one that a row is in.
pub(super) fn confined(
    by: &Authorized,
    population: Option<&str>,
    filter: Option<Filter>,
) -> Result<Option<Filter>, Failure> {
    let Within::Populations(populations) = &by.within else { return Ok(filter) };
    let Some(path) = population else {
        by.reaches(None)?;
        return Ok(filter);
    };
    let one = |id: &PopulationId| Filter::Compare {
        path: path.to_owned(),
        op: Op::Eq,
        value: FilterValue::Text(id.to_string()),
    };
    let own = populations.iter().map(one).reduce(|left, right| Filter::Or(Box::new(left), Box::new(right)));
    Ok(match (filter, own) {
        (Some(filter), Some(own)) => Some(Filter::And(Box::new(own), Box::new(filter))),
        (filter, own) => own.or(filter),
    })
}

/// A list that is short by nature and comes whole; a filter takes from it by these attributes.
pub(super) fn whole(
    call: &Call,
    name: &str,
    mut rows: Vec<Value>,
    attributes: &[&'static str],
) -> Result<Answer, Failure> {
    let query = call.query()?;
    if let Some(text) = query.text("order") {
        order(&mut rows, text, attributes)?;
    }
    if let Some(text) = query.text("filter") {
        let filter = filter::parse(text).map_err(|error| bad_filter(&error))?;
        let of = |row: &Value| {
            let supported = || attributes.to_vec();
            sift::meets(row, &filter, attributes)
                .map_err(|attribute| refused(StoreError::Filter { attribute, supported: supported() }))
        };
        // An attribute that is none is told of a list without rows too.
        of(&Value::Null)?;
        let met = rows.iter().map(of).collect::<Result<Vec<_>, _>>()?;
        let mut met = met.into_iter();
        rows.retain(|_| met.next().unwrap_or_default());
    }
    let (count, embedded) = (rows.len(), std::iter::once((name.to_owned(), Value::from(rows))).collect::<Map<_, _>>());
    let body = linked(&call.by, &[("self", call.path())]);
    Ok(Answer::ok(body.with("_embedded", embedded).with("count", count).with("size", count)))
}

/// What the store says of a list: a filter on something that the list does not have is the client's mistake.
pub(super) fn refused(error: StoreError) -> Failure {
    match error {
        StoreError::Filter { attribute, supported } => {
            let message = "The filter uses an attribute or operator that this list does not support";
            let inner = json!({ "supportedAttributes": supported, "supportedOperators": Op::ALL.map(Op::name) });
            let detail = Detail::new("INVALID_FILTER", "filter", message).with_inner(inner);
            let came = told::name(&attribute);
            let refused = Refused::new(Reason::ParameterInvalid, "a supported attribute and operator", came);
            Refused { details: vec![detail], ..refused }.into()
        }
        StoreError::Costly { ref equal, ref beginning } => {
            let message =
                "The filter would look at more rows than one request may: filter by eq or sw on an indexed attribute";
            let inner = json!({ "indexedAttributes": { Op::Eq.name(): equal, Op::Sw.name(): beginning } });
            let detail = Detail::new("INVALID_FILTER", "filter", message).with_inner(inner);
            match Failure::from(error) {
                Failure::Refused(refused) => Refused { details: vec![detail], ..*refused }.into(),
                other => other,
            }
        }
        other => other.into(),
    }
}

/// What the store says of what `include` asks for beside a list.
pub(super) fn included(error: StoreError) -> Failure {
    match error {
        StoreError::TooLong => {
            let message = "would look at more than one request may: ask for fewer with limit";
            let detail = Detail::new("INVALID_PARAMETER", "include", message);
            let refused = Refused::new(Reason::ParameterInvalid, "what is told in time", "more");
            Refused { details: vec![detail], ..refused }.into()
        }
        other => other.into(),
    }
}

/// Sorts the rows by an attribute; with `-` before its name the greatest comes first. What a row has not, comes before all.
fn order(rows: &mut [Value], text: &str, attributes: &[&str]) -> Result<(), Failure> {
    let (name, last_first) = text.strip_prefix('-').map_or((text, false), |name| (name, true));
    let Some(name) = attributes.iter().find(|one| one.eq_ignore_ascii_case(name)) else {
        let expected = format!("one of {}, with - before it for the greatest first", attributes.join(", "));
        return Err(bad_parameter("order", &expected, "another text"));
    };
    let at = |row: &Value| row.pointer(&format!("/{}", name.replace('.', "/"))).cloned().unwrap_or_default();
    let key = |row: &Value| match at(row) {
        Value::String(text) => (0, text.to_lowercase()),
        Value::Number(number) => (number.as_i64().unwrap_or_default(), String::new()),
        other => (i64::from(other == true), String::new()),
    };
    rows.sort_by_cached_key(key);
    if last_first {
        rows.reverse();
    }
    Ok(())
}

/// A list of pages comes in the order in which its rows were made. Whoever asks for another learns that.
fn unordered(query: &Params) -> Result<(), Failure> {
    let no_order = || bad_parameter("order", "left out: a list comes in its own order", "an order");
    query.text("order").map_or(Ok(()), |_| Err(no_order()))
}

/// 1 to 1000; more is cut to 1000, as there is always a next page (MG-11).
fn limit(text: &str) -> Result<u32, Failure> {
    let digits = text.len() <= 12 && text.bytes().all(|b| b.is_ascii_digit());
    let number = text.parse::<u64>().ok().filter(|n| digits && *n > 0);
    let number = number.ok_or_else(|| bad_parameter("limit", "a number from 1 to 1000", "another text"))?;
    Ok(u32::try_from(number).unwrap_or(MAX_LIMIT).min(MAX_LIMIT))
}

fn bad_filter(error: &filter::FilterError) -> Failure {
    let detail = Detail::new("INVALID_FILTER", "filter", format!("The filter is not valid: {error}"));
    let refused = Refused::new(Reason::ParameterInvalid, "a filter (RFC 7644 §3.4.2.2)", error.to_string());
    Refused { details: vec![detail], ..refused }.into()
}

fn bad_parameter(name: &str, expected: &str, came: &str) -> Failure {
    let detail = Detail::new("INVALID_PARAMETER", name, format!("must be {expected}"));
    Refused { details: vec![detail], ..Refused::new(Reason::ParameterInvalid, expected, came) }.into()
}

const BESIDE: [&str; 2] = ["expand", "include"];
pub(super) const DEFAULT_LIMIT: u32 = 100;
const MAX_LIMIT: u32 = 1000;
