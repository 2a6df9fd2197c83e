//! Expression programs, decoded and proved valid: every slot that is read has a value of the right class.

use crate::dtype::{Class, DType};
use crate::error::{Result, refuse};
use crate::list::List;
use crate::ops::Op;
use crate::reader::Reader;

/// The first slot of the outputs.
pub const OUTPUT: usize = 32;
/// The slot that takes the last accumulator of a program without outputs.
pub const RESULT: usize = OUTPUT + MAX_OUTPUTS;
/// The first slot of the spills.
pub const SPILL: usize = 64;
/// The first slot of the constants.
pub const CONST: usize = 96;

/// The most inputs.
pub const MAX_INPUTS: usize = 16;
/// The most outputs.
pub const MAX_OUTPUTS: usize = 8;
/// The most spills.
pub const MAX_SPILLS: usize = 16;
/// The most constants.
pub const MAX_CONSTS: usize = 64;
/// The most instructions.
pub const MAX_INSTRUCTIONS: usize = 128;

const LOAD: usize = 0;
const STORE: usize = 1;
const FIRST_OP: usize = 2;
const CLASS_MASK: usize = 15;
const SWAP: usize = 16;

/// What an instruction does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Code {
    /// The accumulator becomes slot `a`.
    Load,
    /// Slot `a` becomes the accumulator.
    Store,
    /// The accumulator becomes an op of it, and of slots `a` and `b` as the op needs them.
    Apply(Op),
    /// The same for a long op.
    Call(Op),
    /// The accumulator becomes random numbers: `a` is an index, `b` and the next one are constants.
    Random,
}

/// An instruction.
#[derive(Clone, Copy, Debug)]
pub struct Instruction {
    /// What it does.
    pub code: Code,
    /// Whether slot `a` is the first argument of a binary op.
    pub swap: bool,
    /// A slot.
    pub a: u8,
    /// A slot.
    pub b: u8,
}

/// Instructions of one class, from a load to before the next one: nothing but slots connects chains.
#[derive(Clone, Copy, Debug)]
pub struct Chain {
    /// The class in which it computes.
    pub class: Class,
    /// Its first instruction.
    pub start: u8,
    /// The one after its last.
    pub end: u8,
}

/// A program.
#[derive(Clone, Copy)]
pub struct Program {
    /// The dtypes of the inputs.
    pub inputs: List<DType, MAX_INPUTS>,
    /// The dtypes of the outputs.
    pub outputs: List<DType, MAX_OUTPUTS>,
    /// The dtypes of the spills.
    pub spills: List<DType, MAX_SPILLS>,
    /// The values of the constants.
    pub consts: List<f64, MAX_CONSTS>,
    /// The instructions, and the store of a result.
    pub code: List<Instruction, { MAX_INSTRUCTIONS + 1 }>,
    /// The same as chains.
    pub chains: List<Chain, MAX_INSTRUCTIONS>,
    /// For each class, which constants it uses (a bit each).
    pub consts_used: [u64; 3],
    /// For each input, which outputs (a bit each) were stored before it was last read.
    pub stored_before: List<u8, MAX_INPUTS>,
    /// The picoseconds an element takes, predicted.
    pub cost: u32,
}

impl Program {
    /// Reads a program that stores outputs.
    pub fn read(reader: &mut Reader) -> Result<Program> {
        let (program, _) = Program::read_any(reader)?;
        match program.outputs.is_empty() {
            true => refuse("a map has no output"),
            false => Ok(program),
        }
    }

    /// Reads a program whose last accumulator is its result, stored to slot `RESULT`.
    pub fn read_valued(reader: &mut Reader) -> Result<Program> {
        let (mut program, class) = Program::read_any(reader)?;
        if !program.outputs.is_empty() {
            return refuse("the program of a reduce has outputs");
        }
        program.code.push(Instruction {
            code: Code::Store,
            swap: false,
            a: RESULT as u8,
            b: 0,
        });
        program.close_chain(class);
        Ok(program)
    }

    /// The class of the last accumulator.
    pub fn class(&self) -> Class {
        self.chains[self.chains.len() - 1].class
    }

