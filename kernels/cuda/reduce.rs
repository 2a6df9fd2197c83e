//! reduce: folds of blocks, and, where a result has several, joins of them; see `reduce.cuh`.

use super::device::Device;
use super::kernel::Kernel;
use super::launch::{Argument, Grid, Launch};
use super::pool::Address;
use super::source::{self, Finish, accumulator, elements, given, type_of};
use crate::cpu::reduce::combine::Combine;
use crate::cpu::reduce::{Asked, Shape};
use crate::error::Result;

/// As in `reduce.cuh`.
const ROW_BLOCK: usize = 4096;
const COLUMN_BLOCK: usize = 128;
const PARTS: usize = 32;
const WARP: usize = 32;

/// The launches of a reduction; what it is given lies from the word `at` on. `scratch` gives memory for parts.
pub fn prepare(
    device: &'static Device,
    asked: &Asked,
    at: usize,
    scratch: &mut dyn FnMut(usize) -> Result<Address>,
) -> Result<Vec<Launch>> {
    let Shape { outer, width, .. } = asked.shape;
    let results = asked.shape.results();
    if results == 0 {
        return Ok(Vec::new());
    }
    let fixed = format!(
        "{}_{}",
        fold_of(asked.combine),
        accumulator(asked.program.class())
    );
    let kernel = |name: &str| Kernel::of(device, &format!("{fixed}_{name}"), name, || source_of(asked));
    let program = at + 1;
    let finish =
        Finish::of(asked.epilogue).argument(program + device.way.words_of(asked.program, asked.over));
    let code = Argument::Number(asked.out.dtype as i64);
    let to_results = [finish, Argument::Given(at), code];
    let blocks = blocks_of(asked);
    if blocks == 1 {
        let name = if asked.rows { "rows" } else { "columns" };
        return Ok(vec![fold(
            device,
            asked,
            kernel(name)?,
            blocks,
            program,
            &to_results,
        )]);
    }
    let part = part_bytes(asked);
    let (mut parts, mut from) = (blocks, scratch(results * blocks * part)?);
    let name = if asked.rows { "row_parts" } else { "column_parts" };
    let to_parts = [Argument::Address(from)];
    let mut launches = vec![fold(device, asked, kernel(name)?, blocks, program, &to_parts)];
    while parts > 1 {
        let left = parts.div_ceil(PARTS);
        let mut arguments = vec![Argument::Address(from)];
        let name = if left == 1 {
            arguments.extend(to_results);
            "finish_parts"
        } else {
            from = scratch(results * left * part)?;
            arguments.push(Argument::Address(from));
            "join_parts"
        };
        arguments.extend([outer, parts, width].map(|number| Argument::Number(number as i64)));
        launches.push(Launch::new(
            kernel(name)?,
            Grid::over(results * left, device),
            arguments,
        ));
        parts = left;
    }
    Ok(launches)
}

/// In how many blocks the elements of a result are folded.
fn blocks_of(asked: &Asked) -> usize {
    let block = if asked.rows { ROW_BLOCK } else { COLUMN_BLOCK };
    asked.shape.length.div_ceil(block).max(1)
}

/// A launch that folds blocks.
fn fold(
    device: &Device,
    asked: &Asked,
    kernel: Kernel,
    blocks: usize,
    program: usize,
    to: &[Argument],
) -> Launch {
    let Shape {
        outer, length, width, ..
    } = asked.shape;
    let group = if asked.rows {
        length.next_power_of_two().min(WARP)
    } else {
        1
    };
    let numbers = [outer, length, width, blocks, group].map(|number| Argument::Number(number as i64));
    let arguments = [&[Argument::Given(program)], to, &numbers].concat();
    Launch::new(
        kernel,
        Grid::over(outer * width * blocks * group, device),
        arguments,
    )
}

/// The bytes of a part: a value, and where it stands if that is asked for.
fn part_bytes(asked: &Asked) -> usize {
    let value = asked.program.class().dtype().size();
    if asked.combine.finds() { 2 * value } else { value }
}

/// The name of a fold in `reduce.cuh`.
fn fold_of(combine: Combine) -> &'static str {
    match combine {
        Combine::Sum => "Sum",
        Combine::Prod => "Prod",
        Combine::Max | Combine::Any => "Max",
        Combine::Min | Combine::All => "Min",
        Combine::ArgMax => "ArgMax",
        Combine::ArgMin => "ArgMin",
    }
}

fn source_of(asked: &Asked) -> String {
    let finish = Finish::of(asked.epilogue);
    let class = accumulator(asked.program.class());
    let fold = format!("{}<{class}>", fold_of(asked.combine));
    let result = if asked.combine.finds() { "int" } else { class };
    let stored = type_of(asked.out.dtype);
    let (program, finishes) = (given("Program", asked.over), finish.given());
    let values = format!("{}{{*program}}", elements("Program", asked.over));
    let results = format!("make_results<Fold, Store>(*to, {})", finish.made());
    let entries = format!(
        "using Fold = {fold};\n\
         struct Store {{\n  using Element = {stored};\n  \
         static __device__ __forceinline__ Element element({result} x) {{ return math::convert<Element>(x); }}\n}};\n\
         #define KERNEL extern \"C\" __global__ void\n\
         #define RESULTS const {finishes}* finish, const int64* to, int64\n\
         #define SHAPE int64 outer, int64 length, int64 width, int64 blocks, int64 group\n\
         KERNEL rows(const {program}* program, RESULTS, SHAPE) {{\n  \
         fold_rows<Fold>({values}, {results}, {{outer, length, width}}, blocks, int(group));\n}}\n\
         KERNEL columns(const {program}* program, RESULTS, SHAPE) {{\n  \
         fold_columns<Fold>({values}, {results}, {{outer, length, width}}, blocks);\n}}\n\
         KERNEL row_parts(const {program}* program, Fold::Part* to, SHAPE) {{\n  \
         fold_rows<Fold>({values}, Parts<Fold>{{to}}, {{outer, length, width}}, blocks, int(group));\n}}\n\
         KERNEL column_parts(const {program}* program, Fold::Part* to, SHAPE) {{\n  \
         fold_columns<Fold>({values}, Parts<Fold>{{to}}, {{outer, length, width}}, blocks);\n}}\n\
         KERNEL join_parts(const Fold::Part* from, Fold::Part* to, int64 outer, int64 parts, int64 width) {{\n  \
         join<Fold>(from, Parts<Fold>{{to}}, outer, parts, width);\n}}\n\
         KERNEL finish_parts(const Fold::Part* from, RESULTS, int64 outer, int64 parts, int64 width) {{\n  \
         join<Fold>(from, {results}, outer, parts, width);\n}}\n"
    );
    let mut programs = vec![("Program", asked.program)];
    programs.extend(finish.programs());
    source::kernels(&[include_str!("reduce.cuh")], &programs, &entries)
}
