//! Programs as CUDA C: one device function for an element, which the families' kernels call.
//!
//! What is printed depends on the program alone, not on shapes, addresses or constants, so that one text serves every run
//! of it. Rules are the expressions of the table of ops; what they call stands in `math.cuh`.

use crate::cpu::map::Map;
use crate::dtype::{Class, DType};
use crate::layout::Iteration;
use crate::ops::Op;
use crate::program::{Code, Instruction, OUTPUTS, Program, RESULT, SPILLS, SPLATS};
use std::fmt::{self, Write};

/// What the kernels of every family begin with.
const COMMON: &[&str] = &[
    include_str!("types.cuh"),
    include_str!("math.cuh"),
    include_str!("elements.cuh"),
];

/// The source of a family's kernels for some programs: `family` are the files that it is made of.
pub fn kernels(family: &[&str], programs: &[(&str, &Program)], entries: &str) -> String {
    let printed: String = programs.iter().map(|&(name, one)| program(name, one)).collect();
    [&COMMON.concat(), &family.concat(), &*printed, entries].concat()
}

/// The type of a program over a shape, in kernels: told how far its elements reach.
pub fn elements(name: &str, over: &Iteration) -> String {
    let index = if over.is_short() { "int" } else { "int64" };
    format!("Elements<{name}, {}, {index}>", over.dims.len())
}

/// What a kernel does with each result: the program and what it runs over, if there is one.
pub struct Finish<'a> {
    /// The program, to be printed.
    pub programs: Vec<(&'static str, &'a Program)>,
    /// The field of what a kernel is given.
    pub field: String,
    /// The type of what the kernel calls, and a value of it.
    pub made: String,
}

impl<'a> Finish<'a> {
    /// What is done with results.
    pub fn of(epilogue: Option<&'a Map>) -> Finish<'a> {
        let job = epilogue.and_then(|map| Some((map.program(), map.jobs().next()?)));
        match job {
            Some((program, over)) => Finish {
                programs: vec![("Finish", program)],
                field: format!("Given<Finish, {}> finish;", over.dims.len()),
                made: format!("{}{{given->finish}}", elements("Finish", over)),
            },
            None => Finish {
                programs: Vec::new(),
                field: String::new(),
                made: "Nothing{}".into(),
            },
        }
    }
}

/// The type of an element in memory.
pub fn type_of(dtype: DType) -> &'static str {
    match dtype {
        DType::F32 => "float",
        DType::F64 => "double",
        DType::I32 => "int",
        DType::U8 | DType::Bool => "unsigned char",
        DType::Index => "long long",
    }
}

/// The function that makes an element of a dtype from any number.
pub fn conversion_to(dtype: DType) -> &'static str {
    match dtype {
        DType::F32 => "convert::to_f32",
        DType::F64 => "convert::to_f64",
        DType::I32 => "convert::to_i32",
        DType::U8 => "convert::to_u8",
        DType::Bool => "convert::to_bool",
        DType::Index => unreachable!("an index is never stored to"),
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
                write!(f, "f{number} = {}({});", conversion_to(class), self.slot(a))
            }
            Code::Store | Code::StoreConverted if a == RESULT => write!(f, "return f{number};"),
            Code::Store | Code::StoreConverted => {
                let to = conversion_to(self.program.dtype(a));
                write!(f, "{} = {to}(f{number});", self.slot(a))
            }
            Code::Apply(Op::Random) => {
                let name = type_of(class);
                write!(
                    f,
                    "f{number} = math::random<{name}>({}, c[{b}], c[{}]);",
                    self.slot(a),
                    b + 1
                )
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
                format!("{}(c[{}])", conversion_to(splat.class.dtype()), splat.number)
            }
            SPILLS.. => format!("s{}", slot - SPILLS),
            OUTPUTS.. => format!("o{}", slot - OUTPUTS),
            _ => format!("i{slot}"),
        }
    }

    /// The row's expression, over names that are bound to its arguments.
    fn apply(&self, f: &mut fmt::Formatter<'_>, op: Op, slots: [usize; 2]) -> fmt::Result {
        let (row, name, number) = (op.row(), accumulator(self.class), self.number);
        let mut arguments = vec![format!("f{number}")];
        arguments.extend(slots[..row.operands].iter().map(|&slot| self.slot(slot)));
        if self.instruction.swap {
            arguments.swap(0, 1);
        }
        let bound: Vec<_> = row
            .arguments
            .iter()
            .zip(arguments)
            .map(|(name, value)| format!("{name} = {value}"))
            .collect();
        write!(
            f,
            "{{ const {name} {}; f{number} = ({name})({}); }}",
            bound.join(", "),
            row.cuda
        )
    }
}
