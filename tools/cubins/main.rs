//! What `deno task cubins` and its tests ask of the library's kernels: their source, what compiles it before a GPU needs it,
//! and how much of a GPU each kernel takes. The compiler is the one of `TENSAUR_NVRTC`.

mod compile;
mod elf;
mod pack;
mod table;

use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};

const USAGE: &str = "\
cubins source FILE      writes the source of the fixed kernels
cubins pack ARCHIVE     compiles it for every target that the archive lacks
cubins image TARGET     compiles it for one target, and writes that to the standard output
cubins check ARCHIVE    fails if the archive is not of these sources
cubins table ARCHIVE    prints what each kernel takes of a GPU
cubins compile FOLDER   compiles each .cu file of a folder to a cubin for every architecture";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [command, path] = &arguments[..] else {
        eprintln!("{USAGE}");
        return ExitCode::FAILURE;
    };
    let path = Path::new(path);
    let done = match &**command {
        "source" => fs::write(path, tensaur::cuda::fixed::text()).map_err(|error| error.to_string()),
        "pack" => pack::pack(path),
        "image" => pack::print_image(&path.to_string_lossy()),
        "check" => pack::check(path),
        "table" => table::print(path),
        "compile" => compile::folder(path),
        _ => Err(USAGE.into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}
