//! The columns and the body of a row into an object.
//!
//! What is missing reads as empty, or as the default of its property, so that a row of an older version reads.

use protocol::model::Kept;
use protocol::model::describe::{Absent, Choice, Choices, Described, Id, Ids, Number, Part, Property, Stored, Walk};
use protocol::time::Time;
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use crate::kinds::{Kind, kind};
use crate::shape::unreadable;
use crate::{Row, StoreError};

/// Reads a row of the columns that the kind reads, with its body behind them.
pub(crate) fn take<T: Kept>(row: &Row) -> Result<T, StoreError> {
    take_of(row, kind(T::KIND))
}

/// The same of what is no object.
pub(crate) fn take_of<T: Described>(row: &Row, kind: &Kind) -> Result<T, StoreError> {
    let body = if kind.body {
        match serde_json::from_str(row.text(kind.reads.len())?) {
            Ok(Json::Object(body)) => body,
            _ => return Err(unreadable("body")),
        }
    } else {
        Map::new()
    };
    let mut object = T::default();
    let mut taking = Taking { row, columns: kind.reads, body, error: None };
    object.describe(&mut taking);
    taking.error.map_or(Ok(object), Err)
}

struct Taking<'a> {
    row: &'a Row,
    columns: &'static [&'static str],
    body: Map<String, Json>,
    /// What was first found unreadable.
    error: Option<StoreError>,
}

/// Where a value was found.
enum From<'a> {
    Column(usize, &'a Row),
    Body(&'a Json),
    Nowhere,
}

impl Taking<'_> {
    fn find(&self, p: &Property) -> From<'_> {
        let column = p.column.and_then(|column| self.columns.iter().position(|c| *c == column));
        if let Some(at) = column {
            return From::Column(at, self.row);
        }
        match self.in_body(p) {
            Some(json) => From::Body(json),
            None => From::Nowhere,
        }
    }

    fn in_body(&self, p: &Property) -> Option<&Json> {
        let mut buffer = [0; 64];
        p.stored(&mut buffer).and_then(|name| self.body.get(name)).filter(|json| !json.is_null())
    }

    /// The value where it is there. A wrong type is noted.
    fn value<V>(
        &mut self,
        p: &Property,
        column: impl FnOnce(&Row, usize) -> Result<Option<V>, StoreError>,
        body: impl FnOnce(&Json) -> Option<V>,
    ) -> Option<V> {
        let read = match self.find(p) {
            From::Column(at, row) => column(row, at),
            From::Body(json) => body(json).map(Some).ok_or_else(|| unreadable(p.name)),
            From::Nowhere => Ok(None),
        };
        read.unwrap_or_else(|error| {
            self.error.get_or_insert(error);
            None
        })
    }

    fn demand<V>(&mut self, p: &Property, value: Option<V>) -> Option<V> {
        if value.is_none() {
            self.error.get_or_insert_with(|| unreadable(p.name));
        }
        value
    }
}

fn default(p: &Property) -> Option<&'static str> {
    if let Absent::Default(text) = p.absent { Some(text) } else { None }
}

fn uuid(json: &Json) -> Option<Uuid> {
    Uuid::try_parse(json.as_str()?).ok()
}

fn texts(json: &Json) -> Option<Vec<&str>> {
    json.as_array()?.iter().map(Json::as_str).collect()
}

