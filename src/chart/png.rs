//! A scene as PNG, for mail clients that show neither SVG nor data URIs.
//!
//! Only the embedded faces are used, so every machine makes the same picture.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "pixel counts are checked to be small and positive"
)]

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, OnceLock};

use ::png::{BitDepth, ColorType, DeflateCompression, Encoder, EncodingError, Filter};
use resvg::tiny_skia::{Color, Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};

use super::faces::Face;
use super::scene::{Ink, Scene};
use super::svg::to_svg;

/// Widest and highest picture in pixels; more is a mistake in the scale.
const MAX_SIDE: f32 = 8_192.0;

/// Why a drawing could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ChartError {
    #[error("a picture of {width} x {height} points at scale {scale} is empty or too large")]
    Size { width: f32, height: f32, scale: f32 },
    #[error("the drawing is not valid SVG: {0}")]
    Svg(String),
    #[error("the picture cannot be encoded as PNG: {0}")]
    Encode(String),
}

/// Paints the drawing on white at `scale` pixels per point (2.67 is twice a screen's 96 dpi).
///
/// # Errors
/// If the size is not drawable or an encoder fails.
pub fn to_png(scene: &Scene, scale: f32) -> Result<Vec<u8>, ChartError> {
    let (width, height) = ((scene.width * scale).ceil(), (scene.height * scale).ceil());
    let size = || ChartError::Size { width: scene.width, height: scene.height, scale };
    let drawable = 1.0..=MAX_SIDE;
    if !drawable.contains(&width) || !drawable.contains(&height) {
        return Err(size());
    }
    let options = Options { font_family: "Inter".to_owned(), fontdb: fonts(), ..Options::default() };
    let tree = Tree::from_str(&to_svg(scene, ""), &options).map_err(|error| ChartError::Svg(error.to_string()))?;
    let mut pixels = Pixmap::new(width as u32, height as u32).ok_or_else(size)?;
    // mail clients in dark mode leave pictures alone: dark ink needs its own paper
    let [red, green, blue] = Ink::Paper.rgb();
    pixels.fill(Color::from_rgba8(red, green, blue, 255));
    let (x, y) = (width / tree.size().width(), height / tree.size().height());
    resvg::render(&tree, Transform::from_scale(x, y), &mut pixels.as_mut());
    encoded(&pixels).map_err(|error| ChartError::Encode(error.to_string()))
}

/// The picture without transparency, of which it has none: with a table of its colours where they are few, else in red,
/// green and blue. Rows stand as they are: flat areas and letters are smaller so than as differences.
fn encoded(pixels: &Pixmap) -> Result<Vec<u8>, EncodingError> {
    let colours = || pixels.data().chunks_exact(4).map(|pixel| [pixel[0], pixel[1], pixel[2]]);
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, pixels.width(), pixels.height());
    encoder.set_depth(BitDepth::Eight);
    encoder.set_deflate_compression(DeflateCompression::Level(6));
    encoder.set_filter(Filter::NoFilter);
    let body = if let Some((palette, body)) = indexed(colours()) {
        encoder.set_color(ColorType::Indexed);
        encoder.set_palette(palette);
        body
    } else {
        encoder.set_color(ColorType::Rgb);
        colours().flatten().collect()
    };
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&body)?;
    writer.finish()?;
    Ok(file)
}

/// The colours in the order they first stand in, and the number of each pixel's; none if there are more than 256.
fn indexed(colours: impl Iterator<Item = [u8; 3]>) -> Option<(Vec<u8>, Vec<u8>)> {
    let mut known: HashMap<[u8; 3], u8> = HashMap::new();
    let (mut palette, mut body) = (Vec::new(), Vec::new());
    // Areas of one colour, and the few that letters are drawn in, are found without hashing.
    let mut seen = [None; 256];
    for colour in colours {
        let [red, green, blue] = colour;
        let place = &mut seen[usize::from(red.wrapping_mul(31) ^ green.wrapping_mul(17) ^ blue)];
        let number = match *place {
            Some((same, number)) if same == colour => number,
            _ => {
                let new = u8::try_from(known.len()).ok();
                match known.entry(colour) {
                    Entry::Occupied(known) => *known.get(),
                    Entry::Vacant(unknown) => {
                        palette.extend(colour);
                        *unknown.insert(new?)
                    }
                }
            }
        };
        *place = Some((colour, number));
        body.push(number);
    }
    Some((palette, body))
}

/// The embedded faces and nothing else: no font of the machine is ever looked at.
fn fonts() -> Arc<fontdb::Database> {
    static FONTS: OnceLock<Arc<fontdb::Database>> = OnceLock::new();
    let fonts = FONTS.get_or_init(|| {
        let mut fonts = fontdb::Database::new();
        for face in Face::ALL {
            fonts.load_font_source(fontdb::Source::Binary(Arc::new(face.data())));
        }
        fonts.set_sans_serif_family("Inter");
        Arc::new(fonts)
    });
    Arc::clone(fonts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::faces::Style;
    use crate::chart::scene::Anchor;

    #[test]
    fn pictures_with_few_and_with_many_colours_are_whole() {
        for most in [3, 256, 257, 1200] {
            let mut pixels = Pixmap::new(40, 30).expect("a picture");
            for (number, pixel) in pixels.data_mut().chunks_exact_mut(4).enumerate() {
                let number = number % most;
                pixel.copy_from_slice(&[(number % 256) as u8, (number / 256) as u8, 7, 255]);
            }
            let file = encoded(&pixels).expect("a file");
            // The header's colour type: 3 is indexed, 2 is red, green and blue.
            assert_eq!(file.get(25), Some(if most <= 256 { &3 } else { &2 }), "{most} colours");
            assert_eq!(Pixmap::decode_png(&file).expect("a PNG").data(), pixels.data(), "{most} colours");
        }
    }

    #[test]
    fn the_same_drawing_gives_the_same_picture_with_text_in_it() {
        let mut scene = Scene::new(60.0, 20.0);
        let blank = to_png(&scene, 2.0).expect("blank");
        scene.text(5.0, 12.0, Anchor::Start, Style::strong(8.0), Ink::Text, "EUR 1.2 m ▲");
        let first = to_png(&scene, 2.0).expect("drawn");
        assert_eq!(first, to_png(&scene, 2.0).expect("drawn again"));
        assert_ne!(first, blank);
        assert!(first.starts_with(b"\x89PNG"));
    }

    #[test]
    fn an_impossible_size_is_an_error() {
        for scale in [0.0, -1.0, 1e9, f32::NAN] {
            assert!(to_png(&Scene::new(60.0, 20.0), scale).is_err());
        }
    }
}
