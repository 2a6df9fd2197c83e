//! Consecutive steps over the same rows as one launch, if rows fit in shared memory; see `rows.cuh`.
//!
//! Softmax of rows of 4,096 reads and writes 16 KiB a row in memory; as four launches it reads 48 KiB and writes 32.

use super::device::Device;
use super::given::Way;
use super::kernel::Module;
use super::launch::{Argument, Grid, Launch};
use super::map::width_of;
use super::reduce::{fold_of, store_of};
use super::source::{self, accumulator, elements, given, type_of};
use crate::cpu::map::Map;
use crate::cpu::reduce;
use crate::device::Step;
use crate::dtype::DType;
use crate::error::Result;
use crate::layout::{Iteration, RowSpan};
use crate::program::Program;
use std::fmt::Write;

/// Threads of a block, as `Grid::over` has it, and of a warp.
const BLOCK: usize = 256;
const WARP: usize = 32;
/// What the rows of a block may take of shared memory; some is left for what is folded.
const SHARED_BYTES: usize = 47 << 10;
/// Shorter rows are folded side by side, by less than a warp each.
const SHORTEST: usize = WARP;

/// What a step reads or writes in each row.
struct Access {
    step: usize,
    /// Which operand of its program it is, if that can be moved.
    operand: Option<usize>,
    dtype: DType,
    span: RowSpan,
    writes: bool,
}

/// A row that lies in shared memory, from a byte on, and who uses it.
struct Held<'a> {
    at: usize,
    bytes: usize,
    users: Vec<&'a Access>,
}

/// The launch of some steps, each of which finds what it is given from a word on; none if they are better run by themselves.
pub fn prepare(
    device: &'static Device,
    steps: &[Step],
    rows: usize,
    ats: &[usize],
) -> Result<Option<Launch>> {
    let accesses = accesses(steps, rows);
    let held = held(&accesses);
    let bytes = held
        .last()
        .map_or(0, |last| last.at + last.bytes.next_multiple_of(16));
    let short = steps.iter().any(|step| row_length(step, rows) < SHORTEST);
    if device.way != Way::Printed || held.is_empty() || short || bytes > SHARED_BYTES {
        return Ok(None);
    }
    let single = steps.iter().all(|step| blocks_of(step, rows) == 1);
    let group = match bytes * (BLOCK / WARP) <= SHARED_BYTES && single {
        true => WARP,
        false => BLOCK,
    };
    let kernel = Module::of(device, || source_of(steps, rows, &held, bytes, group))?.kernel("", "kernel")?;
    let mut arguments: Vec<_> = steps
        .iter()
        .zip(ats)
        .flat_map(|(step, &at)| arguments(device.way, step, at))
        .collect();
    arguments.push(Argument::Number(rows as i64));
    Ok(Some(Launch::new(
        kernel,
        Grid::over(rows * group, device),
        arguments,
    )))
}

fn accesses(steps: &[Step], rows: usize) -> Vec<Access> {
    let mut found = Vec::new();
    for (number, step) in steps.iter().enumerate() {
        let movable = match step {
            Step::Reduce(reduce) => reduce.asked().program.inputs.len(),
            _ => usize::MAX,
        };
        let mut operand = 0;
        step.each_operand(&mut |one, dims, writes| {
            if let Some(span) = one.row_span(dims, rows).filter(|_| one.dtype.has_memory()) {
                let moves = operand < movable && one.is_contiguous(dims) && !span.moves();
                found.push(Access {
                    step: number,
                    operand: moves.then_some(operand),
                    dtype: one.dtype,
                    span,
                    writes,
                });
            }
            operand += 1;
        });
    }
    found
}

/// The rows that are used more than once, by operands that are exactly these rows and can all be moved.
fn held(accesses: &[Access]) -> Vec<Held<'_>> {
    let mut held: Vec<Held> = Vec::new();
    for (number, first) in accesses.iter().enumerate() {
        let users: Vec<_> = accesses
            .iter()
            .filter(|other| other.span.meets(&first.span))
            .collect();
        let same =
            |user: &&Access| user.operand.is_some() && user.span == first.span && user.dtype == first.dtype;
        let is_first = accesses[..number]
            .iter()
            .all(|other| !other.span.meets(&first.span));
        // An element a row is what a reduce, too, might write.
        let large = first.span.bytes() > size_of::<f64>();
        if users.len() > 1 && users.iter().all(same) && is_first && large {
            let at = held
                .last()
                .map_or(0, |last| last.at + last.bytes.next_multiple_of(16));
            let bytes = first.span.bytes();
            held.push(Held { at, bytes, users });
        }
    }
    held
}

/// What a step runs: a program over a shape, and a fold of what it computes.
fn work_of(step: &Step) -> Option<(&Program, &Iteration, Option<reduce::Asked<'_>>)> {
    match step {
        Step::Map(map) => Some(map.first()).map(|(program, over)| (program, over, None)),
        Step::Reduce(reduce) => {
            let asked = reduce.asked();
            Some((asked.program, asked.over, Some(asked)))
        }
        _ => None,
    }
}

fn row_length(step: &Step, rows: usize) -> usize {
    work_of(step).map_or(0, |(_, over, _)| over.elements() / rows)
}

/// The blocks that a row is folded in.
fn blocks_of(step: &Step, rows: usize) -> usize {
    match work_of(step) {
        Some((_, _, Some(asked))) => row_length(step, rows).div_ceil(asked.shape.block),
        _ => 1,
    }
}

