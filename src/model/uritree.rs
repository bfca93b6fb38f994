//! Names as a tree, folders before what is in them: [`tree`], for lists of URIs. Folders that hold nothing but one
//! folder are one row with it, as in a list of files.

use std::collections::BTreeMap;

/// Levels of folders; what is deeper stays in one name.
const DEEP: usize = 24;

/// A row of the tree.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Branch {
    /// A folder.
    Folder(Folder),
    /// A name.
    Leaf {
        /// Its number in the list.
        at: usize,
        /// The part of it which the rows above do not say.
        name: String,
        /// Levels above it.
        depth: usize,
    },
}

/// A folder of names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Folder {
    /// What all names in it begin with.
    pub path: String,
    /// The part of that which the rows above do not say.
    pub name: String,
    /// How many names are in it, in all folders below it too.
    pub items: usize,
    /// Levels above it.
    pub depth: usize,
    /// Whether what is in it has no rows.
    pub folded: bool,
}

#[derive(Default)]
struct Node<'a> {
    folders: BTreeMap<&'a str, Node<'a>>,
    leaves: Vec<(&'a str, usize)>,
}

impl Node<'_> {
    fn count(&self) -> usize {
        self.leaves.len() + self.folders.values().map(Node::count).sum::<usize>()
    }
}

/// The rows of a tree over these names, each with its number. Folders stand in the order of their names, what is in
/// them in the order of the list. `folded` says of a folder's path whether its rows are left out.
pub fn tree<'a>(names: impl Iterator<Item = (usize, &'a str)>, folded: impl Fn(&str) -> bool) -> Vec<Branch> {
    let mut root = Node::default();
    for (at, name) in names {
        let mut node = &mut root;
        let (folders, leaf) = parts(name);
        for folder in folders {
            node = node.folders.entry(folder).or_default();
        }
        node.leaves.push((leaf, at));
    }
    let mut rows = Vec::new();
    grow(&root, "", 0, &folded, &mut rows);
    rows
}

/// The folders of a name, each with the slash at its end, and the rest. The first one has the scheme and the host.
fn parts(name: &str) -> (Vec<&str>, &str) {
    let mut folders = Vec::new();
    let mut rest = name;
    // A query is no path, and `://` is no two folders.
    let end = name.find(['?', '#']).unwrap_or(name.len());
    let mut from = name[..end].find("://").map_or(0, |at| at + 3);
    let mut begin = 0;
    while folders.len() < DEEP
        && let Some(slash) = name[from..end].find('/')
    {
        let stop = from + slash + 1;
        // What ends with a slash is a name of its own, not an empty one in a folder.
        if stop == name.len() {
            break;
        }
        folders.push(&name[begin..stop]);
        rest = &name[stop..];
        (begin, from) = (stop, stop);
    }
    (folders, rest)
}

fn grow(node: &Node<'_>, above: &str, depth: usize, folded: &impl Fn(&str) -> bool, rows: &mut Vec<Branch>) {
    for (name, inner) in &node.folders {
        let mut name = (*name).to_owned();
        let mut inner = inner;
        while inner.leaves.is_empty()
            && inner.folders.len() == 1
            && let Some((next, below)) = inner.folders.iter().next()
        {
            name.push_str(next);
            inner = below;
        }
        let path = format!("{above}{name}");
        let closed = folded(&path);
        let folder = Folder { path: path.clone(), name, items: inner.count(), depth, folded: closed };
        rows.push(Branch::Folder(folder));
        if !closed {
            grow(inner, &path, depth + 1, folded, rows);
        }
    }
    rows.extend(node.leaves.iter().map(|(name, at)| Branch::Leaf { at: *at, name: (*name).to_owned(), depth }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn drawn(names: &[&str], folded: &[&str]) -> String {
        let rows = tree(names.iter().copied().enumerate(), |path| folded.contains(&path));
        let line = |row: &Branch| match row {
            Branch::Folder(Folder { name, items, depth, folded, .. }) => {
                format!("{}{}{name} {items}", "  ".repeat(*depth), if *folded { '+' } else { '-' })
            }
            Branch::Leaf { at, name, depth } => format!("{}{at}:{name}", "  ".repeat(*depth)),
        };
        rows.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn uris_become_folders() {
        let names =
            ["file:///b/x.txt", "file:///a/deep/er/y", "demo://notes/1?a=b/c", "demo://notes/2", "plain", "mem:x"];
        let all = "-demo://notes/ 2\n  2:1?a=b/c\n  3:2\n-file:/// 2\n  -a/deep/er/ 1\n    1:y\n  -b/ 1\n    0:x.txt\n4:plain\n5:mem:x";
        assert_eq!(drawn(&names, &[]), all);
        assert_eq!(drawn(&names[..1], &[]), "-file:///b/ 1\n  0:x.txt");
        let folded = drawn(&names, &["file:///", "demo://notes/"]);
        assert_eq!(folded, "+demo://notes/ 2\n+file:/// 2\n4:plain\n5:mem:x");
        assert_eq!(drawn(&["http://h/", "http://h", "a//b", ""], &[]), "-a// 1\n  2:b\n0:http://h/\n1:http://h\n3:");
    }

    proptest! {
        #[test]
        fn every_name_has_one_row_and_can_be_read_off(names in prop::collection::vec("[a-c/:?é]{0,12}", 0..12)) {
            let rows = tree(names.iter().map(String::as_str).enumerate(), |_| false);
            let mut path: Vec<(usize, String)> = vec![];
            let mut seen = vec![];
            for row in &rows {
                let (depth, name) = match row {
                    Branch::Folder(Folder { depth, name, .. }) | Branch::Leaf { depth, name, .. } => (*depth, name.clone()),
                };
                path.retain(|(above, _)| *above < depth);
                let whole: String = path.iter().map(|(_, name)| name.as_str()).chain([name.as_str()]).collect();
                match row {
                    Branch::Folder(Folder { path: said, .. }) => {
                        prop_assert_eq!(said, &whole);
                        path.push((depth, name));
                    }
                    Branch::Leaf { at, .. } => {
                        prop_assert_eq!(&names[*at], &whole);
                        seen.push(*at);
                    }
                }
            }
            seen.sort_unstable();
            prop_assert_eq!(seen, (0..names.len()).collect::<Vec<_>>());
        }
    }
}
