//! The way of a machine through its iteration: everything at once, or row by row, or several rows side by side.
//!
//! What has to be staged is staged by panels, as many elements as fit in the nearest cache.

use super::Machine;
use crate::cpu::map::chain::run_chains;
use crate::cpu::map::slots::{MOST_ELEMENTS, Slot, View};
use crate::cpu::map::stage::lay;
use crate::cpu::simd::{Kernel, Simd};
use crate::layout::{Block, Blocks, Cursor, Iteration};
use crate::program::RESULT;

/// How many elements run between two calls of what is done beside them: with 256 the calls are felt, and what more than
/// 1024 would store does not fit in the core's queue.
const BESIDE_ELEMENTS: usize = 512;

/// A walk over the elements `start .. end`.
pub struct Walk<'m, 'a> {
    pub machine: &'m mut Machine<'a>,
    pub start: usize,
    pub end: usize,
}

impl Kernel for Walk<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self) {
        let Walk { machine, start, end } = self;
        let dims = &machine.iteration.dims;
        let last = dims.len() - 1;
        let mut cursor = Cursor::at(dims, start);
        let mut left = end - start;
        while left > 0 {
            let (rows, n) = machine.next_rows(&cursor, left);
            let column = cursor.coords[last];
            let (mut first, mut count) = (column, n);
            if machine.reach.by_rows {
                first = column.max(machine.columns.start);
                count = machine.columns.end.min(column + n) - first;
            }
            cursor.coords[last] = first;
            machine.walk_rows::<S>(&cursor, rows, count);
            cursor.coords[last] = column;
            machine.result = machine
                .result
                .wrapping_add(rows * n * machine.program.class().dtype().size());
            cursor.advance(dims, rows * n);
            left -= rows * n;
        }
        if machine.streams {
            S::fence();
        }
    }
}

impl Machine<'_> {
    /// How many rows to take side by side, and how many elements of each: all `left` if rows do not matter.
    #[inline(always)]
    pub(super) fn next_rows(&self, cursor: &Cursor, left: usize) -> (usize, usize) {
        let dims = &self.iteration.dims;
        let last = dims.len() - 1;
        if !self.reach.by_rows {
            return (1, left);
        }
        let (width, column) = (dims[last], cursor.coords[last]);
        if !self.staged || self.reach.panel_rows == 1 || column > 0 || left < width {
            return (1, left.min(width - column));
        }
        let rows = (dims[last - 1] - cursor.coords[last - 1]).min(left / width);
        (rows.min(self.reach.panel_rows), width)
    }

    /// Runs `n` elements of each row from the cursor on, panel by panel.
    #[inline(always)]
    fn walk_rows<S: Simd>(&mut self, cursor: &Cursor, rows: usize, n: usize) {
        if self.reach.copies {
            return self.copy_rows::<S>(cursor, rows, n);
        }
        let dims = &self.iteration.dims;
        let (width, size) = (dims[dims.len() - 1], self.program.class().dtype().size());
        let pitch = self.panel() / rows.next_power_of_two();
        let mut at = *cursor;
        for done in (0..n).step_by(pitch) {
            let columns = pitch.min(n - done);
            if done > 0 {
                at.advance(dims, pitch);
            }
            self.stage_panel::<S>(false, &at, Block { rows, columns }, pitch);
            for row in 0..rows {
                self.bind(&at, row, columns, pitch, done == 0 || self.reach.by_rows);
                let result = self.result.wrapping_add((row * width + done) * size);
                self.scratch.slots[RESULT].write(Slot::memory(result));
                self.run_chains::<S>(columns);
            }
            self.stage_panel::<S>(true, &at, Block { rows, columns }, pitch);
        }
    }

    /// Copies `n` elements of each row from the cursor on.
    #[inline(always)]
    fn copy_rows<S: Simd>(&self, cursor: &Cursor, rows: usize, n: usize) {
        let Iteration { dims, operands } = self.iteration;
        let copy = |cursor: &Cursor, block: &Block| {
            // SAFETY: the block is a part of the iteration, over which operands were proved.
            unsafe { lay::<S>(&operands[0], &operands[1], cursor, block) }
        };
        if self.reach.by_rows {
            copy(cursor, &Block { rows, columns: n });
        } else {
            Blocks::new(dims, cursor, n).for_each(|(cursor, block)| copy(&cursor, &block));
        }
    }

    /// Gathers the staged inputs of a panel, or scatters its staged outputs.
    #[inline(always)]
    fn stage_panel<S: Simd>(&mut self, out: bool, cursor: &Cursor, panel: Block, pitch: usize) {
        if !self.staged {
            return;
        }
        if self.reach.by_rows {
            return self.stage::<S>(out, cursor, &panel, 0, pitch);
        }
        let (dims, mut done) = (&self.iteration.dims, 0);
        for (cursor, block) in Blocks::new(dims, cursor, panel.columns) {
            self.stage::<S>(out, &cursor, &block, done, dims[dims.len() - 1]);
            done += block.rows * block.columns;
        }
    }

    /// What chains see of it.
    #[inline(always)]
    pub(super) fn view(&self) -> View<'_> {
        View {
            program: self.program,
            slots: &self.scratch.slots,
            plain: self.program.plain,
            streams: self.streams,
            ahead: self.ahead,
        }
    }

    /// Runs the chains over the first `n` elements of the slots.
    #[inline(always)]
    fn run_chains<S: Simd>(&self, n: usize) {
        let view = self.view();
        let most = match (view.plain, self.beside) {
            (false, _) => MOST_ELEMENTS,
            (true, Some(_)) => BESIDE_ELEMENTS,
            (true, None) => n,
        };
        for start in (0..n).step_by(most) {
            let end = n.min(start + most);
            // SAFETY: direct slots lie inside operands that were proved, from the cursor to the row's end (or to the end,
            // if the operand is contiguous); rooms take a panel, or a tile.
            unsafe { run_chains::<S>(&view, start, end) };
            if let Some(beside) = self.beside {
                beside(end - start);
            }
        }
    }
}
