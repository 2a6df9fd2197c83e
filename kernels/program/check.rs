//! Proves a program valid while it is read.

use super::*;

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

/// Reads instructions one by one, and knows what each slot holds by then.
pub struct Checker<'a> {
    program: &'a mut Program,
    consts: usize,
    class: Option<Class>,
    outputs_stored: u8,
    spills_stored: u32,
}

impl<'a> Checker<'a> {
    /// A checker that has seen no instruction yet.
    pub fn new(program: &'a mut Program, consts: usize) -> Self {
        Checker {
            program,
            consts,
            class: None,
            outputs_stored: 0,
            spills_stored: 0,
        }
    }

    /// Reads all instructions.
    pub fn read_code(mut self, reader: &mut Reader, instructions: usize) -> Result<()> {
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
