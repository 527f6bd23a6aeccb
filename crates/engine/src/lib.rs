//! Load, decide, commit: one function per endpoint.
