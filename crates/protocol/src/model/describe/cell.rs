//! Values of many types under one type each, so that a walk is an object.

use serde_json::Value;
use uuid::Uuid;

use crate::names::Named;

/// An id of any type, or none where one may be missing.
pub trait Id {
    fn get(&self) -> Option<Uuid>;

    /// Sets it. What cannot be without an id keeps the one that it has.
    fn set(&mut self, id: Option<Uuid>);

    fn is_optional(&self) -> bool {
        false
    }
}

impl Id for Uuid {
    fn get(&self) -> Option<Uuid> {
        Some(*self)
    }

    fn set(&mut self, id: Option<Uuid>) {
        *self = id.unwrap_or(*self);
    }
}

impl<T: Id + From<Uuid>> Id for Option<T> {
    fn get(&self) -> Option<Uuid> {
        self.as_ref().and_then(Id::get)
    }

    fn set(&mut self, id: Option<Uuid>) {
        *self = id.map(T::from);
    }

    fn is_optional(&self) -> bool {
        true
    }
}

/// A list of ids of one type.
pub trait Ids {
    fn list(&self) -> Vec<Uuid>;
    fn set(&mut self, ids: Vec<Uuid>);
}

impl<T: Id + From<Uuid>> Ids for Vec<T> {
    fn list(&self) -> Vec<Uuid> {
        self.iter().filter_map(Id::get).collect()
    }

    fn set(&mut self, ids: Vec<Uuid>) {
        *self = ids.into_iter().map(T::from).collect();
    }
}

/// A number, or none where one may be missing.
pub trait Number {
    fn get(&self) -> Option<i64>;
    fn set(&mut self, number: Option<i64>);

    fn is_optional(&self) -> bool {
        false
    }
}

impl Number for i64 {
    fn get(&self) -> Option<i64> {
        Some(*self)
    }

    fn set(&mut self, number: Option<i64>) {
        *self = number.unwrap_or_default();
    }
}

impl Number for usize {
    fn get(&self) -> Option<i64> {
        i64::try_from(*self).ok()
    }

    fn set(&mut self, number: Option<i64>) {
        *self = number.and_then(|n| Self::try_from(n).ok()).unwrap_or_default();
    }
}

impl Number for Option<i64> {
    fn get(&self) -> Option<i64> {
        *self
    }

    fn set(&mut self, number: Option<i64>) {
        *self = number;
    }

    fn is_optional(&self) -> bool {
        true
    }
}

/// One of a closed list, or none where one may be missing.
pub trait Choice {
    /// The names that a body may hold, in the order of the list.
    fn names(&self) -> Vec<&'static str>;
    fn name(&self) -> Option<&'static str>;
    fn stored(&self) -> Option<&'static str>;

    /// Sets the one with this place in the list; None where none is chosen.
    fn choose(&mut self, place: Option<usize>);

    /// Sets the one that a row calls so; false for a name that this version does not know.
    fn restore(&mut self, stored: &str) -> bool;

    fn is_optional(&self) -> bool {
        false
    }
}

impl<T: Named> Choice for T {
    fn names(&self) -> Vec<&'static str> {
        T::all().iter().map(|one| Named::name(*one)).collect()
    }

    fn name(&self) -> Option<&'static str> {
        Some(Named::name(*self))
    }

    fn stored(&self) -> Option<&'static str> {
        Some(Named::stored(*self))
    }

    fn choose(&mut self, place: Option<usize>) {
        *self = place.and_then(|place| T::all().get(place).copied()).unwrap_or(*self);
    }

    fn restore(&mut self, stored: &str) -> bool {
        T::from_stored(stored).map(|one| *self = one).is_some()
    }
}

impl<T: Named> Choice for Option<T> {
    fn names(&self) -> Vec<&'static str> {
        T::all().iter().map(|one| Named::name(*one)).collect()
    }

    fn name(&self) -> Option<&'static str> {
        self.map(Named::name)
    }

    fn stored(&self) -> Option<&'static str> {
        self.map(Named::stored)
    }

    fn choose(&mut self, place: Option<usize>) {
        *self = place.and_then(|place| T::all().get(place).copied());
    }

    fn restore(&mut self, stored: &str) -> bool {
        *self = T::from_stored(stored);
        self.is_some()
    }

    fn is_optional(&self) -> bool {
        true
    }
}

/// A choice of fewer than all: a body may only hold one of `allowed`, a row any.
#[derive(Debug)]
pub struct Among<'a, T> {
    pub allowed: &'a [T],
    pub value: &'a mut T,
}

