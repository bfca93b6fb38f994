//! A picture in an answer, drawn by the terminal itself: sent as this terminal takes it, erased by what is drawn over it,
//! and whole again afterwards. The environment says which terminal it is.

use base64::Engine as _;
use serde_json::json;

use super::asked::{sends, server};
use super::terminal::{CELL, Session};

/// Nothing of the terminal that runs the test.
const BARE: [(&str, &str); 5] = [("TMUX", ""), ("STY", ""), ("ZELLIJ", ""), ("TERM_PROGRAM", ""), ("LC_TERMINAL", "")];

/// Columns or rows of the screen: left, top, behind the right, behind the bottom.
type Place = (u16, u16, u16, u16);

fn shares((left, top, right, bottom): Place, other: Place) -> bool {
    left < other.2 && other.0 < right && top < other.3 && other.1 < bottom
}

/// Where sixels or files of pictures were drawn.
fn drawn(bytes: &[u8]) -> Vec<Place> {
    let text = String::from_utf8_lossy(bytes);
    let number = |text: &str, name: &str| -> Option<u16> {
        let rest = &text[text.find(name)? + name.len()..];
        rest[..rest.find(|c: char| !c.is_ascii_digit())?].parse().ok()
    };
    let one = |at: usize| {
        let (place, rest) = text[at..].strip_prefix("\x1b[")?.split_once('H')?;
        let (row, column) = place.split_once(';')?;
        let (top, left): (u16, u16) =
            (row.parse::<u16>().ok()?.checked_sub(1)?, column.parse::<u16>().ok()?.checked_sub(1)?);
        let (width, height) = if let Some(size) = rest.strip_prefix("\x1bP7;1q\"1;1;") {
            let (width, rest) = size.split_once(';')?;
            (width.parse::<u16>().ok()? / CELL.0, number(rest, "")? / CELL.1)
        } else {
            let head = rest.strip_prefix("\x1b]1337;File=")?.split(':').next()?;
            (number(head, ";width=")?, number(head, ";height=")?)
        };
        Some((left, top, left + width, top + height))
    };
    text.match_indices("\x1b[").filter_map(|(at, _)| one(at)).collect()
}

/// The cells (column, row) of kitty's placeholders.
fn placeholders(screen: &vt100::Screen) -> Vec<(u16, u16)> {
    let (rows, columns) = (screen.size().0.get(), screen.size().1.get());
    let all = (0..rows).flat_map(|row| (0..columns).map(move |column| (column, row)));
    let is = |(column, row): &(u16, u16)| {
        screen.cell(*row, *column).is_some_and(|cell| cell.contents().starts_with('\u{10eeee}'))
    };
    all.filter(is).collect()
}

/// Where the window with the keys is.
fn window(screen: &vt100::Screen) -> Option<Place> {
    let rows: Vec<Vec<char>> = screen.contents().lines().map(|line| line.chars().collect()).collect();
    let title: Vec<char> = "┏ Keys ━".chars().collect();
    let find = |row: &Vec<char>, part: &[char]| row.windows(part.len()).position(|window| window == part);
    let (top, left) = rows.iter().enumerate().find_map(|(at, row)| Some((at, find(row, &title)?)))?;
    let right = left + rows[top][left..].iter().position(|c| *c == '┓')? + 1;
    let bottom = top + rows[top..].iter().position(|row| row.get(left) == Some(&'┗'))? + 1;
    let [left, top, right, bottom] = [left, top, right, bottom].map(|side| u16::try_from(side).expect("on the screen"));
    Some((left, top, right, bottom))
}

/// Calls a tool that answers with a picture, in a terminal with these variables.
fn picture(variables: &[(&str, &str)]) -> (tempfile::TempDir, Session) {
    let dir = tempfile::tempdir().expect("a directory");
    let mut file = std::io::Cursor::new(Vec::new());
    let picture = image::RgbImage::from_fn(96, 24, |x, y| image::Rgb([x as u8 * 2, y as u8 * 8, 99]));
    picture.write_to(&mut file, image::ImageFormat::Png).expect("a picture");
    let data = base64::prelude::BASE64_STANDARD.encode(file.into_inner());
    let tool = json!({"name": "picture", "description": "Draws one", "inputSchema": {"type": "object"}});
    let steps = [
        json!({"handshake": "2025-11-25"}),
        json!({"expect": "tools/list"}),
        sends(&json!({"jsonrpc": "2.0", "id": "${id}", "result": {"tools": [tool]}})),
        json!({"expect": "tools/call"}),
        sends(
            &json!({"jsonrpc": "2.0", "id": "${id}", "result": {"content": [{"type": "image", "mimeType": "image/png", "data": data}]}}),
        ),
        json!({"until_eof": true}),
    ];
    let [server, script] = server(dir.path(), &steps);
    let variables = [&BARE[..], variables].concat();
    let mut session = Session::run(120, 40, &variables, &["--", &server, &script]);
    session.shows("Draws one");
    session.forget_bytes();
    session.keys("/picture\r\r");
    session.shows("Call ");
    session.keys("\x13");
    session.shows("96 x 24 pixels");
    (dir, session)
}

