//! Threads: rayon's, entered only where the work pays for it.
//!
//! The calling thread works too, beside a pool of one worker less than the number in force; no more of them work
//! at once than there are cores, and than the predicted cost pays for. Each takes chunks of its own share first, then of
//! the others', so a slow or busy core does not hold the others up. Which thread takes a chunk never changes a result: a
//! chunk is the same piece of work whoever does it.
//!
//! Work that is too short to wake anybody, but comes again and again, wakes workers for what comes next.
//!
//! Two threads on two cores of Zen 5 are faster from 13 µs of work on while workers are awake (x + w of 2^17 numbers 1.4
//! times, of 2^19 1.75 times), and from 100 µs on once they sleep.

mod shares;
mod team;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

pub use team::Beside;

use rayon::{ThreadPool, ThreadPoolBuilder};
use shares::Shares;

/// The predicted serial time that each thread should have of its own while workers are awake, and once they sleep.
const AWAKE_NS: f64 = 6_000.0;
const ASLEEP_NS: f64 = 50_000.0;

/// The least and the most serial time of a piece, and how many a thread should have.
const PIECE_NS: [f64; 2] = [2_500.0, 20_000.0];
const PIECES_A_THREAD: f64 = 4.0;

/// The most threads that can be asked for.
const MOST_THREADS: usize = 1024;

/// The number of threads in force, and how many of them work at once: more than there are cores would only take
/// turns. 0 before the first use.
static THREADS: AtomicUsize = AtomicUsize::new(0);
static HANDS: AtomicUsize = AtomicUsize::new(0);

/// The workers beside the caller, made at first use and anew if more are wanted than ever before. Whoever works with an
/// older pool holds it until its work is done.
static POOL: Mutex<Option<Arc<ThreadPool>>> = Mutex::new(None);

/// Work that was done alone, and would have been shared were workers awake.
struct Missed {
    /// Its predicted serial time, as far as no long pause was in between.
    cost_ns: f64,
    last: Option<Instant>,
}

static MISSED: Mutex<Missed> = Mutex::new(Missed {
    cost_ns: 0.0,
    last: None,
});

/// Locks, also after a panic: what one leaves behind is sound, since a run binds everything anew.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Sets how many threads work (0: one for each core) and returns the number in force.
pub fn set_threads(threads: usize) -> usize {
    let cores = cores();
    let wanted = if threads == 0 {
        cores
    } else {
        threads.min(MOST_THREADS)
    };
    HANDS.store(wanted.min(cores), Ordering::Relaxed);
    THREADS.store(wanted, Ordering::Relaxed);
    wanted
}

/// How many threads work.
pub fn threads() -> usize {
    match THREADS.load(Ordering::Relaxed) {
        0 => set_threads(0),
        threads => threads,
    }
}

/// A pool with a worker for each hand but the caller's at least; none if the system refuses more threads.
fn pool() -> Option<Arc<ThreadPool>> {
    let workers = HANDS.load(Ordering::Relaxed).saturating_sub(1).max(1);
    let mut pool = lock(&POOL);
    if pool
        .as_ref()
        .is_none_or(|pool| pool.current_num_threads() < workers)
    {
        let builder = ThreadPoolBuilder::new().num_threads(workers);
        let made = builder.thread_name(|i| format!("tensaur-{i}")).build().ok()?;
        *pool = Some(Arc::new(made));
    }
    pool.clone()
}

/// How many threads work of this predicted serial time is worth: those that are awake cost little, others are woken
/// for more work alone.
#[inline]
fn worth(cost_ns: f64) -> usize {
    let awake = (cost_ns / AWAKE_NS).min((team::idle() + 1) as f64);
    (cost_ns / ASLEEP_NS).max(awake) as usize
}

/// Whether work of this predicted serial time would be shared among threads.
#[inline]
pub fn pays(cost_ns: f64) -> bool {
    worth(cost_ns) > 1 && threads() > 1
}

/// The serial time of a piece of work that takes so long: short enough for each thread to have several.
pub fn piece_ns(cost_ns: f64) -> f64 {
    let pieces = PIECES_A_THREAD * HANDS.load(Ordering::Relaxed) as f64;
    (cost_ns / pieces).clamp(PIECE_NS[0], PIECE_NS[1])
}

/// Runs `work(0) … work(chunks - 1)`, on several threads if the predicted serial time pays for it.
/// Returns whether it did. A panic in a chunk is passed on.
pub fn parallel(cost_ns: f64, chunks: usize, work: impl Fn(usize) + Sync) -> bool {
    let helpers = helpers(cost_ns, chunks);
    let Some(pool) = (helpers > 0).then(pool).flatten() else {
        (0..chunks).for_each(work);
        note_missed(cost_ns);
        return false;
    };
    let shares = Shares::new(chunks, helpers + 1);
    let hand = || rayon::current_thread_index().map_or(0, |worker| 1 + worker % helpers);
    team::share(&pool, helpers, &|| shares.work_from(hand(), &work));
    true
}

/// Notes work that was done alone. When as much has come in short succession as a piece has that wakes workers, they are
/// woken for what comes next.
fn note_missed(cost_ns: f64) {
    if cost_ns < 2.0 * AWAKE_NS || threads() < 2 {
        return;
    }
    let mut missed = lock(&MISSED);
    let now = Instant::now();
    let follows = missed.last.is_some_and(|last| now - last < team::LINGER);
    missed.cost_ns = if follows {
        missed.cost_ns + cost_ns
    } else {
        cost_ns
    };
    missed.last = Some(now);
    if missed.cost_ns >= 2.0 * ASLEEP_NS {
        missed.cost_ns = 0.0;
        if let Some(pool) = pool() {
            let hands = HANDS.load(Ordering::Relaxed).min((cost_ns / AWAKE_NS) as usize);
            team::wake(&pool, hands.saturating_sub(1));
        }
    }
}

/// How many workers may help with so many chunks of this predicted serial time.
fn helpers(cost_ns: f64, chunks: usize) -> usize {
    let wanted = worth(cost_ns).min(chunks);
    if wanted < 2 {
        return 0;
    }
    threads();
    wanted.min(HANDS.load(Ordering::Relaxed)).saturating_sub(1)
}
