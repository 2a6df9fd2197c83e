//! The accumulator machine: a chain of instructions over one tile.
//!
//! The accumulator is up to 8 vectors that stay in registers while instructions apply to them one by
//! one; second operands come straight from memory. So a chain costs what a hand-fused loop costs: an extra
//! cheap op is 3.6 ns for 128 floats with AVX-512. A block interpreter, which writes each op's result to
//! the L1 cache, was 1.5 times slower; tail calls in place of `match` gained nothing.

use super::convert::Lane;
use super::random;
use crate::cpu::math::Math;
use crate::cpu::simd::{Float, Int, Simd, Vector};
use crate::dtype::Class;
use crate::ops::{Op, apply_float, apply_int, call_float, call_int};
use crate::program::{Chain, Code, Instruction, Program, SLOTS, SPLATS};
use std::mem::MaybeUninit;

/// The most elements of a tile, on any tier.
pub const MOST_ELEMENTS: usize = 128;
/// The vectors of a full accumulator.
pub const VECTORS: usize = 8;

/// Room for a tile of any dtype.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub struct Room([MaybeUninit<u64>; MOST_ELEMENTS]);

impl Room {
    /// Room that holds nothing yet.
    pub const NEW: Room = Room([const { MaybeUninit::uninit() }; MOST_ELEMENTS]);

    /// Its address.
    #[inline]
    pub fn address(&mut self) -> *mut u8 {
        self.0.as_mut_ptr().cast()
    }
}

/// Where the elements of each slot lie, one after the other; constants are one vector.
pub type Slots = [MaybeUninit<*mut u8>; SLOTS];

/// What chains see.
pub struct View<'a> {
    /// The program.
    pub program: &'a Program,
    /// The slots that the program uses.
    pub slots: &'a Slots,
}

impl View<'_> {
    #[inline(always)]
    fn slot(&self, number: u8) -> *mut u8 {
        // SAFETY: programs were checked, and `Machine` has set each slot that they use.
        unsafe { self.slots.get_unchecked(number as usize).assume_init() }
    }
}

/// The ops of a class of vectors.
pub trait Rules<V: Vector> {
    /// Applies a short op to the vectors of an accumulator, or what `other` does.
    fn apply<const T: usize>(
        op: Op,
        swap: bool,
        acc: &mut [V; T],
        a: impl Fn(usize) -> V,
        b: impl Fn(usize) -> V,
        other: impl FnOnce(&mut [V; T]),
    );
    /// Applies a long op to the vectors of an accumulator and of its second operand.
    fn call(op: Op, swap: bool, acc: &mut [V], second: &[V]);
    /// Random numbers at these indices.
    fn random(to: &mut [V::Elem], indices: &[i64], seed: f64, base: f64);
}

/// Rules for floats.
pub struct Floats;
/// Rules for integers.
pub struct Integers;

impl<V: Float<Elem: Math + random::Uniform>> Rules<V> for Floats {
    #[inline(always)]
    fn apply<const T: usize>(
        op: Op,
        swap: bool,
        acc: &mut [V; T],
        a: impl Fn(usize) -> V,
        b: impl Fn(usize) -> V,
        other: impl FnOnce(&mut [V; T]),
    ) {
        apply_float(op, swap, acc, a, b, other)
    }
    #[inline(always)]
    fn call(op: Op, swap: bool, acc: &mut [V], second: &[V]) {
        call_float(op, swap, acc, second)
    }
    #[inline(always)]
    fn random(to: &mut [V::Elem], indices: &[i64], seed: f64, base: f64) {
        random::fill(to, indices, seed as u64, base as u64)
    }
}

impl<V: Int> Rules<V> for Integers {
    #[inline(always)]
    fn apply<const T: usize>(
        op: Op,
        swap: bool,
        acc: &mut [V; T],
        a: impl Fn(usize) -> V,
        b: impl Fn(usize) -> V,
        other: impl FnOnce(&mut [V; T]),
    ) {
        apply_int(op, swap, acc, a, b, other)
    }
    #[inline(always)]
    fn call(op: Op, swap: bool, acc: &mut [V], second: &[V]) {
        call_int(op, swap, acc, second)
    }
    fn random(_: &mut [V::Elem], _: &[i64], _: f64, _: f64) {
        unreachable!("programs were checked: no random integers")
    }
}

