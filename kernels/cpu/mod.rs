//! The kernels on the CPU.

pub mod simd;
pub mod threads;