    /// The dtype of what a slot holds; `RESULT` holds the program's class.
    #[inline]
    pub fn dtype(&self, slot: usize) -> DType {
        match slot {
            RESULT => self.class().dtype(),
            CONST.. => DType::F64,
            SPILL.. => self.spills[slot - SPILL],
            OUTPUT.. => self.outputs[slot - OUTPUT],
            _ => self.inputs[slot],
        }
    }

    /// The input that is the whole program's result, if it only loads one of the class's own dtype.
    pub fn identity(&self) -> Option<usize> {
        let [
            Instruction {
                code: Code::Load, a, ..
            },
            Instruction {
                code: Code::Store, ..
            },
        ] = self.code[..]
        else {
            return None;
        };
        let slot = a as usize;
        (slot < OUTPUT && self.inputs[slot] == self.class().dtype()).then_some(slot)
    }

    fn read_any(reader: &mut Reader) -> Result<(Program, Class)> {
        let inputs = reader.count(MAX_INPUTS, "inputs")?;
        let outputs = reader.count(MAX_OUTPUTS, "outputs")?;
        let spills = reader.count(MAX_SPILLS, "spills")?;
        let consts = reader.count(MAX_CONSTS, "constants")?;
        let instructions = reader.count(MAX_INSTRUCTIONS, "instructions")?;
        let mut program = Program {
            inputs: List::new(),
            outputs: List::new(),
            spills: List::new(),
            consts: List::filled(0.0, consts),
            code: List::new(),
            chains: List::new(),
            consts_used: [0; 3],
            stored_before: List::filled(0, inputs),
            cost: 0,
        };
        for _ in 0..inputs {
            program.inputs.push(reader.any_dtype()?);
        }
        for _ in 0..outputs {
            program.outputs.push(reader.dtype()?);
        }
        for _ in 0..spills {
            program.spills.push(reader.dtype()?);
        }
        let class = Checker::new(&mut program).read_code(reader, instructions)?;
        for value in program.consts.iter_mut() {
            *value = reader.number()?;
        }
        Ok((program, class))
    }

    /// Ends the last chain at the last instruction.
    fn close_chain(&mut self, class: Class) {
        let end = self.code.len() as u8;
        match self.chains.last_mut() {
            Some(chain) => chain.end = end,
            None => self.chains.push(Chain { class, start: 0, end }),
        }
    }
}

/// Reads instructions one by one, and knows what each slot holds by then.
struct Checker<'a> {
    program: &'a mut Program,
    class: Option<Class>,
    outputs_stored: u8,
    spills_stored: u16,
}

impl<'a> Checker<'a> {
    fn new(program: &'a mut Program) -> Self {
        Checker {
            program,
            class: None,
            outputs_stored: 0,
            spills_stored: 0,
        }
    }

    fn read_code(mut self, reader: &mut Reader, instructions: usize) -> Result<Class> {
        for _ in 0..instructions {
            self.read_instruction(reader)?;
        }
        let Some(class) = self.class else {
            return refuse("a program has no instructions");
        };
        self.program.close_chain(class);
        if self.outputs_stored.count_ones() as usize != self.program.outputs.len() {
            return refuse("an output is never stored");
        }
        Ok(class)
    }

    #[inline]
    fn read_instruction(&mut self, reader: &mut Reader) -> Result<()> {
        let word = reader.count(usize::from(u8::MAX), "an op word")?;
        let mode = reader.count(CLASS_MASK | SWAP, "a mode")?;
        let (a, b) = (reader.int()?, reader.int()?);
        let class = Class::from_code(mode & CLASS_MASK)?;
        let swap = mode & SWAP != 0;
        let code = match word {
            LOAD => self.check_load(a, class)?,
            STORE => self.check_store(a, class)?,
            _ => self.check_op(word - FIRST_OP, a, b, class)?,
        };
        let operands = if let Code::Apply(op) = code {
            op.row().operands
        } else {
            1
        };
        if swap && !matches!(code, Code::Apply(op) if op.row().operands == 1) {
            return refuse("only binary ops have operands to swap");
        }
        // Slots that an op does not use are not looked at, here and in the machine.
        let slot = |number: i64, used: bool| if used { number as u8 } else { 0 };
        self.program.code.push(Instruction {
            code,
            swap,
            a: slot(a, operands > 0),
            b: slot(b, operands > 1),
        });
        Ok(())
    }

