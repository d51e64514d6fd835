//! New files below `config/` and `templates/` are part of the binary: they must rebuild it. And what the program keeps
//! from run to run is for the same program alone, so that it has to know itself.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

fn main() -> std::io::Result<()> {
    println!("cargo:rerun-if-changed=config");
    println!("cargo:rerun-if-changed=templates");
    let mut hash = DefaultHasher::new();
    for part in ["src", "Cargo.lock"] {
        println!("cargo:rerun-if-changed={part}");
        read(Path::new(part), &mut hash)?;
    }
    println!("cargo:rustc-env=MUSTER_SOURCES={:016x}", hash.finish());
    Ok(())
}

/// Every file with its name, in the order of names.
fn read(path: &Path, hash: &mut DefaultHasher) -> std::io::Result<()> {
    if path.is_dir() {
        let mut paths = fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
        paths.sort();
        return paths.iter().try_for_each(|path| read(path, hash));
    }
    path.to_string_lossy().hash(hash);
    fs::read(path)?.hash(hash);
    Ok(())
}
