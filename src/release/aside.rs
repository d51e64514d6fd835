//! A report to one address: nobody's issue, made whenever it is asked for, outside the ledger.

use super::plan::{correspondents, deliveries};
use super::{ReleaseError, Released, State, Target};
use crate::app::App;
use crate::calendar;
use crate::deliver::{self, Attachment, Envelope, Frozen};
use crate::io::ledger::Ending;
use crate::io::mail::{self, Patience};
use crate::run::{Computed, Lists, Produced};

/// Sends the report to `target.to` once, without a claim, a plan or a retry.
///
/// # Errors
/// The address may not be written to, or the mail cannot be made.
pub async fn aside(
    app: &App,
    target: &Target<'_>,
    computed: &Computed,
    pack: &Produced,
    lists: &Lists,
) -> Result<Released, ReleaseError> {
    // Revision 0: its Message-IDs are not those of any issue, or the audit mailbox would take one for the other.
    let (deliveries, mut findings) = deliveries(app, target, 0, &[target.unit], lists)?;
    let due = calendar::due_at(target.edition, &app.settings.reporting.calendar, &app.settings.holidays, target.period);
    let (from, owner) = correspondents(app, target, lists)?;
    let settings = &app.settings.mail;
    let patience = Patience { handover: settings.dot_timeout, answer: settings.dot_timeout };
    let mut receipts = Vec::new();
    for delivery in deliveries {
        let envelope = Envelope {
            from: from.clone(),
            to: delivery.to.clone(),
            owner: owner.clone(),
            date: due.min(lists.at),
            key: delivery.key.clone(),
            run: pack.model.footer.run_id.clone(),
            secret: settings.message_id_key.clone(),
            signer: app.signer.clone(),
        };
        let attachment = |extension: &str, content_type: &str, bytes: &[u8]| Attachment {
            name: deliver::attachment_name(&delivery.key, extension),
            content_type: content_type.to_owned(),
            bytes: bytes.to_owned(),
        };
        let attachments = [
            attachment("pdf", super::letter::PDF, &pack.documents.pdf),
            attachment("xlsx", super::letter::XLSX, &pack.documents.xlsx),
        ];
        let frozen = Frozen {
            folder: delivery.key.folder(),
            message_id: deliver::message_id(&delivery.key, &settings.message_id_key, &from.address),
            bytes: deliver::message(&envelope, &pack.documents.mail, &attachments)?,
            from: from.address.clone(),
            to: delivery.to.address,
        };
        receipts.push(mail::deliver(settings, patience, &frozen).await);
    }
    findings.extend(computed.findings.iter().cloned());
    Ok(Released { receipts, findings, state: State::Settled(Ending::Sent) })
}
