//! Lists of models as the vendors and compatible servers send them. Pure.

use serde_json::Value;

use crate::model::chat::ModelInfo;

/// The models of a page; what has no name is skipped.
pub(super) fn read(page: &Value) -> Vec<ModelInfo> {
    // Some servers send a bare array, some call it `models`.
    let list = page.get("data").or_else(|| page.get("models")).unwrap_or(page);
    list.as_array().map(Vec::as_slice).unwrap_or_default().iter().filter_map(model).collect()
}

/// The id after which the next page begins.
pub(super) fn next_page(page: &Value) -> Option<String> {
    (page.get("has_more") == Some(&Value::Bool(true))).then(|| page.get("last_id")?.as_str().map(str::to_owned))?
}

fn model(item: &Value) -> Option<ModelInfo> {
    let text = |key: &str| item.get(key).and_then(Value::as_str).map(str::to_owned);
    let number = |keys: &[&str]| keys.iter().find_map(|key| item.pointer(key)?.as_u64());
    let id = text("id").or_else(|| text("name")).filter(|id| !id.is_empty())?;
    let lifecycle = text("lifecycle").filter(|word| word != "active");
    let retires = text("retires_at").map(|date| format!("retires {}", date.split('T').next().unwrap_or_default()));
    let remark: Vec<String> = [lifecycle, retires].into_iter().flatten().collect();
    Some(ModelInfo {
        title: text("display_name").or_else(|| text("name")).filter(|title| *title != id),
        context: number(&[
            "/max_input_tokens",
            "/context_length",
            "/max_model_len",
            "/context_window",
            "/meta/n_ctx_train",
        ]),
        max_output: number(&["/max_tokens", "/top_provider/max_completion_tokens", "/max_completion_tokens"]),
        remark: (!remark.is_empty()).then(|| remark.join(", ")),
        id,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_of_all_kinds_are_read() {
        let page = json!({"data":[
            {"id":"a","display_name":"A","max_input_tokens":200_000,"max_tokens":64_000,"lifecycle":"deprecated",
             "retires_at":"2026-11-30T00:00:00Z"},
            {"id":"b","object":"model","created":1,"owned_by":"x"},
            {"object":"model"},
        ],"has_more":true,"last_id":"b"});
        let models = read(&page);
        assert_eq!(models.len(), 2);
        assert_eq!((models[0].context, models[0].max_output), (Some(200_000), Some(64_000)));
        assert_eq!(models[0].remark.as_deref(), Some("deprecated, retires 2026-11-30"));
        assert_eq!(next_page(&page).as_deref(), Some("b"));
        assert_eq!(next_page(&json!({"data":[],"has_more":false,"last_id":"b"})), None);
        assert_eq!(read(&json!({"models":[{"name":"llama","context_length":8_192}]}))[0].context, Some(8_192));
        assert_eq!(read(&json!("nonsense")), []);
    }
}
