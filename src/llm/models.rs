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
    let images = images(item);
    let blind = (images == Some(false)).then(|| "takes no images".to_owned());
    let remark: Vec<String> = [lifecycle, retires, blind].into_iter().flatten().collect();
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
        images,
        remark: (!remark.is_empty()).then(|| remark.join(", ")),
        id,
    })
}

/// Whether a model takes images, as vendors and servers say it in their own ways.
fn images(item: &Value) -> Option<bool> {
    let named = |list: &Value| {
        Some(list.as_array()?.iter().any(|word| matches!(word.as_str(), Some("image" | "multimodal" | "vision"))))
    };
    let flag = |path: &str| {
        let said = item.pointer(path)?;
        said.as_bool().or_else(|| said.get("supported")?.as_bool())
    };
    // Anthropic, Mistral; then OpenRouter; then llama.cpp.
    flag("/capabilities/image_input")
        .or_else(|| flag("/capabilities/vision"))
        .or_else(|| item.pointer("/architecture/input_modalities").and_then(named))
        .or_else(|| item.get("input_modalities").and_then(named))
        .or_else(|| item.get("capabilities").and_then(named))
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

    #[test]
    fn who_takes_images_is_read_in_every_form() {
        for (item, expected) in [
            (json!({"id":"a","capabilities":{"image_input":{"supported":true}}}), Some(true)),
            (json!({"id":"a","capabilities":{"image_input":false}}), Some(false)),
            (json!({"id":"a","capabilities":{"vision":true}}), Some(true)),
            (json!({"id":"a","architecture":{"input_modalities":["text"]}}), Some(false)),
            (json!({"id":"a","architecture":{"input_modalities":["text","image"]}}), Some(true)),
            (json!({"name":"a","capabilities":["completion","multimodal"]}), Some(true)),
            (json!({"name":"a","capabilities":["completion"]}), Some(false)),
            (json!({"id":"a","capabilities":{"image_input":"perhaps"}}), None),
            (json!({"id":"a"}), None),
        ] {
            let models = read(&json!({ "data": [item] }));
            assert_eq!(models[0].images, expected, "{models:?}");
            assert_eq!(models[0].remark.is_some(), expected == Some(false));
        }
    }
}
