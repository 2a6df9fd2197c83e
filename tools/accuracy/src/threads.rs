//! The same work on every core, until none is left.

use crate::worst::Worst;

/// Runs `work` on each core and gives the worst of what they found.
pub fn on_all_cores(work: impl Fn() -> Worst + Sync) -> Worst {
    let cores = std::thread::available_parallelism().map_or(1, |n| n.get());
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(&work)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("a thread failed"))
            .fold(Worst::default(), Worst::with)
    })
}
