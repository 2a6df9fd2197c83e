//! The order in which a reduction's values are computed, and whether they need not be.

use super::cut::Shape;
use super::pieces::{COLUMN_BLOCK, ROW_BLOCK};
use super::values::Direct;
use crate::layout::{Iteration, MAX_NDIM};
use crate::list::List;
use crate::program::Program;

/// Brings the axes in the order in which values are computed, and joins what can be joined. Returns the shape, and
/// whether a result's elements follow each other. `reduced` follows the axes.
pub fn arrange(iteration: &mut Iteration, reduced: &mut List<bool, MAX_NDIM>) -> (Shape, bool) {
    let dims = iteration.dims;
    let ndim = dims.len();
    let long = |&axis: &usize| dims[axis] != 1;
    let last_reduced = (0..ndim).filter(long).rfind(|&axis| reduced[axis]);
    let rows = (0..ndim).rfind(long).is_some_and(|axis| reduced[axis]);
    // Kept axes after the last reduced one stay last; the other kept ones come first.
    let place = |axis: usize| match (reduced[axis], last_reduced) {
        (true, _) => 1,
        (false, Some(last)) if axis < last => 0,
        _ => 2,
    };
    let mut counts = [1usize; 3];
    for (axis, &dim) in dims.iter().enumerate() {
        counts[place(axis)] = counts[place(axis)].wrapping_mul(dim);
    }
    let [outer, length, width] = counts;
    if !(1..ndim).all(|axis| place(axis - 1) <= place(axis)) {
        let mut order: List<usize, MAX_NDIM> = (0..ndim).collect();
        order.sort_by_key(|&axis| place(axis));
        let flags = order.iter().map(|&axis| reduced[axis]).collect();
        iteration.permute(&order);
        *reduced = flags;
    }
    iteration.collapse_groups(reduced);
    let block = if rows { ROW_BLOCK } else { COLUMN_BLOCK };
    (
        Shape {
            outer,
            length,
            width,
            block,
        },
        rows,
    )
}

/// The input that is folded as it lies in memory, if there is one: contiguous along the last axis, with one reduced axis.
pub fn find_direct(program: &Program, iteration: &Iteration, reduced: &[bool], rows: bool) -> Option<Direct> {
    let input = program.identity()?;
    let strides = &iteration.operands[input].strides;
    let last = strides.len() - 1;
    let folded = reduced.iter().filter(|&&reduced| reduced).count();
    let across = reduced.iter().rev().take_while(|&&reduced| !reduced).count();
    let stride = reduced
        .iter()
        .position(|&reduced| reduced)
        .map_or(0, |axis| strides[axis] as isize);
    (strides[last] == 1 && folded <= 1 && (rows || across == 1)).then_some(Direct { input, stride })
}
