//! Threads: rayon's, entered only where the work pays for it.
//!
//! The calling thread works too, beside a pool of one worker less than the number in force. Chunks are
//! handed out one by one, so a slow or busy core does not hold the others up. Which thread takes a
//! chunk never changes a result: a chunk is the same piece of work whoever does it.
//!
//! Entering rayon takes about 4 µs while its workers are awake and 50 µs once they are parked.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rayon::{ThreadPool, ThreadPoolBuilder};

/// The predicted serial time from which entering rayon pays, also when its workers are parked.
const PAYS_FROM_NS: f64 = 80_000.0;

/// The most threads that can be asked for.
const MOST_THREADS: usize = 1024;

/// A number of threads, and the workers beside the caller (made at first use).
struct Team {
    threads: usize,
    workers: OnceLock<Option<ThreadPool>>,
}

impl Team {
    fn new(threads: usize) -> Arc<Team> {
        Arc::new(Team {
            threads,
            workers: OnceLock::new(),
        })
    }

    /// The pool, or none if the caller works alone (also if the system refuses more threads).
    fn workers(&self) -> Option<&ThreadPool> {
        let make = || {
            let builder = ThreadPoolBuilder::new().num_threads(self.threads - 1);
            builder.thread_name(|i| format!("tensaur-{i}")).build().ok()
        };
        self.workers.get_or_init(make).as_ref()
    }
}

/// The team in force. Whoever works with an older one holds it until its work is done.
static TEAM: Mutex<Option<Arc<Team>>> = Mutex::new(None);

/// The number of threads in force, 0 before the first use.
static THREADS: AtomicUsize = AtomicUsize::new(0);

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Sets how many threads work (0: one for each core) and returns the number in force.
pub fn set_threads(threads: usize) -> usize {
    let wanted = if threads == 0 {
        cores()
    } else {
        threads.min(MOST_THREADS)
    };
    let mut team = TEAM.lock().unwrap_or_else(PoisonError::into_inner);
    if team.as_ref().is_none_or(|old| old.threads != wanted) {
        *team = Some(Team::new(wanted));
        THREADS.store(wanted, Ordering::Relaxed);
    }
    wanted
}

/// How many threads work.
pub fn threads() -> usize {
    match THREADS.load(Ordering::Relaxed) {
        0 => set_threads(0),
        threads => threads,
    }
}

/// Whether work of this predicted serial time would be shared among threads.
pub fn pays(cost_ns: f64) -> bool {
    cost_ns >= PAYS_FROM_NS && threads() > 1
}

/// Runs `work(0) … work(chunks - 1)`, on several threads if the predicted serial time pays for it.
/// Returns whether it did. A panic in a chunk is passed on.
pub fn parallel(cost_ns: f64, chunks: usize, work: impl Fn(usize) + Sync) -> bool {
    if chunks > 1 && pays(cost_ns) && share(chunks, &work) {
        return true;
    }
    (0..chunks).for_each(work);
    false
}

/// Shares the chunks with the workers; false, and nothing done, if there are none.
fn share(chunks: usize, work: &(impl Fn(usize) + Sync)) -> bool {
    threads();
    let Some(team) = TEAM.lock().unwrap_or_else(PoisonError::into_inner).clone() else {
        return false;
    };
    if team.threads < 2 {
        return false;
    }
    let Some(pool) = team.workers() else {
        return false;
    };
    let next = AtomicUsize::new(0);
    let take = || {
        loop {
            let chunk = next.fetch_add(1, Ordering::Relaxed);
            if chunk >= chunks {
                break;
            }
            work(chunk);
        }
    };
    pool.in_place_scope(|scope| {
        for _ in 1..team.threads.min(chunks) {
            scope.spawn(|_| take());
        }
        take();
    });
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU32;

    /// Held by tests that change the number of threads of the whole process.
    static LOCK: Mutex<()> = Mutex::new(());

    #[test]
    fn every_chunk_runs_once_with_any_number_of_threads() {
        let _held = LOCK.lock().unwrap_or_else(PoisonError::into_inner);
        for threads in [1, 2, 7, 0] {
            assert!(set_threads(threads) >= 1);
            for chunks in [0, 1, 2, 1000] {
                for cost in [0.0, 1e9] {
                    let ran: Vec<AtomicU32> = (0..chunks).map(|_| AtomicU32::new(0)).collect();
                    parallel(cost, chunks, |i| {
                        ran[i].fetch_add(1, Ordering::Relaxed);
                    });
                    assert!(ran.iter().all(|n| n.load(Ordering::Relaxed) == 1));
                }
            }
        }
    }

    #[test]
    fn the_number_may_change_while_others_work() {
        let _held = LOCK.lock().unwrap_or_else(PoisonError::into_inner);
        let total = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for worker in 0..3 {
                let total = &total;
                scope.spawn(move || {
                    for round in 0..50 {
                        set_threads(1 + (worker + round) % 4);
                        parallel(1e9, 16, |_| {
                            total.fetch_add(1, Ordering::Relaxed);
                        });
                    }
                });
            }
        });
        assert_eq!(total.into_inner(), 3 * 50 * 16);
        set_threads(0);
    }

    #[test]
    fn a_panic_in_a_chunk_reaches_the_caller() {
        let _held = LOCK.lock().unwrap_or_else(PoisonError::into_inner);
        set_threads(2);
        let caught = std::panic::catch_unwind(|| {
            parallel(1e9, 64, |i| assert!(i != 33, "chunk 33"));
        });
        assert!(caught.is_err());
        set_threads(0);
    }
}
