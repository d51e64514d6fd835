//! Definition files: built into the binary, overridden file by file from a folder.

use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};

use crate::catalogue::Files;

static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/config");

/// How deep a folder of overrides may nest; ends a loop of links.
const MOST_LEVELS: usize = 8;

/// Why an override cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("`{}` cannot be read: {source}\nhint: correct `definitions.path` or `definitions.templates`", path.display())]
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
    files.extend(folder(overrides)?);
    Ok(files)
}

/// The text files of a folder by their path below it; none without a folder.
///
/// # Errors
/// The folder or a file in it cannot be read.
pub fn folder(folder: Option<&Path>) -> Result<Files, DefinitionsError> {
    let mut files = Files::new();
    if let Some(folder) = folder {
        walk(folder, folder, 0, &mut files)?;
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

fn walk(root: &Path, folder: &Path, level: usize, files: &mut Files) -> Result<(), DefinitionsError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| DefinitionsError { path, source }
    };
    for entry in std::fs::read_dir(folder).map_err(failed(folder))? {
        let entry = entry.map_err(failed(folder))?;
        let path = entry.path();
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        // Links are followed: the folder is the operator's own, and Kubernetes mounts a ConfigMap as links.
        if !path.metadata().map_err(failed(&path))?.is_dir() {
            let text = std::fs::read_to_string(&path).map_err(failed(&path))?;
            let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            files.insert(name, text);
        } else if level < MOST_LEVELS {
            walk(root, &path, level + 1, files)?;
        } else {
            return Err(failed(&path)(std::io::Error::other("folders are nested too deeply")));
        }
    }
    Ok(())
}
