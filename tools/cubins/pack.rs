//! The archive that the library embeds: made, and compared with the sources.

use super::compile::{compiler, each};
use std::fs;
use std::path::Path;
use tensaur::cuda::archive::{TARGETS, Target, entries, key_of, pack as packed};
use tensaur::cuda::fixed;

/// Compiles what an archive lacks, and leaves out what is of other sources.
pub fn pack(path: &Path) -> Result<(), String> {
    let (source, old) = (fixed::text(), fs::read(path).unwrap_or_default());
    let missing = missing(&old);
    if missing.is_empty() {
        return Ok(());
    }
    let nvrtc = compiler()?;

    let made = each(&missing, |&target| {
        let refused = |log| format!("the fixed kernels for {}: {log}", target.name());
        nvrtc.compile(&source, target).map_err(refused)
    });
    let key = key_of(&source);
    let mut archive = Vec::new();
    for entry in entries(&old).filter(|entry| entry.key == key) {
        let image = entry.unpack().unwrap_or_default();
        archive.extend(packed(key, entry.target, &image));
    }
    for (target, image) in missing.iter().zip(made) {
        archive.extend(packed(key, *target, &image?));
    }
    let written = path.parent().map_or(Ok(()), fs::create_dir_all);
    written
        .and_then(|()| fs::write(path, archive))
        .map_err(|error| format!("{}: {error}", path.display()))?;
    println!("compiled the fixed kernels: {}", names(&missing));
    Ok(())
}

/// Fails if an archive lacks a target of the sources as they are.
pub fn check(path: &Path) -> Result<(), String> {
    let missing = missing(&fs::read(path).unwrap_or_default());
    if missing.is_empty() {
        return Ok(());
    }
    let names = names(&missing);
    Err(format!(
        "{} has no kernels of these sources for {names}: run `deno task cubins`",
        path.display()
    ))
}

/// The targets that an archive has nothing for.
fn missing(archive: &[u8]) -> Vec<Target> {
    let key = key_of(&fixed::text());
    let has = |target: &Target| entries(archive).any(|entry| entry.key == key && entry.target == *target);
    TARGETS.into_iter().filter(|target| !has(target)).collect()
}

fn names(targets: &[Target]) -> String {
    let names: Vec<String> = targets.iter().map(|target| target.name()).collect();
    names.join(", ")
}
