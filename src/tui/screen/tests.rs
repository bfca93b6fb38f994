//! What a terminal shows after rows were moved is what it would show if everything had been drawn afresh.
#![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]

use std::num::NonZero;

use proptest::prelude::*;
use ratatui::style::{Color, Modifier, Style};
use ratatui::{Terminal, TerminalOptions, Viewport};

use super::*;

/// A frame as rows of text, each with its style.
type Rows = Vec<(String, u8)>;

fn style(number: u8) -> Style {
    match number {
        0 => Style::new(),
        1 => Style::new().add_modifier(Modifier::REVERSED),
        2 => Style::new().fg(Color::Indexed(81)).bg(Color::Indexed(16)),
        5 => Style::new().fg(Color::LightRed).bg(Color::Rgb(1, 20, 255)).add_modifier(Modifier::ITALIC),
        6 => Style::new().fg(Color::DarkGray).bg(Color::White),
        3 => Style::new().add_modifier(Modifier::BOLD | Modifier::UNDERLINED),
        _ => Style::new().fg(Color::Green),
    }
}

struct Rig<B: Backend<Error = io::Error>> {
    terminal: Terminal<B>,
    bytes: Bytes,
    emulator: vt100::Parser,
    size: Size,
}

/// Ours.
fn ours(size: Size) -> Rig<Screen> {
    let bytes = Bytes::default();
    Rig::new(Screen::new(bytes.clone(), size, true), bytes, size)
}

/// ratatui's own, for comparison.
fn theirs(size: Size) -> Rig<CrosstermBackend<Bytes>> {
    let bytes = Bytes::default();
    Rig::new(CrosstermBackend::new(bytes.clone()), bytes, size)
}

impl<B: Backend<Error = io::Error>> Rig<B> {
    fn new(backend: B, bytes: Bytes, size: Size) -> Rig<B> {
        let viewport = Viewport::Fixed(Rect::new(0, 0, size.width, size.height));
        let terminal = Terminal::with_options(backend, TerminalOptions { viewport }).unwrap();
        let cells = |count| NonZero::new(count).unwrap();
        Rig { terminal, bytes, emulator: vt100::Parser::new(cells(size.height), cells(size.width), 0), size }
    }

    /// Draws a frame; returns how many bytes that took.
    fn draw(&mut self, rows: &Rows) -> usize {
        self.terminal.draw(|frame| draw_rows(frame.buffer_mut(), rows)).unwrap();
        let bytes = self.bytes.take();
        self.emulator.process(&bytes);
        bytes.len()
    }

    /// What can be seen: characters and how they look. Weight and colour of a blank cannot.
    fn seen(&self) -> Vec<String> {
        let screen = self.emulator.screen();
        let mut seen = Vec::new();
        for y in 0..self.size.height {
            for x in 0..self.size.width {
                let Some(cell) = screen.cell(y, x) else { continue };
                let text = if cell.has_contents() { cell.contents() } else { " " };
                let ink = (text != " ").then(|| (cell.fgcolor(), cell.bold()));
                let (ground, inverse, underline) = (cell.bgcolor(), cell.inverse(), cell.underline());
                seen.push(format!("{y},{x} {text:?} {ground:?} {inverse} {underline} {ink:?}"));
            }
        }
        seen
    }
}

fn draw_rows(buffer: &mut Buffer, rows: &Rows) {
    let width = usize::from(buffer.area.width);
    for (y, (text, number)) in rows.iter().enumerate().take(usize::from(buffer.area.height)) {
        let text = crate::model::text::pad(&crate::model::text::truncate_width(text, width), width).into_owned();
        buffer.set_stringn(0, y as u16, text, width, style(*number));
    }
}

/// Takes a character away that reaches into a place: half of one cannot be drawn.
fn make_room(buffer: &mut Buffer, place: Rect) {
    for y in place.y..place.bottom() {
        let left = buffer.cell_mut((place.x.wrapping_sub(1), y));
        if let Some(cell) = left.filter(|cell| columns(cell.symbol()) > 1) {
            cell.set_symbol(" ");
        }
    }
}

