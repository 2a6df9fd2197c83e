//! The grid: products cut into blocks of rows and columns that are computed independently, on any thread.
//!
//! A block takes the depth in parts. For each part it packs its columns of B if that pays, then goes down
//! its rows; the sums go on in C from part to part. So no sum is split, and no thread waits for another one.

use super::block::{Product, block};
use super::pack::{pack, packed_length, panel};
use super::row;
use super::tile::most_vectors;
use super::turned::{self, turned};
use crate::cpu::simd::{Element, Simd, Vector};
use std::cell::RefCell;

/// Sizes are smaller in tests, so that these reach every path quickly.
const SMALLER: usize = if cfg!(test) { 32 } else { 1 };
/// The most bytes of B that a block reads in a part of the depth: they stay in the L2 cache.
const PART_BYTES: usize = (512 << 10) / SMALLER;
/// The most bytes in a row of a block's part of B.
const ROW_BYTES: usize = 1024;
/// Bytes of C that are finished together, about: they are still in the L1 cache.
const FINISH_BYTES: usize = 16 << 10;
/// The fewest and most rows of C that are finished together.
const ROWS: [usize; 2] = [24, 96];
/// The most rows of a tile.
const TILE_ROWS: usize = 12;
/// B is packed if it has at least so many bytes, and a block's rows of A to be multiplied with.
const PACK_BYTES: usize = (1 << 20) / SMALLER;
/// With fewer rows of A than this, a B that no cache holds is read from end to end, …
const STREAM_ROWS: usize = 12;
/// … if it has at least so many bytes, …
const STREAM_BYTES: usize = (16 << 20) / SMALLER.pow(2);
/// … so many rows at a time, which the machine's prefetchers can follow.
const STREAM_STEPS: usize = 32;
/// The fewest rows of a block, unless a thread would have none: each block reads all of its B.
const BLOCK_ROWS: usize = 48;
/// Blocks for each thread, so that a slow one does not hold the others up.
const BLOCKS_A_THREAD: usize = 3;

/// How the products of a batch are cut.
#[derive(Clone, Copy, Debug)]
pub struct Grid {
    rows: usize,
    columns: usize,
    /// Rows of a block.
    row_step: usize,
    /// Columns of a block.
    column_step: usize,
    /// Whether blocks pack their part of B.
    pub packs: bool,
    /// Whether B is transposed on the way to the chains, for a row.
    pub in_squares: bool,
    /// The same for a few rows.
    pub turns: bool,
    /// Whether B is read a few rows at a time, from end to end.
    streams: bool,
}

impl Grid {
    /// Cuts a batch of products like `p` into blocks for so many threads.
    pub fn new<V: Vector>(p: &Product<V::Elem>, batch: usize, threads: usize) -> Grid {
        let (rows, columns, size) = (p.rows, p.columns, size_of::<V::Elem>());
        let width = panel_width::<V>();
        let bytes = p.depth * columns * size;
        let in_squares = row::fits(p);
        // Blocks of several threads might be too narrow.
        let turns = threads == 1 && turned::fits::<V>(p);
        let wide = p.b_column == 1 && columns * size > ROW_BYTES;
        let streams = wide && rows < STREAM_ROWS && bytes >= STREAM_BYTES;
        let most_columns = if in_squares || turns || streams {
            columns.div_ceil(share(1, threads, batch))
        } else {
            ROW_BYTES / size
        };
        let blocks = columns.div_ceil(most_columns.max(1)).max(1);
        let column_step = columns.div_ceil(blocks).next_multiple_of(width).max(1);
        let parts = share(
            (rows / BLOCK_ROWS / threads).clamp(1, BLOCKS_A_THREAD),
            threads,
            blocks * batch,
        );
        let row_step = rows.div_ceil(parts.min(rows.div_ceil(TILE_ROWS)).max(1)).max(1);
        let large = bytes >= PACK_BYTES && row_step >= BLOCK_ROWS;
        let packs = !in_squares && !turns && (p.b_column != 1 || large);
        Grid {
            rows,
            columns,
            row_step,
            column_step,
            packs,
            in_squares,
            turns,
            streams,
        }
    }

    /// How many blocks a product has.
    pub fn blocks(&self) -> usize {
        self.rows.div_ceil(self.row_step) * self.columns.div_ceil(self.column_step)
    }

    /// The rows and columns of a block, and the elements of B that it packs at a time.
    pub fn block<V: Vector>(&self, depth: usize) -> (usize, usize, usize) {
        let (_, rows, _, columns) = self.place(0);
        let cut = self.cut::<V>(rows, columns, depth);
        let packed = packed_length(cut.packed_columns, cut.steps.min(depth), panel_width::<V>());
        (rows, columns, if self.packs { packed } else { 0 })
    }

    /// Where a block starts, and its size: row, rows, column, columns.
    fn place(&self, index: usize) -> (usize, usize, usize, usize) {
        let across = self.columns.div_ceil(self.column_step);
        let (row, column) = (index / across * self.row_step, index % across * self.column_step);
        (
            row,
            self.row_step.min(self.rows - row),
            column,
            self.column_step.min(self.columns - column),
        )
    }

