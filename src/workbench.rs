//! Opens the workbench: the one place where a run with a screen begins.

use std::io::IsTerminal;
use std::process::ExitCode;

use crate::cli::startup::{Chosen, Startup};
use crate::cli::{Args, Color};
use crate::config::{PictureChoice, ThemeChoice};
use crate::headless::{Failed, Output, named};
use crate::model::server::ServerSpec;
use crate::tui::graphics::Graphics;
use crate::tui::theme::{Depth, Look, Scheme};
use crate::{app, tui};

/// Why pictures are not what the config asks for.
const UNABLE: &str = "This program was built without the feature `graphics`: pictures are made of characters";

/// Where the screen remembers things, in the data directory.
const KEPT: &str = "screen";

/// Runs the workbench until the person leaves it.
pub fn open(args: &Args) -> ExitCode {
    let mut out = Output::new(args.options.json, args.options.color);
    match try_open(args, &mut out) {
        Ok(code) => code,
        Err(failed) => {
            out.failure(&failed);
            out.finish(failed.exit())
        }
    }
}

fn try_open(args: &Args, out: &mut Output) -> Result<ExitCode, Failed> {
    let startup = Startup::load(&args.options)?;
    let Chosen { servers, is_fallback } = startup.all(args)?;
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        return Err(Failed::usage(
            "the workbench needs a terminal; without one use a subcommand, such as `mcp-tui tools list` (all of them: `mcp-tui --help`)",
        ));
    }
    let resume = args.resume.as_deref().map(|id| named(&startup, id)).transpose()?;
    let options = tui::Options { resume, ..options(&startup, args, is_fallback) };
    check_keys(&startup)?;
    let mut runtime = startup.run(&args.options, true, &mut |text| out.warning(&text))?;
    for spec in grouped(servers) {
        runtime.dispatch(app::Command::AddServer(spec));
    }
    let waiting = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let waiting = waiting.map_err(|fault| Failed::unexpected(format!("cannot start: {fault}")))?;
    waiting.block_on(tui::run(runtime, options)).map_err(|fault| Failed::unexpected(format!("{fault:#}")))
}

/// Whether the keys of the config make sense: the error names the file, the keys in it and what they collide with.
///
/// # Errors
/// A name that there is not, a key that there is not, two actions on one key.
pub fn check_keys(startup: &Startup) -> Result<(), Failed> {
    let fault = tui::keymap::Keymap::new(&startup.config.keys).err();
    let file = startup.file.as_ref().map(|file| format!("{}: ", file.display())).unwrap_or_default();
    fault.map_or(Ok(()), |fault| Err(Failed::usage(format!("{file}{fault}"))))
}

/// How many colours the terminal says that it has.
fn depth() -> Depth {
    let says = |name: &str, words: &[&str]| {
        std::env::var(name).is_ok_and(|value| words.iter().any(|word| value.contains(word)))
    };
    if says("COLORTERM", &["truecolor", "24bit"]) || says("TERM", &["direct"]) {
        Depth::Full
    } else if says("TERM", &["256color", "kitty", "alacritty", "foot", "ghostty", "wezterm"]) {
        Depth::Cube
    } else {
        Depth::Sixteen
    }
}

/// Servers of one group stand together: those of none first, then each group where its first server stood.
fn grouped(mut servers: Vec<ServerSpec>) -> Vec<ServerSpec> {
    let mut groups: Vec<Option<String>> = vec![None];
    for spec in &servers {
        if !groups.contains(&spec.group) {
            groups.push(spec.group.clone());
        }
    }
    servers.sort_by_key(|spec| groups.iter().position(|group| *group == spec.group));
    servers
}

fn options(startup: &Startup, args: &Args, first_run: bool) -> tui::Options {
    let ui = &startup.config.ui;
    let ascii = ui.ascii || args.ascii;
    let colourless = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let scheme = match ui.theme {
        _ if args.options.color == Color::Never => Scheme::None,
        // What somebody wrote into the config for this program wins over a wish for all programs.
        ThemeChoice::Auto if colourless && args.options.color != Color::Always => Scheme::None,
        ThemeChoice::Auto => Scheme::Terminal,
        ThemeChoice::Light => Scheme::Light,
        ThemeChoice::Dark => Scheme::Dark,
        ThemeChoice::HighContrast => Scheme::HighContrast,
        ThemeChoice::None => Scheme::None,
    };
    let plain = ascii || scheme == Scheme::None;
    let asked = match ui.pictures {
        PictureChoice::Auto => None,
        PictureChoice::Characters => Some(Graphics::Characters),
        PictureChoice::Kitty => Some(Graphics::Kitty),
        PictureChoice::Iterm2 => Some(Graphics::Iterm),
        PictureChoice::Sixel => Some(Graphics::Sixel),
    };
    let unable = !Graphics::BUILT && asked.is_some_and(|graphics| graphics != Graphics::Characters);
    let graphics = match asked {
        _ if plain || unable => Graphics::Characters,
        Some(graphics) => graphics,
        None => Graphics::of(|name| std::env::var(name).ok()),
    };
    tui::Options {
        mouse: ui.mouse,
        look: Look { scheme, ascii, depth: depth(), graphics },
        insists: asked.is_some(),
        notice: unable.then(|| UNABLE.to_owned()),
        keys: startup.config.keys.clone(),
        kept: startup.paths.data_dir.as_ref().map(|dir| dir.join(KEPT)),
        history: ui.history,
        title: ui.title,
        scroll_region: ui.scroll_region,
        browser: tui::browser::Browser::of(|name| {
            std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
        }),
        first_run,
        resume: None,
    }
}
