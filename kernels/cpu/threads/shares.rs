//! Chunks in shares: each hand begins with its own, which is the same part of the work in each call. In a loop that part
//! then lies in the cache of the hand's core: x + w of 2^17 numbers takes 6.7 µs on two cores of Zen 5, and 7.3 µs where
//! both take from one share.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::team::Apart;

/// The most shares; more hands than that have one together.
const MOST: usize = 16;

/// Chunks that are handed out one by one, from several shares.
pub struct Shares {
    chunks: usize,
    count: usize,
    /// The next chunk of each share.
    next: [Apart<AtomicUsize>; MOST],
}

impl Shares {
    /// Deals chunks to so many hands, at least one.
    pub fn new(chunks: usize, hands: usize) -> Shares {
        let count = hands.min(MOST);
        let next = std::array::from_fn(|share| Apart(AtomicUsize::new(chunks * share.min(count) / count)));
        Shares { chunks, count, next }
    }

    /// Does what nobody has begun: of a hand's own share, then of the others.
    pub fn work_from(&self, hand: usize, work: impl Fn(usize)) {
        for share in (hand..hand + self.count).map(|share| share % self.count) {
            let end = self.chunks * (share + 1) / self.count;
            loop {
                let chunk = self.next[share].0.fetch_add(1, Ordering::Relaxed);
                if chunk >= end {
                    break;
                }
                work(chunk);
            }
        }
    }
}
