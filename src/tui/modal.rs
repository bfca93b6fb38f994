//! Questions of servers on screen: [`QuestionUi`], what is typed for one, and when its window opens.
//!
//! Which questions there are is `State`'s; this owns which one is open, which were put aside, and the grace period. A
//! window that opens by itself never takes keys from somebody who is typing: it does not open over an editor, and it
//! takes no key until the keys have paused. So an Enter meant for something else cannot answer anything.

pub mod approval;
pub mod elicitation;
pub mod sampling;

use std::collections::BTreeMap;

use super::browser::Browser;
use super::keymap::Context;
use super::theme::Theme;
use super::ui::Ui;
use super::view::question::Sheet;
use crate::app::State;
use crate::model::address::Address;
use crate::model::form::Form;
use crate::model::id::Moment;
use crate::model::json::RawJson;
use crate::model::question::{Answer, Question, QuestionBody, QuestionId};
use approval::{ApprovalUi, Step};
use elicitation::FormUi;
use sampling::SamplingUi;

/// A window that opened by itself takes keys after a pause of this many microseconds.
pub const GRACE: u64 = 400_000;
/// The same for one that opened over a message that nobody had begun to write: maybe somebody was about to.
pub const LONG_GRACE: u64 = 1_500_000;

/// The questions on screen.
#[derive(Clone, Debug, Default)]
pub struct QuestionsUi {
    /// The window on top, unless a person's own is over it.
    pub open: Option<QuestionUi>,
    /// Those that a person put aside, with what was typed.
    pub aside: BTreeMap<QuestionId, QuestionUi>,
    /// Where the pages are opened that servers ask for.
    pub browser: Browser,
}

/// One question on screen, half answered.
#[derive(Clone, Debug)]
pub struct QuestionUi {
    /// Which.
    pub id: QuestionId,
    /// What is typed for it.
    pub body: Body,
    /// Rows scrolled away by hand; until then the window follows the cursor.
    pub scroll: Option<usize>,
    /// Whether JSON is shown instead of the form.
    pub as_json: bool,
    /// Whether it takes keys: it was opened by a key, or the keys have paused since it opened.
    pub awake: bool,
    /// Esc was the last key and would have lost what is typed: once more cancels.
    pub cancelling: bool,
    opened: Moment,
    grace: u64,
}

/// What is typed for a question, by its kind.
#[derive(Clone, Debug)]
pub enum Body {
    /// A form.
    Form(Box<FormUi>),
    /// A form that makes no sense, and why.
    Unusable(String),
    /// A web page.
    Url(Address),
    /// Whether a call goes on.
    Rounds,
    /// A message in the place of a model's.
    Sampling(Box<SamplingUi>),
    /// A call of a model.
    Approval(Box<ApprovalUi>),
}

impl QuestionUi {
    fn new(question: &Question, now: Moment) -> QuestionUi {
        let body = match &question.body {
            QuestionBody::Form { schema, .. } => match Form::read(schema) {
                Ok(form) => Body::Form(Box::new(FormUi::new(form))),
                Err(why) => Body::Unusable(why),
            },
            QuestionBody::Url { url, .. } => Body::Url(Address::read(url)),
            QuestionBody::Rounds { .. } => Body::Rounds,
            QuestionBody::Sampling { params } => Body::Sampling(Box::new(SamplingUi::new(params))),
            QuestionBody::Approval(_) => Body::Approval(Box::default()),
        };
        // From its beginning, whatever has the cursor.
        let scroll = Some(0);
        QuestionUi {
            id: question.id,
            body,
            scroll,
            as_json: false,
            awake: false,
            cancelling: false,
            opened: now,
            grace: GRACE,
        }
    }

    /// Where its keys are.
    pub fn context(&self) -> Context {
        match &self.body {
            Body::Form(_) => Context::Form,
            Body::Sampling(_) => Context::Sampling,
            Body::Url(_) | Body::Rounds | Body::Unusable(_) => Context::Consent,
            Body::Approval(approval) => match approval.step {
                Step::Ask => Context::Approval,
                Step::Always => Context::Always,
                Step::Denial(_) => Context::Denial,
                Step::Pattern(_) => Context::Pattern,
                Step::Rewrite(_) => Context::Rewrite,
            },
        }
    }

    /// Whether a key pressed at `at` is meant for it, the one before having been pressed at `last`.
    pub fn takes_key(&mut self, at: Moment, last: Moment) -> bool {
        self.awake |= self.sleeps(at, last).is_none();
        self.awake
    }

