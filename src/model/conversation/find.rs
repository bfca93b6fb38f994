//! Finding words in a conversation: [`Conversation::find`].

use super::{Body, Conversation};
use crate::model::chat::{Content, ToolResult};

/// Bytes before what was found that an excerpt shows.
const BEFORE: usize = 24;
/// Bytes from the beginning of what was found on.
const AFTER: usize = 96;

impl Conversation {
    /// Where this text (in any case) is first in what was said, called or answered: a line of what is around it.
    pub fn find(&self, text: &str) -> Option<String> {
        let wanted = text.to_lowercase();
        let answered = |result: &ToolResult| {
            result.content.iter().find_map(|content| match content {
                Content::Text(text) => excerpt(text, &wanted),
                Content::Image(_) => None,
            })
        };
        excerpt(&self.title, &wanted).or_else(|| {
            self.entries.iter().find_map(|entry| match &entry.body {
                Body::User { text, .. } | Body::Note { text, .. } | Body::Summary { text, .. } => {
                    excerpt(text, &wanted)
                }
                Body::Answer(answer) => excerpt(&answer.reply.text(), &wanted),
                Body::Call(call) => excerpt(&format!("{}/{}", call.server, call.tool), &wanted)
                    .or_else(|| excerpt(call.arguments.as_str(), &wanted))
                    .or_else(|| call.result.as_ref().and_then(answered)),
            })
        })
    }
}

/// A line of what is around the wanted text, which is in lower case.
fn excerpt(text: &str, wanted: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let at = lower.find(wanted)?;
    // A few letters change their length; then the lower case has to do.
    let text = if lower.len() == text.len() && text.is_char_boundary(at) { text } else { &lower };
    let (from, to) = (text.floor_char_boundary(at.saturating_sub(BEFORE)), text.floor_char_boundary(at + AFTER));
    let line = text[from..to].split_whitespace().collect::<Vec<_>>().join(" ");
    let (before, after) = (if from > 0 { "…" } else { "" }, if to < text.len() { "…" } else { "" });
    Some(format!("{before}{line}{after}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_excerpt_shows_what_is_around() {
        assert_eq!(excerpt("Find my\nPython bookmarks", "python").as_deref(), Some("Find my Python bookmarks"));
        assert_eq!(excerpt("nothing", "python"), None);
        let long = format!("{} needle {}", "a".repeat(100), "b".repeat(200));
        let found = excerpt(&long, "needle").unwrap_or_default();
        assert!(found.starts_with('…') && found.ends_with('…') && found.contains("needle") && found.len() < 140);
    }

    proptest! {
        #[test]
        fn any_text_is_found_in_itself(before in ".{0,60}", text in ".{1,20}", after in ".{0,200}") {
            let whole = format!("{before}{text}{after}");
            // Some capitals are lower-cased by what stands beside them.
            prop_assume!(whole.to_lowercase().contains(&text.to_lowercase()));
            prop_assert!(excerpt(&whole, &text.to_lowercase()).is_some());
        }
    }
}
