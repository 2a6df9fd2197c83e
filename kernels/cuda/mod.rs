//! NVIDIA GPUs, through their driver: found when somebody asks for them, never needed otherwise.

pub mod blocks;
pub mod cubins;
pub mod device;
pub mod fixed;
pub mod fold;
pub mod given;
pub mod kernel;
pub mod launch;
pub mod map;
pub mod matmul;
pub mod moves;
pub mod nvrtc;
pub mod plan;
pub mod pool;
pub mod probe;
pub mod reduce;
pub mod source;
