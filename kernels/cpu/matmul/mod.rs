//! Matmul: batched products of strided matrices.
//!
//! 2·M·N·K operations on M·K + K·N + M·N elements. Each result is one chain of fused multiply-adds over the
//! depth, so every path gives the same bits. Transposes and broadcasts are strides: A's go straight into the
//! micro-kernel, B's rows must be contiguous or are packed. Reached on a Zen 5 core at 3.7 GHz (peak 237 GF):
//! 256³ 235 GF, 2048³ 206, 10×100×100 168; two cores 425 to 435 from 512³ on. AVX2: half of each.
//!
//! Dropped: packing A (strides cost 3 % at most), a packed B shared by all threads (blocks of columns need no
//! barrier and are as fast), splitting the depth among threads (the result would depend on their number).

mod block;
mod grid;
mod lanes;
mod pack;
#[cfg(test)]
mod tests;
mod tile;

use self::block::Product;
use self::grid::{Grid, compute};
use super::map::{Map, Scratch};
use super::simd::{Kernel, Simd, Vector, dispatch};
use super::threads;
use crate::dtype::DType;
use crate::error::{Result, refuse};
use crate::layout::{Cursor, Dims, Iteration, MAX_NDIM, Operand, checked_elements, elements, read_lengths};
use crate::reader::Reader;

/// Multiply-adds in a nanosecond, about, for the prediction of costs.
const RATE: f64 = 50.0;
/// Bytes read in a nanosecond, about.
const BANDWIDTH: f64 = 20.0;
/// Blocks for each thread, so that a slow one does not hold the others up.
const BLOCKS_A_THREAD: usize = 3;

/// A batch of products, proved to lie within its operands.
pub struct Matmul {
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
    epilogue: Option<Map>,
}

impl Matmul {
    /// Decodes and proves a descriptor.
    pub fn read(reader: &mut Reader) -> Result<Matmul> {
        let dtype = reader.dtype()?;
        if matches!(dtype, DType::U8 | DType::Bool) {
            return refuse("a matmul is of float32, float64 or int32");
        }
        let ndim = reader.count(MAX_NDIM - 2, "batch axes")?;
        let batch = read_lengths(reader, ndim)?;
        let lengths = read_lengths(reader, 3)?;
        let &[rows, columns, depth] = &lengths[..] else {
            return refuse("a product has rows, columns and a depth");
        };
        let (mut a, a_strides) = read_matrix(reader, dtype, &batch, [rows, depth])?;
        let (mut b, b_strides) = read_matrix(reader, dtype, &batch, [depth, columns])?;
        let c = Operand::read_contiguous(reader, dtype, &shape(&batch, [rows, columns])?)?;
        let epilogue = match reader.flag()? {
            true => Some(Map::read_epilogue(
                reader,
                &c,
                elements(&shape(&batch, [rows, columns])?),
            )?),
            false => None,
        };
        a.strides.truncate(ndim);
        b.strides.truncate(ndim);
        let mut iteration = Iteration::new(batch);
        iteration.operands.push(a);
        iteration.operands.push(b);
        iteration.collapse();
        let lanes = lanes::fits(rows, columns, depth);
        let mut matmul = Matmul {
            batch: iteration,
            rows,
            columns,
            depth,
            a: a_strides,
            b: b_strides,
            c,
            lanes,
            epilogue,
        };
        matmul.merge_rows();
        Ok(matmul)
    }

    /// Computes all products.
    pub fn run(&self) -> Result<()> {
        if self.batch.elements() * self.rows * self.columns > 0 {
            dispatch(Run(self));
        }
        Ok(())
    }

    /// Makes rows of the innermost batch axis, if B is the same for all of it and A's rows go on evenly.
    fn merge_rows(&mut self) {
        let last = self.batch.dims.len() - 1;
        let count = self.batch.dims[last];
        let step = self.batch.operands[0].strides[last] as isize;
        let shared = self.batch.operands[1].strides[last] == 0;
        let even = self.rows == 1 || step == (self.rows as isize).wrapping_mul(self.a[0]);
        if self.lanes || count <= 1 || !shared || !even || self.rows == 0 {
            return;
        }
        if self.rows == 1 {
            self.a[0] = step;
        }
        self.rows *= count;
        self.batch.dims[last] = 1;
    }

