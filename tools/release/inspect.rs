//! Prints what a library gives and wants, of any of the systems: `export NAME`, `library NAME` and `version NAME`, a line
//! each. The versions are those of the symbols that it takes from others; only Linux has them.

use object::BinaryFormat;
use object::read::{File, ImportFlags, NameOrOrdinal, Object, Result};
use std::collections::BTreeSet;
use std::process::ExitCode;
use std::{env, fs};

fn main() -> ExitCode {
    let path = env::args().nth(1).unwrap_or_default();
    let lines = fs::read(&path)
        .map_err(|error| error.to_string())
        .and_then(|bytes| inspect(&bytes).map_err(|error| error.to_string()));
    match lines {
        Ok(lines) => {
            lines.iter().for_each(|line| println!("{line}"));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{path}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn inspect(bytes: &[u8]) -> Result<BTreeSet<String>> {
    let file = File::parse(bytes)?;
    // Where the loader wants an underscore before each name of C.
    let prefix = if file.format() == BinaryFormat::MachO {
        "_"
    } else {
        ""
    };
    let mut lines = BTreeSet::new();
    for export in file.exports()? {
        let name = match export?.into_name() {
            NameOrOrdinal::Name(name) => text(&name),
            NameOrOrdinal::Ordinal(number) => format!("#{number}"),
        };
        lines.insert(format!("export {}", name.strip_prefix(prefix).unwrap_or(&name)));
    }
    for library in file.import_libraries()? {
        lines.insert(format!("library {}", text(library?.name())));
    }
    for import in file.imports()? {
        if let ImportFlags::Elf {
            version: Some(version),
            ..
        } = import?.flags()
        {
            lines.insert(format!("version {}", text(version)));
        }
    }
    Ok(lines)
}

fn text(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}
