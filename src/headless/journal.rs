//! `journal list`, `journal show` and `journal search`.

mod search;

use std::collections::{BTreeSet, VecDeque};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value, json};

use super::content::size;
use super::{Failed, Output};
use crate::cli::Options;
use crate::cli::command::Journal;
use crate::cli::startup::{Startup, env};
use crate::journal::{scan_file, scan_for};
use crate::model::filter::Filter;
use crate::model::filter::needle::Needle;
use crate::model::record::{Body, Record, kind_word};
use crate::model::text::escape_line;
use crate::model::wire::Direction;
use search::Sifter;

/// Does what was asked for.
pub(super) fn run(verb: &Journal, options: &Options, out: &mut Output) -> Result<(), Failed> {
    let startup = Startup::load(options)?;
    let dir = startup.config.journal.directory(&env, &startup.paths).map_err(Failed::usage)?;
    match verb {
        Journal::List => list(dir.as_deref(), out),
        Journal::Show { file, limit } => {
            let file = find(file, dir.as_deref())?;
            let servers = &options.servers;
            show(&file, None, *limit, |record| servers.is_empty() || servers.contains(&record.server), out)
        }
        Journal::Search { filter, file, limit } => {
            let filter = Filter::read(filter).map_err(|why| Failed::usage(format!("the filter is wrong {why}")))?;
            let file = find(file, dir.as_deref())?;
            let servers = &options.servers;
            let needles: Option<Vec<Needle>> = filter.is_for_texts().then(|| filter.texts().map(Needle::new).collect());
            let mut sifter = Sifter::new(filter);
            // Where it matters what was asked before, every record is looked at, also those of other servers' names.
            let fits =
                |record: &Record| sifter.fits(record) && (servers.is_empty() || servers.contains(&record.server));
            show(&file, needles.as_deref(), *limit, fits, out)
        }
    }
}

/// The journals of a directory, oldest first.
fn journals(dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).into_iter().flatten();
    let files = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut files: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|ext| ext == "jsonl")).collect();
    files.sort();
    files
}

/// What `journal list` says of one file.
struct Listed {
    file: PathBuf,
    started: Option<String>,
    bytes: u64,
    records: u64,
    servers: BTreeSet<String>,
}

fn list(dir: Option<&Path>, out: &mut Output) -> Result<(), Failed> {
    let Some(dir) = dir else { return Err(Failed::usage("no place for journals is known: HOME is not set")) };
    let mut rows = Vec::new();
    for file in journals(dir) {
        let mut servers = BTreeSet::new();
        let scanned = scan_file(&file, |record| {
            if !servers.contains(&record.server) {
                servers.insert(record.server);
            }
            true
        });
        match scanned {
            Ok(scan) => {
                let bytes = std::fs::metadata(&file).map_or(0, |metadata| metadata.len());
                rows.push(Listed { started: started(&file), file, bytes, records: scan.records, servers });
            }
            Err(why) => out.warning(&why.to_string()),
        }
    }
    if out.is_json() {
        let rows: Vec<Value> = rows
            .iter()
            .map(|row| {
                json!({
                    "file": row.file, "started": row.started, "bytes": row.bytes,
                    "records": row.records, "servers": row.servers,
                })
            })
            .collect();
        out.json(&json!({ "journals": rows }).to_string());
        return Ok(());
    }
    let mut page = String::new();
    for row in &rows {
        let servers: Vec<&str> = row.servers.iter().map(String::as_str).collect();
        let _ = writeln!(
            page,
            "{}  {:>8}  {:>7} records  {}  {}",
            escape_line(row.started.as_deref().unwrap_or("?")),
            size(row.bytes),
            row.records,
            out.name(&servers.join(", ")),
            out.dim(&row.file.display().to_string()),
        );
    }
    out.text(&page);
    if rows.is_empty() {
        out.note(&format!("there are no journals in {}", dir.display()));
    }
    Ok(())
}

