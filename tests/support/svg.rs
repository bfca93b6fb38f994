//! A terminal's screen as an SVG picture: what a README can show, small and sharp, and readable as text in a diff.

use std::fmt::Write as _;

/// A cell in pixels, for a font of [`FONT`] pixels.
const CELL: (f32, f32) = (8.4, 17.0);
const FONT: u16 = 14;
const MARGIN: f32 = 10.0;
const TEXT: u32 = 0x00d4_d4d4;
const GROUND: u32 = 0x001e_1e1e;
/// The first 16 colours, as common terminals have them.
const NAMED: [u32; 16] = [
    0x0000_0000,
    0x00cd_3131,
    0x000d_bc79,
    0x00e5_e510,
    0x0024_72c8,
    0x00bc_3fbc,
    0x0011_a8cd,
    0x00e5_e5e5,
    0x0066_6666,
    0x00f1_4c4c,
    0x0023_d18b,
    0x00f5_f543,
    0x003b_8eea,
    0x00d6_70d6,
    0x0029_b8db,
    0x00ff_ffff,
];

/// How a cell looks.
#[derive(Clone, Copy, PartialEq)]
struct Look {
    text: u32,
    ground: u32,
    bold: bool,
    dim: bool,
    italic: bool,
    underline: bool,
}

/// The picture of a screen.
pub(crate) fn picture(screen: &vt100::Screen) -> String {
    let (rows, columns): (u16, u16) = {
        let (rows, columns) = screen.size();
        (rows.get(), columns.get())
    };
    let (width, height) = (f32::from(columns) * CELL.0 + 2.0 * MARGIN, f32::from(rows) * CELL.1 + 2.0 * MARGIN);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"0 0 {width:.0} {height:.0}\" \
         font-family=\"ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace\" font-size=\"{FONT}\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"6\" fill=\"#{GROUND:06x}\"/>\n"
    );
    for row in 0..rows {
        for (start, cells, look, text) in runs(screen, row, columns) {
            draw(&mut svg, (start, row), cells, look, &text);
        }
    }
    svg.push_str("</svg>\n");
    svg
}

/// The pieces of a row that look alike: first column, columns, look, text.
fn runs(screen: &vt100::Screen, row: u16, columns: u16) -> Vec<(u16, u16, Look, String)> {
    let mut runs: Vec<(u16, u16, Look, String)> = Vec::new();
    for column in 0..columns {
        let Some(cell) = screen.cell(row, column) else { continue };
        if cell.is_wide_continuation() {
            if let Some(run) = runs.last_mut() {
                run.1 += 1;
            }
            continue;
        }
        let look = look(cell);
        let text = if cell.has_contents() { cell.contents() } else { " " };
        // Symbols are drawn one by one: a font that lends them may have another width.
        let plain = |text: &str| text.is_ascii();
        match runs.last_mut() {
            Some(run) if run.2 == look && (plain(&run.3) && plain(text) || level(&run.3) && level(text)) => {
                run.1 += 1;
                run.3.push_str(text);
            }
            _ => runs.push((column, 1, look, text.to_owned())),
        }
    }
    runs
}

