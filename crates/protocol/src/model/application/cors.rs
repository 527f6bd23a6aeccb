//! From which origins browsers may call an application (`corsSettings`).

use serde_json::{Value, json};

use super::CorsSettings;
use crate::model::describe::{Stored, Walk, property};
use crate::names::names;
use crate::origin::register_origin;

names! {
    pub enum CorsBehavior {
        AllowNoOrigins = "ALLOW_NO_ORIGINS",
        AllowSpecificOrigins = "ALLOW_SPECIFIC_ORIGINS",
    }
}

pub(super) fn describe_cors(cors: &mut Option<CorsSettings>, walk: &mut dyn Walk) {
    walk.outside(&mut |walk| {
        let (mut behavior, mut origins) = match cors.take() {
            None => (None, Vec::new()),
            Some(CorsSettings::AllowNoOrigins) => (Some(CorsBehavior::AllowNoOrigins), Vec::new()),
            Some(CorsSettings::AllowSpecificOrigins(origins)) => (Some(CorsBehavior::AllowSpecificOrigins), origins),
        };
        let mut present = behavior.is_some();
        walk.within_if(&const { property("corsSettings") }, &mut present, &mut |walk| {
            walk.judge(&mut |_| behavior = None);
            walk.choice(&const { property("behavior").required() }, &mut behavior);
            let specific = behavior == Some(CorsBehavior::AllowSpecificOrigins);
            let origin =
                property("origins").at_most(MAX_ORIGINS, |text| register_origin(text).map_err(|e| e.to_string()));
            walk.texts(&if specific { origin.shown() } else { origin }, &mut origins);
            walk.judge(&mut |fields| {
                if specific {
                    fields.require("origins", None::<()>);
                }
            });
        });
        *cors = behavior.filter(|_| present).map(|behavior| match behavior {
            CorsBehavior::AllowNoOrigins => CorsSettings::AllowNoOrigins,
            CorsBehavior::AllowSpecificOrigins => CorsSettings::AllowSpecificOrigins(origins),
        });
    });
    walk.stored("cors", cors);
}

/// A row without `origins` allows none.
impl Stored for Option<CorsSettings> {
    fn write(&self) -> Option<Value> {
        self.as_ref().map(|cors| match cors {
            CorsSettings::AllowNoOrigins => json!({}),
            CorsSettings::AllowSpecificOrigins(origins) => json!({ "origins": origins }),
        })
    }

    fn read(&mut self, stored: Option<&Value>) -> bool {
        let Some(stored) = stored else {
            *self = None;
            return true;
        };
        let Some(origins) = stored.get("origins") else {
            *self = Some(CorsSettings::AllowNoOrigins);
            return true;
        };
        let texts = |list: &Vec<Value>| list.iter().map(|text| text.as_str().map(str::to_owned)).collect();
        *self = origins.as_array().and_then(texts).map(CorsSettings::AllowSpecificOrigins);
        self.is_some()
    }
}

const MAX_ORIGINS: usize = 20;
