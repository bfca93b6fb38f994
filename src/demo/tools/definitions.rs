//! Owns what `tools/list` says: titles, descriptions, schemas and annotations.
//!
//! The schemas are written by hand: their bounds, defaults and descriptions are what a client is tried on.

use std::sync::Arc;

use rmcp::model::{JsonObject, Tool, ToolAnnotations};
use serde_json::{Value, json};

use super::super::store::{MAX_TAG, MAX_TAGS, MAX_TITLE, MAX_URL};
use super::{MAX_SHOWN, SHOWN, import, suggest};

/// Every tool, the harmless ones first.
pub(super) fn all() -> Vec<Tool> {
    let looks = || ToolAnnotations::new().read_only(true).open_world(false);
    let changes = || ToolAnnotations::new().read_only(false).open_world(false);
    vec![
        tool(
            "list_bookmarks",
            "List bookmarks",
            "Lists bookmarks, the newest first, all or those with a tag. Use search_bookmarks to look for words.",
            object(
                json!({
                    "tag": tag("Only bookmarks with this tag."),
                    "limit": limit(),
                    "sort": {
                        "type": "string",
                        "description": "The order.",
                        "enum": ["newest", "oldest", "title"],
                        "default": "newest"
                    }
                }),
                &[],
            ),
            listing(),
            looks(),
        ),
        tool(
            "search_bookmarks",
            "Search bookmarks",
            "Finds bookmarks in which every word of the query occurs: in the title, the url or a tag, in any case.",
            object(
                json!({
                    "query": {
                        "type": "string",
                        "description": "Words to look for, such as \"rust tutorial\".",
                        "minLength": 1,
                        "maxLength": 200
                    },
                    "tag": tag("Only bookmarks with this tag."),
                    "limit": limit()
                }),
                &["query"],
            ),
            listing(),
            looks(),
        ),
        tool(
            "add_bookmark",
            "Add a bookmark",
            "Adds a bookmark and returns it with its id. A url can be there only once.",
            object(
                json!({ "url": url(), "title": title(), "tags": tags("Tags, such as rust or docs.", Some(json!([]))) }),
                &["url", "title"],
            ),
            object(json!({ "bookmark": bookmark() }), &["bookmark"]),
            changes().destructive(false).idempotent(false),
        ),
        tool(
            "update_bookmark",
            "Change a bookmark",
            "Changes the url, the title or the tags of a bookmark; what is not given stays as it is.",
            object(
                json!({
                    "id": id(),
                    "url": url(),
                    "title": title(),
                    "tags": tags("Tags to set, add or remove, as tag_mode says.", None),
                    "tag_mode": {
                        "type": "string",
                        "description": "What happens with the given tags.",
                        "enum": ["replace", "add", "remove"],
                        "default": "replace"
                    }
                }),
                &["id"],
            ),
            object(json!({ "bookmark": bookmark() }), &["bookmark"]),
            changes().destructive(true).idempotent(true),
        ),
        tool(
            "delete_bookmark",
            "Delete a bookmark",
            "Deletes a bookmark for good. The person is asked first; where the client cannot ask, set confirm to true.",
            object(
                json!({
                    "id": id(),
                    "confirm": {
                        "type": "boolean",
                        "description": "Needed only if the client cannot show forms; otherwise the person decides.",
                        "default": false
                    }
                }),
                &["id"],
            ),
            object(
                json!({
                    "deleted": { "type": "boolean", "description": "Whether the bookmark is gone." },
                    "bookmark": bookmark(),
                    "reason": { "type": "string", "description": "Why it was deleted or kept, if known." }
                }),
                &["deleted", "bookmark"],
            ),
            changes().destructive(true).idempotent(true),
        ),
        tool(
            "import_bookmarks",
            "Import bookmarks",
            "Imports bookmarks one by one, from a list of urls or a number of them from a built-in catalogue. It takes \
             about a quarter of a second for each, reports progress and can be cancelled; what was imported stays.",
            object(
                json!({
                    "count": {
                        "type": "integer",
                        "description": "How many to take from the catalogue; not together with urls.",
                        "minimum": 1,
                        "maximum": import::MAX_ITEMS,
                        "default": import::ITEMS
                    },
                    "urls": {
                        "type": "array",
                        "description": "What to import; titles are made from the urls.",
                        "items": { "type": "string", "format": "uri", "maxLength": MAX_URL },
                        "minItems": 1,
                        "maxItems": import::MAX_ITEMS
                    }
                }),
                &[],
            ),
            object(
                json!({
                    "imported": { "type": "array", "items": bookmark() },
                    "skipped": {
                        "type": "array",
                        "items": object(
                            json!({ "url": { "type": "string" }, "reason": { "type": "string" } }),
                            &["url", "reason"],
                        )
                    }
                }),
                &["imported", "skipped"],
            ),
            changes().destructive(false).idempotent(true),
        ),
        tool(
            "suggest_tags",
            "Suggest tags",
            "Suggests tags for a bookmark: by the client's model if it lends one (sampling), by simple rules otherwise. \
             Changes nothing; apply them with update_bookmark.",
            object(
                json!({
                    "id": id(),
                    "max": {
                        "type": "integer",
                        "description": "How many tags at most.",
                        "minimum": 1,
                        "maximum": MAX_TAGS,
                        "default": suggest::SUGGESTED
                    }
                }),
                &["id"],
            ),
            object(
                json!({
                    "id": id(),
                    "tags": tags("The suggested tags.", None),
                    "source": { "type": "string", "enum": ["model", "rules"], "description": "Who suggested them." },
                    "model": { "type": "string", "description": "The model, if one was asked." },
                    "note": { "type": "string", "description": "Why rules were used." }
                }),
                &["id", "tags", "source"],
            ),
            ToolAnnotations::new().read_only(true).open_world(true),
        ),
    ]
}