impl<T: Named> Choice for Among<'_, T> {
    fn names(&self) -> Vec<&'static str> {
        self.allowed.iter().map(|one| Named::name(*one)).collect()
    }

    fn name(&self) -> Option<&'static str> {
        Some(Named::name(*self.value))
    }

    fn stored(&self) -> Option<&'static str> {
        Choice::stored(self.value)
    }

    fn choose(&mut self, place: Option<usize>) {
        *self.value = place.and_then(|place| self.allowed.get(place).copied()).unwrap_or(*self.value);
    }

    fn restore(&mut self, stored: &str) -> bool {
        self.value.restore(stored)
    }
}

/// The same of a value that may be absent.
#[derive(Debug)]
pub struct AmongIf<'a, T> {
    pub allowed: &'a [T],
    pub value: &'a mut Option<T>,
}

impl<T: Named> Choice for AmongIf<'_, T> {
    fn names(&self) -> Vec<&'static str> {
        self.allowed.iter().map(|one| Named::name(*one)).collect()
    }

    fn name(&self) -> Option<&'static str> {
        Choice::name(self.value)
    }

    fn stored(&self) -> Option<&'static str> {
        Choice::stored(self.value)
    }

    fn choose(&mut self, place: Option<usize>) {
        *self.value = place.and_then(|place| self.allowed.get(place).copied());
    }

    fn restore(&mut self, stored: &str) -> bool {
        self.value.restore(stored)
    }

    fn is_optional(&self) -> bool {
        true
    }
}

/// A value that a row has in a form of its own.
pub trait Stored {
    /// None: the row does not have it.
    fn write(&self) -> Option<Value>;

    /// Takes what a row has; `None` and `null` are nothing. False for what cannot be read.
    fn read(&mut self, stored: Option<&Value>) -> bool;
}

/// A list by its stored names.
impl<T: Named> Stored for Vec<T> {
    fn write(&self) -> Option<Value> {
        Some(Choices::stored(self).into())
    }

    fn read(&mut self, stored: Option<&Value>) -> bool {
        let Some(stored) = stored else {
            self.clear();
            return true;
        };
        let names: Option<Vec<&str>> = stored.as_array().and_then(|list| list.iter().map(Value::as_str).collect());
        names.is_some_and(|names| self.restore(&names))
    }
}

/// Texts of which a row says nothing where there are none: one of before does not, and a process of that version still reads it.
#[derive(Debug)]
pub struct Listed<'a>(pub &'a mut Vec<String>);

impl Stored for Listed<'_> {
    fn write(&self) -> Option<Value> {
        (!self.0.is_empty()).then(|| self.0.as_slice().into())
    }

    fn read(&mut self, stored: Option<&Value>) -> bool {
        let texts = |list: &Vec<Value>| list.iter().map(|text| text.as_str().map(str::to_owned)).collect();
        let read: Option<Vec<String>> = stored.map_or(Some(Vec::new()), |stored| stored.as_array().and_then(texts));
        read.map(|read| *self.0 = read).is_some()
    }
}

/// Some of a closed list, each once.
pub trait Choices {
    fn all(&self) -> Vec<&'static str>;
    fn names(&self) -> Vec<&'static str>;
    fn stored(&self) -> Vec<&'static str>;
    fn choose(&mut self, places: Vec<usize>);
    fn restore(&mut self, stored: &[&str]) -> bool;
}

impl<T: Named> Choices for Vec<T> {
    fn all(&self) -> Vec<&'static str> {
        T::all().iter().map(|one| Named::name(*one)).collect()
    }

    fn names(&self) -> Vec<&'static str> {
        self.iter().map(|one| Named::name(*one)).collect()
    }

    fn stored(&self) -> Vec<&'static str> {
        self.iter().map(|one| Named::stored(*one)).collect()
    }

    fn choose(&mut self, places: Vec<usize>) {
        *self = places.into_iter().filter_map(|place| T::all().get(place).copied()).collect();
    }

    fn restore(&mut self, stored: &[&str]) -> bool {
        let found: Option<Self> = stored.iter().map(|text| T::from_stored(text)).collect();
        found.map(|found| *self = found).is_some()
    }
}

/// None: not said.
impl<T: Named> Choices for Option<Vec<T>> {
    fn all(&self) -> Vec<&'static str> {
        T::all().iter().map(|one| Named::name(*one)).collect()
    }

    fn names(&self) -> Vec<&'static str> {
        self.as_ref().map(Choices::names).unwrap_or_default()
    }

    fn stored(&self) -> Vec<&'static str> {
        self.as_ref().map(Choices::stored).unwrap_or_default()
    }

    fn choose(&mut self, places: Vec<usize>) {
        self.get_or_insert_default().choose(places);
    }

    fn restore(&mut self, stored: &[&str]) -> bool {
        self.get_or_insert_default().restore(stored)
    }
}
