//! What kernels are given, word by word, as the structs of `elements.cuh`, `interpreter.cuh`, `matmul.cuh` and `moves.cuh`
//! have it: shapes and strides, and what a run has bound (addresses and constants).

use super::pool::Address;
use crate::cpu::map::Map;
use crate::cpu::{matmul, moves, reduce};
use crate::device::Step;
use crate::layout::{Iteration, MAX_NDIM, Operand};
use crate::ops::Op;
use crate::program::{Code, Instruction, OUTPUTS, Program, RESULT, SPILLS, SPLATS};

/// How programs run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    /// Printed as CUDA C, and compiled.
    Printed,
    /// Instruction by instruction, by kernels that were compiled before; these see as many axes as there can be.
    Interpreted,
}

/// Numbers that an interpreted program begins with.
const COUNTS: usize = 5;
/// Where interpreted programs have constants; the slots before are those of `program.rs`.
const CONSTANT_SLOTS: u8 = SPLATS as u8;

impl Way {
    /// The words of a step.
    pub fn write(self, step: &Step, to: &mut Vec<u64>) {
        match step {
            Step::Map(map) => map
                .jobs()
                .for_each(|over| self.write_program(map.program(), over, to)),
            Step::Reduce(reduce) => self.write_reduce(&reduce.asked(), to),
            Step::Matmul(matmul) => self.write_matmul(&matmul.asked(), to),
            Step::Gather(gather) => self.write_move(&gather.asked(), gather.asked().over, to),
            Step::ScatterAdd(scatter) => {
                let asked = scatter.asked();
                self.write_move(&asked, &walked_last(&asked), to);
            }
            Step::Fold(fold) => self.write_program(fold.program(), fold.over(), to),
        }
    }

    /// The words of a program over a shape.
    pub fn write_program(self, program: &Program, over: &Iteration, to: &mut Vec<u64>) {
        match self {
            Way::Printed => {
                // C has no array without elements.
                write_over(over, over.dims.len(), to);
                if over.operands.is_empty() {
                    to.extend(std::iter::repeat_n(0, over.dims.len() + 1));
                }
                write_constants(program, to);
                if program.consts.is_empty() {
                    to.push(0);
                }
            }
            Way::Interpreted => write_interpreted(program, over, to),
        }
    }

    /// How many words a program is given.
    pub fn words_of(self, program: &Program, over: &Iteration) -> usize {
        let mut words = Vec::new();
        self.write_program(program, over, &mut words);
        words.len()
    }

    /// Which of the words of an interpreted program says where an operand begins.
    pub fn word_of_base(over: &Iteration, operand: usize) -> usize {
        let (operands, axes) = (over.operands.len(), over.dims.len());
        COUNTS + operands + axes + operands * axes + operand
    }

    /// How many axes the operands of matmuls and moves have.
    pub fn axes(self, over: &Iteration) -> usize {
        match self {
            Way::Printed => over.dims.len(),
            Way::Interpreted => MAX_NDIM,
        }
    }

    /// Where the results are, the program, and what goes on with the results.
    fn write_reduce(self, asked: &reduce::Asked, to: &mut Vec<u64>) {
        to.push(base(asked.out));
        self.write_program(asked.program, asked.over, to);
        self.write_epilogue(asked.epilogue, to);
    }

    /// `Products`, and what goes on with the results.
    fn write_matmul(self, asked: &matmul::Asked, to: &mut Vec<u64>) {
        write_over(asked.batch, self.axes(asked.batch), to);
        to.extend(asked.sizes.map(|size| size as u64));
        to.extend(
            [asked.a, asked.b]
                .as_flattened()
                .iter()
                .map(|&stride| stride as u64),
        );
        to.push(base(asked.out));
        self.write_epilogue(asked.epilogue, to);
    }

    fn write_epilogue(self, epilogue: Option<&Map>, to: &mut Vec<u64>) {
        if let Some((program, over)) = epilogue.map(Map::first) {
            self.write_program(program, over, to);
        }
    }

