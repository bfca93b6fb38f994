//! Looking for texts in lines of the journal: [`scan`].
//!
//! The bytes of many lines are searched at once; only where something is found is the line around it looked at. What
//! counts is what a frame says: its bytes, what is noted beside it, the head of an HTTP message; not the words of our
//! own format around it.

use std::sync::LazyLock;

use memchr::{memchr, memmem, memrchr};

use super::needle::Needle;
use crate::model::record::{Body, Record};

/// Looks for each needle in `lines`, which are whole lines with their ends. Tells `found` the frame and the bits of the
/// needles that are in it, in the order of the frames. Returns the frame after the last.
pub fn scan(lines: &[u8], needles: &[Needle], mut found: impl FnMut(u32, u32)) -> Option<u32> {
    // By the beginning of the line, which is in the order of the frames.
    let mut hits: Vec<(usize, u32)> = Vec::new();
    for (bit, needle) in needles.iter().enumerate() {
        one(lines, needle, |start| hits.push((start, 1 << bit)));
    }
    encoded(lines, needles, &mut hits);
    hits.sort_unstable();
    let mut at = 0;
    while let Some(&(start, mut bits)) = hits.get(at) {
        at += 1;
        while let Some((_, more)) = hits.get(at).filter(|(next, _)| *next == start) {
            bits |= more;
            at += 1;
        }
        if let Some(frame) = sequence(&lines[start..]) {
            found(frame, bits);
        }
    }
    let last = lines.strip_suffix(b"\n").unwrap_or(lines);
    let start = memrchr(b'\n', last).map_or(0, |end| end + 1);
    sequence(&last[start..]).map(|frame| frame.saturating_add(1))
}

/// Where the lines begin, among whole lines with their ends, in which any of the needles is; in order.
pub fn lines_with(lines: &[u8], needles: &[Needle]) -> Vec<usize> {
    let mut hits = Vec::new();
    for needle in needles {
        one(lines, needle, |start| hits.push((start, 0)));
    }
    encoded(lines, needles, &mut hits);
    let mut starts: Vec<usize> = hits.into_iter().map(|(start, _)| start).collect();
    starts.sort_unstable();
    starts.dedup();
    starts
}

/// The lines in which one needle is.
fn one(lines: &[u8], needle: &Needle, mut found: impl FnMut(usize)) {
    let mut from = 0;
    while let Some((at, end)) = needle.find(&lines[from..]) {
        let (at, end) = (from + at, from + end);
        let start = memrchr(b'\n', &lines[..at]).map_or(0, |end| end + 1);
        let stop = memchr(b'\n', &lines[at..]).map_or(lines.len(), |end| at + end);
        let line = &lines[start..stop];
        let parts = Parts::of(line);
        // What spans two lines is no hit of the first, but may hide one in the second.
        let inside = end <= start + parts.end;
        if inside && at >= start + parts.body && !parts.encoded {
            found(start);
            from = stop;
        } else if at < start + parts.beside {
            from = start + parts.beside;
        } else if at < start + parts.body {
            if beside(line, &parts, needle) {
                found(start);
                from = stop;
            } else {
                from = start + parts.body;
            }
        } else {
            from = if parts.encoded { stop } else { at + 1 };
        }
    }
}

/// Frames that are not UTF-8 are kept in base64, where no text is found: each is decoded and searched.
fn encoded(lines: &[u8], needles: &[Needle], hits: &mut Vec<(usize, u32)>) {
    for at in memmem::find_iter(lines, b",\"base64\":\"") {
        let start = memrchr(b'\n', &lines[..at]).map_or(0, |end| end + 1);
        let stop = memchr(b'\n', &lines[at..]).map_or(lines.len(), |end| at + end);
        let line = &lines[start..stop];
        if !Parts::of(line).encoded {
            continue;
        }
        let Some(Record { body: Body::Bytes(bytes), .. }) = Record::read(line) else { continue };
        for (bit, needle) in needles.iter().enumerate() {
            if needle.find(&bytes).is_some() {
                hits.push((start, 1 << bit));
            }
        }
    }
}

/// Where the parts of a line begin.
struct Parts {
    /// What stands beside the frame.
    beside: usize,
    /// The frame; the end of the line for none.
    body: usize,
    /// The end of the frame.
    end: usize,
    /// Whether the frame is in base64.
    encoded: bool,
}

