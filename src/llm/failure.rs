//! What vendors say when they refuse or fail, read into [`ProviderFailure`]s; and whether asking again may help.

use std::time::Duration;

use serde_json::Value;

use crate::model::chat::{FailureKind, ProviderFailure};
use crate::model::text::{escape_line, truncate_width};

/// The widest piece of a vendor's words in a message.
const SHOWN: usize = 600;

/// The failure in an error object, from a body or from the middle of a stream. `status` is 200 in a stream.
pub(super) fn of_error(error: &Value, status: u16) -> ProviderFailure {
    let inner = match error.get("error") {
        Some(Value::Null) | None => error,
        Some(inner) => inner,
    };
    let word = |value: Option<&Value>| match value {
        Some(Value::String(word)) => word.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    let words = [
        word(inner.get("type")),
        word(inner.get("code")),
        word(inner.pointer("/details/error_code")),
        word(inner.get("status")),
    ];
    let message = [inner.get("message"), inner.as_str().map(|_| inner), error.get("detail"), error.get("message")]
        .into_iter()
        .flatten()
        .find_map(Value::as_str)
        .map_or_else(|| inner.to_string(), str::to_owned);
    // In a stream the code may be the status that came too late for a head.
    let status = words.iter().find_map(|word| word.parse().ok().filter(|_| status == 200)).unwrap_or(status);
    let kind = match kind(&words, status) {
        FailureKind::Refused if is_too_long(&message) => FailureKind::TooLarge,
        kind => kind,
    };
    let named: Vec<&str> = words.iter().map(String::as_str).filter(|word| word.contains('_')).collect();
    // What to do is added to the sentence.
    let said = clip(message.trim_end().trim_end_matches('.'));
    let said = if named.is_empty() { said } else { format!("{said} ({})", clip(&named.join(", "))) };
    let mut failure = ProviderFailure::new(kind, format!("{said}{}", advice(kind)));
    failure.status = (status != 200).then_some(status);
    let id = error.get("request_id").and_then(Value::as_str);
    failure.request_id = id.map(str::to_owned);
    failure
}

/// The failure of a body that is no error object.
pub(super) fn of_body(status: u16, body: &str) -> ProviderFailure {
    let kind = kind(&[], status);
    let line = body.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("no explanation");
    let mut failure = ProviderFailure::new(kind, format!("HTTP {status}: {}{}", clip(line), advice(kind)));
    failure.status = Some(status);
    failure
}

fn kind(words: &[String], status: u16) -> FailureKind {
    for word in words {
        let kind = match word.as_str() {
            "authentication_error" | "permission_error" | "invalid_api_key" | "invalid_authentication" => {
                FailureKind::Unauthorized
            }
            "billing_error" | "insufficient_quota" | "enforced_spend_limit_reached" | "billing_hard_limit_reached" => {
                FailureKind::Quota
            }
            "overloaded_error" | "server_overloaded" | "slow_down" => FailureKind::Overloaded,
            "request_too_large"
            | "context_length_exceeded"
            | "exceed_context_size_error"
            | "string_above_max_length" => FailureKind::TooLarge,
            "not_found_error" | "model_not_found" => FailureKind::NotFound,
            "timeout_error" => FailureKind::TimedOut,
            _ => continue,
        };
        return kind;
    }
    for word in words {
        let kind = match word.as_str() {
            "rate_limit_error" | "rate_limit_exceeded" => FailureKind::RateLimited,
            "api_error" | "server_error" => FailureKind::Server,
            _ => continue,
        };
        return kind;
    }
    match status {
        401 | 403 => FailureKind::Unauthorized,
        402 => FailureKind::Quota,
        404 => FailureKind::NotFound,
        408 | 504 => FailureKind::TimedOut,
        413 => FailureKind::TooLarge,
        429 => FailureKind::RateLimited,
        503 | 529 => FailureKind::Overloaded,
        500.. => FailureKind::Server,
        _ => FailureKind::Refused,
    }
}

/// Whether a refusal means that the conversation is too long: most vendors have no word of their own for that.
fn is_too_long(message: &str) -> bool {
    let message = message.to_lowercase();
    let known = [
        "prompt is too long",
        "exceed context limit",
        "maximum context length",
        "available context size",
        "greater than the context length",
        "exceeds the maximum number of tokens",
    ];
    known.iter().any(|words| message.contains(words))
}

pub(super) fn advice(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Unauthorized => "; check the API key and what it may do",
        FailureKind::Quota => "; check the account's balance and limits",
        FailureKind::RateLimited => "; wait a moment before the next try",
        FailureKind::Overloaded => "; try again later",
        FailureKind::TooLarge => "; sum the older part up, begin another conversation, or offer fewer tools",
        FailureKind::NotFound => "; `mcp-tui models` lists what there is",
        FailureKind::Unreachable
        | FailureKind::Refused
        | FailureKind::Server
        | FailureKind::TimedOut
        | FailureKind::Truncated
        | FailureKind::BadAnswer => "",
    }
}

/// Foreign text as a part of a message: one safe line, not too long.
pub(super) fn clip(text: &str) -> String {
    let start: String = text.trim().chars().take(SHOWN * 2).collect();
    truncate_width(&escape_line(&start), SHOWN).into_owned()
}

