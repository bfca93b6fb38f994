//! What the offline demo model understands: the tools that it looks for, and sentences to try. It knows the tools of the
//! built-in demo server by their names; another server's tools of these names do as well.

/// Saves a bookmark.
pub const ADD: &str = "add_bookmark";
/// Looks for words in bookmarks.
pub const SEARCH: &str = "search_bookmarks";
/// Lists bookmarks.
pub const LIST: &str = "list_bookmarks";
/// Deletes one.
pub const DELETE: &str = "delete_bookmark";

/// All tools that it knows how to use.
pub const TOOLS: [&str; 4] = [ADD, SEARCH, LIST, DELETE];

/// Sentences that it understands, the first to try first.
pub const EXAMPLES: [&str; 3] = [
    "Find my Python bookmarks",
    "Save https://python.org as Python Docs with tag python",
    "Show all bookmarks tagged tutorial",
];
