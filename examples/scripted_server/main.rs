//! A server that does exactly what a script says: for tests of clients, and for trying one's own by hand.
//!
//! `cargo run --example scripted_server -- SCRIPT.jsonl` speaks over its standard streams. One JSON object a line:
//!
//! * `{"handshake":"2025-11-25"}`: refuses the era probe, shakes hands in that revision (`"capabilities"` optional).
//! * `{"answered":ID}`: reads until the request of ours with this id was answered.
//! * `{"expect":"METHOD"}`: reads until a frame with this method came; its id, if it has one, is `${id}` from now on.
//! * `{"send":"TEXT"}`: writes the text and a line break. `{"write":"TEXT"}`: without one. `{"hex":"fffe0a"}`: bytes.
//! * `{"stderr":"TEXT"}`, `{"sleep":MS}`, `{"exit":CODE}`, `{"abort":true}`, `{"close":true}` (its output).
//! * `{"flood":COUNT,"size":BYTES}`: that many log notifications of that size, numbered.
//! * `{"fill":"A","times":N}`: the text N times, without a line break.
//! * `{"repeat":N,"send":"TEXT"}`: the text N times, a line each; `${n}` counts.
//! * `{"until_eof":true}`: reads and ignores until its input ends. `{"stay":true}`: ignores even that.
//! * `{"spawn":"COMMAND LINE"}`: a grandchild by `sh -c`, with the same standard output.
//! * `{"tell":"COMMAND LINE"}`: what `sh -c` prints, as the text result of the last request.
//!
//! With `--http` behind the script it speaks Streamable HTTP on a port of its own, which it prints; what is about bytes of
//! a pipe (`write`, `hex`, `fill`, `flood`, `close`) does not work there. `{"send":…,"status":400}` answers with that status,
//! and `{"closed":true}` waits until the client closes the connection of the last request. With `--sse` it speaks the old
//! HTTP+SSE, and `handshake` expects no probe.

mod http;

use std::io::{BufRead, Write};
use std::time::Duration;

use http::Http;
use serde_json::Value;

/// Who listens.
enum Peer {
    Pipe { input: std::io::StdinLock<'static>, output: std::io::BufWriter<std::io::Stdout> },
    Http(Http),
}

impl Peer {
    fn expect(&mut self, method: &str) -> String {
        self.until(&|frame| frame["method"] == method)
    }

    /// Reads until a frame of this kind came; its id.
    fn until(&mut self, wanted: &dyn Fn(&Value) -> bool) -> String {
        match self {
            Peer::Pipe { input, .. } => expect(input, wanted),
            Peer::Http(http) => http.expect(wanted),
        }
    }

    fn send(&mut self, text: &str, status: u64) {
        match self {
            Peer::Pipe { output, .. } => drop(writeln!(output, "{text}")),
            Peer::Http(http) => http.send(text, status),
        }
    }

    fn bytes(&mut self) -> &mut impl Write {
        match self {
            Peer::Pipe { output, .. } => output,
            Peer::Http(_) => panic!("this step is for a pipe"),
        }
    }
}

fn main() {
    let path = std::env::args().nth(1).expect("a script");
    let script = std::fs::read_to_string(&path).expect("the script can be read");
    let mut peer = match std::env::args().nth(2).as_deref() {
        Some("--http") => Peer::Http(Http::start(false)),
        Some("--sse") => Peer::Http(Http::start(true)),
        _ => {
            let output = std::io::BufWriter::with_capacity(1 << 16, std::io::stdout());
            Peer::Pipe { input: std::io::stdin().lock(), output }
        }
    };
    let mut id = String::from("null");
    for line in script.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
        let step: Value = serde_json::from_str(line).unwrap_or_else(|fault| panic!("{line}: {fault}"));
        perform(&step, &mut peer, &mut id);
        flush(&mut peer);
    }
}

fn expect(input: &mut impl BufRead, wanted: &dyn Fn(&Value) -> bool) -> String {
    let mut line = String::new();
    loop {
        line.clear();
        if input.read_line(&mut line).unwrap_or(0) == 0 {
            std::process::exit(0);
        }
        let Ok(frame) = serde_json::from_str::<Value>(&line) else { continue };
        if wanted(&frame) {
            return frame.get("id").map_or("null".into(), Value::to_string);
        }
    }
}

