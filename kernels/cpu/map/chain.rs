//! The accumulator machine: a chain of instructions over blocks of elements.
//!
//! The accumulator is 8 vectors, or 16 where there are registers for them, that stay in registers while
//! instructions apply to them one by one; second operands come straight from memory. A hand-fused loop of
//! 6 ops with a sigmoid takes .21 ns an element with AVX-512, this .25 from the L1 cache (with 8 vectors and a call
//! for the sigmoid .39) and .30 from the last level. Larger arrays need the lines asked for ahead of time: 15 ms without,
//! 7 with it for 2^24 elements. A block interpreter, which writes each op's result to the L1 cache, was 1.5 times
//! slower; tail calls in place of `match` gained nothing, nor did asking for lines 4 KiB ahead; asking for all lines of a
//! block at once, not one by one between its ops, took half as long again.

use super::convert::Lane;
use super::rules::{Floats, Integers, Rules, WIDE};
use super::slots::{View, left};
use crate::cpu::simd::{Kernel, Simd, Vector, dispatch};
use crate::dtype::Class;
use crate::ops::Op;
use crate::program::{Code, Instruction, Program};

/// The vectors of a full accumulator elsewhere.
const VECTORS: usize = 8;

/// Runs all chains over the elements `at .. end` of every slot: of one tile, unless the program is plain.
///
/// # Safety
/// Every slot that the program reads or stores is valid for the elements `at .. end` of its dtype (an index for
/// `i64`), and nothing but equal slots overlaps. The machine has the tier.
#[inline(never)]
pub unsafe fn run_chains<S: Simd>(view: &View, at: usize, end: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        S::vectorize(
            #[inline(always)]
            || run_each_chain::<S>(view, at, end),
        )
    }
}

/// # Safety
/// As for `run_chains`.
#[inline(always)]
unsafe fn run_each_chain<S: Simd>(view: &View, at: usize, end: usize) {
    let chains = if view.plain { 1 } else { view.program.chains.len() };
    for &chain in &view.program.chains[..chains] {
        // A plain program's chains compute in one class, and so as one.
        let end_of_code = if view.plain {
            view.program.code.len()
        } else {
            chain.end as usize
        };
        let code = &view.program.code[chain.start as usize..end_of_code];
        // SAFETY: the caller's promise.
        unsafe {
            match chain.class {
                Class::F32 => run_chain::<S, S::F32, Floats>(view, code, at, end),
                Class::F64 => run_chain::<S, S::F64, Floats>(view, code, at, end),
                Class::I32 => run_chain::<S, S::I32, Integers>(view, code, at, end),
            }
        }
    }
}

/// # Safety
/// As for `run_chains`.
#[inline(always)]
unsafe fn run_chain<S: Simd, V: Vector<Elem: Lane>, R: Rules<V>>(
    view: &View,
    code: &[Instruction],
    mut at: usize,
    end: usize,
) {
    // SAFETY: blocks cover the elements before `end`, each once.
    unsafe {
        if const { has_wide::<V>() } && view.plain {
            at = full_blocks::<S, V, R, WIDE>(view, code, at, end);
        }
        at = full_blocks::<S, V, R, VECTORS>(view, code, at, end);
        match end - at {
            0 => {}
            n if n > 4 * V::LANES => block::<S, V, R, VECTORS, false, false>(view, code, at, n),
            n if n > V::LANES => block::<S, V, R, 4, false, false>(view, code, at, n),
            n => block::<S, V, R, 1, false, false>(view, code, at, n),
        }
    }
}

/// Whether there are registers for wide blocks.
const fn has_wide<V>() -> bool {
    size_of::<V>() == 64
}

/// The elements of a full accumulator on the tier in force.
pub fn block_elements(program: &Program) -> usize {
    dispatch(FullBlock(program))
}

/// Whether the tier in force stores a line of the cache at once.
pub fn stores_lines() -> bool {
    struct StoresLines;
    impl Kernel for StoresLines {
        type Output = bool;

        #[inline(always)]
        fn run<S: Simd>(self) -> bool {
            has_wide::<S::F32>()
        }
    }
    dispatch(StoresLines)
}

struct FullBlock<'a>(&'a Program);

impl FullBlock<'_> {
    fn elements<V: Vector>(&self) -> usize {
        let vectors = if has_wide::<V>() && self.0.plain {
            WIDE
        } else {
            VECTORS
        };
        vectors * V::LANES
    }
}

impl Kernel for FullBlock<'_> {
    type Output = usize;

    #[inline(always)]
    fn run<S: Simd>(self) -> usize {
        match self.0.class() {
            Class::F32 => self.elements::<S::F32>(),
            Class::F64 => self.elements::<S::F64>(),
            Class::I32 => self.elements::<S::I32>(),
        }
    }
}

/// Runs a chain over as many full blocks as there are before `end`; returns where they end.
///
/// # Safety
/// As for `run_chains`.
#[inline(always)]
unsafe fn full_blocks<S: Simd, V: Vector<Elem: Lane>, R: Rules<V>, const T: usize>(
    view: &View,
    code: &[Instruction],
    mut at: usize,
    end: usize,
) -> usize {
    let elements = T * V::LANES;
    while end - at >= elements {
        // SAFETY: the caller's promise.
        unsafe {
            if const { S::PREFETCHES && R::ASKS_AHEAD && (T == WIDE || !has_wide::<V>()) } && view.ahead > 0 {
                block::<S, V, R, T, true, true>(view, code, at, elements);
            } else {
                block::<S, V, R, T, true, false>(view, code, at, elements);
            }
        }
        at += elements;
    }
    at
}

