//! Handles of plans: numbers that stand for them outside. A handle that stands for nothing is told and refused.
//!
//! Entries never move, and each has a lock of its own: a run takes one uncontended lock and no count of references.
//! Whoever runs a plan that another thread is running waits for it. A plan lives until it is freed or the thread that
//! made it ends: a Worker that is terminated frees nothing itself.

use crate::cpu::counters::{Path, count};
use crate::cpu::threads::lock;
use crate::plan::Plan;
use std::cell::RefCell;
use std::sync::{Mutex, MutexGuard, OnceLock};

/// The bits of a handle that number its entry; the others are the entry's generation.
const ENTRY_BITS: u32 = 20;
/// The entries of a chunk, which are made together.
const CHUNK: usize = 1 << 10;
const CHUNKS: usize = (1 << ENTRY_BITS) / CHUNK;
const LAST_GENERATION: u32 = (1 << (32 - ENTRY_BITS)) - 1;

/// A place for one plan after the other.
struct Entry {
    /// From 1 on, so that no handle is 0. It grows when a plan is freed, and starts again at last.
    generation: u32,
    plan: Option<Box<Plan>>,
}

static ENTRIES: [OnceLock<Box<[Mutex<Entry>]>>; CHUNKS] = [const { OnceLock::new() }; CHUNKS];

/// The entries that are in use or were.
struct Used {
    count: u32,
    free: Vec<u32>,
}

static USED: Mutex<Used> = Mutex::new(Used {
    count: 0,
    free: Vec::new(),
});

/// The handles of plans that this thread made; the end of the thread frees them.
#[derive(Default)]
struct Made(RefCell<Vec<u32>>);

impl Drop for Made {
    fn drop(&mut self) {
        self.0.take().into_iter().for_each(|handle| _ = drop_plan(handle));
    }
}

thread_local! {
    static MADE: Made = Made::default();
}

/// The entry of a handle, locked, if the handle is its latest one.
#[inline]
fn entry(handle: u32) -> Option<MutexGuard<'static, Entry>> {
    let number = (handle & ((1 << ENTRY_BITS) - 1)) as usize;
    let entry = lock(&ENTRIES[number / CHUNK].get()?[number % CHUNK]);
    (entry.generation == handle >> ENTRY_BITS).then_some(entry)
}

/// Keeps a plan and returns its handle; none if there are too many.
pub fn keep(plan: Plan) -> Option<u32> {
    let mut used = lock(&USED);
    let number = match used.free.pop() {
        Some(number) => number,
        None if used.count < 1 << ENTRY_BITS => {
            used.count += 1;
            used.count - 1
        }
        None => return None,
    };
    drop(used);
    let blank = |_| {
        Mutex::new(Entry {
            generation: 1,
            plan: None,
        })
    };
    let chunk = ENTRIES[number as usize / CHUNK].get_or_init(|| (0..CHUNK).map(blank).collect());
    let mut entry = lock(&chunk[number as usize % CHUNK]);
    entry.plan = Some(Box::new(plan));
    let handle = entry.generation << ENTRY_BITS | number;
    drop(entry);
    MADE.with(|made| made.0.borrow_mut().push(handle));
    count(Path::PlanMade);
    Some(handle)
}

/// Calls `f` with the plan of a handle, which nobody else uses meanwhile; none if there is no such plan.
#[inline]
pub fn with<R>(handle: u32, f: impl FnOnce(&mut Plan) -> R) -> Option<R> {
    entry(handle)?.plan.as_deref_mut().map(f)
}

/// Frees the plan of a handle; returns whether there was one.
pub fn free(handle: u32) -> bool {
    // There is no list any more while the thread ends.
    _ = MADE.try_with(|made| made.0.borrow_mut().retain(|&other| other != handle));
    drop_plan(handle)
}

fn drop_plan(handle: u32) -> bool {
    let Some(mut entry) = entry(handle) else {
        return false;
    };
    let Some(plan) = entry.plan.take() else {
        return false;
    };
    entry.generation = entry.generation % LAST_GENERATION + 1;
    drop(entry);
    lock(&USED).free.push(handle & ((1 << ENTRY_BITS) - 1));
    drop(plan);
    count(Path::PlanFreed);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nothing() -> Plan {
        Plan::read(&[0.0]).unwrap()
    }

    #[test]
    fn a_handle_stands_for_its_plan_until_that_is_freed() {
        let handle = keep(nothing()).unwrap();
        assert_eq!(with(handle, |_| 7), Some(7));
        assert!(free(handle));
        assert!(!free(handle));
        let later = keep(nothing()).unwrap();
        assert_ne!(handle, later);
        assert_eq!(with(handle, |_| ()), None);
        assert!(free(later));
    }

    #[test]
    fn made_up_handles_are_refused() {
        for handle in [0, 1, 1 << ENTRY_BITS | 0xf_ffff, 0xffff_0000, u32::MAX] {
            assert_eq!(with(handle, |_| ()), None);
            assert!(!free(handle));
        }
    }

    #[test]
    fn threads_share_plans_and_take_theirs_with_them() {
        let shared = keep(nothing()).unwrap();
        let own = std::thread::spawn(move || {
            assert_eq!(with(shared, |_| ()), Some(()));
            keep(nothing()).unwrap()
        });
        assert_eq!(with(own.join().unwrap(), |_| ()), None);
        assert!(free(shared));
    }
}
