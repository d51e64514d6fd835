//! Replay: the same run once more from its evidence, compared byte by byte with what was frozen.

use std::sync::Arc;

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::ReleaseError;
use super::letter::{Contents, Source, letter};
use super::plan::{Files, settings_fingerprint};
use crate::app::App;
use crate::conform::{Evidence, RawFile};
use crate::io::ledger::{ArtefactSet, Ledger, Plan, RunKey};
use crate::io::store::Store;
use crate::kept;
use crate::run::{self, Given, Order, Produced, Progress};

/// What a replay found.
#[derive(Debug, Default)]
pub struct Replayed {
    /// What is not as it was: program, definitions, settings.
    pub changed: Vec<String>,
    /// Documents and mails whose bytes are those that were frozen.
    pub same: Vec<String>,
    pub different: Vec<String>,
    /// Mails that cannot be compared: encrypting a PDF draws by lot. Their documents are among the others.
    pub locked: Vec<String>,
}

/// Computes a run again from the files it names, and paints and writes everything again.
///
/// # Errors
/// A file is gone or has other bytes, the store does not answer, or the engine fails.
pub async fn replay(
    app: &App,
    ledger: &Ledger,
    (run, plan): (&RunKey, &Plan),
    progress: Progress<'_>,
) -> Result<Replayed, ReleaseError> {
    let mut replayed = Replayed { changed: changes(app, plan), ..Replayed::default() };
    let files = fetch(ledger.store(), run, &plan.inputs.evidence, progress).await?;
    let (first_nights, listing) = (plan.inputs.first_nights.clone(), plan.inputs.findings.clone());
    // What it is compared with may have been computed from what was kept: this is from the files.
    let given = Given { files, first_nights, listing };
    let computed = run::figures(app, run.period, given, Arc::new(kept::Nothing), progress)?;
    let edition = run::edition(app, &run.edition)?;
    let mut before = Vec::with_capacity(plan.sets.len());
    for set in &plan.sets {
        // Compared with the issues of then, not with those that came later.
        let issues = plan.inputs.issues.get(&set.scope).cloned().unwrap_or_default();
        before.push(run::before(ledger.store(), edition, &set.scope, issues).await?);
    }
    let mut orders = Vec::with_capacity(plan.sets.len());
    for (set, before) in plan.sets.iter().zip(&before) {
        let order = Order { edition, unit: &set.scope, revision: run.revision, language: &set.language };
        orders.push((order, before));
    }
    let compare = async |produced: Produced| {
        let set = plan.sets.iter().find(|set| set.scope == produced.unit && set.language == produced.language);
        match set {
            Some(set) => compared(app, ledger, (run, plan), set, produced).await,
            None => Ok(Replayed::default()),
        }
    };
    let make = || run::produce_each(app, &computed, edition, &orders, compare, progress);
    for one in tokio::task::block_in_place(make)? {
        replayed.add(one);
    }
    Ok(replayed)
}

/// A pack made again, with the mails that carry it.
async fn compared(
    app: &App,
    ledger: &Ledger,
    (run, plan): (&RunKey, &Plan),
    set: &ArtefactSet,
    produced: Produced,
) -> Result<Replayed, ReleaseError> {
    let mut replayed = Replayed::default();
    let named = |name: &str| format!("{}/{}/{name}", set.scope, set.language);
    let files: Files =
        produced.documents.files().into_iter().map(|(name, bytes)| (name.to_owned(), bytes.into())).collect();
    for file in &set.files {
        let same = files.get(&file.name).is_some_and(|bytes| hex::encode(Sha256::digest(bytes)) == file.sha256);
        replayed.note(named(&file.name), same);
    }
    let contents = Contents { body: produced.documents.mail, files };
    let source = Source::new(run, set);
    for mail in plan.mails.iter().filter(|mail| source.is_of(mail)) {
        let name = named(&format!("mail to {}", mail.address.masked()));
        if mail.password_file.is_some() {
            replayed.locked.push(name);
        } else if let Some(frozen) = source.frozen(ledger, mail).await? {
            let again = letter(app, run, plan, mail, set, &contents)?;
            replayed.note(name, again.whole() == frozen.whole());
        }
    }
    Ok(replayed)
}

impl Replayed {
    fn add(&mut self, other: Self) {
        let Self { changed, same, different, locked } = other;
        self.changed.extend(changed);
        self.same.extend(same);
        self.different.extend(different);
        self.locked.extend(locked);
    }

    fn note(&mut self, what: String, same: bool) {
        if same { self.same.push(what) } else { self.different.push(what) }
    }
}

fn changes(app: &App, plan: &Plan) -> Vec<String> {
    let mut changed = Vec::new();
    let version = env!("CARGO_PKG_VERSION");
    if plan.version != version {
        changed.push(format!("the program was version {}, it is {version} now", plan.version));
    }
    if plan.catalogue_version != app.catalogue.version {
        let now = &app.catalogue.version;
        changed.push(format!("the definitions were version {}, they are {now} now", plan.catalogue_version));
    }
    if plan.settings != settings_fingerprint(app) {
        changed.push("settings of reporting, costs, trust or holidays are not those of then".to_owned());
    }
    changed
}

/// The very files, in the same order; every one that is gone or changed is told.
async fn fetch(
    store: &Store,
    run: &RunKey,
    evidence: &[Evidence],
    progress: Progress<'_>,
) -> Result<Vec<(Evidence, RawFile)>, ReleaseError> {
    let (mut files, mut faults) = (Vec::with_capacity(evidence.len()), Vec::new());
    for of in evidence {
        progress(&format!("pull {}", of.key));
        let file = |bytes: Bytes, withheld: Option<u64>| RawFile {
            key: of.key.clone(),
            night: of.night,
            bytes,
            sha256: of.sha256.clone(),
            source: of.source.clone(),
            join: of.join.clone(),
            withheld,
        };
        if of.sha256.is_empty() {
            // It was too large to be fetched then.
            files.push((of.clone(), file(Bytes::new(), Some(of.bytes))));
            continue;
        }
        match store.find(&of.key).await? {
            None => faults.push(format!("`{}` is gone", of.key)),
            Some(bytes) if hex::encode(Sha256::digest(&bytes)) == of.sha256 => {
                files.push((of.clone(), file(bytes, None)));
            }
            Some(_) => faults.push(format!("`{}` has other bytes than then (sha256 was {})", of.key, of.sha256)),
        }
    }
    if faults.is_empty() { Ok(files) } else { Err(ReleaseError::Evidence { run: run.clone(), faults }) }
}
