//! NVIDIA GPUs, through their driver: found when somebody asks for them, never needed otherwise.

pub mod blocks;
pub mod cubins;
pub mod device;
pub mod nvrtc;
pub mod pool;
pub mod probe;
pub mod source;