/// Whether each cell that both have is in one of the places.
fn covered(places: &[Place], window: Place, area: Place) -> bool {
    let shared = |(column, row)| shares((column, row, column + 1, row + 1), area);
    let drawn = |(column, row)| places.iter().any(|place| shares((column, row, column + 1, row + 1), *place));
    let cells = (window.1..window.3).flat_map(|row| (window.0..window.2).map(move |column| (column, row)));
    cells.filter(|cell| shared(*cell)).all(drawn)
}

fn pixels_are_drawn_erased_and_drawn_again(variables: &[(&str, &str)]) {
    let (_dir, mut session) = picture(variables);
    session.until("a picture", |seen| !drawn(&seen.bytes).is_empty());
    let area = {
        let seen = session.seen.0.lock().expect("the reader lives");
        drawn(&seen.bytes)
            .into_iter()
            .reduce(|all, one| (all.0.min(one.0), all.1.min(one.1), all.2.max(one.2), all.3.max(one.3)))
    };
    let area = area.expect("a picture");
    assert!(area.2 - area.0 > 10 && area.3 - area.1 > 5, "{area:?}");
    session.forget_bytes();
    session.keys("?");
    session.until("the window with the keys", |seen| window(seen.parser.screen()).is_some());
    let window = window(session.seen.0.lock().expect("the reader lives").parser.screen()).expect("it is there");
    assert!(shares(window, area), "{window:?} is not over {area:?}");
    // What comes next of it comes after the window: nothing of the picture may be drawn into that.
    let first = session.seen.0.lock().expect("the reader lives").parser.screen().contents();
    session.keys("\x1b[B\x1b[6~");
    session.until("the next page of it", |seen| seen.parser.screen().contents() != first);
    {
        let seen = session.seen.0.lock().expect("the reader lives");
        // What was drawn before the window came is under it.
        let came = seen.bytes.windows(4).position(|part| part == b"Keys").expect("its title");
        let inside: Vec<_> = drawn(&seen.bytes[came..]).into_iter().filter(|place| shares(*place, window)).collect();
        assert!(inside.is_empty(), "{inside:?} drawn into the window at {window:?}");
    }
    session.forget_bytes();
    session.keys("\x1b");
    session.until("the rest of the picture", |seen| covered(&drawn(&seen.bytes), window, area));
    session.keys("q");
    assert_eq!(session.exit_code(), 0);
}

#[test]
fn a_terminal_with_sixels_gets_those() {
    pixels_are_drawn_erased_and_drawn_again(&[("TERM", "foot")]);
}

#[test]
fn iterm_gets_files() {
    pixels_are_drawn_erased_and_drawn_again(&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "iTerm.app")]);
}

#[test]
fn kitty_gets_the_picture_once_and_placeholders_wherever_it_is() {
    let (_dir, mut session) = picture(&[("TERM", "xterm-kitty")]);
    let sent = |bytes: &[u8]| bytes.windows(6).filter(|window| window == b"\x1b_Ga=t").count();
    session.until("placeholders", |seen| placeholders(seen.parser.screen()).len() > 50);
    let (before, transmitted) = {
        let seen = session.seen.0.lock().expect("the reader lives");
        (placeholders(seen.parser.screen()), sent(&seen.bytes))
    };
    assert!(transmitted > 0, "the picture itself");
    session.forget_bytes();
    session.keys("?");
    session.until("the window with the keys over it", |seen| {
        let screen = seen.parser.screen();
        window(screen).is_some() && placeholders(screen).len() < before.len()
    });
    session.keys("\x1b");
    session.until("the picture as it was", |seen| placeholders(seen.parser.screen()) == before);
    assert_eq!(sent(&session.seen.0.lock().expect("the reader lives").bytes), 0, "it was not sent again");
    session.keys("q");
    assert_eq!(session.exit_code(), 0);
}

#[test]
fn any_other_terminal_gets_characters() {
    let (_dir, mut session) = picture(&[("TERM", "xterm-256color")]);
    session.until("half blocks", |seen| {
        let blocks = seen.parser.screen().contents().chars().filter(|c| matches!(c, '▀' | '█')).count();
        blocks > 100
    });
    {
        let seen = session.seen.0.lock().expect("the reader lives");
        assert!(drawn(&seen.bytes).is_empty() && placeholders(seen.parser.screen()).is_empty());
    }
    session.keys("q");
    assert_eq!(session.exit_code(), 0);
}
