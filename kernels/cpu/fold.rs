//! `fold`: a program whose first axis is walked in order, so that a round reads what the one before has written.
//!
//! The axes after the first are shared among threads in pieces that go through all rounds on their own: a piece's
//! results so far stay in the nearest cache, and threads wait for each other once.
//!
//! `a / 2 + v` over 2^20 f32 on two cores takes 0.2 ms where neighbours are results, which is the rate of a map, and
//! 0.8 to 2.4 ms where they are rounds, as each element is gathered. A round costs 40 ns at least: one result of 10^6
//! rounds takes 40 ms.

use super::counters::{Path, count};
use super::map::{Machine, PanelRoom, Reach, Scratch, block_elements};
use super::report::Report;
use super::threads;
use crate::arguments::Arguments;
use crate::error::{Result, refuse};
use crate::layout::{Dims, Iteration, Operand, read_dims};
use crate::list::List;
use crate::program::Program;
use crate::reader::Reader;

#[cfg(test)]
mod tests;

/// The serial time of a piece, if it is neither too short nor too long.
const PIECE_NS: f64 = 40_000.0;
/// The fewest elements of a piece, a tile: a machine may take in a shorter row as a whole.
const SHORTEST: usize = 256;
/// The most elements of a piece: what it reads again in each round fits in the nearest cache.
const LONGEST: usize = 1024;
/// What a round of a piece costs beside its elements.
const ROUND_NS: f64 = 50.0;
/// What gathering or scattering an element costs.
const STAGED_NS: f64 = 0.4;

/// A program over a shape.
pub struct Fold {
    program: Program,
    over: Iteration,
    reach: Reach,
    /// The length of the first axis.
    rounds: usize,
    /// How many elements a round has.
    row: usize,
    /// The elements of a piece.
    piece: usize,
    cost_ns: f64,
}

impl Fold {
    /// Reads a program, a shape, and an operand for each input and output.
    pub fn read(reader: &mut Reader) -> Result<Fold> {
        let mut program = Program::new();
        program.read(reader)?;
        let mut over = Iteration::new(Dims::new());
        read_dims(reader, &mut over.dims)?;
        let Some(&rounds) = over.dims.first() else {
            return refuse("a fold has an axis");
        };
        over.read_operands(&program.inputs, reader)?;
        over.read_operands(&program.outputs, reader)?;
        for output in &over.operands[program.inputs.len()..] {
            require_apart(output, &over.dims)?;
        }
        let row = over.elements().checked_div(rounds).unwrap_or(0);
        let mut groups = List::filled(false, over.dims.len());
        groups[0] = true;
        over.collapse_groups(&mut groups);
        let reach = Reach::of(&program, &over);
        let last = over.dims.len() - 1;
        let strided = over.operands.iter().filter(|operand| operand.strides[last] != 1);
        let element_ns = program.cost_ns() + strided.count() as f64 * STAGED_NS;
        let wanted = PIECE_NS / (element_ns * rounds as f64);
        let piece = (wanted as usize).clamp(1, LONGEST).next_multiple_of(SHORTEST);
        let round_ns = element_ns * row as f64 + ROUND_NS * row.div_ceil(piece) as f64;
        Ok(Fold {
            program,
            over,
            reach,
            rounds,
            row,
            piece,
            cost_ns: round_ns * rounds as f64,
        })
    }

    /// The program.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// What it runs over; the first axis is walked in order.
    pub fn over(&self) -> &Iteration {
        &self.over
    }

    /// How many rounds there are, and how many elements each has.
    pub fn rounds(&self) -> [usize; 2] {
        [self.rounds, self.row]
    }

    /// Takes what a run gives.
    pub fn bind(&mut self, arguments: &Arguments) -> Result<()> {
        self.program.bind(arguments)?;
        self.over.bind(arguments)
    }

    /// How it runs.
    pub fn report(&self) -> Report {
        let piece = if threads::pays(self.cost_ns) {
            self.piece.min(self.row)
        } else {
            self.row
        };
        Report {
            path: format!("{}, {} rounds in order", self.reach.path(&self.over), self.rounds),
            tile: format!("{} elements", block_elements(&self.program)),
            chunks: self.row.div_ceil(piece.max(1)),
            chunk: format!("{piece} elements a round"),
            private: Report::buffers(self.reach.rooms(&self.program), size_of::<PanelRoom>()),
        }
    }

    /// Goes through all rounds.
    pub fn run(&self) {
        count(Path::Fold);
        threads::parallel(self.cost_ns, self.row.div_ceil(self.piece), |piece| {
            let first = piece * self.piece;
            self.run_piece(first, self.row.min(first + self.piece));
        });
    }

    /// Runs the elements `start .. end` of each round.
    fn run_piece(&self, start: usize, end: usize) {
        let mut scratch = Scratch::take();
        let mut machine = Machine::new(&self.program, &self.over, &self.reach, &mut scratch);
        for round in 0..self.rounds {
            machine.run(round * self.row + start, round * self.row + end);
        }
    }
}

/// Refuses an output of which two threads could write the same element: it is one row that each round writes anew, or
/// a row for each round.
fn require_apart(output: &Operand, dims: &[usize]) -> Result<()> {
    if output.strides[0] != 0 {
        return output.require_distinct(dims);
    }
    let mut one_round: Dims = dims.iter().copied().collect();
    one_round[0] = one_round[0].min(1);
    output.require_distinct(&one_round)
}
