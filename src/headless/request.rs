//! What a subcommand asks of its server: [`Request`], read in full before the server is started.

use super::call::{self, ToolCall, json_from, pairs};
use super::tasks::{self, TaskRequest};
use super::{Failed, Host, Output, content, list, run, server, skills, watch};
use crate::cli::Command;
use crate::cli::command::{Complete, Prompts, Resources, Skills, Tasks, Tools};
use crate::model::call::{CompletionTarget, ListKind, Operation, TaskVerb};
use crate::model::id::ServerId;
use crate::model::json::RawJson;
use crate::model::schema::arguments_from_pairs;

/// What is asked of a server.
#[derive(Debug)]
pub(super) enum Request {
    Info,
    Ping,
    List(ListKind),
    Call(ToolCall),
    Complete(Operation),
    /// One request whose result is printed by this function.
    One(Operation, fn(&RawJson) -> String),
    /// A skill, and which of its files.
    LoadSkill(String, Option<String>),
    Run(run::Script),
    Tasks(TaskRequest),
    /// A resource whose changes are printed.
    Watch(String),
}

impl Request {
    /// Reads a subcommand that talks to one server, with the files and the standard input that it names.
    pub(super) fn read(command: &Command) -> Result<Request, Failed> {
        Ok(match command {
            Command::Info(_) => Request::Info,
            Command::Ping(_) => Request::Ping,
            Command::Tools(Tools::List(_)) => Request::List(ListKind::Tools),
            Command::Tools(Tools::Call(asked)) => Request::Call(ToolCall::read(asked)?),
            Command::Resources(Resources::List(_)) => Request::List(ListKind::Resources),
            Command::Resources(Resources::Templates(_)) => Request::List(ListKind::Templates),
            Command::Resources(Resources::Read { uri, .. }) => {
                Request::One(Operation::ReadResource { uri: uri.clone() }, content::resource)
            }
            Command::Resources(Resources::Watch { uri, .. }) => Request::Watch(uri.clone()),
            Command::Prompts(Prompts::List(_)) => Request::List(ListKind::Prompts),
            Command::Prompts(Prompts::Get { name, args, .. }) => {
                // A prompt's arguments are strings whatever they look like.
                let arguments = arguments_from_pairs(None, &pairs(args)?).map_err(Failed::usage)?;
                Request::One(Operation::GetPrompt { name: name.clone(), arguments }, content::prompt)
            }
            Command::Skills(Skills::List(_)) => Request::List(ListKind::Skills),
            Command::Skills(Skills::Load { uri, file, .. }) => Request::LoadSkill(uri.clone(), file.clone()),
            Command::Complete(asked) => Request::Complete(completion(asked)?),
            Command::Tasks(Tasks::List(_)) => Request::Tasks(TaskRequest::List),
            Command::Tasks(Tasks::Get { id, .. }) => Request::Tasks(TaskRequest::One(TaskVerb::Get, id.clone())),
            Command::Tasks(Tasks::Cancel { id, .. }) => Request::Tasks(TaskRequest::One(TaskVerb::Cancel, id.clone())),
            Command::Tasks(Tasks::Wait { id, .. }) => Request::Tasks(TaskRequest::One(TaskVerb::Wait, id.clone())),
            Command::Raw(asked) => {
                let params = asked.params.as_deref().map(|text| json_from("PARAMS", text)).transpose()?;
                Request::One(Operation::Raw { method: asked.method.clone(), params }, content::whole)
            }
            Command::Run(asked) => Request::Run(run::read(&asked.script)?),
            Command::Servers(_)
            | Command::Chat(_)
            | Command::Models
            | Command::Journal(_)
            | Command::Config(_)
            | Command::Completions { .. }
            | Command::DemoServer { .. } => return Err(Failed::unexpected("this command talks to no server")),
        })
    }

    /// Asks and prints.
    pub(super) async fn perform(self, host: &mut Host, server: ServerId, out: &mut Output) -> Result<(), Failed> {
        match self {
            Request::Info => server::info(host, server, out),
            Request::Ping => server::ping(host, server, out).await,
            Request::List(kind) => list::list(host, server, kind, out).await,
            Request::Call(asked) => call::tool(host, server, &asked, out).await,
            Request::Complete(operation) => call::complete(host, server, operation, out).await,
            Request::One(operation, for_people) => call::one(host, server, operation, for_people, out).await,
            Request::LoadSkill(uri, file) => skills::load(host, server, uri, file, out).await,
            Request::Tasks(asked) => tasks::tasks(host, server, asked, out).await,
            Request::Watch(uri) => watch::watch(host, server, &uri, out).await,
            Request::Run(script) => run::run(host, server, script, out).await,
        }
    }
}

fn completion(asked: &Complete) -> Result<Operation, Failed> {
    let target = match (&asked.prompt, &asked.resource) {
        (Some(name), _) => CompletionTarget::Prompt(name.clone()),
        (None, Some(uri)) => CompletionTarget::Resource(uri.clone()),
        (None, None) => return Err(Failed::usage("give --prompt NAME or --resource URI")),
    };
    let (argument, value) = (asked.argument.clone(), asked.value.clone());
    let known =
        (!asked.args.is_empty()).then(|| arguments_from_pairs(None, &pairs(&asked.args)?).map_err(Failed::usage));
    Ok(Operation::Complete { target, argument, value, context: known.transpose()? })
}