/// Runs all chains over `n` elements from element `at` of every slot on.
///
/// # Safety
/// Every slot that the program reads or stores is valid for the elements `at .. at + n` of its dtype (an index for
/// `i64`), and nothing but equal slots overlaps. The machine has the tier.
#[inline(always)]
pub unsafe fn run_chains<S: Simd>(view: &View, at: usize, n: usize) {
    for &chain in view.program.chains.iter() {
        // SAFETY: the caller's promise.
        unsafe {
            match chain.class {
                Class::F32 => run_chain::<S, S::F32, Floats>(view, chain, at, n),
                Class::F64 => run_chain::<S, S::F64, Floats>(view, chain, at, n),
                Class::I32 => run_chain::<S, S::I32, Integers>(view, chain, at, n),
            }
        }
    }
}

/// # Safety
/// As for `run_chains`.
#[inline(always)]
unsafe fn run_chain<S: Simd, V: Vector<Elem: Lane>, R: Rules<V>>(
    view: &View,
    chain: Chain,
    mut at: usize,
    n: usize,
) {
    let code = &view.program.code[chain.start as usize..chain.end as usize];
    let end = at + n;
    // SAFETY: blocks cover the elements before `end`, each once.
    unsafe {
        while end - at >= VECTORS * V::LANES {
            block::<S, V, R, VECTORS, true>(view, code, at, VECTORS * V::LANES);
            at += VECTORS * V::LANES;
        }
        match end - at {
            0 => {}
            n if n > 4 * V::LANES => block::<S, V, R, VECTORS, false>(view, code, at, n),
            n if n > V::LANES => block::<S, V, R, 4, false>(view, code, at, n),
            n => block::<S, V, R, 1, false>(view, code, at, n),
        }
    }
}

/// Runs a chain over `n` elements from `at` on: `T` vectors, all of them if `FULL`.
///
/// # Safety
/// As for `run_chains`.
#[inline(always)]
unsafe fn block<S: Simd, V: Vector<Elem: Lane>, R: Rules<V>, const T: usize, const FULL: bool>(
    view: &View,
    code: &[Instruction],
    at: usize,
    n: usize,
) {
    let lanes = |j: usize| n.saturating_sub(j * V::LANES).min(V::LANES);
    // SAFETY (of both): vector `j` has as many elements left in memory as lanes are touched.
    let load = |from: *const V::Elem, j: usize| unsafe {
        if FULL {
            V::load(from)
        } else {
            V::load_first(from, lanes(j))
        }
    };
    let store = |vector: V, to: *mut V::Elem, j: usize| unsafe {
        if FULL {
            vector.store(to)
        } else {
            vector.store_first(to, lanes(j))
        }
    };
    // A constant is one vector that is read again and again: its step is 0.
    let operand = |number: u8| {
        let (from, step) = if (number as usize) < SPLATS {
            (at, V::LANES)
        } else {
            (0, 0)
        };
        (view.slot(number).cast::<V::Elem>().wrapping_add(from), step)
    };
    let mut acc = [V::zero(); T];
    for instruction in code {
        let a = instruction.a;
        match instruction.code {
            Code::Apply(op) => {
                let second = |j: usize| {
                    let (from, step) = operand(a);
                    load(from.wrapping_add(j * step), j)
                };
                let third = |j: usize| {
                    let (from, step) = operand(instruction.b);
                    load(from.wrapping_add(j * step), j)
                };
                let other = |acc: &mut [V; T]| {
                    let mut vectors = *acc;
                    if op == Op::Random {
                        random_block::<S, V, R>(view, instruction, at, &mut vectors, n);
                    } else {
                        let others = if op.row().operands > 0 {
                            std::array::from_fn(second)
                        } else {
                            vectors
                        };
                        call_block::<S, V, R>(op, instruction.swap, &mut vectors, &others);
                    }
                    *acc = vectors;
                };
                R::apply(op, instruction.swap, &mut acc, second, third, other);
            }
            Code::Load => {
                let (from, step) = operand(a);
                for (j, lanes) in acc.iter_mut().enumerate() {
                    *lanes = load(from.wrapping_add(j * step), j);
                }
            }
            Code::Store => {
                let to = view.slot(a).cast::<V::Elem>().wrapping_add(at);
                for (j, &lanes) in acc.iter().enumerate() {
                    store(lanes, to.wrapping_add(j * V::LANES), j);
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
    let from = view.slot(slot).wrapping_add(at * dtype.size()).cast_const();
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
    let to = view.slot(slot).wrapping_add(at * dtype.size());
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
    let indices = view.slot(instruction.a).cast::<i64>().wrapping_add(at);
    // SAFETY: slot `a` holds `n` indices from `at` on; the tier as above.
    unsafe {
        let indices = std::slice::from_raw_parts(indices, n);
        S::vectorize(
            #[inline(always)]
            || R::random(lanes_of(acc, n), indices, seed, base),
        )
    }
}
