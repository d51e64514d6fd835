//! The e-mail: an HTML body by the strictest common rules of mail clients, the same report as plain
//! text, and the charts as inline pictures.
//!
//! The rules and why they exist: only tables with inline CSS in one column of 600 px (Outlook paints
//! with Word's engine), no table taller than 1,700 px (Outlook cuts it there), a body of at most
//! 90 KB (Gmail hides the rest of a longer one), nothing remote, no SVG, no data URIs (stripped by
//! most), and every bar a table cell, so that the mail reads the same with pictures switched off.

mod cover;
mod detail;
mod grid;
mod view;

use super::{RenderError, html, layout, text};
use crate::chart::png;
use crate::report::ReportModel;
use crate::templates::Templates;
pub use cover::cover;
use detail::{Detail, shorten};
use view::{Part, Picture, View};

/// Largest HTML body, in bytes. Gmail cuts at 102 KB, and the transfer adds some.
pub const MAX_BODY_BYTES: usize = 90_000;

/// Longest subject, in characters; what is longer no client shows.
const MAX_SUBJECT_CHARS: usize = 250;

/// Pixels per point of a picture: sharp on a phone, too.
const CHART_SCALE: f32 = 3.0;

/// A mail without its addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailBody {
    /// One line, no control characters.
    pub subject: String,
    pub html: String,
    /// The full report as plain text.
    pub text: String,
    /// Pictures the HTML names as `cid:<cid>`, in order.
    pub images: Vec<InlineImage>,
}

/// One inline picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InlineImage {
    /// Content id without angle brackets; the same for the same report.
    pub cid: String,
    /// The chart's values in words; empty for the further parts of a high one.
    pub alt: String,
    pub png: Vec<u8>,
}

/// Paints the report as a mail.
///
/// A body that would exceed [`MAX_BODY_BYTES`] loses the detail of its last tables and
/// texts, then of the other blocks, and says that the full report is attached; the message and its
/// figures always stay.
///
/// # Errors
/// [`RenderError::MailTooLarge`] if even the opening exceeds the limit, and whatever a template or
/// a chart says.
pub fn mail(model: &ReportModel, templates: &Templates) -> Result<MailBody, RenderError> {
    let model = layout::squared(model);
    let (html, view) = fitting_html(&model, templates)?;
    let images = view.parts.iter().flat_map(pictures).map(painted).collect::<Result<Vec<_>, _>>()?;
    Ok(MailBody { subject: subject(&model.head.subject), html, text: text::text(&model, templates)?, images })
}

/// The subject on one line, cut to a length clients show.
fn subject(subject: &str) -> String {
    layout::clean_line(subject).chars().take(MAX_SUBJECT_CHARS).collect()
}

/// Renders with less and less detail until the body fits.
fn fitting_html<'a>(model: &'a ReportModel, templates: &Templates) -> Result<(String, View<'a>), RenderError> {
    let mut detail = vec![Detail::Full; model.blocks.len()];
    loop {
        let view = View::new(model, &detail);
        let html = html::without_blank_lines(&templates.render("mail/report.html", &view)?);
        if html.len() <= MAX_BODY_BYTES {
            return Ok((html, view));
        }
        if !shorten(&model.blocks, &mut detail) {
            return Err(RenderError::MailTooLarge { bytes: html.len(), limit: MAX_BODY_BYTES });
        }
    }
}

fn pictures<'a, 'b>(part: &'b Part<'a>) -> &'b [Picture<'a>] {
    match part {
        Part::Picture { pictures, .. } => pictures,
        Part::Message { .. }
        | Part::Tiles { .. }
        | Part::Trust { .. }
        | Part::Kpis { .. }
        | Part::Table { .. }
        | Part::Bars { .. }
        | Part::Text { .. }
        | Part::Actions { .. }
        | Part::Named { .. } => &[],
    }
}

fn painted(picture: &Picture<'_>) -> Result<InlineImage, RenderError> {
    let Picture { cid, alt, scene } = picture;
    let png = png::to_png(scene, CHART_SCALE).map_err(|source| RenderError::Chart { id: cid.clone(), source })?;
    Ok(InlineImage { cid: cid.clone(), alt: (*alt).to_owned(), png })
}

