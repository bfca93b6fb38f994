//! A call that a model wants to make, half decided: [`ApprovalUi`]: how much of it was read, and what is being typed.

pub mod page;

use std::borrow::Cow;

use tui_textarea::TextArea;

use crate::app::State;
use crate::model::approval::{ApprovalAnswer, ApprovalRequest, Scope};
use crate::model::call::ListKind;
use crate::model::id::Moment;
use crate::model::json::scan::{decoded, members};
use crate::model::json::{RawJson, canonical, pretty};
use crate::model::policy::{ArgumentPattern, Glob};
use crate::model::question::Answer;
use crate::model::schema::Schema;
use crate::tui::area;
use crate::tui::keymap::Key;
use crate::tui::line::LineEdit;
use page::{Facts, Page};

/// Arguments that a pattern can be made of; more are better said in the rules' file.
const MEMBERS: usize = 30;

/// A call, half decided.
#[derive(Clone, Debug, Default)]
pub struct ApprovalUi {
    /// What is being done.
    pub step: Step,
    /// Arguments in the place of the model's, and what is wrong with them, if something is.
    pub edited: Option<(RawJson, Option<String>)>,
    /// Whether long values are shown whole.
    pub unfolded: bool,
    page: Option<Page>,
    /// Rows of the page that were in view so far, from its beginning.
    seen: usize,
}

/// What is being done about a call.
#[derive(Clone, Debug, Default)]
pub enum Step {
    /// Reading and choosing.
    #[default]
    Ask,
    /// Choosing what is allowed from now on.
    Always,
    /// Typing what the model is told with a no.
    Denial(LineEdit),
    /// Typing what arguments must be like.
    Pattern(PatternUi),
    /// Typing other arguments.
    Rewrite(Box<Rewrite>),
}

/// What arguments must be like, half typed.
#[derive(Clone, Debug)]
pub struct PatternUi {
    /// Whether it is for always, or for this conversation.
    pub always: bool,
    /// Each argument and its pattern.
    pub members: Vec<(String, LineEdit)>,
    /// Where the cursor is.
    pub focus: usize,
}

/// Other arguments, half typed.
#[derive(Clone, Debug)]
pub struct Rewrite {
    /// The text and the cursor.
    pub area: TextArea<'static>,
    /// What is wrong with it.
    pub problem: Option<String>,
}

impl ApprovalUi {
    /// What the arguments are now.
    pub fn arguments<'a>(&'a self, request: &'a ApprovalRequest) -> &'a RawJson {
        self.edited.as_ref().map_or(&request.arguments, |(edited, _)| edited)
    }

