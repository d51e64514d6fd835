//! The outbox: a folder of `.eml` files that any mail program opens. A file, once written, stays.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::deliver::{Frozen, Mime, Outcome, safe_name};

/// Drafts of this process so far.
static DRAFTS: AtomicU64 = AtomicU64::new(0);

/// Writes `<outbox>/<folder>/<address>.eml` at once or not at all; the same bytes may be there already.
pub fn write(outbox: &Path, message: &Frozen) -> (Outcome, String) {
    let Some(folder) = folder(outbox, &message.folder) else {
        return (Outcome::Refused, "the outbox folder of the mail is no plain relative path".to_owned());
    };
    let file = folder.join(format!("{}.eml", safe_name(&message.to.key())));
    match place(outbox, &folder, &file, &message.bytes) {
        Ok(Placed::New) => (Outcome::Written, format!("in `{}`", folder.display())),
        Ok(Placed::Same) => (Outcome::Written, format!("was already in `{}`", folder.display())),
        Ok(Placed::Other) => (
            Outcome::Refused,
            format!("another mail to this address is in `{}` and is never overwritten", folder.display()),
        ),
        Ok(Placed::Outside) => (Outcome::Refused, format!("`{}` leads out of the outbox", folder.display())),
        Err(error) => (Outcome::Deferred, format!("`{}` cannot be written: {}", folder.display(), error.kind())),
    }
}

enum Placed {
    New,
    Same,
    Other,
    Outside,
}

fn folder(outbox: &Path, folder: &str) -> Option<PathBuf> {
    let named = |byte: u8| byte.is_ascii_alphanumeric() || b"_-@+=.%~".contains(&byte);
    let plain = |part: &str| !part.is_empty() && !part.starts_with('.') && part.bytes().all(named);
    folder.split('/').all(plain).then(|| folder.split('/').fold(outbox.to_owned(), |path, part| path.join(part)))
}

fn place(outbox: &Path, folder: &Path, file: &Path, bytes: &Mime) -> io::Result<Placed> {
    fs::create_dir_all(folder)?;
    // A link among the folders would file mail somewhere else.
    if !folder.canonicalize()?.starts_with(outbox.canonicalize()?) {
        return Ok(Placed::Outside);
    }
    if let Some(placed) = compare(file, bytes)? {
        return Ok(placed);
    }
    // Unique among the writers of this machine; a leftover of a crash is written over in time.
    let draft = file.with_extension(format!("{}-{}.part", std::process::id(), DRAFTS.fetch_add(1, Ordering::Relaxed)));
    let written = write_through(&draft, bytes).and_then(|()| publish(&draft, file));
    // After a rename there is nothing to remove.
    let _ = fs::remove_file(&draft);
    match written {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(compare(file, bytes)?.unwrap_or(Placed::Other)),
        Err(error) => Err(error),
        Ok(()) => {
            sync_folder(folder)?;
            Ok(Placed::New)
        }
    }
}

fn compare(file: &Path, bytes: &Mime) -> io::Result<Option<Placed>> {
    match fs::symlink_metadata(file) {
        Ok(found) if found.is_file() && found.len() == bytes.size() as u64 && bytes.is(&fs::read(file)?) => {
            Ok(Some(Placed::Same))
        }
        Ok(_) => Ok(Some(Placed::Other)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn write_through(draft: &Path, bytes: &Mime) -> io::Result<()> {
    let mut file = fs::File::create(draft)?;
    for piece in bytes.pieces() {
        file.write_all(piece)?;
    }
    file.sync_all()
}

/// A rename would overwrite what another writer placed since we looked; a hard link does not. Where the
/// file system has no links, the rename has to do.
fn publish(draft: &Path, file: &Path) -> io::Result<()> {
    match fs::hard_link(draft, file) {
        Err(error) if matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::PermissionDenied) => {
            fs::rename(draft, file)
        }
        linked => linked,
    }
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    fs::File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frozen(folder: &str, to: &str, bytes: &str) -> Frozen {
        Frozen {
            folder: folder.to_owned(),
            from: "muster@localhost".parse().unwrap(),
            to: to.parse().unwrap(),
            message_id: "<1@localhost>".to_owned(),
            bytes: bytes.as_bytes().to_vec().into(),
        }
    }

    #[test]
    fn the_outbox_never_overwrites() {
        let outbox = tempfile::tempdir().unwrap();
        let file = outbox.path().join("2026-10/r1/jane@localhost.eml");
        let send = |to: &str, bytes: &str| write(outbox.path(), &frozen("2026-10/r1", to, bytes));
        assert_eq!(send("jane@localhost", "one").0, Outcome::Written);
        assert_eq!(send("Jane@localhost", "one").0, Outcome::Written);
        let (outcome, detail) = send("jane@localhost", "two");
        assert!(
            outcome == Outcome::Refused && detail.contains("never overwritten") && !detail.contains("jane"),
            "{detail}"
        );
        assert_eq!(fs::read_to_string(file).unwrap(), "one");
        assert_eq!(fs::read_dir(outbox.path().join("2026-10/r1")).unwrap().count(), 1, "no drafts stay behind");
    }

    #[test]
    fn nothing_is_written_outside_the_outbox() {
        let root = tempfile::tempdir().unwrap();
        let outbox = root.path().join("outbox");
        for folder in ["..", "../x", "a/../..", "/etc", "", "a//b", "a\\b", "a/./b", "a\0b"] {
            assert_eq!(write(&outbox, &frozen(folder, "a@localhost", "one")).0, Outcome::Refused, "{folder:?}");
        }
        assert_eq!(
            write(&outbox, &frozen("2026-10", "../../../x/y@localhost".trim_start_matches("../"), "one")).0,
            Outcome::Written
        );
        assert!(outbox.join("2026-10/x%2Fy@localhost.eml").is_file());
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed() {
        let root = tempfile::tempdir().unwrap();
        let (outbox, elsewhere) = (root.path().join("outbox"), root.path().join("elsewhere"));
        fs::create_dir_all(outbox.join("2026-11")).unwrap();
        fs::create_dir_all(&elsewhere).unwrap();
        std::os::unix::fs::symlink(&elsewhere, outbox.join("2026-10")).unwrap();
        std::os::unix::fs::symlink(elsewhere.join("new"), outbox.join("2026-11/a@localhost.eml")).unwrap();
        assert_eq!(write(&outbox, &frozen("2026-10", "a@localhost", "one")).0, Outcome::Refused);
        assert_eq!(write(&outbox, &frozen("2026-11", "a@localhost", "one")).0, Outcome::Refused);
        assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0);
    }
}
