//! Values of every kind of managed object within an environment, made of its description: a kind that is added is tested with
//! these and needs none of its own.

use protocol::id::EnvironmentId;
use protocol::model::describe::{
    Absent, Choice, Choices, Found, Id, Ids, Number, Part, Place, Property, Rule, Walk, draw,
};
use protocol::model::{Kept, Key, Object, ObjectKind, Stamps};
use protocol::time::Time;
use serde_json::{Map, Value, json};
use store::{List, Page, Store, StoreError};
use uuid::Uuid;

use super::{HOSTILE, NOW, list, uuid};

macro_rules! of_every_kind {
    (
        above { $($above:tt)+ }
        within { $($kind:ident = $name:literal, $one:literal of $many:literal by $id:ident with $with:tt
            stamps $stamps:tt configures $configures:literal told $told:tt;)+ }
    ) => {
        /// The kinds whose objects are in an environment.
        pub(crate) const WITHIN: &[ObjectKind] = &[$(ObjectKind::$kind),+];

        /// The one with this number: the odd ones have everything, the even ones nothing that may be missing. What they refer
        /// to, their parent left out, has the number `other`.
        pub(crate) fn referring(of: ObjectKind, environment: EnvironmentId, n: u128, other: u128) -> Object {
            let mut object: Object = match of {
                $(ObjectKind::$kind => protocol::model::$kind::default().into(),)+
                of => panic!("{of:?} is above environments"),
            };
            object.describe(&mut Fill { environment, n, other });
            object
        }

        /// The object under the id of another one.
        pub(crate) fn renamed(object: Object, n: u128) -> Object {
            match object {
                $(Object::$kind(mut object) => {
                    object.set_id(uuid(n));
                    object.into()
                })+
                object => panic!("{object:?} is above environments"),
            }
        }

        pub(crate) fn key_of(object: &Object) -> Key {
            match object {
                $(Object::$kind(object) => object.key(),)+
                object => panic!("{object:?} is above environments"),
            }
        }

        pub(crate) fn stamps(object: &mut Object) -> Stamps<'_> {
            match object {
                $(Object::$kind(object) => object.stamps(),)+
                object => panic!("{object:?} is above environments"),
            }
        }

        /// As it is answered.
        pub(crate) fn drawn(object: &Object) -> Map<String, Value> {
            match object {
                $(Object::$kind(object) => draw(object),)+
                object => panic!("{object:?} is above environments"),
            }
        }

        pub(crate) async fn stored(store: &Store, key: Key) -> Result<Option<Object>, StoreError> {
            let path = &key.ids()[1..];
            Ok(match key {
                $(Key::$kind(environment, ..) => {
                    store.get::<protocol::model::$kind>(environment, path).await?.map(Object::from)
                })+
                key => panic!("{key:?} is above environments"),
            })
        }

        pub(crate) async fn listed(
            store: &Store,
            of: ObjectKind,
            at: EnvironmentId,
            list: &List,
        ) -> Result<Page<Object>, StoreError> {
            Ok(match of {
                $(ObjectKind::$kind => {
                    let Page { rows, next, prev, total } = store.list::<protocol::model::$kind>(at, list).await?;
                    Page { rows: rows.into_iter().map(Object::from).collect(), next, prev, total }
                })+
                of => panic!("{of:?} is above environments"),
            })
        }
    };
}

protocol::objects!(of_every_kind);

/// The one with this number: it refers to what has the number 1 or 2. The parent and what else it refers to have another one, so
/// that no two have both alike.
pub(crate) fn sample(of: ObjectKind, environment: EnvironmentId, n: u128) -> Object {
    referring(of, environment, n, if n % 2 == 1 { 2 } else { 1 })
}

/// Gives every property a value. What is stored in a form of its own stays as it is, and what other changes write is the same in
/// all that have everything, because nobody writes it again.
struct Fill {
    environment: EnvironmentId,
    n: u128,
    other: u128,
}

impl Fill {
    fn has_all(&self) -> bool {
        self.n % 2 == 1
    }

