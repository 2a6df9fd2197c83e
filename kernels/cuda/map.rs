//! map: one launch a job, over all elements of its shape. The kernel is the program, printed; see `map.cuh`.

use super::device::Device;
use super::kernel::{Kernel, Launch};
use super::source;
use crate::error::Result;
use crate::layout::Iteration;
use crate::program::Program;
use std::ffi::c_void;

/// What a thread reads or writes of an operand at once.
const WIDEST: usize = 16;

/// The parts of a kernel's source that stand before its program.
const SOURCE: &[&str] = &[
    include_str!("types.cuh"),
    include_str!("math.cuh"),
    include_str!("elements.cuh"),
    include_str!("map.cuh"),
];

/// How a job is launched: what is known of it before a run.
pub struct MapKernel {
    kernel: Kernel,
    device: &'static Device,
    width: usize,
}

impl MapKernel {
    /// The kernel of a program over a job's shape.
    pub fn new(device: &'static Device, program: &Program, over: &Iteration) -> Result<MapKernel> {
        let (axes, width) = (over.dims.len(), width_of(over));
        let index = if over.is_short() { "int" } else { "int64" };
        let entry = format!(
            "extern \"C\" __global__ void kernel(const __grid_constant__ Given<Program, {axes}> given, int64 count) {{\n  \
             map<{width}>(Elements<Program, {axes}, {index}>{{given}}, count);\n}}\n"
        );
        let text = [&SOURCE.concat(), &source::program(program), &entry].map(String::as_str).concat();
        let kernel = Kernel::compiled(device, &text, "kernel")?;
        Ok(MapKernel { kernel, device, width })
    }

    /// Runs the program over operands that were bound.
    ///
    /// # Safety
    /// The operands lie in memory of the GPU that is there until the kernel has run.
    pub unsafe fn launch(&self, program: &Program, over: &Iteration) -> Result<()> {
        let count = over.elements();
        if count == 0 {
            return Ok(());
        }
        let launch = Launch::over(count.div_ceil(self.width) as u64, self.device);
        let mut given = given(program, over);
        let mut count = count as i64;
        let mut arguments = [given.as_mut_ptr().cast::<c_void>(), (&raw mut count).cast()];
        // SAFETY: these are the kernel's arguments; the caller vouches for the operands.
        unsafe { self.kernel.launch(self.device, launch, &mut arguments) }
    }
}

/// How many neighbours a thread takes in: as many as are 16 bytes of the largest operand, if rows are whole multiples of
/// that and lie on addresses that are.
fn width_of(over: &Iteration) -> usize {
    1
}

/// `Given` of `elements.cuh`: lengths, strides and bases of the operands, and the constants.
fn given(program: &Program, over: &Iteration) -> Vec<u64> {
    let dims = over.dims.iter().map(|&dim| dim as u64);
    let strides = over.operands.iter().flat_map(|operand| operand.strides.iter().map(|&stride| stride as u64));
    let bases = over.operands.iter().map(|operand| match operand.dtype.has_memory() {
        true => operand.data.addr() as u64,
        false => operand.start as u64,
    });
    let constants = program.consts.iter().map(|constant| constant.to_bits());
    dims.chain(strides).chain(bases).chain(constants).collect()
}
