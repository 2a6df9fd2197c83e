//! Expression programs, decoded and proved valid: every slot that is read has a value of the right class.

use crate::dtype::{Class, DType};
use crate::error::{Result, refuse};
use crate::list::List;
use crate::ops::Op;
use crate::reader::Reader;

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
/// The most constants in a class.
const MAX_SPLATS: usize = 3 * MAX_CONSTS;

/// The first slot of the outputs; the inputs come before.
pub const OUTPUTS: usize = MAX_INPUTS;
/// The slot that takes the last accumulator of a program without outputs.
pub const RESULT: usize = OUTPUTS + MAX_OUTPUTS;
/// The first slot of the spills.
pub const SPILLS: usize = RESULT + 1;
/// The first slot of the constants, as vectors of a class.
pub const SPLATS: usize = SPILLS + MAX_SPILLS;
/// How many slots there are.
pub const SLOTS: usize = SPLATS + MAX_SPLATS;

/// Words of descriptors (see `src/program.ts`), where slots are numbered with gaps.
mod words {
    pub const LOAD: usize = 0;
    pub const STORE: usize = 1;
    pub const FIRST_OP: usize = 2;
    pub const CLASS_MASK: usize = 15;
    pub const SWAP: usize = 16;
    pub const OUTPUT: i64 = 32;
    pub const SPILL: i64 = 64;
    pub const CONST: i64 = 96;
}

/// What an instruction does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Code {
    /// The accumulator becomes slot `a`, which holds the class's own dtype.
    Load,
    /// The accumulator becomes slot `a`, converted.
    LoadConverted,
    /// Slot `a`, of the class's own dtype, becomes the accumulator.
    Store,
    /// Slot `a` becomes the accumulator, converted.
    StoreConverted,
    /// The accumulator becomes an op of it, and of slots `a` and `b` as the op needs them. `random` reads
    /// the index in slot `a` and, as they are, the constants number `b` and `b + 1`.
    Apply(Op),
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

/// A constant in a class.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Splat {
    /// Which constant.
    pub number: u8,
    /// The class it is converted to.
    pub class: Class,
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
    /// The instructions, and those that keep a result.
    pub code: List<Instruction, { MAX_INSTRUCTIONS + 2 }>,
    /// The same as chains.
    pub chains: List<Chain, MAX_INSTRUCTIONS>,
    /// The constants that ops read, slot by slot.
    pub splats: List<Splat, MAX_SPLATS>,
    /// For each input, which outputs (a bit each) were stored before it was last read.
    pub stored_before: List<u8, MAX_INPUTS>,
    /// The picoseconds an element takes, predicted.
    pub cost: u32,
}

impl Program {
    /// A program that is yet to be read.
    #[inline(always)]
    pub fn new() -> Self {
        Program {
            inputs: List::new(),
            outputs: List::new(),
            spills: List::new(),
            consts: List::new(),
            code: List::new(),
            chains: List::new(),
            splats: List::new(),
            stored_before: List::new(),
            cost: 0,
        }
    }

    /// Reads a program that stores outputs.
    pub fn read(&mut self, reader: &mut Reader) -> Result<()> {
        self.read_any(reader)?;
        if self.outputs.is_empty() {
            return refuse("a map has no output");
        }
        Ok(())
    }

    /// Reads a program whose last accumulator is its result: what `prepares` makes of it goes to slot `RESULT`.
    pub fn read_valued(&mut self, reader: &mut Reader, prepares: Option<Op>) -> Result<()> {
        self.read_any(reader)?;
        if !self.outputs.is_empty() {
            return refuse("the program of a reduce has outputs");
        }
        let mut append = |code, a| {
            self.code.push(Instruction {
                code,
                swap: false,
                a,
                b: 0,
            })
        };
        if let Some(op) = prepares {
            append(Code::Apply(op), 0);
        }
        append(Code::Store, RESULT as u8);
        self.close_chain();
        Ok(())
    }

    /// The class of the last accumulator.
    pub fn class(&self) -> Class {
        self.chains[self.chains.len() - 1].class
    }

