//! `chat`: the conversation without a screen: one turn, or a line of text after the other.

mod kept;
mod printer;

use std::io::IsTerminal;
use std::time::Duration;

use super::failure::{Failed, Kind};
use super::host::Host;
use super::models::of_provider;
use super::output::Output;
use crate::app::chat::{AtLimit, ChatCommand, Phase};
use crate::app::{Command, Level};
use crate::cli::Args;
use crate::cli::command::Chat;
use crate::cli::startup::Startup;
use crate::model::call::ListKind;
use crate::model::chat::{ModelRef, StopReason};
use crate::model::conversation::{Body, ModelCallState};
use crate::model::id::ServerId;
pub use kept::named;
use printer::Printer;

/// How long a provider may take to list its models.
const LISTING: Duration = Duration::from_secs(15);
/// Models that are named where somebody has to choose one.
const NAMED: usize = 8;

/// Runs `chat` and gives the exit code.
pub(super) async fn run(args: &Args, chat: &Chat, out: &mut Output) -> u8 {
    if let Some(kept) = chat.kept() {
        return super::ended(kept::run(&kept, &args.options, out), out);
    }
    let started = async {
        let startup = Startup::load(&args.options)?;
        let chosen = startup.all(args)?;
        let resumed = chat.resume.as_deref().map(|id| named(&startup, id)).transpose()?;
        if chosen.is_fallback {
            out.note("no server given and none configured: this is the built-in demo server");
        }
        let mut host = start(&startup, args, chat, out)?;
        let servers: Vec<ServerId> = chosen.servers.into_iter().map(|spec| host.add(spec)).collect();
        Ok::<_, Failed>((host, servers, resumed))
    };
    let (mut host, servers, resumed) = match started.await {
        Ok(started) => started,
        Err(failed) => return super::ended(Err(failed), out),
    };
    let outcome = converse(&mut host, &servers, resumed, chat, out).await;
    let code = outcome.unwrap_or_else(|failed| super::ended(Err(failed), out));
    host.shutdown().await;
    code
}

fn start(startup: &Startup, args: &Args, chat: &Chat, out: &mut Output) -> Result<Host, Failed> {
    let person = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    let mut limits = startup.limits();
    limits.rounds = chat.max_rounds.unwrap_or(limits.rounds);
    Host::begin_with(
        startup,
        &args.options,
        |options| {
            options.asking = chat.asking(person);
            options.chat = limits;
        },
        out,
    )
}

/// The exit code of the last turn, or a failure that is still to be told.
async fn converse(
    host: &mut Host,
    servers: &[ServerId],
    resumed: Option<String>,
    chat: &Chat,
    out: &mut Output,
) -> Result<u8, Failed> {
    connect(host, servers, out).await?;
    let mut printer = Printer::default();
    if let Some(id) = resumed {
        host.dispatch(Command::Chat(ChatCommand::Resume(id.clone())));
        while host.state().chat.conversation.id != id {
            host.step(out).await?;
        }
        printer = Printer::behind(&host.state().chat.conversation);
    }
    if let Some(name) = &chat.model {
        let model = model(host, name)?;
        host.dispatch(Command::Chat(ChatCommand::SetModel(model)));
    }
    if let Some(system) = &chat.system {
        host.dispatch(Command::Chat(ChatCommand::SetSystem(Some(system.clone()))));
    }
    if let Some(effort) = chat.effort {
        host.dispatch(Command::Chat(ChatCommand::SetEffort(Some(effort.into()))));
    }
    if host.state().chat.model().is_none() {
        return Err(no_model(host, out).await);
    }
    let model = usable(host)?;
    Printer::start(&model, host.state(), out);
    if let Some(prompt) = &chat.prompt {
        return turn(host, prompt.clone(), &mut printer, out).await.map(|()| 0);
    }
    lines(host, &mut printer, out).await
}

