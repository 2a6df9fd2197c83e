//! The kernels on the CPU.

pub mod counters;
pub mod fold;
pub mod map;
pub mod math;
pub mod matmul;
pub mod moves;
pub mod reduce;
pub mod report;
pub mod simd;
mod squares;
pub mod threads;
