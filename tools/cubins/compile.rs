//! Compiling sources for targets, on all processors.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{fs, thread};
use tensaur::cuda::archive::{TARGETS, Target};
use tensaur::cuda::nvrtc::Nvrtc;

/// The compiler, or what to do.
pub fn compiler() -> Result<&'static Nvrtc, String> {
    Nvrtc::get().ok_or_else(|| "TENSAUR_NVRTC should name a libnvrtc.so.12: see `deno task cubins`".into())
}

/// Does something to each of some values, on all processors; results in order.
pub fn each<T: Sync, R: Send>(values: &[T], f: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let (next, done) = (AtomicUsize::new(0), Mutex::new(HashMap::new()));
    let work = || {
        while let Some((number, value)) = numbered(values, next.fetch_add(1, Ordering::Relaxed)) {
            let result = f(value);
            done.lock()
                .unwrap_or_else(|done| done.into_inner())
                .insert(number, result);
        }
    };
    thread::scope(|scope| {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        (0..threads).for_each(|_| _ = scope.spawn(work));
    });
    let mut done = done.into_inner().unwrap_or_else(|done| done.into_inner());
    (0..values.len())
        .filter_map(|number| done.remove(&number))
        .collect()
}

fn numbered<T>(values: &[T], number: usize) -> Option<(usize, &T)> {
    values.get(number).map(|value| (number, value))
}

/// Compiles each source of a folder to cubins: inline assembly is only proved where those are made.
pub fn folder(path: &Path) -> Result<(), String> {
    let nvrtc = compiler()?;
    let read = |error| format!("{}: {error}", path.display());
    let mut work = Vec::new();
    for entry in fs::read_dir(path).map_err(read)? {
        let file = entry.map_err(read)?.path();
        if file.extension().is_some_and(|extension| extension == "cu") {
            let source = fs::read_to_string(&file).map_err(read)?;
            let cubins = TARGETS
                .into_iter()
                .filter(|target| matches!(target, Target::Cubin(_)));
            work.extend(cubins.map(|target| (file.clone(), source.clone(), target)));
        }
    }
    let failures: Vec<String> = each(&work, |(file, source, target)| {
        let refused = |log| format!("{} for {}: {log}", file.display(), target.name());
        nvrtc.compile(source, *target).map_err(refused).err()
    })
    .into_iter()
    .flatten()
    .collect();
    println!("{} cubins of {}", work.len() - failures.len(), path.display());
    match &failures[..] {
        [] => Ok(()),
        some => Err(some.join("\n")),
    }
}
