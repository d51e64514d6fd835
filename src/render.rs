//! Painting: one [`ReportModel`](crate::report::ReportModel) to finished documents, one painter per
//! format.
//!
//! Painters decide layout only. Figures are words by now; the same model gives the same bytes.
//! A painter never computes, rounds or compares a figure: it may measure text and share out space.

pub mod archive;
pub mod data;
pub mod html;
mod layout;
pub mod mail;
pub mod pdf;
#[cfg(test)]
mod sample;
pub mod text;
pub mod xlsx;

use crate::chart::ChartError;
use crate::templates::TemplateError;

/// Why a document could not be painted.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A template failed on this model.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// A chart could not be turned into a picture.
    #[error("cannot draw chart `{id}`")]
    Chart { id: String, source: ChartError },
    /// The typesetter failed.
    #[error(transparent)]
    Pdf(#[from] pdf::PdfError),
    /// The scorecard could not be written.
    #[error("cannot write the scorecard: {0}")]
    Data(String),
    /// The workbook library refused a cell or a sheet.
    #[error("cannot write the workbook")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),
    /// The message alone is larger than mail clients show.
    #[error("the mail body needs {bytes} bytes, {limit} are allowed\nhint: shorten the message sentences")]
    MailTooLarge { bytes: usize, limit: usize },
}
