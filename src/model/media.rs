//! What bytes are, by their first few: [`Media`]. For describing what cannot be shown, and for saying so when bytes are not
//! what their sender calls them. Only looks; nothing is decoded.

/// What bytes are.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Media {
    /// Its usual type.
    pub mime: &'static str,
    /// Columns and rows of a picture.
    pub pixels: Option<(u32, u32)>,
    /// How long it plays, in seconds.
    pub seconds: Option<f64>,
}

impl Media {
    /// Looks at the beginning of a file; a few kilobytes are enough. `None` when it is nothing that is known here.
    pub fn read(head: &[u8]) -> Option<Media> {
        let plain = |mime| Media { mime, pixels: None, seconds: None };
        let sized = |mime, pixels| Media { mime, pixels, seconds: None };
        Some(match head {
            [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => {
                let side = |at: usize| u32_at(head, at, true);
                sized("image/png", side(16).zip(side(20)))
            }
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => {
                let side = |at: usize| Some(u32::from(u16::from_le_bytes([*head.get(at)?, *head.get(at + 1)?])));
                sized("image/gif", side(6).zip(side(8)))
            }
            [0xff, 0xd8, 0xff, ..] => sized("image/jpeg", jpeg_pixels(head)),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => plain("image/webp"),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..] => {
                Media { mime: "audio/wav", pixels: None, seconds: wav_seconds(head) }
            }
            [b'f', b'L', b'a', b'C', ..] => plain("audio/flac"),
            [b'O', b'g', b'g', b'S', ..] => plain("audio/ogg"),
            [b'I', b'D', b'3', ..] | [0xff, 0xfb | 0xf3 | 0xf2, ..] => plain("audio/mpeg"),
            [b'%', b'P', b'D', b'F', b'-', ..] => plain("application/pdf"),
            [b'P', b'K', 3, 4, ..] => plain("application/zip"),
            [0x1f, 0x8b, ..] => plain("application/gzip"),
            [0x7f, b'E', b'L', b'F', ..] => plain("application/x-elf"),
            _ => return None,
        })
    }
}

fn u32_at(bytes: &[u8], at: usize, big: bool) -> Option<u32> {
    let four: [u8; 4] = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
    Some(if big { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) })
}

/// The size in the first frame header.
fn jpeg_pixels(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut at = 2;
    loop {
        let (mark, kind) = (*bytes.get(at)?, *bytes.get(at + 1)?);
        if mark != 0xff {
            return None;
        }
        let two = |at: usize| Some(u32::from(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?])));
        if matches!(kind, 0xc0..=0xcf) && !matches!(kind, 0xc4 | 0xc8 | 0xcc) {
            return Some((two(at + 7)?, two(at + 5)?));
        }
        at += 2 + two(at + 2)?.max(2) as usize;
    }
}

/// The bytes of sound by the bytes of a second.
fn wav_seconds(bytes: &[u8]) -> Option<f64> {
    let mut at = 12;
    let mut rate = None;
    loop {
        let size = u32_at(bytes, at + 4, false)?;
        match bytes.get(at..at + 4)? {
            b"fmt " => rate = u32_at(bytes, at + 16, false).filter(|rate| *rate > 0),
            b"data" => return Some(f64::from(size) / f64::from(rate?)),
            _ => {}
        }
        // Chunks begin at even places.
        at = at.checked_add(8)?.checked_add(size as usize)?.checked_add(size as usize & 1)?;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn wav(rate: u32, bytes: u32) -> Vec<u8> {
        let mut out = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
        out.extend(8_000_u32.to_le_bytes());
        out.extend(rate.to_le_bytes());
        out.extend(b"\x02\0\x10\0LIST\x03\0\0\0abc\0data");
        out.extend(bytes.to_le_bytes());
        out
    }

    #[test]
    fn kinds_are_told_by_their_first_bytes() {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x02\x80\0\0\x01\xe0";
        let jpeg = b"\xff\xd8\xff\xe0\0\x04ab\xff\xc2\0\x11\x08\x01\xe0\x02\x80";
        for (bytes, mime, pixels) in [
            (&png[..], "image/png", Some((640, 480))),
            (b"GIF89a\x10\0\x08\0", "image/gif", Some((16, 8))),
            (jpeg, "image/jpeg", Some((640, 480))),
            (b"%PDF-1.7", "application/pdf", None),
        ] {
            assert_eq!(Media::read(bytes), Some(Media { mime, pixels, seconds: None }));
        }
        assert_eq!(Media::read(&wav(16_000, 40_000)).and_then(|media| media.seconds), Some(2.5));
        assert_eq!(Media::read(&wav(0, 40_000)).and_then(|media| media.seconds), None);
        assert_eq!(Media::read(b"hello"), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_looked_at_without_harm(
            lead in prop::sample::select(vec![&b"\xff\xd8\xff"[..], b"RIFF\0\0\0\0WAVE", b"\x89PNG\r\n\x1a\n", b"GIF89a", b""]),
            bytes in prop::collection::vec(any::<u8>(), 0..80),
        ) {
            Media::read(&[lead, &bytes].concat());
        }
    }
}
