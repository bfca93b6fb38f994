//! What the loop holds: [`Stage`]. It draws, and it is the only place where an outcome becomes an action.

use std::io;
use std::process::ExitStatus;

use super::browser;
use super::desk::Desk;
use super::files::Files;
use super::graphics::Graphics;
use super::input::Input;
use super::keyboard::Keyboard;
use super::nearby::Nearby;
use super::outcome::{Edit, Outcome};
use super::own_editor::{self, Editing};
use super::reader::Reader;
use super::terminal::Terminal;
use super::theme::Theme;
use super::title::title;
use super::ui::Ui;
use super::update::update;
use super::view::view;
use crate::runtime::Runtime;

/// What the loop holds.
pub(super) struct Stage {
    pub(super) terminal: Terminal,
    pub(super) runtime: Runtime,
    pub(super) ui: Ui,
    pub(super) theme: Theme,
    pub(super) keyboard: Keyboard,
    pub(super) files: Files,
    pub(super) desk: Desk,
    pub(super) nearby: Nearby,
    /// Where threads say what came of something.
    pub(super) answers: tokio::sync::mpsc::UnboundedSender<Input>,
    /// The person's own editor, while it has the terminal.
    pub(super) editing: Option<Editing>,
    /// How many questions there were when something was drawn last.
    pub(super) asked: usize,
}

/// Waits for the end of the editor; forever without one. Cancel-safe.
pub(super) async fn ended(editing: &mut Option<Editing>) -> io::Result<ExitStatus> {
    match editing {
        Some(editing) => editing.ended().await,
        None => std::future::pending().await,
    }
}

impl Stage {
    /// Draws the newest state. What the view needs of the journal is read first, so that the view stays pure.
    pub(super) fn draw(&mut self) -> io::Result<()> {
        let Stage { terminal, runtime, ui, theme, .. } = self;
        runtime.load_rows(ui.rows_needed(runtime.state()));
        runtime.open_row(ui.work.frame.as_ref().and_then(|_| ui.log.selected(runtime.state())));
        if theme.look != ui.look {
            *theme = Theme::new(ui.look);
        }
        let questions = runtime.state().questions.len();
        if ui.away && questions > self.asked {
            terminal.ring();
        }
        self.asked = questions;
        terminal.title(&title(runtime.state()));
        let reader = ui.result.reader().filter(|_| ui.result.in_view && ui.look.graphics != Graphics::Characters);
        let pictures = reader.into_iter().flat_map(Reader::pictures).collect();
        terminal.draw(ui.size, pictures, |frame| view(runtime.state(), ui, theme, frame))
    }

    /// Carries an outcome out. Returns the exit code when it is the last one.
    pub(super) fn perform(&mut self, outcome: Outcome) -> io::Result<Option<u8>> {
        match outcome {
            Outcome::Dispatch(command) => self.runtime.dispatch(command),
            Outcome::Copy(text) => self.terminal.copy(&text),
            Outcome::OpenPage(url) => {
                if let Err(why) = browser::open(&url, self.answers.clone()) {
                    self.update(Input::PageFailed(why));
                }
            }
            Outcome::Write(write) => self.files.save(write, self.runtime.journal_reader().ok()),
            Outcome::Keep(shelf) => self.files.keep(&self.ui.kept, shelf),
            Outcome::Edit(edit) => self.lend(edit)?,
            Outcome::LayOut(job) => self.desk.lay_out(job),
            Outcome::LookAround => self.nearby.look(),
            Outcome::ReadFile(path) => self.nearby.read(path),
            Outcome::Grow(frame, text) => self.desk.grow(frame, text),
            // The loop draws again after any outcome.
            Outcome::Again => {}
            Outcome::Redraw => self.terminal.repaint()?,
            // The editor has stopped with us; the terminal is none of our business then.
            Outcome::Suspend if self.editing.is_some() => Terminal::stop()?,
            Outcome::Suspend => {
                self.terminal.suspend()?;
                self.update(Input::Resize(Terminal::ask_size()));
            }
            Outcome::Quit => return Ok(Some(0)),
        }
        Ok(None)
    }

    fn update(&mut self, input: Input) -> Vec<Outcome> {
        update(&mut self.ui, self.runtime.state(), input)
    }

    /// Gives the terminal to the person's own editor. Sessions go on meanwhile; nothing is drawn.
    fn lend(&mut self, edit: Edit) -> io::Result<()> {
        if self.editing.is_some() {
            return Ok(());
        }
        self.keyboard.pause();
        self.terminal.give_back();
        let purpose = edit.purpose.clone();
        match own_editor::edit(edit) {
            Ok(editing) => self.editing = Some(editing),
            Err(why) => {
                self.terminal.take()?;
                self.keyboard.resume();
                self.update(Input::Edited { purpose, text: Err(why) });
            }
        }
        Ok(())
    }

    /// Takes the terminal back after the editor has ended.
    pub(super) fn take_back(&mut self, status: io::Result<ExitStatus>) -> io::Result<Vec<Outcome>> {
        let Some(editing) = self.editing.take() else { return Ok(vec![]) };
        let (edit, text) = editing.result(status);
        self.terminal.take()?;
        self.keyboard.resume();
        self.update(Input::Resize(Terminal::ask_size()));
        Ok(self.update(Input::Edited { purpose: edit.purpose, text }))
    }
}
