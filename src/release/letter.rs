//! From a planned mail to its bytes, made of what the plan has frozen and of nothing else.

use bytes::Bytes;
use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;

use super::ReleaseError;
use super::plan::Files;
use crate::app::App;
use crate::deliver::{self, Attachment, Content, DeliveryKey, Envelope, Frozen, Mailbox, Mime};
use crate::io::ledger::{ArtefactSet, Cover, Ledger, LedgerError, Own, Plan, PlannedMail, RunKey, Shared, Slot};
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

/// A set whose documents are fetched when the first mail asks for them, and once.
pub struct Source<'a> {
    run: &'a RunKey,
    set: &'a ArtefactSet,
    contents: OnceCell<Contents>,
    shared: OnceCell<Content>,
}

impl<'a> Source<'a> {
    #[must_use]
    pub fn new(run: &'a RunKey, set: &'a ArtefactSet) -> Self {
        Self { run, set, contents: OnceCell::new(), shared: OnceCell::new() }
    }

    /// Whether the mail carries this set.
    #[must_use]
    pub fn is_of(&self, mail: &PlannedMail) -> bool {
        mail.key.scope == self.set.scope && mail.language == self.set.language
    }

    async fn shared(&self, ledger: &Ledger, shared: &Shared) -> Result<&Content, ReleaseError> {
        let fetched = async || {
            let bytes = fetch(ledger, self.run, &shared.sha256).await?;
            Content::again(self.set.subject.clone(), bytes, shared.ends.clone(), shared.pictures)
                .ok_or_else(|| unfit(self.run, "the parts of its mails are not as they were frozen".to_owned()))
        };
        self.shared.get_or_try_init(fetched).await
    }

    /// The mail, if it has been frozen.
    pub async fn frozen(&self, ledger: &Ledger, mail: &PlannedMail) -> Result<Option<Mime>, ReleaseError> {
        let slot = Slot::mail(self.run, &mail.key.recipient_hash());
        let Some(shared) = shared(self.set, mail) else {
            return Ok(ledger.frozen(&slot).await?.map(Mime::from));
        };
        let Some(own) = ledger.own(&slot).await? else { return Ok(None) };
        let content = self.shared(ledger, shared).await?;
        let mail = around(content, shared, own);
        mail.map(Some).ok_or_else(|| unfit(self.run, "a frozen mail does not fit its parts".to_owned()))
    }

    /// Freezes the mail; gives the one that was frozen before, where there is one.
    pub async fn freeze(
        &self,
        app: &App,
        ledger: &Ledger,
        plan: &Plan,
        mail: &PlannedMail,
    ) -> Result<Mime, ReleaseError> {
        let slot = Slot::mail(self.run, &mail.key.recipient_hash());
        if let Some(shared) = shared(self.set, mail) {
            let content = self.shared(ledger, shared).await?;
            let lines = deliver::own_lines(&envelope(app, self.run, plan, mail, self.set)?, content)?;
            let own = ledger.freeze_own(&slot, Own { shared: shared.sha256.clone(), lines }).await?;
            return around(content, shared, own)
                .ok_or_else(|| unfit(self.run, "a frozen mail does not fit its parts".to_owned()));
        }
        let contents = self.contents.get_or_try_init(|| contents(ledger, self.run, self.set)).await?;
        let letter = letter(app, self.run, plan, mail, self.set, contents)?;
        Ok(ledger.freeze(&slot, letter.whole()).await?.into())
    }
}

/// What a mail has in common with others of its set; one with a password has nothing.
fn shared<'a>(set: &'a ArtefactSet, mail: &PlannedMail) -> Option<&'a Shared> {
    set.shared.as_ref().filter(|_| mail.password_file.is_none())
}

fn around(content: &Content, shared: &Shared, own: Own) -> Option<Mime> {
    if own.shared == shared.sha256 { content.around(own.lines) } else { None }
}

/// Fetches a set and makes sure that it is what was frozen.
async fn contents(ledger: &Ledger, run: &RunKey, set: &ArtefactSet) -> Result<Contents, ReleaseError> {
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

fn envelope(
    app: &App,
    run: &RunKey,
    plan: &Plan,
    mail: &PlannedMail,
    set: &ArtefactSet,
) -> Result<Envelope, ReleaseError> {
    Ok(Envelope {
        from: correspondent(run, &plan.from)?,
        to: mail.mailbox(),
        owner: correspondent(run, &plan.owner)?,
        // The day it was due, not the moment it was sent: a mail made again has the same bytes.
        date: plan.due.min(plan.planned_at),
        key: mail.key.clone(),
        run: set.run.clone(),
        secret: app.settings.mail.message_id_key.clone(),
        signer: app.signer.clone(),
    })
}

/// The mail, as it will be frozen.
pub fn letter(
    app: &App,
    run: &RunKey,
    plan: &Plan,
    mail: &PlannedMail,
    set: &ArtefactSet,
    contents: &Contents,
) -> Result<Mime, ReleaseError> {
    let envelope = envelope(app, run, plan, mail, set)?;
    if let Some(file) = &mail.password_file {
        let locked = locked(app, run, file, contents)?;
        let cover = set.cover.as_ref().ok_or_else(|| unfit(run, "it has no cover for a locked report".to_owned()))?;
        let Cover { subject, html, text } = cover.clone();
        let body = MailBody { subject, html, text, images: Vec::new() };
        let name = deliver::attachment_name(&mail.key, "pdf");
        let attachment = Attachment { name, content_type: PDF.to_owned(), bytes: locked };
        return Ok(deliver::message(&envelope, &body, &[attachment])?);
    }
    let attachments = attachments(&mail.key, |name| contents.files.get(name).map(Bytes::as_ref));
    Ok(deliver::message(&envelope, &contents.body, &attachments)?)
}

/// The documents that go with a mail.
pub(super) fn attachments<'a>(key: &DeliveryKey, file: impl Fn(&str) -> Option<&'a [u8]>) -> Vec<Attachment> {
    let attachment = |(name, extension, content_type): &(&str, &str, &str)| {
        Some(Attachment {
            name: deliver::attachment_name(key, extension),
            content_type: (*content_type).to_owned(),
            bytes: file(name)?.to_vec(),
        })
    };
    ATTACHED.iter().filter_map(attachment).collect()
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
pub fn frozen(run: &RunKey, plan: &Plan, mail: &PlannedMail, bytes: Mime) -> Result<Frozen, ReleaseError> {
    sealed(correspondent(run, &plan.from)?, mail.key.folder(), &mail.mailbox(), bytes)
        .ok_or_else(|| unfit(run, "a frozen mail has no Message-ID".to_owned()))
}

/// A mail as it lies in the ledger. Its Message-ID is the one in its bytes: the key it was derived with may
/// have been changed since.
pub fn sealed(from: Mailbox, folder: String, to: &Mailbox, bytes: Mime) -> Option<Frozen> {
    let message_id = deliver::message_id_of(bytes.head())?;
    Some(Frozen { folder, from: from.address, to: to.address.clone(), message_id, bytes })
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
