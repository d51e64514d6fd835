//! Archive: a page over everything published, made of what lies in the store and of nothing else.
//!
//! It is derived, so it is the one object that is written again; if it is lost, `muster archive` makes it anew.

mod shelve;

use bytes::Bytes;

use crate::app::App;
use crate::finding::{Finding, Level};
use crate::io::published::{self, INDEX};
use crate::io::store::{Store, StoreError};
use crate::render::{self, RenderError};

/// Attempts to write a page that nobody has outdated in the meantime.
const ATTEMPTS: u32 = 5;

/// What the archive holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archived {
    /// Issues listed, revisions counted each.
    pub issues: usize,
    pub editions: usize,
    /// Keys below `published/` that belong to no issue and are not listed.
    pub strangers: Vec<String>,
}

/// Why there is no new archive page; the issues themselves are untouched.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Render(#[from] RenderError),
    #[error("the language `{0}` has no file in config/languages")]
    Language(String),
}

/// Writes `published/index.html` anew from what lies in the store.
///
/// # Errors
/// The store does not answer, or the page cannot be painted.
pub async fn archive(app: &App, store: &Store) -> Result<Archived, ArchiveError> {
    let tag = app.settings.reporting.language.as_str();
    let language = app.catalogue.languages.get(tag).ok_or_else(|| ArchiveError::Language(tag.to_owned()))?;
    let mut shelves = published::shelves(store).await?;
    for _ in 0..ATTEMPTS {
        let page = shelve::shelve(app, language, &shelves.issues);
        let html = render::archive::archive(&page, &app.templates)?;
        store.replace(INDEX, Bytes::from(html)).await?;
        // Another worker may have published while we wrote: whoever writes last must have seen all.
        let again = published::shelves(store).await?;
        if again == shelves {
            break;
        }
        shelves = again;
    }
    let mut editions: Vec<&String> = shelves.issues.iter().map(|issue| &issue.edition).collect();
    editions.dedup();
    Ok(Archived { issues: shelves.issues.len(), editions: editions.len(), strangers: shelves.strangers })
}

/// The same after a release: the report is out, so a page that cannot be written is a finding and no error.
pub async fn after_release(app: &App, store: &Store) -> Option<Finding> {
    let error = archive(app, store).await.err()?;
    let message = format!("the archive page could not be written: {}", error.to_string().replace("\nhint: ", "; "));
    let hint = "nothing else is missing: `muster archive` writes the page";
    Some(Finding::dataset(Level::Warning, "archive", "archive", message, hint))
}
