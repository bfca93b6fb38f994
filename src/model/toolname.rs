//! The names that tools of many servers have for a model: `server__tool`, in letters that every vendor takes.
//!
//! Names are looked up in the map, never taken apart: `a__b` + `c` and `a` + `b__c` would read the same.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::id::ServerId;

/// The longest name that every vendor takes.
pub const MAX: usize = 64;
/// Hex digits that tell apart what would otherwise be called the same.
const DIGITS: usize = 8;

/// Which tool of which server.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ToolAddress {
    /// The server.
    pub server: ServerId,
    /// The tool's name, as the server spells it.
    pub tool: String,
}

/// The names given out in a conversation. A name once given stays: earlier messages speak of it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ToolNames {
    addresses: BTreeMap<String, ToolAddress>,
    names: BTreeMap<ToolAddress, String>,
}

impl ToolNames {
    /// The name of a tool; the server's own name is only for reading.
    pub fn assign(&mut self, server: ServerId, server_name: &str, tool: &str) -> &str {
        let address = ToolAddress { server, tool: tool.to_owned() };
        if !self.names.contains_key(&address) {
            let name = self.free(server_name, tool);
            self.addresses.insert(name.clone(), address.clone());
            self.names.insert(address.clone(), name);
        }
        &self.names[&address]
    }

    /// How many were given out.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether none was given out.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The tool of a name, if the name was given out.
    pub fn address(&self, name: &str) -> Option<&ToolAddress> {
        self.addresses.get(name)
    }

    fn free(&self, server: &str, tool: &str) -> String {
        let wish = format!("{server}__{tool}");
        let plain = legal(&wish);
        if plain == wish && plain.len() <= MAX && !self.addresses.contains_key(&plain) {
            return plain;
        }
        // Another round is needed only where somebody named a tool like the hash of another one.
        let mut round = 0_u64;
        loop {
            let name = hashed(&plain, server, tool, round);
            if !self.addresses.contains_key(&name) {
                return name;
            }
            round += 1;
        }
    }
}

/// The name of a tool that stands alone, without its server's: itself where every vendor takes it.
pub fn alone(tool: &str) -> String {
    let plain = legal(tool);
    if plain == tool && plain.len() <= MAX { plain } else { hashed(&plain, "", tool, 0) }
}

/// The text in allowed characters, with a letter in front.
fn legal(wish: &str) -> String {
    let allowed = |c: char| if c.is_ascii_alphanumeric() || c == '_' || c == '-' { c } else { '_' };
    let name: String = wish.chars().map(allowed).collect();
    if name.starts_with(|c: char| c.is_ascii_alphabetic()) { name } else { format!("t{name}") }
}

/// A readable beginning and a hash of the whole.
fn hashed(plain: &str, server: &str, tool: &str, round: u64) -> String {
    let mut hash = Sha256::new();
    hash.update(server);
    hash.update([0]);
    hash.update(tool);
    if round > 0 {
        hash.update([0]);
        hash.update(round.to_be_bytes());
    }
    // All of it is ASCII by now.
    let mut name = plain[..plain.len().min(MAX - DIGITS - 1)].to_owned();
    name.push('_');
    for byte in hash.finalize().iter().take(DIGITS / 2) {
        // Writing to a string cannot fail.
        write!(name, "{byte:02x}").ok();
    }
    name
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn assigned(tools: &[(&str, &str)]) -> Vec<String> {
        let mut names = ToolNames::default();
        let servers: Vec<&str> = tools.iter().map(|(server, _)| *server).collect();
        let id = |name: &str| ServerId(servers.iter().position(|server| *server == name).unwrap_or_default() as u16);
        tools.iter().map(|(server, tool)| names.assign(id(server), server, tool).to_owned()).collect()
    }

    #[test]
    fn readable_where_possible_and_never_the_same() {
        let long = "x".repeat(80);
        for (tools, expected) in [
            (vec![("files", "read-file")], vec!["files__read-file"]),
            (vec![("files", "read.file")], vec!["files__read_file_2bb23f96"]),
            (vec![("my files", "größe/x")], vec!["my_files__gr__e_x_d42abd99"]),
            (vec![("a__b", "c"), ("a", "b__c")], vec!["a__b__c", "a__b__c_9bd1d4a4"]),
            (vec![("1st", "x")], vec!["t1st__x_44a1f2ba"]),
            (vec![("a", &long)], vec!["a__xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_"]),
        ] {
            let got = assigned(&tools);
            assert_eq!(got.len(), expected.len());
            for (got, expected) in got.iter().zip(expected) {
                assert!(got.starts_with(expected.trim_end_matches(|c: char| c.is_ascii_hexdigit())), "{got}");
            }
        }
    }

    #[test]
    fn a_tool_called_like_the_hash_of_another_does_not_take_its_place() {
        let mut names = ToolNames::default();
        let mut other = ToolNames::default();
        let hashed = other.assign(ServerId(0), "a", "b.c").to_owned();
        let trap = hashed.strip_prefix("a__").unwrap_or_default().to_owned();
        assert_eq!(names.assign(ServerId(0), "a", &trap), hashed);
        let second = names.assign(ServerId(0), "a", "b.c").to_owned();
        assert_ne!(second, hashed);
        assert_eq!(names.address(&hashed).map(|address| address.tool.as_str()), Some(trap.as_str()));
        assert_eq!(names.address(&second).map(|address| address.tool.as_str()), Some("b.c"));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn every_vendor_takes_every_name_and_each_leads_back(
            tools in proptest::collection::vec((0_u16..4, "\\PC{0,12}|[a-z_.]{0,90}"), 0..40),
            servers in proptest::collection::vec("[a-z_]{0,4}|\\PC{0,70}", 4),
        ) {
            let mut names = ToolNames::default();
            let mut given = Vec::new();
            for (server, tool) in &tools {
                let name = names.assign(ServerId(*server), &servers[usize::from(*server)], tool).to_owned();
                prop_assert!(name.len() <= MAX, "{name}");
                prop_assert!(name.starts_with(|c: char| c.is_ascii_alphabetic()), "{name}");
                prop_assert!(name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-'), "{name}");
                given.push((name, ToolAddress { server: ServerId(*server), tool: tool.clone() }));
            }
            for (name, address) in &given {
                prop_assert_eq!(names.address(name), Some(address));
                let again = names.assign(address.server, "renamed", &address.tool).to_owned();
                prop_assert_eq!(&again, name, "a name stays");
            }
        }
    }
}