    /// For how many more microseconds it takes no key, the last one having been pressed at `last`.
    pub fn sleeps(&self, now: Moment, last: Moment) -> Option<u64> {
        let paused = GRACE.saturating_sub(now.micros_since(last));
        let left = paused.max(self.grace.saturating_sub(now.micros_since(self.opened)));
        (!self.awake && left > 0).then_some(left)
    }

    /// Whether closing it would lose what somebody typed.
    pub fn has_text(&self) -> bool {
        match &self.body {
            Body::Form(form) => form.changed,
            Body::Sampling(sampling) => sampling.has_text(),
            Body::Approval(approval) => approval.has_text(),
            Body::Url(_) | Body::Rounds | Body::Unusable(_) => false,
        }
    }

    /// What is sent when it is accepted, or why it cannot be. `anyway`: although it does not fit the schema.
    pub fn answer(&mut self, anyway: bool) -> Result<Answer, String> {
        let content = match &mut self.body {
            Body::Form(form) => form.send(anyway)?,
            Body::Unusable(why) => return Err(format!("this form cannot be answered: {why}")),
            Body::Url(address) => match &address.refused {
                Some(why) => return Err(format!("this address must not be opened: {why}")),
                None => RawJson::empty_object(),
            },
            // It has answers of its own.
            Body::Approval(_) => return Err("choose one of its answers".into()),
            Body::Rounds => RawJson::empty_object(),
            Body::Sampling(sampling) => sampling.result()?,
        };
        Ok(Answer::Accept(content))
    }
}

/// Brings the window on top in line with the questions there are: what is withdrawn closes, what is new opens where
/// nobody is typing. Called before each frame.
pub(super) fn settle(ui: &mut Ui, state: &State, now: Moment) {
    let asked = |id: QuestionId| state.questions.iter().any(|question| question.id == id);
    ui.questions.aside.retain(|id, _| asked(*id));
    if let Some(QuestionUi { id, body: Body::Sampling(sampling), .. }) = &mut ui.questions.open {
        sampling.take(state.drafts.get(id));
    }
    if let Some(gone) = ui.questions.open.take_if(|open| !asked(open.id)) {
        // Somebody was looking at it: the line on top may have no room to say why it went.
        let why = state.notices.back().filter(|notice| notice.server == Some(gone.id.server));
        ui.message = Some(why.map_or_else(|| "the question is gone".to_owned(), |notice| notice.text.clone()));
    }
    if ui.questions.open.is_none() && ui.modal.is_none() && !ui.is_typing() {
        let next = state.questions.iter().find(|question| !ui.questions.aside.contains_key(&question.id));
        let grace = if ui.focus() == Context::Composer { LONG_GRACE } else { GRACE };
        ui.questions.open = next.map(|question| QuestionUi { grace, ..QuestionUi::new(question, now) });
    }
    read(ui, state, now);
}

/// Lays the open call out, and notes how much of it is in view: what was not in view cannot be allowed.
fn read(ui: &mut Ui, state: &State, now: Moment) {
    let cols = Sheet::cols(ui);
    let Some(QuestionUi { id, body: Body::Approval(approval), .. }) = &mut ui.questions.open else { return };
    let request = state.questions.iter().find(|question| question.id == *id).map(|question| &question.body);
    let Some(QuestionBody::Approval(request)) = request else { return };
    approval.settle(state, request, now, cols);
    let Some(sheet) = Sheet::of(state, ui, &Theme::default()) else { return };
    let (first, height) = (sheet.first, usize::from(sheet.text.height));
    if let Some(QuestionUi { body: Body::Approval(approval), .. }) = &mut ui.questions.open
        && ui.modal.is_none()
    {
        approval.look(first, height);
    }
}

/// Opens the oldest question because a person asked for it, with what was typed before.
pub(super) fn open(ui: &mut Ui, state: &State) -> bool {
    let Some(question) = state.questions.front() else { return false };
    let mut open = ui.questions.aside.remove(&question.id).unwrap_or_else(|| QuestionUi::new(question, ui.now(state)));
    open.awake = true;
    ui.questions.open = Some(open);
    true
}

/// Closes the window without an answer; what was typed is there again.
pub(super) fn put_aside(ui: &mut Ui) {
    if let Some(open) = ui.questions.open.take() {
        ui.questions.aside.insert(open.id, open);
    }
}
