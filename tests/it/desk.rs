//! A desk that issues reports: a store, an outbox, and what lies in them afterwards.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use calamine::{Data, Reader, Xlsx};

use crate::muster::muster_with;

pub struct Desk {
    folder: tempfile::TempDir,
    /// Settings from the environment.
    pub settings: Vec<(String, String)>,
}

impl Desk {
    pub fn empty() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder"), settings: Vec::new() }
    }

    /// A made-up company of the months up to October 2026; nothing of it is issued.
    pub fn demo(assets: u32) -> Self {
        let desk = Self::empty();
        let output = Command::new(env!("CARGO_BIN_EXE_muster"))
            .args(["demo", "--assets", &assets.to_string(), "--edition", "cfo-monthly"])
            .arg(desk.root())
            .current_dir(std::env::temp_dir())
            .output()
            .expect("the binary runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        for folder in ["published", "ledger", "outbox", "reports"] {
            fs::remove_dir_all(desk.root().join(folder)).expect("what the demo issued");
        }
        desk
    }

    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    /// Delivers a file.
    pub fn deliver(&self, dataset: &str, night: &str, text: &str) {
        let folder = self.root().join("extracts").join(dataset).join(night);
        fs::create_dir_all(&folder).expect("a night");
        fs::write(folder.join(format!("{dataset}.csv")), text).expect("written");
    }

    pub fn extract(&self, dataset: &str, night: &str) -> String {
        let path = self.root().join("extracts").join(dataset).join(night).join(format!("{dataset}.csv"));
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Issues an edition, and gives what was printed.
    pub fn issue(&self, edition: &str, period: &str, more: &[&str]) -> String {
        let (code, said) = self.try_issue(edition, period, more);
        assert_eq!(code, Some(0), "{edition} {period}: {said}");
        said
    }

    /// Exit code and what was printed.
    pub fn try_issue(&self, edition: &str, period: &str, more: &[&str]) -> (Option<i32>, String) {
        let outbox = self.root().join("outbox").display().to_string();
        let own = self.settings.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        let settings: Vec<(&str, &str)> =
            std::iter::once(("MUSTER__MAIL__OUTBOX", outbox.as_str())).chain(own).collect();
        let arguments = [&["run", edition, "--period", period], more].concat();
        let output = muster_with(self.root(), &arguments, &settings);
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        (output.status.code(), said)
    }

    /// Where a revision's documents are published.
    pub fn published(&self, edition: &str, period: &str, unit: &str, revision: &str) -> PathBuf {
        self.root().join("published").join(edition).join(period).join(unit).join(revision)
    }

    /// The mails of an issue, as `unit/revision/address`, sorted.
    pub fn mails(&self, edition: &str, period: &str) -> Vec<String> {
        let folder = self.root().join("outbox").join(period).join(edition);
        let mut mails: Vec<String> = files(&folder)
            .iter()
            .map(|path| path.strip_prefix(&folder).expect("below").display().to_string())
            .map(|name| name.trim_end_matches(".eml").to_owned())
            .collect();
        mails.sort();
        mails
    }
}

/// All files below a folder; none where there is no such folder.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// A text document with plain spaces.
pub fn text(folder: &Path, name: &str) -> String {
    let text = fs::read_to_string(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    text.replace(['\u{a0}', '\u{202f}'], " ").replace("&nbsp;", " ")
}

/// The rows below the heads of a sheet, as words; none without the sheet.
pub fn sheet(folder: &Path, name: &str) -> Option<Vec<Vec<String>>> {
    let mut book: Xlsx<_> = calamine::open_workbook(folder.join("report.xlsx")).expect("a workbook");
    let cells = book.worksheet_range(name).ok()?;
    let word = |cell: &Data| match cell {
        Data::String(text) => text.replace('\u{a0}', " "),
        other => other.to_string(),
    };
    Some(cells.rows().skip(2).map(|row| row.iter().map(word).collect()).collect())
}
