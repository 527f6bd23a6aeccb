//! How many metadata documents of one host are asked for (CD-07): few, and neither a source nor an environment takes what the others have.

use std::time::Duration;

use admission::{Buckets, Claim, Rate};

/// Each by the host alone: at whichever port, it is the same machine that is asked.
#[derive(Debug)]
pub(super) struct Documents {
    /// On the word of one source, in all environments.
    source: Buckets,
    environment: Buckets,
    all: Buckets,
    /// Of those that are kept, by environment: whoever made up none is not held up by those who do.
    pub(super) again: Buckets,
}

impl Default for Documents {
    fn default() -> Self {
        let times = |times: u32| {
            let Rate { burst, period } = OF_A_SOURCE;
            Buckets::new(Rate::new(burst * times, period / times), super::REMEMBERED)
        };
        Self { source: times(1), environment: times(2), all: times(4), again: times(2) }
    }
}

impl Documents {
    pub(super) fn wait(&self, Claim { environment, source }: Claim, host: &str, now: Duration) -> Duration {
        let all = self.environment.wait((environment, host), now).max(self.all.wait(host, now));
        self.source.wait((source.own(), host), now).max(all)
    }

    pub(super) fn add(&self, Claim { environment, source }: Claim, host: &str, now: Duration) {
        self.source.add((source.own(), host), now);
        self.environment.add((environment, host), now);
        self.all.add(host, now);
    }
}

const OF_A_SOURCE: Rate = Rate { burst: 30, period: Duration::from_secs(2) };
