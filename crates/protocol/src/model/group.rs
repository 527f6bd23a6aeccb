//! Groups: users who are alike to applications. A group of an environment takes any user and any group of it, a group of a
//! population only that population's.

use serde_json::{Map, Value};

use super::describe::{Absent, Described, Found, Place, Refers, Walk, property};
use super::user_filter::UserFilter;
use crate::id::{EnvironmentId, GroupId, PopulationId, UserId};
use crate::time::Time;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Group {
    pub id: GroupId,
    pub environment: EnvironmentId,
    pub name: String,
    pub description: Option<String>,
    pub external_id: Option<String>,
    pub population: Option<PopulationId>,
    /// Whoever meets it is in the group too ([`super::UserFilter`]).
    pub user_filter: Option<String>,
    pub custom_data: Map<String, Value>,
    /// An empty one was written, which is answered as one.
    pub has_data: bool,
    /// How many users are in it directly.
    pub direct_users: i64,
    pub created_at: Time,
    pub updated_at: Time,
    pub version: i64,
}

/// Who is in a group. Whoever is in a group is in every group that it is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Member {
    Group(GroupId),
    User(UserId),
}

/// One group that a member is in.
#[derive(Clone, Debug, PartialEq)]
pub struct Membership {
    pub group: Group,
    /// Somebody put it there: not only the group's filter, or another group.
    pub direct: bool,
}

/// So many groups an environment has at most ([D]).
pub const MAX_GROUPS: usize = 100_000;
/// So many of them have a filter: whoever writes a user looks at each.
pub const MAX_FILTERED: usize = 1_000;
/// So many groups may be in each other at most, in a chain.
pub const MAX_NESTED: i64 = 10;

/// The contract, Annex A: Group.
impl Described for Group {
    fn describe(&mut self, walk: &mut dyn Walk) {
        let Self {
            id,
            environment,
            name,
            description,
            external_id,
            population,
            user_filter,
            custom_data,
            has_data,
            direct_users,
            created_at,
            updated_at,
            version,
        } = self;
        walk.id(&property("id").read_only().found("id", Found::Id), id);
        walk.reference(&property("environment").read_only().column("environment_id"), environment);
        walk.text(&property("name").text(1, 256).required().found("name_key", Found::Folded), name);
        walk.text_if(&property("description").inert().prose(4_096), description);
        walk.text_if(&property("externalId").inert().text(1, 1_024).found("external_id", Found::Exact), external_id);
        // It is chosen when the group is created and stays: a body without it changes nothing.
        let own = property("population").absent(Absent::Kept).refers(Refers::Population);
        walk.reference(&own.found("population_id", Found::Id), population);
        // One that was good when it was written stays good for whoever writes the rest.
        let was = user_filter.clone();
        walk.text_if(&property("userFilter").checked(2_000, |_| Ok(())).column("user_filter"), user_filter);
        walk.judge(&mut |fields| {
            let new = user_filter.as_deref().filter(|_| *user_filter != was);
            if let Some(Err(message)) = new.map(UserFilter::write) {
                fields.fault("INVALID_VALUE", "userFilter", &message, None);
            }
        });
        walk.judge(&mut |fields| *has_data = fields.has("customData"));
        walk.flag(&property("hasData").place(Place::Hidden("has_data")), has_data);
        let data = property("customData").inert();
        walk.kept(&if *has_data { data.shown() } else { data }, custom_data);
        walk.time(&property("createdAt").read_only().found("created_at", Found::Time), created_at);
        walk.time(&property("updatedAt").read_only().found("updated_at", Found::Time), updated_at);
        walk.within(&property("directMemberCounts").read_only().place(Place::Flat), &mut |walk| {
            walk.number(&property("users").read_only().column("direct_users").apart(), direct_users);
        });
        walk.made(&property("totalMemberCounts"), "object");
        walk.version(version);
    }
}
