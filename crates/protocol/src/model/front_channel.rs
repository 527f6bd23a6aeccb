//! Which tokens may pass through a browser.

use crate::names::names;

names! {
    /// Which tokens an environment gives at its authorization endpoint, to applications that are registered for them: there they pass
    /// through the browser, and RFC 9700 §2.1.2 would have none (D10).
    pub enum FrontChannelTokens {
        All = "ALL",
        /// Signed words about the person, and nothing that opens anything.
        IdToken = "ID_TOKEN",
        None = "NONE",
    }
}