/// Connects all servers at once. Those that cannot be reached are told and left out; it is a failure only if none is left.
async fn connect(host: &mut Host, servers: &[ServerId], out: &mut Output) -> Result<(), Failed> {
    for server in servers {
        host.begin(*server);
    }
    let (mut ready, mut first) = (0, None);
    for server in servers {
        let outcome = match host.connected(*server, out).await {
            Ok(()) => host.list(*server, ListKind::Tools, out).await.map(|_| ()),
            Err(failed) => Err(failed),
        };
        match outcome {
            Ok(()) => ready += 1,
            Err(failed) if failed.kind == Kind::Interrupted => return Err(failed),
            Err(failed) if host.session(*server).is_ready() => {
                // It has no tools to offer; its instructions still count.
                out.warning(&failed.to_string());
                ready += 1;
            }
            Err(failed) => {
                if servers.len() > 1 {
                    out.warning(&format!("{failed}; the conversation goes on without it"));
                }
                first.get_or_insert(failed);
            }
        }
    }
    match first {
        Some(failed) if ready == 0 => Err(failed),
        _ => Ok(()),
    }
}

/// The model of this name: `PROVIDER/MODEL`, a provider for its usual model, or a model of the first provider.
fn model(host: &Host, name: &str) -> Result<ModelRef, Failed> {
    let chat = &host.state().chat;
    let of = |provider: &str, model: &str| ModelRef { provider: provider.to_owned(), model: model.to_owned() };
    if let Some((provider, model)) = name.split_once('/')
        && chat.provider(provider).is_some()
        && !model.is_empty()
    {
        return Ok(of(provider, model));
    }
    if let Some(provider) = chat.provider(name) {
        return match (&provider.model, &provider.problem) {
            (_, Some(problem)) => Err(Failed::new(Kind::Config, problem.clone())),
            (Some(model), None) => Ok(of(name, model)),
            (None, None) => {
                Err(Failed::usage(format!("the provider {name} has no usual model; write --model {name}/MODEL")))
            }
        };
    }
    match chat.providers.first() {
        Some(first) if !name.is_empty() && !name.contains('/') => Ok(of(&first.name, name)),
        _ => {
            let names: Vec<&str> = chat.providers.iter().map(|provider| provider.name.as_str()).collect();
            let message = format!("no provider for `{name}`; write PROVIDER/MODEL, with one of: {}", names.join(", "));
            Err(Failed::usage(message))
        }
    }
}

/// What to do where a provider can be used, but nobody said with which model: its own list tells what to write.
async fn no_model(host: &mut Host, out: &mut Output) -> Failed {
    let usable = host.state().chat.providers.iter().find(|provider| provider.problem.is_none());
    let Some(name) = usable.map(|provider| provider.name.clone()) else {
        return Failed::usage("no provider can be used; `mcp-tui models` says why");
    };
    host.dispatch(Command::Chat(ChatCommand::ListModels(name.clone())));
    let deadline = tokio::time::Instant::now() + LISTING;
    while !host.state().chat.models.contains_key(&name) {
        match tokio::time::timeout_at(deadline, host.step(out)).await {
            Ok(Ok(())) => {}
            Ok(Err(failed)) => return failed,
            Err(_) => break,
        }
    }
    let how = |model: &str| {
        format!("write --model {name}/{model}, or keep it: `[chat] model = \"{name}/{model}\"` in the config")
    };
    match host.state().chat.models.get(&name) {
        Some(Ok(models)) if !models.is_empty() => {
            let shown: Vec<&str> = models.iter().take(NAMED).map(|model| model.id.as_str()).collect();
            let more = models.len() - shown.len();
            let more = if more > 0 { format!(" and {more} more (`mcp-tui models`)") } else { String::new() };
            let list = shown.join(", ");
            Failed::usage(format!("no model is chosen; {name} has {list}{more}: {}", how(shown[0])))
        }
        Some(Err(why)) => Failed::usage(format!("no model is chosen, and {why}; {}", how("MODEL"))),
        _ => Failed::usage(format!("no model is chosen; {} (`mcp-tui models` lists them)", how("MODEL"))),
    }
}

/// The model that answers, with a provider that can be used.
fn usable(host: &Host) -> Result<ModelRef, Failed> {
    let chat = &host.state().chat;
    let Some(model) = chat.model() else {
        return Err(Failed::usage("no model is chosen; write --model PROVIDER/MODEL"));
    };
    match chat.provider(&model.provider) {
        None => Err(Failed::usage(format!("there is no provider named {}", model.provider))),
        Some(provider) => match &provider.problem {
            Some(problem) => Err(Failed::new(Kind::Config, problem.clone())),
            None => Ok(model),
        },
    }
}

