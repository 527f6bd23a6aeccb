//! The stored shape of values that need no column of their own: JSON text, member by member.
//!
//! Reading tolerates a missing member where its type has an empty value, so that a row written by an older version reads.

use protocol::time::Time;
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use crate::StoreError;

/// How a value stands in a row's JSON.
pub(crate) trait Shape: Sized {
    fn put(&self) -> Json;
    fn take(json: &Json) -> Result<Self, StoreError>;

    fn text(&self) -> String {
        self.put().to_string()
    }

    fn read(text: &str) -> Result<Self, StoreError> {
        Self::take(&serde_json::from_str(text).map_err(|_| unreadable("JSON"))?)
    }
}

pub(crate) fn unreadable(what: &str) -> StoreError {
    StoreError::Unreadable(format!("a stored {what} is not readable"))
}

/// Lists the members of a struct once, for both directions. The members of what stands `beside` lie among its own.
macro_rules! shape {
    ($type:ty { $($field:ident),+ $(,)? } $(beside $part:ident)?) => {
        impl $crate::shape::Shape for $type {
            fn put(&self) -> serde_json::Value {
                let mut map = serde_json::Map::new();
                $(
                    let value = $crate::shape::Shape::put(&self.$field);
                    if !value.is_null() {
                        map.insert(stringify!($field).to_owned(), value);
                    }
                )+
                $(
                    if let serde_json::Value::Object(part) = $crate::shape::Shape::put(&self.$part) {
                        map.extend(part);
                    }
                )?
                serde_json::Value::Object(map)
            }

            fn take(json: &serde_json::Value) -> Result<Self, $crate::StoreError> {
                Ok(Self {
                    $($field: $crate::shape::Shape::take(json.get(stringify!($field)).unwrap_or(&serde_json::Value::Null))?,)+
                    $($part: $crate::shape::Shape::take(json)?,)?
                })
            }
        }
    };
}

/// Lists the variants of a state once, for both directions: its name, and the members that it holds. What is written and not
/// readable cannot be said here.
macro_rules! variants {
    ($type:ty { $($variant:ident $({ $($field:ident),+ })? = $name:literal),+ $(,)? }) => {
        impl $crate::shape::Shape for $type {
            fn put(&self) -> serde_json::Value {
                match self {
                    $(Self::$variant $({ $($field),+ })? => serde_json::json!({
                        "name": $name,
                        $($(stringify!($field): $crate::shape::Shape::put($field),)+)?
                    }),)+
                }
            }

            fn take(json: &serde_json::Value) -> Result<Self, $crate::StoreError> {
                match json.get("name").and_then(serde_json::Value::as_str) {
                    $(Some($name) => Ok(Self::$variant $({
                        $($field: $crate::shape::Shape::take(json.get(stringify!($field)).unwrap_or(&serde_json::Value::Null))?,)+
                    })?),)+
                    _ => Err($crate::shape::unreadable(stringify!($type))),
                }
            }
        }
    };
}

/// Lists alternatives of one value once, for both directions: each stands under a member of its own.
macro_rules! alternatives {
    ($type:ty { $($variant:ident = $member:literal),+ $(,)? }) => {
        impl $crate::shape::Shape for $type {
            fn put(&self) -> serde_json::Value {
                match self {
                    $(Self::$variant(value) => serde_json::json!({ $member: $crate::shape::Shape::put(value) }),)+
                }
            }

            fn take(json: &serde_json::Value) -> Result<Self, $crate::StoreError> {
                $(
                    if let Some(value) = json.get($member) {
                        return $crate::shape::Shape::take(value).map(Self::$variant);
                    }
                )+
                Err($crate::shape::unreadable(stringify!($type)))
            }
        }
    };
}

pub(crate) use {alternatives, shape, variants};

impl Shape for String {
    fn put(&self) -> Json {
        Json::String(self.clone())
    }

    fn take(json: &Json) -> Result<Self, StoreError> {
        match json {
            Json::Null => Ok(Self::new()),
            Json::String(text) => Ok(text.clone()),
            _ => Err(unreadable("text")),
        }
    }
}

impl Shape for bool {
    fn put(&self) -> Json {
        Json::Bool(*self)
    }

    fn take(json: &Json) -> Result<Self, StoreError> {
        match json {
            Json::Null => Ok(false),
            json => json.as_bool().ok_or_else(|| unreadable("flag")),
        }
    }
}

impl Shape for i64 {
    fn put(&self) -> Json {
        Json::from(*self)
    }

    fn take(json: &Json) -> Result<Self, StoreError> {
        match json {
            Json::Null => Ok(0),
            json => json.as_i64().ok_or_else(|| unreadable("number")),
        }
    }
}

impl Shape for usize {
    fn put(&self) -> Json {
        Json::from(*self)
    }

    fn take(json: &Json) -> Result<Self, StoreError> {
        Self::try_from(i64::take(json)?).map_err(|_| unreadable("count"))
    }
}

impl Shape for Time {
    fn put(&self) -> Json {
        self.0.put()
    }

    fn take(json: &Json) -> Result<Self, StoreError> {
        i64::take(json).map(Self)
    }
}

impl Shape for Uuid {
    fn put(&self) -> Json {
        Json::String(self.to_string())
    }

    fn take(json: &Json) -> Result<Self, StoreError> {
        json.as_str().and_then(|t| Self::try_parse(t).ok()).ok_or_else(|| unreadable("id"))
    }
}

impl<T: Shape> Shape for Option<T> {
    fn put(&self) -> Json {
        self.as_ref().map_or(Json::Null, Shape::put)
    }

    fn take(json: &Json) -> Result<Self, StoreError> {
        if json.is_null() { Ok(None) } else { T::take(json).map(Some) }
    }
}

impl<T: Shape> Shape for Vec<T> {
    fn put(&self) -> Json {
        Json::Array(self.iter().map(Shape::put).collect())
    }

    fn take(json: &Json) -> Result<Self, StoreError> {
        match json {
            Json::Null => Ok(Self::new()),
            Json::Array(items) => items.iter().map(T::take).collect(),
            _ => Err(unreadable("list")),
        }
    }
}

impl<A: Shape, B: Shape> Shape for (A, B) {
    fn put(&self) -> Json {
        Json::Array(vec![self.0.put(), self.1.put()])
    }

    fn take(json: &Json) -> Result<Self, StoreError> {
        let [first, second] = json.as_array().map_or(&[] as &[Json], Vec::as_slice) else {
            return Err(unreadable("pair"));
        };
        Ok((A::take(first)?, B::take(second)?))
    }
}

impl Shape for Map<String, Json> {
    fn put(&self) -> Json {
        Json::Object(self.clone())
    }

    fn take(json: &Json) -> Result<Self, StoreError> {
        match json {
            Json::Null => Ok(Self::new()),
            Json::Object(map) => Ok(map.clone()),
            _ => Err(unreadable("object")),
        }
    }
}
