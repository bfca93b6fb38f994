//! `models`: what the configured providers list.

use futures_util::future::join_all;
use serde_json::{Map, Value, json};

use super::failure::{Failed, Kind};
use super::output::Output;
use crate::cli::Options;
use crate::cli::startup::{Startup, env};
use crate::config::kind_word;
use crate::llm::Provider;
use crate::model::chat::{FailureKind, ModelInfo, ProviderFailure};
use crate::model::provider::ProviderSpec;
use crate::model::text::escape_line;

/// Asks all providers at once and prints what each lists. A provider that fails keeps nobody else from being listed,
/// and is told by the exit code.
pub(super) async fn run(options: &Options, out: &mut Output) -> Result<(), Failed> {
    let startup = Startup::load(options)?;
    for warning in &startup.warnings {
        out.warning(&warning.to_string());
    }
    let specs = startup.config.provider_specs(&env);
    let mut first_failure = None;
    let mut documents = Vec::new();
    let asked = specs.into_iter().map(|spec| async {
        let spec = spec.map_err(|error| (error.name.clone(), Failed::from(error)))?;
        let listed = list(&spec).await.map_err(|failure| (spec.name.clone(), of_provider(&failure)))?;
        Ok::<_, (String, Failed)>((spec, listed))
    });
    for outcome in join_all(asked).await {
        match outcome {
            Ok((spec, models)) => {
                if out.is_json() {
                    let models: Vec<Value> = models.iter().map(model_json).collect();
                    documents.push(json!({ "name": spec.name, "kind": kind_word(spec.dialect), "models": models }));
                } else {
                    let page: String = models.iter().map(|model| row(&spec.name, model, out)).collect();
                    out.text(&page);
                }
            }
            Err((name, failed)) => {
                if out.is_json() {
                    documents.push(json!({ "name": name, "error": failed.to_json() }));
                } else if first_failure.is_some() {
                    // The first one is told as the failure of the command.
                    out.warning(&failed.to_string());
                }
                first_failure.get_or_insert(failed);
            }
        }
    }
    if out.is_json() {
        out.json(&json!({ "providers": documents }).to_string());
    }
    first_failure.map_or(Ok(()), Err)
}

async fn list(spec: &ProviderSpec) -> Result<Vec<ModelInfo>, ProviderFailure> {
    Provider::new(spec.clone())?.models().await
}

/// A failure of a provider with the exit code that scripts expect.
pub(super) fn of_provider(failure: &ProviderFailure) -> Failed {
    let kind = match failure.kind {
        FailureKind::Unreachable => Kind::Unreachable,
        FailureKind::Unauthorized => Kind::Unauthorized,
        FailureKind::TimedOut => Kind::TimedOut,
        FailureKind::RateLimited
        | FailureKind::Quota
        | FailureKind::Overloaded
        | FailureKind::Refused
        | FailureKind::TooLarge
        | FailureKind::NotFound
        | FailureKind::Server
        | FailureKind::Truncated
        | FailureKind::BadAnswer => Kind::Provider,
    };
    let failed = Failed::new(kind, failure.advised());
    match &failure.request_id {
        Some(id) => failed.with_details(vec![format!("request {id}")]),
        None => failed,
    }
}

fn model_json(model: &ModelInfo) -> Value {
    let mut json = Map::new();
    json.insert("id".into(), model.id.clone().into());
    for (key, value) in [("title", &model.title), ("remark", &model.remark)] {
        if let Some(value) = value {
            json.insert(key.into(), value.clone().into());
        }
    }
    for (key, value) in [("context", model.context), ("maxOutput", model.max_output)] {
        if let Some(value) = value {
            json.insert(key.into(), value.into());
        }
    }
    Value::Object(json)
}

fn row(provider: &str, model: &ModelInfo, out: &Output) -> String {
    let tokens = |count: Option<u64>, what: &str| count.map(|count| format!("{count} tokens {what}"));
    let facts = [
        model.title.clone(),
        tokens(model.context, "of context"),
        tokens(model.max_output, "of output"),
        model.remark.clone(),
    ];
    let facts: Vec<String> = facts.into_iter().flatten().collect();
    let facts = if facts.is_empty() { String::new() } else { format!("  {}", out.dim(&facts.join(", "))) };
    format!("{}/{}{facts}\n", escape_line(provider), out.name(&model.id))
}
