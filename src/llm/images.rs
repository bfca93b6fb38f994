//! Images for models that may take none: who takes them is learned from the config, the provider's list and its refusals;
//! for the others they are described in words. [`Sight`] and [`described`].

use std::borrow::Cow;

use crate::model::chat::{ChatRequest, Content, Image, Message, Part, ProviderFailure};

/// Words in a refusal that is about images.
const ABOUT: [&str; 5] = ["image", "vision", "multimodal", "mmproj", "modalit"];
/// Words in a refusal of one image, not of all.
const ONE: [&str; 7] = ["exceed", "too large", "size", "dimension", "could not process", "corrupt", "too many"];

/// What a model was found to do with images.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Sight {
    /// Nobody knows: they are sent.
    #[default]
    Untried,
    /// It takes them, by its provider's list.
    Sees,
    /// It takes none.
    Blind,
}

/// Whether a request carries images.
pub(super) fn has_images(request: &ChatRequest) -> bool {
    request.messages.iter().any(in_message)
}

/// Whether its newest message does: what was told about earlier ones is not told again.
pub(super) fn newest_has_images(request: &ChatRequest) -> bool {
    request.messages.last().is_some_and(in_message)
}

fn in_message(message: &Message) -> bool {
    message.parts.iter().any(|part| match part {
        Part::Image(_) => true,
        Part::ToolResult(result) => result.content.iter().any(|content| matches!(content, Content::Image(_))),
        Part::Text { .. } | Part::ToolCall(_) | Part::Native(_) => false,
    })
}

/// The request with words in the place of its images.
pub(super) fn in_words(request: &ChatRequest) -> Cow<'_, ChatRequest> {
    if !has_images(request) {
        return Cow::Borrowed(request);
    }
    let mut request = request.clone();
    for part in request.messages.iter_mut().flat_map(|message| &mut message.parts) {
        match part {
            Part::Image(image) => *part = Part::Text { text: described(image), native: None },
            Part::ToolResult(result) => {
                for content in &mut result.content {
                    if let Content::Image(image) = content {
                        *content = Content::Text(described(image));
                    }
                }
            }
            Part::Text { .. } | Part::ToolCall(_) | Part::Native(_) => {}
        }
    }
    Cow::Owned(request)
}

/// Whether a refusal is about images: about these (`Some(true)`) or about any (`Some(false)`).
pub(super) fn refused(failure: &ProviderFailure) -> Option<bool> {
    // Some routers say "not found", some local servers "internal error".
    if !matches!(failure.status, Some(400 | 404 | 413 | 415 | 422 | 500 | 501)) {
        return None;
    }
    let said = failure.message.to_lowercase();
    ABOUT.iter().any(|word| said.contains(word)).then(|| ONE.iter().any(|word| said.contains(word)))
}

/// What stands for an image that is not sent.
pub(super) fn described(image: &Image) -> String {
    let bytes = image.data.len() / 4 * 3;
    format!("[an image of the type {}, about {bytes} bytes, which cannot be shown to this model]", image.mime)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::chat::{FailureKind, ModelRef, ToolChoice, ToolResult};

    #[test]
    fn images_become_words_wherever_they_are() {
        let image = || Image { mime: "image/png".into(), data: "AAAA".into() };
        let result = ToolResult { call: "c".into(), content: vec![Content::Image(image())], is_error: false };
        let mut request = ChatRequest {
            model: ModelRef { provider: "p".into(), model: "m".into() },
            system: None,
            messages: vec![Message::user("hi")],
            tools: [].into(),
            max_tokens: None,
            choice: ToolChoice::Auto,
            effort: None,
        };
        assert!(matches!(in_words(&request), Cow::Borrowed(_)), "nothing to do, nothing copied");
        request.messages[0].parts.push(Part::Image(image()));
        request.messages.push(Message::results(vec![result]));
        assert!(newest_has_images(&request));
        let words = in_words(&request);
        assert!(!has_images(&words));
        assert_eq!(format!("{words:?}").matches("about 3 bytes").count(), 2);
    }

    #[test]
    fn a_refusal_of_images_is_told_from_others() {
        for (status, message, expected) in [
            (404, "No endpoints found that support image input", Some(false)),
            (500, "image input is not supported - hint: you may need to provide the mmproj", Some(false)),
            (400, "messages.0.content.1.image.source.base64: image exceeds 5 MB maximum", Some(true)),
            (400, "tools.0: bad schema", None),
            (429, "image quota", None),
        ] {
            let failure =
                ProviderFailure { status: Some(status), ..ProviderFailure::new(FailureKind::Refused, message) };
            assert_eq!(refused(&failure), expected, "{message}");
        }
    }
}
