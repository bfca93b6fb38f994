//! Parameters mirrored in headers on one connection: which tools want it, and the headers of one call.
//!
//! Only Streamable HTTP of the modern era has this; elsewhere a [`Mirror`] does nothing.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::http::header_text;
use crate::model::json::{RawJson, scan};
use crate::model::param_header::ParamHeader;
use crate::model::session::Item;
use crate::model::text::escape_line;

/// What tools want in headers, by their names; those that want nothing are not in it.
type Tools = HashMap<String, Vec<ParamHeader>>;

/// The tools of a connection that want parameters in headers, as they were listed last.
#[derive(Clone, Debug, Default)]
pub(super) struct Mirror {
    tools: Option<Arc<Mutex<Tools>>>,
}

impl Mirror {
    /// For a connection where parameters are mirrored, or for one where they are not.
    pub(super) fn new(mirrors: bool) -> Mirror {
        Mirror { tools: mirrors.then(Arc::default) }
    }

    /// Takes a complete listing of tools: keeps what they want, and excludes those whose annotations break the rules.
    /// Returns what is to be said about those.
    pub(super) fn learn(&self, items: &mut [Item]) -> Vec<String> {
        let Some(known) = &self.tools else { return Vec::new() };
        let mut tools = HashMap::new();
        let mut excluded = Vec::new();
        for item in items {
            let Item::Good { key, raw, .. } = item else { continue };
            let Some(Ok(schema)) = raw.get("inputSchema").map(RawJson::parse) else { continue };
            match ParamHeader::of_schema(&schema) {
                Ok(headers) if headers.is_empty() => {}
                Ok(headers) => {
                    tools.entry(key.clone()).or_insert(headers);
                }
                Err(problem) => {
                    excluded.push(format!("the tool `{}` is not used: {problem}", escape_line(key)));
                    *item = Item::Bad { problem, raw: raw.clone() };
                }
            }
        }
        *known.lock().unwrap_or_else(PoisonError::into_inner) = tools;
        excluded
    }

    /// The headers of a request, from its parameters. Only tool calls have any.
    pub(super) fn headers(&self, method: &str, params: &RawJson) -> Vec<(String, String)> {
        let Some(tools) = self.tools.as_ref().filter(|_| method == "tools/call") else { return Vec::new() };
        let tools = tools.lock().unwrap_or_else(PoisonError::into_inner);
        let name = params.get("name").and_then(scan::decoded);
        let Some(headers) = name.and_then(|name| tools.get(&*name)) else { return Vec::new() };
        let arguments = params.get("arguments").unwrap_or("{}");
        let values = headers.iter().filter_map(|header| header.of_arguments(arguments));
        values.map(|(name, text)| (name, header_text(&text))).collect()
    }

    /// Whether parameters are mirrored at all.
    pub(super) fn is_on(&self) -> bool {
        self.tools.is_some()
    }
}
