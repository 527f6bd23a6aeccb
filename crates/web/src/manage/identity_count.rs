//! How many users an environment had on each day, and how many of them were active in each day or month.

use engine::Failure;
use engine::reads::StoreError;
use protocol::filter::{self, Filter, FilterValue, Op};
use protocol::refusal::{Detail, Reason, Refused};
use protocol::time::Time;
use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::call::Call;
use super::list;
use super::shape::{linked, stamp};

/// The users at the end of each day from `startDate` to `endDate`, of which one may be missing: then it is the day, or now.
pub(super) async fn total(call: Call) -> Result<Answer, Failure> {
    let (environment, now) = (call.environment()?, call.by.now());
    let terms = Terms::read(&call, &[("startDate", Op::Eq), ("endDate", Op::Eq)])?;
    let end = terms.time("endDate")?;
    let start = terms.time("startDate")?.or(end);
    let start = start.ok_or_else(|| bad("filter", "startDate eq or endDate eq, or both"))?;
    let end = end.unwrap_or(now);
    let days = (0_i64..).map(|day| start.plus(day * DAY)).take_while(|day| *day <= end && *day <= now);
    let days: Vec<Time> = days.take(MOST + 1).collect();
    if days.len() > MOST {
        return Err(bad("filter", &format!("of no more than {MOST} days")));
    }
    let store = call.by.store();
    let (mut users, mut changed) = (store.identities(environment).await?, Vec::new());
    if !days.is_empty() {
        changed = store.identities_changed(environment, start, DAY * MICROS).await.map_err(too_long)?;
    }
    let count = users;
    let mut rows = Vec::with_capacity(days.len());
    for (number, day) in (0_i64..).zip(&days).collect::<Vec<_>>().into_iter().rev() {
        // What came after the day was not there yet.
        while let Some((_, more)) = changed.pop_if(|(period, _)| *period > number) {
            users -= more;
        }
        // PingOne's documents say ISO 8601; its OpenAPI document and its clients, which take nothing else, have a number of seconds.
        rows.push(json!({ "date": day.secs(), "totalIdentities": users.max(0) }));
    }
    rows.reverse();
    Ok(embedded(&call, "totalIdentities", rows, count))
}

/// Who was active in each period from `startDate` on until now.
pub(super) async fn active(call: Call) -> Result<Answer, Failure> {
    let (environment, now, query) = (call.environment()?, call.by.now(), call.query()?);
    let terms = Terms::read(&call, &[("startDate", Op::Ge), ("samplingPeriod", Op::Eq)])?;
    let start = terms.time("startDate")?.ok_or_else(|| bad("filter", "startDate ge, and samplingPeriod eq"))?;
    let monthly = match query.text("samplePeriod").or_else(|| query.text("samplingPeriod")) {
        None | Some("DAY") => false,
        Some("MONTH") => true,
        Some(_) => return Err(bad("samplePeriod", "DAY or MONTH")),
    };
    let hours = terms.hours("samplingPeriod")?.unwrap_or(24);
    let limit = query.text("limit").map(|text| text.parse::<usize>().ok().filter(|most| (1..=MOST).contains(most)));
    let limit =
        limit.map_or(Ok(PAGE), |limit| limit.ok_or_else(|| bad("limit", &format!("a number from 1 to {MOST}"))))?;
    let newest_first = match query.text("order") {
        None | Some("startDate") => false,
        Some("-startDate") => true,
        Some(_) => return Err(bad("order", "startDate or -startDate")),
    };
    let begins = |number: i64| if monthly { start.plus_months(number) } else { start.plus(number * hours * HOUR) };
    let last = (0_i64..PERIODS).take_while(|number| begins(*number) <= now).last();
    let Some(last) = last else { return Ok(embedded(&call, "activeIdentityCounts", Vec::new(), 0)) };
    let wanted = i64::try_from(limit).unwrap_or(1);
    let first = if newest_first { (last + 1 - wanted).max(0) } else { 0 };
    let numbers = first..(first + wanted).min(last + 1);
    let mut rows = Vec::new();
    if monthly {
        for number in numbers {
            let of = (begins(number), begins(number + 1));
            let found = call.by.store().identities_active(environment, of, of.1.0 - of.0.0).await.map_err(too_long)?;
            rows.push(period(of, found.first().map_or(0, |(_, active)| *active)));
        }
    } else {
        let of = (begins(numbers.start), begins(numbers.end));
        let found =
            call.by.store().identities_active(environment, of, hours * HOUR * MICROS).await.map_err(too_long)?;
        for number in numbers.clone() {
            let active = found.iter().find(|(at, _)| *at == number - numbers.start).map_or(0, |(_, active)| *active);
            rows.push(period((begins(number), begins(number + 1)), active));
        }
    }
    if newest_first {
        rows.reverse();
    }
    Ok(embedded(&call, "activeIdentityCounts", rows, last + 1))
}

