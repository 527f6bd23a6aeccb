//! Panics of a run: those of a task end nothing but the task, and still are findings.

use std::cell::{Cell, RefCell};
use std::panic;
use std::sync::Once;

thread_local! {
    /// Whether this thread makes a run.
    static HEEDED: Cell<bool> = const { Cell::new(false) };
    static HEARD: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// From here on the panics of this thread are kept, and not printed.
pub(crate) fn heed() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if HEEDED.get() {
                HEARD.with_borrow_mut(|heard| heard.push(panic.to_string()));
            } else {
                before(panic);
            }
        }));
    });
    HEEDED.set(true);
}

/// Those of the run; and no more are kept.
pub(crate) fn heard() -> Vec<String> {
    HEEDED.set(false);
    HEARD.take()
}
