//! The mail around a report that opens with a password: which one it is, and no figure.

use serde::Serialize;

use super::{MailBody, html, subject};
use crate::render::RenderError;
use crate::report::{Head, ReportModel};
use crate::templates::Templates;

#[derive(Serialize)]
struct View<'a> {
    head: &'a Head,
    /// The run, for whoever asks about it.
    run: &'a str,
}

/// Paints the cover. Its subject names title, period and state, not the headline.
///
/// # Errors
/// A template fails.
pub fn cover(model: &ReportModel, templates: &Templates) -> Result<MailBody, RenderError> {
    let head = &model.head;
    let view = View { head, run: &model.footer.run_id };
    Ok(MailBody {
        subject: subject(&format!("{} - {} - {}", head.title, head.period_label, head.state)),
        html: html::without_blank_lines(&templates.render("mail/cover.html", &view)?),
        text: templates.render("mail/cover.txt", &view)?,
        images: Vec::new(),
    })
}
