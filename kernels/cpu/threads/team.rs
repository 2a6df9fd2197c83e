//! The lingering team: rayon's workers, which stay awake for a while after a job, since the next kernel of a plan (or
//! the next plan of a loop) often has one. A worker comes within half a microsecond then, and after 16 µs once it sleeps
//! (after 50 µs and more on busy machines). Threads that slept without rayon came no sooner.
//!
//! Whoever has work posts a job on the board, works on it too, withdraws it when nothing is left to begin, and waits for
//! those that have begun: so workers that come late hold nobody up. An idle worker looks at one number between
//! turns that it leaves to others on its core; after [`LINGER`] it goes back to rayon, which lets it sleep.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rayon::ThreadPool;

use super::lock;

/// How long a worker without a job stays awake.
pub const LINGER: Duration = Duration::from_micros(500);
/// How long a caller waits awake for those that have begun.
const PATIENCE: Duration = Duration::from_micros(100);
/// How often a condition is looked at before others get a turn: for a microsecond or two.
const LOOKS: usize = 64;

/// Work that several threads may do at once; each comes back when nothing is left to begin.
type Work<'a> = &'a (dyn Fn() + Sync);

/// Work and who helps with it. It lies on its caller's stack.
struct Job<'a> {
    work: Work<'a>,
    /// The workers that have begun and are not done; changed under the lock of the board.
    helpers: AtomicUsize,
    panic: Mutex<Option<Box<dyn Any + Send>>>,
}

/// A job that wants more helpers.
struct Open {
    job: *const Job<'static>,
    wanted: usize,
}

// SAFETY: the job is `Sync`; what keeps it alive is said where it is used.
unsafe impl Send for Open {}

/// What callers and workers agree on.
struct Board {
    /// The jobs that want more helpers, oldest first.
    open: Vec<Open>,
    /// The workers that are awake or were called.
    members: usize,
    /// The callers that sleep until their helpers are done.
    sleepers: usize,
}

/// Something with cache lines of its own, so that those who look at it are not disturbed by its neighbours.
#[repr(align(128))]
pub struct Apart<T>(pub T);

static BOARD: Apart<Mutex<Board>> = Apart(Mutex::new(Board {
    open: Vec::new(),
    members: 0,
    sleepers: 0,
}));
/// The helpers that all open jobs want; changed under the lock of the board.
static WANTED: Apart<AtomicUsize> = Apart(AtomicUsize::new(0));
/// The members without a job; changed under the lock of the board.
static IDLE: Apart<AtomicUsize> = Apart(AtomicUsize::new(0));
/// Told when a job's last helper is done and a caller sleeps.
static DONE: Condvar = Condvar::new();

fn board() -> MutexGuard<'static, Board> {
    lock(&BOARD.0)
}

fn add(number: &Apart<AtomicUsize>, n: usize) {
    number.0.fetch_add(n, Ordering::Relaxed);
}

fn subtract(number: &Apart<AtomicUsize>, n: usize) {
    number.0.fetch_sub(n, Ordering::Relaxed);
}

/// How many workers are awake, or on their way, without a job.
#[inline]
pub fn idle() -> usize {
    IDLE.0.load(Ordering::Relaxed)
}

/// Wakes workers of a pool, so that as many are awake without a job.
pub fn wake(pool: &ThreadPool, workers: usize) {
    call(board(), pool, workers);
}

/// Calls workers of a pool, if fewer than so many are awake without a job.
fn call(mut board: MutexGuard<Board>, pool: &ThreadPool, workers: usize) {
    let asleep = pool.current_num_threads().saturating_sub(board.members);
    let called = workers.saturating_sub(idle()).min(asleep);
    board.members += called;
    add(&IDLE, called);
    drop(board);
    (0..called).for_each(|_| pool.spawn(linger));
}

/// Does work on this thread, with up to so many of a pool's workers if they come in time. A panic is passed on.
pub fn share(pool: &ThreadPool, helpers: usize, work: Work) {
    let job = Job {
        work,
        helpers: AtomicUsize::new(0),
        panic: Mutex::new(None),
    };
    let posted = Posted(&job);
    posted.post(pool, helpers);
    work();
    drop(posted);
    let panic = job.panic.into_inner().unwrap_or_else(PoisonError::into_inner);
    if let Some(panic) = panic {
        resume_unwind(panic);
    }
}

/// A job that is posted again and again, to be done beside its caller, who does what is left of it when it joins.
#[derive(Clone, Copy)]
pub struct Beside(&'static Job<'static>);