/// Whether the vendors' rules allow to ask again: `x-should-retry` decides where it is given.
pub(super) fn may_retry(failure: &ProviderFailure, should_retry: Option<bool>) -> bool {
    if let Some(should) = should_retry {
        return should;
    }
    match failure.kind {
        FailureKind::Quota => false,
        // Without a status it came in the middle of a stream, or there was no answer at all.
        FailureKind::Unreachable | FailureKind::Truncated => true,
        FailureKind::Overloaded | FailureKind::RateLimited | FailureKind::Server => true,
        _ => matches!(failure.status, Some(408 | 409 | 429 | 500..)),
    }
}

/// When a vendor wants to be asked again, by its headers.
pub(super) fn retry_after(header: impl Fn(&str) -> Option<String>) -> Option<Duration> {
    let number = |text: String| text.trim().parse::<f64>().ok().filter(|number| *number >= 0.0);
    if let Some(millis) = header("retry-after-ms").and_then(number) {
        return Duration::try_from_secs_f64(millis / 1_000.0).ok();
    }
    let text = header("retry-after")?;
    if let Some(seconds) = number(text.clone()) {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let date = jiff::fmt::rfc2822::DateTimeParser::new().relaxed_weekday(true).parse_timestamp(text.trim()).ok()?;
    let wait = date.as_millisecond() - i64::try_from(crate::journal::now().0 / 1_000).ok()?;
    Some(Duration::from_millis(u64::try_from(wait).unwrap_or(0)))
}

/// How long to wait before the try after `tries`: as the vendor says, else longer each time, and never all at once.
pub(super) fn backoff(tries: u32, asked: Option<Duration>, chance: f64) -> Duration {
    asked.unwrap_or_else(|| {
        let seconds = (0.5 * 2_f64.powi(tries as i32)).min(8.0);
        Duration::from_secs_f64(seconds * (1.0 - 0.25 * chance))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_refusal_has_its_kind_and_its_rule() {
        use FailureKind as K;
        for (status, error, kind, retry) in [
            (
                401,
                json!({"type":"error","error":{"type":"authentication_error","message":"m"}}),
                K::Unauthorized,
                false,
            ),
            (429, json!({"error":{"type":"rate_limit_error","message":"m"}}), K::RateLimited, true),
            (
                429,
                json!({"error":{"type":"rate_limit_error","message":"m","details":{"error_code":"enforced_spend_limit_reached"}}}),
                K::Quota,
                false,
            ),
            (
                429,
                json!({"error":{"type":"insufficient_quota","code":"insufficient_quota","message":"m"}}),
                K::Quota,
                false,
            ),
            (529, json!({"error":{"type":"overloaded_error","message":"m"}}), K::Overloaded, true),
            (400, json!({"error":{"code":"context_length_exceeded","message":"m"}}), K::TooLarge, false),
            (400, json!({"error":{"type":"invalid_request_error","message":"m"}}), K::Refused, false),
            (
                400,
                json!({"error":{"type":"invalid_request_error","message":"prompt is too long: 9 tokens > 8 maximum"}}),
                K::TooLarge,
                false,
            ),
            (
                400,
                json!({"error":{"type":"BadRequestError","message":"This model's maximum context length is 8 tokens."}}),
                K::TooLarge,
                false,
            ),
            (400, json!({"error":{"code":400,"type":"exceed_context_size_error","message":"m"}}), K::TooLarge, false),
            (
                404,
                json!({"error":{"type":"invalid_request_error","code":"model_not_found","message":"m"}}),
                K::NotFound,
                false,
            ),
            (409, json!({"error":"text"}), K::Refused, true),
            (500, json!({"error":null,"message":"m"}), K::Server, true),
            (422, json!({"detail":"m"}), K::Refused, false),
            (200, json!({"error":{"code":502,"message":"upstream"}}), K::Server, true),
        ] {
            let failure = of_error(&error, status);
            assert_eq!((failure.kind, may_retry(&failure, None)), (kind, retry), "{error}");
            assert!(!may_retry(&failure, Some(false)) && may_retry(&failure, Some(true)));
        }
        let failure =
            of_error(&json!({"error":{"type":"overloaded_error","message":"Overl\u{1b}oaded"},"request_id":"r"}), 529);
        assert_eq!(failure.message, "Overl␛oaded (overloaded_error); try again later");
        assert_eq!(failure.request_id.as_deref(), Some("r"));
        assert_eq!(of_body(502, "\n <html>bad</html>\n").message, "HTTP 502: <html>bad</html>");
    }

    #[test]
    fn vendors_say_when_to_come_back_in_three_ways() {
        let of = |pairs: &[(&str, &str)]| {
            retry_after(|name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
        };
        assert_eq!(of(&[("retry-after-ms", "1500"), ("retry-after", "9")]), Some(Duration::from_millis(1_500)));
        assert_eq!(of(&[("retry-after", "2")]), Some(Duration::from_secs(2)));
        assert_eq!(of(&[("retry-after", "Wed, 21 Oct 2015 07:28:00 GMT")]), Some(Duration::ZERO));
        assert!(of(&[("retry-after", "Fri, 21 Oct 2199 07:28:00 GMT")]).is_some_and(|wait| wait.as_secs() > 1_000_000));
        assert_eq!(of(&[("retry-after", "soon")]), None);
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn waits_grow_to_eight_seconds() {
        let seconds: Vec<f64> = (0..6).map(|tries| backoff(tries, None, 0.0).as_secs_f64()).collect();
        assert_eq!(seconds, [0.5, 1.0, 2.0, 4.0, 8.0, 8.0]);
        assert_eq!(backoff(0, None, 1.0), Duration::from_millis(375));
        assert_eq!(backoff(3, Some(Duration::from_secs(1)), 0.5), Duration::from_secs(1));
    }
}