    /// How a block of this size is cut.
    #[inline(always)]
    fn cut<V: Vector>(&self, rows: usize, columns: usize, depth: usize) -> BlockCut {
        let size = size_of::<V::Elem>();
        let most_rows = (FINISH_BYTES / size / columns).clamp(ROWS[0], ROWS[1]) / TILE_ROWS * TILE_ROWS;
        BlockCut {
            steps: if self.streams {
                STREAM_STEPS
            } else {
                even(depth, PART_BYTES / size / columns.next_multiple_of(V::LANES))
            },
            most_rows,
            // Panels that one strip of rows reads once are packed just before, one by one, and stay in the L1 cache.
            packed_columns: if rows <= most_rows {
                panel_width::<V>()
            } else {
                columns
            },
        }
    }
}

/// How a block is cut.
struct BlockCut {
    /// Steps of the depth in a part.
    steps: usize,
    /// The most rows that are finished together.
    most_rows: usize,
    /// Columns of B that are packed together.
    packed_columns: usize,
}

/// The columns of a packed panel: those of the widest tile.
#[inline(always)]
fn panel_width<V: Vector>() -> usize {
    most_vectors::<V>() * V::LANES
}

/// Computes a block of a product. `finish(row, rows, column, columns)` is called for each part of C when it is done.
///
/// # Safety
/// Every element that the product names lies in memory valid for this use, and the block of C is written by nobody
/// else. The machine has the tier's features.
pub unsafe fn compute<S: Simd, V: Vector>(
    p: &Product<V::Elem>,
    grid: &Grid,
    index: usize,
    mut finish: impl FnMut(usize, usize, usize, usize),
) {
    let (row, rows, column, columns) = grid.place(index);
    let part = p.rows(row, rows).columns(column, columns);
    if grid.in_squares {
        // SAFETY: the caller vouches for the product.
        unsafe { row::row::<S, V>(&part) };
        return finish(row, rows, column, columns);
    }
    if grid.turns {
        with_memory(turned::packed_length(p.depth), |packed| {
            // SAFETY: the caller vouches for the product, and the memory is as long as asked for.
            unsafe { turned::<S, V>(&part, packed) };
        });
        return finish(row, rows, column, columns);
    }
    let BlockCut {
        steps,
        most_rows,
        packed_columns,
    } = grid.cut::<V>(rows, columns, p.depth);
    let width = panel_width::<V>();
    let mut start = 0;
    loop {
        let depth = steps.min(p.depth - start);
        let here = part.steps(start, depth);
        let done = start + depth == p.depth;
        let mut go_down = |from: usize, width: usize, packed: Option<*const V::Elem>| {
            for top in (0..rows).step_by(most_rows) {
                let height = most_rows.min(rows - top);
                let strip = here.rows(top, height).columns(from, width);
                // SAFETY: the caller vouches for the product; the packed panels are those of this part.
                unsafe { across::<S, V>(&strip, packed, start > 0) };
                if done && from + width == columns {
                    finish(row + top, height, column, columns);
                }
            }
        };
        if grid.packs {
            with_memory(packed_length(packed_columns, depth, width), |packed| {
                for from in (0..columns).step_by(packed_columns) {
                    let columns = packed_columns.min(columns - from);
                    // SAFETY: the memory is as long as asked for.
                    unsafe { pack::<S, V>(&here.columns(from, columns), width, packed) };
                    go_down(from, columns, Some(packed));
                }
            });
        } else {
            go_down(0, columns, None);
        }
        start += depth;
        if done {
            break;
        }
    }
}

/// Computes some rows of a block, with B in place or packed.
unsafe fn across<S: Simd, V: Vector>(p: &Product<V::Elem>, packed: Option<*const V::Elem>, resume: bool) {
    let Some(packed) = packed else {
        // SAFETY: the caller vouches for the product.
        return unsafe { block::<S, V>(p, false, resume) };
    };
    let width = panel_width::<V>();
    for column in (0..p.columns).step_by(width) {
        // SAFETY: the panel holds whole vectors.
        unsafe { block::<S, V>(&panel(p, column, width, packed), true, resume) };
    }
}

/// In how many parts each of `others` is cut, so that each thread has about `blocks` of them; one thread needs no cuts.
fn share(blocks: usize, threads: usize, others: usize) -> usize {
    if threads == 1 {
        1
    } else {
        (blocks * threads).div_ceil(others)
    }
}

/// Cuts a length into even parts of about `most`.
fn even(length: usize, most: usize) -> usize {
    length.div_ceil(length.div_ceil(most.max(1)).max(1))
}

/// A cache line, so that packed vectors never straddle two.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Line(#[allow(dead_code, reason = "only its size matters")] [u8; 64]);

/// Calls `f` with memory for so many elements, kept by the thread for the next time. Its contents are unspecified.
fn with_memory<E: Element, R>(length: usize, f: impl FnOnce(*mut E) -> R) -> R {
    thread_local! {
        static MEMORY: RefCell<Vec<Line>> = const { RefCell::new(Vec::new()) };
    }
    MEMORY.with_borrow_mut(|memory| {
        let lines = (length * size_of::<E>()).div_ceil(size_of::<Line>());
        if memory.len() < lines {
            memory.resize(lines, Line([0; 64]));
        }
        f(memory.as_mut_ptr().cast())
    })
}
