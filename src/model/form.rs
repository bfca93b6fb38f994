//! The form of an elicitation: [`Form`]: fields read from its restricted schema, and the content made from what was typed.
//!
//! 2025-06-18 … 2026-07-28, client/elicitation, "Requested Schema": a flat object of strings, numbers, booleans and
//! enums (titled or not, one or several). What is not allowed there is a field that takes JSON, never a refusal.

use serde_json::{Map, Value};

use super::json::RawJson;
use super::schema::{Schema, Violation, sample};

/// Fields of one form; a schema with more is cut, and says so.
pub const FIELDS_MAX: usize = 200;

/// A shorter secret would take harmless text apart.
const SECRET_ANYWHERE: usize = 6;

/// Words that a field asking for a secret has in its name or title. Servers must not ask for secrets in a form.
const SECRET_WORDS: [&str; 24] = [
    "password",
    "passwd",
    "passcode",
    "passphrase",
    "passwort",
    "kennwort",
    "contraseña",
    "mot de passe",
    "wachtwoord",
    "senha",
    "hasło",
    "lösenord",
    "пароль",
    "密码",
    "パスワード",
    "비밀번호",
    "secret",
    "token",
    "api key",
    "apikey",
    "api_key",
    "api-key",
    "credential",
    "private key",
];

/// A form to be filled by a person.
#[derive(Clone, PartialEq, Debug)]
pub struct Form {
    /// The fields, in the server's order.
    pub fields: Vec<Field>,
    /// Whether the schema has more fields than are shown.
    pub cut: bool,
    schema: RawJson,
}

/// One field.
#[derive(Clone, PartialEq, Debug)]
pub struct Field {
    /// The member of the content.
    pub name: String,
    /// Its name for people.
    pub title: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Whether it must be filled.
    pub required: bool,
    /// What it takes.
    pub kind: FieldKind,
    /// What the server proposes.
    pub default: Option<Value>,
    /// The format of a text, as the schema names it.
    pub format: Option<String>,
    /// Whether it seems to ask for a secret, which a form must not.
    pub secret: bool,
    /// What is allowed, in short words (`1–30`, `email`); empty for anything.
    pub hint: String,
}

/// What a field takes.
#[derive(Clone, PartialEq, Debug)]
pub enum FieldKind {
    /// Text.
    Text,
    /// A number.
    Number {
        /// Whether it must be whole.
        integer: bool,
    },
    /// Yes or no.
    Boolean,
    /// One of these.
    Choice(Vec<Choice>),
    /// Any of these.
    Choices(Vec<Choice>),
    /// Something the specification does not allow here; it takes JSON.
    Json,
}

/// One choice of an enum.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is shown.
    pub title: String,
}

