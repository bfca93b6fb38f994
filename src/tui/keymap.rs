//! Which key does what where: [`Keymap`], `(Context, Key) → Action`.
//!
//! One table (`table::TABLE`) is the source of the bindings, the hint line and the help screen. It does not
//! know what an action does, and it never sees a key that types text in a text context.

mod key;
mod table;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};

use super::action::Action;
pub use key::Key;
use table::TABLE;

/// Where a key is pressed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Context {
    /// Anywhere that has no other meaning for the key.
    Global,
    /// The servers and what they offer.
    Inspector,
    /// The filter over a list, being typed.
    Filter,
    /// The detail and the result of the selected item.
    Work,
    /// The result of a call.
    Result,
    /// What is looked for in it, being typed.
    Find,
    /// The calls of this run.
    Calls,
    /// Earlier calls, to compare an answer with.
    Earlier,
    /// One frame, open in full.
    Frame,
    /// The same, as a tree.
    FrameTree,
    /// A frame that is to be sent again, being typed.
    Resend,
    /// The arguments of a call, being filled into a form.
    Arguments,
    /// The arguments of a call, being typed as JSON.
    Editor,
    /// What a person and a model say to each other.
    Conversation,
    /// What the model sees.
    Sight,
    /// A message to the model, being typed.
    Composer,
    /// The list of frames.
    Log,
    /// The filter of the log, being typed.
    LogFilter,
    /// What is searched in a frame, being typed.
    FrameFind,
    /// A form that a server asks to be filled.
    Form,
    /// A web page that a server asks to be opened.
    Consent,
    /// A message that a server asks for.
    Sampling,
    /// A call that a model wants to make.
    Approval,
    /// What is allowed from now on.
    Always,
    /// What a model is told with a no, being typed.
    Denial,
    /// What arguments must be like, being typed.
    Pattern,
    /// Other arguments, being typed.
    Rewrite,
    /// One line at the bottom, such as the name of a file.
    Prompt,
    /// The command palette.
    Palette,
    /// Arguments of earlier times.
    Recall,
    /// The window with all keys.
    Help,
    /// The question whether to leave while calls are running.
    Quit,
}

impl Context {
    /// All of them, in the order of the help screen.
    pub const ALL: [Context; 32] = [
        Context::Inspector,
        Context::Work,
        Context::Arguments,
        Context::Result,
        Context::Find,
        Context::Editor,
        Context::Calls,
        Context::Earlier,
        Context::Conversation,
        Context::Composer,
        Context::Sight,
        Context::Log,
        Context::LogFilter,
        Context::Frame,
        Context::FrameTree,
        Context::FrameFind,
        Context::Resend,
        Context::Filter,
        Context::Form,
        Context::Consent,
        Context::Sampling,
        Context::Approval,
        Context::Always,
        Context::Denial,
        Context::Pattern,
        Context::Rewrite,
        Context::Prompt,
        Context::Palette,
        Context::Recall,
        Context::Global,
        Context::Help,
        Context::Quit,
    ];