    /// `Move`: what tells a bad index comes first, and is no position yet.
    fn write_move(self, asked: &moves::Asked, over: &Iteration, to: &mut Vec<u64>) {
        to.push(u64::MAX);
        to.extend([asked.stride as u64, asked.size as u64]);
        write_over(over, self.axes(over), to);
    }
}

/// `Over`: lengths, strides operand by operand, and where each operand begins. Axes that are not there come first.
fn write_over(over: &Iteration, axes: usize, to: &mut Vec<u64>) {
    let missing = axes - over.dims.len();
    to.extend(std::iter::repeat_n(1, missing));
    to.extend(over.dims.iter().map(|&dim| dim as u64));
    for operand in &over.operands {
        to.extend(std::iter::repeat_n(0, missing));
        to.extend(operand.strides.iter().map(|&stride| stride as u64));
    }
    to.extend(over.operands.iter().map(base));
}

fn write_constants(program: &Program, to: &mut Vec<u64>) {
    to.extend(program.consts.iter().map(|constant| constant.to_bits()));
}

/// Where an operand begins; of an index, its value there.
fn base(operand: &Operand) -> Address {
    match operand.dtype.has_memory() {
        true => operand.data.addr() as Address,
        false => operand.start as Address,
    }
}

/// `Interpreted`: how many of each there are, dtypes, lengths, strides, bases, constants, instructions.
fn write_interpreted(program: &Program, over: &Iteration, to: &mut Vec<u64>) {
    let counts: [usize; COUNTS] = [
        over.dims.len(),
        program.inputs.len(),
        program.outputs.len(),
        program.consts.len(),
        program.code.len(),
    ];
    to.extend(counts.map(|count| count as u64));
    to.extend(over.operands.iter().map(|operand| operand.dtype as u64));
    write_over(over, over.dims.len(), to);
    write_constants(program, to);
    for chain in &program.chains {
        let code = &program.code[usize::from(chain.start)..usize::from(chain.end)];
        to.extend(code.iter().map(|one| word_of(program, chain.class as u8, one)));
    }
}

/// An `Instruction` of `interpreter.cuh`.
fn word_of(program: &Program, class: u8, instruction: &Instruction) -> u64 {
    const LOAD: u8 = 0;
    const STORE: u8 = 1;
    const APPLY: u8 = 2;
    const RANDOM: u8 = 3;
    let slot = |slot: u8| match usize::from(slot) {
        SPLATS.. => CONSTANT_SLOTS + program.splats[usize::from(slot) - SPLATS].number,
        _ => slot,
    };
    let code = |slot: u8| match usize::from(slot) {
        SPLATS.. => 0,
        slot if known(program, slot) => program.dtype(slot) as u8,
        _ => 0,
    };
    let Instruction { swap, a, b, .. } = *instruction;
    let (kind, op) = match instruction.code {
        Code::Load | Code::LoadConverted => (LOAD, 0),
        Code::Store | Code::StoreConverted => (STORE, 0),
        Code::Apply(Op::Random) => (RANDOM, 0),
        Code::Apply(op) => (APPLY, op as u8),
    };
    // The second slot of `random` is the number of a constant.
    let (second, second_code) = if kind == RANDOM {
        (b, 0)
    } else {
        (slot(b), code(b))
    };
    u64::from_le_bytes([
        kind,
        class,
        op,
        swap.into(),
        slot(a),
        second,
        code(a),
        second_code,
    ])
}

/// Whether a program has such a slot in memory: an op of fewer operands names slot 0 for those that it has not.
fn known(program: &Program, slot: usize) -> bool {
    match slot {
        SPILLS.. => slot - SPILLS < program.spills.len(),
        RESULT => true,
        OUTPUTS.. => slot - OUTPUTS < program.outputs.len(),
        _ => slot < program.inputs.len(),
    }
}

/// What a scatter-add runs over, with the indexed axis as the last one: a thread walks it.
pub fn walked_last(asked: &moves::Asked) -> Iteration {
    let mut over = asked.over.clone();
    let others = (0..over.dims.len()).filter(|&axis| axis != asked.axis);
    let order: Vec<_> = others.chain([asked.axis]).collect();
    over.permute(&order);
    over
}