impl Walk for Taking<'_> {
    fn flag(&mut self, p: &Property, value: &mut bool) {
        let read = self.value(p, Row::opt_bool, Json::as_bool);
        // A process that does not know the column left it empty.
        let read = read.or_else(|| self.in_body(p)?.as_bool());
        *value = read.or_else(|| default(p).map(|text| text == "true")).unwrap_or_default();
    }

    fn flag_if(&mut self, p: &Property, value: &mut Option<bool>) {
        *value = self.value(p, Row::opt_bool, Json::as_bool);
    }

    fn id(&mut self, p: &Property, value: &mut dyn Id) {
        let read = self.value(p, Row::opt_uuid, uuid);
        let read = if value.is_optional() { read } else { self.demand(p, read) };
        value.set(read);
    }

    fn reference(&mut self, p: &Property, value: &mut dyn Id) {
        self.id(p, value);
    }

    fn references(&mut self, p: &Property, value: &mut dyn Ids) {
        let read = self.value(p, |_, _| Ok(None), |json| json.as_array()?.iter().map(uuid).collect());
        value.set(read.unwrap_or_default());
    }

    fn number(&mut self, p: &Property, value: &mut dyn Number) {
        let read = self.value(p, Row::opt_i64, Json::as_i64);
        let default = default(p).filter(|_| !value.is_optional()).and_then(|text| text.parse().ok());
        value.set(read.or(default));
    }

    fn text(&mut self, p: &Property, value: &mut String) {
        let read =
            self.value(p, |row, at| Ok(row.opt_text(at)?.map(str::to_owned)), |json| json.as_str().map(str::to_owned));
        *value = read.or_else(|| default(p).map(str::to_owned)).unwrap_or_default();
    }

    fn text_if(&mut self, p: &Property, value: &mut Option<String>) {
        *value =
            self.value(p, |row, at| Ok(row.opt_text(at)?.map(str::to_owned)), |json| json.as_str().map(str::to_owned));
    }

    fn texts(&mut self, p: &Property, value: &mut Vec<String>) {
        let read = self.value(p, |_, _| Ok(None), |json| Some(texts(json)?.into_iter().map(str::to_owned).collect()));
        *value = read.unwrap_or_default();
    }

    fn time(&mut self, p: &Property, value: &mut Time) {
        *value = Time(self.value(p, Row::opt_i64, Json::as_i64).unwrap_or_default());
    }

    fn time_if(&mut self, p: &Property, value: &mut Option<Time>) {
        *value = self.value(p, Row::opt_i64, Json::as_i64).map(Time);
    }

    fn choice(&mut self, p: &Property, value: &mut dyn Choice) {
        let read =
            self.value(p, |row, at| Ok(row.opt_text(at)?.map(str::to_owned)), |json| json.as_str().map(str::to_owned));
        match read {
            Some(name) if !value.restore(&name) => _ = self.demand(p, None::<()>),
            Some(_) => {}
            None if value.is_optional() => value.choose(None),
            None => {
                let place = default(p).and_then(|text| value.names().iter().position(|name| *name == text));
                let place = self.demand(p, place);
                value.choose(place);
            }
        }
    }

    fn choices(&mut self, p: &Property, value: &mut dyn Choices) {
        let known = self.value(p, |_, _| Ok(None), |json| value.restore(&texts(json)?).then_some(()));
        if known.is_none() {
            value.choose(Vec::new());
        }
    }

    fn within(&mut self, p: &Property, part: Part<'_>) {
        let mut present = true;
        self.within_if(p, &mut present, part);
    }

    fn within_if(&mut self, p: &Property, present: &mut bool, part: Part<'_>) {
        let mut buffer = [0; 64];
        let Some(name) = p.stored(&mut buffer) else {
            // What lies flat is there as far as its members are.
            *present = true;
            return part(self);
        };
        let inner = match self.body.remove(name) {
            Some(Json::Object(inner)) => Some(inner),
            Some(Json::Null) | None => None,
            Some(_) => {
                self.error.get_or_insert_with(|| unreadable(p.name));
                None
            }
        };
        *present = inner.is_some();
        let around = std::mem::replace(&mut self.body, inner.unwrap_or_default());
        part(self);
        self.body = around;
    }

    fn each(
        &mut self,
        p: &Property,
        _: usize,
        resize: &mut dyn FnMut(usize),
        part: &mut dyn FnMut(usize, &mut dyn Walk),
    ) {
        let read = self.value(p, |_, _| Ok(None), |json| json.as_array().cloned()).unwrap_or_default();
        resize(read.len());
        for (index, one) in read.into_iter().enumerate() {
            let body = match one {
                Json::Object(body) => body,
                Json::Array(values) if p.tuples => {
                    values.into_iter().enumerate().map(|(place, value)| (place.to_string(), value)).collect()
                }
                _ => {
                    self.error.get_or_insert_with(|| unreadable(p.name));
                    continue;
                }
            };
            let mut inner = Taking { row: self.row, columns: &[], body, error: None };
            part(index, &mut inner);
            self.error = self.error.take().or(inner.error);
        }
    }

    fn counts(&mut self, p: &Property, value: &mut Vec<(String, usize)>) {
        let pair = |json: &Json| match json.as_array()?.as_slice() {
            [text, count] => Some((text.as_str()?.to_owned(), usize::try_from(count.as_u64()?).ok()?)),
            _ => None,
        };
        let read = self.value(p, |_, _| Ok(None), |json| json.as_array()?.iter().map(pair).collect());
        *value = read.unwrap_or_default();
    }

    fn kept(&mut self, p: &Property, value: &mut Map<String, Json>) {
        *value = self.value(p, |_, _| Ok(None), |json| json.as_object().cloned()).unwrap_or_default();
    }

    fn outside(&mut self, _: Part<'_>) {}

    fn octets(&mut self, p: &Property, value: &mut Vec<u8>) {
        let read = self.value(p, |row, at| Ok(row.opt_bytes(at)?.map(<[u8]>::to_vec)), |_| None);
        *value = self.demand(p, read).unwrap_or_default();
    }

    fn stored(&mut self, name: &'static str, value: &mut dyn Stored) {
        if !value.read(self.body.get(name).filter(|json| !json.is_null())) {
            self.error.get_or_insert_with(|| unreadable(name));
        }
    }

    fn made(&mut self, _: &Property, _: &'static str) {}

    fn version(&mut self, value: &mut i64) {
        let read = match self.columns.iter().position(|c| *c == "version") {
            Some(at) => self.row.i64(at),
            None => Ok(self.body.get("version").and_then(Json::as_i64).unwrap_or_default()),
        };
        match read {
            Ok(version) => *value = version,
            Err(error) => _ = self.error.get_or_insert(error),
        }
    }
}
