//! Client authentication: which mechanism a request used, and whether it proves the client (RFC 6749 §2.3, specs §2).

mod method;

pub use method::Method;
