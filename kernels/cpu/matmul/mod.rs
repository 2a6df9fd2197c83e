//! Matmul: batched products of strided matrices.
//!
//! 2·M·N·K operations on M·K + K·N + M·N elements. Each result is one chain of fused multiply-adds over the
//! depth, so every path gives the same bits. Transposes and broadcasts are strides: A's go straight into the
//! micro-kernel; B's rows must be contiguous, or are packed, or transposed in registers for one or a few rows of A.
//!
//! GFLOP/s on a Zen 5 core (FMA peak about 245), one thread, decoded before: 256³ 244, 512³ 236, 1024³ 219, 2048³ 206,
//! 64³ 231, 100³ 212, 10×100×100 203, its B transposed 160. Two threads: 430 from 512³ on. AVX2:
//! half of each. The least product takes 60 ns; an epilogue without a loop of its own (`finish.rs`) adds 60 ns and what its
//! program takes.
//!
//! A tile asks for where the next one's rows of A begin, which the prefetchers notice late. A row of A, and a matrix
//! times a vector, are 1.35 to 1.45 times as fast by squares (`row.rs`) or from end to end as by tiles.
//!
//! Left out: asking for whole rows of A (2 to 7 % more from 512³ on, by a second loop that products of few steps pay
//! for); packing for 12 to 47 rows (32×4096² a tenth slower); packing A (its strides cost 5 % at most); asking for C
//! (within the noise); larger or smaller parts of the depth (the same, also if the L1 cache holds what an AVX2 tile of
//! float64 reads); a packed B shared by all threads (blocks of columns pack their own, without a barrier); splitting the
//! depth among threads (results would depend on their number).

mod block;
mod finish;
mod grid;
mod lanes;
mod pack;
mod report;
mod row;
#[cfg(test)]
mod tests;
mod tile;
mod turned;

use self::block::Product;
use self::finish::Finish;
use self::grid::{Grid, compute};
use super::counters::{Path, count};
use super::map::{Lane, Machine, Map, Scratch};
use super::simd::{Kernel, Simd, Vector, dispatch};
use super::threads;
use crate::arguments::Arguments;
use crate::dtype::DType;
use crate::error::{Result, refuse};
use crate::layout::{Dims, Iteration, MAX_NDIM, Operand, checked_elements, elements, read_lengths};
use crate::reader::Reader;

/// Multiply-adds in a nanosecond, about, for the prediction of costs.
const RATE: f64 = 110.0;
/// Bytes read in a nanosecond, about.
const BANDWIDTH: f64 = 20.0;

/// A batch of products, proved to lie within its operands.
pub struct Matmul {
    dtype: DType,
    /// Whether operands may be rounded to TF32, which gains nothing here.
    tf32: bool,
    /// The batch axes, and where the matrices of A and B start.
    batch: Iteration,
    rows: usize,
    columns: usize,
    depth: usize,
    /// Strides of A's rows and steps.
    a: [isize; 2],
    /// Strides of B's steps and columns.
    b: [isize; 2],
    /// The results, contiguous.
    c: Operand,
    /// Whether each product is summed in lanes.
    lanes: bool,
    /// What is done to results, if `finishes`.
    epilogue: Map,
    finishes: bool,
    /// How, if a loop of its own does it.
    finish: Option<Finish>,
}

/// What a matmul asks for, whoever computes it.
pub struct Asked<'a> {
    /// The dtype.
    pub dtype: DType,
    /// Whether operands may be rounded to TF32.
    pub tf32: bool,
    /// The batch axes, and where the matrices of A and B start.
    pub batch: &'a Iteration,
    /// Rows, columns and depth of a product.
    pub sizes: [usize; 3],
    /// Strides of A's rows and steps.
    pub a: [isize; 2],
    /// Strides of B's steps and columns.
    pub b: [isize; 2],
    /// The results, contiguous.
    pub out: &'a Operand,
    /// Whether each product is summed in lanes.
    pub lanes: bool,
    /// What is done to the results.
    pub epilogue: Option<&'a Map>,
}

impl Matmul {
    /// A matmul that is yet to be read.
    pub fn new() -> Self {
        Matmul {
            dtype: DType::F32,
            tf32: false,
            batch: Iteration::new(Dims::new()),
            rows: 0,
            columns: 0,
            depth: 0,
            a: [0; 2],
            b: [0; 2],
            c: Operand::new(DType::F32),
            lanes: false,
            epilogue: Map::new(),
            finishes: false,
            finish: None,
        }
    }