    /// The dtype of what a slot in memory holds.
    #[inline]
    pub fn dtype(&self, slot: usize) -> DType {
        match slot {
            SPILLS.. => self.spills[slot - SPILLS],
            RESULT => self.class().dtype(),
            OUTPUTS.. => self.outputs[slot - OUTPUTS],
            _ => self.inputs[slot],
        }
    }

    /// The input that is the whole program's result, if it only loads one of the class's own dtype.
    pub fn identity(&self) -> Option<usize> {
        match self.code[..] {
            [
                Instruction {
                    code: Code::Load, a, ..
                },
                Instruction {
                    code: Code::Store, ..
                },
            ] => Some(a as usize).filter(|&slot| slot < OUTPUTS),
            _ => None,
        }
    }

    fn read_any(&mut self, reader: &mut Reader) -> Result<()> {
        let inputs = reader.count(MAX_INPUTS, "inputs")?;
        let outputs = reader.count(MAX_OUTPUTS, "outputs")?;
        let spills = reader.count(MAX_SPILLS, "spills")?;
        let consts = reader.count(MAX_CONSTS, "constants")?;
        let instructions = reader.count(MAX_INSTRUCTIONS, "instructions")?;
        for _ in 0..inputs {
            self.inputs.push(reader.any_dtype()?);
            self.stored_before.push(0);
        }
        for _ in 0..outputs {
            self.outputs.push(reader.dtype()?);
        }
        for _ in 0..spills {
            self.spills.push(reader.dtype()?);
        }
        Checker::new(self, consts).read_code(reader, instructions)?;
        for _ in 0..consts {
            self.consts.push(reader.number()?);
        }
        Ok(())
    }

    /// Ends the last chain at the last instruction.
    fn close_chain(&mut self) {
        let end = self.code.len() as u8;
        if let Some(chain) = self.chains.last_mut() {
            chain.end = end;
        }
    }
}

impl Default for Program {
    fn default() -> Self {
        Program::new()
    }
}

/// Reads instructions one by one, and knows what each slot holds by then.
struct Checker<'a> {
    program: &'a mut Program,
    consts: usize,
    class: Option<Class>,
    outputs_stored: u8,
    spills_stored: u16,
}

impl<'a> Checker<'a> {
    fn new(program: &'a mut Program, consts: usize) -> Self {
        Checker {
            program,
            consts,
            class: None,
            outputs_stored: 0,
            spills_stored: 0,
        }
    }

    fn read_code(mut self, reader: &mut Reader, instructions: usize) -> Result<()> {
        for _ in 0..instructions {
            let instruction = self.read_instruction(reader)?;
            self.program.code.push(instruction);
        }
        if self.class.is_none() {
            return refuse("a program has no instructions");
        }
        self.program.close_chain();
        if self.outputs_stored.count_ones() as usize != self.program.outputs.len() {
            return refuse("an output is never stored");
        }
        Ok(())
    }

    #[inline]
    fn read_instruction(&mut self, reader: &mut Reader) -> Result<Instruction> {
        let word = reader.count(usize::from(u8::MAX), "an op word")?;
        let mode = reader.count(words::CLASS_MASK | words::SWAP, "a mode")?;
        let (a, b) = (reader.int()?, reader.int()?);
        let class = Class::from_code(mode & words::CLASS_MASK)?;
        let swap = mode & words::SWAP != 0;
        if swap && word < words::FIRST_OP {
            return refuse("only binary ops have operands to swap");
        }
        match word {
            words::LOAD => self.check_load(a, class),
            words::STORE => self.check_store(a, class),
            _ => self.check_op(word - words::FIRST_OP, swap, a, b, class),
        }
    }

    fn check_load(&mut self, a: i64, class: Class) -> Result<Instruction> {
        self.start_chain(class);
        self.program.cost += 30;
        let slot = self.readable(a, class)?;
        let native = slot >= SPLATS || self.program.dtype(slot) == class.dtype();
        let code = if native { Code::Load } else { Code::LoadConverted };
        Ok(Instruction {
            code,
            swap: false,
            a: slot as u8,
            b: 0,
        })
    }

