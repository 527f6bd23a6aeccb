//! An audit event as it is read back.

use crate::audit::Event;
use crate::id::ActivityId;

#[derive(Clone, Debug, PartialEq)]
pub struct Activity {
    pub id: ActivityId,
    pub event: Event,
}