fn assert_same(size: Size, frames: &[Rows]) {
    let mut moved = ours(size);
    let mut plain = theirs(size);
    for (number, frame) in frames.iter().enumerate() {
        moved.draw(frame);
        plain.draw(frame);
        assert_eq!(moved.seen(), plain.seen(), "after frame {number} of {frames:?}");
    }
}

fn log(first: usize, rows: usize, selected: Option<usize>) -> Rows {
    let mut out = vec![("mcp-tui".to_owned(), 3), ("+ JSON-RPC -----".to_owned(), 0)];
    for at in first..first + rows {
        out.push((format!("| 21:04:{at:02} demo tools/call #{at}"), u8::from(selected == Some(at))));
    }
    out.push(("+---------------".to_owned(), 0));
    out.push((" q quit".to_owned(), 4));
    out
}

#[test]
fn a_line_more_costs_a_line() {
    let size = Size::new(60, 24);
    for selected in [false, true] {
        let mut rig = ours(size);
        let mut plain = theirs(size);
        let frame = |at: usize| log(at, 20, selected.then_some(at + 19));
        rig.draw(&frame(1));
        plain.draw(&frame(1));
        for at in 2..30 {
            let cost = rig.draw(&frame(at));
            let without = plain.draw(&frame(at));
            assert!(cost < 200 && cost * 2 < without, "{cost} bytes, {without} without");
            assert_eq!(rig.seen(), plain.seen());
        }
        // And back, some at a time.
        for at in [27, 20, 13, 6, 1] {
            rig.draw(&frame(at));
            plain.draw(&frame(at));
            assert_eq!(rig.seen(), plain.seen());
        }
    }
}

#[test]
fn nothing_is_left_of_a_cluster_that_a_terminal_draws_in_parts() {
    let before = Buffer::with_lines(["a🇩🇪b", "日本 c", "e\u{301}👨\u{200d}👩 "]);
    let draws = |lines: [&str; 3]| {
        let after = Buffer::with_lines(lines);
        let blank = Cell::default();
        let drawn = with_ghosts(&before, before.diff(&after), &blank);
        drawn.into_iter().map(|(x, y, cell)| (x, y, cell.symbol().to_owned())).collect::<Vec<_>>()
    };
    let cell = |x, y, symbol: &str| (x, y, symbol.to_owned());
    assert_eq!(draws(["a🇩🇪b", "日本 c", "e\u{301}👨\u{200d}👩 "]), []);
    // A blank over a flag goes over both of its columns, one over a character that is wide by itself need not.
    assert_eq!(draws(["a  b", "   本 ", "e\u{301}👨\u{200d}👩 "])[..2], [cell(1, 0, " "), cell(2, 0, " ")]);
    assert_eq!(draws(["ax b", "日本 c", "e\u{301}👨\u{200d}👩 "]), [cell(1, 0, "x"), cell(2, 0, " ")]);
    // A wide one over its first half: the second half goes, too.
    assert_eq!(draws(["日 b", "日本 c", "e\u{301}👨\u{200d}👩 "]), [cell(0, 0, "日"), cell(2, 0, " ")]);
    assert_eq!(draws(["a日b", "日本 c", "e\u{301}👨\u{200d}👩 "]), [cell(1, 0, "日")]);
    assert_eq!(draws(["a🇩🇪b", "日本 c", "e\u{301}  x"]), [cell(1, 2, " "), cell(2, 2, " "), cell(3, 2, "x")]);
}

#[test]
fn wide_characters_move_too() {
    let size = Size::new(20, 8);
    let frame = |from: usize| -> Rows {
        (from..from + 8).map(|at| (format!("日本{at}語 e\u{301} 👍 {at}"), u8::from(at == from + 7) * 2)).collect()
    };
    assert_same(size, &(0..8).chain([4, 0]).map(frame).collect::<Vec<_>>());
}

