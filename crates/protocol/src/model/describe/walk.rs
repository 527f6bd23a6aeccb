//! Somebody who goes through a description: one method for each kind of value.

use std::cell::RefCell;

use serde_json::{Map, Value};

use super::cell::{Choice, Choices, Id, Ids, Number, Stored};
use super::property::Property;
use crate::model::check::Fields;
use crate::model::schema::CustomValues;
use crate::time::Time;

/// Walks a list of objects, each with `describe`.
pub fn each<T: Default>(
    walk: &mut dyn Walk,
    property: &Property,
    list: &mut Vec<T>,
    describe: impl Fn(&mut T, &mut dyn Walk),
) {
    // Whoever walks resizes and describes by turns, never both at once.
    let length = list.len();
    let list = RefCell::new(list);
    let mut resize = |length| list.borrow_mut().resize_with(length, T::default);
    let mut part = |index: usize, walk: &mut dyn Walk| {
        if let Some(one) = list.borrow_mut().get_mut(index) {
            describe(one, walk);
        }
    };
    walk.each(property, length, &mut resize, &mut part);
}

/// Walks the members of a nested object.
pub type Part<'a> = &'a mut dyn FnMut(&mut dyn Walk);

pub trait Walk {
    fn flag(&mut self, property: &Property, value: &mut bool);

    /// A flag that may be missing.
    fn flag_if(&mut self, property: &Property, value: &mut Option<bool>);

    /// An id by itself.
    fn id(&mut self, property: &Property, value: &mut dyn Id);

    /// `{"id": …}`.
    fn reference(&mut self, property: &Property, value: &mut dyn Id);

    /// A list of `{"id": …}`.
    fn references(&mut self, property: &Property, value: &mut dyn Ids);

    fn number(&mut self, property: &Property, value: &mut dyn Number);

    fn text(&mut self, property: &Property, value: &mut String);

    fn text_if(&mut self, property: &Property, value: &mut Option<String>);

    fn texts(&mut self, property: &Property, value: &mut Vec<String>);

    fn time(&mut self, property: &Property, value: &mut Time);

    fn time_if(&mut self, property: &Property, value: &mut Option<Time>);

    /// One of a closed list, by its name.
    fn choice(&mut self, property: &Property, value: &mut dyn Choice);

    /// Some of a closed list.
    fn choices(&mut self, property: &Property, value: &mut dyn Choices);

    /// An object whose members are walked by `part`.
    fn within(&mut self, property: &Property, part: Part<'_>);

    /// An object that is there or not: `present` says which, and is told by whoever reads.
    fn within_if(&mut self, property: &Property, present: &mut bool, part: Part<'_>);

    /// A list of objects, at most as many as the rule's count. `part` walks the one with this index; whoever reads says with
    /// `resize` how many there are.
    fn each(
        &mut self,
        property: &Property,
        length: usize,
        resize: &mut dyn FnMut(usize),
        part: &mut dyn FnMut(usize, &mut dyn Walk),
    );

    /// An object that counts: any text, and a number for each.
    fn counts(&mut self, property: &Property, value: &mut Vec<(String, usize)>);

    /// What is kept as it came and answered as it is kept.
    fn kept(&mut self, property: &Property, value: &mut Map<String, Value>);

    /// Properties that only requests and answers have: the store keeps what they say in a form of its own, which
    /// [`Walk::stored`] names next.
    fn outside(&mut self, part: Part<'_>);

    /// Octets that only the store has, in their column: nobody else sees them.
    fn octets(&mut self, property: &Property, value: &mut Vec<u8>) {
        let _ = (property, value);
    }

    /// As [`super::Known::any_port`]; for whoever reads a body, and for nobody else.
    fn any_port(&self) -> bool {
        false
    }

    /// What only the store has, under `name` and in a form of its own.
    fn stored(&mut self, name: &'static str, value: &mut dyn Stored) {
        let _ = (name, value);
    }

    /// What a user has under the attributes of the environment's own making, each under its name. What only [`Walk::stored`] is asked
    /// for keeps them.
    fn custom(&mut self, values: &mut CustomValues) {
        self.stored("custom", values);
    }

    /// A rule between properties, told where it stands: whoever reads a body calls it, nobody else.
    fn judge(&mut self, rule: &mut dyn FnMut(&mut Fields<'_>)) {
        let _ = rule;
    }

    /// What an answer shows and nobody stores: its value is made where it is answered.
    fn made(&mut self, property: &Property, kind: &'static str);

    /// How often the object was written: the guard of the next write, and the entity tag.
    fn version(&mut self, value: &mut i64);
}
