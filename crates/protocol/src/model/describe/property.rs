//! One property: everything about it but its value.

use super::refers::Refers;

#[derive(Clone, Copy, Debug)]
pub struct Property {
    /// As requests, answers and filters write it.
    pub name: &'static str,
    pub rule: Rule,
    pub absent: Absent,
    /// How a filter finds it. None: no filter may name it.
    pub found: Option<Found>,
    pub place: Place,
    /// The column that holds it beside the body, or a key made of it.
    pub column: Option<&'static str>,
    /// The store has it in the column alone, written with the object that is new: afterwards it has changes of its own, and
    /// whoever writes the object again does not touch it.
    pub apart: bool,
    /// What must exist under the id that it holds.
    pub refers: Option<Refers>,
    /// Answered also when it holds nothing.
    pub shown: bool,
    /// Not answered while it is this.
    pub unsaid: Option<&'static str>,
    /// A filter's attributes are listed with this one before that one.
    pub listed_before: Option<&'static str>,
    /// It is listed after those that have their places, by its name.
    pub listed_last: bool,
    /// Of a list of objects: each is stored as the list of its values, and their stored names are their places.
    pub tuples: bool,
    /// Whether this very object may have it: where not, a body's is not read.
    pub applies: bool,
    /// Something follows from it. Where not it is kept and answered, and that is all.
    pub acts: bool,
}

/// What its value may be.
#[derive(Clone, Copy, Debug)]
pub enum Rule {
    Any,
    /// So many characters, none of them a control.
    Text {
        min: usize,
        max: usize,
    },
    /// Text that may hold line breaks; an empty one counts as absent.
    Prose {
        max: usize,
    },
    Matching {
        min: usize,
        max: usize,
        allowed: fn(char) -> bool,
        pattern: &'static str,
    },
    /// Text that a function judges; its error is the sentence for the client.
    Checked {
        max: usize,
        check: fn(&str) -> Result<(), String>,
    },
    /// Text that is kept as it came, line breaks and all; a function judges its form.
    Verbatim {
        max: usize,
        check: fn(&str) -> Result<(), String>,
    },
    /// A number.
    Range {
        min: i64,
        max: i64,
    },
    /// A text, or a list of at most so many, of these.
    OneOf {
        max: usize,
        all: &'static [&'static str],
    },
    /// So many elements, each of which a function judges.
    Count {
        max: usize,
        check: fn(&str) -> Result<(), String>,
    },
}

/// What a body without it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absent {
    /// The property's empty value (the contract §0, PUT semantics).
    Cleared,
    /// This value, as a body would write it.
    Default(&'static str),
    /// As it was.
    Kept,
    /// Only the server writes it: a body's is not read.
    ReadOnly,
    /// A fault.
    Required,
}

/// How a filter finds it, and so what its column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// Text whose case counts.
    /// Text under the key of e-mail addresses.
    Email,
    Exact,
    Flag,
    /// Text whose column is in lower case, and empty where there is none.
    Folded,
    Id,
    /// Text as it was written, whose case does not count.
    Loose,
    /// Microseconds, compared with an ISO 8601 time.
    Time,
    /// Text under the key of user names.
    Username,
}

