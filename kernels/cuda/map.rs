//! map: one launch a job, over all elements of its shape. The kernel is the program, printed; see `map.cuh`.

use super::device::Device;
use super::given::Way;
use super::kernel::Module;
use super::launch::{Argument, Grid, Launch};
use super::source::{self, elements, given};
use crate::cpu::map::Map;
use crate::error::Result;
use crate::layout::Iteration;
use crate::program::Program;

/// How many bytes of an operand a thread reads or writes at once.
const WIDEST: usize = 16;

/// The launches of a map; what its jobs are given lies from the word `at` on.
pub fn prepare(device: &'static Device, map: &Map, mut at: usize) -> Result<Vec<Launch>> {
    let program = map.program();
    let mut launches = Vec::new();
    for over in map.jobs() {
        let count = over.elements();
        let width = if device.way == Way::Printed {
            width_of(over)
        } else {
            1
        };
        if count > 0 {
            launches.push(Launch::new(
                Module::of(device, || source_of(program, over, width))?
                    .kernel("map_interpreted", "kernel")?,
                Grid::over(count.div_ceil(width), device),
                vec![Argument::Given(at), Argument::Number(count as i64)],
            ));
        }
        at += device.way.words_of(program, over);
    }
    Ok(launches)
}

/// The launch that goes on with results, if they have an epilogue and kernels do not go on with them themselves.
pub fn prepare_epilogue(device: &'static Device, epilogue: Option<&Map>, at: usize) -> Result<Vec<Launch>> {
    match epilogue {
        Some(map) if device.way == Way::Interpreted => prepare(device, map, at),
        _ => Ok(Vec::new()),
    }
}

fn source_of(program: &Program, over: &Iteration, width: usize) -> String {
    let entry = format!(
        "extern \"C\" __global__ void kernel(const {}* given, int64 count) {{\n  map<{width}>({}{{*given}}, count);\n}}\n",
        given("Program", over),
        elements("Program", over)
    );
    source::kernels(&[include_str!("map.cuh")], &[("Program", program)], &entry)
}

/// How many neighbours a thread takes in: as many as fit in 16 bytes of the largest operand, if each row is a whole
/// multiple of them. Whether rows begin at such addresses is known when the kernel runs.
pub fn width_of(over: &Iteration) -> usize {
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
