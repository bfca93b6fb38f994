//! A foreign picture, made small enough to be drawn: [`Picture`].
//!
//! What a file says of its size is checked before anything is decoded; a decoder that wants more memory than there is
//! for it, or trips over its input, costs the picture and nothing else. Decoding is work for off the key path.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{
    DynamicImage, ExtendedColorType, ImageBuffer, ImageEncoder as _, ImageFormat, ImageReader, Limits, Rgba, RgbaImage,
};

/// Columns and rows that a picture may have.
const SIDE: u32 = 16_384;
/// Pixels that are decoded.
const PIXELS: u64 = 16_000_000;
/// Bytes that a decoder may ask for.
const MEMORY: u64 = 96 * 1024 * 1024;
/// Passes over a JPEG: an honest one needs ten, and each may visit every pixel.
const SCANS: usize = 100;

/// A picture as far as it matters to whatever draws it.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    /// Columns and rows as sent.
    pub size: (u32, u32),
    width: u32,
    height: u32,
    /// See [`Picture::id`].
    id: u32,
    /// Red, green, blue, how opaque; row by row.
    pixels: Arc<[u8]>,
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Picture({:?})", self.size)
    }
}

impl Picture {
    /// Decodes a PNG, JPEG, GIF (its first frame) or WebP and keeps at most so many columns and rows. The error says
    /// why not.
    pub fn read(bytes: &[u8], most: u32) -> Result<Picture, String> {
        catch_unwind(AssertUnwindSafe(|| decode(bytes, most)))
            .unwrap_or_else(|_| Err("its decoder failed over it".into()))
    }

    /// Columns and rows of what is kept of it.
    pub fn kept(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// A number for it, never 0 and of 24 bits: pictures that look alike have the same.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// What is kept of it as a PNG.
    pub fn packed(&self) -> Option<Vec<u8>> {
        packed(&self.pixels, (self.width, self.height))
    }

    /// What is kept of it, as others take it.
    pub fn image(&self) -> ImageBuffer<Rgba<u8>, &[u8]> {
        // There are as many pixels as its sides say.
        ImageBuffer::from_raw(self.width, self.height, &self.pixels[..]).unwrap_or_default()
    }

    /// The colour of a stretch of it, all given as shares of 0 to 1: the mean of what is there, by how opaque it is.
    pub fn mean(&self, (left, right): (f64, f64), (top, bottom): (f64, f64)) -> [u8; 4] {
        let range = |from: f64, to: f64, side: u32| {
            let first = ((from * f64::from(side)) as u32).min(side - 1);
            let last = (to * f64::from(side)).ceil() as u32;
            first..last.clamp(first + 1, side)
        };
        let mut sums = [0_u64; 4];
        let mut count = 0;
        for y in range(top, bottom, self.height) {
            for x in range(left, right, self.width) {
                let at = (y as usize * self.width as usize + x as usize) * 4;
                let Some([red, green, blue, alpha]) = self.pixels.get(at..at + 4) else { continue };
                let weight = u64::from(*alpha);
                for (sum, value) in sums.iter_mut().zip([red, green, blue]) {
                    *sum += u64::from(*value) * weight;
                }
                sums[3] += weight;
                count += 1;
            }
        }
        let of = |sum: u64| u8::try_from(sum / sums[3].max(1)).unwrap_or(u8::MAX);
        [of(sums[0]), of(sums[1]), of(sums[2]), u8::try_from(sums[3] / count.max(1)).unwrap_or(u8::MAX)]
    }
}

/// A picture as a PNG, packed quickly.
pub fn pack(image: &RgbaImage) -> Option<Vec<u8>> {
    packed(image, image.dimensions())
}

fn packed(pixels: &[u8], (width, height): (u32, u32)) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let encoder = PngEncoder::new_with_quality(&mut out, CompressionType::Fast, FilterType::Sub);
    encoder.write_image(pixels, width, height, ExtendedColorType::Rgba8).ok()?;
    Some(out)
}

