//! Runs ahead: a plan that a worker begins while its caller still finds out whether it is wanted.
//!
//! Handing a plan over costs some 200 ns, and a worker that lingers comes within a microsecond. If none has come when
//! the caller joins, the caller runs the plan itself. A worker is woken only if the last start was a moment ago: in a
//! loop it stays awake from then on.

use std::cell::{Cell, OnceCell};
use std::ffi::CString;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::cpu::threads::{self, Beside, lock};

/// Starts further apart than this are no loop.
const MOMENT: Duration = Duration::from_micros(300);

/// How a run ended: its status and the text of its error.
pub type Outcome = (i32, CString);

/// A run, by whichever thread begins it first.
type Run = Box<dyn FnOnce() -> Outcome + Send>;

/// The run that a thread has started. It lives as long as the library.
#[derive(Default)]
struct Place {
    waits: Mutex<Option<Run>>,
    ended: Mutex<Option<Outcome>>,
}

impl Place {
    fn run(&self) {
        let waiting = lock(&self.waits).take();
        if let Some(run) = waiting {
            let outcome = run();
            *lock(&self.ended) = Some(outcome);
        }
    }
}

/// A place for runs, and the job that begins what waits there.
#[derive(Clone, Copy)]
struct Seat {
    place: &'static Place,
    beside: Beside,
}

/// The seats of threads that have ended, for those that begin.
static FREE: Mutex<Vec<Seat>> = Mutex::new(Vec::new());

impl Seat {
    fn new() -> Seat {
        let place: &'static Place = Box::leak(Box::default());
        Seat {
            place,
            beside: Beside::new(Box::leak(Box::new(|| place.run()))),
        }
    }
}

/// What a thread starts runs with.
struct Starter {
    seat: Seat,
    last: Cell<Option<Instant>>,
}

impl Starter {
    fn new() -> Starter {
        let free = lock(&FREE).pop();
        Starter {
            seat: free.unwrap_or_else(Seat::new),
            last: Cell::new(None),
        }
    }

    fn join(&self) -> Option<Outcome> {
        self.seat.beside.join();
        lock(&self.seat.place.ended).take()
    }
}

impl Drop for Starter {
    fn drop(&mut self) {
        self.join();
        lock(&FREE).push(self.seat);
    }
}

thread_local! {
    static STARTER: OnceCell<Starter> = const { OnceCell::new() };
}

/// Starts a run; one that was started before is ended first. Returns whether there are threads to share.
pub fn start(run: impl FnOnce() -> Outcome + Send + 'static) -> bool {
    if threads::threads() < 2 {
        return false;
    }
    STARTER.with(|starter| {
        let starter = starter.get_or_init(Starter::new);
        starter.join();
        *lock(&starter.seat.place.waits) = Some(Box::new(run));
        let now = Instant::now();
        let last = starter.last.replace(Some(now));
        starter
            .seat
            .beside
            .post(last.is_some_and(|last| now - last < MOMENT));
    });
    true
}

/// Waits for the run that this thread has started, or runs it; none if nothing was started.
pub fn join() -> Option<Outcome> {
    STARTER.with(|starter| starter.get()?.join())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

    fn outcome(i: i32) -> Outcome {
        (i, CString::new(format!("{i}")).unwrap())
    }

    #[test]
    fn each_run_runs_once_and_tells_how_it_ended() {
        let count = Arc::new(AtomicI32::new(0));
        for i in 0..300 {
            let own = count.clone();
            let started = start(move || {
                own.fetch_add(1, Ordering::Relaxed);
                outcome(i)
            });
            if !started {
                return;
            }
            if i % 3 == 0 {
                std::thread::sleep(Duration::from_micros(50));
            }
            // Every fifth is ended by the next start.
            if i % 5 != 4 {
                assert_eq!(join(), Some(outcome(i)));
                assert_eq!(count.load(Ordering::Relaxed), i + 1);
            }
        }
        join();
        assert_eq!(join(), None);
        assert_eq!(count.load(Ordering::Relaxed), 300);
    }

    #[test]
    fn a_thread_that_ends_waits_for_its_run() {
        let done = Arc::new(AtomicBool::new(false));
        let own = done.clone();
        let thread = std::thread::spawn(|| {
            start(move || {
                std::thread::sleep(Duration::from_millis(2));
                own.store(true, Ordering::Relaxed);
                outcome(0)
            })
        });
        if thread.join().unwrap() {
            assert!(done.load(Ordering::Relaxed));
        }
    }

    #[test]
    fn threads_take_the_seats_of_those_that_ended() {
        for _ in 0..50 {
            std::thread::spawn(|| start(|| outcome(0))).join().unwrap();
        }
        // Other tests' threads hold one each at the same time.
        assert!(lock(&FREE).len() < 20);
    }
}
