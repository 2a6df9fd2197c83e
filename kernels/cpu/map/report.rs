//! What can be told of a map before it runs.

use super::Map;
use super::chain::block_elements;
use super::reach::{Place, Reach};
use super::slots::PanelRoom;
use crate::cpu::report::Report;
use crate::layout::{Iteration, Operand};
use crate::program::Program;

impl Map {
    /// How it runs; of several jobs, how the first does.
    pub fn report(&self) -> Report {
        let job = &self.first;
        let cut = job.cut();
        let jobs = match self.others.len() {
            0 => String::new(),
            others => format!(" (and {others} more shapes)"),
        };
        Report {
            path: format!("{}{jobs}", job.reach.path(&job.over)),
            tile: format!("{} elements", block_elements(&self.program)),
            chunks: cut.pieces().max(1),
            chunk: format!("{} elements", cut.piece_elements()),
            private: Report::buffers(job.reach.rooms(&self.program), size_of::<PanelRoom>()),
        }
    }
}

impl Reach {
    /// The name of the path: what the least convenient operands of the iteration need.
    pub fn path(&self, over: &Iteration) -> &'static str {
        // One value for a row is repeated, also where it is staged.
        let is_strided = |(place, operand): (&Place, &Operand)| {
            *place == Place::Staged && operand.strides[over.dims.len() - 1] != 0
        };
        let staged = self.places.iter().zip(&over.operands).any(is_strided);
        let is_repeated = |operand: &Operand| {
            let mut axes = operand.strides.iter().zip(&*over.dims);
            axes.any(|(&stride, &dim)| stride == 0 && dim > 1)
        };
        match (staged, over.operands.iter().any(is_repeated)) {
            (false, false) => "contiguous",
            (false, true) => "broadcast",
            (true, false) => "strided",
            (true, true) => "strided and broadcast",
        }
    }

    /// How many rooms a thread fills: for operands that are not read where they lie, and for values kept aside.
    pub fn rooms(&self, program: &Program) -> usize {
        if self.copies {
            return 0;
        }
        let filled = self.places.iter().filter(|place| **place != Place::Direct);
        filled.count() + program.spills.len()
    }
}
