//! A body into an object: every fault of it in the order of the description, or what is stored next.

use std::cell::RefCell;

use serde_json::{Map, Value};
use uuid::Uuid;

use super::Described;
use super::cell::{Choice, Choices, Id, Ids, Number};
use super::property::{Absent, Property, Rule};
use super::refers::{Known, Refers};
use super::walk::{Part, Walk};
use crate::model::check::Fields;
use crate::model::schema::{CustomValues, UserSchema};
use crate::refusal::Refused;
use crate::time::Time;

/// The object with what `body` writes. What only the server writes stays as it is in `before`.
pub fn read<R: Described>(body: &Map<String, Value>, before: &R, known: &dyn Known) -> Result<R, Refused> {
    let mut after = before.clone();
    let mut fields = Fields::new(body);
    let schema = if R::HAS_SCHEMA { known.schema() } else { None };
    after.describe(&mut Reading { fields: &mut fields, known, schema });
    after.rules(before, &mut fields);
    fields.finish(after).map_err(R::worded)
}

/// What `body` refers to in the object that it would make of `before`, so that it can be looked for.
pub fn referred<R: Described>(body: &Map<String, Value>, before: &R) -> Vec<(Refers, Uuid)> {
    let asked = Asked::default();
    // Faults are told when the body is read for good.
    let _ = read(body, before, &asked);
    asked.0.into_inner()
}

#[derive(Default)]
struct Asked(RefCell<Vec<(Refers, Uuid)>>);

impl Known for Asked {
    fn has(&self, what: Refers, id: Uuid) -> bool {
        self.0.borrow_mut().push((what, id));
        true
    }
}

struct Reading<'f, 'a> {
    fields: &'f mut Fields<'a>,
    known: &'f dyn Known,
    /// That of a user whose own members are read.
    schema: Option<&'f UserSchema>,
}

impl Reading<'_, '_> {
    /// Whether a body's is read.
    fn written(&self, p: &Property) -> bool {
        let disabled = self.schema.is_some_and(|schema| schema.is_disabled(p.name));
        p.is_public() && p.applies && p.absent != Absent::ReadOnly && !disabled
    }

    /// What the body means for the property. None: it stays as it is. `Some(None)`: it is cleared.
    #[expect(clippy::option_option, reason = "to keep and to clear are two things")]
    fn settled<T>(
        &mut self,
        p: &Property,
        read: Option<T>,
        default: impl FnOnce(&str) -> Option<T>,
    ) -> Option<Option<T>> {
        match p.absent {
            Absent::ReadOnly => None,
            Absent::Required => self.fields.require(p.name, read).map(Some),
            Absent::Kept => read.map(Some),
            Absent::Cleared => Some(read),
            Absent::Default(text) => Some(read.or_else(|| default(text))),
        }
    }

    fn judged(&mut self, p: &Property) -> Option<String> {
        match p.rule {
            Rule::Text { min, max } => self.fields.text(p.name, min, max),
            Rule::Prose { max } => self.fields.prose(p.name, max),
            Rule::Matching { min, max, allowed, pattern } => self.fields.text_where(p.name, min, max, allowed, pattern),
            Rule::Checked { max, check } => self.fields.checked(p.name, max, check),
            Rule::Verbatim { max, check } => self.fields.verbatim(p.name, max, check),
            Rule::OneOf { all, .. } => self.fields.choice(p.name, all, |one| one).map(str::to_owned),
            Rule::Any | Rule::Range { .. } | Rule::Count { .. } => self.fields.string(p.name).map(str::to_owned),
        }
    }

    fn names(&mut self, p: &Property, name: &str, id: Option<Uuid>) -> Option<Uuid> {
        let id = id?;
        if let Some(what) = p.refers.filter(|what| !what.is_always(id) && !self.known.has(*what, id)) {
            self.fields.fault("INVALID_VALUE", name, what.sentence(), None);
        }
        Some(id)
    }
}

impl Walk for Reading<'_, '_> {
    fn any_port(&self) -> bool {
        self.known.any_port()
    }

    fn flag(&mut self, p: &Property, value: &mut bool) {
        if self.written(p) {
            let read = self.fields.boolean(p.name);
            if let Some(flag) = self.settled(p, read, |text| Some(text == "true")) {
                *value = flag.unwrap_or_default();
            }
        }
    }