fn tool(
    name: &'static str,
    title: &str,
    description: &'static str,
    input: Value,
    output: Value,
    annotations: ToolAnnotations,
) -> Tool {
    Tool::new(name, description, schema(input))
        .with_title(title)
        .with_raw_output_schema(schema(output))
        .with_annotations(annotations)
}

fn schema(value: Value) -> Arc<JsonObject> {
    match value {
        Value::Object(schema) => Arc::new(schema),
        _ => Arc::default(),
    }
}

fn object(properties: Value, required: &[&str]) -> Value {
    let mut schema = json!({ "type": "object", "properties": properties });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema["additionalProperties"] = json!(false);
    schema
}

fn listing() -> Value {
    object(
        json!({
            "total": { "type": "integer", "minimum": 0, "description": "How many there are, shown or not." },
            "bookmarks": { "type": "array", "items": bookmark(), "maxItems": MAX_SHOWN }
        }),
        &["total", "bookmarks"],
    )
}

fn bookmark() -> Value {
    object(
        json!({ "id": id(), "url": url(), "title": title(), "tags": tags("Its tags.", None) }),
        &["id", "url", "title", "tags"],
    )
}

fn id() -> Value {
    json!({ "type": "integer", "minimum": 1, "description": "The id of a bookmark." })
}

fn limit() -> Value {
    json!({
        "type": "integer", "description": "How many to show at most.",
        "minimum": 1, "maximum": MAX_SHOWN, "default": SHOWN
    })
}

fn url() -> Value {
    json!({ "type": "string", "format": "uri", "pattern": "^https?://", "maxLength": MAX_URL,
        "description": "The address, http or https." })
}

fn title() -> Value {
    json!({ "type": "string", "minLength": 1, "maxLength": MAX_TITLE, "description": "The title of the page." })
}

fn tag(description: &str) -> Value {
    json!({ "type": "string", "description": description, "minLength": 1, "maxLength": MAX_TAG })
}

fn tags(description: &str, default: Option<Value>) -> Value {
    let mut schema = json!({
        "type": "array",
        "description": description,
        "items": { "type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9-]*$", "maxLength": MAX_TAG },
        "maxItems": MAX_TAGS,
        "uniqueItems": true
    });
    if let Some(default) = default {
        schema["default"] = default;
    }
    schema
}
