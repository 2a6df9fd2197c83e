//! Links the library so that it is never unmapped: the threads of its pool live as long as the process. Puts the CUDA
//! kernels into it that `deno task cubins` has compiled, if it has; debug builds do without.

use std::path::PathBuf;
use std::time::SystemTime;
use std::{env, fs};

/// Where the task leaves them.
const ARCHIVE: &str = "target/cuda/cubins.bin";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
    let given = |variable| PathBuf::from(env::var_os(variable).unwrap_or_default());
    let (archive, embedded) = (
        given("CARGO_MANIFEST_DIR").join(ARCHIVE),
        given("OUT_DIR").join("cubins.bin"),
    );
    let mut bytes = Vec::new();
    if env::var("PROFILE").as_deref() == Ok("release") {
        println!("cargo:rerun-if-changed={ARCHIVE}");
        bytes = fs::read(&archive).unwrap_or_else(|_| leave_empty(&archive));
    }
    fs::write(&embedded, bytes).unwrap_or_else(|error| panic!("{}: {error}", embedded.display()));
}

/// Makes an empty archive, as old as can be: Cargo takes what is not there, or is new, for changed.
fn leave_empty(archive: &PathBuf) -> Vec<u8> {
    if let Some(folder) = archive.parent() {
        _ = fs::create_dir_all(folder);
    }
    if let Ok(file) = fs::File::create(archive) {
        _ = file.set_modified(SystemTime::UNIX_EPOCH);
    }
    Vec::new()
}
