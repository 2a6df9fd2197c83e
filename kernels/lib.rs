//! The native kernels of Tensaur: `map`, `reduce`, `matmul` and moves over strided memory, behind a small C ABI.
#![deny(missing_docs)]

pub mod abi;
mod ahead;
pub mod arguments;
mod clock;
pub mod cpu;
pub mod cuda;
pub mod device;
pub mod dtype;
pub mod error;
#[cfg(test)]
mod fuzz;
pub mod handles;
pub mod layout;
pub mod list;
pub mod memory;
pub mod ops;
pub mod plan;
pub mod program;
pub mod reader;
mod rows;
#[cfg(test)]
mod testing;
