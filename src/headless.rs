//! Floor 3: everything without a screen. The same core as the workbench: a subcommand starts a run, asks, prints, ends it.
//!
//! Each subcommand has its file. [`Host`] drives the run, [`Output`] is the only place that prints, [`Failed`] is the one
//! table of failures and exit codes. What was asked for is printed before servers are ended: some take their time.

mod ask;
mod audience;
mod call;
mod chat;
mod configs;
mod content;
mod failure;
mod host;
mod journal;
mod list;
mod models;
mod output;
mod request;
mod respond;
mod run;
mod server;
mod servers;
mod skills;
mod tasks;
mod watch;

use std::process::ExitCode;

pub use chat::named;
pub use failure::{Failed, Kind};
pub use host::Host;
pub use output::Output;

use crate::cli::command::{Config, Servers};
use crate::cli::startup::Startup;
use crate::cli::{Args, Command, Stop};
use crate::demo;
use crate::model::id::ServerId;
use request::Request;

/// Answers a command line that is wrong, or that asks for help or the version.
pub fn stopped(stop: &Stop) -> ExitCode {
    let mut out = Output::new(stop.json, crate::cli::Color::Auto);
    // Clap knows where its texts belong and how to colour them. A closed pipe is no failure of a help text.
    if stop.is_answer() {
        stop.error.print().ok();
        return out.finish(0);
    }
    if stop.is_incomplete() && !stop.json {
        stop.error.print().ok();
        return out.finish(Kind::Usage.exit());
    }
    let failed = Failed::usage(stop.one_line());
    out.failure(&failed);
    out.finish(failed.exit())
}

/// Says what is wrong with the keys of a config. They belong to the screen, of which nothing is known here.
pub type KeyCheck = fn(&Startup) -> Result<(), Failed>;

/// Runs the subcommand of `args`; `keys` is asked by `config check`.
pub fn run(args: &Args, keys: KeyCheck) -> ExitCode {
    let mut out = Output::new(args.options.json, args.options.color);
    let engine = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(engine) => engine,
        Err(fault) => {
            let failed = Failed::unexpected(format!("cannot start: {fault}"));
            out.failure(&failed);
            return out.finish(failed.exit());
        }
    };
    let code = engine.block_on(route(args, keys, &mut out));
    // What still waits (a read of standard input) must not keep the process.
    engine.shutdown_background();
    out.finish(code)
}

async fn route(args: &Args, keys: KeyCheck, out: &mut Output) -> u8 {
    let Some(command) = &args.command else { return 0 };
    match command {
        Command::Completions { shell } => {
            configs::completions(*shell, out);
            0
        }
        Command::DemoServer { http, file } => ended(serve_demo(*http, file.clone()).await, out),
        Command::Config(Config::Check) => ended(configs::check(&args.options, keys, out), out),
        Command::Config(Config::Path) => {
            configs::path(&args.options, out);
            0
        }
        Command::Config(Config::Show) => ended(configs::show(&args.options, out), out),
        Command::Journal(verb) => ended(journal::run(verb, &args.options, out), out),
        Command::Chat(verb) => chat::run(args, verb, out).await,
        Command::Models => ended(models::run(&args.options, out).await, out),
        Command::Servers(Servers::Test { names }) => servers::test(args, names, out).await,
        Command::Servers(verb) => ended(servers::run(args, verb, out), out),
        Command::Info(_)
        | Command::Ping(_)
        | Command::Tools(_)
        | Command::Resources(_)
        | Command::Prompts(_)
        | Command::Skills(_)
        | Command::Complete(_)
        | Command::Tasks(_)
        | Command::Raw(_)
        | Command::Run(_) => with_server(args, command, out).await,
    }
}

/// Prints a failure and gives the exit code.
fn ended(outcome: Result<(), Failed>, out: &mut Output) -> u8 {
    match outcome {
        Ok(()) => 0,
        Err(failed) => {
            out.failure(&failed);
            failed.exit()
        }
    }
}

/// Connects to the one server of a command, does it, prints, and only then ends the server.
async fn with_server(args: &Args, command: &Command, out: &mut Output) -> u8 {
    let started = async {
        // What is wrong before anything was sent must not start a server.
        let request = Request::read(command)?;
        let startup = Startup::load(&args.options)?;
        let chosen = startup.one(args)?;
        if chosen.is_fallback {
            out.note("no server given and none configured: this is the built-in demo server");
        }
        let mut host = Host::start(&startup, &args.options, out)?;
        let server = chosen.servers.into_iter().map(|spec| host.add(spec)).next().unwrap_or(ServerId(0));
        Ok((host, server, request))
    };
    let (mut host, server, request) = match started.await {
        Ok(started) => started,
        Err(failed) => return ended(Err(failed), out),
    };
    let outcome = match host.connect(server, out).await {
        Ok(()) => request.perform(&mut host, server, out).await,
        Err(failed) => Err(failed),
    };
    let code = ended(outcome, out);
    host.shutdown().await;
    code
}

async fn serve_demo(http: Option<u16>, file: Option<std::path::PathBuf>) -> Result<(), Failed> {
    let options = demo::Options { file, ..demo::Options::default() };
    let served = match http {
        Some(port) => demo::serve_http(options, port).await,
        None => demo::serve_stdio(options).await,
    };
    served.map_err(|error| Failed::unexpected(format!("{error:#}")))
}
