//! The blocks of GPU memory that TypeScript holds, as numbers: one that stands for nothing is told and refused.

use super::device::Device;
use super::pool::{Address, Taken};
use super::timeline::Points;
use crate::cpu::threads::lock;
use crate::error::{Error, Result, refuse};
use std::ops::Range;
use std::sync::Mutex;

/// The bits of a handle that number its entry; the others are the entry's generation.
const ENTRY_BITS: u32 = 22;
const LAST_GENERATION: u32 = (1 << (32 - ENTRY_BITS)) - 1;

/// A block that somebody holds.
#[derive(Clone, Copy)]
pub struct Block {
    /// Whose memory it is.
    pub device: &'static Device,
    /// The memory.
    pub taken: Taken,
}

/// The place of one block after the other.
struct Entry {
    /// From 1 on, so that no handle is 0. It grows when a block is freed, and starts again at last.
    generation: u32,
    block: Option<Block>,
}

/// All blocks that are held.
pub struct Blocks {
    entries: Vec<Entry>,
    free: Vec<u32>,
}

static BLOCKS: Mutex<Blocks> = Mutex::new(Blocks {
    entries: Vec::new(),
    free: Vec::new(),
});

/// Takes a block from a GPU; returns its handle.
pub fn allocate(device: &'static Device, bytes: usize) -> Result<u32> {
    let taken = device.allocate(bytes)?;
    let kept = lock(&BLOCKS).keep(Block { device, taken });
    if kept.is_none() {
        device.free(taken);
    }
    // Handles run out as memory does: what moves a value away gives one back.
    kept.ok_or(Error::OutOfMemory { bytes })
}

/// Gives a block back; returns whether there was one.
pub fn free(handle: u32) -> bool {
    let block = lock(&BLOCKS).forget(handle);
    block.inspect(|block| block.device.free(block.taken)).is_some()
}

/// Calls `f` with the blocks that are held.
pub fn with<R>(f: impl FnOnce(&mut Blocks) -> R) -> R {
    f(&mut lock(&BLOCKS))
}

impl Blocks {
    /// The block of a handle.
    pub fn get(&self, handle: u32) -> Result<Block> {
        let entry = self.entries.get((handle & ((1 << ENTRY_BITS) - 1)) as usize);
        match entry
            .filter(|entry| entry.generation == handle >> ENTRY_BITS)
            .and_then(|entry| entry.block)
        {
            Some(block) => Ok(block),
            None => refuse(format!("{handle} is the handle of no value on a GPU")),
        }
    }

    /// Notes up to which points the block of a handle is in use.
    pub fn note(&mut self, handle: u32, points: Points) {
        let entry = self.entries.get_mut((handle & ((1 << ENTRY_BITS) - 1)) as usize);
        let current = entry.filter(|entry| entry.generation == handle >> ENTRY_BITS);
        if let Some(block) = current.and_then(|entry| entry.block.as_mut()) {
            block.taken.points = block.taken.points.max(points);
        }
    }

    fn keep(&mut self, block: Block) -> Option<u32> {
        let number = self.free.pop().unwrap_or(self.entries.len() as u32);
        if number >> ENTRY_BITS != 0 {
            return None;
        }
        if number as usize == self.entries.len() {
            self.entries.push(Entry {
                generation: 1,
                block: None,
            });
        }
        let entry = &mut self.entries[number as usize];
        entry.block = Some(block);
        Some(entry.generation << ENTRY_BITS | number)
    }

    fn forget(&mut self, handle: u32) -> Option<Block> {
        let block = self.get(handle).ok()?;
        let number = handle & ((1 << ENTRY_BITS) - 1);
        let entry = &mut self.entries[number as usize];
        entry.block = None;
        entry.generation = entry.generation % LAST_GENERATION + 1;
        self.free.push(number);
        Some(block)
    }
}

impl Block {
    /// Where some of its bytes lie.
    pub fn part(&self, bytes: Range<usize>) -> Result<Address> {
        if bytes.start > bytes.end || bytes.end > self.taken.bytes {
            return refuse(format!(
                "bytes {bytes:?} do not lie in a value of {} bytes",
                self.taken.bytes
            ));
        }
        Ok(self.taken.address + bytes.start as Address)
    }
}
