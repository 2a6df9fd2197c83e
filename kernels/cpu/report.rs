//! What can be told of a step before it runs, with the threads and the SIMD tier in force: `explain` shows it.

use super::simd::tier;
use super::threads::threads;
use std::fmt;

/// How a step runs.
pub struct Report {
    /// How it reaches its operands.
    pub path: String,
    /// What a thread works on at a time.
    pub tile: String,
    /// In how many pieces threads share the work; 1 if the calling thread does it alone.
    pub chunks: usize,
    /// What a piece is.
    pub chunk: String,
    /// The memory that each thread has for itself.
    pub private: String,
}

impl Report {
    /// Memory of a thread's own: so many buffers of so many bytes.
    pub fn buffers(count: usize, bytes: usize) -> String {
        match count {
            0 => "none".into(),
            1 => format!("1 buffer of {bytes} bytes a thread"),
            _ => format!("{count} buffers of {bytes} bytes a thread"),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Report {
            path,
            tile,
            chunks,
            chunk,
            private,
        } = self;
        let threads = threads().min(*chunks).max(1);
        let simd = format!("{:?}", tier()).to_lowercase();
        write!(f, "path {path} | tiles {tile} | chunks {chunks} of {chunk}")?;
        write!(f, " | threads {threads} | simd {simd} | private {private}")
    }
}
