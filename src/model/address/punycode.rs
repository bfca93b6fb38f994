//! Punycode (RFC 3492), read only: which letters an `xn--` name stands for.

const BASE: u32 = 36;
const T_MIN: u32 = 1;
const T_MAX: u32 = 26;
const SKEW: u32 = 38;
const DAMP: u32 = 700;
const BIAS: u32 = 72;
const FIRST: u32 = 128;
/// Bytes of a label that are read; a name has 63 at most.
const LABEL: usize = 63;

/// The host with its `xn--` labels as letters; `None` when none of them can be read.
pub(super) fn letters(host: &str) -> Option<String> {
    let mut found = false;
    let labels: Vec<String> = host
        .split('.')
        .map(|label| {
            let coded = label.get(..4).filter(|start| start.eq_ignore_ascii_case("xn--")).map(|_| &label[4..]);
            let read = coded.and_then(decode);
            found |= read.is_some();
            read.unwrap_or_else(|| label.to_owned())
        })
        .collect();
    found.then(|| labels.join("."))
}

/// One label, without its `xn--`.
fn decode(label: &str) -> Option<String> {
    if label.len() > LABEL || !label.is_ascii() {
        return None;
    }
    let (plain, coded) = label.rsplit_once('-').unwrap_or(("", label));
    let mut out: Vec<char> = plain.chars().collect();
    let (mut code, mut bias, mut at) = (FIRST, BIAS, 0_u32);
    let mut digits = coded.bytes().peekable();
    digits.peek()?;
    while digits.peek().is_some() {
        let before = at;
        let mut weight = 1_u32;
        let mut step = BASE;
        loop {
            let digit = match digits.next()? {
                byte @ b'a'..=b'z' => u32::from(byte - b'a'),
                byte @ b'A'..=b'Z' => u32::from(byte - b'A'),
                byte @ b'0'..=b'9' => u32::from(byte - b'0') + 26,
                _ => return None,
            };
            at = at.checked_add(digit.checked_mul(weight)?)?;
            let threshold = step.saturating_sub(bias).clamp(T_MIN, T_MAX);
            if digit < threshold {
                break;
            }
            weight = weight.checked_mul(BASE - threshold)?;
            step += BASE;
        }
        let count = u32::try_from(out.len()).ok()? + 1;
        bias = adapt(at - before, count, before == 0);
        code = code.checked_add(at / count)?;
        at %= count;
        out.insert(at as usize, char::from_u32(code)?);
        at += 1;
    }
    Some(out.into_iter().collect())
}

fn adapt(delta: u32, count: u32, first: bool) -> u32 {
    let mut delta = if first { delta / DAMP } else { delta / 2 };
    delta += delta / count;
    let mut step = 0;
    while delta > (BASE - T_MIN) * T_MAX / 2 {
        delta /= BASE - T_MIN;
        step += BASE;
    }
    step + (BASE - T_MIN + 1) * delta / (delta + SKEW)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_become_the_letters_that_they_stand_for() {
        for (host, read) in [
            ("xn--pple-43d.com", Some("аpple.com")),
            ("xn--mnchen-3ya.de", Some("münchen.de")),
            ("XN--BCHER-KVA.example", Some("BüCHER.example")),
            ("www.xn--80ak6aa92e.com", Some("www.аррӏе.com")),
            ("xn--fsqu00a.xn--0zwm56d", Some("例子.测试")),
            ("xn--ihqwcrb4cv8a8dqg056pqjye.x", Some("他们为什么不说中文.x")),
            ("example.com", None),
            ("xn--", None),
            ("xn--a-.com", None),
            ("xn--\u{e9}a.com", None),
            ("xn--99999999999999.com", None),
        ] {
            assert_eq!(letters(host).as_deref(), read, "{host}");
        }
    }

    proptest! {
        #[test]
        fn any_label_is_read_or_not(label in "[a-zA-Z0-9-]{0,70}") {
            let read = letters(&format!("xn--{label}"));
            prop_assert!(read.is_none_or(|read| read.chars().count() <= label.len()));
        }
    }
}
