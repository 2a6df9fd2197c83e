//! The kernels on the CPU.

pub mod map;
pub mod math;
pub mod matmul;
pub mod reduce;
pub mod simd;
pub mod threads;
