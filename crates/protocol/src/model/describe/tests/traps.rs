//! What a description can say and no walk heeds: said in one, it would be dropped without a word.

use serde_json::{Map, Value};

use super::super::{Absent, Choice, Choices, Id, Ids, Number, Part, Place, Property, Rule, Walk, each, property};
use crate::id::GroupId;
use crate::model::ObjectKind;
use crate::time::Time;

#[test]
fn no_description_says_what_nobody_heeds() {
    for kind in ObjectKind::ALL {
        assert_eq!(traps(&mut |walk| kind.describe(walk)), [""; 0], "{kind:?}");
    }
}

#[test]
fn every_trap_is_found() {
    let long = "aPropertyWhoseNameIsSoLongThatItsStoredNameDoesNotFitIntoTheBufferForIt";
    let (default, kept) = (Absent::Default("a"), |name| property(name).up_to(1).column("c"));
    let planted: &mut [(&str, Part<'_>)] = &mut [
        ("a: a default", &mut |walk| walk.texts(&property("a").up_to(1).absent(default), &mut Vec::new())),
        ("a: a default", &mut |walk| walk.references(&property("a").absent(default), &mut Vec::<GroupId>::new())),
        ("a: a default", &mut |walk| walk.kept(&property("a").absent(default), &mut Map::new())),
        ("a: a default", &mut |walk| walk.counts(&property("a").absent(default), &mut Vec::new())),
        ("a: a default", &mut |walk| walk.flag(&property("a").absent(default), &mut false)),
        ("a: a default", &mut |walk| walk.number(&property("a").absent(default), &mut 0_i64)),
        ("a: a default", &mut |walk| walk.time(&property("a").absent(default), &mut Time(0))),
        ("a: a default", &mut |walk| {
            each(walk, &property("a").absent(default), &mut Vec::<String>::new(), |one, walk| {
                walk.text(&property("b"), one);
            });
        }),
        ("a: a list without a rule", &mut |walk| walk.texts(&property("a"), &mut Vec::new())),
        ("a: a column of a list", &mut |walk| walk.texts(&kept("a"), &mut Vec::new())),
        (long, &mut |walk| walk.text(&property(long), &mut String::new())),
        ("a: no stored name", &mut |walk| walk.text(&property("a").place(Place::Flat), &mut String::new())),
        ("b: a column that is there or not", &mut |walk| {
            walk.within_if(&property("a"), &mut false, &mut |walk| {
                walk.text(&property("b").column("b"), &mut String::new());
            });
        }),
        ("b: a column that is there or not", &mut |walk| {
            each(walk, &property("a"), &mut Vec::<String>::new(), |one, walk| {
                walk.text(&property("b").column("b"), one);
            });
        }),
    ];
    for (trap, describe) in planted {
        let found = traps(describe);
        assert!(found.len() == 1 && found[0].starts_with(*trap), "{trap}: {found:?}");
    }
    let sound: Part<'_> = &mut |walk| {
        walk.flag(&property("a").absent(Absent::Default("true")), &mut false);
        walk.number(&property("b").absent(Absent::Default("5")), &mut 0_i64);
        walk.within(&property("c").place(Place::Flat), &mut |walk| {
            walk.text(&property("d").column("d"), &mut String::new());
        });
        walk.within_if(&property("e"), &mut false, &mut |walk| walk.text(&property("f"), &mut String::new()));
    };
    assert_eq!(traps(sound), [""; 0]);
}

fn traps(describe: Part<'_>) -> Vec<String> {
    let mut traps = Traps::default();
    describe(&mut traps);
    traps.found
}

#[derive(Default)]
struct Traps {
    found: Vec<String>,
    /// Within an object that is there or not, or in a list.
    maybe: bool,
}

impl Traps {
    fn find(&mut self, p: &Property, trap: &str) {
        self.found.push(format!("{}: {trap}", p.name));
    }

