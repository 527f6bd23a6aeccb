//! Who may use an application (`accessControl`): administrators alone, whoever is in its groups, or whoever is both.

use super::Application;
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

/// `accessControl.group`. A group that is deleted is taken out of it ([`AccessGroups::without`]). Without any it is for nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessGroups {
    pub kind: GroupAccess,
    pub groups: Vec<GroupId>,
}

/// Whom an application is for. Nothing said: everybody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccessControl {
    /// `accessControl.role`: who holds a role. A worker always has it.
    pub admins_only: bool,
    /// `accessControl.group`: who is in its groups.
    pub groups: Option<Box<AccessGroups>>,
}

/// What about a person decides whether an application is for them. What the application does not ask for is not looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Those of the application's groups that they are in.
    pub groups: Vec<GroupId>,
    /// Whether they hold a role, by themselves or by a group.
    pub administers: bool,
}

impl Standing {
    /// Of whom nothing is known.
    pub const UNKNOWN: Self = Self { groups: Vec::new(), administers: false };
}

impl Application {
    /// Whether it is for a person of this standing.
    ///
    /// # Errors
    /// `access_denied` for whom it is not.
    pub fn admit(&self, standing: &Standing) -> Result<(), Refused> {
        let AccessControl { admins_only, groups } = &self.access;
        if *admins_only && !standing.administers {
            return Err(Refused::new(Reason::RoleMissing, "a user who holds a role", "a user without any"));
        }
        groups.as_ref().map_or(Ok(()), |groups| groups.admit(&standing.groups))
    }
}

impl AccessGroups {
    /// What is left when a group ends, which lets nobody in who was not let in before: nobody is in all of the groups any more of which
    /// one is gone.
    #[must_use]
    pub fn without(&self, group: GroupId) -> Self {
        let left = self.groups.iter().copied().filter(|other| *other != group);
        let groups = match self.kind {
            GroupAccess::AnyGroup => left.collect(),
            GroupAccess::AllGroups => Vec::new(),
        };
        Self { kind: self.kind, groups }
    }

    /// Whether somebody who is in `held`, directly, by a filter or through other groups, may use the application.
    ///
    /// # Errors
    /// `access_denied` for who may not.
    pub fn admit(&self, held: &[GroupId]) -> Result<(), Refused> {
        let is_in = |group: &GroupId| held.contains(group);
        let (admitted, expected) = match self.kind {
            GroupAccess::AllGroups if self.groups.is_empty() => (false, "groups of the application, which has none"),
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

/// Workers are for administrators only. Any application may be, and for groups.
pub(super) fn describe_access(access: &mut AccessControl, worker: bool, walk: &mut dyn Walk) {
    let AccessControl { admins_only, groups } = access;
    let (mut role_present, mut group_present) = (*admins_only, groups.is_some());
    let mut present = role_present || group_present;
    let closed = groups.as_ref().is_some_and(|own| own.groups.is_empty());
    let (mut kind, mut ids) = groups.take().map_or((None, Vec::new()), |own| (Some(own.kind), own.groups));
    walk.within_if(&const { named("accessControl") }, &mut present, &mut |walk| {
        walk.within_if(&const { named("role") }, &mut role_present, &mut |walk| {
            let mut role = Some(AccessRole::AdminUsersOnly);
            walk.judge(&mut |_| role = None);
            walk.choice(&const { named("type").required() }, &mut role);
        });
        walk.within_if(&const { named("group") }, &mut group_present, &mut |walk| {
            walk.choice(&const { named("type").required() }, &mut kind);
            let groups = const { named("groups").refers(Refers::Group).up_to(MAX_GROUPS).shown() };
            walk.references(&groups, &mut ids);
            // Nobody writes an empty list, but for what is left when the last one ended.
            let none = ids.is_empty();
            walk.judge(&mut |fields| match fields.has("groups") {
                false => fields.fault("REQUIRED_VALUE", "groups", "is required", None),
                true if none && !closed => fields.fault("EMPTY_VALUE", "groups", "must not be empty", None),
                true => {}
            });
        });
    });
    *admins_only = present && role_present;
    *groups = kind.filter(|_| present && group_present).map(|kind| Box::new(AccessGroups { kind, groups: ids }));
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
        // Whoever ends a group lets nobody in.
        let any = access(GroupAccess::AnyGroup).without(one);
        assert_eq!((any.admit(&[two]).is_ok(), any.admit(&[one]).is_ok()), (true, false));
        assert!(access(GroupAccess::AllGroups).without(one).admit(&[one, two]).is_err());
        assert!(any.without(two).admit(&[one, two]).is_err());
    }
}
