//! Markdown to HTML, for documents that came with the program: headings get the anchors that links to them expect, and a
//! link that leads to nothing the program has is no link.

use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html::push_html};

/// Title and markup of a document. `resolve` says where an address in it leads; None for nowhere.
pub(super) fn render(text: &str, resolve: impl Fn(&str) -> Option<String>) -> (String, String) {
    let mut drawing = Drawing { resolve, out: Vec::new(), links: Vec::new(), unseen: 0, anchors: Vec::new() };
    let mut heading: Option<Vec<Event<'_>>> = None;
    let mut title = String::new();
    for event in Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH) {
        match (&mut heading, event) {
            (None, Event::Start(Tag::Heading { .. })) => heading = Some(Vec::new()),
            (Some(_), Event::End(TagEnd::Heading(level))) => {
                let inner = heading.take().unwrap_or_default();
                let words = words(&inner);
                let id = drawing.anchor(&words);
                if title.is_empty() {
                    title = words;
                }
                let start = Tag::Heading { level, id: Some(id.into()), classes: Vec::new(), attrs: Vec::new() };
                drawing.out.push(Event::Start(start));
                for event in inner {
                    drawing.take(event);
                }
                drawing.out.push(Event::End(TagEnd::Heading(level)));
            }
            (Some(inner), event) => inner.push(event),
            (None, event) => drawing.take(event),
        }
    }
    let mut html = String::with_capacity(text.len() * 2);
    push_html(&mut html, drawing.out.into_iter());
    (title, html)
}

struct Drawing<'a, R> {
    resolve: R,
    out: Vec<Event<'a>>,
    /// Whether each open link is drawn.
    links: Vec<bool>,
    /// How deep in what is not drawn.
    unseen: usize,
    anchors: Vec<String>,
}

impl<'a, R: Fn(&str) -> Option<String>> Drawing<'a, R> {
    fn take(&mut self, event: Event<'a>) {
        match event {
            // A picture is a file of the repository, which the program does not bring along.
            Event::Start(Tag::Image { .. }) => self.unseen += 1,
            Event::End(TagEnd::Image) => self.unseen -= 1,
            _ if self.unseen > 0 => {}
            Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
                let leads = (self.resolve)(&dest_url);
                self.links.push(leads.is_some());
                if let Some(dest_url) = leads.map(CowStr::from) {
                    self.out.push(Event::Start(Tag::Link { link_type, dest_url, title, id }));
                }
            }
            Event::End(TagEnd::Link) => {
                if self.links.pop() == Some(true) {
                    self.out.push(Event::End(TagEnd::Link));
                }
            }
            // Whatever scrolls can be reached without a mouse.
            Event::Start(Tag::Table(columns)) => {
                self.out.push(Event::Html("<div class=\"table\" tabindex=\"0\">".into()));
                self.out.push(Event::Start(Tag::Table(columns)));
            }
            Event::End(TagEnd::Table) => {
                self.out.push(Event::End(TagEnd::Table));
                self.out.push(Event::Html("</div>\n".into()));
            }
            Event::Start(Tag::CodeBlock(_)) => self.out.push(Event::Html("<pre tabindex=\"0\"><code>".into())),
            Event::End(TagEnd::CodeBlock) => self.out.push(Event::Html("</code></pre>\n".into())),
            // Markup in a document is shown as what it is.
            Event::Html(text) | Event::InlineHtml(text) => self.out.push(Event::Text(text)),
            other => self.out.push(other),
        }
    }

    /// The anchor of a heading, as code hosts make them: small letters, hyphens for blanks, a number behind a second one.
    fn anchor(&mut self, words: &str) -> String {
        let kept = words.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        let slug: String = kept.map(|c| if c == ' ' { '-' } else { c }).flat_map(char::to_lowercase).collect();
        let same = self.anchors.iter().filter(|known| **known == slug).count();
        self.anchors.push(slug.clone());
        if same == 0 { slug } else { format!("{slug}-{same}") }
    }
}

fn words(events: &[Event<'_>]) -> String {
    let texts = events.iter().filter_map(|event| match event {
        Event::Text(text) | Event::Code(text) => Some(&**text),
        Event::SoftBreak => Some(" "),
        _ => None,
    });
    texts.collect()
}
