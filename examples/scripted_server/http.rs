//! The same scripts over Streamable HTTP: a request's answer is a JSON body if nothing came before it, else the last
//! event of a stream. And over the old HTTP+SSE: a GET brings the stream, which names where frames are posted.

use std::collections::{HashMap, VecDeque};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use serde_json::Value;

const STREAM: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";

/// A message, and the connection that waits for its answer if it is a request.
type Came = (Value, Option<TcpStream>);

struct Open {
    socket: TcpStream,
    /// Whether it is a stream already.
    started: bool,
}

pub(crate) struct Http {
    came: mpsc::Receiver<Came>,
    /// Messages that no step has expected yet.
    early: VecDeque<Came>,
    open: HashMap<String, Open>,
    /// The id that was expected last.
    last: String,
    /// The legacy stream of server messages.
    stream: Arc<Mutex<Option<TcpStream>>>,
    /// Whether a client shook hands, which then opens that stream.
    legacy: bool,
    /// Whether it speaks the old HTTP+SSE.
    pub(crate) old: bool,
}

impl Http {
    /// Listens, and says where on standard output.
    pub(crate) fn start(old: bool) -> Http {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = format!("http://{}/mcp\n", listener.local_addr().expect("an address"));
        std::io::Write::write_all(&mut std::io::stdout(), address.as_bytes()).expect("standard output");
        let (tell, came) = mpsc::channel();
        let stream = Arc::new(Mutex::new(None));
        let kept = stream.clone();
        std::thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                let (tell, kept) = (tell.clone(), kept.clone());
                let hear = if old { hear_old } else { hear };
                std::thread::spawn(move || hear(socket, &tell, &kept));
            }
        });
        Http { came, early: VecDeque::new(), open: HashMap::new(), last: String::new(), stream, legacy: old, old }
    }

    /// Waits for a message of this kind; its id. Those before it stay for later steps: posts have no order.
    pub(crate) fn expect(&mut self, wanted: &dyn Fn(&Value) -> bool) -> String {
        let early = self.early.iter().position(|(frame, _)| wanted(frame));
        let (frame, socket) = early.and_then(|at| self.early.remove(at)).unwrap_or_else(|| {
            loop {
                let Ok(came) = self.came.recv() else { std::process::exit(0) };
                if wanted(&came.0) {
                    return came;
                }
                self.early.push_back(came);
            }
        });
        let id = frame.get("id").map_or("null".into(), Value::to_string);
        if let Some(socket) = socket {
            self.last.clone_from(&id);
            self.open.insert(id.clone(), Open { socket, started: false });
        }
        id
    }

    /// Sends a frame where it belongs.
    pub(crate) fn send(&mut self, text: &str, status: u64) {
        let frame: Value = serde_json::from_str(text).unwrap_or_default();
        let id = frame.get("id").map(Value::to_string).filter(|_| frame.get("method").is_none());
        if let Some(mut open) = id.and_then(|id| self.open.remove(&id)) {
            if open.started {
                event(&mut open.socket, text);
            } else {
                let shaken = text.contains("\"protocolVersion\"");
                self.legacy |= shaken;
                let session = if shaken { "Mcp-Session-Id: s-1\r\n" } else { "" };
                let head = format!(
                    "HTTP/1.1 {status} Scripted\r\nContent-Type: application/json\r\nConnection: close\r\n{session}Content-Length: {}\r\n\r\n{text}",
                    text.len()
                );
                open.socket.write_all(head.as_bytes()).ok();
            }
            return;
        }
        let meta = &frame["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"];
        let key = if meta.is_null() { self.last.clone() } else { meta.to_string() };
        if let Some(open) = self.open.get_mut(&key) {
            if !std::mem::replace(&mut open.started, true) {
                open.socket.write_all(STREAM.as_bytes()).ok();
            }
            event(&mut open.socket, text);
            return;
        }
        // The client opens it when it has shaken hands, beside whatever else it does then.
        let until = Instant::now() + Duration::from_secs(10);
        loop {
            if let Some(stream) = &mut *self.stream.lock().expect("nobody panicked") {
                return event(stream, text);
            }
            if !self.legacy || Instant::now() > until {
                return;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Waits until the client closes the connection of the request that was expected last.
    pub(crate) fn closed(&mut self) {
        if let Some(open) = self.open.get_mut(&self.last) {
            let mut part = [0; 256];
            while matches!(open.socket.read(&mut part), Ok(read) if read > 0) {}
        }
    }
}

fn event(socket: &mut TcpStream, text: &str) {
    // The client may be gone.
    write!(socket, "data: {text}\n\n").ok();
}

/// The same in the old transport: what a server says comes over the one stream.
fn hear_old(mut socket: TcpStream, tell: &mpsc::Sender<Came>, stream: &Mutex<Option<TcpStream>>) {
    let Some((head, body)) = request(&socket) else { return };
    let plain = |status: &str| format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    if head.starts_with("GET") {
        // The client may post as soon as it reads this, and the answer needs the stream.
        let mut stream = stream.lock().expect("nobody panicked");
        write!(socket, "{STREAM}event: endpoint\ndata: /message\n\n").ok();
        *stream = Some(socket);
    } else if head.starts_with("POST /message") {
        socket.write_all(plain("202 Accepted").as_bytes()).ok();
        tell.send((serde_json::from_slice(&body).unwrap_or_default(), None)).ok();
    } else {
        socket.write_all(plain("405 Method Not Allowed").as_bytes()).ok();
    }
}

/// Reads one request and does what needs no script.
fn hear(mut socket: TcpStream, tell: &mpsc::Sender<Came>, stream: &Mutex<Option<TcpStream>>) {
    let Some((head, body)) = request(&socket) else { return };
    let plain = |status: &str| format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    if head.starts_with("GET") {
        let modern = head.contains("mcp-protocol-version: 2026") || !head.contains("mcp-session-id");
        let answer = if modern { plain("405 Method Not Allowed") } else { STREAM.to_owned() };
        // What the client does next may need the stream.
        let mut stream = stream.lock().expect("nobody panicked");
        socket.write_all(answer.as_bytes()).ok();
        if !modern {
            *stream = Some(socket);
        }
        return;
    }
    let frame: Value = serde_json::from_slice(&body).unwrap_or_default();
    let waits = frame.get("id").is_some() && frame.get("method").is_some();
    if !waits {
        socket.write_all(plain("202 Accepted").as_bytes()).ok();
    }
    if head.starts_with("POST") {
        tell.send((frame, waits.then_some(socket))).ok();
    }
}

/// The head in lower case but for its first line, and the body.
fn request(socket: &TcpStream) -> Option<(String, Vec<u8>)> {
    let mut reader = BufReader::new(socket);
    let mut head = String::new();
    reader.read_line(&mut head).ok()?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.to_ascii_lowercase();
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((head, body))
}
