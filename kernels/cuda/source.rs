//! Programs as CUDA C: one device function for an element, which the families' kernels call.
//!
//! What is printed depends on the program alone, not on shapes, addresses or constants, so that one text serves every run
//! of it. Rules are the expressions of the table of ops; what they call stands in `math.cuh`.

use super::given::Way;
use super::launch::Argument;
use crate::cpu::map::Map;
use crate::dtype::{Class, DType};
use crate::layout::Iteration;
use crate::ops::Op;
use crate::program::{Code, Instruction, OUTPUTS, Program, RESULT, SPILLS, SPLATS};
use std::fmt::{self, Write};

/// What the kernels of every family begin with.
const COMMON: &[&str] = &[
    include_str!("types.cuh"),
    include_str!("math/machine.cuh"),
    include_str!("math/constants.cuh"),
    include_str!("math/arithmetic.cuh"),
    include_str!("math/pair.cuh"),
    include_str!("math/round.cuh"),
    include_str!("math/exponential.cuh"),
    include_str!("math/reduce.cuh"),
    include_str!("math/sine.cuh"),
    include_str!("math/angle.cuh"),
    include_str!("math/erf.cuh"),
    include_str!("math/power.cuh"),
    include_str!("math/hyperbolic.cuh"),
    include_str!("math/root.cuh"),
    include_str!("math/remainder.cuh"),
    include_str!("math/convert.cuh"),
    include_str!("math/random.cuh"),
    include_str!("elements.cuh"),
];

/// The source of a family's kernels for some programs: `family` are the files that it is made of.
pub fn kernels(family: &[&str], programs: &[(&str, &Program)], entries: &str) -> String {
    let printed: String = programs.iter().map(|&(name, one)| program(name, one)).collect();
    let text = [&COMMON.concat(), &family.concat(), &*printed, entries].concat();
    text.replace("#pragma once\n", "")
}

/// The type of a program over a shape, in kernels: told how far its elements reach.
pub fn elements(name: &str, over: &Iteration) -> String {
    let index = if over.is_short() { "int" } else { "int64" };
    format!("Elements<{name}, {}, {index}>", over.dims.len())
}

/// The type of what a program over a shape is given.
pub fn given(name: &str, over: &Iteration) -> String {
    format!("Given<{name}, {}>", over.dims.len())
}

/// What a kernel does with each result: a program over the results' shape, if there is one.
pub struct Finish<'a> {
    job: Option<(&'a Program, &'a Iteration)>,
}

impl<'a> Finish<'a> {
    /// What is done with results.
    pub fn of(epilogue: Option<&'a Map>) -> Finish<'a> {
        Finish {
            job: epilogue.map(Map::first),
        }
    }

    /// The program, to be printed.
    pub fn programs(&self) -> Vec<(&'static str, &'a Program)> {
        self.job.iter().map(|&(program, _)| ("Finish", program)).collect()
    }

    /// The type of what a kernel is given for it.
    pub fn given(&self) -> String {
        self.job.map_or("void".into(), |(_, over)| given("Finish", over))
    }

    /// What a kernel calls, whose argument is named `finish`.
    pub fn made(&self) -> String {
        self.job.map_or("Nothing{}".into(), |(_, over)| {
            format!("{}{{*finish}}", elements("Finish", over))
        })
    }

    /// The kernel's argument: where it is given, or null. Fixed kernels take none, as another launch goes on with results.
    pub fn argument(&self, way: Way, at: usize) -> Option<Argument> {
        let given = self.job.map_or(Argument::Number(0), |_| Argument::Given(at));
        (way == Way::Printed).then_some(given)
    }
}

/// The type of an element in memory.
pub fn type_of(dtype: DType) -> &'static str {
    match dtype {
        DType::F32 => "float",
        DType::F64 => "double",
        DType::I32 => "int",
        DType::U8 => "unsigned char",
        DType::Bool => "bool",
        DType::Index => "long long",
    }
}

/// The type of a class's accumulator.
pub fn accumulator(class: Class) -> &'static str {
    type_of(class.dtype())
}

/// A struct for a program: how many operands and constants it has, the function for an element, and one that reads and
/// writes the operands of neighbours (`run`), or reads those of one element and returns its value (`value`).
pub fn program(name: &str, program: &Program) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    _ = write_program(&mut text, name, program);
    text
}

fn write_program(text: &mut String, name: &str, program: &Program) -> fmt::Result {
    let operands = (program.inputs.len() + program.outputs.len()).max(1);
    writeln!(text, "struct {name} {{")?;
    writeln!(
        text,
        "  static constexpr int operands = {operands}, constants = {};",
        program.consts.len()
    )?;
    write_element(text, program)?;
    if program.outputs.is_empty() {
        write_value(text, program)?;
    } else {
        write_run(text, program)?;
    }
    writeln!(text, "}};")
}

/// The function for an element: inputs by value, constants as they are, outputs by reference. One without outputs
/// returns its last accumulator.
fn write_element(text: &mut String, program: &Program) -> fmt::Result {
    let result = if program.outputs.is_empty() {
        accumulator(program.class())
    } else {
        "void"
    };
    let mut arguments = vec!["const double* c".to_string()];
    arguments.extend(numbered(&program.inputs, |i, name| format!("{name} i{i}")));
    arguments.extend(numbered(&program.outputs, |i, name| format!("{name}& o{i}")));
    writeln!(
        text,
        "  static __device__ __forceinline__ {result} element({}) {{",
        arguments.join(", ")
    )?;
    for spill in numbered(&program.spills, |i, name| format!("    {name} s{i};")) {
        writeln!(text, "{spill}")?;
    }
    for (number, chain) in program.chains.iter().enumerate() {
        let class = chain.class;
        writeln!(text, "    {} f{number};", accumulator(class))?;
        for instruction in &program.code[usize::from(chain.start)..usize::from(chain.end)] {
            let line = Line {
                program,
                class,
                number,
                instruction,
            };
            writeln!(text, "    {line}")?;
        }
    }
    writeln!(text, "  }}")
}

