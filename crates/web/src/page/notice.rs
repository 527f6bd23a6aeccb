//! Decides the shape of what is said about a whole form: a heading and what to do. What is wrong with one field is said at
//! the field, and only there (WCAG 2.2 §3.3.1).

/// What the alert at the top of a form says.
#[derive(Debug)]
pub(super) struct Notice {
    pub(super) title: String,
    pub(super) sentences: Vec<String>,
}

impl Notice {
    pub(super) fn new(title: String, sentence: String) -> Self {
        Self { title, sentences: vec![sentence] }
    }
}
