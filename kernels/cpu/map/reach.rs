//! How a machine reaches the operands of an iteration: all that can be told before it is known where they lie.

use super::slots::{MOST_ELEMENTS, PANEL_BYTES};
use crate::layout::{Iteration, MAX_NDIM, MAX_OPERANDS, Operand};
use crate::list::List;
use crate::program::Program;

/// Rows of at least so many elements are walked one by one, so that those that are contiguous need no staging.
const LONG_ROW: usize = 256;

/// How a tile of an operand is reached.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// It lies in memory as the machine wants it.
    Direct,
    /// It is one value until the next row begins: a room is filled once.
    Fixed,
    /// So many elements are repeated, as a bias is for each row: a room holds them more than once, and a tile begins
    /// somewhere in it.
    Periodic(usize),
    /// It is gathered before each tile, or scattered after it.
    Staged,
}

/// How the operands are reached, inputs first.
#[derive(Clone, Default)]
pub struct Reach {
    /// Whether rows are walked one by one.
    pub by_rows: bool,
    /// How many elements are staged at a time, a power of two.
    pub panel: usize,
    /// How many rows these are of, if rows are walked one by one: several where an operand is contiguous across them.
    pub panel_rows: usize,
    /// Whether the program only copies what it would stage, so that it can go where it belongs at once.
    pub copies: bool,
    /// The place of each operand.
    pub places: List<Place, MAX_OPERANDS>,
}

impl Reach {
    /// How a program reaches the operands of an iteration.
    pub fn of(program: &Program, iteration: &Iteration) -> Reach {
        let dims = &iteration.dims;
        let all = |place: fn(&Operand, &[usize]) -> Place| -> List<Place, MAX_OPERANDS> {
            let places = iteration.operands.iter().enumerate().map(|(number, operand)| {
                let place = place(operand, dims);
                let is_output = number >= program.inputs.len();
                let staged = !operand.dtype.has_memory() || is_output && place != Place::Direct;
                if staged { Place::Staged } else { place }
            });
            places.collect()
        };
        let flat = all(place_over_all);
        // Rows of a length that a period can have cost more one by one than all of them at once.
        let by_rows = dims.len() == 1 || dims[dims.len() - 1] >= LONG_ROW && flat.contains(&Place::Staged);
        let places = if by_rows { all(place_in_row) } else { flat };
        let widest = iteration
            .operands
            .iter()
            .map(|operand| operand.dtype.size())
            .max();
        let panel = PANEL_BYTES / widest.unwrap_or(4).max(4);
        let mut staged = iteration.operands.iter().zip(places.iter());
        let across = staged.any(|(operand, place)| *place == Place::Staged && is_across(operand));
        Reach {
            by_rows,
            panel,
            panel_rows: if across { panel / MOST_ELEMENTS } else { 1 },
            copies: program.copies() && places.contains(&Place::Staged),
            places,
        }
    }

    /// An order of the axes in which neighbours in memory are neighbours on the last axis but one, if they are on an
    /// axis before it.
    pub fn better_order(&self, iteration: &Iteration) -> Option<List<usize, MAX_NDIM>> {
        let last = iteration.dims.len() - 1;
        let across = |operand: &Operand| {
            let first = operand.strides[..last].iter().rposition(|&stride| stride == 1);
            first.filter(|_| operand.strides[last] > 1)
        };
        let axis = iteration.operands.iter().find_map(across)?;
        let pays = self.copies || iteration.dims[last] >= LONG_ROW;
        (pays && self.panel_rows == 1 && axis + 1 < last).then(|| {
            let others = (0..last).filter(|&other| other != axis);
            others.chain([axis, last]).collect()
        })
    }

    /// Whether blocks of several rows are walked, not rows.
    pub fn by_blocks(&self) -> bool {
        self.by_rows && self.panel_rows > 1
    }
}

/// Whether neighbours on the last axis but one are neighbours in memory.
fn is_across(operand: &Operand) -> bool {
    matches!(operand.strides[..], [.., 1, _])
}

/// How the elements of a row are reached.
fn place_in_row(operand: &Operand, dims: &[usize]) -> Place {
    match operand.strides[dims.len() - 1] {
        1 => Place::Direct,
        0 => Place::Fixed,
        _ => Place::Staged,
    }
}

/// How elements are reached without regard to rows.
fn place_over_all(operand: &Operand, dims: &[usize]) -> Place {
    let mut period = 1;
    let mut outer = dims.len();
    while outer > 0 && operand.strides[outer - 1] == period as i64 {
        outer -= 1;
        period *= dims[outer];
    }
    let repeated = operand.strides[..outer].iter().all(|&stride| stride == 0);
    match (repeated, period) {
        (true, _) if outer == 0 => Place::Direct,
        (true, 1) => Place::Fixed,
        (true, 0..=MOST_ELEMENTS) => Place::Periodic(period),
        _ => Place::Staged,
    }
}
