//! Blocks of a GPU's memory that wait to be handed out again: the driver takes up to a millisecond for a new one.

use super::timeline::Points;
use std::collections::HashMap;

/// Where a block begins.
pub type Address = u64;

/// A block that was handed out.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Taken {
    /// Where it begins.
    pub address: Address,
    /// The bytes that were asked for.
    pub bytes: usize,
    /// Up to which points it is in use, by who had it before if nobody else.
    pub points: Points,
}

/// What the driver gives at least.
const SMALLEST: usize = 512;

/// The free blocks of a GPU by their sizes, and what was counted.
#[derive(Default)]
pub struct Pool {
    free: HashMap<usize, Vec<(Address, Points)>>,
    /// Bytes handed out and not given back.
    pub live: usize,
    /// The most that were.
    pub peak: usize,
    /// Bytes that wait to be handed out again.
    pub pooled: usize,
}

impl Pool {
    /// The size of the block that serves so many bytes: a quarter of a power of two, so at most a fifth is wasted.
    pub fn size(bytes: usize) -> usize {
        if bytes <= SMALLEST {
            return SMALLEST;
        }
        let step = (bytes.next_power_of_two() / 8).max(SMALLEST);
        bytes.next_multiple_of(step)
    }

    /// Hands out a block for so many bytes, if one waits.
    pub fn take(&mut self, bytes: usize) -> Option<Taken> {
        let size = Pool::size(bytes);
        let (address, points) = self.free.get_mut(&size)?.pop()?;
        self.pooled -= size;
        self.taken(bytes);
        Some(Taken {
            address,
            bytes,
            points,
        })
    }

    /// Counts a new block that was handed out for so many bytes.
    pub fn taken(&mut self, bytes: usize) {
        self.live += Pool::size(bytes);
        self.peak = self.peak.max(self.live);
    }

    /// Takes a block back that was handed out.
    pub fn give(&mut self, taken: Taken) {
        let size = Pool::size(taken.bytes);
        self.live -= size;
        self.pooled += size;
        self.free
            .entry(size)
            .or_default()
            .push((taken.address, taken.points));
    }

    /// Forgets the blocks that wait, and returns them.
    pub fn drain(&mut self) -> Vec<Address> {
        self.pooled = 0;
        let blocks = self.free.drain().flat_map(|(_, blocks)| blocks);
        blocks.map(|(address, _)| address).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_wastes_at_most_a_fifth() {
        for bytes in (1..100_000).chain([1 << 20, (1 << 20) + 1, 3 << 29, (1 << 40) + 1]) {
            let size = Pool::size(bytes);
            assert!(size >= bytes && size.is_multiple_of(SMALLEST), "{bytes}: {size}");
            assert!(
                size <= SMALLEST.max(bytes + bytes / 4 + SMALLEST),
                "{bytes}: {size}"
            );
            assert_eq!(Pool::size(size), size);
        }
    }

    #[test]
    fn what_is_given_back_is_handed_out_again() {
        let mut pool = Pool::default();
        let block = |bytes, work| Taken {
            address: 4096,
            bytes,
            points: Points { work, writes: 3 },
        };
        assert_eq!(pool.take(1000), None);
        pool.taken(1000);
        pool.taken(5000);
        pool.give(block(1000, 7));
        assert_eq!((pool.live, pool.peak, pool.pooled), (5120, 6144, 1024));
        assert_eq!(pool.take(5000), None);
        assert_eq!(pool.take(1024), Some(block(1024, 7)));
        assert_eq!(pool.take(1000), None);
        pool.give(block(1024, 8));
        assert_eq!(pool.drain(), [4096]);
        assert_eq!((pool.live, pool.pooled, pool.take(1000)), (5120, 0, None));
    }
}