/// When the run began, as the first line says.
fn started(file: &Path) -> Option<String> {
    let mut line = Vec::new();
    // The first line is short; a file that has none is no journal.
    BufReader::new(File::open(file).ok()?.take(4_096)).read_until(b'\n', &mut line).ok()?;
    let head: Value = serde_json::from_slice(&line).ok()?;
    let at: jiff::Timestamp = head["started"].as_str()?.parse().ok()?;
    Some(at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// The file that was meant: a path, a name in the journal directory, or the newest one.
fn find(given: &Path, dir: Option<&Path>) -> Result<PathBuf, Failed> {
    if given.is_file() {
        return Ok(given.to_owned());
    }
    let known = dir.map(journals).unwrap_or_default();
    if given == Path::new("last") {
        let newest = known.into_iter().next_back();
        return newest
            .ok_or_else(|| Failed::usage("nothing is recorded yet; `mcp-tui config path` says where journals go"));
    }
    let named = known
        .into_iter()
        .find(|file| file.file_name() == Some(given.as_os_str()) || file.file_stem() == Some(given.as_os_str()));
    named.ok_or_else(|| Failed::usage(format!("{}: no such journal; see `mcp-tui journal list`", given.display())))
}

/// Prints what is wanted; only what has one of the needles is looked at, if there are some.
fn show(
    file: &Path,
    needles: Option<&[Needle]>,
    limit: Option<usize>,
    mut wanted: impl FnMut(&Record) -> bool,
    out: &mut Output,
) -> Result<(), Failed> {
    let mut newest: VecDeque<Record> = VecDeque::new();
    let see = |record: Record| {
        if !wanted(&record) {
            return true;
        }
        match limit {
            None => print(&record, out),
            Some(limit) => {
                newest.push_back(record);
                if newest.len() > limit {
                    newest.pop_front();
                }
            }
        }
        !out.is_closed()
    };
    let scanned = match needles {
        Some(needles) => scan_for(file, needles, see),
        None => scan_file(file, see),
    };
    let scan = scanned.map_err(|why| Failed::usage(why.to_string()))?;
    for record in &newest {
        print(record, out);
    }
    if scan.damaged_count > 0 {
        let places: Vec<String> = scan.damaged.iter().take(5).map(ToString::to_string).collect();
        let more = if scan.damaged_count > 5 { ", …" } else { "" };
        out.warning(&format!(
            "{}: {} damaged line{} skipped, at byte {}{more}",
            file.display(),
            scan.damaged_count,
            if scan.damaged_count == 1 { "" } else { "s" },
            places.join(", "),
        ));
    }
    Ok(())
}

fn print(record: &Record, out: &mut Output) {
    if out.is_json() {
        out.json(&line(record));
    } else {
        out.text(&row(record, out));
    }
}

/// One line for people: time, server, direction, kind, and the frame as it was.
fn row(record: &Record, out: &Output) -> String {
    let arrow = match record.direction {
        Direction::Send => "→",
        Direction::Recv => "←",
        Direction::Stderr => "!",
        Direction::Note => "·",
    };
    let time = record.at.split_once('T').map_or(record.at.as_str(), |(_, time)| time);
    let mut text = String::new();
    if let Some(http) = &record.http {
        let facts = [http.method.clone(), http.url.clone(), http.status.map(|status| status.to_string())];
        text.push_str(&facts.into_iter().flatten().collect::<Vec<_>>().join(" "));
    }
    let frame = record.text();
    for part in [record.note.as_deref().map(|note| format!("({note})")), Some(frame.into_owned())].into_iter().flatten()
    {
        if !text.is_empty() && !part.is_empty() {
            text.push(' ');
        }
        text.push_str(&part);
    }
    let cut = if record.cut.is_some() { format!(" … {} in all", size(record.size)) } else { String::new() };
    let kind = kind_word(record.kind);
    format!("{} {} {arrow} {kind:<12} {}{cut}\n", out.dim(time), out.name(&record.server), escape_line(&text))
}

/// The record as a line of JSON, with the members of the journal's own format.
fn line(record: &Record) -> String {
    let mut head = Map::new();
    head.insert("seq".into(), record.seq.into());
    head.insert("at".into(), record.at.clone().into());
    head.insert("server".into(), record.server.clone().into());
    head.insert("dir".into(), record.direction.word().into());
    head.insert("kind".into(), kind_word(record.kind).into());
    let facts = [
        ("note", record.note.as_ref().map(|note| json!(note))),
        ("ruling", record.ruling.as_ref().map(|ruling| json!(ruling))),
        ("exchange", record.exchange.map(Value::from)),
        ("http", record.http.as_ref().map(|http| json!(http))),
        ("sse", record.sse.as_ref().map(|sse| json!(sse))),
        ("eol", record.eol.as_ref().map(|eol| json!(eol))),
        ("cut", record.cut.as_ref().map(|cut| json!(cut))),
    ];
    for (key, value) in facts {
        if let Some(value) = value {
            head.insert(key.into(), value);
        }
    }
    let (key, frame) = match &record.body {
        Body::None => return Value::Object(head).to_string(),
        // As it was on the wire, numbers and order and all.
        Body::Msg(text) => ("msg", text.clone()),
        Body::Text(text) => ("text", Value::from(text.as_str()).to_string()),
        Body::Bytes(bytes) => ("base64", Value::from(BASE64_STANDARD.encode(bytes)).to_string()),
    };
    head.insert("size".into(), record.size.into());
    let mut line = Value::Object(head).to_string();
    line.pop();
    format!("{line},\"{key}\":{frame}}}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_as_json_is_the_line_of_the_journal() {
        for text in [
            r#"{"seq":3,"at":"2026-11-21T02:21:36.000001Z","server":"a","dir":"recv","kind":"result","size":20,"msg":{"id":1,"n":1.50e0}}"#,
            r#"{"seq":4,"at":"2026-11-21T02:21:36.000001Z","server":"a","dir":"note","kind":"note","note":"connecting"}"#,
            r#"{"seq":5,"at":"2026-11-21T02:21:36.000001Z","server":"a","dir":"stderr","kind":"stderr","size":2,"text":"\u001b["}"#,
            r#"{"seq":6,"at":"2026-11-21T02:21:36.000001Z","server":"a","dir":"recv","kind":"not-json","size":2,"base64":"//4="}"#,
        ] {
            let record = Record::read(text.as_bytes()).expect("a record");
            assert_eq!(line(&record), text);
        }
    }
}
