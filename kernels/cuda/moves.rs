//! Moves: one launch each; see `moves.cuh`. Which index was out of range, if any, the first word tells after the run.

use super::device::Device;
use super::given::walked_last;
use super::kernel::Kernel;
use super::launch::{Argument, Grid, Launch};
use super::source::{self, type_of};
use crate::cpu::moves::Asked;
use crate::error::Result;

/// The launches of a gather; what it is given lies from the word `at` on.
pub fn prepare_gather(device: &'static Device, asked: &Asked, at: usize) -> Result<Vec<Launch>> {
    let count = asked.over.elements();
    // Elements are copied as they are, so that their size is all that matters.
    let (fixed, element) = match asked.over.operands[0].dtype.size() {
        1 => ("gather_1", "unsigned char"),
        4 => ("gather_4", "uint32"),
        _ => ("gather_8", "uint64"),
    };
    let call = format!("gather<{element}>(*given, count)");
    prepare(device, asked, [fixed, &call], &[("count", count)], count, at)
}

/// The launches of a scatter-add; what it is given lies from the word `at` on.
pub fn prepare_scatter_add(device: &'static Device, asked: &Asked, at: usize) -> Result<Vec<Launch>> {
    let over = walked_last(asked);
    let length = over.dims[over.dims.len() - 1];
    let lines = over.elements().checked_div(length).unwrap_or(0);
    let name = type_of(over.operands[0].dtype);
    let fixed = format!("scatter_add_{name}");
    let call = format!("scatter_add<{name}>(*given, lines, length)");
    let numbers = [("lines", lines), ("length", length)];
    prepare(device, asked, [&fixed, &call], &numbers, lines, at)
}

fn prepare(
    device: &'static Device,
    asked: &Asked,
    [fixed, call]: [&str; 2],
    numbers: &[(&str, usize)],
    threads: usize,
    at: usize,
) -> Result<Vec<Launch>> {
    if threads == 0 {
        return Ok(Vec::new());
    }
    let source = || {
        let named: String = numbers
            .iter()
            .map(|(name, _)| format!(", int64 {name}"))
            .collect();
        let axes = asked.over.dims.len();
        let entry =
            format!("extern \"C\" __global__ void kernel(Move<{axes}>* given{named}) {{\n  {call};\n}}\n");
        source::kernels(&[include_str!("moves.cuh")], &[], &entry)
    };
    let mut arguments = vec![Argument::Given(at)];
    arguments.extend(numbers.iter().map(|&(_, number)| Argument::Number(number as i64)));
    let kernel = Kernel::of(device, fixed, "kernel", source)?;
    Ok(vec![Launch::new(kernel, Grid::over(threads, device), arguments)])
}