    fn flag_if(&mut self, p: &Property, value: &mut Option<bool>) {
        if self.written(p) {
            let read = self.fields.boolean(p.name);
            if let Some(flag) = self.settled(p, read, |text| Some(text == "true")) {
                *value = flag;
            }
        }
    }

    fn id(&mut self, p: &Property, value: &mut dyn Id) {
        if self.written(p) {
            let read = self.fields.id(p.name);
            let read = self.names(p, p.name, read);
            if let Some(id) = self.settled(p, read, |_| None) {
                value.set(id);
            }
        }
    }

    fn reference(&mut self, p: &Property, value: &mut dyn Id) {
        if !self.written(p) {
            return;
        }
        let known = self.known;
        // A reference that is kept when it is absent may also be an object without an id.
        let demanded = p.absent != Absent::Kept;
        let read = self.fields.within(p.name, |fields| {
            let id = fields.id("id");
            let id = if demanded { fields.require("id", id) } else { id };
            Reading { fields, known, schema: None }.names(p, "id", id)
        });
        if let Some(id) = self.settled(p, read, |_| None) {
            // An object whose id is faulty is a fault of that id alone.
            match id {
                Some(Some(id)) => value.set(Some(id)),
                Some(None) => {}
                None => value.set(None),
            }
        }
    }

    fn references(&mut self, p: &Property, value: &mut dyn Ids) {
        if !self.written(p) {
            return;
        }
        let (known, max) = (self.known, limit(p));
        let read = self.fields.each(p.name, max, |fields| {
            let id = fields.id("id");
            let id = fields.require("id", id);
            Reading { fields, known, schema: None }.names(p, "id", id)
        });
        let read = self.settled(p, read, |_| None);
        if read.as_ref().and_then(Option::as_ref).is_some_and(Vec::is_empty) && p.absent == Absent::Required {
            self.fields.fault("EMPTY_VALUE", p.name, "must not be empty", None);
        }
        if let Some(ids) = read {
            let mut once: Vec<Uuid> = Vec::new();
            for id in ids.into_iter().flatten().flatten() {
                if !once.contains(&id) {
                    once.push(id);
                }
            }
            value.set(once);
        }
    }

    fn number(&mut self, p: &Property, value: &mut dyn Number) {
        if self.written(p) {
            let (min, max) = if let Rule::Range { min, max } = p.rule { (min, max) } else { (i64::MIN, i64::MAX) };
            let read = self.fields.integer(p.name, min, max);
            if let Some(number) = self.settled(p, read, |text| text.parse().ok()) {
                value.set(number);
            }
        }
    }

    fn text(&mut self, p: &Property, value: &mut String) {
        if self.written(p) {
            let read = self.judged(p);
            if let Some(text) = self.settled(p, read, |text| Some(text.to_owned())) {
                *value = text.unwrap_or_default();
            }
        }
    }

    fn text_if(&mut self, p: &Property, value: &mut Option<String>) {
        if self.written(p) {
            let read = self.judged(p);
            if let Some(text) = self.settled(p, read, |text| Some(text.to_owned())) {
                *value = text;
            }
        }
    }

    fn texts(&mut self, p: &Property, value: &mut Vec<String>) {
        if self.written(p) {
            let read = match p.rule {
                Rule::Count { max, check } => self.fields.texts(p.name, max, check),
                Rule::OneOf { max, all } => {
                    let chosen = self.fields.choices(p.name, max, all, |one| one);
                    chosen.map(|all| all.into_iter().map(str::to_owned).collect())
                }
                _ => return,
            };
            if let Some(texts) = self.settled(p, read, |_| None) {
                *value = texts.unwrap_or_default();
            }
        }
    }

    fn time(&mut self, p: &Property, value: &mut Time) {
        let mut read = Some(*value);
        self.time_if(p, &mut read);
        *value = read.unwrap_or(*value);
    }

    fn time_if(&mut self, p: &Property, value: &mut Option<Time>) {
        if !self.written(p) {
            return;
        }
        let read = self.fields.string(p.name).and_then(|text| {
            let time = Time::parse(text);
            if time.is_none() {
                self.fields.fault("INVALID_VALUE", p.name, TIME, None);
            }
            time
        });
        if let Some(time) = self.settled(p, read, Time::parse) {
            *value = time;
        }
    }

