//! What one list may take, however many reads it is made of.
//!
//! A read is tried where short ones run first. What turns out to be long gives way, takes a place among its owner's long lists,
//! and is read where they run. The place and the time that is left are handed on to the next read of the same list.

use std::time::Duration;

use uuid::Uuid;

use crate::shares::Share;
use crate::{Extent, Options, Reads, Row, Statement, StoreError, Work};

/// What lists may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    /// A list without an index, before it waits for its turn.
    moment: Duration,
    page: Duration,
    pub(crate) scan: Duration,
}

impl Times {
    pub(crate) fn of(options: &Options) -> Self {
        Self { moment: options.page_time.min(MOMENT), page: options.page_time, scan: options.scan_time }
    }
}

/// One list's.
pub(crate) struct Budget<'a> {
    reads: &'a Reads,
    owner: Uuid,
    /// The place of a list that turned out to be long, until it is answered.
    share: Option<Share>,
    /// Of the time for what no index answers.
    left: Duration,
}

impl Reads {
    /// For one list of `owner`: an environment, or an organization whose environments are listed.
    pub(crate) fn budget(&self, owner: Uuid) -> Budget<'_> {
        Budget { reads: self, owner, share: None, left: self.times.scan }
    }

    /// A read that may be long, as a list of its own.
    ///
    /// # Errors
    /// [`StoreError::TooLong`] when it takes more than a list may, [`StoreError::Crowded`] when its owner has too many.
    pub(crate) async fn listed(&self, owner: Uuid, statement: Statement) -> Result<Vec<Row>, StoreError> {
        self.budget(owner).read(statement, false).await
    }
}

impl Budget<'_> {
    /// Tries the read, and goes on where the long ones run. What no index answers (`scan`) is tried for a moment all the same: of
    /// a few rows none needs to wait for its turn.
    pub(crate) async fn read(&mut self, statement: Statement, scan: bool) -> Result<Vec<Row>, StoreError> {
        let time = if scan { self.reads.times.moment } else { self.reads.times.page };
        match self.within(statement.clone(), time).await {
            Err(StoreError::TooLong) => self.long(statement).await,
            outcome => outcome,
        }
    }

    /// Reads what an index is expected to answer, in no more than the time of a page.
    pub(crate) async fn short(&self, statement: Statement) -> Result<Vec<Row>, StoreError> {
        self.within(statement, self.reads.times.page).await
    }

    /// Reads in what is left of the list's time, when it is its owner's turn.
    pub(crate) async fn long(&mut self, statement: Statement) -> Result<Vec<Row>, StoreError> {
        if self.share.is_none() {
            self.share = Some(self.reads.shares.admit(self.owner, Extent::Scan).await?);
        }
        if self.left.is_zero() {
            return Err(StoreError::TooLong);
        }
        let listed = self.reads.driver().list(statement, Work { extent: Extent::Scan, time: self.left }).await?;
        self.left = self.left.saturating_sub(listed.took);
        Ok(listed.rows)
    }

    async fn within(&self, statement: Statement, time: Duration) -> Result<Vec<Row>, StoreError> {
        let _place = self.reads.shares.admit(self.owner, Extent::Page).await?;
        let listed = self.reads.driver().list(statement, Work { extent: Extent::Page, time }).await?;
        Ok(listed.rows)
    }
}

const MOMENT: Duration = Duration::from_millis(10);
