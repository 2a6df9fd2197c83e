//! The archive that the library embeds: made, and compared with the sources.

use super::compile::{compiler, each};
use std::io::{Write, stdout};
use std::path::Path;
use std::process::Command;
use std::{env, fs};
use tensaur::cuda::archive::{TARGETS, Target, entries, key_of, pack as packed};
use tensaur::cuda::fixed;

/// Compiles what an archive lacks, and leaves out what is of other sources.
pub fn pack(path: &Path) -> Result<(), String> {
    let (source, old) = (fixed::text(), fs::read(path).unwrap_or_default());
    let missing = missing(&old);
    if missing.is_empty() {
        return Ok(());
    }
    let made = each(&missing, |target| compile_apart(&target.name()));
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

/// Compiles the fixed kernels in a process of its own: side by side in one, results differ by a register now and then.
fn compile_apart(target: &str) -> Result<Vec<u8>, String> {
    let failed = |why: &str| format!("the fixed kernels for {target}: {why}");
    let program = env::current_exe().map_err(|error| failed(&error.to_string()))?;
    let output = Command::new(program)
        .args(["image", target])
        .output()
        .map_err(|error| failed(&error.to_string()))?;
    match output.status.success() {
        true => Ok(output.stdout),
        false => Err(failed(&String::from_utf8_lossy(&output.stderr))),
    }
}

/// Compiles the fixed kernels for the target of a name, and writes the image to the standard output.
pub fn print_image(name: &str) -> Result<(), String> {
    let target = TARGETS.into_iter().find(|target| target.name() == name);
    let target = target.ok_or_else(|| format!("{name} is not a target"))?;
    let image = compiler()?.compile(&fixed::text(), target)?;
    stdout().write_all(&image).map_err(|error| error.to_string())
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