impl Form {
    /// Reads the schema. The error says why there is no form at all.
    pub fn read(schema: &RawJson) -> Result<Form, String> {
        let value = schema.to_value().map_err(|fault| format!("the form's schema cannot be read: {fault}"))?;
        let empty = Map::new();
        let properties = match value.get("properties") {
            None => &empty,
            Some(Value::Object(properties)) => properties,
            Some(_) => return Err("the form's `properties` are no object".into()),
        };
        let required: Vec<&str> =
            value["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let fields = properties
            .iter()
            .take(FIELDS_MAX)
            .map(|(name, schema)| Field::read(name, schema, required.contains(&name.as_str())))
            .collect();
        Ok(Form { fields, cut: properties.len() > FIELDS_MAX, schema: schema.clone() })
    }

    /// What is wrong with this content, in plain words; empty: it can be sent.
    pub fn check(&self, content: &RawJson) -> Vec<Violation> {
        let wrong = |message: String| vec![Violation { path: "(form)".into(), way: vec![], message }];
        let value = match content.to_value() {
            Ok(value) => value,
            Err(fault) => return wrong(fault.to_string()),
        };
        match Schema::compile(&self.schema) {
            Ok(schema) => schema.validate(&value),
            // A schema that cannot be used does not keep a person from answering; the server will check.
            Err(_) if value.is_object() => vec![],
            Err(_) => wrong("an object is expected".into()),
        }
    }

    /// What must not be kept of this content, and what stands in its place: the answers to fields that seem to ask for
    /// a secret. A long text is a secret wherever it turns up; of a short one or a number only its member is.
    pub fn secrets(&self, content: &RawJson) -> Vec<(String, String)> {
        let mut secrets = Vec::new();
        for (key, value) in super::json::scan::members(content.as_str()) {
            let name = super::json::scan::decoded(key).unwrap_or_default();
            let empty = matches!(value.trim(), "\"\"" | "null");
            if empty || !self.fields.iter().any(|field| field.secret && field.name == name) {
                continue;
            }
            let long = super::json::scan::decoded(value).filter(|text| text.chars().count() >= SECRET_ANYWHERE);
            if let Some(text) = long {
                secrets.push((text.into_owned(), String::new()));
            } else {
                // As it is spelled, from the key to the end of the value.
                let text = content.as_str();
                let from = key.as_ptr() as usize - text.as_ptr() as usize;
                let to = value.as_ptr() as usize + value.len() - text.as_ptr() as usize;
                secrets.push((text[from..to].to_owned(), key.to_owned()));
            }
        }
        secrets
    }

    /// The content made of what the server proposes alone.
    pub fn defaults(&self) -> RawJson {
        let given = self.fields.iter().filter_map(|field| Some((field.name.clone(), field.default.clone()?)));
        RawJson::from_value(&Value::Object(given.collect()))
    }

    /// The proposals, and minimal valid values for what is required beside them.
    pub fn minimal(&self) -> RawJson {
        let samples = self.schema.to_value().map(|schema| sample(&schema)).unwrap_or_default();
        let given = self.fields.iter().filter_map(|field| {
            let value =
                field.default.clone().or_else(|| samples.get(&field.name).cloned().filter(|_| field.required))?;
            Some((field.name.clone(), value))
        });
        RawJson::from_value(&Value::Object(given.collect()))
    }
}

impl Field {
    fn read(name: &str, schema: &Value, required: bool) -> Field {
        let text = |key: &str| schema[key].as_str().map(str::to_owned);
        let title = text("title");
        let description = text("description");
        let shown =
            format!("{name} {} {}", title.as_deref().unwrap_or_default(), description.as_deref().unwrap_or_default());
        let kind = kind(schema);
        // Descriptions of numbers warn of secrets more often than they ask for them.
        let secret = match kind {
            FieldKind::Text | FieldKind::Json => {
                schema["format"] == "password" || schema["writeOnly"] == true || looks_secret(&shown)
            }
            FieldKind::Number { .. } => looks_secret(&format!("{name} {}", title.as_deref().unwrap_or_default())),
            FieldKind::Boolean | FieldKind::Choice(_) | FieldKind::Choices(_) => false,
        };
        Field {
            name: name.to_owned(),
            title,
            description,
            required,
            hint: hint(schema, &kind),
            format: text("format"),
            kind,
            // What looks like a secret is never filled in by us.
            default: schema.get("default").cloned().filter(|_| !secret),
            secret,
        }
    }

    /// The value of what was typed. `Ok(None)`: nothing was, so that the field is left out.
    pub fn value(&self, typed: &str) -> Result<Option<Value>, String> {
        if typed.is_empty() {
            return Ok(None);
        }
        match &self.kind {
            FieldKind::Text => match self.format.as_deref().and_then(|format| misfit(format, typed)) {
                Some(problem) => Err(problem.into()),
                None => Ok(Some(typed.into())),
            },
            FieldKind::Number { integer: true } => typed
                .trim()
                .parse::<i64>()
                .map(|number| Some(number.into()))
                .map_err(|_| "a whole number is expected".into()),
            FieldKind::Number { integer: false } => serde_json::from_str::<serde_json::Number>(typed.trim())
                .map(|number| Some(Value::Number(number)))
                .map_err(|_| "a number is expected".into()),
            FieldKind::Boolean => match typed.trim().to_ascii_lowercase().as_str() {
                "true" | "yes" | "y" | "1" | "on" => Ok(Some(true.into())),
                "false" | "no" | "n" | "0" | "off" => Ok(Some(false.into())),
                _ => Err("yes or no is expected".into()),
            },
            FieldKind::Choice(choices) => choice(choices, typed).map(|value| Some(value.into())),
            FieldKind::Choices(choices) => {
                let values: Result<Vec<Value>, String> = typed
                    .split(',')
                    .map(str::trim)
                    .filter(|one| !one.is_empty())
                    .map(|one| choice(choices, one).map(Value::from))
                    .collect();
                values.map(|values| Some(Value::Array(values)))
            }
            FieldKind::Json => {
                serde_json::from_str(typed).map(Some).map_err(|fault| format!("JSON is expected: {fault}"))
            }
        }
    }
}

/// What keeps a text from being of one of the four formats that forms know; others are the server's business.
pub(super) fn misfit(format: &str, typed: &str) -> Option<&'static str> {
    let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    let date = |text: &str| {
        let parts: Vec<&str> = text.split('-').collect();
        let [year, month, day] = parts.as_slice() else { return false };
        let within = |text: &str, most: u8| digits(text, 2) && text.parse().is_ok_and(|n| (1..=most).contains(&n));
        digits(year, 4) && within(month, 12) && within(day, 31)
    };
    let (fits, problem) = match format {
        "email" => {
            let sides = typed.split_once('@');
            let fits = sides.is_some_and(|(user, host)| !user.is_empty() && !host.is_empty() && !host.contains('@'));
            (fits && !typed.contains(char::is_whitespace), "an email address is expected: name@example.com")
        }
        "uri" => {
            let scheme = typed.split_once(':').map_or("", |(scheme, _)| scheme);
            let named = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
                && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
            (named && !typed.contains(char::is_whitespace), "a URI is expected: https://example.com")
        }
        "date" => (date(typed), "a date is expected: 2026-12-31"),
        "date-time" => {
            let time = typed.split_once(['T', 't', ' ']).is_some_and(|(day, time)| {
                let zone = time.ends_with(['Z', 'z']) || time.get(8..).is_some_and(|rest| rest.contains(['+', '-']));
                date(day) && zone && time.get(..8).is_some_and(|time| time.split(':').all(|part| digits(part, 2)))
            });
            (time, "a date and time is expected: 2026-12-31T23:59:00Z")
        }
        _ => (true, ""),
    };
    (!fits).then_some(problem)
}

