//! What each fixed kernel takes of a GPU, as a table.

use super::elf::{Resources, kernels};
use super::pack;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use tensaur::cuda::archive::{Target, entries};

/// Prints the table of an archive that is of the sources as they are.
pub fn print(path: &Path) -> Result<(), String> {
    pack::check(path)?;
    let archive = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut rows: BTreeMap<String, BTreeMap<i32, Resources>> = BTreeMap::new();
    let mut architectures = Vec::new();
    for entry in entries(&archive) {
        let Target::Cubin(architecture) = entry.target else {
            continue;
        };
        let broken = || format!("the cubin for {} cannot be read", entry.target.name());
        let found = entry.unpack().as_deref().and_then(kernels).ok_or_else(broken)?;
        for (kernel, resources) in found {
            rows.entry(kernel).or_default().insert(architecture, resources);
        }
        architectures.push(architecture);
    }
    architectures.sort_unstable();
    let line = |cells: Vec<String>| println!("| {} |", cells.join(" | "));
    let headers = architectures.iter().map(|number| format!("sm_{number}"));
    line(["kernel".to_string()].into_iter().chain(headers).collect());
    line(vec!["---".into(); 1 + architectures.len()]);
    for (kernel, by_architecture) in rows {
        let cells = architectures
            .iter()
            .map(|architecture| cell(by_architecture.get(architecture)));
        line([format!("`{kernel}`")].into_iter().chain(cells).collect());
    }
    Ok(())
}

fn cell(resources: Option<&Resources>) -> String {
    resources.map_or("none".into(), |one| {
        format!("{} / {} / {}", one.registers, one.shared, one.local)
    })
}
