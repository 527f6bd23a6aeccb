//! One attribute of users.

use crate::id::{EnvironmentId, SchemaAttributeId};
use crate::model::UNWRITTEN;
use crate::model::check::Fields;
use crate::model::describe::{Absent, Described, Found, Place, Property, Walk, each, property};
use crate::names::names;
use crate::time::Time;

names! {
    #[derive(Default)]
    pub enum SchemaAttributeType {
        #[default]
        String = "STRING",
        /// An object of any form.
        Json = "JSON",
        Boolean = "BOOLEAN",
        /// An object whose members are its sub-attributes.
        Complex = "COMPLEX",
    }
}

names! {
    #[derive(Default)]
    pub enum SchemaType {
        /// What a user is known by, or what the server says of one: nothing of it can be changed.
        Core = "CORE",
        #[default]
        Custom = "CUSTOM",
        /// What a user may have: it can be disabled, unique, and bound to a pattern.
        Standard = "STANDARD",
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SchemaAttribute {
    pub id: SchemaAttributeId,
    pub environment: EnvironmentId,
    /// As users have it. Unique whatever its case.
    pub name: String,
    pub display_name: Option<String>,
    pub description: Option<String>,
    pub kind: SchemaAttributeType,
    pub schema_type: SchemaType,
    /// Where not, it is ignored in what is written of users, and not told.
    pub enabled: bool,
    /// No two users have the same value, whatever its case.
    pub unique: bool,
    pub multi_valued: bool,
    pub required: bool,
    /// The values that it may have; empty: any.
    pub enumerated: Vec<EnumeratedValue>,
    pub regex: Option<RegexValidation>,
    pub sub_attributes: Vec<SubAttribute>,
    /// Kept: there are no directories here.
    pub ldap_attribute: Option<String>,
    pub created_at: Time,
    pub updated_at: Time,
    /// [`UNWRITTEN`] of what nobody has written.
    pub version: i64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EnumeratedValue {
    pub value: String,
    /// Who has it keeps it, and nobody gets it.
    pub archived: bool,
    pub description: Option<String>,
}

/// What a value must be like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegexValidation {
    /// Of all of a value.
    pub pattern: String,
    /// The same in words.
    pub requirements: String,
    pub should_match: Vec<String>,
    pub should_not_match: Vec<String>,
}

/// What a value of a COMPLEX attribute may have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SubAttribute {
    pub name: String,
    pub display_name: Option<String>,
    pub description: Option<String>,
    pub kind: SchemaAttributeType,
    pub enabled: bool,
    pub required: bool,
    pub unique: bool,
    pub multi_valued: bool,
}

impl SchemaAttribute {
    pub fn is_custom(&self) -> bool {
        self.schema_type == SchemaType::Custom
    }

    /// Whether nobody wrote it yet: it is about to be made, or stands from the beginning.
    pub(super) fn is_new(&self) -> bool {
        self.name.is_empty()
    }

    pub fn is_unwritten(&self) -> bool {
        self.version == UNWRITTEN
    }
}

impl Described for SchemaAttribute {
    fn describe(&mut self, walk: &mut dyn Walk) {
        let (new, was_required) = (self.is_new(), self.required);
        let custom = self.is_custom();
        let Self {
            id,
            environment,
            name,
            display_name,
            description,
            kind,
            schema_type,
            enabled,
            unique,
            multi_valued,
            required,
            enumerated,
            regex,
            sub_attributes,
            ldap_attribute,
            created_at,
            updated_at,
            version,
        } = self;
        // Of what stands from the beginning a body that says nothing changes nothing.
        let own = |p: Property| if custom { p } else { p.absent(Absent::Kept) };
        walk.id(&property("id").read_only().column("id"), id);
        walk.reference(&property("environment").read_only().column("environment_id"), environment);
        walk.made(&property("schema"), "object");
        let named = property("name").text(1, 256).required().found("name_key", Found::Folded);
        walk.text(&named, name);
        walk.text_if(
            &own(property("displayName").matching((1, 256), is_of_display_name, DISPLAY_NAME).inert()),
            display_name,
        );
        walk.text_if(&own(property("description").text(1, 1_024).inert()), description);
        walk.choice(&property("type").absent(Absent::Kept), kind);
        walk.choice(&property("schemaType").absent(Absent::Kept), schema_type);
        walk.flag(&property("enabled").required(), enabled);
        walk.flag(&property("unique"), unique);
        walk.flag(&own(property("multiValued")), multi_valued);
        walk.flag(&property("required").absent(Absent::Kept).inert(), required);
        // PingOne reads none of whoever makes one; another is a fault afterwards (`rules`).
        walk.judge(&mut |_| *required &= !new || was_required);
        each(walk, &own(property("enumeratedValues").up_to(MOST_VALUES)), enumerated, EnumeratedValue::describe);
        describe_regex(regex, walk);
        let parts = property("subAttributes").up_to(MOST_PARTS).only_if(custom);
        each(walk, &parts, sub_attributes, SubAttribute::describe);
        walk.text_if(&property("ldapAttribute").read_only(), ldap_attribute);
        let hidden = |name| property(name).place(Place::Hidden(name)).column(name);
        walk.time(&hidden("created_at"), created_at);
        walk.time(&property("updated_at").place(Place::Hidden("updated_at")), updated_at);
        walk.version(version);
    }

    fn rules(&self, before: &Self, fields: &mut Fields<'_>) {
        super::rules::judge(self, before, fields);
    }
}

fn describe_regex(regex: &mut Option<RegexValidation>, walk: &mut dyn Walk) {
    let mut present = regex.is_some();
    let mut own = regex.take().unwrap_or_default();
    let RegexValidation { pattern, requirements, should_match, should_not_match } = &mut own;
    walk.within_if(&property("regexValidation"), &mut present, &mut |walk| {
        // Whether it is a pattern the rules say, which read it once.
        walk.text(&property("pattern").verbatim(1_024, |_| Ok(())).required(), pattern);
        walk.text(&property("requirements").text(1, 1_024).required(), requirements);
        let examples = |name| property(name).at_most(MOST_EXAMPLES, is_example);
        walk.texts(&examples("valuesPatternShouldMatch"), should_match);
        walk.texts(&examples("valuesPatternShouldNotMatch"), should_not_match);
    });
    *regex = present.then_some(own);
}

impl EnumeratedValue {
    fn describe(&mut self, walk: &mut dyn Walk) {
        let Self { value, archived, description } = self;
        walk.text(&property("value").text(1, 256).required(), value);
        walk.flag(&property("archived"), archived);
        walk.text_if(&property("description").text(1, 1_024), description);
    }
}

impl SubAttribute {
    fn describe(&mut self, walk: &mut dyn Walk) {
        let Self { name, display_name, description, kind, enabled, required, unique, multi_valued } = self;
        walk.text(&property("name").text(1, 256).required(), name);
        walk.text_if(&property("displayName").matching((1, 256), is_of_display_name, DISPLAY_NAME), display_name);
        walk.text_if(&property("description").text(1, 1_024), description);
        walk.choice(&property("type").absent(Absent::Default("STRING")), kind);
        walk.flag(&property("enabled").absent(Absent::Default("true")), enabled);
        walk.flag(&property("required").inert(), required);
        walk.flag(&property("unique").inert(), unique);
        walk.flag(&property("multiValued"), multi_valued);
    }
}

/// PingOne's: a letter, mark or number, or one of `/.'_ -`.
fn is_of_display_name(c: char) -> bool {
    c.is_alphanumeric() || unicode_normalization::char::is_combining_mark(c) || "/.'_ -".contains(c)
}

fn is_example(text: &str) -> Result<(), String> {
    if text.chars().count() <= 1_024 && !text.contains('\0') {
        Ok(())
    } else {
        Err("must have at most 1024 characters, none of them NUL".into())
    }
}

const DISPLAY_NAME: &str = r"^[\p{L}\p{M}\p{N}/.'_ -]*$";
const MOST_VALUES: usize = 500;
const MOST_EXAMPLES: usize = 20;
const MOST_PARTS: usize = 50;