fn period((start, end): (Time, Time), active: i64) -> Value {
    json!({ "startDate": stamp(start), "endDate": stamp(end), "value": active })
}

fn embedded(call: &Call, name: &str, rows: Vec<Value>, count: i64) -> Answer {
    let size = rows.len();
    let embedded = Map::from_iter([(name.to_owned(), Value::from(rows))]);
    let body = linked(&call.by, &[("self", call.path())]);
    Answer::ok(body.with("_embedded", embedded).with("count", count).with("size", size))
}

/// What a filter says, one term for each attribute.
struct Terms(Vec<(&'static str, FilterValue)>);

impl Terms {
    /// Reads the filter of the call: these attributes, each by its operator, with `and` between them.
    fn read(call: &Call, known: &[(&'static str, Op)]) -> Result<Self, Failure> {
        let expected = known.iter().map(|(name, op)| format!("{name} {}", op.name())).collect::<Vec<_>>().join(" and ");
        let query = call.query()?;
        let mut terms = Self(Vec::new());
        if let Some(text) = query.text("filter") {
            let filter = filter::parse(text).map_err(|_| bad("filter", &expected))?;
            terms.take(&filter, known).ok_or_else(|| bad("filter", &expected))?;
        }
        Ok(terms)
    }

    fn take(&mut self, filter: &Filter, known: &[(&'static str, Op)]) -> Option<()> {
        match filter {
            Filter::And(left, right) => self.take(left, known).and_then(|()| self.take(right, known)),
            Filter::Compare { path, op, value } => {
                let (name, _) = known.iter().find(|(name, own)| name.eq_ignore_ascii_case(path) && own == op)?;
                self.value(name).is_none().then(|| self.0.push((*name, value.clone())))
            }
            _ => None,
        }
    }

    fn value(&self, name: &str) -> Option<&FilterValue> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    fn time(&self, name: &str) -> Result<Option<Time>, Failure> {
        let Some(value) = self.value(name) else { return Ok(None) };
        let time = if let FilterValue::Text(text) = value { Time::parse(text) } else { None };
        time.map(Some).ok_or_else(|| bad("filter", &format!("{name} as 2026-01-31T12:00:00Z")))
    }

    fn hours(&self, name: &str) -> Result<Option<i64>, Failure> {
        let hours = match self.value(name) {
            None => return Ok(None),
            Some(FilterValue::Text(text)) => text.parse().ok(),
            Some(FilterValue::Number(number)) => number.as_i64(),
            Some(_) => None,
        };
        let hours = hours.filter(|hours| (1..=24 * 366).contains(hours));
        hours.map(Some).ok_or_else(|| bad("filter", &format!("{name} in hours, from 1 to {}", 24 * 366)))
    }
}

fn bad(name: &str, expected: &str) -> Failure {
    let detail = Detail::new("INVALID_PARAMETER", name, format!("must be {expected}"));
    Refused { details: vec![detail], ..Refused::new(Reason::ParameterInvalid, expected, "another one") }.into()
}

/// So many activities lie in the time that is asked for.
fn too_long(error: StoreError) -> Failure {
    match error {
        StoreError::TooLong => {
            bad("filter", "of a shorter time: more activities lie in it than one request may look at")
        }
        other => list::refused(other),
    }
}

const MICROS: i64 = 1_000_000;
const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
/// Rows of an answer.
const MOST: usize = 731;
const PAGE: usize = 100;
/// More periods than there are hours in twenty years.
const PERIODS: i64 = 200_000;