fn choice(choices: &[Choice], typed: &str) -> Result<String, String> {
    let exact = choices.iter().find(|choice| choice.value == typed);
    let titled = || choices.iter().find(|choice| choice.title.eq_ignore_ascii_case(typed));
    exact.or_else(titled).map(|choice| choice.value.clone()).ok_or_else(|| {
        let titles: Vec<&str> = choices.iter().map(|choice| choice.title.as_str()).collect();
        format!("one of these is expected: {}", titles.join(", "))
    })
}

fn kind(schema: &Value) -> FieldKind {
    if let Some(choices) = choices(schema) {
        return FieldKind::Choice(choices);
    }
    match schema["type"].as_str() {
        Some("string") => FieldKind::Text,
        Some("number") => FieldKind::Number { integer: false },
        Some("integer") => FieldKind::Number { integer: true },
        Some("boolean") => FieldKind::Boolean,
        Some("array") => choices(&schema["items"]).map_or(FieldKind::Json, FieldKind::Choices),
        _ => FieldKind::Json,
    }
}

/// The choices of an enum: `enum` (with the old `enumNames`), or `oneOf`/`anyOf` of titled constants.
fn choices(schema: &Value) -> Option<Vec<Choice>> {
    if let Some(values) = schema["enum"].as_array() {
        let titles = schema["enumNames"].as_array();
        let one = |(at, value): (usize, &Value)| {
            let value = value.as_str()?.to_owned();
            let title = titles.and_then(|titles| titles.get(at)?.as_str()).unwrap_or(&value).to_owned();
            Some(Choice { value, title })
        };
        return values.iter().enumerate().map(one).collect();
    }
    let variants = schema["oneOf"].as_array().or_else(|| schema["anyOf"].as_array())?;
    let one = |variant: &Value| {
        let value = variant["const"].as_str()?.to_owned();
        Some(Choice { title: variant["title"].as_str().unwrap_or(&value).to_owned(), value })
    };
    variants.iter().map(one).collect()
}