    /// A value with its own place in the row. `default` reads the text of a default.
    fn value<T>(&mut self, p: &Property, default: impl FnOnce(&str) -> Option<T>) {
        if let Absent::Default(text) = p.absent
            && default(text).is_none()
        {
            self.find(p, "a default that is never read");
        }
        if p.stored(&mut [0; 64]).is_none() {
            self.find(p, "no stored name: it is neither kept nor shown");
        }
        if self.maybe && p.column.is_some() {
            self.find(p, "a column that is there or not: the statements count on it");
        }
    }

    /// Several: no default says what they are, and no column holds them.
    fn list(&mut self, p: &Property) {
        self.value(p, |_| None::<()>);
        if p.column.is_some() {
            self.find(p, "a column of a list: it is always empty");
        }
    }

    fn around(&mut self, p: &Property, maybe: bool, part: Part<'_>) {
        if matches!(p.absent, Absent::Default(_)) {
            self.find(p, "a default that is never read");
        }
        if p.column.is_some() {
            self.find(p, "a column of an object: nothing is put there");
        }
        if p.stored(&mut [0; 64]).is_none() && p.place != Place::Flat {
            self.find(p, "no stored name: its members would stand around it");
        }
        let before = self.maybe;
        self.maybe |= maybe;
        part(self);
        self.maybe = before;
    }
}

fn flag(text: &str) -> Option<bool> {
    text.parse().ok()
}

impl Walk for Traps {
    fn flag(&mut self, p: &Property, _: &mut bool) {
        self.value(p, flag);
    }

    fn flag_if(&mut self, p: &Property, _: &mut Option<bool>) {
        self.value(p, flag);
    }

    fn id(&mut self, p: &Property, _: &mut dyn Id) {
        self.value(p, |_| None::<()>);
    }

    fn reference(&mut self, p: &Property, _: &mut dyn Id) {
        self.value(p, |_| None::<()>);
    }

    fn references(&mut self, p: &Property, _: &mut dyn Ids) {
        self.list(p);
    }

    fn number(&mut self, p: &Property, _: &mut dyn Number) {
        self.value(p, |text| text.parse::<i64>().ok());
    }

    fn text(&mut self, p: &Property, _: &mut String) {
        self.value(p, |_| Some(()));
    }

    fn text_if(&mut self, p: &Property, _: &mut Option<String>) {
        self.value(p, |_| Some(()));
    }

    fn texts(&mut self, p: &Property, _: &mut Vec<String>) {
        self.list(p);
        let is_written = p.is_public() && p.absent != Absent::ReadOnly;
        if is_written && !matches!(p.rule, Rule::Count { .. } | Rule::OneOf { .. }) {
            self.find(p, "a list without a rule of lists: it is never read");
        }
    }

    fn time(&mut self, p: &Property, _: &mut Time) {
        self.value(p, Time::parse);
    }

    fn time_if(&mut self, p: &Property, _: &mut Option<Time>) {
        self.value(p, Time::parse);
    }

    fn choice(&mut self, p: &Property, value: &mut dyn Choice) {
        let names = value.names();
        self.value(p, |text| names.contains(&text).then_some(()));
    }

    fn choices(&mut self, p: &Property, _: &mut dyn Choices) {
        self.list(p);
    }

    fn within(&mut self, p: &Property, part: Part<'_>) {
        self.around(p, false, part);
    }

    fn within_if(&mut self, p: &Property, _: &mut bool, part: Part<'_>) {
        self.around(p, true, part);
    }

    fn each(
        &mut self,
        p: &Property,
        length: usize,
        resize: &mut dyn FnMut(usize),
        part: &mut dyn FnMut(usize, &mut dyn Walk),
    ) {
        resize(1);
        self.around(p, true, &mut |walk| part(0, walk));
        resize(length);
    }

    fn counts(&mut self, p: &Property, _: &mut Vec<(String, usize)>) {
        self.list(p);
    }

    fn kept(&mut self, p: &Property, _: &mut Map<String, Value>) {
        self.list(p);
    }

    /// Nothing of it is stored: only its defaults matter.
    fn outside(&mut self, part: Part<'_>) {
        part(self);
    }

    fn made(&mut self, _: &Property, _: &'static str) {}

    fn version(&mut self, _: &mut i64) {}
}
