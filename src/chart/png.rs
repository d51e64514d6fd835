//! A scene as PNG, for mail clients that show neither SVG nor data URIs.
//!
//! Only the embedded faces are used, so every machine makes the same picture.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "pixel counts are checked to be small and positive"
)]

use std::sync::{Arc, OnceLock};

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
    pixels.encode_png().map_err(|error| ChartError::Encode(error.to_string()))
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
