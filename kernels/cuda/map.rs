//! map: one launch a job, over all elements of its shape. The kernel is the program, printed; see `map.cuh`.

use super::device::Device;
use super::given;
use super::kernel::Module;
use super::launch::{Argument, Grid, Launch};
use super::source::{self, elements};
use crate::cpu::map::Map;
use crate::error::Result;
use crate::layout::Iteration;

/// How many bytes of an operand a thread reads or writes at once.
const WIDEST: usize = 16;

/// The launches of a map; what its jobs are given lies from the word `at` on.
pub fn prepare(device: &'static Device, map: &Map, mut at: usize) -> Result<Vec<Launch>> {
    let program = map.program();
    let mut launches = Vec::new();
    for over in map.jobs() {
        let (count, width, axes) = (over.elements(), width_of(over), over.dims.len());
        if count > 0 {
            let entry = format!(
                "extern \"C\" __global__ void kernel(const Given<Program, {axes}>* given, int64 count) {{\n  \
                 map<{width}>({}{{*given}}, count);\n}}\n",
                elements("Program", over)
            );
            let text = source::kernels(&[include_str!("map.cuh")], &[("Program", program)], &entry);
            launches.push(Launch::new(
                Module::compiled(device, &text)?.kernel("kernel")?,
                Grid::over(count.div_ceil(width), device),
                vec![Argument::Given(at), Argument::Number(count as i64)],
            ));
        }
        at += given::words_of_program(program, over);
    }
    Ok(launches)
}

/// How many neighbours a thread takes in: as many as fit in 16 bytes of the largest operand, if each row is a whole
/// multiple of them. Whether rows begin at such addresses is known when the kernel runs.
fn width_of(over: &Iteration) -> usize {
    let last = over.dims.len() - 1;
    let rows = || {
        over.operands
            .iter()
            .filter(|operand| operand.dtype.has_memory() && operand.strides[last] == 1)
    };
    let largest = rows().map(|operand| operand.dtype.size()).max().unwrap_or(WIDEST);
    let width = WIDEST / largest;
    let whole = |length: i64| length % width as i64 == 0;
    let even = rows().all(|operand| operand.strides[..last].iter().all(|&stride| whole(stride)));
    if whole(over.dims[last] as i64) && even {
        width
    } else {
        1
    }
}
