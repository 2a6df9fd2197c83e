//! How often each path of the kernels was taken: what tests use to know that they reached it.

use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! paths {
    ($($path:ident $name:literal $doc:literal;)*) => {
        /// A path of the kernels.
        #[derive(Clone, Copy)]
        pub enum Path {
            $(#[doc = $doc] $path,)*
        }

        /// The paths' names, as the C ABI gives them: a line each.
        pub static NAMES: &str = concat!($($name, "\n",)* "\0");

        static COUNTS: [AtomicU64; [$(Path::$path),*].len()] = [const { AtomicU64::new(0) }; [$(Path::$path),*].len()];
    };
}

paths! {
    MapSerial "mapSerial" "A map on the calling thread.";
    MapParallel "mapParallel" "A map that threads shared.";
    ReduceSerial "reduceSerial" "A reduction on the calling thread.";
    ReduceParallel "reduceParallel" "A reduction that threads shared.";
    ReduceBlocks "reduceBlocks" "A reduction with more than one block for a result.";
    MatmulUnpacked "matmulUnpacked" "A matmul that read its operands where they lie.";
    MatmulPacked "matmulPacked" "A matmul that packed an operand.";
    MatmulLanes "matmulLanes" "A matmul of few results, each summed in lanes.";
    MatmulParallel "matmulParallel" "A matmul that threads shared.";
    Gather "gather" "A gather.";
    ScatterAdd "scatterAdd" "A scatter-add.";
    Fold "fold" "A program along an axis, in order.";
    Epilogue "epilogue" "A map over results that were just computed.";
    RowBlocks "rowBlocks" "Steps that ran one block of rows after the other.";
    RowsDelayed "rowsDelayed" "Such steps of which the last ran beside those of the next block.";
    PlanMade "planMade" "A plan that was decoded and given a handle.";
    DriverCall "driverCalls" "A call of CUDA's driver.";
    PlanFreed "planFreed" "A plan whose handle stands for nothing any more.";
}

/// Notes that a path was taken. Of paths that threads take at once, some may be missed: an addition that locks
/// the memory would take a tenth of the time of a small kernel.
#[inline]
pub fn count(path: Path) {
    let count = &COUNTS[path as usize];
    count.store(count.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
}

/// How often the path of a number was taken; 0 for numbers that are no path's.
pub fn counted(path: usize) -> u64 {
    COUNTS.get(path).map_or(0, |count| count.load(Ordering::Relaxed))
}
