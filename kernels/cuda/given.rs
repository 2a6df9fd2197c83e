//! What kernels are given, word by word, as the structs of `elements.cuh`, `reduce.cuh`, `matmul.cuh` and `moves.cuh` have
//! it: shapes and strides, and what a run has bound (addresses and constants).

use super::pool::Address;
use crate::cpu::map::Map;
use crate::cpu::{matmul, moves, reduce};
use crate::device::Step;
use crate::layout::{Iteration, Operand};
use crate::program::Program;

/// The words of a step; `at` is where they will lie on the GPU.
pub fn write(step: &Step, to: &mut Vec<u64>) {
    match step {
        Step::Map(map) => map.jobs().for_each(|over| write_program(map.program(), over, to)),
        Step::Reduce(reduce) => write_reduce(&reduce.asked(), to),
        Step::Matmul(matmul) => write_matmul(&matmul.asked(), to),
        Step::Gather(gather) => write_move(&gather.asked(), to),
        Step::ScatterAdd(scatter) => {
            let asked = scatter.asked();
            let over = walked_last(&asked);
            write_move(&moves::Asked { over: &over, ..asked }, to);
        }
        Step::Fold(fold) => write_program(fold.program(), fold.over(), to),
    }
}

/// `Over`: lengths, strides operand by operand, and where each operand begins.
fn write_over(over: &Iteration, to: &mut Vec<u64>) {
    to.extend(over.dims.iter().map(|&dim| dim as u64));
    for operand in &over.operands {
        to.extend(operand.strides.iter().map(|&stride| stride as u64));
    }
    to.extend(over.operands.iter().map(base));
    if over.operands.is_empty() {
        // C has no array without elements.
        to.extend(std::iter::repeat_n(0, over.dims.len() + 1));
    }
}

/// Where an operand begins; of an index, its value there.
fn base(operand: &Operand) -> Address {
    match operand.dtype.has_memory() {
        true => operand.data.addr() as Address,
        false => operand.start as Address,
    }
}

/// `Given`: an `Over`, and the constants.
fn write_program(program: &Program, over: &Iteration, to: &mut Vec<u64>) {
    write_over(over, to);
    to.extend(program.consts.iter().map(|constant| constant.to_bits()));
    if program.consts.is_empty() {
        to.push(0);
    }
}

/// How many words a program is given.
pub fn words_of_program(program: &Program, over: &Iteration) -> usize {
    let operands = over.operands.len().max(1);
    over.dims.len() * (1 + operands) + operands + program.consts.len().max(1)
}

fn write_epilogue(epilogue: Option<&Map>, to: &mut Vec<u64>) {
    if let Some(map) = epilogue {
        map.jobs().for_each(|over| write_program(map.program(), over, to));
    }
}

fn write_reduce(asked: &reduce::Asked, to: &mut Vec<u64>) {
    to.push(base(asked.out));
    write_program(asked.program, asked.over, to);
    write_epilogue(asked.epilogue, to);
}

fn write_matmul(asked: &matmul::Asked, to: &mut Vec<u64>) {
    write_over(asked.batch, to);
    to.extend(asked.sizes.map(|size| size as u64));
    to.extend(
        [asked.a, asked.b]
            .as_flattened()
            .iter()
            .map(|&stride| stride as u64),
    );
    to.push(base(asked.out));
    write_epilogue(asked.epilogue, to);
}

/// What tells a bad index comes first: no position yet.
fn write_move(asked: &moves::Asked, to: &mut Vec<u64>) {
    to.push(u64::MAX);
    to.extend([asked.stride as u64, asked.size as u64]);
    write_over(asked.over, to);
}

/// What a scatter-add runs over, with the indexed axis as the last one: a thread walks it.
pub fn walked_last(asked: &moves::Asked) -> Iteration {
    let mut over = asked.over.clone();
    let others = (0..over.dims.len()).filter(|&axis| axis != asked.axis);
    let order: Vec<_> = others.chain([asked.axis]).collect();
    over.permute(&order);
    over
}
