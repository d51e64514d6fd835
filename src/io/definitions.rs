//! Definition files: built into the binary, overridden file by file from a folder.

use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};

use crate::catalogue::Files;

static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/config");

/// Why an override cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("`{path}` cannot be read: {source}\nhint: correct `definitions.path`")]
pub struct DefinitionsError {
    path: PathBuf,
    source: std::io::Error,
}

/// All definition files by their path below `config/`.
///
/// # Errors
/// The folder of overrides cannot be read.
pub fn read(overrides: Option<&Path>) -> Result<Files, DefinitionsError> {
    let mut files = Files::new();
    built_in(&BUILT_IN, &mut files);
    if let Some(folder) = overrides {
        walk(folder, folder, &mut files)?;
    }
    Ok(files)
}

fn built_in(folder: &Dir<'_>, files: &mut Files) {
    for file in folder.files() {
        if let (Some(path), Some(text)) = (file.path().to_str(), file.contents_utf8()) {
            files.insert(path.to_owned(), text.to_owned());
        }
    }
    for inner in folder.dirs() {
        built_in(inner, files);
    }
}

fn walk(root: &Path, folder: &Path, files: &mut Files) -> Result<(), DefinitionsError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| DefinitionsError { path, source }
    };
    for entry in std::fs::read_dir(folder).map_err(failed(folder))? {
        let path = entry.map_err(failed(folder))?.path();
        if path.is_dir() {
            walk(root, &path, files)?;
        } else if path.extension().is_some_and(|suffix| suffix == "toml" || suffix == "sql") {
            let text = std::fs::read_to_string(&path).map_err(failed(&path))?;
            let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            files.insert(name, text);
        }
    }
    Ok(())
}
