//! Owns the data the demo server starts with and what `import_bookmarks` brings in when no URLs are given.

/// A URL, a title and tags.
pub(super) type Entry = (&'static str, &'static str, &'static [&'static str]);

/// What a fresh store holds. Thirteen resources with `bookmark://all`, so that listings have several pages.
pub(super) const BOOKMARKS: &[Entry] = &[
    ("https://docs.python.org/3/tutorial/", "The Python Tutorial", &["python", "tutorial", "docs"]),
    ("https://docs.python.org/3/library/asyncio.html", "asyncio: asynchronous I/O", &["python", "async", "docs"]),
    ("https://packaging.python.org/en/latest/", "Python Packaging User Guide", &["python", "packaging", "docs"]),
    ("https://doc.rust-lang.org/book/", "The Rust Programming Language", &["rust", "tutorial", "docs"]),
    ("https://doc.rust-lang.org/std/", "The Rust Standard Library", &["rust", "reference", "docs"]),
    ("https://tokio.rs/tokio/tutorial", "Tokio Tutorial", &["rust", "async", "tutorial"]),
    (
        "https://modelcontextprotocol.io/specification/",
        "Model Context Protocol Specification",
        &["mcp", "spec", "docs"],
    ),
    ("https://github.com/modelcontextprotocol/rust-sdk", "The official Rust SDK for MCP", &["mcp", "rust", "sdk"]),
    (
        "https://github.com/modelcontextprotocol/python-sdk",
        "The official Python SDK for MCP",
        &["mcp", "python", "sdk"],
    ),
    ("https://www.jsonrpc.org/specification", "JSON-RPC 2.0 Specification", &["spec", "json"]),
    (
        "https://json-schema.org/learn/getting-started-step-by-step",
        "Getting started with JSON Schema",
        &["json", "tutorial"],
    ),
    ("https://ratatui.rs/tutorials/hello-ratatui/", "Hello Ratatui", &["rust", "tui", "tutorial"]),
];

/// What an import without URLs brings, in this order.
pub(super) const IMPORTS: &[Entry] = &[
    ("https://doc.rust-lang.org/cargo/", "The Cargo Book", &["rust", "docs"]),
    ("https://doc.rust-lang.org/nomicon/", "The Rustonomicon", &["rust", "reference"]),
    ("https://docs.python.org/3/howto/logging.html", "Logging HOWTO", &["python", "tutorial"]),
    ("https://docs.pytest.org/en/stable/", "pytest documentation", &["python", "testing", "docs"]),
    ("https://typing.python.org/en/latest/", "Static Typing with Python", &["python", "reference"]),
    ("https://developer.mozilla.org/en-US/docs/Web/HTTP", "HTTP on MDN", &["http", "docs"]),
    ("https://html.spec.whatwg.org/multipage/server-sent-events.html", "Server-sent events", &["http", "spec"]),
    ("https://datatracker.ietf.org/doc/html/rfc9110", "RFC 9110: HTTP Semantics", &["http", "spec"]),
    ("https://datatracker.ietf.org/doc/html/rfc6749", "RFC 6749: OAuth 2.0", &["oauth", "spec"]),
    ("https://datatracker.ietf.org/doc/html/rfc8259", "RFC 8259: JSON", &["json", "spec"]),
    ("https://git-scm.com/book/en/v2", "Pro Git", &["git", "tutorial"]),
    ("https://www.sqlite.org/lang.html", "SQL as understood by SQLite", &["sql", "reference"]),
];

/// The entry number `index` of an import: the catalogue first, then made-up reading that goes on for ever.
pub(super) fn import(index: usize) -> (String, String, Vec<String>) {
    if let Some(&(url, title, tags)) = IMPORTS.get(index) {
        (url.to_owned(), title.to_owned(), tags.iter().map(|&tag| tag.to_owned()).collect())
    } else {
        let number = index + 1;
        (format!("https://example.org/reading/{number}"), format!("Reading {number}"), vec!["imported".to_owned()])
    }
}
