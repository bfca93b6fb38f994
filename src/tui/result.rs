//! How calls went, on screen: [`ResultUi`]: which call is in view, and what is read of its answer.
//!
//! Small answers are laid out at once, large ones by a worker ([`Job`]): no key waits for 16 MB. What is in view belongs
//! to one call and stays so, whatever other calls do.

pub mod blocks;
pub mod compare;

use super::graphics::Graphics;
use super::reader::Reader;
use crate::app::State;
use crate::model::call::{Call, CallState, Failure, ListKind, Operation};
use crate::model::id::CallId;
use crate::model::json::RawJson;
use compare::Side;

/// Answers up to this many bytes are laid out at once: that takes no longer than drawing them.
const AT_ONCE: usize = 64 * 1024;
/// Pages on top of each other: values opened in full.
const DEEP: usize = 20;
/// Answers in which a link was followed, as they are read when one comes back.
const LEFT: usize = 4;

/// How calls went, on screen.
#[derive(Clone, Debug, Default)]
pub struct ResultUi {
    /// Calls opened on top of the newest of the selected item, the one in view last.
    pub opened: Vec<CallId>,
    /// Whether the first of them was opened from the list of calls: going back leads there.
    pub from_list: bool,
    /// Whether what is read has the work pane.
    pub in_view: bool,
    pages: Option<Pages>,
    /// What was read where links were followed, the newest last.
    left: Vec<Pages>,
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
    /// How its answer is shown.
    pub shows: Shows,
}

/// How an answer is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shows {
    /// What it means.
    Meaning,
    /// As it was sent.
    Raw,
    /// What is different from the answer of an earlier call.
    Against(CallId),
}

/// An answer to be laid out.
#[derive(Clone, PartialEq, Debug)]
pub struct Job {
    /// For which page.
    pub page: Page,
    /// What was asked and what came of it.
    pub side: Side,
    /// What it is compared with.
    pub earlier: Option<Side>,
    /// The output schema of the tool.
    pub schema: Option<RawJson>,
    /// Columns and rows of pixels that are worth keeping of a picture.
    pub sharp: u32,
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
        let Side { operation, outcome } = &self.side;
        let reader = match (outcome, &self.earlier) {
            (_, Some(earlier)) => Reader::new(compare::blocks(earlier, &self.side)),
            (Ok(result), None) if self.page.shows == Shows::Raw => Reader::of_json(result.clone()),
            (Ok(result), None) => Reader::new(blocks::of_result(operation, result, self.schema.as_ref(), self.sharp)),
            (Err(failure), None) => Reader::new(blocks::of_failure(failure)),
        };
        Laid { page: self.page, reader: Ok(Box::new(reader)) }
    }

    fn is_small(&self) -> bool {
        let sides = [Some(&self.side), self.earlier.as_ref()];
        let weight: usize = sides.into_iter().flatten().map(Side::weight).sum();
        // A picture may be small and yet costly to decode.
        let pictures = |side: &Side| {
            side.outcome
                .as_ref()
                .is_ok_and(|result| memchr::memmem::find(result.as_str().as_bytes(), b"\"image").is_some())
        };
        weight <= AT_ONCE && (self.earlier.is_some() || !pictures(&self.side))
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
        self.pages.as_ref().is_some_and(|pages| pages.page.shows == Shows::Raw)
    }

    /// The call that the answer is compared with.
    pub fn against(&self) -> Option<CallId> {
        match self.pages.as_ref()?.page.shows {
            Shows::Against(call) => Some(call),
            Shows::Meaning | Shows::Raw => None,
        }
    }

    /// Shows the answer in another way; in the one that it is shown in already, as what it means again.
    pub fn toggle(&mut self, shows: Shows) {
        if let Some(pages) = &mut self.pages {
            pages.page.shows = if pages.page.shows == shows { Shows::Meaning } else { shows };
            pages.stack.clear();
            pages.asked = false;
        }
    }

    /// Opens a call on top of the one in view, which is as it was when one comes back.
    pub fn follow(&mut self, call: CallId) {
        self.left.extend(self.pages.take());
        if self.left.len() > LEFT {
            self.left.remove(0);
        }
        self.opened.push(call);
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

    /// Sees to it that the pages are those of this call, with pictures for a screen that shows them so. Returns work to
    /// be done off the key path.
    pub fn show(&mut self, state: &State, call: &Call, graphics: Graphics) -> Option<Job> {
        if self.pages.as_ref().is_none_or(|pages| pages.page.call != call.id) {
            let left = self.left.iter().rposition(|pages| pages.page.call == call.id);
            let fresh = Pages { page: Page { call: call.id, shows: Shows::Meaning }, stack: vec![], asked: false };
            self.pages = Some(left.map_or(fresh, |at| self.left.remove(at)));
            if self.opened.is_empty() {
                self.left.clear();
            }
        }
        let pages = self.pages.as_mut()?;
        if pages.asked || call.is_open() {
            return None;
        }
        let side = side(call)?;
        let earlier = match pages.page.shows {
            Shows::Against(other) => {
                let earlier = state.calls.get(&other).and_then(self::side);
                if earlier.is_none() {
                    pages.page.shows = Shows::Meaning;
                }
                earlier
            }
            Shows::Meaning | Shows::Raw => None,
        };
        pages.asked = true;
        let job = Job { page: pages.page, side, earlier, schema: output_schema(state, call), sharp: graphics.pixels() };
        if !job.is_small() {
            return Some(job);
        }
        self.put(job.run());
        None
    }
}

/// A call that has ended, with what came of it.
fn side(call: &Call) -> Option<Side> {
    let outcome = match &call.state {
        CallState::Done(result) => Ok(result.clone()),
        CallState::Failed(failure) => Err(failure.clone()),
        CallState::Running | CallState::Cancelling => return None,
    };
    Some(Side { operation: call.operation.clone(), outcome })
}

/// What the tool promises of its structured results.
fn output_schema(state: &State, call: &Call) -> Option<RawJson> {
    let Operation::CallTool { name, .. } = &call.operation else { return None };
    let item = state.session(call.server)?.item(ListKind::Tools, name)?;
    RawJson::parse(item.raw().get("outputSchema")?).ok()
}
