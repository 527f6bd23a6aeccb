//! Who may use an application (`accessControl`): administrators alone, or whoever is in its groups.

use super::ApplicationType;
use super::unused::{AccessRole, named};
use crate::id::GroupId;
use crate::model::describe::{Refers, Walk};
use crate::names::names;
use crate::refusal::{Reason, Refused};

names! {
    /// How many of its groups somebody must be in.
    pub enum GroupAccess {
        AllGroups = "ALL_GROUPS",
        AnyGroup = "ANY_GROUP",
    }
}

/// `accessControl.group`. A group that is deleted stays in it, and nobody is in that one any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessGroups {
    pub kind: GroupAccess,
    pub groups: Vec<GroupId>,
}

impl AccessGroups {
    /// Whether somebody who is in `held`, directly, by a filter or through other groups, may use the application.
    ///
    /// # Errors
    /// `access_denied` for who may not.
    pub fn admit(&self, held: &[GroupId]) -> Result<(), Refused> {
        let is_in = |group: &GroupId| held.contains(group);
        let (admitted, expected) = match self.kind {
            GroupAccess::AllGroups => (self.groups.iter().all(is_in), "a user who is in all groups of the application"),
            GroupAccess::AnyGroup => (self.groups.iter().any(is_in), "a user who is in a group of the application"),
        };
        if admitted {
            return Ok(());
        }
        let own = self.groups.iter().filter(|group| is_in(group)).count();
        Err(Refused::new(Reason::GroupMissing, expected, format!("a user who is in {own} of {}", self.groups.len())))
    }
}

/// Workers, and the applications that every environment has, may be for administrators only. Any application may be for groups.
pub(super) fn describe_access(
    admins_only: &mut bool,
    groups: &mut Option<Box<AccessGroups>>,
    of: ApplicationType,
    walk: &mut dyn Walk,
) {
    let worker = of == ApplicationType::Worker;
    let (mut role_present, mut group_present) = (*admins_only, groups.is_some());
    let mut present = role_present || group_present;
    let (mut kind, mut ids) = groups.take().map_or((None, Vec::new()), |own| (Some(own.kind), own.groups));
    walk.within_if(&const { named("accessControl") }, &mut present, &mut |walk| {
        walk.within_if(&const { named("role").inert() }, &mut role_present, &mut |walk| {
            let mut role = Some(AccessRole::AdminUsersOnly);
            walk.judge(&mut |_| role = None);
            walk.choice(&const { named("type").required() }, &mut role);
            walk.judge(&mut |fields| {
                if role.is_some() && !worker && !of.is_built_in() {
                    fields.fault("INVALID_VALUE", "type", "access by role is supported for WORKER only", None);
                }
            });
        });
        walk.within_if(&const { named("group") }, &mut group_present, &mut |walk| {
            walk.choice(&const { named("type").required() }, &mut kind);
            walk.references(&const { named("groups").required().refers(Refers::Group).up_to(MAX_GROUPS) }, &mut ids);
        });
    });
    *admins_only = present && role_present;
    *groups = kind.filter(|_| present && group_present).map(|kind| Box::new(AccessGroups { kind, groups: ids }));
    // A worker is, whatever a body says.
    walk.judge(&mut |_| *admins_only |= worker);
}

/// Each is looked at with every sign-on.
const MAX_GROUPS: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_or_all_of_the_groups_admit() {
        let [one, two, other] = [1, 2, 3].map(|n| GroupId::new(uuid::Uuid::from_u128(n)));
        let access = |kind| AccessGroups { kind, groups: vec![one, two] };
        for (held, any, all) in [
            (vec![], false, false),
            (vec![other], false, false),
            (vec![two, other], true, false),
            (vec![two, one], true, true),
        ] {
            assert_eq!(access(GroupAccess::AnyGroup).admit(&held).is_ok(), any, "{held:?}");
            assert_eq!(access(GroupAccess::AllGroups).admit(&held).is_ok(), all, "{held:?}");
        }
    }
}