fn row() -> impl Strategy<Value = (String, u8)> {
    // Few different ones: rows must meet again elsewhere.
    (prop_oneof![Just(String::new()), "[ab]{0,6}", "[a日本]{1,5}", "- [ab] -"], 0_u8..7)
}

/// What can happen to a frame.
#[derive(Clone, Debug)]
enum Change {
    Up(usize, usize, usize),
    Down(usize, usize, usize),
    Row(usize, (String, u8)),
    All(Rows),
}

impl Change {
    fn apply(self, rows: &mut Rows) {
        match self {
            Change::Up(top, bottom, by) => {
                let by = by % (bottom - top + 1);
                rows[top..=bottom].rotate_left(by);
            }
            Change::Down(top, bottom, by) => {
                let by = by % (bottom - top + 1);
                rows[top..=bottom].rotate_right(by);
            }
            Change::Row(at, row) => rows[at] = row,
            Change::All(all) => *rows = all,
        }
    }
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        4 => (0_usize..12, 0_usize..12, 1_usize..5).prop_map(|(a, b, by)| Change::Up(a.min(b), a.max(b), by)),
        2 => (0_usize..12, 0_usize..12, 1_usize..5).prop_map(|(a, b, by)| Change::Down(a.min(b), a.max(b), by)),
        3 => (0_usize..12, row()).prop_map(|(at, row)| Change::Row(at, row)),
        1 => prop::collection::vec(row(), 12).prop_map(Change::All),
    ]
}

proptest! {
    #[test]
    fn moving_rows_shows_what_drawing_them_shows(
        start in prop::collection::vec(row(), 12),
        changes in prop::collection::vec(prop::collection::vec(change(), 1..4), 1..8),
        width in 1_u16..16,
        height in 1_u16..=12,
    ) {
        let mut rows = start;
        let mut frames = vec![rows.clone()];
        for changes in changes {
            for change in changes {
                change.apply(&mut rows);
            }
            frames.push(rows.clone());
        }
        assert_same(Size::new(width, height), &frames);
    }
}

/// Which cell of which picture has pixels on a screen; text written over it takes them away, and so does moving rows.
struct Pixels {
    cells: Vec<Vec<Option<(u32, u32, u32)>>>,
}

impl Pixels {
    /// Reads what a screen is told, as far as it is what this program says.
    fn read(&mut self, text: &str) {
        let (mut x, mut y) = (0_usize, 0_usize);
        let (mut top, mut bottom) = (0, self.cells.len() - 1);
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            rest = &rest[character.len_utf8()..];
            if character == '\n' {
                assert_eq!(y, bottom, "a line feed only moves rows");
            }
            if character == '\n' || (character == '\x1b' && rest.starts_with('M')) {
                rest = rest.strip_prefix('M').filter(|_| character == '\x1b').unwrap_or(rest);
                // Nobody knows what pixels do then.
                self.cells[top..=bottom].iter_mut().for_each(|row| row.fill(None));
            } else if character == '\x1b' {
                let sequence = rest.strip_prefix('[').unwrap();
                let end = sequence.find(|c: char| c.is_ascii_alphabetic()).unwrap();
                let numbers: Vec<usize> = sequence[..end].split(';').filter_map(|number| number.parse().ok()).collect();
                let at = |place: usize, missing: usize| numbers.get(place).copied().unwrap_or(missing);
                match &sequence[end..=end] {
                    "H" => (y, x) = (at(0, 1) - 1, at(1, 1) - 1),
                    "C" => x += at(0, 1),
                    "r" => (top, bottom) = (at(0, 1) - 1, at(1, self.cells.len()) - 1),
                    "m" | "l" | "h" => {}
                    other => panic!("{other}"),
                }
                rest = &sequence[end + 1..];
            } else {
                let width = columns(character.encode_utf8(&mut [0; 4]));
                for cell in self.cells[y].iter_mut().skip(x).take(width) {
                    *cell = None;
                }
                x += width;
            }
        }
    }

    fn draw(&mut self, piece: &Piece) {
        for (down, y) in (piece.place.y..piece.place.bottom()).enumerate() {
            for (right, x) in (piece.place.x..piece.place.right()).enumerate() {
                let part = (piece.picture, piece.from.1 + down as u32, piece.from.0 + right as u32);
                assert!(self.cells[usize::from(y)][usize::from(x)].replace(part).is_none(), "drawn where it was");
            }
        }
    }
}