/// Says one thing and prints what comes of it.
async fn turn(host: &mut Host, text: String, printer: &mut Printer, out: &mut Output) -> Result<(), Failed> {
    let from = host.state().chat.conversation.entries.len();
    host.dispatch(Command::Chat(ChatCommand::Submit { text, attachments: Vec::new() }));
    while let Some(phase) = host.state().chat.turn.as_ref().map(|turn| turn.phase) {
        if phase == Phase::AtLimit {
            let rounds = host.state().chat.turn.as_ref().map_or(0, |turn| turn.rounds);
            host.dispatch(Command::Chat(ChatCommand::AtLimit(AtLimit::Stop)));
            printer.news(host.state(), out);
            printer.end(host.state(), out);
            let message = format!("the model still called tools after {rounds} rounds; allow more with --max-rounds");
            return Err(Failed::new(Kind::Limit, message));
        }
        if out.is_closed() {
            host.dispatch(Command::Chat(ChatCommand::Stop));
            break;
        }
        if let Err(failed) = host.step(out).await {
            host.dispatch(Command::Chat(ChatCommand::Stop));
            host.last_words().await;
            printer.news(host.state(), out);
            printer.end(host.state(), out);
            return Err(failed);
        }
        printer.news(host.state(), out);
    }
    printer.news(host.state(), out);
    printer.end(host.state(), out);
    ended(host, from)
}

/// How the turn that began with this entry ended.
fn ended(host: &Host, from: usize) -> Result<(), Failed> {
    let entries = host.state().chat.conversation.entries.get(from..).unwrap_or_default();
    let answers = || {
        entries.iter().rev().filter_map(|entry| match &entry.body {
            Body::Answer(answer) => Some(answer),
            _ => None,
        })
    };
    let Some(answer) = answers().next() else {
        return Err(Failed::unexpected("nothing was asked"));
    };
    if let Some(failure) = &answer.reply.failure {
        return Err(of_provider(failure));
    }
    let told = entries.iter().rev().find_map(|entry| match &entry.body {
        Body::Note { level, text } if *level >= Level::Warning => Some(text),
        _ => None,
    });
    if let Some(text) = told {
        let kind = match answer.reply.stop {
            Some(StopReason::EndTurn | StopReason::ToolUse) => Kind::Limit,
            _ => Kind::Provider,
        };
        return Err(Failed::new(kind, text.clone()));
    }
    let denied = entries.iter().find_map(|entry| match &entry.body {
        Body::Call(call) if call.state == ModelCallState::Denied => Some(call),
        _ => None,
    });
    match denied {
        Some(call) => {
            let why = call.reason.as_deref().unwrap_or("denied");
            Err(Failed::new(Kind::Declined, format!("a call of {}/{} was denied: {why}", call.server, call.tool)))
        }
        None => Ok(()),
    }
}

/// One turn for each line of standard input. A turn that fails is told; the next line may go better.
async fn lines(host: &mut Host, printer: &mut Printer, out: &mut Output) -> Result<u8, Failed> {
    let person = std::io::stdin().is_terminal();
    let mut last = 0;
    loop {
        let reading = tokio::task::spawn_blocking(move || read_line(person));
        tokio::pin!(reading);
        let line = loop {
            tokio::select! {
                line = &mut reading => break line.ok().flatten(),
                stepped = host.step(out) => stepped?,
            }
        };
        let Some(line) = line else { return Ok(last) };
        if line.trim().is_empty() {
            continue;
        }
        last = match turn(host, line, printer, out).await {
            Ok(()) => 0,
            Err(failed) if failed.kind == Kind::Interrupted => return Err(failed),
            Err(failed) => {
                out.failure(&failed);
                failed.exit()
            }
        };
        if out.is_closed() {
            return Ok(last);
        }
    }
}

fn read_line(person: bool) -> Option<String> {
    use std::io::Write as _;
    if person {
        write!(std::io::stderr(), "> ").ok()?;
        std::io::stderr().flush().ok()?;
    }
    let mut line = String::new();
    match std::io::stdin().read_line(&mut line) {
        Ok(read) if read > 0 => Some(line.trim_end_matches(['\r', '\n']).to_owned()),
        _ => None,
    }
}