/// What the parts of a line are found by. Inside strings every quote is escaped, so that these are members of the line
/// itself.
struct Members {
    kind: memmem::Finder<'static>,
    msg: memmem::Finder<'static>,
    text: memmem::Finder<'static>,
    base64: memmem::Finder<'static>,
}

static MEMBERS: LazyLock<Members> = LazyLock::new(|| Members {
    kind: memmem::Finder::new(b",\"kind\":\""),
    msg: memmem::Finder::new(b",\"msg\":"),
    text: memmem::Finder::new(b",\"text\":\""),
    base64: memmem::Finder::new(b",\"base64\":\""),
});

impl Parts {
    fn of(line: &[u8]) -> Parts {
        if let Some(body) = plain(line) {
            return Parts { beside: body, body, end: line.len().saturating_sub(1).max(body), encoded: false };
        }
        let members = &*MEMBERS;
        let kind = members.kind.find(line).map_or(0, |at| at + 9);
        let beside = memchr(b'"', &line[kind..]).map_or(line.len(), |end| kind + end + 1);
        let rest = &line[beside..];
        let msg = members.msg.find(rest);
        // A large frame is not looked through for what would have to stand before it.
        let before = &rest[..msg.unwrap_or(rest.len())];
        let text = members.text.find(before);
        let before = &before[..text.unwrap_or(before.len())];
        let base64 = members.base64.find(before);
        // What closes the frame's string, and the line.
        let (body, closing) = match (base64, text, msg) {
            (Some(at), ..) => (beside + at + 11, 2),
            (_, Some(at), _) => (beside + at + 9, 2),
            (_, _, Some(at)) => (beside + at + 7, 1),
            (None, None, None) => (line.len(), 0),
        };
        let beside = if rest.starts_with(b",\"size\":") { body } else { beside };
        Parts { beside, body, end: line.len().saturating_sub(closing).max(body), encoded: base64.is_some() }
    }
}

/// Where the frame begins in a line as most are: nothing but its size is noted beside it. A name with an escaped quote is
/// taken for its end here, and then does not go on like this.
fn plain(line: &[u8]) -> Option<usize> {
    let digits = |rest: &'_ [u8]| rest.iter().position(|byte| !byte.is_ascii_digit());
    let mut rest = line.strip_prefix(b"{\"seq\":")?;
    rest = &rest[digits(rest)?..];
    for member in [&b",\"at\":\""[..], b",\"server\":\"", b",\"dir\":\"", b",\"kind\":\""] {
        rest = rest.strip_prefix(member)?;
        rest = &rest[memchr(b'"', rest)? + 1..];
    }
    rest = rest.strip_prefix(b",\"size\":")?;
    rest = rest[digits(rest)?..].strip_prefix(b",\"msg\":")?;
    Some(line.len() - rest.len())
}

/// Whether the needle is in what stands beside the frame, apart from the words of the format.
fn beside(line: &[u8], parts: &Parts, needle: &Needle) -> bool {
    Record::read_head(&line[..parts.body]).is_some_and(|record| is_beside(&record, needle))
}

/// Whether the needle is in what a record tells besides its frame: the note, the rest of a cut frame, the SSE block, the
/// head of an HTTP message.
pub fn is_beside(record: &Record, needle: &Needle) -> bool {
    let has = |text: &str| needle.find(text.as_bytes()).is_some();
    record.note.as_deref().is_some_and(has)
        || record.cut.as_ref().is_some_and(|cut| has(&cut.tail))
        || record.sse.as_ref().is_some_and(|sse| has(&sse.pre) || has(&sse.post))
        || record.http.as_ref().is_some_and(|http| {
            http.method.as_deref().is_some_and(has)
                || http.url.as_deref().is_some_and(has)
                || http.status.is_some_and(|status| has(&status.to_string()))
                || http.headers.iter().any(|(name, value)| has(name) || has(value))
        })
}

/// The number of the frame whose line this begins.
fn sequence(line: &[u8]) -> Option<u32> {
    let digits = line.strip_prefix(b"{\"seq\":")?;
    let mut number = 0_u32;
    for byte in digits.iter().take_while(|byte| byte.is_ascii_digit()) {
        number = number.checked_mul(10)?.checked_add(u32::from(byte - b'0'))?;
    }
    Some(number)
}