/// What is given to a step: its program's operands, and, of a reduce, where results go and what goes on with them.
fn arguments(way: Way, step: &Step, at: usize) -> Vec<Argument> {
    match work_of(step) {
        Some((program, over, Some(asked))) => {
            let end = at + 1 + way.words_of(program, over);
            let finish = asked.epilogue.map(|_| Argument::Given(end));
            [Some(Argument::Given(at + 1)), Some(Argument::Given(at)), finish]
                .into_iter()
                .flatten()
                .collect()
        }
        _ => vec![Argument::Given(at)],
    }
}

fn source_of(steps: &[Step], rows: usize, held: &[Held], bytes: usize, group: usize) -> String {
    let mut text = Text::default();
    for (number, step) in steps.iter().enumerate() {
        text.step(number, step, rows, held, group);
    }
    let copy = |held: &Held, user: &Access, loads: bool| {
        let length = row_length(&steps[user.step], rows);
        let (element, operand) = (type_of(user.dtype), user.operand.unwrap_or(0));
        let row = format!(
            "row_of<{element}>(*given{}, {operand}, row * {length})",
            user.step
        );
        let place = format!("held + {}", held.at);
        let [to, from] = if loads { [place, row] } else { [row, place] };
        format!(
            "    copy_row<{group}, {element}>({to}, {from}, {});\n",
            held.bytes
        )
    };
    let loads: String = held
        .iter()
        .filter(|held| !held.users[0].writes)
        .map(|held| copy(held, held.users[0], true))
        .collect();
    let stores: String = held
        .iter()
        .filter_map(|held| Some(copy(held, held.users.iter().find(|user| user.writes)?, false)))
        .collect();
    let (groups, meet) = (BLOCK / group, format!("    meet<{group}>();\n"));
    let Text {
        types,
        parameters,
        body,
        ..
    } = &text;
    let entry = format!(
        "{types}extern \"C\" __global__ void __launch_bounds__({BLOCK}) kernel({parameters}int64 rows) {{\n  \
         __shared__ __align__(16) unsigned char memory[{groups}][{bytes}];\n  \
         unsigned char* const held = memory[threadIdx.x / {group}];\n  \
         const int64 first = int64(blockIdx.x) * {groups} + threadIdx.x / {group};\n  \
         for (int64 row = first; row < rows; row += int64(gridDim.x) * {groups}) {{\n\
         {loads}{meet}{body}{stores}{meet}  }}\n}}\n"
    );
    let programs: Vec<_> = text
        .programs
        .iter()
        .map(|(name, program)| (&**name, *program))
        .collect();
    let family = [include_str!("reduce.cuh"), include_str!("rows.cuh")];
    source::kernels(&family, &programs, &entry)
}

/// The parts of a kernel, as they come together step by step.
#[derive(Default)]
struct Text<'a> {
    programs: Vec<(String, &'a Program)>,
    types: String,
    parameters: String,
    body: String,
}

impl<'a> Text<'a> {
    fn step(&mut self, number: usize, step: &'a Step, rows: usize, held: &[Held], group: usize) {
        let Some((program, over, fold)) = work_of(step) else {
            return;
        };
        let (name, length) = (format!("Program{number}"), row_length(step, rows));
        self.parameter(&name, over, &format!("given{number}"));
        let mut moves = String::new();
        for (held, user) in held
            .iter()
            .flat_map(|held| held.users.iter().map(move |user| (held, user)))
        {
            if let (true, Some(operand)) = (user.step == number, user.operand) {
                let element = type_of(user.dtype);
                // Writing to a string cannot fail.
                _ = writeln!(
                    moves,
                    "      move<{element}>(given, {operand}, row * {length}, held + {});",
                    held.at
                );
            }
        }
        let values = format!("{}{{given}}", elements(&name, over));
        self.programs.push((name, program));
        let call = match fold {
            Some(asked) => self.fold(number, &asked, blocks_of(step, rows), group, &values),
            None => {
                let width = Some(width_of(over))
                    .filter(|width| length % width == 0)
                    .unwrap_or(1);
                format!("map_row<{group}, {width}>({values}, row * {length}, {length})")
            }
        };
        _ = write!(
            self.body,
            "    {{\n      auto given = *given{number};\n{moves}      {call};\n    }}\n    meet<{group}>();\n"
        );
    }

    /// The call that folds a row.
    fn fold(
        &mut self,
        number: usize,
        asked: &reduce::Asked<'a>,
        blocks: usize,
        group: usize,
        values: &str,
    ) -> String {
        let store = format!("Store{number}");
        self.types += &store_of(&store, asked);
        _ = write!(self.parameters, "const int64* to{number}, ");
        let finish = match asked.epilogue.map(Map::first) {
            Some((program, over)) => {
                let name = format!("Finish{number}");
                self.parameter(&name, over, &format!("finish{number}"));
                let made = format!("{}{{*finish{number}}}", elements(&name, over));
                self.programs.push((name, program));
                made
            }
            None => "Nothing{}".into(),
        };
        let fold = format!("{}<{}>", fold_of(asked), accumulator(asked.program.class()));
        format!(
            "fold_row<{fold}, {group}, {blocks}>({values}, make_results<{fold}, {store}>(*to{number}, {finish}), row, {})",
            asked.shape.length
        )
    }

    fn parameter(&mut self, program: &str, over: &Iteration, name: &str) {
        _ = write!(self.parameters, "const {}* {name}, ", given(program, over));
    }
}
