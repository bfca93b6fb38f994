//! Floor 3: the screen. [`run`]: the terminal and the loop.
//!
//! Keys become outcomes ([`update()`]), state becomes a frame ([`view`]); both are pure. The loop waits for a key, a
//! signal, an event of the runtime or the terminal, drains what is ready and draws at most once in 16 ms. With
//! nothing to do it sleeps: no timer runs and no byte is written. It never waits for a server, a disk or the terminal.

pub mod action;
pub mod area;
pub mod arguments;
pub mod browser;
pub mod calls;
mod command_line;
pub mod conversation;
mod desk;
pub mod editor;
mod figures;
mod files;
pub mod frame;
pub mod graphics;
pub mod input;
pub mod inspector;
pub mod kept;
mod keyboard;
pub mod keymap;
pub mod layout;
pub mod line;
pub mod log;
mod markdown;
pub mod modal;
pub mod nearby;
pub mod outcome;
mod own_editor;
mod page;
pub mod palette;
pub mod picture;
pub mod prompt;
mod quit;
pub mod reader;
pub mod recall;
pub mod resend;
pub mod result;
pub mod screen;
mod signals;
mod stage;
pub mod suggest;
mod terminal;
pub mod theme;
mod title;
pub mod ui;
pub mod update;
pub mod view;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use tokio::time::Instant;

use crate::app::chat::ChatCommand;
use crate::app::{Command, State};
use crate::journal;
use crate::model::id::{Moment, ServerId};
use crate::model::session::Status;
use crate::runtime::Runtime;
use action::Action;
use desk::Desk;
use files::Files;
use graphics::Graphics;
use input::Input;
use keyboard::Keyboard;
use keymap::{Context, Keymap};
use nearby::Nearby;
use signals::{Signal, Signals};
use stage::Stage;
use terminal::Terminal;
use theme::{Look, Theme};
use ui::{Pane, Ui, Zone};
use update::{Outcome, update};

/// The shortest time from one frame that answers a key to the next.
const FRAME: Duration = Duration::from_millis(16);
/// The shortest time from any frame to one that only shows what servers did: in a flood a key finds the terminal free.
const NEWS: Duration = Duration::from_millis(33);
/// Until something takes this long, it is timed in tenths of a second, then in seconds.
const TENTHS: u64 = 10_000_000;

/// Why pictures are not what somebody asked for.
const UNMEASURED: &str = "The terminal does not tell how large its cells are: pictures are made of characters";

/// How a person wants the screen.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Whether the mouse focuses, selects and scrolls (the terminal's own selection then needs Shift).
    pub mouse: bool,
    /// Which styles and symbols.
    pub look: Look,
    /// Whether somebody asked for pictures just so.
    pub insists: bool,
    /// What has to be said at the beginning.
    pub notice: Option<String>,
    /// Other keys: context → action → keys.
    pub keys: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    /// The directory of what is remembered from run to run; `None` remembers nothing.
    pub kept: Option<PathBuf>,
    /// Whether the arguments of calls are remembered there.
    pub history: bool,
    /// Whether the title of the terminal's window is set.
    pub title: bool,
    /// Whether the terminal moves rows by itself where that saves drawing them.
    pub scroll_region: bool,
    /// Where web pages are opened.
    pub browser: browser::Browser,
    /// Whether nobody named or configured a server: the screen says how to begin.
    pub first_run: bool,
    /// The kept conversation to go on with.
    pub resume: Option<String>,
}

/// Shows the run until the person leaves or the terminal goes away, then ends all sessions. The servers that the
/// state knows are connected as soon as the first frame is on its way.
pub async fn run(runtime: Runtime, options: Options) -> anyhow::Result<ExitCode> {
    let keymap = Keymap::new(&options.keys)?;
    let mut signals = Signals::new()?;
    let (sender, mut answers) = tokio::sync::mpsc::unbounded_channel();
    let files = Files::start(options.kept, options.history, sender.clone())?;
    let desk = Desk::start(sender.clone())?;
    let nearby = Nearby::start(sender.clone())?;
    let mut look = options.look;
    let mut message = options.notice;
    if look.graphics == Graphics::Sixel && Terminal::ask_cell().is_none() {
        look.graphics = Graphics::Characters;
        message = message.or(options.insists.then(|| UNMEASURED.to_owned()));
    }
    let terminal = Terminal::enter(options.mouse, options.title, options.scroll_region, look.graphics)?;
    let mut ui = Ui::new(terminal.size(), runtime.state(), keymap, jiff::tz::TimeZone::system());
    ui.kept = files.load();
    ui.look = look;
    ui.message = message;
    ui.questions.browser = options.browser;
    // Somebody who has called a tool before knows how.
    ui.welcome = options.first_run && ui.kept.history.is_empty();
    if options.resume.is_some() {
        (ui.welcome, ui.conversation.composing) = (false, true);
        ui.show(Pane::Conversation);
    } else if !options.first_run && ui.kept.history.is_empty() && ui.message.is_none() {
        ui.message = Some(how_to_begin(&ui));
    }
    let keyboard = Keyboard::start()?;
    let theme = Theme::new(look);
    let mut stage =
        Stage { terminal, runtime, ui, theme, keyboard, files, desk, nearby, answers: sender, editing: None, asked: 0 };
    stage.draw()?;
    let servers: Vec<ServerId> = stage.runtime.state().sessions.iter().map(|session| session.id).collect();
    for server in servers {
        stage.runtime.dispatch(Command::Connect(server));
    }
    if let Some(id) = options.resume {
        stage.runtime.dispatch(Command::Chat(ChatCommand::Resume(id)));
    }
    let code = watch(&mut stage, &mut signals, &mut answers).await;
    let Stage { terminal, runtime, files, .. } = stage;
    // The shell gets its terminal back before files and servers are waited for.
    drop(terminal);
    files.finish();
    runtime.shutdown().await;
    Ok(ExitCode::from(code?))
}

