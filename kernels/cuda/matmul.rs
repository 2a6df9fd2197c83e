//! matmul: one launch, a tile of the product a block; see `matmul.cuh`.

use super::device::Device;
use super::kernel::Kernel;
use super::launch::{Argument, Grid, Launch};
use super::source::{self, Finish, type_of};
use crate::cpu::matmul::Asked;
use crate::error::{Result, refuse};

/// A tile: its rows and columns, the steps that are in shared memory at a time, and the results of a thread.
struct Tile {
    name: &'static str,
    rows: usize,
    columns: usize,
    steps: usize,
    each: [usize; 2],
}

const LARGE: Tile = Tile {
    name: "large",
    rows: 128,
    columns: 128,
    steps: 8,
    each: [8, 8],
};
const MIDDLE: Tile = Tile {
    name: "middle",
    rows: 64,
    columns: 64,
    steps: 16,
    each: [4, 4],
};
const SMALL: Tile = Tile {
    name: "small",
    rows: 16,
    columns: 32,
    steps: 32,
    each: [1, 2],
};

/// The most blocks in the second and third direction of a grid.
const MOST_BLOCKS: usize = 65_535;
/// Threads that sum one result in lanes.
const LANES: usize = 16;

/// The launches of a matmul; what it is given lies from the word `at` on.
pub fn prepare(device: &'static Device, asked: &Asked, at: usize) -> Result<Vec<Launch>> {
    let ([rows, columns, _], batch) = (asked.sizes, asked.batch.elements());
    let results = rows * columns * batch;
    if results == 0 {
        return Ok(Vec::new());
    }
    let (finish, element) = (Finish::of(asked.epilogue), type_of(asked.dtype));
    let end = at + words_of_products(device.way.axes(asked.batch));
    let mut arguments = vec![Argument::Given(at), finish.argument(end)];
    let (name, call, grid) = if asked.lanes {
        arguments.push(Argument::Number(results as i64));
        let call = format!(
            "multiply_in_lanes<{element}>(*products, results, {})",
            finish.made()
        );
        ("lanes", call, Grid::over(results * LANES, device))
    } else {
        let tile = Tile::for_product(rows, columns, batch, device);
        (
            tile.name,
            tile.call(element, &finish),
            tile.grid(rows, columns, batch)?,
        )
    };
    let source = || {
        let number = if asked.lanes { ", int64 results" } else { "" };
        let (axes, given) = (asked.batch.dims.len(), finish.given());
        let entry = format!(
            "extern \"C\" __global__ void kernel(const Products<{axes}>* products, const {given}* finish{number}) {{\n  \
             {call};\n}}\n"
        );
        source::kernels(&[include_str!("matmul.cuh")], &finish.programs(), &entry)
    };
    let kernel = Kernel::of(device, &format!("multiply_{element}_{name}"), "kernel", source)?;
    Ok(vec![Launch::new(kernel, grid, arguments)])
}

/// The words of `Products`: two operands over the batch, three sizes, four strides, and where results go.
fn words_of_products(axes: usize) -> usize {
    3 * axes + 2 + 3 + 4 + 1
}

impl Tile {
    /// The largest tile of which there are enough for all multiprocessors.
    fn for_product(rows: usize, columns: usize, batch: usize, device: &Device) -> &'static Tile {
        let count = |tile: &Tile| rows.div_ceil(tile.rows) * columns.div_ceil(tile.columns) * batch;
        let enough = |tile: &&Tile| count(tile) >= device.multiprocessors;
        [&LARGE, &MIDDLE].into_iter().find(enough).unwrap_or(&SMALL)
    }

    fn call(&self, element: &str, finish: &Finish) -> String {
        let Tile {
            rows,
            columns,
            steps,
            each: [down, across],
            ..
        } = self;
        format!(
            "multiply_tiles<{element}, {rows}, {columns}, {steps}, {down}, {across}>(*products, {})",
            finish.made()
        )
    }

    fn grid(&self, rows: usize, columns: usize, batch: usize) -> Result<Grid> {
        let (down, across) = (rows.div_ceil(self.rows), columns.div_ceil(self.columns));
        if down > MOST_BLOCKS || batch > MOST_BLOCKS {
            return refuse(format!(
                "a batch of {batch} products with {rows} rows is too large"
            ));
        }
        Ok(Grid {
            blocks: [across as u32, down as u32, batch as u32],
            threads: (self.rows / self.each[0] * self.columns / self.each[1]) as u32,
        })
    }
}
