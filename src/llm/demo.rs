//! The built-in demo model: a few fixed rules that understand requests about bookmarks and say so. No network, no key.
//!
//! It behaves like a model on the wire: words in small pieces, calls whose arguments arrive bit by bit, an answer once
//! the results are there. It picks tools by the end of their names, as a model picks them by reading; nothing routes so.

use serde_json::{Value, json};

use crate::model::chat::{ChatRequest, Content, Delta, Message, Part, Role, StopReason, ToolResult, Usage};
use crate::model::demo;

/// What it says of itself.
const ABOUT: &str = "I am the built-in demo model: no language model, only a few fixed rules, offline. I understand sentences like these:";
/// The way out.
const ELSE: &str = "For anything else, configure a provider: `config.example.toml` shows how.";
/// Bytes of arguments in one piece, about what models send.
const PIECE: usize = 12;

/// What it understood.
#[derive(Clone, PartialEq, Debug)]
enum Wish {
    /// A call, and what it says before.
    Call { tool: &'static str, arguments: Value, says: String },
    /// Something it does not understand, or a greeting.
    Unknown,
    /// Something it understands only half.
    Lacks(&'static str),
}

/// The whole answer.
pub(super) fn answer(request: &ChatRequest) -> Vec<Delta> {
    let mut out =
        vec![Delta::Started { id: format!("demo_{}", request.messages.len()), model: "demo (rule-based)".to_owned() }];
    let mut stop = StopReason::EndTurn;
    let last = request.messages.iter().rev().find(|message| message.role == Role::User);
    let results = last.map(results).unwrap_or_default();
    if results.is_empty() {
        match understand(&last.map(Message::text).unwrap_or_default()) {
            Wish::Unknown => {
                let examples = demo::EXAMPLES.map(|one| format!("- {one}")).join("\n");
                say(&format!("{ABOUT}\n\n{examples}\n- Delete bookmark 3\n\n{ELSE}"), &mut out);
            }
            Wish::Lacks(what) => say(what, &mut out),
            Wish::Call { tool, arguments, says } => {
                let suffix = format!("__{tool}");
                let offered = request.tools.iter().find(|offered| {
                    let name = offered.name.as_str();
                    name == tool || name.ends_with(&suffix)
                });
                if let Some(offered) = offered {
                    say(&says, &mut out);
                    call(request.messages.len(), &offered.name, &arguments, &mut out);
                    stop = StopReason::ToolUse;
                } else {
                    say(&format!("I would call `{tool}` for that, but no connected server offers it to me."), &mut out);
                }
            }
        }
    } else {
        say(&summary(request, &results), &mut out);
    }
    out.push(Delta::Usage(cost(request, &out)));
    out.push(Delta::Stop(stop));
    out
}

fn results(message: &Message) -> Vec<&ToolResult> {
    let results = message.parts.iter().filter_map(|part| match part {
        Part::ToolResult(result) => Some(result),
        Part::Text { .. } | Part::Image(_) | Part::ToolCall(_) | Part::Native(_) => None,
    });
    results.collect()
}

fn say(text: &str, out: &mut Vec<Delta>) {
    out.extend(text.split_inclusive(' ').map(|word| Delta::Text(word.to_owned())));
    out.push(Delta::TextEnd(None));
}

fn call(number: usize, name: &str, arguments: &Value, out: &mut Vec<Delta>) {
    out.push(Delta::ToolCallStart { index: 0, id: format!("demo_call_{number}"), name: name.to_owned() });
    let text: Vec<char> = arguments.to_string().chars().collect();
    out.extend(text.chunks(PIECE).map(|piece| Delta::ToolArguments { index: 0, text: piece.iter().collect() }));
    out.push(Delta::ToolCallEnd { index: 0, native: None });
}

/// What became of the calls.
fn summary(request: &ChatRequest, results: &[&ToolResult]) -> String {
    let calls: Vec<_> = request.messages.iter().flat_map(Message::calls).collect();
    let one = |result: &&ToolResult| {
        // The label is for models that reason, and data for those that compute: this one passes on what people read.
        let texts = result.content.iter().filter_map(|content| match content {
            Content::Text(text) if !text.starts_with(['[', '{']) => Some(text.as_str()),
            Content::Text(_) | Content::Image(_) => None,
        });
        let text = texts.collect::<Vec<_>>().join("\n");
        let text = if text.is_empty() { "it answered with data that only a program reads".to_owned() } else { text };
        let name = calls.iter().rev().find(|call| call.id == result.call).map_or("", |call| call.name.as_str());
        if result.is_error {
            format!("That did not work: {text}")
        } else if name.ends_with(demo::ADD) {
            format!("Done. {text}")
        } else if name.ends_with(demo::SEARCH) || name.ends_with(demo::LIST) {
            format!("This is what I found: {text}")
        } else {
            text
        }
    };
    results.iter().map(one).collect::<Vec<_>>().join("\n\n")
}

/// There are no tokens here; words are close enough to see numbers move.
fn cost(request: &ChatRequest, out: &[Delta]) -> Usage {
    let words = |text: &str| text.split_whitespace().count() as u64;
    let said = |message: &Message| {
        let results = results(message).into_iter().flat_map(|result| &result.content);
        let results = results.map(|content| match content {
            Content::Text(text) => words(text),
            Content::Image(_) => 1,
        });
        words(&message.text()) + results.sum::<u64>()
    };
    Usage { input: request.messages.iter().map(said).sum(), output: out.len() as u64, ..Usage::default() }
}

/// Reads a sentence.
fn understand(text: &str) -> Wish {
    let words: Vec<&str> = text.split_whitespace().collect();
    let lower: Vec<String> = words.iter().map(|word| bare(word).to_lowercase()).collect();
    let verb = lower.iter().find_map(|word| match word.as_str() {
        "save" | "add" | "bookmark" | "remember" | "store" => Some("save"),
        "find" | "search" | "look" => Some("find"),
        "show" | "list" | "display" => Some("show"),
        "delete" | "remove" => Some("delete"),
        _ => None,
    });
    match verb {
        Some("save") => save(&words, &lower),
        Some("find") => find(&words, &lower),
        Some("show") => show(&words, &lower),
        Some("delete") => delete(&lower),
        _ => Wish::Unknown,
    }
}

fn save(words: &[&str], lower: &[String]) -> Wish {
    let Some(url) = words.iter().map(|word| bare(word)).find(|word| is_url(word)) else {
        return Wish::Lacks("I need an address to save, like https://python.org.");
    };
    let (tags_at, tags) = tags(words, lower);
    let title = lower.iter().position(|word| word == "as").map(|at| words[at + 1..tags_at.max(at + 1)].join(" "));
    let title = title.map(|title| bare(&title).to_owned()).filter(|title| !title.is_empty());
    let title = title.unwrap_or_else(|| {
        let host = url.split("://").nth(1).unwrap_or(url);
        host.split('/').next().unwrap_or(host).to_owned()
    });
    let says = format!("I will save {url} as “{title}”.");
    Wish::Call { tool: demo::ADD, arguments: json!({ "url": url, "title": title, "tags": tags }), says }
}

fn find(words: &[&str], lower: &[String]) -> Wish {
    const FILLERS: [&str; 19] = [
        "find",
        "search",
        "look",
        "for",
        "my",
        "me",
        "the",
        "all",
        "any",
        "bookmark",
        "bookmarks",
        "about",
        "on",
        "with",
        "please",
        "through",
        "in",
        "up",
        "of",
    ];
    let query: Vec<&str> = words
        .iter()
        .zip(lower)
        .filter(|(_, word)| !word.is_empty() && !FILLERS.contains(&word.as_str()))
        .map(|(word, _)| bare(word))
        .collect();
    if query.is_empty() {
        return Wish::Lacks("I need a word to look for, as in: Find my Python bookmarks.");
    }
    let query = query.join(" ");
    let says = format!("I will look for “{query}”.");
    Wish::Call { tool: demo::SEARCH, arguments: json!({ "query": query }), says }
}

fn show(words: &[&str], lower: &[String]) -> Wish {
    if !lower.iter().any(|word| word.starts_with("bookmark")) {
        return Wish::Unknown;
    }
    match tags(words, lower).1.first() {
        Some(tag) => Wish::Call {
            tool: demo::LIST,
            arguments: json!({ "tag": tag }),
            says: format!("I will list the bookmarks tagged “{tag}”."),
        },
        None => Wish::Call { tool: demo::LIST, arguments: json!({}), says: "I will list the bookmarks.".to_owned() },
    }
}

fn delete(lower: &[String]) -> Wish {
    match lower.iter().find_map(|word| word.trim_start_matches('#').parse::<u64>().ok()) {
        Some(id) => Wish::Call {
            tool: demo::DELETE,
            arguments: json!({ "id": id }),
            says: format!("I will delete bookmark {id}."),
        },
        None => Wish::Lacks("I need the number of the bookmark, as in: Delete bookmark 3."),
    }
}

/// Where the words about tags begin, and the tags.
fn tags(words: &[&str], lower: &[String]) -> (usize, Vec<String>) {
    let marks = ["tag", "tags", "tagged"];
    let Some(mark) = lower.iter().position(|word| marks.contains(&word.as_str())) else {
        return (words.len(), Vec::new());
    };
    let begin = match mark.checked_sub(1).map(|before| lower[before].as_str()) {
        Some("with" | "and") => mark - 1,
        _ => mark,
    };
    let mut tags: Vec<String> = Vec::new();
    for word in words[mark + 1..].iter().flat_map(|word| word.split(',')) {
        let tag = bare(word).to_lowercase();
        if !tag.is_empty() && !["and", "as", "with"].contains(&tag.as_str()) && !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    (begin, tags)
}

fn is_url(word: &str) -> bool {
    word.starts_with("http://") || word.starts_with("https://")
}

/// A word without the quotes and full stops around it.
fn bare(word: &str) -> &str {
    word.trim_matches(|c: char| "\"'“”‘’`.,;:!?()".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::chat::{ModelRef, Reply, ToolChoice, ToolSpec};
    use crate::model::json::RawJson;

    fn request(text: &str) -> ChatRequest {
        let tool = |name: &str| ToolSpec {
            name: format!("demo__{name}"),
            description: String::new(),
            schema: RawJson::empty_object(),
        };
        ChatRequest {
            model: ModelRef { provider: "demo".into(), model: "demo".into() },
            system: None,
            messages: vec![Message::user(text)],
            tools: demo::TOOLS.map(tool).into(),
            max_tokens: None,
            choice: ToolChoice::Auto,
            effort: None,
        }
    }

    fn reply(request: &ChatRequest) -> Reply {
        let mut reply = Reply::default();
        for delta in answer(request) {
            assert!(!reply.is_over());
            reply.apply(&delta);
        }
        assert!(reply.is_over());
        reply
    }

    #[test]
    fn sentences_become_calls() {
        for (text, tool, arguments) in [
            (
                "Save https://python.org as Python Docs with tag python",
                "demo__add_bookmark",
                json!({"url":"https://python.org","title":"Python Docs","tags":["python"]}),
            ),
            (
                "please add \"https://doc.rust-lang.org/book/\" as 'The Book', with tags Rust, docs and books.",
                "demo__add_bookmark",
                json!({"url":"https://doc.rust-lang.org/book/","title":"The Book","tags":["rust","docs","books"]}),
            ),
            (
                "bookmark https://example.com/a?b=c",
                "demo__add_bookmark",
                json!({"url":"https://example.com/a?b=c","title":"example.com","tags":[]}),
            ),
            ("Find my Python bookmarks", "demo__search_bookmarks", json!({"query":"Python"})),
            ("search for rust async", "demo__search_bookmarks", json!({"query":"rust async"})),
            ("Show all bookmarks tagged tutorial", "demo__list_bookmarks", json!({"tag":"tutorial"})),
            ("list bookmarks", "demo__list_bookmarks", json!({})),
            ("Delete bookmark 3", "demo__delete_bookmark", json!({"id":3})),
            ("remove #12!", "demo__delete_bookmark", json!({"id":12})),
        ] {
            let reply = reply(&request(text));
            let message = reply.message(None);
            let call = message.calls().next().unwrap_or_else(|| panic!("{text}: no call"));
            assert_eq!((call.name.as_str(), call.arguments.to_value().ok()), (tool, Some(arguments)), "{text}");
            assert_eq!(reply.stop, Some(StopReason::ToolUse));
            assert!(!reply.text().is_empty());
        }
    }

    #[test]
    fn what_it_does_not_understand_it_says() {
        for text in ["hello", "", "Write me a poem", "delete it", "save this", "find bookmarks", "show me the weather"]
        {
            let reply = reply(&request(text));
            assert_eq!(reply.message(None).calls().count(), 0, "{text}");
            assert_eq!(reply.stop, Some(StopReason::EndTurn));
            assert!(reply.text().contains("rules") || reply.text().contains("I need"), "{text}");
        }
        let mut request = request("Delete bookmark 3");
        request.tools = [].into();
        assert!(reply(&request).text().contains("no connected server offers"));
    }

    #[test]
    fn results_are_summed_up() {
        let mut request = request("Find my Python bookmarks");
        let asked = reply(&request).message(Some(request.model.clone()));
        let id = asked.calls().next().map(|call| call.id.clone()).unwrap_or_default();
        request.messages.push(asked);
        let result =
            |is_error| ToolResult { call: id.clone(), content: vec![Content::Text("1 bookmark:".into())], is_error };
        request.messages.push(Message::results(vec![result(false)]));
        assert_eq!(reply(&request).text(), "This is what I found: 1 bookmark:");
        request.messages.pop();
        request.messages.push(Message::results(vec![result(true)]));
        assert_eq!(reply(&request).text(), "That did not work: 1 bookmark:");
    }

    #[test]
    fn the_sentences_to_try_and_the_tools_it_looks_for_are_understood() {
        let mut used: Vec<&str> = Vec::new();
        for text in demo::EXAMPLES.into_iter().chain(["Delete bookmark 3"]) {
            let Wish::Call { tool, .. } = understand(text) else { panic!("{text}: no call") };
            used.push(tool);
        }
        used.sort_unstable();
        let mut known = demo::TOOLS;
        known.sort_unstable();
        assert_eq!(used, known);
    }

    #[test]
    fn words_and_arguments_arrive_in_small_pieces() {
        let deltas = answer(&request("Save https://python.org as Python Docs with tag python"));
        assert!(deltas.iter().filter(|delta| matches!(delta, Delta::Text(_))).count() > 3);
        assert!(deltas.iter().filter(|delta| matches!(delta, Delta::ToolArguments { .. })).count() > 3);
    }
}