    /// Its name in the config file.
    pub fn name(self) -> &'static str {
        match self {
            Context::Global => "global",
            Context::Inspector => "inspector",
            Context::Filter => "filter",
            Context::Work => "work",
            Context::Result => "result",
            Context::Find => "find",
            Context::Calls => "calls",
            Context::Earlier => "earlier",
            Context::Frame => "frame",
            Context::FrameTree => "frame-tree",
            Context::Resend => "send-again",
            Context::Arguments => "arguments",
            Context::Editor => "editor",
            Context::Conversation => "conversation",
            Context::Composer => "composer",
            Context::Sight => "sight",
            Context::Log => "log",
            Context::LogFilter => "log-filter",
            Context::FrameFind => "frame-find",
            Context::Form => "form",
            Context::Consent => "consent",
            Context::Sampling => "sampling",
            Context::Approval => "approval",
            Context::Always => "always",
            Context::Denial => "denial",
            Context::Pattern => "pattern",
            Context::Rewrite => "rewrite",
            Context::Prompt => "prompt",
            Context::Palette => "palette",
            Context::Recall => "recall",
            Context::Help => "help",
            Context::Quit => "quit",
        }
    }

    /// Its heading on the help screen.
    pub fn title(self) -> &'static str {
        match self {
            Context::Global => "Everywhere",
            Context::Inspector => "Inspector",
            Context::Filter => "While typing a filter",
            Context::Work => "Detail",
            Context::Result => "Result of a call",
            Context::Find => "While typing what to look for",
            Context::Calls => "Calls",
            Context::Earlier => "When choosing what to compare with",
            Context::Frame => "One frame",
            Context::FrameTree => "One frame as a tree",
            Context::Resend => "While changing a frame to send it again",
            Context::Arguments => "While filling in arguments",
            Context::Editor => "While typing arguments as JSON",
            Context::Conversation => "Conversation",
            Context::Composer => "While typing a message",
            Context::Sight => "What the model sees",
            Context::Log => "JSON-RPC log",
            Context::LogFilter => "While typing a filter of the log",
            Context::FrameFind => "While searching in a frame",
            Context::Form => "When a server asks with a form",
            Context::Consent => "When a server asks to open a web page",
            Context::Sampling => "When a server asks for a message",
            Context::Approval => "When a model wants to call a tool",
            Context::Always => "When allowing a tool from now on",
            Context::Denial => "While telling a model why not",
            Context::Pattern => "While saying what arguments are allowed",
            Context::Rewrite => "While editing a model's arguments",
            Context::Prompt => "When asked for a name",
            Context::Palette => "Command palette",
            Context::Recall => "Earlier arguments",
            Context::Help => "This help",
            Context::Quit => "When asked whether to quit",
        }
    }

    /// Whether keys type text here.
    pub fn is_text(self) -> bool {
        matches!(
            self,
            Context::Filter
                | Context::LogFilter
                | Context::FrameFind
                | Context::Resend
                | Context::Arguments
                | Context::Find
                | Context::Editor
                | Context::Composer
                | Context::Form
                | Context::Sampling
                | Context::Prompt
                | Context::Denial
                | Context::Pattern
                | Context::Rewrite
                | Context::Palette
                | Context::Recall
        )
    }

    /// Whether it is a window on top of the rest.
    pub fn is_modal(self) -> bool {
        matches!(
            self,
            Context::Help | Context::Quit | Context::Prompt | Context::Palette | Context::Recall | Context::Earlier
        ) || self.is_question()
    }

    /// Whether it is the window of a server's question.
    pub fn is_question(self) -> bool {
        matches!(self, Context::Form | Context::Consent | Context::Sampling) || self.is_approval()
    }

    /// Whether it is the window of a call that a model wants to make.
    pub fn is_approval(self) -> bool {
        matches!(self, Context::Approval | Context::Always | Context::Denial | Context::Pattern | Context::Rewrite)
    }

    fn takes_global(self, action: Action, key: Key) -> bool {
        match (self.is_text(), self.is_modal()) {
            (true, true) => action.works_always() && !key.types_text(),
            (true, false) => action.works_in_text() && !key.types_text(),
            (false, true) => action.works_in_modal(),
            (false, false) => true,
        }
    }
}

/// One row of the table, with the keys it has now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Binding {
    /// Where.
    pub context: Context,
    /// What.
    pub action: Action,
    /// On which keys; none when a person took them away.
    pub keys: Vec<Key>,
    /// One word for the hint line; empty when it is not worth its room.
    pub hint: &'static str,
    /// One sentence for the help screen.
    pub help: &'static str,
}

/// All bindings of a run.
#[derive(Clone, Debug)]
pub struct Keymap {
    bindings: Vec<Binding>,
    by_key: HashMap<(Context, Key), Action>,
}

/// What is wrong with the `[keys]` of a config; each names its path.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum KeymapError {
    /// No such context.
    #[error("keys.{0}: there is no such context; there are {1}")]
    Context(String, String),
    /// No such action there.
    #[error("keys.{0}.{1}: there is no such action; there are {2}")]
    Action(String, String, String),
    /// Not a key.
    #[error("keys.{path}: {problem}")]
    Key {
        /// Which binding.
        path: String,
        /// What is wrong.
        problem: String,
    },
    /// Two actions on one key.
    #[error("keys.{first} and keys.{second}: both are on {key}; give one of them another key")]
    Conflict {
        /// One.
        first: String,
        /// The other.
        second: String,
        /// The key.
        key: String,
    },
}

impl Keymap {
    /// The table, with the keys that a person chose instead: context → action → keys.
    pub fn new(custom: &BTreeMap<String, BTreeMap<String, Vec<String>>>) -> Result<Keymap, KeymapError> {
        let mut bindings = Vec::with_capacity(TABLE.len());
        for row in TABLE {
            let path = path(row.context, row.action);
            let keys = row.keys.split(' ').filter(|key| !key.is_empty());
            bindings.push(Binding {
                context: row.context,
                action: row.action,
                keys: parse(&path, keys)?,
                hint: row.hint,
                help: row.help,
            });
        }
        for (context, actions) in custom {
            let known = Context::ALL.into_iter().find(|known| known.name() == context).ok_or_else(|| {
                KeymapError::Context(context.clone(), list(Context::ALL.into_iter().map(Context::name)))
            })?;
            for (action, keys) in actions {
                let here = || bindings.iter().filter(|binding| binding.context == known);
                if !here().any(|binding| binding.action.name() == action) {
                    let names = list(here().map(|binding| binding.action.name()));
                    return Err(KeymapError::Action(context.clone(), action.clone(), names));
                }
                let path = format!("{context}.{action}");
                let keys = parse(&path, keys.iter().map(String::as_str))?;
                if let Some(key) = keys.iter().find(|key| known.is_text() && key.types_text()) {
                    let problem = format!("`{key}` types text here; use a function key or Ctrl or Alt with a letter");
                    return Err(KeymapError::Key { path, problem });
                }
                if let Some(key) = keys.iter().find(|key| key.is_careless() && allows(known, action)) {
                    let problem = format!("`{key}` is pressed without a thought; nothing is allowed by it");
                    return Err(KeymapError::Key { path, problem });
                }
                for binding in &mut bindings {
                    if binding.context == known && binding.action.name() == action {
                        binding.keys.clone_from(&keys);
                    }
                }
            }
        }
        let mut by_key = HashMap::new();
        for binding in &bindings {
            for key in &binding.keys {
                if let Some(other) = by_key.insert((binding.context, *key), binding.action)
                    && other != binding.action
                {
                    return Err(KeymapError::Conflict {
                        first: path(binding.context, other),
                        second: path(binding.context, binding.action),
                        key: key.to_string(),
                    });
                }
            }
        }
        Ok(Keymap { bindings, by_key })
    }

