//! How calls went, on screen: [`ResultUi`]: which call is in view, and what is read of its answer.
//!
//! Small answers are laid out at once, large ones by a worker ([`Job`]): no key waits for 16 MB. What is in view belongs
//! to one call and stays so, whatever other calls do.

pub mod blocks;

use super::reader::Reader;
use crate::app::State;
use crate::model::call::{Call, CallState, Failure, ListKind, Operation};
use crate::model::id::CallId;
use crate::model::json::RawJson;

/// Answers up to this many bytes are laid out at once: that takes no longer than drawing them.
const AT_ONCE: usize = 64 * 1024;
/// Pages on top of each other: values opened in full.
const DEEP: usize = 20;

/// How calls went, on screen.
#[derive(Clone, Debug, Default)]
pub struct ResultUi {
    /// Calls opened on top of the newest of the selected item, the one in view last.
    pub opened: Vec<CallId>,
    /// Whether what is read has the work pane.
    pub in_view: bool,
    pages: Option<Pages>,
}

/// What is read of one call.
#[derive(Clone, Debug)]
struct Pages {
    page: Page,
    /// Empty while it is being laid out.
    stack: Vec<Reader>,
    /// Whether somebody lays it out, or has.
    asked: bool,
}

/// Which page of which call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Page {
    /// The call.
    pub call: CallId,
    /// Whether the answer is shown as it was sent.
    pub raw: bool,
}

/// An answer to be laid out.
#[derive(Clone, PartialEq, Debug)]
pub struct Job {
    /// For which page.
    pub page: Page,
    /// What was asked.
    pub operation: Operation,
    /// What came of it.
    pub outcome: Result<RawJson, Failure>,
    /// The output schema of the tool.
    pub schema: Option<RawJson>,
}

/// An answer laid out.
#[derive(Clone, PartialEq, Debug)]
pub struct Laid {
    /// For which page.
    pub page: Page,
    /// It, or why not.
    pub reader: Result<Box<Reader>, String>,
}

impl Job {
    /// Does the work.
    pub fn run(self) -> Laid {
        let reader = match (&self.outcome, self.page.raw) {
            (Ok(result), true) => Reader::of_json(result.clone()),
            (Ok(result), false) => Reader::new(blocks::of_result(&self.operation, result, self.schema.as_ref())),
            (Err(failure), _) => Reader::new(blocks::of_failure(failure)),
        };
        Laid { page: self.page, reader: Ok(Box::new(reader)) }
    }

    fn is_small(&self) -> bool {
        match &self.outcome {
            // A picture may be small and yet costly to decode.
            Ok(result) => {
                result.as_str().len() <= AT_ONCE
                    && memchr::memmem::find(result.as_str().as_bytes(), b"\"image").is_none()
            }
            Err(Failure::Rpc { data: Some(data), .. }) => data.as_str().len() <= AT_ONCE,
            Err(_) => true,
        }
    }
}

impl ResultUi {
    /// What is being read, if the answer is there and laid out.
    pub fn reader(&self) -> Option<&Reader> {
        self.pages.as_ref()?.stack.last()
    }

    /// The same, for keys.
    pub fn reader_mut(&mut self) -> Option<&mut Reader> {
        self.pages.as_mut()?.stack.last_mut()
    }

    /// How many pages lie on top of each other.
    pub fn depth(&self) -> usize {
        self.pages.as_ref().map_or(0, |pages| pages.stack.len())
    }

    /// Whether the answer is shown as it was sent.
    pub fn is_raw(&self) -> bool {
        self.pages.as_ref().is_some_and(|pages| pages.page.raw)
    }

    /// Shows the answer as it was sent, or as what it means again.
    pub fn toggle_raw(&mut self) {
        if let Some(pages) = &mut self.pages {
            pages.page.raw = !pages.page.raw;
            pages.stack.clear();
            pages.asked = false;
        }
    }

    /// Puts a page on top.
    pub fn push(&mut self, reader: Reader) {
        if let Some(pages) = self.pages.as_mut().filter(|pages| pages.stack.len() < DEEP) {
            pages.stack.push(reader);
        }
    }

    /// Takes the top page away, if another is below it.
    pub fn pop(&mut self) -> bool {
        match &mut self.pages {
            Some(pages) if pages.stack.len() > 1 => pages.stack.pop().is_some(),
            _ => false,
        }
    }

    /// Puts a laid-out answer in its place, if that is still wanted.
    pub fn put(&mut self, laid: Laid) {
        let Some(pages) = self.pages.as_mut().filter(|pages| pages.page == laid.page && pages.stack.is_empty()) else {
            return;
        };
        pages.stack.push(match laid.reader {
            Ok(reader) => *reader,
            Err(why) => Reader::new(blocks::of_failure(&Failure::BadAnswer(why))),
        });
    }

    /// Sees to it that the pages are those of this call. Returns work to be done off the key path.
    pub fn show(&mut self, state: &State, call: &Call) -> Option<Job> {
        if self.pages.as_ref().is_none_or(|pages| pages.page.call != call.id) {
            self.pages = Some(Pages { page: Page { call: call.id, raw: false }, stack: vec![], asked: false });
        }
        let pages = self.pages.as_mut()?;
        if pages.asked || call.is_open() {
            return None;
        }
        let outcome = match &call.state {
            CallState::Done(result) => Ok(result.clone()),
            CallState::Failed(failure) => Err(failure.clone()),
            CallState::Running | CallState::Cancelling => return None,
        };
        pages.asked = true;
        let job =
            Job { page: pages.page, operation: call.operation.clone(), outcome, schema: output_schema(state, call) };
        if !job.is_small() {
            return Some(job);
        }
        self.put(job.run());
        None
    }
}

/// What the tool promises of its structured results.
fn output_schema(state: &State, call: &Call) -> Option<RawJson> {
    let Operation::CallTool { name, .. } = &call.operation else { return None };
    let item = state.session(call.server)?.item(ListKind::Tools, name)?;
    RawJson::parse(item.raw().get("outputSchema")?).ok()
}
