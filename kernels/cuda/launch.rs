//! A launch: a kernel, chosen when a plan is made, and what it is told.
//!
//! What a run changes (addresses, constants) lies in memory of the GPU: a plan writes it at once, before its launches,
//! which are then the same in every run and can be replayed as one.

use super::device::Device;
use super::kernel::Kernel;
use super::pool::Address;
use crate::error::Result;
use std::ffi::c_void;

/// Threads of a block, unless a kernel wants another number.
const BLOCK: u32 = 256;
/// Blocks for each multiprocessor, at most: enough that all are busy to the end.
const BLOCKS_EACH: usize = 32;

/// How many blocks of how many threads.
#[derive(Clone, Copy, Debug)]
pub struct Grid {
    /// Blocks.
    pub blocks: [u32; 3],
    /// Threads of a block.
    pub threads: u32,
}

/// A launch: its kernel, and its arguments.
pub struct Launch {
    kernel: Kernel,
    grid: Grid,
    arguments: Vec<Argument>,
}

/// An argument of a kernel.
#[derive(Clone, Copy, Debug)]
pub enum Argument {
    /// A number.
    Number(i64),
    /// Where, in words, among those that a run writes.
    Given(usize),
    /// Memory that is the plan's own.
    Address(Address),
}

impl Grid {
    /// For so many threads, each of which goes on with what is left.
    pub fn over(threads: usize, device: &Device) -> Grid {
        let most = device.multiprocessors * BLOCKS_EACH;
        let blocks = threads.div_ceil(BLOCK as usize).clamp(1, most);
        Grid {
            blocks: [blocks as u32, 1, 1],
            threads: BLOCK,
        }
    }
}

impl Launch {
    /// A launch of a kernel.
    pub fn new(kernel: Kernel, grid: Grid, arguments: Vec<Argument>) -> Launch {
        Launch {
            kernel,
            grid,
            arguments,
        }
    }

    /// How many blocks of how many threads it has.
    pub fn grid(&self) -> Grid {
        self.grid
    }

    /// Launches; `given` is where the words are that the run has written.
    ///
    /// # Safety
    /// What the words name is memory of the GPU that is there until the kernel has run.
    pub unsafe fn launch(&self, device: &Device, given: Address) -> Result<()> {
        let value = |argument: &Argument| match *argument {
            Argument::Number(number) => number as u64,
            Argument::Given(words) => given + 8 * words as Address,
            Argument::Address(address) => address,
        };
        let mut values: Vec<u64> = self.arguments.iter().map(value).collect();
        let mut places: Vec<*mut c_void> = values.iter_mut().map(|value| (&raw mut *value).cast()).collect();
        // SAFETY: the kernel was compiled for these arguments; the caller vouches for what they name.
        unsafe { self.kernel.launch(device, self.grid, &mut places) }
    }
}
