//! Owns the resources: their URIs, the listing, the templates and the reading.

use rmcp::ErrorData;
use rmcp::model::{Annotations, ReadResourceResult, Resource, ResourceContents, ResourceTemplate, Role};
use serde_json::json;

use super::store::{Bookmark, Store, checked_tag};

/// The resource that holds every bookmark.
pub(super) const ALL: &str = "bookmark://all";
/// Template of one bookmark.
pub(super) const BY_ID: &str = "bookmark://{id}";
/// Template of the bookmarks with a tag.
pub(super) const BY_TAG: &str = "bookmark://tag/{tag}";

const JSON: &str = "application/json";
const MARKDOWN: &str = "text/markdown";

/// What a URI of ours names.
#[derive(Debug, PartialEq, Eq)]
enum Name<'a> {
    All,
    Bookmark(u64),
    Tag(&'a str),
}

/// The URI of one bookmark.
pub(super) fn bookmark_uri(id: u64) -> String {
    format!("bookmark://{id}")
}

/// The URI of the bookmarks with a tag.
pub(super) fn tag_uri(tag: &str) -> String {
    format!("bookmark://tag/{tag}")
}

/// Whether `uri` is one that could be read or watched here, whether or not there is something behind it now.
pub(super) fn is_ours(uri: &str) -> bool {
    name(uri).is_some()
}

/// Everything `resources/list` shows, with keys that grow: bookmark ids, and 0 for the whole.
pub(super) fn list(store: &Store) -> Vec<(u64, Resource)> {
    let all = Resource::new(ALL, "all")
        .with_title("All bookmarks")
        .with_description("Every bookmark with its tags, as JSON.")
        .with_mime_type(JSON)
        .with_annotations(Annotations::default().with_audience(vec![Role::Assistant]).with_priority(0.8));
    let each = store.all().iter().map(|bookmark| (bookmark.id, link(bookmark)));
    std::iter::once((0, all)).chain(each).collect()
}

/// One bookmark as a resource.
pub(super) fn link(bookmark: &Bookmark) -> Resource {
    Resource::new(bookmark_uri(bookmark.id), format!("bookmark-{}", bookmark.id))
        .with_title(bookmark.title.as_str())
        .with_description(bookmark.url.as_str())
        .with_mime_type(MARKDOWN)
}

/// Everything `resources/templates/list` shows.
pub(super) fn templates() -> [ResourceTemplate; 2] {
    [
        ResourceTemplate::new(BY_ID, "bookmark")
            .with_title("One bookmark")
            .with_description("The bookmark with this id, as Markdown.")
            .with_mime_type(MARKDOWN),
        ResourceTemplate::new(BY_TAG, "tag")
            .with_title("Bookmarks with a tag")
            .with_description("All bookmarks that carry the tag, as JSON.")
            .with_mime_type(JSON),
    ]
}

/// Answers `resources/read`.
pub(super) fn read(store: &Store, uri: &str) -> Result<ReadResourceResult, ErrorData> {
    let contents = match name(uri) {
        Some(Name::All) => as_json(uri, &store.all().iter().collect::<Vec<_>>()),
        Some(Name::Bookmark(id)) => {
            let bookmark = store.get(id).map_err(|error| not_found(uri, error.to_string()))?;
            ResourceContents::text(markdown(bookmark), uri).with_mime_type(MARKDOWN)
        }
        Some(Name::Tag(tag)) => {
            let tagged: Vec<_> = store.all().iter().filter(|bookmark| bookmark.has_tag(tag)).collect();
            if tagged.is_empty() {
                return Err(not_found(uri, format!("no bookmark has the tag {tag:?}")));
            }
            as_json(uri, &tagged)
        }
        None => return Err(not_found(uri, "resources here are bookmark://all, bookmark://ID and bookmark://tag/TAG")),
    };
    Ok(ReadResourceResult::new(vec![contents]))
}

fn name(uri: &str) -> Option<Name<'_>> {
    let rest = uri.strip_prefix("bookmark://")?;
    if rest == "all" {
        return Some(Name::All);
    }
    if let Some(tag) = rest.strip_prefix("tag/") {
        return (checked_tag(tag).ok()? == tag).then_some(Name::Tag(tag));
    }
    // Exactly one spelling for each bookmark, or a subscription to "07" would never hear of 7.
    rest.parse().ok().filter(|id: &u64| id.to_string() == rest).map(Name::Bookmark)
}

fn not_found(uri: &str, message: impl Into<String>) -> ErrorData {
    ErrorData::resource_not_found(message.into(), Some(json!({ "uri": uri })))
}

/// Bookmarks as the JSON text of a resource.
pub(super) fn as_json(uri: &str, bookmarks: &[&Bookmark]) -> ResourceContents {
    let text = format!("{:#}", json!({ "count": bookmarks.len(), "bookmarks": bookmarks }));
    ResourceContents::text(text, uri).with_mime_type(JSON)
}

fn markdown(bookmark: &Bookmark) -> String {
    let Bookmark { id, url, title, tags } = bookmark;
    let tags = if tags.is_empty() { "none".to_owned() } else { tags.join(", ") };
    format!("# {title}\n\n- id: {id}\n- url: <{url}>\n- tags: {tags}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_one_spelling() {
        assert_eq!(name("bookmark://all"), Some(Name::All));
        assert_eq!(name("bookmark://7"), Some(Name::Bookmark(7)));
        assert_eq!(name("bookmark://tag/rust"), Some(Name::Tag("rust")));
        for uri in
            ["bookmark://07", "bookmark://+7", "bookmark://tag/Rust", "bookmark://tag/", "bookmark://", "http://all"]
        {
            assert_eq!(name(uri), None, "{uri}");
        }
    }
}