    /// What `key` does in `context`.
    pub fn action(&self, context: Context, key: Key) -> Option<Action> {
        if let Some(action) = self.by_key.get(&(context, key)) {
            return Some(*action);
        }
        let action = *self.by_key.get(&(Context::Global, key))?;
        context.takes_global(action, key).then_some(action)
    }

    /// The bindings of one context, for the help screen.
    pub fn of(&self, context: Context) -> impl Iterator<Item = &Binding> {
        self.bindings.iter().filter(move |binding| binding.context == context)
    }

    /// What can be done in `context`: its own bindings, then those of everywhere that reach it. What has no key is for the
    /// palette alone.
    pub fn reachable(&self, context: Context) -> impl Iterator<Item = &Binding> {
        let global = (context != Context::Global).then_some(Context::Global);
        std::iter::once(context).chain(global).flat_map(move |place| {
            self.of(place).filter(move |binding| {
                binding.keys.is_empty() || place == context || self.key_of_everywhere(context, binding).is_some()
            })
        })
    }

    /// The first key of a binding of everywhere that reaches `context`: a letter does not where text is typed.
    fn key_of_everywhere(&self, context: Context, binding: &Binding) -> Option<Key> {
        let reaches = |key: &Key| {
            !self.by_key.contains_key(&(context, *key)) && self.action(context, *key) == Some(binding.action)
        };
        binding.keys.iter().copied().find(reaches)
    }

    /// What of that is worth a hint, as far as `wanted`. Neighbours with one hint share it.
    pub fn hints(&self, context: Context, wanted: impl Fn(Action) -> bool) -> Vec<(Vec<Key>, &'static str)> {
        let mut hints: Vec<(Vec<Key>, &'static str)> = Vec::new();
        for binding in self.reachable(context) {
            let own = || binding.keys.first().copied();
            let key = if binding.context == context { own() } else { self.key_of_everywhere(context, binding) };
            let Some(key) = key else { continue };
            if binding.hint.is_empty() || !wanted(binding.action) {
                continue;
            }
            match hints.last_mut() {
                Some((keys, hint)) if *hint == binding.hint => keys.push(key),
                _ => hints.push((vec![key], binding.hint)),
            }
        }
        hints
    }

    /// The first key that does this in `context`, where letters may be typed.
    pub fn key_in(&self, context: Context, action: Action) -> Option<Key> {
        let bound = self.of(context).chain(self.of(Context::Global)).filter(|binding| binding.action == action);
        let mut keys = bound.flat_map(|binding| binding.keys.iter().copied());
        keys.find(|key| self.action(context, *key) == Some(action) && !(context.is_text() && key.types_text()))
    }

    /// The first key of an action, for a hint inside a pane.
    pub fn key_of(&self, context: Context, action: Action) -> Option<Key> {
        self.of(context)
            .chain(self.of(Context::Global))
            .find(|binding| binding.action == action)
            .and_then(|binding| binding.keys.first().copied())
    }
}

impl Default for Keymap {
    fn default() -> Self {
        // A test builds the table without changes; it cannot fail afterwards.
        Keymap::new(&BTreeMap::new()).unwrap_or_else(|_| Keymap { bindings: Vec::new(), by_key: HashMap::new() })
    }
}

/// Whether this allows something.
fn allows(context: Context, action: &str) -> bool {
    action.starts_with("allow-") || (context == Context::Pattern && action == Action::Send.name())
}

fn parse<'a>(path: &str, keys: impl Iterator<Item = &'a str>) -> Result<Vec<Key>, KeymapError> {
    keys.map(|key| key.parse().map_err(|problem| KeymapError::Key { path: path.to_owned(), problem })).collect()
}

fn path(context: Context, action: Action) -> String {
    format!("{}.{}", context.name(), action.name())
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<_> = names.collect();
    names.join(", ")
}