    /// The product of number `index` in the batch.
    fn product<E>(&self, index: usize) -> Product<E> {
        let cursor = Cursor::at(&self.batch.dims, index);
        let [a, b] = [0, 1].map(|i| {
            self.batch.operands[i]
                .pointer(&cursor.coords)
                .cast_const()
                .cast::<E>()
        });
        Product {
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
        }
    }

    /// The predicted time of the whole batch on one thread.
    fn cost_ns(&self) -> f64 {
        let [m, n, k] = [self.rows, self.columns, self.depth].map(|x| x as f64);
        let bytes = (m * k + k * n + m * n) * self.c.dtype.size() as f64;
        self.batch.elements() as f64 * (m * n * k / RATE + bytes / BANDWIDTH)
    }

    fn run_on<S: Simd, V: Vector>(&self) {
        let batch = self.batch.elements();
        let cost = self.cost_ns();
        if self.lanes {
            threads::parallel(cost, batch, |index| {
                // SAFETY: `read` proved that the product lies within its operands.
                unsafe { lanes::lanes::<S, V>(&self.product(index)) };
                let results = self.rows * self.columns;
                self.finish(index * results, 1, results, results);
            });
            return;
        }
        let swap = self.columns == 1;
        let (rows, columns) = if swap {
            (1, self.rows)
        } else {
            (self.rows, self.columns)
        };
        let wanted = if threads::pays(cost) {
            BLOCKS_A_THREAD * threads::threads()
        } else {
            1
        };
        let grid = Grid::new::<V>(rows, columns, batch, wanted);
        let blocks = grid.blocks();
        threads::parallel(cost, batch * blocks, |i| {
            let (index, block) = (i / blocks, i % blocks);
            let product = self.product::<V::Elem>(index);
            let product = if swap { product.swapped() } else { product };
            let finish = |row: usize, rows: usize, column: usize, width: usize| {
                self.finish(
                    (index * product.rows + row) * columns + column,
                    rows,
                    width,
                    columns,
                );
            };
            // SAFETY: `read` proved that the product lies within its operands; blocks of C are disjoint.
            unsafe { compute::<S, V>(&product, &grid, block, finish) };
        });
    }

    /// Does to results what is to be done while they are at hand: rows of `width` results, `step` apart.
    fn finish(&self, start: usize, rows: usize, width: usize, step: usize) {
        let Some(epilogue) = &self.epilogue else {
            return;
        };
        let mut scratch = Scratch::new();
        let mut machine = epilogue.machine(&mut scratch);
        if width == step {
            machine.run(start, start + rows * width);
        } else {
            for row in (start..).step_by(step).take(rows) {
                machine.run(row, row + width);
            }
        }
    }
}

/// The shape of a batch of matrices.
fn shape(batch: &[usize], matrix: [usize; 2]) -> Result<Dims> {
    let dims: Dims = batch.iter().copied().chain(matrix).collect();
    checked_elements(&dims)?;
    Ok(dims)
}

/// Reads an operand and the strides of its matrices.
fn read_matrix(
    reader: &mut Reader,
    dtype: DType,
    batch: &[usize],
    matrix: [usize; 2],
) -> Result<(Operand, [isize; 2])> {
    let operand = Operand::read(reader, dtype, &shape(batch, matrix)?)?;
    let strides = [0, 1].map(|i| operand.strides[batch.len() + i] as isize);
    Ok((operand, strides))
}

/// Runs a matmul with the types of its dtype.
struct Run<'a>(&'a Matmul);

impl Kernel for Run<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self) {
        match self.0.c.dtype {
            DType::F64 => self.0.run_on::<S, S::F64>(),
            DType::I32 => self.0.run_on::<S, S::I32>(),
            _ => self.0.run_on::<S, S::F32>(),
        }
    }
}