fn hint(schema: &Value, kind: &FieldKind) -> String {
    let bounds = |low: &str, high: &str| match (schema[low].as_f64(), schema[high].as_f64()) {
        (Some(low), Some(high)) => Some(format!("{low}–{high}")),
        (Some(low), None) => Some(format!("≥ {low}")),
        (None, Some(high)) => Some(format!("≤ {high}")),
        (None, None) => None,
    };
    let parts = match kind {
        FieldKind::Text => vec![
            schema["format"].as_str().map(str::to_owned),
            bounds("minLength", "maxLength").map(|bounds| format!("{bounds} characters")),
        ],
        FieldKind::Number { .. } => vec![bounds("minimum", "maximum")],
        FieldKind::Choices(_) => vec![bounds("minItems", "maxItems").map(|bounds| format!("{bounds} of these"))],
        FieldKind::Json => vec![Some("JSON".into())],
        FieldKind::Boolean | FieldKind::Choice(_) => vec![],
    };
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// Whether a name, title or description sounds like a secret.
pub fn looks_secret(text: &str) -> bool {
    let lower = text.to_lowercase();
    if SECRET_WORDS.iter().any(|word| lower.contains(word)) {
        return true;
    }
    // Short words are looked for as words: `otp` stands in "footprint" too, and `userPin` is two of them.
    let mut apart = String::with_capacity(text.len());
    let mut before = ' ';
    for c in text.chars() {
        if before.is_lowercase() && c.is_uppercase() {
            apart.push(' ');
        }
        apart.extend(c.to_lowercase());
        before = c;
    }
    let mut words = apart.split(|c: char| !c.is_alphanumeric());
    words.any(|word| matches!(word, "pin" | "pwd" | "pass" | "otp" | "totp" | "cvv" | "cvc"))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;
    use serde_json::json;

    fn form(properties: Value, required: &[&str]) -> Form {
        let schema = json!({"type": "object", "properties": properties, "required": required});
        Form::read(&RawJson::from_value(&schema)).unwrap()
    }

    #[test]
    fn every_allowed_schema_is_a_field_of_its_kind() {
        let form = form(
            json!({
                "name": {"type": "string", "title": "Name", "minLength": 1, "maxLength": 5},
                "mail": {"type": "string", "format": "email"},
                "age": {"type": "integer", "minimum": 1},
                "part": {"type": "number"},
                "ok": {"type": "boolean", "default": true},
                "plain": {"type": "string", "enum": ["a", "b"], "enumNames": ["A!", "B!"]},
                "titled": {"type": "string", "oneOf": [{"const": "x", "title": "The X"}]},
                "several": {"type": "array", "items": {"anyOf": [{"const": "p", "title": "P"}, {"const": "q", "title": "Q"}]}},
                "odd": {"type": "object"},
            }),
            &["name"],
        );
        let kinds: Vec<_> = form.fields.iter().map(|field| std::mem::discriminant(&field.kind)).collect();
        let expected = [
            FieldKind::Text,
            FieldKind::Text,
            FieldKind::Number { integer: true },
            FieldKind::Number { integer: false },
            FieldKind::Boolean,
            FieldKind::Choice(vec![]),
            FieldKind::Choice(vec![]),
            FieldKind::Choices(vec![]),
            FieldKind::Json,
        ];
        assert_eq!(kinds, expected.iter().map(std::mem::discriminant).collect::<Vec<_>>());
        assert!(form.fields[0].required && !form.fields[1].required);
        assert_eq!(form.fields[0].hint, "1–5 characters");
        assert_eq!(form.fields[5].value("B!").unwrap(), Some(json!("b")));
        assert_eq!(form.fields[7].value("Q, p").unwrap(), Some(json!(["q", "p"])));
        assert_eq!(form.fields[4].value("no").unwrap(), Some(json!(false)));
        assert!(form.fields[2].value("1.5").is_err());
        assert_eq!(form.fields[2].value("").unwrap(), None);
    }

    #[test]
    fn formats_are_said_with_an_example() {
        for (format, good, bad) in [
            ("email", "ada@example.com", "ada"),
            ("email", "a@b", "a@b@c"),
            ("uri", "urn:x:1", "example.com"),
            ("uri", "https://é.example/", "a b:c"),
            ("date", "2026-02-28", "28.2.2026"),
            ("date", "2026-12-31", "2026-13-01"),
            ("date-time", "2026-02-28T10:00:00Z", "2026-02-28"),
            ("date-time", "2026-02-28T10:00:00.5+02:00", "2026-02-28T10:00:00"),
        ] {
            let form = form(json!({"f": {"type": "string", "format": format}}), &[]);
            assert_eq!(form.fields[0].value(good), Ok(Some(good.into())), "{format}");
            assert!(form.fields[0].value(bad).is_err_and(|problem| problem.contains("expected: ")), "{format} {bad}");
        }
        let odd = form(json!({"f": {"type": "string", "format": "ipv9"}}), &[]);
        assert!(odd.fields[0].value("anything").is_ok());
    }

    #[test]
    fn secrets_are_flagged_and_never_filled_in() {
        let form = form(
            json!({
                "db_password": {"type": "string", "default": "x"},
                "key": {"type": "string", "title": "Your API key"},
                "code": {"type": "string", "description": "the PIN of the card"},
                "tokenizer": {"type": "boolean"},
                "city": {"type": "string", "description": "spinning is fine"},
                "p": {"type": "string", "title": "Ihr Passwort"},
                "userPin": {"type": "integer"},
                "otp": {"type": "string"},
                "co2": {"type": "string", "title": "Carbon footprint"},
            }),
            &[],
        );
        let secret: Vec<bool> = form.fields.iter().map(|field| field.secret).collect();
        assert_eq!(secret, [true, true, true, false, false, true, true, true, false]);
        assert_eq!(form.fields[0].default, None);
    }

    #[test]
    fn answers_without_a_person_are_valid_or_say_what_is_missing() {
        let form = form(
            json!({"n": {"type": "integer", "minimum": 3}, "d": {"type": "string", "default": "x"}, "o": {"type": "string"}}),
            &["n"],
        );
        assert_eq!(form.defaults().as_str(), r#"{"d":"x"}"#);
        assert!(!form.check(&form.defaults()).is_empty(), "the required field is missing");
        assert_eq!(form.check(&form.minimal()), vec![]);
        assert!(!form.minimal().as_str().contains("\"o\""));
    }
}