    /// Decodes and proves a descriptor.
    pub fn read(&mut self, reader: &mut Reader) -> Result<()> {
        self.dtype = reader.dtype()?;
        if matches!(self.dtype, DType::U8 | DType::Bool) {
            return refuse("a matmul is of float32, float64 or int32");
        }
        self.tf32 = reader.flag()?;
        if self.tf32 && self.dtype != DType::F32 {
            return refuse("only a matmul of float32 can be rounded to TF32");
        }
        let ndim = reader.count(MAX_NDIM - 2, "batch axes")?;
        read_lengths(reader, ndim, &mut self.batch.dims)?;
        let [rows, columns, depth] = read_sizes(reader)?;
        (self.rows, self.columns, self.depth) = (rows, columns, depth);
        let mut shape = self.batch.dims;
        shape.push(rows);
        shape.push(depth);
        self.a = self.read_matrix(reader, &shape)?;
        (shape[ndim], shape[ndim + 1]) = (depth, columns);
        self.b = self.read_matrix(reader, &shape)?;
        shape[ndim] = rows;
        checked_elements(&shape)?;
        self.c = Operand::read_contiguous(reader, self.dtype, &shape)?;
        self.finishes = reader.flag()?;
        if self.finishes {
            self.epilogue.read_epilogue(reader, &self.c, elements(&shape))?;
            self.finish = Finish::of(&self.epilogue, columns);
        }
        self.lanes = lanes::fits(rows, columns, depth);
        self.batch.collapse();
        self.merge_rows();
        Ok(())
    }

    /// Reads an operand of this shape and returns the strides of its matrices.
    fn read_matrix(&mut self, reader: &mut Reader, shape: &[usize]) -> Result<[isize; 2]> {
        let ndim = shape.len() - 2;
        checked_elements(shape)?;
        let mut operand = Operand::read(reader, self.dtype, shape)?;
        let strides = [0, 1].map(|i| operand.strides[ndim + i] as isize);
        operand.strides.truncate(ndim);
        self.batch.operands.push(operand);
        Ok(strides)
    }