/// Runs a chain over `n` elements from `at` on: `T` vectors, all of them if `FULL`; asks for later lines if `FAR`.
///
/// # Safety
/// As for `run_chains`.
#[inline(always)]
unsafe fn block<
    S: Simd,
    V: Vector<Elem: Lane>,
    R: Rules<V>,
    const T: usize,
    const FULL: bool,
    const FAR: bool,
>(
    view: &View,
    code: &[Instruction],
    at: usize,
    n: usize,
) {
    let mut acc = [V::zero(); T];
    let masks: [V::Mask; T] = std::array::from_fn(|j| V::first(left::<V>(n, j)));
    for instruction in code {
        let a = instruction.a;
        match instruction.code {
            Code::Apply(op) => {
                // SAFETY (of all): vectors of slots that were checked, of which `n` lanes are left.
                let second = || unsafe { view.vectors::<S, V, T, FULL, FAR>(a, at, &masks) };
                let third = || unsafe { view.vectors::<S, V, T, FULL, FAR>(instruction.b, at, &masks) };
                let other = |acc: &mut [V; T]| {
                    let mut vectors = *acc;
                    if op == Op::Random {
                        random_block::<S, V, R>(view, instruction, at, &mut vectors, n);
                    } else if op.row().operands > 0 {
                        let (mut others, second) = (vectors, second());
                        for (j, lanes) in others.iter_mut().enumerate() {
                            *lanes = second(j);
                        }
                        call_block::<S, V, R>(op, instruction.swap, &mut vectors, &others);
                    } else {
                        call_block::<S, V, R>(op, false, &mut vectors, &[]);
                    }
                    *acc = vectors;
                };
                R::apply(op, instruction.swap, &mut acc, second, third, other);
            }
            Code::Load => {
                let from = unsafe { view.vectors::<S, V, T, FULL, FAR>(a, at, &masks) };
                for (j, lanes) in acc.iter_mut().enumerate() {
                    *lanes = from(j);
                }
            }
            Code::Store => {
                let slot = view.slot(a);
                let to = slot.at::<V::Elem>(at);
                let streams =
                    FULL && view.streams && slot.is_memory() && (to as usize).is_multiple_of(size_of::<V>());
                for (j, &vector) in acc.iter().enumerate() {
                    let to = to.wrapping_add(j * V::LANES);
                    unsafe {
                        match (streams, FULL) {
                            (true, _) => vector.stream(to),
                            (_, true) => vector.store(to),
                            (_, false) => vector.store_where(masks[j], to),
                        }
                    }
                }
            }
            Code::LoadConverted => {
                let mut vectors = acc;
                load_block::<S, V>(view, a, at, &mut vectors, n);
                acc = vectors;
            }
            Code::StoreConverted => {
                let vectors = acc;
                store_block::<S, V>(view, a, at, &vectors, n);
            }
        }
    }
}

/// A long op over the vectors of a block. The copies of its caller keep the accumulator in registers.
#[inline(never)]
fn call_block<S: Simd, V: Vector, R: Rules<V>>(op: Op, swap: bool, acc: &mut [V], second: &[V]) {
    // SAFETY: blocks run only under a tier that the machine has.
    unsafe {
        S::vectorize(
            #[inline(always)]
            || R::call(op, swap, acc, second),
        )
    }
}

/// The lanes of a block's vectors, of which `n` count.
#[inline(always)]
fn lanes_of<V: Vector>(vectors: &mut [V], n: usize) -> &mut [V::Elem] {
    debug_assert!(size_of::<V>() == V::LANES * size_of::<V::Elem>() && n <= vectors.len() * V::LANES);
    // SAFETY: a vector is its lanes, and `n` of them are there.
    unsafe { std::slice::from_raw_parts_mut(vectors.as_mut_ptr().cast(), n) }
}

/// The accumulator from slot `slot`, converted.
#[inline(never)]
fn load_block<S: Simd, V: Vector<Elem: Lane>>(view: &View, slot: u8, at: usize, acc: &mut [V], n: usize) {
    let dtype = view.program.dtype(slot as usize);
    let from = view.slot(slot).of_size(at, dtype.size()).cast_const();
    // SAFETY: the slot has `n` elements from `at` on, and so has the accumulator; the tier as above.
    unsafe {
        let to = lanes_of(acc, n).as_mut_ptr();
        S::vectorize(
            #[inline(always)]
            || V::Elem::load(from, dtype, to, n),
        )
    }
}

/// Slot `slot` from the accumulator, converted.
#[inline(never)]
fn store_block<S: Simd, V: Vector<Elem: Lane>>(view: &View, slot: u8, at: usize, acc: &[V], n: usize) {
    let dtype = view.program.dtype(slot as usize);
    let to = view.slot(slot).of_size(at, dtype.size());
    // SAFETY: as for `load_block`.
    unsafe {
        S::vectorize(
            #[inline(always)]
            || V::Elem::store(acc.as_ptr().cast(), to, dtype, n),
        )
    }
}

/// The accumulator as random numbers.
#[inline(never)]
fn random_block<S: Simd, V: Vector, R: Rules<V>>(
    view: &View,
    instruction: &Instruction,
    at: usize,
    acc: &mut [V],
    n: usize,
) {
    let number = instruction.b as usize;
    let (seed, base) = (view.program.consts[number], view.program.consts[number + 1]);
    let indices = view.slot(instruction.a).at::<i64>(at);
    // SAFETY: slot `a` holds `n` indices from `at` on; the tier as above.
    unsafe {
        let indices = std::slice::from_raw_parts(indices, n);
        S::vectorize(
            #[inline(always)]
            || R::random(lanes_of(acc, n), indices, seed, base),
        )
    }
}