fn draw(svg: &mut String, (column, row): (u16, u16), cells: u16, look: Look, text: &str) {
    let (x, y) = (MARGIN + f32::from(column) * CELL.0, MARGIN + f32::from(row) * CELL.1);
    let width = f32::from(cells) * CELL.0;
    if look.ground != GROUND {
        let _ = writeln!(
            svg,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{}\" fill=\"#{:06x}\"/>",
            CELL.1, look.ground
        );
    }
    if text.trim().is_empty() {
        return;
    }
    // Lines are drawn as lines, or a font's gaps would break every frame.
    let weight =
        if look.bold || "━┃┏┓┗┛┣┫┳┻╋".contains(&text[..text.len().min(3)]) { 2 } else { 1 };
    if level(text) {
        let cy = y + CELL.1 / 2.0;
        let colour = shade(look);
        let _ = writeln!(
            svg,
            "<path d=\"M{x:.1} {cy:.1}h{width:.1}\" stroke=\"#{colour:06x}\" stroke-width=\"{weight}\"/>"
        );
        return;
    }
    if let Some(path) = line(text) {
        let (cx, cy) = (x + CELL.0 / 2.0, y + CELL.1 / 2.0);
        let ends = [(cx, y), (x + CELL.0, cy), (cx, y + CELL.1), (x, cy)];
        let parts = ends.iter().zip(path).filter(|(_, there)| *there);
        let d = parts.fold(String::new(), |d, ((px, py), _)| d + &format!("M{cx:.1} {cy:.1}L{px:.1} {py:.1}"));
        let _ = writeln!(svg, "<path d=\"{d}\" stroke=\"#{:06x}\" stroke-width=\"{weight}\"/>", shade(look));
        return;
    }
    let mut style = String::new();
    for (is, attribute) in [
        (look.bold, " font-weight=\"bold\""),
        (look.italic, " font-style=\"italic\""),
        (look.underline, " text-decoration=\"underline\""),
    ] {
        if is {
            style.push_str(attribute);
        }
    }
    let lead = text.len() - text.trim_start().len();
    let (x, shown) = (x + lead as f32 * CELL.0, text.trim());
    let length = if shown.is_ascii() && shown.len() > 1 {
        format!(" textLength=\"{:.1}\"", shown.len() as f32 * CELL.0)
    } else {
        String::new()
    };
    let escaped = shown.replace('&', "&amp;").replace('<', "&lt;");
    let _ = writeln!(
        svg,
        "<text x=\"{x:.1}\" y=\"{:.1}\"{length} fill=\"#{:06x}\"{style} xml:space=\"preserve\">{escaped}</text>",
        y + 13.0,
        shade(look)
    );
}

/// Whether it is a horizontal line.
fn level(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| matches!(c, '─' | '━'))
}

/// Which of the ways up, right, down and left a box-drawing character goes.
fn line(text: &str) -> Option<[bool; 4]> {
    let ways = match text {
        "│" | "┃" => [1, 0, 1, 0],
        "┌" | "╭" | "┏" => [0, 1, 1, 0],
        "┐" | "╮" | "┓" => [0, 0, 1, 1],
        "└" | "╰" | "┗" => [1, 1, 0, 0],
        "┘" | "╯" | "┛" => [1, 0, 0, 1],
        "├" | "┣" => [1, 1, 1, 0],
        "┤" | "┫" => [1, 0, 1, 1],
        "┬" | "┳" => [0, 1, 1, 1],
        "┴" | "┻" => [1, 1, 0, 1],
        "┼" | "╋" => [1, 1, 1, 1],
        _ => return None,
    };
    Some(ways.map(|way| way == 1))
}

fn look(cell: &vt100::Cell) -> Look {
    let (text, ground) = (colour(cell.fgcolor(), TEXT), colour(cell.bgcolor(), GROUND));
    let (text, ground) = if cell.inverse() { (ground, text) } else { (text, ground) };
    Look { text, ground, bold: cell.bold(), dim: cell.dim(), italic: cell.italic(), underline: cell.underline() }
}

/// The text's colour, half way to the ground where it is dim.
fn shade(look: Look) -> u32 {
    if !look.dim {
        return look.text;
    }
    let part = |shift: u32| ((look.text >> shift & 0xff) * 3 + (look.ground >> shift & 0xff) * 2) / 5;
    part(16) << 16 | part(8) << 8 | part(0)
}

fn colour(colour: vt100::Color, default: u32) -> u32 {
    match colour {
        vt100::Color::Default => default,
        vt100::Color::Rgb(red, green, blue) => u32::from(red) << 16 | u32::from(green) << 8 | u32::from(blue),
        vt100::Color::Idx(index @ 0..=15) => NAMED[usize::from(index)],
        vt100::Color::Idx(index @ 16..=231) => {
            let part = |at: u8| match (index - 16) / at % 6 {
                0 => 0,
                level => 55 + 40 * u32::from(level),
            };
            part(36) << 16 | part(6) << 8 | part(1)
        }
        vt100::Color::Idx(index) => (8 + 10 * u32::from(index - 232)) * 0x0001_0101,
    }
}