    /// What is asked for.
    pub fn asked(&self) -> Asked<'_> {
        Asked {
            dtype: self.dtype,
            tf32: self.tf32,
            batch: &self.batch,
            sizes: [self.rows, self.columns, self.depth],
            a: self.a,
            b: self.b,
            out: &self.c,
            lanes: self.lanes,
            epilogue: self.finishes.then_some(&self.epilogue),
        }
    }

    /// Takes what a run gives.
    pub fn bind(&mut self, arguments: &Arguments) -> Result<()> {
        self.batch.bind(arguments)?;
        self.c.bind(arguments)?;
        self.epilogue.bind(arguments)
    }

    /// Computes all products.
    pub fn run(&self) -> Result<()> {
        if !self.is_empty() {
            dispatch(Run(self));
        }
        Ok(())
    }

    fn is_empty(&self) -> bool {
        self.rows == 0 || self.columns == 0 || self.batch.elements() == 0
    }

    /// Makes rows of the innermost batch axis, if B is the same for all of it and A's rows go on evenly.
    fn merge_rows(&mut self) {
        let last = self.batch.dims.len() - 1;
        let count = self.batch.dims[last];
        let step = self.batch.operands[0].strides[last] as isize;
        let shared = self.batch.operands[1].strides[last] == 0;
        let even = self.rows == 1 || step == (self.rows as isize).wrapping_mul(self.a[0]);
        if self.is_empty() || self.lanes || count == 1 || !shared || !even {
            return;
        }
        if self.rows == 1 {
            self.a[0] = step;
        }
        self.rows *= count;
        self.batch.dims[last] = 1;
    }

    /// The product of number `index` in the batch; one of a single column is turned into one of a single row.
    fn product<E>(&self, index: usize) -> Product<E> {
        let dims = &self.batch.dims;
        let [a, b] = [0, 1].map(|i| {
            self.batch.operands[i]
                .element(dims, index)
                .cast_const()
                .cast::<E>()
        });
        let product = Product {
            rows: self.rows,
            columns: self.columns,
            depth: self.depth,
            a,
            a_row: self.a[0],
            a_step: self.a[1],
            b,
            b_step: self.b[0],
            b_column: self.b[1],
            c: self
                .c
                .data
                .cast::<E>()
                .wrapping_add(index * self.rows * self.columns),
            c_row: self.columns,
        };
        if self.columns == 1 {
            product.swapped()
        } else {
            product
        }
    }

    /// The predicted time of the whole batch on one thread.
    fn cost_ns(&self) -> f64 {
        let [m, n, k] = [self.rows, self.columns, self.depth].map(|x| x as f64);
        let bytes = (m * k + k * n + m * n) * self.dtype.size() as f64;
        self.batch.elements() as f64 * (m * n * k / RATE + bytes / BANDWIDTH)
    }

    fn run_on<S: Simd, V: Vector<Elem: Lane>>(&self) {
        let shared = if self.lanes {
            self.run_lanes::<S, V>()
        } else {
            self.run_blocks::<S, V>()
        };
        if shared {
            count(Path::MatmulParallel);
        }
        if self.finishes {
            count(Path::Epilogue);
        }
    }

    /// Sums each product in lanes; returns whether threads shared the work.
    fn run_lanes<S: Simd, V: Vector>(&self) -> bool {
        count(Path::MatmulLanes);
        let results = self.rows * self.columns;
        threads::parallel(self.cost_ns(), self.batch.elements(), |index| {
            // SAFETY: `read` proved that the product lies within its operands.
            unsafe { lanes::lanes::<S, V>(&self.product(index)) };
            if self.finishes {
                self.epilogue.run_range(index * results, (index + 1) * results);
            }
        })
    }

    /// How products are cut for the threads in force.
    #[inline]
    fn grid<V: Vector>(&self, batch: usize, cost_ns: f64) -> Grid {
        let threads = if threads::pays(cost_ns) {
            threads::threads()
        } else {
            1
        };
        Grid::new::<V>(&self.product(0), batch, threads)
    }

    /// Computes blocks of the products; returns whether threads shared the work.
    fn run_blocks<S: Simd, V: Vector<Elem: Lane>>(&self) -> bool {
        let (batch, cost) = (self.batch.elements(), self.cost_ns());
        let grid = self.grid::<V>(batch, cost);
        count(if grid.packs {
            Path::MatmulPacked
        } else {
            Path::MatmulUnpacked
        });
        let blocks = grid.blocks();
        threads::parallel(cost, batch * blocks, |i| {
            let (index, block) = (i / blocks, i % blocks);
            let product = self.product::<V::Elem>(index);
            // SAFETY (of all): `read` proved that the product lies within its operands; blocks of C are disjoint.
            match (self.finishes, self.finish) {
                (false, _) => unsafe { compute::<S, V>(&product, &grid, block, |_, _, _, _| {}) },
                (true, None) => self.finish_block::<S, V>(&product, index, &grid, block),
                (true, Some(finish)) => unsafe {
                    compute::<S, V>(&product, &grid, block, |row, rows, column, width| {
                        let start = (index * product.rows + row) * product.columns + column;
                        let place = (start, column);
                        finish.run::<S, V>(&self.epilogue, place, (rows, width), product.columns);
                    })
                },
            }
        })
    }

    /// Computes a block, and does to its results what is to be done while they are at hand. The machine's memory is
    /// large, and made here alone.
    #[inline(never)]
    fn finish_block<S: Simd, V: Vector>(
        &self,
        p: &Product<V::Elem>,
        index: usize,
        grid: &Grid,
        block: usize,
    ) {
        let mut scratch = Scratch::take();
        let mut machine = self.epilogue.machine(&mut scratch);
        let finish = |row: usize, rows: usize, column: usize, width: usize| {
            let start = (index * p.rows + row) * p.columns + column;
            finish_rows(&mut machine, start, rows, width, p.columns);
        };
        // SAFETY: as for `run_blocks`.
        unsafe { compute::<S, V>(p, grid, block, finish) };
    }
}

/// Runs an epilogue over rows of `width` results, `step` apart.
fn finish_rows(machine: &mut Machine, start: usize, rows: usize, width: usize, step: usize) {
    if width == step {
        return machine.run(start, start + rows * width);
    }
    for row in (start..).step_by(step).take(rows) {
        machine.run(row, row + width);
    }
}

/// Reads rows, columns and depth.
fn read_sizes(reader: &mut Reader) -> Result<[usize; 3]> {
    let mut sizes = [0; 3];
    for size in &mut sizes {
        *size = reader.count(usize::MAX, "elements")?;
    }
    checked_elements(&sizes)?;
    Ok(sizes)
}

impl Default for Matmul {
    fn default() -> Self {
        Matmul::new()
    }
}

/// Runs a matmul with the types of its dtype.
struct Run<'a>(&'a Matmul);

impl Kernel for Run<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self) {
        match self.0.dtype {
            DType::F64 => self.0.run_on::<S, S::F64>(),
            DType::I32 => self.0.run_on::<S, S::I32>(),
            _ => self.0.run_on::<S, S::F32>(),
        }
    }
}
