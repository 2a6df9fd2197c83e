//! fold: one launch; a thread goes through all rounds of its elements. See `fold.cuh`.

use super::device::Device;
use super::kernel::Module;
use super::launch::{Argument, Grid, Launch};
use super::source::{self, elements, given};
use crate::cpu::fold::Fold;
use crate::error::Result;

/// The launches of a fold; what it is given lies from the word `at` on.
pub fn prepare(device: &'static Device, fold: &Fold, at: usize) -> Result<Vec<Launch>> {
    let (over, [rounds, row]) = (fold.over(), fold.rounds());
    if rounds == 0 || row == 0 {
        return Ok(Vec::new());
    }
    let source = || {
        let entry = format!(
            "extern \"C\" __global__ void kernel(const {}* given, int64 rounds, int64 row) {{\n  \
             fold({}{{*given}}, rounds, row);\n}}\n",
            given("Program", over),
            elements("Program", over)
        );
        source::kernels(
            &[include_str!("fold.cuh")],
            &[("Program", fold.program())],
            &entry,
        )
    };
    let arguments = vec![
        Argument::Given(at),
        Argument::Number(rounds as i64),
        Argument::Number(row as i64),
    ];
    let kernel = Module::of(device, source)?.kernel("fold_interpreted", "kernel")?;
    Ok(vec![Launch::new(kernel, Grid::over(row, device), arguments)])
}