fn decode(bytes: &[u8], most: u32) -> Result<Picture, String> {
    let format = image::guess_format(bytes).map_err(|_| "its bytes are of no kind that can be shown")?;
    match format {
        ImageFormat::Png | ImageFormat::Gif | ImageFormat::WebP => {}
        ImageFormat::Jpeg if memchr::memmem::find_iter(bytes, b"\xff\xda").count() > SCANS => {
            return Err("it has too many passes to be decoded here".into());
        }
        ImageFormat::Jpeg => {}
        _ => return Err("its bytes are of no kind that can be shown".into()),
    }
    let reader = || {
        let mut limits = Limits::default();
        limits.max_image_width = Some(SIDE);
        limits.max_image_height = Some(SIDE);
        limits.max_alloc = Some(MEMORY);
        let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
        reader.limits(limits);
        reader
    };
    let size = reader().into_dimensions().map_err(|why| why.to_string())?;
    let pixels = u64::from(size.0) * u64::from(size.1);
    if pixels == 0 || pixels > PIXELS || size.0.max(size.1) > SIDE {
        return Err(format!("{} x {} pixels are not decoded here", size.0, size.1));
    }
    let whole = reader().decode().map_err(|why| why.to_string())?;
    let small: DynamicImage =
        if whole.width().max(whole.height()) > most { whole.thumbnail(most, most) } else { whole };
    let small = small.into_rgba8();
    let (width, height) = small.dimensions();
    if width == 0 || height == 0 {
        return Err("nothing is left of it".into());
    }
    let pixels = small.into_raw();
    let mut hasher = DefaultHasher::new();
    (width, height, &pixels).hash(&mut hasher);
    let id = (hasher.finish() as u32 & 0x00ff_ffff).max(1);
    Ok(Picture { size, width, height, id, pixels: pixels.into() })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use proptest::prelude::*;

    use super::*;

    const KEPT: u32 = 320;

    fn file(format: ImageFormat, width: u32, height: u32) -> Vec<u8> {
        let picture = RgbaImage::from_fn(width, height, |x, y| image::Rgba([x as u8, y as u8, 128, 255]));
        let mut out = Cursor::new(Vec::new());
        let picture = DynamicImage::ImageRgba8(picture);
        match format {
            ImageFormat::Jpeg => picture.into_rgb8().write_to(&mut out, format).unwrap(),
            _ => picture.write_to(&mut out, format).unwrap(),
        }
        out.into_inner()
    }

    #[test]
    fn four_kinds_are_decoded_and_made_small() {
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP] {
            let picture = Picture::read(&file(format, 700, 350), KEPT).unwrap();
            assert_eq!((picture.size, picture.kept()), ((700, 350), (KEPT, KEPT / 2)), "{format:?}");
        }
        let tiny = Picture::read(&file(ImageFormat::Png, 2, 1), KEPT).unwrap();
        assert_eq!(tiny.mean((0.5, 1.0), (0.0, 1.0)), [1, 0, 128, 255]);
    }

    /// A PNG whose head promises so many pixels; there are none.
    fn promise(width: u32, height: u32) -> Vec<u8> {
        let mut out = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        let from = out.len() - 4;
        out.extend(width.to_be_bytes());
        out.extend(height.to_be_bytes());
        out.extend([8, 6, 0, 0, 0]);
        // The check that each chunk ends with.
        let mut crc = u32::MAX;
        for byte in &out[from..] {
            crc ^= u32::from(*byte);
            for _ in 0..8 {
                crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
            }
        }
        out.extend((!crc).to_be_bytes());
        out.extend(b"\0\0\0\0IDAT\x35\xaf\x06\x1e");
        out
    }

    #[test]
    fn what_is_too_large_is_refused_by_its_head() {
        for (width, height) in
            [(16_000, 16_000), (20_000, 20_000), (4_000_000_000, 4_000_000_000), (1, 2_000_000_000), (0, 5)]
        {
            assert!(Picture::read(&promise(width, height), KEPT).is_err(), "{width} x {height}");
        }
        let many = [&b"\xff\xd8\xff\xe0"[..], &b"\xff\xda".repeat(SCANS + 1)].concat();
        assert!(Picture::read(&many, KEPT).unwrap_err().contains("passes"));
        assert!(Picture::read(b"<svg/>", KEPT).is_err());
    }

    proptest! {
        #[test]
        fn damaged_files_are_errors_and_no_more(
            kind in prop::sample::select(vec![ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP]),
            places in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
            end in any::<prop::sample::Index>(),
        ) {
            let mut bytes = file(kind, 40, 30);
            for (place, value) in places {
                let at = place.index(bytes.len());
                bytes[at] = value;
            }
            bytes.truncate(end.index(bytes.len()) + 1);
            if let Ok(picture) = Picture::read(&bytes, KEPT) {
                let (width, height) = picture.kept();
                prop_assert!(width <= KEPT && height <= KEPT);
                prop_assert_eq!(picture.pixels.len() as u32, width * height * 4);
            }
        }
    }
}