proptest! {
    /// Whatever happens to a picture (it comes, goes, moves with the rows, a window covers it, all is drawn anew), the
    /// screen shows its pixels where the frame has its cells and nowhere else, and text as if there were none.
    #[test]
    fn pixels_are_where_the_frame_has_its_pictures(
        start in prop::collection::vec(row(), 12),
        frames in prop::collection::vec(
            (
                prop::collection::vec(change(), 0..3),
                prop::option::of((0_u16..14, 0_u16..11, 1_u16..9, 1_u16..7, 0_u32..3, 1_u32..3)),
                prop::option::of((0_u16..14, 0_u16..11, 1_u16..6, 1_u16..5)),
                prop::bool::weighted(0.1),
            ),
            1..10,
        ),
        (width, height) in (2_u16..16, 2_u16..=12),
    ) {
        let size = Size::new(width, height);
        let bytes = Bytes::default();
        let mut rig = Rig::new(Screen::new(bytes.clone(), size, true).painted(true), bytes, size);
        let mut pixels = Pixels { cells: vec![vec![None; usize::from(width)]; usize::from(height)] };
        let mut rows = start;
        for (changes, picture, window, again) in frames {
            for change in changes {
                change.apply(&mut rows);
            }
            if again {
                let bytes = rig.bytes.clone();
                rig = Rig::new(Screen::new(bytes.clone(), size, true).painted(true), bytes, size);
                pixels.cells.iter_mut().for_each(|row| row.fill(None));
            }
            let mut wanted = Buffer::empty(Rect::new(0, 0, width, height));
            rig.terminal.draw(|frame| {
                draw_rows(frame.buffer_mut(), &rows);
                if let Some((x, y, columns, rows, first, id)) = picture {
                    let place = Rect::new(x, y, columns, rows).intersection(frame.area());
                    make_room(frame.buffer_mut(), place);
                    for at in place.positions() {
                        let (row, column) = (u32::from(at.y - y) + first, u32::from(at.x - x));
                        let cell = frame.buffer_mut().cell_mut(at).unwrap();
                        cell.reset();
                        cell.set_symbol(&crate::tui::graphics::placeholder(row, column).unwrap());
                        cell.set_style(crate::tui::theme::Theme::default().picture(id));
                    }
                }
                if let Some((x, y, columns, rows)) = window {
                    let place = Rect::new(x, y, columns, rows).intersection(frame.area());
                    make_room(frame.buffer_mut(), place);
                    place.positions().for_each(|at| {
                        frame.buffer_mut().cell_mut(at).unwrap().reset();
                        frame.buffer_mut().cell_mut(at).unwrap().set_symbol("#");
                    });
                }
                wanted = frame.buffer_mut().clone();
            }).unwrap();
            let told = rig.bytes.take();
            rig.emulator.process(&told);
            pixels.read(std::str::from_utf8(&told).unwrap());
            rig.terminal.backend_mut().pieces().iter().for_each(|piece| pixels.draw(piece));
            for y in 0..height {
                for x in 0..width {
                    let cell = wanted.cell((x, y)).unwrap();
                    let expected = part(cell).filter(|_| y + 1 < height);
                    prop_assert_eq!(pixels.cells[usize::from(y)][usize::from(x)], expected, "{},{}", x, y);
                }
            }
            // The text is that of a screen that never heard of pictures, and blank where they are.
            let mut plain = theirs(size);
            plain.terminal.draw(|frame| {
                frame.buffer_mut().clone_from(&wanted);
                frame.buffer_mut().content.iter_mut().filter(|cell| part(cell).is_some()).for_each(Cell::reset);
            }).unwrap();
            plain.emulator.process(&plain.bytes.take());
            prop_assert_eq!(rig.seen(), plain.seen());
        }
    }
}
