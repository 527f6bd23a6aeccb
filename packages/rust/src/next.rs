//! What the next request of an endpoint is answered with.

use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::Endpoint;

/// An answer that is chosen: by an endpoint, and one thing that it does.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Next {
    endpoint: Endpoint,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    times: Option<u32>,
    #[serde(flatten)]
    does: Does,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase", untagged)]
enum Does {
    Refuse {
        refuse: String,
    },
    Claims {
        claims: Claims,
    },
    #[serde(rename_all = "camelCase")]
    Delay {
        delay_ms: u64,
    },
    Drop {
        drop: bool,
    },
    Malformed {
        malformed: bool,
    },
    #[serde(rename_all = "camelCase")]
    Status {
        status: u16,
        #[serde(skip_serializing_if = "Option::is_none")]
        retry_after: Option<u64>,
    },
}

#[derive(Debug, Clone, Default, Serialize)]
struct Claims {
    #[serde(skip_serializing_if = "Map::is_empty")]
    set: Map<String, Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    remove: Vec<String>,
}

impl Endpoint {
    fn does(self, does: Does) -> Next {
        Next { endpoint: self, client_id: None, times: None, does }
    }

    /// It refuses, for this reason of the table of refusals, such as `secret_wrong`.
    pub fn refuse(self, reason: impl Into<String>) -> Next {
        self.does(Does::Refuse { refuse: reason.into() })
    }

    /// What it gives has these claims as well, and not those.
    pub fn claims(
        self,
        set: impl IntoIterator<Item = (impl Into<String>, Value)>,
        remove: impl IntoIterator<Item = impl Into<String>>,
    ) -> Next {
        let set = set.into_iter().map(|(name, value)| (name.into(), value)).collect();
        self.does(Does::Claims { claims: Claims { set, remove: remove.into_iter().map(Into::into).collect() } })
    }

    /// It answers so much later.
    pub fn delay(self, by: Duration) -> Next {
        self.does(Does::Delay { delay_ms: u64::try_from(by.as_millis()).unwrap_or(u64::MAX) })
    }

    /// The connection ends without an answer.
    pub fn drop_connection(self) -> Next {
        self.does(Does::Drop { drop: true })
    }

    /// The body of its answer cannot be read.
    pub fn malformed(self) -> Next {
        self.does(Does::Malformed { malformed: true })
    }

    /// It answers with this status, from 400 to 599.
    pub fn status(self, status: u16) -> Next {
        self.does(Does::Status { status, retry_after: None })
    }

    /// The same, and says for how long to wait, in whole seconds (RFC 9110 §10.2.3).
    pub fn status_retry_after(self, status: u16, wait: Duration) -> Next {
        self.does(Does::Status { status, retry_after: Some(wait.as_secs()) })
    }
}

impl Next {
    /// Only requests of this application.
    #[must_use]
    pub fn client(mut self, client_id: impl Into<String>) -> Self {
        self.client_id = Some(client_id.into());
        self
    }

    /// So many requests in place of one.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }
}
