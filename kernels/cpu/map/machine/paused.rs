//! A machine that runs a few elements at a time, whenever it is called between the blocks of another: its stores past
//! the caches go to memory while the other computes.

use super::Machine;
use crate::cpu::map::chain::run_chains;
use crate::cpu::simd::{Kernel, Simd, dispatch};
use crate::layout::Cursor;

/// What a machine has yet to run.
pub struct Paused<'a> {
    machine: Machine<'a>,
    at: usize,
    end: usize,
    /// How many elements follow the slots' first ones, and how many of them were run.
    bound: usize,
    done: usize,
}

impl<'a> Paused<'a> {
    /// A machine that is to run the elements `start .. end`; it needs no tiles.
    pub fn new(machine: Machine<'a>, start: usize, end: usize) -> Self {
        debug_assert!(!machine.needs_tiles() && end <= machine.iteration.elements());
        Paused {
            machine,
            at: start,
            end,
            bound: 0,
            done: 0,
        }
    }

    /// Runs the next elements, at most so many.
    pub fn advance(&mut self, elements: usize) {
        dispatch(Advance(self, elements));
    }

    /// Runs what is left.
    pub fn finish(mut self) {
        self.advance(self.end - self.at);
        dispatch(Fence);
    }
}

struct Advance<'p, 'a>(&'p mut Paused<'a>, usize);

impl Kernel for Advance<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self) {
        let Advance(paused, elements) = self;
        let mut left = elements.min(paused.end - paused.at);
        while left > 0 {
            if paused.done == paused.bound {
                let cursor = Cursor::at(&paused.machine.iteration.dims, paused.at);
                let (_, n) = paused.machine.next_rows(&cursor, paused.end - paused.at);
                paused.machine.bind(&cursor, 0, n, n, true);
                (paused.bound, paused.done) = (n, 0);
            }
            let to = paused.bound.min(paused.done + left);
            // SAFETY: direct slots lie inside operands that were proved, from where they were bound to the row's end (or to
            // the end, if the operand is contiguous).
            unsafe { run_chains::<S>(&paused.machine.view(), paused.done, to) };
            left -= to - paused.done;
            paused.at += to - paused.done;
            paused.done = to;
        }
    }
}

/// Lets what was stored past the caches be seen.
struct Fence;

impl Kernel for Fence {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self) {
        S::fence();
    }
}
