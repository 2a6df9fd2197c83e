//! Threads together, alone, beside each other and in panic. The number of threads is one of the whole process.

use super::*;
use rayon::ThreadPoolBuilder;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Barrier;
use std::sync::atomic::AtomicU32;
use std::time::Duration;

/// Held by tests that change the number of threads of the whole process.
static LOCK: Mutex<()> = Mutex::new(());

fn pool_of(workers: usize) -> ThreadPool {
    ThreadPoolBuilder::new().num_threads(workers).build().unwrap()
}

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
fn a_hand_begins_with_its_own_share_and_leaves_nothing() {
    for (chunks, hands) in [(0, 2), (1, 2), (5, 2), (7, 3), (40, 100)] {
        for hand in [0, 1, 2, 101] {
            let (shares, order) = (Shares::new(chunks, hands), Mutex::new(Vec::new()));
            shares.work_from(hand, |chunk| lock(&order).push(chunk));
            let mut order = order.into_inner().unwrap();
            if (chunks, hands, hand) == (5, 2, 1) {
                assert_eq!(order, [2, 3, 4, 0, 1]);
            }
            order.sort_unstable();
            assert!(order.into_iter().eq(0..chunks));
        }
    }
}

#[test]
fn short_work_that_comes_again_and_again_wakes_workers() {
    let _held = LOCK.lock().unwrap_or_else(PoisonError::into_inner);
    set_threads(2);
    let wakes = HANDS.load(Ordering::Relaxed) > 1;
    let mut woken = false;
    for _ in 0..100 {
        parallel(3.0 * AWAKE_NS, 1, |_| {});
        woken |= team::idle() > 0;
    }
    assert!(woken || !wakes);
    set_threads(0);
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
    let caught = catch_unwind(|| {
        parallel(1e9, 64, |i| assert!(i != 33, "chunk 33"));
    });
    assert!(caught.is_err());
    set_threads(0);
}

#[test]
fn as_many_helpers_come_as_are_wanted_while_the_work_lasts() {
    let pool = pool_of(5);
    for _ in 0..20 {
        let all_are_here = Barrier::new(6);
        team::share(&pool, 5, &|| _ = all_are_here.wait());
    }
}

#[test]
fn callers_who_post_at_once_get_their_own_work_done() {
    let pool = pool_of(3);
    std::thread::scope(|scope| {
        for caller in 0..6 {
            let pool = &pool;
            scope.spawn(move || {
                for round in 0..300 {
                    let (next, sum) = (AtomicUsize::new(0), AtomicUsize::new(0));
                    let chunks = 1 + (caller * 7 + round) % 40;
                    team::share(pool, 1 + round % 3, &|| {
                        let chunk = || Some(next.fetch_add(1, Ordering::Relaxed)).filter(|&i| i < chunks);
                        std::iter::from_fn(chunk).for_each(|i| _ = sum.fetch_add(i, Ordering::Relaxed));
                    });
                    assert_eq!(sum.into_inner(), chunks * (chunks - 1) / 2);
                }
            });
        }
    });
}

#[test]
fn a_helpers_panic_reaches_the_caller_and_the_team_goes_on() {
    let pool = pool_of(2);
    let caller = std::thread::current().id();
    for _ in 0..10 {
        let all_are_here = Barrier::new(3);
        let work = || {
            all_are_here.wait();
            assert!(std::thread::current().id() == caller, "a helper");
        };
        let panic = catch_unwind(AssertUnwindSafe(|| team::share(&pool, 2, &work))).unwrap_err();
        assert_eq!(panic.downcast_ref(), Some(&"a helper"));
    }
}

#[test]
fn a_callers_panic_waits_for_its_helpers() {
    let pool = pool_of(1);
    let caller = std::thread::current().id();
    let finished = AtomicUsize::new(0);
    let both_are_here = Barrier::new(2);
    let work = || {
        both_are_here.wait();
        assert!(std::thread::current().id() != caller, "the caller");
        std::thread::sleep(Duration::from_millis(2));
        finished.fetch_add(1, Ordering::Relaxed);
    };
    assert!(catch_unwind(AssertUnwindSafe(|| team::share(&pool, 1, &work))).is_err());
    assert_eq!(finished.into_inner(), 1);
}

#[test]
fn work_within_work_is_done() {
    let pool = pool_of(2);
    let inner = AtomicUsize::new(0);
    let all_are_here = Barrier::new(3);
    team::share(&pool, 2, &|| {
        all_are_here.wait();
        team::share(&pool, 2, &|| _ = inner.fetch_add(1, Ordering::Relaxed));
    });
    assert!(inner.into_inner() >= 3);
}
