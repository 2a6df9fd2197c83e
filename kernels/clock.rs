//! How long the steps of a plan take. An ordinary run has no clock, and its code is what it would be without this.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Who is told which step's work is done.
pub trait Clock: Sync {
    /// Whether steps must not run at once on a thread, lest one's time count as another's.
    fn tells_apart(&self) -> bool;
    /// Does work of one step; several threads may at a time.
    fn step<R>(&self, step: usize, work: impl FnOnce() -> R) -> R;
    /// Does work of several steps, which tells of each part of theirs by `step`.
    fn together(&self, steps: Range<usize>, work: impl FnOnce());
}

/// The clock of ordinary runs.
pub struct NoClock;

impl Clock for NoClock {
    #[inline(always)]
    fn tells_apart(&self) -> bool {
        false
    }

    #[inline(always)]
    fn step<R>(&self, _: usize, work: impl FnOnce() -> R) -> R {
        work()
    }

    #[inline(always)]
    fn together(&self, _: Range<usize>, work: impl FnOnce()) {
        work();
    }
}

/// Counts the nanoseconds of each step.
pub struct StepClock {
    nanoseconds: Vec<AtomicU64>,
}

impl StepClock {
    /// A clock for so many steps.
    pub fn new(steps: usize) -> StepClock {
        let nanoseconds = (0..steps).map(|_| AtomicU64::new(0)).collect();
        StepClock { nanoseconds }
    }

    /// What each step took, in order.
    pub fn nanoseconds(&self) -> impl Iterator<Item = f64> {
        self.nanoseconds
            .iter()
            .map(|spent| spent.load(Ordering::Relaxed) as f64)
    }
}

/// Does the work, and returns how many nanoseconds it took.
fn timed<R>(work: impl FnOnce() -> R) -> (R, u64) {
    let start = Instant::now();
    let done = work();
    (done, start.elapsed().as_nanos() as u64)
}

impl Clock for StepClock {
    fn tells_apart(&self) -> bool {
        true
    }

    fn step<R>(&self, step: usize, work: impl FnOnce() -> R) -> R {
        let (done, spent) = timed(work);
        self.nanoseconds[step].fetch_add(spent, Ordering::Relaxed);
        done
    }

    /// The parts ran on several threads: the whole time is shared out as theirs was.
    fn together(&self, steps: Range<usize>, work: impl FnOnce()) {
        let ((), whole) = timed(work);
        let parts = &self.nanoseconds[steps];
        let of = |part: &AtomicU64| part.load(Ordering::Relaxed) as f64;
        let share = whole as f64 / parts.iter().map(of).sum::<f64>().max(1.0);
        for part in parts {
            part.store((of(part) * share) as u64, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread::sleep;
    use std::time::Duration;

    #[test]
    fn steps_are_told_apart() {
        let clock = StepClock::new(3);
        clock.step(1, || sleep(Duration::from_millis(1)));
        let spent: Vec<f64> = clock.nanoseconds().collect();
        assert!(spent[1] >= 1e6, "{spent:?}");
        assert_eq!([spent[0], spent[2]], [0.0, 0.0]);
    }

    #[test]
    fn steps_that_run_together_share_the_time_of_all() {
        let clock = &StepClock::new(3);
        let start = Instant::now();
        clock.together(1..3, || {
            std::thread::scope(|threads| {
                for step in [1, 1, 2, 2, 2, 2] {
                    threads.spawn(move || clock.step(step, || sleep(Duration::from_millis(2))));
                }
            });
        });
        let (spent, whole): (Vec<f64>, _) = (clock.nanoseconds().collect(), start.elapsed());
        assert!(spent[1] > 0.0 && spent[2] > 0.0, "{spent:?}");
        assert!(spent[1] + spent[2] <= whole.as_nanos() as f64, "{spent:?}");
    }
}
