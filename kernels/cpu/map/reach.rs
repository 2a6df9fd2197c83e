//! How a machine reaches the operands of an iteration: all that can be told before it is known where they lie.

use crate::layout::{Iteration, MAX_OPERANDS};
use crate::list::List;
use crate::program::Program;

/// Rows of at least so many elements are walked one by one, so that their elements need no staging.
const LONG_ROW: usize = 64;

/// How a tile of an operand is reached.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// It lies in memory as the machine wants it.
    Direct,
    /// It is one value until the next row begins: a room is filled once.
    Fixed,
    /// It is gathered before each tile, or scattered after it.
    Staged,
}

/// How the operands are reached, inputs first.
#[derive(Clone, Default)]
pub struct Reach {
    /// Whether rows are walked one by one.
    pub by_rows: bool,
    /// The place of each operand.
    pub places: List<Place, MAX_OPERANDS>,
}

impl Reach {
    /// How a program reaches the operands of an iteration.
    pub fn of(program: &Program, iteration: &Iteration) -> Reach {
        let dims = &iteration.dims;
        let by_rows = dims.len() == 1 || dims[dims.len() - 1] >= LONG_ROW;
        let place = |number| place_of(iteration, number, by_rows, number < program.inputs.len());
        Reach {
            by_rows,
            places: (0..iteration.operands.len()).map(place).collect(),
        }
    }
}

fn place_of(iteration: &Iteration, number: usize, by_rows: bool, is_input: bool) -> Place {
    let operand = &iteration.operands[number];
    let dims = &iteration.dims;
    if !operand.dtype.has_memory() {
        return Place::Staged;
    }
    let last = operand.strides[dims.len() - 1];
    let direct = if by_rows {
        last == 1
    } else {
        operand.is_contiguous(dims)
    };
    if direct {
        return Place::Direct;
    }
    let fixed = if by_rows {
        last == 0
    } else {
        operand.strides.iter().all(|&stride| stride == 0)
    };
    if fixed && is_input {
        Place::Fixed
    } else {
        Place::Staged
    }
}