/// Reads the inputs of neighbours.
fn write_reads(text: &mut String, program: &Program) -> fmt::Result {
    for (i, &dtype) in program.inputs.iter().enumerate() {
        let (name, read) = (type_of(dtype), if dtype.has_memory() { "read" } else { "count" });
        writeln!(text, "    {name} i{i}[WIDTH]; {read}<WIDTH>({}, i{i});", place(i))?;
    }
    Ok(())
}

fn write_run(text: &mut String, program: &Program) -> fmt::Result {
    writeln!(text, "  template <int WIDTH, class Given, class Index>")?;
    writeln!(
        text,
        "  static __device__ __forceinline__ void run(const Given& given, const Index (&at)[operands]) {{"
    )?;
    write_reads(text, program)?;
    for output in numbered(&program.outputs, |i, name| format!("    {name} o{i}[WIDTH];")) {
        writeln!(text, "{output}")?;
    }
    let lanes = |letter: char, count: usize| (0..count).map(move |i| format!(", {letter}{i}[j]"));
    let arguments: String = lanes('i', program.inputs.len())
        .chain(lanes('o', program.outputs.len()))
        .collect();
    writeln!(text, "#pragma unroll")?;
    writeln!(
        text,
        "    for (int j = 0; j < WIDTH; j++) element(given.constants{arguments});"
    )?;
    for i in 0..program.outputs.len() {
        writeln!(
            text,
            "    write<WIDTH>({}, o{i});",
            place(program.inputs.len() + i)
        )?;
    }
    writeln!(text, "  }}")
}

fn write_value(text: &mut String, program: &Program) -> fmt::Result {
    writeln!(text, "  template <class Given, class Index>")?;
    writeln!(
        text,
        "  static __device__ __forceinline__ auto value(const Given& given, const Index* at) {{"
    )?;
    writeln!(text, "    constexpr int WIDTH = 1;")?;
    write_reads(text, program)?;
    let arguments: String = (0..program.inputs.len()).map(|i| format!(", i{i}[0]")).collect();
    writeln!(text, "    return element(given.constants{arguments});")?;
    writeln!(text, "  }}")
}

/// Where an operand's neighbours lie: base, distance, and the stride of the last axis.
fn place(operand: usize) -> String {
    format!("given.over.bases[{operand}], at[{operand}], given.over.step({operand})")
}

/// A text for each of some dtypes, told its number and its type.
fn numbered(dtypes: &[DType], text: impl Fn(usize, &str) -> String) -> Vec<String> {
    let types = dtypes.iter().map(|&dtype| type_of(dtype));
    types.enumerate().map(|(i, name)| text(i, name)).collect()
}

/// An instruction of a chain, as a statement.
struct Line<'a> {
    program: &'a Program,
    class: Class,
    number: usize,
    instruction: &'a Instruction,
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, class) = (self.number, self.class.dtype());
        let Instruction { code, a, b, .. } = *self.instruction;
        let (a, b) = (usize::from(a), usize::from(b));
        match code {
            Code::Load | Code::LoadConverted => {
                write!(
                    f,
                    "f{number} = math::convert<{}>({});",
                    type_of(class),
                    self.slot(a)
                )
            }
            Code::Store | Code::StoreConverted if a == RESULT => write!(f, "return f{number};"),
            Code::Store | Code::StoreConverted => {
                let to = type_of(self.program.dtype(a));
                write!(f, "{} = math::convert<{to}>(f{number});", self.slot(a))
            }
            Code::Apply(op) => self.apply(f, op, [a, b]),
        }
    }
}

impl Line<'_> {
    /// What a slot is called; constants are converted to their class.
    fn slot(&self, slot: usize) -> String {
        match slot {
            SPLATS.. => {
                let splat = self.program.splats[slot - SPLATS];
                format!("math::convert<{}>(c[{}])", accumulator(splat.class), splat.number)
            }
            SPILLS.. => format!("s{}", slot - SPILLS),
            OUTPUTS.. => format!("o{}", slot - OUTPUTS),
            _ => format!("i{slot}"),
        }
    }

    /// The row's expression, over names that are bound to its arguments.
    fn apply(&self, f: &mut fmt::Formatter<'_>, op: Op, [a, b]: [usize; 2]) -> fmt::Result {
        let (row, class, number) = (op.row(), accumulator(self.class), self.number);
        write!(f, "{{ using T = {class}; ")?;
        if op == Op::Random {
            write!(
                f,
                "const auto index = {}; const double seed = c[{b}], base = c[{}];",
                self.slot(a),
                b + 1
            )?;
        } else {
            let mut arguments = vec![format!("f{number}")];
            arguments.extend([a, b][..row.operands].iter().map(|&slot| self.slot(slot)));
            if self.instruction.swap {
                arguments.swap(0, 1);
            }
            for (name, value) in ["x", "y", "z"].iter().zip(arguments) {
                write!(f, "const T {name} = {value}; ")?;
            }
        }
        write!(f, " f{number} = static_cast<T>({}); }}", row.cuda)
    }
}
