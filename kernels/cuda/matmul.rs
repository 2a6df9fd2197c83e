//! matmul: one launch, a tile of the product a block, and where the depth is cut a second one, which adds the pieces; see
//! `matmul.cuh`.
//!
//! What the bits depend on, where the depth is cut, follows from the numbers of results and steps alone. Which tile is
//! taken does not matter for them; it follows from the shape too, and from no GPU, so that all of them run the same.

use super::device::Device;
use super::kernel::Module;
use super::launch::{Argument, Grid, Launch};
use super::map;
use super::pool::Address;
use super::source::{self, Finish, type_of};
use crate::cpu::matmul::Asked;
use crate::dtype::DType;
use crate::error::{Result, refuse};

/// A tile: its rows and columns, the steps that are in shared memory at a time, and the results of a thread, or of a warp.
#[derive(Clone, Copy)]
struct Tile {
    name: &'static str,
    rows: usize,
    columns: usize,
    steps: usize,
    each: [usize; 2],
}

const fn tile(name: &'static str, [rows, columns]: [usize; 2], steps: usize, each: [usize; 2]) -> Tile {
    Tile {
        name,
        rows,
        columns,
        steps,
        each,
    }
}

/// Float64 would want more registers than there are.
const LARGE: Tile = tile("large", [128, 128], 8, [8, 8]);
const MIDDLE: Tile = tile("middle", [64, 64], 16, [8, 4]);
const SMALL: Tile = tile("small", [32, 32], 32, [4, 4]);
/// For a few rows, or a few columns.
const WIDE: Tile = tile("wide", [16, 128], 16, [4, 4]);
const TALL: Tile = tile("tall", [128, 16], 16, [4, 4]);

/// For float32 on tensor cores.
const TENSOR_LARGE: Tile = tile("tensor_large", [128, 128], 16, [64, 32]);
const TENSOR_MIDDLE: Tile = tile("tensor_middle", [64, 64], 16, [32, 32]);
/// Where there are tensor cores for float32.
const TENSOR_CAPABILITY: (i32, i32) = (8, 0);

/// So many tiles keep a large GPU busy.
const ENOUGH_TILES: usize = 128;
/// Products of at most so many results and steps are computed a result a thread.
const TINY: [usize; 2] = [256, 128];

/// The depth is cut from so many steps on, into pieces of at least `LEAST_STEPS`, if there are fewer results than
/// `FEW_RESULTS`: as many as 128 small tiles have.
const LONG: usize = 1024;
const LEAST_STEPS: usize = 256;
const FEW_RESULTS: usize = 128 * 32 * 32;
const MOST_PIECES: usize = 256;
/// A piece is whole panels of any tile.
const PANEL_STEPS: usize = 32;

/// The bytes of an element of each of the threads that a multiprocessor should have room for, by their registers.
const BUSY_BYTES: usize = 2048;
/// Threads that sum one result in lanes; products with fewer results than that are not for tensor cores.
const LANES: usize = 16;
const WARP: usize = 32;

/// The launches of a matmul; what it is given lies from the word `at` on. `scratch` gives memory for pieces.
pub fn prepare(
    device: &'static Device,
    asked: &Asked,
    at: usize,
    scratch: &mut dyn FnMut(usize) -> Result<Address>,
) -> Result<Vec<Launch>> {
    let ([rows, columns, depth], batch) = (asked.sizes, asked.batch.elements());
    let results = rows * columns * batch;
    if results == 0 {
        return Ok(Vec::new());
    }
    let (steps, pieces) = cut(results, depth);
    let to = match pieces {
        1 => 0,
        _ => scratch(pieces * results * asked.dtype.size())?,
    };
    let finish = Finish::of(asked.epilogue);
    let end = at + words_of_products(device.way.axes(asked.batch));
    let numbers = [batch, steps, results].map(|number| Argument::Number(number as i64));
    let mut arguments = vec![Argument::Given(at)];
    arguments.extend(finish.argument(device.way, end));
    arguments.extend(numbers);
    arguments.extend([Argument::Address(to), Argument::Number(pieces as i64)]);
    let kind = Kind::of(asked, pieces, device.gpu.capability);
    let element = type_of(asked.dtype);
    let module = Module::of(device, || source_of(asked, &kind, &finish))?;
    let kernel = module.kernel(&format!("multiply_{element}_{}", kind.name()), "multiply")?;
    let mut launches = vec![Launch::new(
        kernel,
        kind.grid(asked, pieces, device)?,
        arguments.clone(),
    )];
    if pieces > 1 {
        let kernel = module.kernel(&format!("add_pieces_{element}"), "add")?;
        launches.push(Launch::new(kernel, Grid::over(results, device), arguments));
    }
    launches.extend(map::prepare_epilogue(device, asked.epilogue, end)?);
    Ok(launches)
}

/// How many steps a piece of the depth has, and how many pieces there are.
fn cut(results: usize, depth: usize) -> (usize, usize) {
    if depth < LONG || results >= FEW_RESULTS {
        return (depth, 1);
    }
    let wanted = (FEW_RESULTS.div_ceil(results)).min(depth / LEAST_STEPS);
    let steps = depth
        .div_ceil(wanted.min(MOST_PIECES))
        .next_multiple_of(PANEL_STEPS);
    (steps, depth.div_ceil(steps))
}

/// The words of `Products`: two operands over the batch, three sizes, four strides, and where results go.
fn words_of_products(axes: usize) -> usize {
    3 * axes + 2 + 3 + 4 + 1
}