    fn some_text(&self, p: &Property) -> String {
        match p.rule {
            Rule::OneOf { all, .. } => all[0].to_owned(),
            _ if p.apart => HOSTILE.to_owned(),
            _ if p.found == Some(Found::Username) => format!("User.{}", self.n),
            _ if p.found == Some(Found::Email) => format!("User.{}@Example.test", self.n),
            _ if self.has_all() => format!("{} {HOSTILE}", self.n),
            _ => format!("{} {}", p.name, self.n),
        }
    }

    fn named(&self, p: &Property) -> Uuid {
        // No body names a parent.
        let is_parent = !p.is_public() || p.absent == Absent::ReadOnly;
        match p.name {
            "id" if p.place == Place::Own => uuid(self.n),
            "environment" => self.environment.uuid(),
            _ if is_parent => uuid(if self.has_all() { 1 } else { 2 }),
            _ => uuid(self.other),
        }
    }
}

impl Walk for Fill {
    /// The flags that have a column may be the one of their environment.
    fn flag(&mut self, p: &Property, value: &mut bool) {
        *value = self.has_all() && p.column.is_none();
    }

    fn flag_if(&mut self, _: &Property, value: &mut Option<bool>) {
        *value = self.has_all().then_some(true);
    }

    fn id(&mut self, p: &Property, value: &mut dyn Id) {
        value.set(Some(self.named(p)));
    }

    fn reference(&mut self, p: &Property, value: &mut dyn Id) {
        value.set(Some(self.named(p)).filter(|_| !value.is_optional() || self.has_all()));
    }

    fn references(&mut self, _: &Property, value: &mut dyn Ids) {
        value.set(if self.has_all() { vec![uuid(1), uuid(2)] } else { Vec::new() });
    }

    /// What other statements count is nothing yet.
    fn number(&mut self, p: &Property, value: &mut dyn Number) {
        if !p.apart {
            value.set(Some(self.n as i64).filter(|_| !value.is_optional() || self.has_all()));
        }
    }

    fn text(&mut self, p: &Property, value: &mut String) {
        *value = self.some_text(p);
    }

    fn text_if(&mut self, p: &Property, value: &mut Option<String>) {
        *value = self.has_all().then(|| self.some_text(p));
    }

    fn texts(&mut self, p: &Property, value: &mut Vec<String>) {
        *value = match p.rule {
            Rule::OneOf { all, .. } => list(&all[..1]),
            _ if self.has_all() => list(&[HOSTILE, ""]),
            _ => Vec::new(),
        };
    }

    fn time(&mut self, _: &Property, value: &mut Time) {
        *value = NOW.plus(self.n as i64);
    }

    fn time_if(&mut self, p: &Property, value: &mut Option<Time>) {
        *value = self.has_all().then(|| if p.apart { NOW } else { NOW.plus(self.n as i64) });
    }

    fn choice(&mut self, _: &Property, value: &mut dyn Choice) {
        value.choose(Some(0).filter(|_| !value.is_optional() || self.has_all()));
    }

    fn choices(&mut self, _: &Property, value: &mut dyn Choices) {
        if self.has_all() {
            value.choose((0..value.all().len()).collect());
        }
    }

    fn within(&mut self, _: &Property, part: Part<'_>) {
        part(self);
    }

    fn within_if(&mut self, _: &Property, present: &mut bool, part: Part<'_>) {
        *present = self.has_all();
        if *present {
            part(self);
        }
    }

    fn each(
        &mut self,
        _: &Property,
        _: usize,
        resize: &mut dyn FnMut(usize),
        part: &mut dyn FnMut(usize, &mut dyn Walk),
    ) {
        resize(usize::from(self.has_all()));
        part(0, self);
    }

    fn counts(&mut self, _: &Property, value: &mut Vec<(String, usize)>) {
        *value = vec![(HOSTILE.to_owned(), self.n as usize)];
    }

    fn kept(&mut self, _: &Property, value: &mut Map<String, Value>) {
        if self.has_all() {
            value.insert(HOSTILE.to_owned(), json!([{ "a": null }]));
        }
    }

    fn outside(&mut self, _: Part<'_>) {}

    fn made(&mut self, _: &Property, _: &'static str) {}

    fn version(&mut self, value: &mut i64) {
        *value = 1;
    }
}