    /// The request laid out for this width.
    pub fn page(&self, state: &State, request: &ApprovalRequest, now: Moment, cols: usize) -> Cow<'_, Page> {
        match &self.page {
            Some(page) if page.cols == cols.max(1) => Cow::Borrowed(page),
            _ => Cow::Owned(self.lay(state, request, now, cols)),
        }
    }

    fn lay(&self, state: &State, request: &ApprovalRequest, now: Moment, cols: usize) -> Page {
        let model = state.chat.model().map(|model| model.to_string()).unwrap_or_default();
        let (edited, misfit) = match &self.edited {
            Some((edited, misfit)) => (Some(edited), misfit.as_deref()),
            None => (None, None),
        };
        Page::new(request, Facts { now, model: &model, edited, misfit, unfolded: self.unfolded }, cols)
    }

    /// Lays the request out, if that was not done yet for this width.
    pub fn settle(&mut self, state: &State, request: &ApprovalRequest, now: Moment, cols: usize) {
        if self.page.as_ref().is_none_or(|page| page.cols != cols.max(1)) {
            self.page = Some(self.lay(state, request, now, cols));
            self.seen = 0;
        }
    }

    /// These rows are in view.
    pub fn look(&mut self, first: usize, height: usize) {
        // What was jumped over was passed by a person's own key; nothing is read that was never reached.
        self.seen = self.seen.max(first + height);
    }

    fn changed(&mut self) {
        self.page = None;
        self.seen = 0;
    }

    /// Shows long values whole, or folds them again.
    pub fn unfold(&mut self) {
        self.unfolded = !self.unfolded;
        self.changed();
    }

    /// Why it cannot be allowed yet: nobody allows what they cannot have read.
    pub fn hindrance(&self) -> Option<String> {
        let Some(page) = &self.page else { return Some("it is not on the screen yet".into()) };
        if page.cut {
            return Some("there is more of it than can be shown here: it can be denied, or edited".into());
        }
        if page.folded > 0 {
            return Some("unfold it first (v), then read to the end (G)".into());
        }
        (self.seen < page.rows.len()).then(|| "read to the end first (PgDn, G)".into())
    }

    /// Whether a value is folded.
    pub fn has_folds(&self) -> bool {
        self.unfolded || self.page.as_ref().is_some_and(|page| page.folded > 0)
    }

    /// Begins to type other arguments.
    pub fn rewrite(&mut self, request: &ApprovalRequest) {
        let text = pretty(self.arguments(request).as_str());
        let area = TextArea::from(text.lines());
        self.step = Step::Rewrite(Box::new(Rewrite { area, problem: None }));
    }

    /// Takes what was typed as the arguments. The error is why not.
    pub fn rewritten(&mut self, state: &State, request: &ApprovalRequest) -> Result<(), String> {
        let Step::Rewrite(rewrite) = &mut self.step else { return Ok(()) };
        let text = rewrite.area.lines().join("\n");
        let read = RawJson::parse(text).map_err(|error| format!("not JSON: {error}"));
        let read = read.and_then(|json| {
            if json.as_str().starts_with('{') { Ok(json) } else { Err("arguments are a JSON object".to_owned()) }
        });
        match read {
            Err(why) => {
                rewrite.problem = Some(why.clone());
                Err(why)
            }
            Ok(json) => {
                let same = canonical(json.as_str()) == canonical(request.arguments.as_str());
                let misfit = misfit(state, request, &json);
                self.edited = (!same).then_some((json, misfit));
                self.step = Step::Ask;
                self.changed();
                Ok(())
            }
        }
    }

    /// Begins to type what arguments must be like: all as they are.
    pub fn pattern(&mut self, request: &ApprovalRequest, always: bool) -> Result<(), String> {
        let list: Vec<(String, LineEdit)> = members(self.arguments(request).as_str())
            .filter_map(|(key, value)| {
                let value = decoded(value).unwrap_or_else(|| canonical(value));
                Some((decoded(key)?.into_owned(), LineEdit::new(Glob::literal(&value).as_str())))
            })
            .collect();
        if list.is_empty() {
            return Err("there are no arguments that could be like something".into());
        }
        if list.len() > MEMBERS || list.iter().any(|(_, line)| line.text().len() > 10_000) {
            return Err("too much to be written as patterns here; write a rule into policy.toml".into());
        }
        self.step = Step::Pattern(PatternUi { always, members: list, focus: 0 });
        Ok(())
    }

    /// The answer that allows it, so far.
    pub fn allow(&self, scope: Scope) -> Answer {
        Answer::Approval(ApprovalAnswer::Allow { scope, edited: self.edited.as_ref().map(|(json, _)| json.clone()) })
    }

    /// What is being typed.
    pub fn line(&mut self) -> Option<&mut LineEdit> {
        match &mut self.step {
            Step::Denial(line) => Some(line),
            Step::Pattern(pattern) => pattern.members.get_mut(pattern.focus).map(|(_, line)| line),
            Step::Ask | Step::Always | Step::Rewrite(_) => None,
        }
    }

    /// A key that types.
    pub fn key(&mut self, key: Key) {
        if let Step::Rewrite(rewrite) = &mut self.step {
            rewrite.problem = None;
            area::type_key(&mut rewrite.area, key);
        } else if let Some(line) = self.line() {
            line.key(key);
        }
    }

    /// A text at once; never keys.
    pub fn paste(&mut self, text: &str) {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        if let Step::Rewrite(rewrite) = &mut self.step {
            rewrite.problem = None;
            rewrite.area.insert_str(text);
        } else if let Some(line) = self.line() {
            line.insert(&text.trim_end_matches('\n').replace('\n', " "));
        }
    }

    /// Whether closing it would lose what somebody typed.
    pub fn has_text(&self) -> bool {
        match &self.step {
            Step::Denial(line) => !line.text().is_empty(),
            Step::Pattern(_) | Step::Rewrite(_) => true,
            Step::Ask | Step::Always => self.edited.is_some(),
        }
    }
}

impl PatternUi {
    /// To another argument; around at the ends.
    pub fn step(&mut self, by: usize) {
        self.focus = (self.focus + by) % self.members.len().max(1);
    }

    /// The pattern as typed: these arguments and no others.
    pub fn pattern(&self) -> ArgumentPattern {
        let like = self.members.iter().map(|(name, line)| (name.clone(), Glob::new(line.text())));
        ArgumentPattern::Like { members: like.collect(), only: true }
    }

    /// The scope it is for.
    pub fn scope(&self) -> Scope {
        if self.always { Scope::Always(self.pattern()) } else { Scope::These(self.pattern()) }
    }
}

/// What is wrong with arguments, as far as the tool's schema says.
fn misfit(state: &State, request: &ApprovalRequest, arguments: &RawJson) -> Option<String> {
    let item = state.by_name(&request.server)?.item(ListKind::Tools, &request.tool)?;
    let schema = RawJson::parse(item.raw().get("inputSchema")?.to_owned()).ok()?;
    // A schema that cannot be used says nothing about them.
    let schema = Schema::compile(&schema).ok()?;
    match arguments.to_value() {
        Ok(value) => schema.validate(&value).first().map(ToString::to_string),
        Err(error) => Some(error.to_string()),
    }
}