/// Where a value stands in a stored body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Under its name in snake case.
    Own,
    /// Under this name.
    Named(&'static str),
    /// Only in the store, under this name: neither read nor answered. Of an object, its members are then those of the one around it.
    Hidden(&'static str),
    /// Of an object: its members stand directly in the body around it.
    Flat,
}

/// A property that may be left out.
pub const fn property(name: &'static str) -> Property {
    Property {
        name,
        rule: Rule::Any,
        absent: Absent::Cleared,
        found: None,
        place: Place::Own,
        column: None,
        apart: false,
        refers: None,
        shown: false,
        unsaid: None,
        listed_before: None,
        listed_last: false,
        tuples: false,
        applies: true,
        acts: true,
    }
}

impl Property {
    #[must_use]
    pub const fn text(self, min: usize, max: usize) -> Self {
        self.rule(Rule::Text { min, max })
    }

    #[must_use]
    pub const fn prose(self, max: usize) -> Self {
        self.rule(Rule::Prose { max })
    }

    #[must_use]
    pub const fn matching(self, (min, max): (usize, usize), allowed: fn(char) -> bool, pattern: &'static str) -> Self {
        self.rule(Rule::Matching { min, max, allowed, pattern })
    }

    #[must_use]
    pub const fn checked(self, max: usize, check: fn(&str) -> Result<(), String>) -> Self {
        self.rule(Rule::Checked { max, check })
    }

    #[must_use]
    pub const fn verbatim(self, max: usize, check: fn(&str) -> Result<(), String>) -> Self {
        self.rule(Rule::Verbatim { max, check })
    }

    #[must_use]
    pub const fn range(self, min: i64, max: i64) -> Self {
        self.rule(Rule::Range { min, max })
    }

    #[must_use]
    pub const fn at_most(self, max: usize, check: fn(&str) -> Result<(), String>) -> Self {
        self.rule(Rule::Count { max, check })
    }

    /// So many elements at most.
    #[must_use]
    pub const fn up_to(self, max: usize) -> Self {
        self.at_most(max, |_| Ok(()))
    }

    #[must_use]
    pub const fn one_of(self, all: &'static [&'static str]) -> Self {
        self.some_of(1, all)
    }

    /// A list of at most `max` of `all`.
    #[must_use]
    pub const fn some_of(self, max: usize, all: &'static [&'static str]) -> Self {
        self.rule(Rule::OneOf { max, all })
    }

    /// It is kept and answered, and nothing follows from it.
    #[must_use]
    pub const fn inert(self) -> Self {
        Self { acts: false, ..self }
    }

    #[must_use]
    pub const fn rule(self, rule: Rule) -> Self {
        Self { rule, ..self }
    }

    #[must_use]
    pub const fn absent(self, absent: Absent) -> Self {
        Self { absent, ..self }
    }

    #[must_use]
    pub const fn required(self) -> Self {
        self.absent(Absent::Required)
    }

    #[must_use]
    pub const fn read_only(self) -> Self {
        self.absent(Absent::ReadOnly)
    }

    /// A filter calls it so. For what only the store has under another name.
    #[must_use]
    pub const fn named(self, name: &'static str) -> Self {
        Self { name, ..self }
    }

    /// A filter may name it; the store has it in `column`.
    #[must_use]
    pub const fn found(self, column: &'static str, how: Found) -> Self {
        Self { found: Some(how), column: Some(column), ..self }
    }

    /// A filter may name it; the store looks for it in the body.
    #[must_use]
    pub const fn found_in_body(self, how: Found) -> Self {
        Self { found: Some(how), ..self }
    }

    /// The store has it in `column` too: for keys, guards and joins.
    #[must_use]
    pub const fn column(self, column: &'static str) -> Self {
        Self { column: Some(column), ..self }
    }

    /// The store has it in its column alone, where other changes write it.
    #[must_use]
    pub const fn apart(self) -> Self {
        Self { apart: true, ..self }
    }

    #[must_use]
    pub const fn place(self, place: Place) -> Self {
        Self { place, ..self }
    }

    /// The stored body has it under this name.
    #[must_use]
    pub const fn stored_as(self, name: &'static str) -> Self {
        self.place(Place::Named(name))
    }

    #[must_use]
    pub const fn refers(self, to: Refers) -> Self {
        Self { refers: Some(to), ..self }
    }

    #[must_use]
    pub const fn shown(self) -> Self {
        Self { shown: true, ..self }
    }

    #[must_use]
    pub const fn unless(self, value: &'static str) -> Self {
        Self { unsaid: Some(value), ..self }
    }

    /// For a list of attributes that has another order than the faults.
    #[must_use]
    pub const fn listed_before(self, attribute: &'static str) -> Self {
        Self { listed_before: Some(attribute), ..self }
    }

    #[must_use]
    pub const fn listed_last(self) -> Self {
        Self { listed_last: true, ..self }
    }

    #[must_use]
    pub const fn tuples(self) -> Self {
        Self { tuples: true, ..self }
    }

    #[must_use]
    pub const fn only_if(self, applies: bool) -> Self {
        Self { applies, ..self }
    }

    /// Whether requests and answers have it.
    pub const fn is_public(&self) -> bool {
        !matches!(self.place, Place::Hidden(_))
    }

    /// Its name in a stored body, written into `buffer` where it has to be made. None: its members have no object of their own.
    pub fn stored<'a>(&self, buffer: &'a mut [u8; 64]) -> Option<&'a str> {
        match self.place {
            Place::Named(name) | Place::Hidden(name) => Some(name),
            Place::Flat => None,
            Place::Own => {
                let mut length = 0;
                for byte in self.name.bytes() {
                    if byte.is_ascii_uppercase() {
                        *buffer.get_mut(length)? = b'_';
                        length += 1;
                    }
                    *buffer.get_mut(length)? = byte.to_ascii_lowercase();
                    length += 1;
                }
                std::str::from_utf8(&buffer[..length]).ok()
            }
        }
    }
}
