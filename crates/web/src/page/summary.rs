//! Decides the shape of an error summary: a heading and, for each thing to mend, a sentence that links to its field
//! (WCAG 2.2 §3.3.1).

/// What the alert at the top of a form says.
#[derive(Debug, Default)]
pub(super) struct Summary {
    pub(super) title: String,
    pub(super) items: Vec<Item>,
}

/// One sentence; with a field it is a link to that field.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) field: Option<&'static str>,
    pub(super) text: String,
}

impl Summary {
    pub(super) fn new(title: String) -> Self {
        Self { title, items: Vec::new() }
    }

    pub(super) fn at(mut self, field: &'static str, text: Option<String>) -> Self {
        self.items.extend(text.map(|text| Item { field: Some(field), text }));
        self
    }

    pub(super) fn say(mut self, text: String) -> Self {
        self.items.push(Item { field: None, text });
        self
    }
}