fn perform(step: &Value, peer: &mut Peer, id: &mut String) {
    let text = |name: &str| step[name].as_str().map(str::to_owned);
    if let Some(version) = text("handshake") {
        let capabilities = step.get("capabilities").map_or(r#"{"tools":{}}"#.to_owned(), Value::to_string);
        if !matches!(peer, Peer::Http(http) if http.old) {
            let probe = peer.expect("server/discover");
            let unknown = r#"{"jsonrpc":"2.0","id":PROBE,"error":{"code":-32601,"message":"Method not found"}}"#;
            peer.send(&unknown.replace("PROBE", &probe), 200);
            flush(peer);
        }
        let first = peer.expect("initialize");
        let result = format!(
            r#"{{"protocolVersion":"{version}","capabilities":{capabilities},"serverInfo":{{"name":"scripted","version":"1"}}}}"#
        );
        peer.send(&format!(r#"{{"jsonrpc":"2.0","id":{first},"result":{result}}}"#), 200);
        flush(peer);
        peer.expect("notifications/initialized");
    } else if let Some(method) = text("expect") {
        let came = peer.expect(&method);
        if came != "null" {
            *id = came;
        }
    } else if let Some(asked) = step.get("answered") {
        peer.until(&|frame| frame.get("method").is_none() && frame.get("id") == Some(asked));
    } else if let Some(count) = step["repeat"].as_u64() {
        let line = text("send").unwrap_or_default();
        for n in 0..count {
            peer.send(&line.replace("${id}", id).replace("${n}", &n.to_string()), 200);
        }
    } else if let Some(line) = text("send") {
        peer.send(&line.replace("${id}", id), step["status"].as_u64().unwrap_or(200));
    } else if let Some(line) = text("write") {
        write!(peer.bytes(), "{}", line.replace("${id}", id)).ok();
    } else if let Some(command) = text("tell") {
        let told = std::process::Command::new("sh").args(["-c", &command]).output().expect("sh starts");
        let told = Value::from(String::from_utf8_lossy(&told.stdout).into_owned());
        let result = format!(r#"{{"content":[{{"type":"text","text":{told}}}]}}"#);
        peer.send(&format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{result}}}"#), 200);
    } else if step["closed"] == true {
        if let Peer::Http(http) = peer {
            http.closed();
        }
    } else if let Some(hex) = text("hex") {
        let bytes: Vec<u8> =
            (0..hex.len() / 2).filter_map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).ok()).collect();
        peer.bytes().write_all(&bytes).ok();
    } else if let Some(fill) = text("fill") {
        let block = fill.repeat(4_096);
        let mut left = step["times"].as_u64().unwrap_or(1) * fill.len() as u64;
        while left > 0 {
            let part = left.min(block.len() as u64);
            peer.bytes().write_all(&block.as_bytes()[..part as usize]).ok();
            left -= part;
        }
    } else if let Some(count) = step["flood"].as_u64() {
        flood(peer.bytes(), count, step["size"].as_u64().unwrap_or(300) as usize);
    } else if let Some(line) = text("stderr") {
        std::io::stderr().write_all(line.as_bytes()).ok();
    } else if let Some(pause) = step["sleep"].as_u64() {
        std::thread::sleep(Duration::from_millis(pause));
    } else if let Some(code) = step["exit"].as_i64() {
        std::process::exit(code as i32);
    } else if step["abort"] == true {
        std::process::abort();
    } else if let Some(command) = text("spawn") {
        // It is to outlive this step, and this process: what becomes of it is the client's matter.
        let child = std::process::Command::new("sh").args(["-c", &command]).spawn().expect("sh starts");
        std::mem::forget(std::thread::spawn(move || child.wait_with_output()));
    } else if step["until_eof"] == true {
        let mut line = Vec::new();
        let mut own = None;
        let input: &mut dyn BufRead = match peer {
            Peer::Pipe { input, .. } => input,
            Peer::Http(_) => own.insert(std::io::stdin().lock()),
        };
        while input.read_until(b'\n', &mut line).unwrap_or(0) > 0 {
            line.clear();
        }
    } else if step["stay"] == true {
        loop {
            std::thread::sleep(Duration::from_hours(1));
        }
    } else {
        panic!("unknown step {step}");
    }
}

fn flush(peer: &mut Peer) {
    if let Peer::Pipe { output, .. } = peer {
        output.flush().ok();
    }
}

fn flood(output: &mut impl Write, count: u64, size: usize) {
    let head = r#"{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":{"n":"#;
    let padding = "x".repeat(size.saturating_sub(head.len() + 30));
    for n in 0..count {
        writeln!(output, r#"{head}{n},"text":"{padding}"}}}}}}"#).ok();
    }
}
