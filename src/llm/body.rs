//! Request bodies as trees that keep foreign JSON verbatim and their members in the order they were written: a
//! vendor's cache compares bytes.

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use crate::model::json::RawJson;

/// A JSON value being written.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Body {
    /// `true` or `false`.
    Flag(bool),
    /// A whole number.
    Number(u64),
    /// A string.
    Text(String),
    /// JSON that came from elsewhere.
    Raw(RawJson),
    /// An array.
    List(Vec<Body>),
    /// An object.
    Object(Vec<(&'static str, Body)>),
}

impl Body {
    /// An object with these members.
    pub(super) fn object<const N: usize>(members: [(&'static str, Body); N]) -> Body {
        Body::Object(members.into())
    }

    /// Adds a member to an object.
    pub(super) fn put(&mut self, key: &'static str, value: impl Into<Body>) {
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

impl From<&str> for Body {
    fn from(text: &str) -> Body {
        Body::Text(text.to_owned())
    }
}

impl From<String> for Body {
    fn from(text: String) -> Body {
        Body::Text(text)
    }
}

impl From<bool> for Body {
    fn from(flag: bool) -> Body {
        Body::Flag(flag)
    }
}

impl From<u32> for Body {
    fn from(number: u32) -> Body {
        Body::Number(number.into())
    }
}

impl From<&RawJson> for Body {
    fn from(raw: &RawJson) -> Body {
        Body::Raw(raw.clone())
    }
}

impl From<Vec<Body>> for Body {
    fn from(list: Vec<Body>) -> Body {
        Body::List(list)
    }
}

impl Serialize for Body {
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