/// What to do first, for somebody who never did: the same three keys as in the window that welcomes to the demo; with
/// several servers, one of them has to be chosen before.
fn how_to_begin(ui: &Ui) -> String {
    let key = |context, action| {
        let key = ui.keymap.key_of(context, action).map(|key| key.show(!ui.look.ascii));
        key.unwrap_or_default()
    };
    let (down, open) = (key(Context::Inspector, Action::Down), key(Context::Inspector, Action::Open));
    let (send, help) = (key(Context::Arguments, Action::Send), key(Context::Global, Action::Help));
    match ui.inspector.zone {
        Zone::Servers => {
            format!(
                "{down} chooses a server, {open} goes to its tools, {open} opens one, {send} calls it   {help} help"
            )
        }
        Zone::Items => {
            format!("{down} chooses a tool, {open} opens its arguments, {send} calls it   {help} shows all keys")
        }
    }
}

async fn watch(
    stage: &mut Stage,
    signals: &mut Signals,
    answers: &mut tokio::sync::mpsc::UnboundedReceiver<Input>,
) -> anyhow::Result<u8> {
    let mut changed = true;
    // Whether a person waits for the next frame.
    let mut asked = true;
    let (mut last, mut last_asked) = (Instant::now(), Instant::now());
    loop {
        let tick = tick(stage.runtime.state(), &stage.ui).filter(|_| !changed);
        let due = if asked { last_asked + FRAME } else { last + NEWS };
        let ours = stage.editing.is_none();
        let mut outcomes = Vec::new();
        let Stage { terminal, runtime, ui, keyboard, editing, .. } = stage;
        tokio::select! {
            // Signals and keys first: a flood of frames must not keep anybody from leaving.
            biased;
            signal = signals.next() => match signal {
                // What is typed into the editor reaches this program too, being of the same job.
                Signal::Leave(130) if !ours => {}
                Signal::Leave(code) => return Ok(code),
                Signal::Suspend => outcomes.push(Outcome::Suspend),
                Signal::Continue if !ours => {}
                Signal::Continue => outcomes.push(Outcome::Redraw),
                Signal::Resize => {
                    outcomes.extend(update(ui, runtime.state(), Input::Resize(Terminal::ask_size())));
                    (changed, asked) = (true, true);
                }
            },
            event = keyboard.recv(), if ours => {
                let Some(event) = event else { return Ok(0) };
                outcomes.extend(reacted(ui, runtime.state(), event));
                while let Some(event) = keyboard.try_recv() {
                    outcomes.extend(reacted(ui, runtime.state(), event));
                }
                (changed, asked) = (true, true);
            }
            status = stage::ended(editing) => {
                outcomes.extend(stage.take_back(status)?);
                (changed, asked) = (true, true);
            }
            // Of two frames that are due, only the newer one is drawn; while the terminal is still reading, none.
            () = tokio::time::sleep_until(due), if changed && ours && !terminal.is_writing() => {
                outcomes.extend(update(ui, runtime.state(), Input::Settle(journal::now())));
                stage.draw()?;
                last = Instant::now();
                if asked {
                    last_asked = last;
                }
                (changed, asked) = (false, false);
            }
            () = terminal.written(), if changed && terminal.is_writing() => {}
            Some(answer) = answers.recv() => {
                outcomes.extend(update(ui, runtime.state(), answer));
                (changed, asked) = (true, true);
            }
            () = runtime.next() => changed = true,
            () = tokio::time::sleep(tick.unwrap_or_default()), if tick.is_some() => {
                outcomes.extend(update(ui, runtime.state(), Input::Tick(journal::now())));
                changed = true;
            }
        }
        for outcome in outcomes {
            changed = true;
            if let Some(code) = stage.perform(outcome)? {
                return Ok(code);
            }
        }
    }
}

fn reacted(ui: &mut Ui, state: &State, event: crossterm::event::Event) -> Vec<Outcome> {
    Input::read(event, journal::now()).map(|input| update(ui, state, input)).unwrap_or_default()
}

/// How long until the screen changes by itself: only while something on it is being timed, or a server is to be asked
/// once typing pauses.
fn tick(state: &State, ui: &Ui) -> Option<Duration> {
    let now: Moment = ui.now(state);
    let calls = state.open_calls().map(|call| call.started);
    let sessions = state.sessions.iter().filter_map(|session| match session.status {
        Status::Connecting { since, .. } => Some(since),
        _ => None,
    });
    let turn = state.chat.turn.as_ref().map(|turn| turn.started);
    let newest = calls.chain(sessions).chain(turn).max();
    let timed = newest.map(|newest| Duration::from_millis(if now.micros_since(newest) < TENTHS { 100 } else { 1_000 }));
    // A window that takes no keys yet says when it does.
    let open = ui.questions.open.as_ref();
    let waking = open.and_then(|open| open.sleeps(now, ui.last_key)).map(Duration::from_micros);
    timed.into_iter().chain(waking).chain(suggest::due(ui, state)).min()
}