    fn check_load(&mut self, a: i64, class: Class) -> Result<Code> {
        self.start_chain(class);
        match self.slot(a)? {
            Slot::Const(number) => self.use_const(number, class),
            Slot::Spill(_) => {}
            Slot::Input(number) => self.use_input(number),
        }
        self.program.cost += 30;
        Ok(Code::Load)
    }

    fn check_store(&mut self, a: i64, class: Class) -> Result<Code> {
        self.expect_class(class)?;
        let output = a - OUTPUT as i64;
        let spill = a - SPILL as i64;
        if (0..self.program.outputs.len() as i64).contains(&output) {
            self.outputs_stored |= 1 << output;
        } else if (0..self.program.spills.len() as i64).contains(&spill) {
            self.spills_stored |= 1 << spill;
        } else {
            return refuse(format!("slot {a} cannot be stored to"));
        }
        self.program.cost += 30;
        Ok(Code::Store)
    }

    fn check_op(&mut self, row: usize, a: i64, b: i64, class: Class) -> Result<Code> {
        let Some(op) = Op::from_row(row) else {
            return refuse(format!("there is no op number {row}"));
        };
        if !op.exists_in(class) {
            return refuse(format!("{} does not exist in the class {class:?}", op.row().name));
        }
        self.program.cost += op.row().cost * if class == Class::F64 { 2 } else { 1 };
        if op == Op::Random {
            self.check_random(a, b, class)?;
            return Ok(Code::Random);
        }
        self.expect_class(class)?;
        for &slot in &[a, b][..op.row().operands] {
            self.check_operand(slot, class)?;
        }
        Ok(if op.is_long() {
            Code::Call(op)
        } else {
            Code::Apply(op)
        })
    }

    /// `random` reads an index, and two constants as they are.
    fn check_random(&mut self, a: i64, b: i64, class: Class) -> Result<()> {
        self.start_chain(class);
        match (self.slot(a)?, self.slot(b)?, self.slot(b + 1)?) {
            (Slot::Input(index), Slot::Const(_), Slot::Const(_))
                if self.program.inputs[index] == DType::Index =>
            {
                Ok(())
            }
            _ => refuse("random wants an index, a seed and a base"),
        }
    }

    fn check_operand(&mut self, slot: i64, class: Class) -> Result<()> {
        let dtype = match self.slot(slot)? {
            Slot::Const(number) => {
                self.use_const(number, class);
                return Ok(());
            }
            Slot::Spill(number) => self.program.spills[number],
            Slot::Input(number) => {
                self.use_input(number);
                self.program.inputs[number]
            }
        };
        match dtype == class.dtype() {
            true => Ok(()),
            false => refuse(format!(
                "slot {slot} holds {dtype:?}, which an op in the class {class:?} cannot read"
            )),
        }
    }

    /// What a slot is that can be read now.
    fn slot(&self, number: i64) -> Result<Slot> {
        let Ok(number) = usize::try_from(number) else {
            return refuse(format!("slot {number} does not exist"));
        };
        let program = &self.program;
        match number {
            CONST.. if number - CONST < program.consts.len() => Ok(Slot::Const(number - CONST)),
            SPILL..CONST
                if self.spills_stored >> (number - SPILL).min(15) & 1 == 1 && number - SPILL < MAX_SPILLS =>
            {
                Ok(Slot::Spill(number - SPILL))
            }
            _ if number < program.inputs.len() => Ok(Slot::Input(number)),
            _ => refuse(format!("slot {number} holds nothing to read")),
        }
    }

    fn use_const(&mut self, number: usize, class: Class) {
        self.program.consts_used[class as usize] |= 1 << number;
    }

    fn use_input(&mut self, number: usize) {
        self.program.stored_before[number] |= self.outputs_stored;
    }

    fn start_chain(&mut self, class: Class) {
        let start = self.program.code.len() as u8;
        if let Some(last) = self.program.chains.last_mut() {
            last.end = start;
        }
        self.program.chains.push(Chain {
            class,
            start,
            end: start,
        });
        self.class = Some(class);
    }

    fn expect_class(&self, class: Class) -> Result<()> {
        match self.class == Some(class) {
            true => Ok(()),
            false => refuse(format!(
                "an instruction in the class {class:?} finds an accumulator of another one"
            )),
        }
    }
}

/// A slot that can be read.
enum Slot {
    Input(usize),
    Spill(usize),
    Const(usize),
}