#[cfg(test)]
mod tests {
    use super::{MAX_BODY_BYTES, MailBody, mail};
    use crate::chart::ChartSpec;
    use crate::render::{RenderError, sample};
    use crate::report::{Block, ReportModel};
    use crate::templates::Templates;

    fn painted(model: &ReportModel) -> MailBody {
        mail(model, &Templates::load(&std::collections::BTreeMap::new()).expect("templates")).expect("a mail")
    }

    #[test]
    fn the_body_holds_nothing_mail_clients_strip_or_fetch() {
        let body = painted(&sample::hostile()).html;
        for forbidden in ["<script", "<svg", "data:", "http:", "https:", "<link", "url(", "\" onload="] {
            let shown = body.replace("https://evil.example", "").to_lowercase();
            assert!(!shown.contains(forbidden), "{forbidden} is in the mail");
        }
    }

    #[test]
    fn charts_are_inline_pictures_whose_alt_text_carries_the_values() {
        let body = painted(&sample::report());
        let [bridge, trend, map, ages] = body.images.as_slice() else { panic!("four pictures in the sample") };
        for (image, value) in [(bridge, "11.42"), (trend, "76.1 %"), (map, "71.4 %"), (ages, "402")] {
            assert!(body.html.contains(&format!("cid:{}", image.cid)));
            assert!(image.alt.contains(value) && body.html.contains(&image.alt));
            assert!(image.png.starts_with(b"\x89PNG"));
        }
    }

    #[test]
    fn a_high_heat_map_comes_in_pictures_that_no_client_cuts() {
        let mut model = sample::report();
        model.blocks.retain(|block| matches!(block, Block::Chart { spec: ChartSpec::HeatMap(_), .. }));
        let [Block::Chart { spec: ChartSpec::HeatMap(map), .. }] = model.blocks.as_mut_slice() else {
            panic!("one heat map in the sample")
        };
        map.rows = map.rows.iter().cycle().take(40).cloned().collect();
        let body = painted(&model);
        assert!(body.images.len() > 1);
        for image in &body.images {
            let side = |at: usize| u32::from_be_bytes(image.png[at..at + 4].try_into().expect("four bytes"));
            assert!(side(20) * 560 / side(16) <= 1_700, "{} x {}", side(16), side(20));
            assert_eq!(body.html.matches(&format!("cid:{}\"", image.cid)).count(), 1);
        }
        assert_eq!(body.images.iter().filter(|image| !image.alt.is_empty()).count(), 1);
    }

    #[test]
    fn a_long_report_is_shortened_says_so_and_keeps_the_actions() {
        let body = painted(&sample::long(600, 1));
        assert!(body.html.len() <= MAX_BODY_BYTES, "{}", body.html.len());
        assert!(body.html.contains("This mail is shortened; the full report is attached."));
        assert!(body.html.contains("Cancel 480 idle seats") && body.html.contains("On target: the rest."));
        assert!(body.text.contains("row 599"), "the text is always the full report");
    }

    #[test]
    fn many_measures_become_one_line_each_before_any_is_lost() {
        let body = painted(&sample::long(1, 90)).html;
        assert!(body.len() <= MAX_BODY_BYTES, "{}", body.len());
        assert!((0..90).all(|i| body.contains(&format!("measure {i}<"))));
        assert!(body.contains("Cancel 480 idle seats"));
    }

    #[test]
    fn a_message_too_long_for_a_mail_is_an_error() {
        let message = Block::Message { headline: "x".repeat(100_000), sentences: Vec::new() };
        let model = ReportModel { blocks: vec![message], ..sample::report() };
        let error = mail(&model, &Templates::load(&std::collections::BTreeMap::new()).expect("templates"))
            .expect_err("too long");
        assert!(matches!(error, RenderError::MailTooLarge { bytes: 100_000.., .. }), "{error}");
    }

    #[test]
    fn a_subject_is_one_line() {
        let model = sample::hostile();
        assert!(model.head.subject.contains("\r\n"));
        let subject = painted(&model).subject;
        assert!(subject.chars().all(|c| !c.is_control()) && subject.contains("Bcc"), "{subject}");
    }

    #[test]
    fn the_same_report_gives_the_same_mail() {
        assert_eq!(painted(&sample::report()), painted(&sample::report()));
    }
}
