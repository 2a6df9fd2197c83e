//! Expression programs, decoded and proved valid: every slot that is read has a value of the right class.

mod check;

use self::check::Checker;
use crate::arguments::Arguments;
use crate::dtype::{Class, DType};
use crate::error::{Result, refuse};
use crate::layout::MOST_ARGUMENTS;
use crate::ops::Op;
use crate::reader::Reader;

/// The most inputs.
pub const MAX_INPUTS: usize = 16;
/// The most outputs.
pub const MAX_OUTPUTS: usize = 8;
/// The most spills.
pub const MAX_SPILLS: usize = 32;
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
#[derive(Clone, Default)]
pub struct Program {
    /// The dtypes of the inputs.
    pub inputs: Vec<DType>,
    /// The dtypes of the outputs.
    pub outputs: Vec<DType>,
    /// The dtypes of the spills.
    pub spills: Vec<DType>,
    /// The values of the constants, which a run gives.
    pub consts: Vec<f64>,
    /// For each constant, the parameter that is its value.
    params: Vec<usize>,
    /// The instructions, and those that keep a result.
    pub code: Vec<Instruction>,
    /// The same as chains.
    pub chains: Vec<Chain>,
    /// The constants that ops read, slot by slot.
    pub splats: Vec<Splat>,
    /// For each input, which outputs (a bit each) were stored before it was last read.
    pub stored_before: Vec<u8>,
    /// The picoseconds an element takes, predicted.
    pub cost: u32,
    /// Whether it computes in one class and converts nothing.
    pub plain: bool,
}

impl Program {
    /// A program that is yet to be read.
    pub fn new() -> Self {
        Program::default()
    }

    /// What an element costs, predicted.
    pub fn cost_ns(&self) -> f64 {
        f64::from(self.cost) / 1000.0
    }

    /// Reads a program that stores outputs.
    pub fn read(&mut self, reader: &mut Reader) -> Result<()> {
        self.read_any(reader)?;
        if self.outputs.is_empty() {
            return refuse("a map has no output");
        }
        self.plain = self.is_plain();
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
        self.plain = self.is_plain();
        Ok(())
    }

    fn is_plain(&self) -> bool {
        let class = self.class();
        self.chains.iter().all(|chain| chain.class == class)
            && self.code.iter().all(|instruction| match instruction.code {
                Code::Load | Code::Store => true,
                Code::Apply(op) => op != Op::Random,
                Code::LoadConverted | Code::StoreConverted => false,
            })
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

    /// Whether its one output is its one input.
    pub fn copies(&self) -> bool {
        self.identity().is_some() && self.inputs.len() == 1 && self.outputs.len() == 1
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
            self.params.push(reader.count(MOST_ARGUMENTS, "a parameter")?);
        }
        self.consts = vec![0.0; consts];
        Ok(())
    }

    /// Takes the values of the constants.
    #[inline]
    pub fn bind(&mut self, arguments: &Arguments) -> Result<()> {
        for (value, &param) in self.consts.iter_mut().zip(&self.params) {
            *value = arguments.param(param)?;
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