    fn choice(&mut self, p: &Property, value: &mut dyn Choice) {
        if self.written(p) {
            let (all, places) = places(value.names());
            let read = self.fields.choice(p.name, &places, |place| all[place]);
            let default = |text: &str| all.iter().position(|name| *name == text);
            if let Some(place) = self.settled(p, read, default) {
                value.choose(place);
            }
        }
    }

    fn choices(&mut self, p: &Property, value: &mut dyn Choices) {
        if self.written(p) {
            let (all, places) = places(value.all());
            let read = self.fields.choices(p.name, all.len(), &places, |place| all[place]);
            if let Some(chosen) = self.settled(p, read, |_| None) {
                value.choose(chosen.unwrap_or_default());
            }
        }
    }

    fn within(&mut self, p: &Property, part: Part<'_>) {
        let mut present = true;
        self.within_if(p, &mut present, part);
    }

    fn within_if(&mut self, p: &Property, present: &mut bool, part: Part<'_>) {
        if !p.is_public() {
            return part(self);
        }
        if !self.written(p) {
            return;
        }
        let known = self.known;
        let read = self.fields.within(p.name, |fields| part(&mut Reading { fields, known, schema: None }));
        *present = read.is_some() || (p.absent == Absent::Kept && *present);
        if p.absent == Absent::Required {
            self.fields.require(p.name, read);
        } else if read.is_none() && p.absent != Absent::Kept {
            // Its members mean what they mean when each is absent, and nothing is at fault.
            let nothing = Map::new();
            part(&mut Reading { fields: &mut Fields::new(&nothing), known, schema: None });
        }
    }

    fn each(
        &mut self,
        p: &Property,
        length: usize,
        resize: &mut dyn FnMut(usize),
        part: &mut dyn FnMut(usize, &mut dyn Walk),
    ) {
        if !self.written(p) {
            return;
        }
        let known = self.known;
        let mut index = 0;
        // As many as the list may have are made first: what a faulty body leaves is never kept.
        resize(limit(p).max(length));
        let read = self.fields.each(p.name, limit(p), |fields| {
            part(index, &mut Reading { fields, known, schema: None });
            index += 1;
        });
        let read = read.map(|all| all.len());
        match self.settled(p, read, |_| None) {
            None => resize(length),
            Some(read) => resize(read.unwrap_or_default()),
        }
    }

    fn counts(&mut self, p: &Property, value: &mut Vec<(String, usize)>) {
        if !self.written(p) {
            return;
        }
        let read = self.fields.object(p.name).map(|members| {
            let counted = |count: &Value| count.as_u64().and_then(|count| usize::try_from(count).ok());
            let counts: Vec<_> =
                members.iter().filter_map(|(text, count)| Some((text.clone(), counted(count)?))).collect();
            if counts.len() < members.len() {
                self.fields.fault("INVALID_VALUE", p.name, "must hold numbers from 0 on", None);
            }
            counts
        });
        if let Some(counts) = self.settled(p, read, |_| None) {
            *value = counts.unwrap_or_default();
        }
    }

    fn kept(&mut self, p: &Property, value: &mut Map<String, Value>) {
        if self.written(p) {
            let read = self.fields.object(p.name);
            if let Some(kept) = self.settled(p, read, |_| None) {
                *value = kept.unwrap_or_default();
            }
        }
    }

    fn outside(&mut self, part: Part<'_>) {
        part(self);
    }

    fn judge(&mut self, rule: &mut dyn FnMut(&mut Fields<'_>)) {
        rule(self.fields);
    }

    fn custom(&mut self, values: &mut CustomValues) {
        if let Some(schema) = self.schema {
            schema.read(self.fields, values);
        }
    }

    fn made(&mut self, _: &Property, _: &'static str) {}

    fn version(&mut self, _: &mut i64) {}
}

fn places(all: Vec<&'static str>) -> (Vec<&'static str>, Vec<usize>) {
    let places = (0..all.len()).collect();
    (all, places)
}

/// How many elements a list may have.
fn limit(p: &Property) -> usize {
    if let Rule::Count { max, .. } = p.rule { max } else { ELEMENTS }
}

const ELEMENTS: usize = 500;
const TIME: &str = "must be a date and time such as 2026-01-31T12:00:00.000Z";
