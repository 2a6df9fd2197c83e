//! The kernels that are compiled before anybody needs them: `fixed.cu`, which interprets programs.

use super::device::Device;
use super::kernel::Module;
use super::{matmul, moves, practice, source};
use crate::cpu::threads::lock;
use crate::error::Result;
use crate::ops::ROWS;
use std::sync::Mutex;

/// Their module on a GPU, once it was needed.
pub type Fixed = Mutex<Option<Module>>;

/// The module of a GPU.
pub fn module(device: &'static Device) -> Result<Module> {
    let mut known = lock(&device.fixed);
    if let Some(module) = *known {
        return Ok(module);
    }
    let module = Module::fixed(device, &text())?;
    *known = Some(module);
    Ok(module)
}

/// The source of all fixed kernels.
pub fn text() -> String {
    let family = [
        include_str!("interpreter.cuh"),
        include_str!("map.cuh"),
        include_str!("reduce.cuh"),
        include_str!("fold.cuh"),
    ];
    let kernels = [
        include_str!("fixed.cu"),
        practice::SOURCES[0],
        practice::SOURCES[1],
    ];
    source::kernels(
        &[
            &[&ops()[..]],
            &family[..],
            matmul::FAMILY,
            moves::FAMILY,
            &kernels,
        ]
        .concat(),
        &[],
        "",
    )
}

/// `apply` and `random_of`, which look an op up by the number of its row.
fn ops() -> String {
    let cases = |has: fn(&crate::ops::Row) -> bool| -> String {
        let rows = ROWS
            .iter()
            .enumerate()
            .filter(|(_, row)| row.name != "random" && has(row));
        rows.map(|(number, row)| format!("    case {number}: return static_cast<T>({});\n", row.cuda))
            .collect()
    };
    let random = ROWS
        .iter()
        .find(|row| row.name == "random")
        .map_or("", |row| row.cuda);
    format!(
        "template <class T> DEVICE T apply(int op, T x, T y, T z) {{\n  switch (op) {{\n{}    default: return x;\n  }}\n}}\n\
         template <> __device__ __forceinline__ int apply<int>(int op, int x, int y, int z) {{\n  using T = int;\n  \
         switch (op) {{\n{}    default: return x;\n  }}\n}}\n\
         template <class T> DEVICE T random_of(int64 index, double seed, double base) {{ return {random}; }}\n\
         template <> __device__ __forceinline__ int random_of<int>(int64, double, double) {{ return 0; }}\n",
        cases(|row| row.float),
        cases(|row| row.int),
    )
}