    fn check_store(&mut self, a: i64, class: Class) -> Result<Instruction> {
        self.expect_class(class)?;
        self.program.cost += 30;
        let (output, spill) = (a - words::OUTPUT, a - words::SPILL);
        let slot = if (0..self.program.outputs.len() as i64).contains(&output) {
            self.outputs_stored |= 1 << output;
            OUTPUTS + output as usize
        } else if (0..self.program.spills.len() as i64).contains(&spill) {
            self.spills_stored |= 1 << spill;
            SPILLS + spill as usize
        } else {
            return refuse(format!("slot {a} cannot be stored to"));
        };
        let native = self.program.dtype(slot) == class.dtype();
        let code = if native { Code::Store } else { Code::StoreConverted };
        Ok(Instruction {
            code,
            swap: false,
            a: slot as u8,
            b: 0,
        })
    }

    fn check_op(&mut self, row: usize, swap: bool, a: i64, b: i64, class: Class) -> Result<Instruction> {
        let Some(op) = Op::from_row(row) else {
            return refuse(format!("there is no op number {row}"));
        };
        if !op.exists_in(class) {
            return refuse(format!("{} does not exist in the class {class:?}", op.row().name));
        }
        let operands = op.row().operands;
        if swap && operands != 1 {
            return refuse("only binary ops have operands to swap");
        }
        self.program.cost += op.row().cost * if class == Class::F64 { 2 } else { 1 };
        if op == Op::Random {
            return self.check_random(a, b, class);
        }
        self.expect_class(class)?;
        let a = if operands > 0 { self.operand(a, class)? } else { 0 };
        let b = if operands > 1 { self.operand(b, class)? } else { 0 };
        Ok(Instruction {
            code: Code::Apply(op),
            swap,
            a: a as u8,
            b: b as u8,
        })
    }

    /// `random` reads an index, and two constants as they are.
    fn check_random(&mut self, a: i64, b: i64, class: Class) -> Result<Instruction> {
        self.start_chain(class);
        let constant = b - words::CONST;
        let is_index = usize::try_from(a).is_ok_and(|a| self.program.inputs.get(a) == Some(&DType::Index));
        if !is_index || !(0..self.consts as i64 - 1).contains(&constant) {
            return refuse("random wants an index, a seed and a base");
        }
        Ok(Instruction {
            code: Code::Apply(Op::Random),
            swap: false,
            a: a as u8,
            b: constant as u8,
        })
    }

    /// The slot of an op's operand, which is of the class's own dtype.
    fn operand(&mut self, number: i64, class: Class) -> Result<usize> {
        let slot = self.readable(number, class)?;
        if slot < SPLATS && self.program.dtype(slot) != class.dtype() {
            return refuse(format!(
                "an op in the class {class:?} cannot read slot {number} as it is"
            ));
        }
        Ok(slot)
    }

    /// The slot that a word names, if there is something to read in it.
    #[inline]
    fn readable(&mut self, number: i64, class: Class) -> Result<usize> {
        let (spill, constant) = (number - words::SPILL, number - words::CONST);
        if (0..self.consts as i64).contains(&constant) {
            return Ok(self.splat(constant as u8, class));
        }
        if (0..self.program.spills.len() as i64).contains(&spill) && self.spills_stored >> spill & 1 == 1 {
            return Ok(SPILLS + spill as usize);
        }
        if (0..self.program.inputs.len() as i64).contains(&number) {
            self.program.stored_before[number as usize] |= self.outputs_stored;
            return Ok(number as usize);
        }
        refuse(format!("slot {number} holds nothing to read"))
    }

    /// The slot of a constant in a class.
    fn splat(&mut self, number: u8, class: Class) -> usize {
        let splat = Splat { number, class };
        let splats = &mut self.program.splats;
        let known = splats.iter().position(|&other| other == splat);
        let position = known.unwrap_or_else(|| {
            splats.push(splat);
            splats.len() - 1
        });
        SPLATS + position
    }

    fn start_chain(&mut self, class: Class) {
        self.program.close_chain();
        let start = self.program.code.len() as u8;
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
