//! The terminal: [`Terminal`] takes it over, gives it back whatever happens, and draws through one writer thread.
//!
//! A frame is drawn into bytes; the thread writes them. While it is still writing, the loop draws nothing: a terminal
//! that does not read (a stalled link, a suspended multiplexer) costs frames, never the sessions. A frame that
//! changes nothing writes nothing.

mod clipboard;
mod writer;

use std::io::{self, Write};
use std::time::Duration;

#[cfg(not(unix))]
use crossterm::event::EnableMouseCapture;
use crossterm::event::{
    DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste, EnableFocusChange,
};
use crossterm::style::ResetColor;
use crossterm::terminal::{
    Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use crossterm::{cursor, queue};
use ratatui::layout::{Rect, Size};
use ratatui::{Frame, TerminalOptions, Viewport};

use super::graphics::{Brush, Graphics, Shown, cell_size};
use super::screen::{Bytes, Screen};
use writer::Writer;

/// How long leaving waits for a terminal that is still reading a frame.
const PATIENCE: Duration = Duration::from_millis(250);
const SYNC_BEGIN: &[u8] = b"\x1b[?2026h";
const SYNC_END: &[u8] = b"\x1b[?2026l";
/// Clicks, drags and the wheel; not every movement, which would cost a slow link more than the screen does.
#[cfg(unix)]
const MOUSE: &[u8] = b"\x1b[?1000h\x1b[?1002h\x1b[?1006h";
/// Puts the title away where the terminal can; takes ours away and brings the old one back.
const TITLE_KEEP: &[u8] = b"\x1b[22;2t";
const TITLE_BACK: &[u8] = b"\x1b]2;\x07\x1b[23;2t";

/// The terminal while it is ours. Dropping it gives it back.
pub(super) struct Terminal {
    inner: ratatui::Terminal<Screen>,
    screen: Bytes,
    size: Size,
    writer: Writer,
    mouse: bool,
    /// The title that is set; `None` where none is to be.
    title: Option<String>,
    scrolls: bool,
    graphics: Graphics,
    /// How many pixels a cell has, if the terminal tells.
    cell: Option<(u32, u32)>,
    /// The pictures of the last frame.
    shown: Vec<Shown>,
    repaint: bool,
    ours: bool,
}

impl Terminal {
    /// Takes the terminal over.
    pub(super) fn enter(mouse: bool, title: bool, scrolls: bool, graphics: Graphics) -> io::Result<Terminal> {
        restore_on_panic();
        let size = Terminal::ask_size();
        let screen = Bytes::default();
        // A terminal that says nothing of itself, or that it can do nothing, is not asked for more than drawing.
        let scrolls = scrolls && std::env::var("TERM").is_ok_and(|term| !term.is_empty() && term != "dumb");
        let inner = fresh(&screen, size, scrolls, graphics)?;
        let writer = Writer::start(Brush::new(graphics))?;
        let title = title.then(String::new);
        let (repaint, ours) = (true, false);
        let (cell, shown) = (Terminal::ask_cell(), vec![]);
        let mut terminal =
            Terminal { inner, screen, size, writer, mouse, title, scrolls, graphics, cell, shown, repaint, ours };
        terminal.take()?;
        Ok(terminal)
    }

    /// Takes the terminal over, at the start and after it was given back.
    pub(super) fn take(&mut self) -> io::Result<()> {
        enable_raw_mode()?;
        self.ours = true;
        let mut bytes = Vec::new();
        queue!(bytes, EnterAlternateScreen, cursor::Hide, EnableBracketedPaste, EnableFocusChange)?;
        if self.mouse {
            #[cfg(unix)]
            bytes.extend_from_slice(MOUSE);
            #[cfg(not(unix))]
            queue!(bytes, EnableMouseCapture)?;
        }
        if let Some(title) = &mut self.title {
            bytes.extend_from_slice(TITLE_KEEP);
            title.clear();
        }
        self.writer.write(bytes);
        self.repaint = true;
        Ok(())
    }

    /// Gives the terminal back. One that does not read is left as it is after a moment, but in its own mode.
    pub(super) fn give_back(&mut self) {
        if !self.ours {
            return;
        }
        self.ours = false;
        self.forget();
        let mut bytes = restoring();
        if self.title.is_some() {
            bytes.extend_from_slice(TITLE_BACK);
        }
        self.writer.write(bytes);
        self.writer.wait(PATIENCE);
        // Nothing is left to be done about a terminal that refuses this.
        disable_raw_mode().ok();
    }

    /// The size it was drawn for last, or has.
    pub(super) fn size(&self) -> Size {
        self.size
    }

    /// The size it has now.
    pub(super) fn ask_size() -> Size {
        crossterm::terminal::size().map_or(Size::new(80, 24), |(width, height)| Size::new(width, height))
    }

    /// Columns and rows of pixels of a cell, if the terminal tells.
    pub(super) fn ask_cell() -> Option<(u32, u32)> {
        let size = crossterm::terminal::window_size().ok()?;
        cell_size((size.columns, size.rows), (size.width, size.height))
    }

    /// Whether the last frame is still being written.
    pub(super) fn is_writing(&self) -> bool {
        self.writer.is_busy()
    }

    /// Waits until the last frame is written. Cancel-safe.
    pub(super) async fn written(&self) {
        self.writer.idle().await;
    }

    /// Draws a frame of this size with these pictures in it.
    pub(super) fn draw(
        &mut self,
        size: Size,
        pictures: Vec<Shown>,
        view: impl FnOnce(&mut Frame<'_>),
    ) -> io::Result<()> {
        if self.graphics.paints() && !pictures.is_empty() {
            // Letters may have been made larger since.
            let cell = Terminal::ask_cell().or(self.cell);
            self.repaint |= cell != self.cell;
            self.cell = cell;
        }
        let mut bytes = SYNC_BEGIN.to_vec();
        let quiet = bytes.len();
        if size != self.size || self.repaint {
            self.size = size;
            self.repaint = false;
            self.inner = fresh(&self.screen, size, self.scrolls, self.graphics)?;
            queue!(bytes, ResetColor, Clear(ClearType::All))?;
        }
        self.inner.draw(view)?;
        bytes.append(&mut self.screen.take());
        let pieces = self.inner.backend_mut().pieces();
        if self.graphics == Graphics::Kitty && pictures != self.shown {
            let shown = pictures.clone();
            self.writer.draw(Box::new(move |brush| brush.tell(&shown)));
        }
        if bytes.len() > quiet {
            if !pieces.is_empty() {
                self.writer.write(std::mem::take(&mut bytes));
                let (shown, cell) = (pictures.clone(), self.cell);
                self.writer.draw(Box::new(move |brush| brush.paint(&pieces, &shown, cell)));
                self.inner.backend_mut().bring_cursor_back()?;
                bytes = self.screen.take();
            }
            bytes.extend_from_slice(SYNC_END);
            self.writer.write(bytes);
        }
        self.shown = pictures;
        Ok(())
    }

    /// Has the terminal forget its pictures.
    fn forget(&mut self) {
        self.shown.clear();
        if self.graphics == Graphics::Kitty {
            self.writer.draw(Box::new(Brush::forget));
        }
    }

    /// Draws everything with the next frame, also what did not change. Takes the terminal's mode again, which
    /// others may have changed while the program was stopped.
    pub(super) fn repaint(&mut self) -> io::Result<()> {
        // crossterm believes that the mode is still raw; only a change makes it set it again.
        disable_raw_mode()?;
        enable_raw_mode()?;
        // Whoever draws everything again may have a terminal that lost its pictures, too.
        self.forget();
        self.repaint = true;
        Ok(())
    }

    /// Sets the title of the window, if that is wanted and it is another one. The text has to be harmless.
    pub(super) fn title(&mut self, text: &str) {
        if let Some(title) = self.title.as_mut().filter(|title| *title != text) {
            text.clone_into(title);
            self.writer.write(format!("\x1b]2;{text}\x07").into_bytes());
        }
    }

    /// Calls somebody who looks elsewhere.
    pub(super) fn ring(&self) {
        self.writer.write(b"\x07".to_vec());
    }

    /// Puts a text on the clipboard of the terminal (OSC 52); terminals may ignore it.
    pub(super) fn copy(&mut self, text: &str) {
        let said = clipboard::copy(text);
        if !said.is_empty() {
            self.writer.write(said);
        }
    }

    /// Stops the program like any other job of the shell; comes back when it is continued.
    pub(super) fn suspend(&mut self) -> io::Result<()> {
        if cfg!(unix) {
            self.give_back();
            Terminal::stop()?;
            self.take()?;
        }
        Ok(())
    }

    /// Stops the program, whoever has the terminal.
    #[cfg_attr(not(unix), expect(clippy::unnecessary_wraps, reason = "there are no jobs"))]
    pub(super) fn stop() -> io::Result<()> {
        #[cfg(unix)]
        {
            use rustix::process::{Signal, getpid, kill_process};
            kill_process(getpid(), Signal::STOP)?;
        }
        Ok(())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.give_back();
    }
}

fn fresh(bytes: &Bytes, size: Size, scrolls: bool, graphics: Graphics) -> io::Result<ratatui::Terminal<Screen>> {
    let viewport = Viewport::Fixed(Rect::new(0, 0, size.width, size.height));
    let screen = Screen::new(bytes.clone(), size, scrolls).painted(graphics.paints());
    ratatui::Terminal::with_options(screen, TerminalOptions { viewport })
}

fn restoring() -> Vec<u8> {
    let mut bytes = Vec::new();
    // Writing to a vector cannot fail.
    queue!(bytes, DisableMouseCapture, DisableFocusChange, DisableBracketedPaste, ResetColor).ok();
    queue!(bytes, LeaveAlternateScreen, cursor::Show).ok();
    let mut all = SYNC_END.to_vec();
    all.append(&mut bytes);
    all
}

/// From here on a panic of this thread gives the terminal back first and then says what happened. A panic of
/// another thread leaves the screen alone; it goes to the log.
fn restore_on_panic() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    let screen = std::thread::current().id();
    ONCE.call_once(|| {
        std::panic::set_hook(Box::new(move |panic| {
            // The message may quote foreign text.
            let text = panic.to_string();
            let text = crate::model::text::escape_block(&text);
            if std::thread::current().id() != screen {
                tracing::error!("{text}");
                return;
            }
            disable_raw_mode().ok();
            let mut out = io::stdout().lock();
            out.write_all(&restoring()).ok();
            out.flush().ok();
            writeln!(io::stderr(), "mcp-tui has crashed; this is a bug. {text}").ok();
        }));
    });
}
