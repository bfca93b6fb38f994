//! Bytes, row by row: [`lines`]. Only the rows that are asked for are made.

use std::fmt::Write as _;

use ratatui::text::{Line, Span};

use crate::tui::theme::Theme;

/// The bytes of a frame: where, which, and as characters where they are printable ASCII.
pub(super) fn lines<'a>(bytes: &'a [u8], theme: &'a Theme, width: usize) -> impl Iterator<Item = Line<'static>> + 'a {
    // Eight columns for the place, three for each byte and one for each group of eight, one for its character and one
    // before those.
    let wide = |each: usize| 8 + each * 3 + each / 8 + 1 + each;
    let each = [32, 16].into_iter().find(|each| width >= wide(*each)).unwrap_or(8);
    bytes.chunks(each).enumerate().map(move |(row, chunk)| {
        let mut hex = String::new();
        for at in 0..each {
            if at % 8 == 0 {
                hex.push(' ');
            }
            match chunk.get(at) {
                Some(byte) => drop(write!(hex, "{byte:02x} ")),
                None => hex.push_str("   "),
            }
        }
        let text: String =
            chunk.iter().map(|byte| if matches!(byte, 0x20..=0x7e) { char::from(*byte) } else { '.' }).collect();
        Line::from(vec![
            Span::styled(format!("{:08x}", row * each), theme.dim),
            Span::raw(hex),
            Span::styled(format!(" {text}"), theme.json_string),
        ])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_has_its_place() {
        let theme = Theme::default();
        let shown: Vec<String> = lines(b"{\"a\"}\x1b\xff more", &theme, 50).map(|line| line.to_string()).collect();
        assert_eq!(shown, ["00000000 7b 22 61 22 7d 1b ff 20  {\"a\"}.. ", "00000008 6d 6f 72 65              more",]);
        assert_eq!(lines(&[0; 100], &theme, 80).count(), 7);
        assert_eq!(lines(&[0; 100], &theme, 150).count(), 4);
    }
}
