//! Request bodies as trees that keep foreign JSON verbatim and their members in the order they were written: a
//! vendor's cache compares bytes. Texts are borrowed: a request is the whole conversation.

use std::borrow::Cow;

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use crate::model::json::RawJson;

/// A JSON value being written.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Body<'a> {
    /// `true` or `false`.
    Flag(bool),
    /// A whole number.
    Number(u64),
    /// A string.
    Text(Cow<'a, str>),
    /// JSON that came from elsewhere.
    Raw(RawJson),
    /// An array.
    List(Vec<Body<'a>>),
    /// An object.
    Object(Vec<(&'static str, Body<'a>)>),
}

impl<'a> Body<'a> {
    /// An object with these members.
    pub(super) fn object<const N: usize>(members: [(&'static str, Body<'a>); N]) -> Body<'a> {
        Body::Object(members.into())
    }

    /// Adds a member to an object.
    pub(super) fn put(&mut self, key: &'static str, value: impl Into<Body<'a>>) {
        if let Body::Object(members) = self {
            members.push((key, value.into()));
        }
    }

    /// Its text.
    pub(super) fn to_text(&self) -> String {
        // Strings, numbers and JSON that was parsed before: nothing in it can fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Texts with something between them; one alone is not copied.
pub(super) fn joined<'a>(mut texts: Vec<Cow<'a, str>>, between: &str) -> Cow<'a, str> {
    match texts.len() {
        1 => texts.remove(0),
        _ => Cow::Owned(texts.join(between)),
    }
}

impl<'a> From<Cow<'a, str>> for Body<'a> {
    fn from(text: Cow<'a, str>) -> Body<'a> {
        Body::Text(text)
    }
}

impl<'a> From<&'a str> for Body<'a> {
    fn from(text: &'a str) -> Body<'a> {
        Body::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Body<'_> {
    fn from(text: String) -> Self {
        Body::Text(Cow::Owned(text))
    }
}

impl From<bool> for Body<'_> {
    fn from(flag: bool) -> Self {
        Body::Flag(flag)
    }
}

impl From<u32> for Body<'_> {
    fn from(number: u32) -> Self {
        Body::Number(number.into())
    }
}

impl From<&RawJson> for Body<'_> {
    fn from(raw: &RawJson) -> Self {
        Body::Raw(raw.clone())
    }
}

impl<'a> From<Vec<Body<'a>>> for Body<'a> {
    fn from(list: Vec<Body<'a>>) -> Body<'a> {
        Body::List(list)
    }
}

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Body::Flag(flag) => serializer.serialize_bool(*flag),
            Body::Number(number) => serializer.serialize_u64(*number),
            Body::Text(text) => serializer.serialize_str(text),
            Body::Raw(raw) => raw.serialize(serializer),
            Body::List(list) => {
                let mut seq = serializer.serialize_seq(Some(list.len()))?;
                list.iter().try_for_each(|item| seq.serialize_element(item))?;
                seq.end()
            }
            Body::Object(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                members.iter().try_for_each(|(key, value)| map.serialize_entry(key, value))?;
                map.end()
            }
        }
    }
}