impl Beside {
    /// Makes a job that lives as long as the library.
    pub fn new(work: Work<'static>) -> Beside {
        Beside(Box::leak(Box::new(Job {
            work,
            helpers: AtomicUsize::new(0),
            panic: Mutex::new(None),
        })))
    }

    /// Posts the job for one worker, if one is awake or may be woken. It is joined before it is posted again.
    pub fn post(&self, wakes: bool) {
        if idle() == 0 && !wakes {
            return;
        }
        if let Some(pool) = super::pool() {
            let posted = Posted(self.0);
            posted.post(&pool, 1);
            std::mem::forget(posted);
        }
    }

    /// Does the job, too, and waits for the worker if one has begun.
    pub fn join(&self) {
        (self.0.work)();
        drop(Posted(self.0));
        let panic = lock(&self.0.panic).take();
        if let Some(panic) = panic {
            resume_unwind(panic);
        }
    }
}

/// A job that may be on the board; dropped when nobody can begin with it any more and those that have are done.
struct Posted<'a>(&'a Job<'a>);

impl<'a> Posted<'a> {
    fn address(&self) -> *const Job<'static> {
        std::ptr::from_ref::<Job<'a>>(self.0).cast()
    }

    /// Puts the job on the board, and calls workers of the pool if too few are awake.
    fn post(&self, pool: &ThreadPool, helpers: usize) {
        let mut board = board();
        board.open.push(Open {
            job: self.address(),
            wanted: helpers,
        });
        add(&WANTED, helpers);
        call(board, pool, helpers);
    }
}

impl Drop for Posted<'_> {
    fn drop(&mut self) {
        let mut board = board();
        let job = self.address();
        if let Some(at) = board.open.iter().position(|open| open.job == job) {
            subtract(&WANTED, board.open.remove(at).wanted);
        }
        drop(board);
        let done = || self.0.helpers.load(Ordering::Acquire) == 0;
        if !look_until(done, Instant::now(), PATIENCE) {
            sleep_until(done);
        }
    }
}

/// Sleeps until a job's helpers are done.
fn sleep_until(done: impl Fn() -> bool) {
    let mut board = board();
    board.sleepers += 1;
    while !done() {
        board = DONE.wait(board).unwrap_or_else(PoisonError::into_inner);
    }
    board.sleepers -= 1;
}

/// Looks again and again until something is so, or a time has passed since an instant; returns whether it is so.
fn look_until(is_so: impl Fn() -> bool, since: Instant, most: Duration) -> bool {
    loop {
        for _ in 0..LOOKS {
            if is_so() {
                return true;
            }
            std::hint::spin_loop();
        }
        if since.elapsed() > most {
            return false;
        }
        std::thread::yield_now();
    }
}

/// What a member does: it helps with jobs until there was none for a while.
fn linger() {
    let mut board = board();
    let mut since = Instant::now();
    loop {
        while let Some(job) = board.take() {
            drop(board);
            // SAFETY: the job was on the board, where its caller withdraws it before it looks at the number of helpers;
            // `take` has raised that under the same lock, so the caller stays until `leave` has lowered it.
            board = unsafe { help(&*job) };
            since = Instant::now();
        }
        let wanted = || WANTED.0.load(Ordering::Relaxed) > 0;
        if since.elapsed() > LINGER {
            break;
        }
        drop(board);
        look_until(wanted, since, LINGER);
        board = self::board();
    }
    board.members -= 1;
    subtract(&IDLE, 1);
}

/// Helps with a job, and returns with the board locked, where nobody but the job's caller knows it any more.
fn help(job: &Job) -> MutexGuard<'static, Board> {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(job.work)) {
        *lock(&job.panic) = Some(panic);
    }
    let board = board();
    add(&IDLE, 1);
    // What the helper wrote is seen by the caller, who may return from here on.
    let last = job.helpers.fetch_sub(1, Ordering::Release) == 1;
    if last && board.sleepers > 0 {
        DONE.notify_all();
    }
    board
}

impl Board {
    /// Begins with the oldest job that wants helpers.
    fn take(&mut self) -> Option<*const Job<'static>> {
        let open = self.open.first_mut()?;
        let job = open.job;
        open.wanted -= 1;
        if open.wanted == 0 {
            self.open.remove(0);
        }
        subtract(&WANTED, 1);
        subtract(&IDLE, 1);
        // SAFETY: an open job's caller has not withdrawn it yet, for which it would need the lock.
        unsafe { (*job).helpers.fetch_add(1, Ordering::Relaxed) };
        Some(job)
    }
}