/// The ways to compute a product.
enum Kind {
    Lanes,
    Each,
    Tiles(Tile),
    /// On tensor cores; and which of A and B have their steps side by side.
    Tensors(Tile, [bool; 2]),
}

impl Kind {
    /// By tiles the largest is taken of which there are enough, and that are not mostly empty.
    fn of(asked: &Asked, pieces: usize, capability: (i32, i32)) -> Kind {
        let ([rows, columns, depth], batch) = (asked.sizes, asked.batch.elements());
        let enough = |tile: &&Tile| {
            let filled = 2 * rows > tile.rows && 2 * columns > tile.columns;
            filled && tile.count(rows, columns) * batch * pieces >= ENOUGH_TILES
        };
        let large = match asked.dtype {
            DType::F64 => &[MIDDLE][..],
            _ => &[LARGE, MIDDLE],
        };
        match () {
            _ if asked.lanes => Kind::Lanes,
            _ if asked.tf32 && rows * columns >= LANES && capability >= TENSOR_CAPABILITY => {
                let tile = [TENSOR_LARGE].iter().find(enough).unwrap_or(&TENSOR_MIDDLE);
                Kind::Tensors(*tile, [asked.a[1], asked.b[0]].map(|step| step == 1))
            }
            _ if rows * columns <= TINY[0] && depth <= TINY[1] => Kind::Each,
            _ if rows <= WIDE.rows && columns > WIDE.rows => Kind::Tiles(WIDE),
            _ if columns <= TALL.columns && rows > TALL.columns => Kind::Tiles(TALL),
            _ => Kind::Tiles(*large.iter().find(enough).unwrap_or(&SMALL)),
        }
    }

    /// The end of the names of fixed kernels.
    fn name(&self) -> String {
        match self {
            Kind::Lanes => "lanes".into(),
            Kind::Each => "each".into(),
            Kind::Tiles(tile) => tile.name.into(),
            Kind::Tensors(tile, [a, b]) => format!("{}_{}{}", tile.name, u8::from(*a), u8::from(*b)),
        }
    }

    /// The threads of a block, if it has a tile.
    fn threads(&self) -> Option<(&Tile, usize)> {
        match self {
            Kind::Lanes | Kind::Each => None,
            Kind::Tiles(tile) => Some((tile, tile.parts())),
            Kind::Tensors(tile, _) => Some((tile, tile.parts() * WARP)),
        }
    }

    fn grid(&self, asked: &Asked, pieces: usize, device: &Device) -> Result<Grid> {
        let ([rows, columns, depth], batch) = (asked.sizes, asked.batch.elements());
        let Some((tile, threads)) = self.threads() else {
            let lanes = if asked.lanes { LANES } else { 1 };
            return Ok(Grid::over(rows * columns * batch * pieces * lanes, device));
        };
        match i32::try_from(tile.count(rows, columns) * batch * pieces) {
            Ok(count) if i32::try_from(depth).is_ok() => Ok(Grid {
                blocks: [count as u32, 1, 1],
                threads: threads as u32,
            }),
            _ => refuse(format!(
                "{batch} products of {rows} by {columns} results and {depth} steps are too large"
            )),
        }
    }

    /// The kernel's bounds, and the function that it calls, up to its arguments.
    fn call(&self, element: &str, size: usize) -> [String; 2] {
        let bounds = self.threads().map_or(String::new(), |(_, threads)| {
            format!("__launch_bounds__({threads}, {})", BUSY_BYTES / size / threads)
        });
        let numbers = |tile: &Tile| {
            let Tile {
                rows,
                columns,
                steps,
                each: [down, across],
                ..
            } = tile;
            format!("{rows}, {columns}, {steps}, {down}, {across}")
        };
        let function = match self {
            Kind::Lanes => format!("multiply_in_lanes<{element}>"),
            Kind::Each => format!("multiply_each<{element}>"),
            Kind::Tiles(tile) => format!("multiply_tiles<{element}, {}>", numbers(tile)),
            Kind::Tensors(tile, [a, b]) => format!("multiply_tensors<{}, {a}, {b}>", numbers(tile)),
        };
        [bounds, function]
    }
}

impl Tile {
    /// How many a product has.
    fn count(&self, rows: usize, columns: usize) -> usize {
        rows.div_ceil(self.rows) * columns.div_ceil(self.columns)
    }

    /// How many threads, or warps, share it.
    fn parts(&self) -> usize {
        self.rows / self.each[0] * self.columns / self.each[1]
    }
}

/// The kernel of a kind, and the one that adds pieces.
fn source_of(asked: &Asked, kind: &Kind, finish: &Finish) -> String {
    let (element, made) = (type_of(asked.dtype), finish.made());
    let [bounds, function] = kind.call(element, asked.dtype.size());
    let (axes, given) = (asked.batch.dims.len(), finish.given());
    let arguments = format!(
        "const Products<{axes}>* products, const {given}* finish, int64 batch, int64 steps, int64 results, int64 to, \
         int64 pieces"
    );
    let cut = "const Cut cut = {batch, steps, results, pieces, to};";
    let entries = format!(
        "extern \"C\" __global__ void {bounds} multiply({arguments}) {{\n  {cut}\n  \
         {function}(*products, cut, {made});\n}}\n\
         extern \"C\" __global__ void add({arguments}) {{\n  {cut}\n  \
         add_pieces<{element}>(*products, cut, {made});\n}}\n"
    );
    source::kernels(FAMILY, &finish.programs(), &entries)
}

/// What the kernels are made of.
pub const FAMILY: &[&str] = &[
    include_str!("asm.cuh"),
    include_str!("panel.cuh"),
    include_str!("matmul.cuh"),
    include_str!("tensor.cuh"),
];
