//! From a planned mail to its bytes, made of what the plan has frozen and of nothing else.

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::ReleaseError;
use super::plan::Files;
use crate::app::App;
use crate::deliver::{self, Attachment, Envelope, Frozen, Mailbox};
use crate::io::ledger::{ArtefactSet, Cover, Ledger, LedgerError, Plan, PlannedMail, RunKey};
use crate::io::store::StoreError;
use crate::render::mail::{InlineImage, MailBody};
use crate::render::{RenderError, pdf};

pub(super) const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

pub(super) const PDF: &str = "application/pdf";

/// Documents that go with the mail: name, extension, content type.
const ATTACHED: [(&str, &str, &str); 2] = [("report.pdf", "pdf", PDF), ("report.xlsx", "xlsx", XLSX)];

/// A set, fetched.
pub struct Contents {
    pub body: MailBody,
    pub files: Files,
}

/// Fetches a set and makes sure that it is what was frozen.
pub async fn contents(ledger: &Ledger, run: &RunKey, set: &ArtefactSet) -> Result<Contents, ReleaseError> {
    let mut files = Files::new();
    for file in &set.files {
        files.insert(file.name.clone(), fetch(ledger, run, &file.sha256).await?);
    }
    let mut images = Vec::new();
    for picture in &set.pictures {
        let png = fetch(ledger, run, &picture.sha256).await?.to_vec();
        images.push(InlineImage { cid: picture.cid.clone(), alt: picture.alt.clone(), png });
    }
    let text = |name: &str| -> Result<String, ReleaseError> {
        let bytes = files.get(name).ok_or_else(|| unfit(run, format!("it has no `{name}`")))?;
        String::from_utf8(bytes.to_vec()).map_err(|_| unfit(run, format!("`{name}` is no text")))
    };
    let body = MailBody { subject: set.subject.clone(), html: text("mail.html")?, text: text("mail.txt")?, images };
    Ok(Contents { body, files })
}

/// The mail, as it will be frozen.
pub fn letter(
    app: &App,
    run: &RunKey,
    plan: &Plan,
    mail: &PlannedMail,
    set: &ArtefactSet,
    contents: &Contents,
) -> Result<Bytes, ReleaseError> {
    let envelope = Envelope {
        from: correspondent(run, &plan.from)?,
        to: mail.mailbox(),
        owner: correspondent(run, &plan.owner)?,
        // The day it was due, not the moment it was sent: a mail made again has the same bytes.
        date: plan.due.min(plan.planned_at),
        key: mail.key.clone(),
        run: set.run.clone(),
        secret: app.settings.mail.message_id_key.clone(),
        signer: app.signer.clone(),
    };
    if let Some(file) = &mail.password_file {
        let locked = locked(app, run, file, contents)?;
        let cover = set.cover.as_ref().ok_or_else(|| unfit(run, "it has no cover for a locked report".to_owned()))?;
        let Cover { subject, html, text } = cover.clone();
        let body = MailBody { subject, html, text, images: Vec::new() };
        let name = deliver::attachment_name(&mail.key, "pdf");
        let attachment = Attachment { name, content_type: PDF.to_owned(), bytes: locked };
        return Ok(deliver::message(&envelope, &body, &[attachment])?.into());
    }
    let attachments: Vec<Attachment> = ATTACHED
        .iter()
        .filter_map(|(name, extension, content_type)| {
            Some(Attachment {
                name: deliver::attachment_name(&mail.key, extension),
                content_type: (*content_type).to_owned(),
                bytes: contents.files.get(*name)?.to_vec(),
            })
        })
        .collect();
    Ok(deliver::message(&envelope, &contents.body, &attachments)?.into())
}

/// The PDF as it opens with the password of its reader's list.
fn locked(app: &App, run: &RunKey, file: &str, contents: &Contents) -> Result<Vec<u8>, ReleaseError> {
    let password = app.passwords.get(file).ok_or_else(|| {
        unfit(run, format!("no distribution list names the password file `{file}` any more: restore it there"))
    })?;
    let pdf = contents.files.get("report.pdf").ok_or_else(|| unfit(run, "it has no `report.pdf`".to_owned()))?;
    Ok(pdf::lock(pdf, password.expose()).map_err(RenderError::from)?)
}

/// The frozen bytes with where they go.
pub fn frozen(run: &RunKey, plan: &Plan, mail: &PlannedMail, bytes: &Bytes) -> Result<Frozen, ReleaseError> {
    sealed(correspondent(run, &plan.from)?, mail.key.folder(), &mail.mailbox(), bytes)
        .ok_or_else(|| unfit(run, "a frozen mail has no Message-ID".to_owned()))
}

/// A mail as it lies in the ledger. Its Message-ID is the one in its bytes: the key it was derived with may
/// have been changed since.
pub fn sealed(from: Mailbox, folder: String, to: &Mailbox, bytes: &Bytes) -> Option<Frozen> {
    let message_id = deliver::message_id_of(bytes)?;
    Some(Frozen { folder, from: from.address, to: to.address.clone(), message_id, bytes: bytes.to_vec() })
}

fn correspondent(run: &RunKey, text: &str) -> Result<Mailbox, ReleaseError> {
    text.parse().map_err(|error| unfit(run, format!("its sender or owner is no address: {error}")))
}

async fn fetch(ledger: &Ledger, run: &RunKey, sha256: &str) -> Result<Bytes, ReleaseError> {
    let key = run.key(&format!("artefacts/{sha256}"));
    let bytes = ledger.store().get(&key).await.map_err(LedgerError::from)?;
    if hex::encode(Sha256::digest(&bytes)) == sha256 {
        return Ok(bytes);
    }
    let why = "its bytes are not those that were frozen: it was changed, or cut short".to_owned();
    Err(StoreError::Request { key, why }.into())
}

fn unfit(run: &RunKey, why: String) -> ReleaseError {
    ReleaseError::Plan { run: run.to_string(), why }
}
