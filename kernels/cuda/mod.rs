//! NVIDIA GPUs, through their driver: found when somebody asks for them, never needed otherwise.

pub mod archive;
pub mod blocks;
pub mod clock;
pub mod cubins;
pub mod device;
pub mod fixed;
pub mod fold;
pub mod given;
pub mod graphs;
pub mod kernel;
pub mod launch;
pub mod map;
pub mod matmul;
pub mod moves;
pub mod nvrtc;
pub mod pinned;
pub mod plan;
pub mod pool;
pub mod practice;
pub mod probe;
pub mod reduce;
pub mod rows;
pub mod source;
pub mod timeline;
pub mod underway;
