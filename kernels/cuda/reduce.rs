//! reduce: folds of blocks, and, where a result has several, joins of them; see `reduce.cuh`.

use super::device::Device;
use super::kernel::{Kernel, Module};
use super::launch::{Argument, Grid, Launch};
use super::pool::Address;
use super::source::{self, Finish, accumulator, conversion_to, elements, type_of};
use crate::cpu::reduce::combine::Combine;
use crate::cpu::reduce::{Asked, Shape};
use crate::dtype::Class;
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
    let shape = asked.shape;
    if shape.results() == 0 {
        return Ok(Vec::new());
    }
    let module = Module::compiled(device, &source_of(asked))?;
    let kernel = |name: &str| module.kernel(name);
    let block = if asked.rows { ROW_BLOCK } else { COLUMN_BLOCK };
    let blocks = shape.length.div_ceil(block).max(1);
    let fold = |kernel, to| fold(device, asked, kernel, blocks, Argument::Given(at), to);
    if blocks == 1 {
        return Ok(vec![fold(kernel("fold_results")?, Argument::Number(0))]);
    }
    let (mut parts, part) = (blocks, part_bytes(asked));
    let mut from = scratch(shape.results() * parts * part)?;
    let mut launches = vec![fold(kernel("fold_parts")?, Argument::Address(from))];
    while parts > 1 {
        let left = parts.div_ceil(PARTS);
        let (name, to) = match left {
            1 => ("join_results", 0),
            _ => ("join_parts", scratch(shape.results() * left * part)?),
        };
        let arguments = vec![
            Argument::Given(at),
            Argument::Address(from),
            Argument::Address(to),
            Argument::Number(shape.outer as i64),
            Argument::Number(parts as i64),
            Argument::Number(shape.width as i64),
        ];
        launches.push(Launch::new(
            kernel(name)?,
            Grid::over(shape.results() * left, device),
            arguments,
        ));
        (parts, from) = (left, to);
    }
    Ok(launches)
}

/// A launch that folds blocks.
fn fold(
    device: &Device,
    asked: &Asked,
    kernel: Kernel,
    blocks: usize,
    given: Argument,
    to: Argument,
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
    let arguments = [given, to].into_iter().chain(numbers).collect();
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
    let values = elements("Program", asked.over);
    let class: Class = asked.program.class();
    let (stored, convert) = (type_of(asked.out.dtype), conversion_to(asked.out.dtype));
    let fold = format!("{}<{}>", fold_of(asked.combine), accumulator(class));
    let result = if asked.combine.finds() {
        "int"
    } else {
        accumulator(class)
    };
    let results = format!("make_results<Fold, Store>(given->to, {})", finish.made);
    let folds = if asked.rows { "fold_rows" } else { "fold_columns" };
    let group = if asked.rows { ", int(group)" } else { "" };
    let axes = asked.over.dims.len();
    let field = &finish.field;
    let entries = format!(
        "struct Arguments {{ int64 to; Given<Program, {axes}> values; {field} }};\n\
         using Fold = {fold};\n\
         struct Store {{\n  using Element = {stored};\n  \
         static __device__ __forceinline__ Element element({result} x) {{ return {convert}(x); }}\n}};\n\
         extern \"C\" __global__ void fold_results(const Arguments* given, Fold::Part*, int64 outer, int64 length, \
         int64 width, int64 blocks, int64 group) {{\n  \
         {folds}<Fold>({values}{{given->values}}, {results}, {{outer, length, width}}, blocks{group});\n}}\n\
         extern \"C\" __global__ void fold_parts(const Arguments* given, Fold::Part* to, int64 outer, int64 length, \
         int64 width, int64 blocks, int64 group) {{\n  \
         {folds}<Fold>({values}{{given->values}}, Parts<Fold>{{to}}, {{outer, length, width}}, blocks{group});\n}}\n\
         extern \"C\" __global__ void join_parts(const Arguments*, const Fold::Part* from, Fold::Part* to, int64 outer, \
         int64 parts, int64 width) {{\n  \
         join<Fold>(from, Parts<Fold>{{to}}, outer, parts, width);\n}}\n\
         extern \"C\" __global__ void join_results(const Arguments* given, const Fold::Part* from, Fold::Part*, \
         int64 outer, int64 parts, int64 width) {{\n  \
         join<Fold>(from, {results}, outer, parts, width);\n}}\n"
    );
    let mut programs = vec![("Program", asked.program)];
    programs.extend(finish.programs);
    source::kernels(&[include_str!("reduce.cuh")], &programs, &entries)
}
