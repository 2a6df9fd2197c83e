//! reduce: folds of blocks, and, where a result has several, joins of them; see `reduce.cuh`.

use super::device::Device;
use super::given::Way;
use super::kernel::{Kernel, Module};
use super::launch::{Argument, Grid, Launch};
use super::pool::Address;
use super::source::{self, Finish, accumulator, elements, given, type_of};
use super::{fixed, map};
use crate::cpu::reduce::combine::Combine;
use crate::cpu::reduce::{Asked, Shape};
use crate::error::Result;

/// As in `reduce.cuh`.
const PARTS: usize = 32;
const WARP: usize = 32;

/// The launches of a reduction; what it is given lies from the word `at` on. `scratch` gives memory for parts.
pub fn prepare(
    device: &'static Device,
    asked: &Asked,
    at: usize,
    scratch: &mut dyn FnMut(usize) -> Result<Address>,
) -> Result<Vec<Launch>> {
    let results = asked.shape.results();
    if results == 0 {
        return Ok(Vec::new());
    }
    let fixed = format!("{}_{}", fold_of(asked), accumulator(asked.program.class()));
    let module = Module::of(device, || source_of(asked))?;
    let kernel = |name: &str| module.kernel(&format!("{fixed}_{name}"), name);
    let program = at + 1;
    let end = program + device.way.words_of(asked.program, asked.over);
    let (mut launches, values) = prepare_values(device, asked, program, scratch)?;
    let finish = Finish::of(asked.epilogue).argument(device.way, end);
    let code = Argument::Number(asked.out.dtype as i64);
    let to_results: Vec<_> = finish.into_iter().chain([Argument::Given(at), code]).collect();
    let blocks = asked.shape.length.div_ceil(asked.shape.block).max(1);
    if blocks == 1 {
        let name = if asked.rows { "rows" } else { "columns" };
        let arguments = [values, to_results].concat();
        launches.push(fold(device, asked, kernel(name)?, blocks, arguments));
    } else {
        let parts = scratch(results * blocks * part_bytes(asked))?;
        let name = if asked.rows { "row_parts" } else { "column_parts" };
        let arguments = [values, vec![Argument::Address(parts)]].concat();
        launches.push(fold(device, asked, kernel(name)?, blocks, arguments));
        launches.extend(joins(
            device,
            asked,
            &kernel,
            (parts, blocks),
            &to_results,
            scratch,
        )?);
    }
    launches.extend(map::prepare_epilogue(device, asked.epilogue, end)?);
    Ok(launches)
}

/// The launches that join parts, each a level of the tree: where the parts are, how many each result has, where results go.
fn joins(
    device: &Device,
    asked: &Asked,
    kernel: &dyn Fn(&str) -> Result<Kernel>,
    (mut from, mut parts): (Address, usize),
    to_results: &[Argument],
    scratch: &mut dyn FnMut(usize) -> Result<Address>,
) -> Result<Vec<Launch>> {
    let Shape { outer, width, .. } = asked.shape;
    let results = asked.shape.results();
    let mut launches = Vec::new();
    while parts > 1 {
        let left = parts.div_ceil(PARTS);
        let mut arguments = vec![Argument::Address(from)];
        let name = if left == 1 {
            arguments.extend(to_results);
            "finish_parts"
        } else {
            from = scratch(results * left * part_bytes(asked))?;
            arguments.push(Argument::Address(from));
            "join_parts"
        };
        arguments.extend([outer, parts, width].map(|number| Argument::Number(number as i64)));
        let grid = Grid::over(results * left, device);
        launches.push(Launch::new(kernel(name)?, grid, arguments));
        parts = left;
    }
    Ok(launches)
}

/// What a fold is told of its values. Printed kernels compute them; fixed ones read them from an operand, or from memory
/// that another launch has filled.
fn prepare_values(
    device: &'static Device,
    asked: &Asked,
    at: usize,
    scratch: &mut dyn FnMut(usize) -> Result<Address>,
) -> Result<(Vec<Launch>, Vec<Argument>)> {
    if device.way == Way::Printed {
        return Ok((Vec::new(), vec![Argument::Given(at)]));
    }
    let (over, dtype) = (asked.over, asked.program.class().dtype());
    let direct = asked.program.identity();
    if let Some(operand) = direct.filter(|&operand| over.operands[operand].is_contiguous(&over.dims)) {
        let base = Argument::Given(at + Way::word_of_base(over, operand));
        return Ok((Vec::new(), vec![base, Argument::Number(0)]));
    }
    let count = over.elements();
    let to = Argument::Address(scratch(count * dtype.size())?);
    let numbers = [dtype as i64, count as i64].map(Argument::Number);
    let launch = Launch::new(
        fixed::module(device)?.kernel("values_interpreted", "")?,
        Grid::over(count, device),
        [&[Argument::Given(at), to], &numbers[..]].concat(),
    );
    Ok((vec![launch], vec![Argument::Given(at), to]))
}

/// A launch that folds blocks; the arguments are those before the shape.
fn fold(
    device: &Device,
    asked: &Asked,
    kernel: Kernel,
    blocks: usize,
    mut arguments: Vec<Argument>,
) -> Launch {
    let Shape {
        outer, length, width, ..
    } = asked.shape;
    let group = if asked.rows {
        length.next_power_of_two().min(WARP)
    } else {
        1
    };
    arguments.extend([outer, length, width, blocks, group].map(|number| Argument::Number(number as i64)));
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

/// The name of a fold in `reduce.cuh`. Flags are folded as numbers are; of no flags none is set, and all are.
pub fn fold_of(asked: &Asked) -> &'static str {
    match asked.combine {
        Combine::Any if asked.shape.length == 0 => "Sum",
        Combine::All if asked.shape.length == 0 => "Prod",
        Combine::Sum => "Sum",
        Combine::Prod => "Prod",
        Combine::Max | Combine::Any => "Max",
        Combine::Min | Combine::All => "Min",
        Combine::ArgMax => "ArgMax",
        Combine::ArgMin => "ArgMin",
    }
}

/// The type that makes results elements of memory.
pub fn store_of(name: &str, asked: &Asked) -> String {
    let result = match asked.combine.finds() {
        true => "int",
        false => accumulator(asked.program.class()),
    };
    let stored = type_of(asked.out.dtype);
    format!(
        "struct {name} {{\n  using Element = {stored};\n  \
         static __device__ __forceinline__ Element element({result} x) {{ return math::convert<Element>(x); }}\n}};\n"
    )
}

fn source_of(asked: &Asked) -> String {
    let finish = Finish::of(asked.epilogue);
    let fold = format!("{}<{}>", fold_of(asked), accumulator(asked.program.class()));
    let store = store_of("Store", asked);
    let (program, finishes) = (given("Program", asked.over), finish.given());
    let values = format!("{}{{*program}}", elements("Program", asked.over));
    let results = format!("make_results<Fold, Store>(*to, {})", finish.made());
    let entries = format!(
        "using Fold = {fold};\n{store}\
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
