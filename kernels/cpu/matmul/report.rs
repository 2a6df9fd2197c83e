//! What can be told of a matmul before it runs.

use super::Matmul;
use super::tile::{most_rows, widest};
use super::turned;
use crate::cpu::report::Report;
use crate::cpu::simd::{Kernel, Simd, Vector, dispatch};
use crate::cpu::threads;
use crate::dtype::DType;

impl Matmul {
    /// How it runs.
    pub fn report(&self) -> Report {
        dispatch(Tell(self))
    }
}

struct Tell<'a>(&'a Matmul);

impl Kernel for Tell<'_> {
    type Output = Report;

    #[inline(always)]
    fn run<S: Simd>(self) -> Report {
        match self.0.dtype {
            DType::F64 => self.0.report_as::<S::F64>(),
            DType::I32 => self.0.report_as::<S::I32>(),
            _ => self.0.report_as::<S::F32>(),
        }
    }
}

impl Matmul {
    fn report_as<V: Vector>(&self) -> Report {
        let (batch, cost) = (self.batch.elements(), self.cost_ns());
        if self.is_empty() || self.lanes {
            let pays = threads::pays(cost);
            return Report {
                path: "summed in lanes".into(),
                tile: "1 result in 16 lanes".into(),
                chunks: if pays { batch.max(1) } else { 1 },
                chunk: format!("{} x {} results", self.rows, self.columns),
                private: "none".into(),
            };
        }
        let grid = self.grid::<V>(batch, cost);
        let (rows, columns, packed) = grid.block::<V>(self.depth);
        let shares = threads::pays(cost);
        let (high, wide) = if shares {
            (rows, columns)
        } else {
            (self.rows * batch, self.columns)
        };
        let (way, tile) = if grid.in_squares {
            ("B in squares", [1, V::LANES.min(columns)])
        } else if grid.turns {
            ("B turned", [rows, turned::tile_columns::<V>()])
        } else {
            let (vectors, covered) = widest::<V>(columns);
            let way = if grid.packs { "B packed" } else { "in place" };
            (way, [most_rows::<V>(vectors).min(rows), covered])
        };
        Report {
            path: format!("{}, {way}", self.operands()),
            tile: format!("{} x {} results", tile[0], tile[1]),
            chunks: if shares { batch * grid.blocks() } else { 1 },
            chunk: format!("{high} x {wide} results"),
            private: match packed {
                0 => "none".into(),
                _ => format!("{} bytes of B a thread", packed * size_of::<V::Elem>()),
            },
        }
    }

    /// How the operands lie.
    fn operands(&self) -> &'static str {
        let rows_lie = self.a[1] == 1 && self.b[1] == 1;
        let repeats = self.batch.dims.iter().enumerate().any(|(axis, &dim)| {
            dim > 1
                && self
                    .batch
                    .operands
                    .iter()
                    .any(|operand| operand.strides[axis] == 0)
        });
        match (rows_lie, repeats) {
            (true, false) => "contiguous",
            (false, false) => "strided",
            (true, true) => "broadcast",
            (false, true) => "strided and broadcast",
        }
    }
}
