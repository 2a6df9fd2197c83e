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
use crate::dtype::{Class, DType};
use crate::ops::{Op, apply_float, apply_int, call_float, call_int};
use crate::program::{CONST, Chain, Code, Instruction, Program};
use std::mem::MaybeUninit;

/// The most elements of a tile, on any tier.
pub const MOST_ELEMENTS: usize = 128;
/// The vectors of a full accumulator.
pub const VECTORS: usize = 8;
/// The slots that are memory: inputs, outputs, the result and spills.
pub const MEMORY_SLOTS: usize = 80;

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

/// One vector of any tier.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub struct Splat([MaybeUninit<u64>; 8]);

impl Splat {
    /// A vector that holds nothing yet.
    pub const NEW: Splat = Splat([const { MaybeUninit::uninit() }; 8]);

    /// The same 64 bits throughout.
    #[inline]
    pub fn of(bits: u64) -> Splat {
        Splat([MaybeUninit::new(bits); 8])
    }

    #[inline(always)]
    fn address(&self) -> *const u8 {
        self.0.as_ptr().cast()
    }
}

/// What the chains of one tile see.
pub struct Tile<'a> {
    /// The program.
    pub program: &'a Program,
    /// Where the tile's elements of each slot lie, one after the other.
    pub slots: &'a [*mut u8; MEMORY_SLOTS],
    /// The constants as vectors: a class after the other.
    pub splats: &'a [[Splat; 64]; 3],
}

/// The ops of a class of vectors.
pub trait Rules<V: Vector> {
    /// Applies an op to the vectors of an accumulator.
    fn apply<const T: usize>(
        op: Op,
        swap: bool,
        acc: &mut [V; T],
        a: impl Fn(usize) -> V,
        b: impl Fn(usize) -> V,
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
    ) {
        apply_float(op, swap, acc, a, b)
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
    ) {
        apply_int(op, swap, acc, a, b)
    }
    #[inline(always)]
    fn call(op: Op, swap: bool, acc: &mut [V], second: &[V]) {
        call_int(op, swap, acc, second)
    }
    fn random(_: &mut [V::Elem], _: &[i64], _: f64, _: f64) {
        unreachable!("programs were checked: no random integers")
    }
}

/// Runs all chains over the first `n` elements of a tile.
///
/// # Safety
/// Every slot that the program reads or stores is valid for `n` elements of its dtype (an index for
/// `i64`), and nothing but equal slots overlaps. The machine has the tier.
#[inline(always)]
pub unsafe fn run_tile<S: Simd>(tile: &Tile, n: usize) {
    for &chain in tile.program.chains.iter() {
        // SAFETY: the caller's promise.
        unsafe {
            match chain.class {
                Class::F32 => run_chain::<S, S::F32, Floats>(tile, chain, n),
                Class::F64 => run_chain::<S, S::F64, Floats>(tile, chain, n),
                Class::I32 => run_chain::<S, S::I32, Integers>(tile, chain, n),
            }
        }
    }
}

/// # Safety
/// As for `run_tile`.
#[inline(always)]
unsafe fn run_chain<S: Simd, V: Vector<Elem: Lane>, R: Rules<V>>(tile: &Tile, chain: Chain, n: usize) {
    let code = &tile.program.code[chain.start as usize..chain.end as usize];
    let mut at = 0;
    // SAFETY: blocks cover the elements before `n`, each once.
    unsafe {
        while n - at >= VECTORS * V::LANES {
            block::<S, V, R, VECTORS, true>(tile, code, at, VECTORS * V::LANES);
            at += VECTORS * V::LANES;
        }
        while n - at > V::LANES {
            let count = (n - at).min(4 * V::LANES);
            block::<S, V, R, 4, false>(tile, code, at, count);
            at += count;
        }
        if n > at {
            block::<S, V, R, 1, false>(tile, code, at, n - at);
        }
    }
}

/// Runs a chain over `n` elements from `at` on: `T` vectors, all of them if `FULL`.
///
/// # Safety
/// As for `run_tile`, with `at + n` elements.
#[inline(always)]
unsafe fn block<S: Simd, V: Vector<Elem: Lane>, R: Rules<V>, const T: usize, const FULL: bool>(
    tile: &Tile,
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
    let operand = |slot: u8| match slot as usize {
        constant @ CONST.. => (splat::<V>(tile, constant), 0),
        memory => (
            tile.slots[memory].cast::<V::Elem>().wrapping_add(at).cast_const(),
            V::LANES,
        ),
    };
    let mut acc = [V::zero(); T];
    for instruction in code {
        let (a, a_step) = operand(instruction.a);
        match instruction.code {
            Code::Random => {
                let mut room = Room::NEW;
                // SAFETY: slot `a` is an index; the room is larger than the block.
                unsafe { random_block::<S, V, R>(tile, instruction, at, room.address().cast(), n) };
                read_room(&mut acc, &mut room, load);
            }
            Code::Apply(op) => {
                let (b, b_step) = operand(instruction.b);
                let second = |j: usize| load(a.wrapping_add(j * a_step), j);
                let third = |j: usize| load(b.wrapping_add(j * b_step), j);
                R::apply(op, instruction.swap, &mut acc, second, third);
            }
            Code::Call(op) => {
                // Copies of their own, so that the accumulator itself stays in registers.
                let mut tile = acc;
                let mut second = acc;
                if op.row().operands > 0 {
                    for (j, lanes) in second.iter_mut().enumerate() {
                        *lanes = load(a.wrapping_add(j * a_step), j);
                    }
                }
                call_block::<S, V, R>(op, instruction.swap, &mut tile, &second);
                acc = tile;
            }
            Code::Load if is_native::<V>(tile, instruction.a) => {
                for (j, lanes) in acc.iter_mut().enumerate() {
                    *lanes = load(a.wrapping_add(j * a_step), j);
                }
            }
            Code::Load => {
                let mut room = Room::NEW;
                // SAFETY: the slot has `n` elements from `at` on; the room is larger than the block.
                unsafe { load_block::<S, V>(tile, instruction.a, at, room.address().cast(), n) };
                read_room(&mut acc, &mut room, load);
            }
            Code::Store if is_native::<V>(tile, instruction.a) => {
                for (j, &lanes) in acc.iter().enumerate() {
                    store(lanes, a.cast_mut().wrapping_add(j * V::LANES), j);
                }
            }
            Code::Store => {
                let mut room = Room::NEW;
                let values = room.address().cast::<V::Elem>();
                for (j, &lanes) in acc.iter().enumerate() {
                    store(lanes, values.wrapping_add(j * V::LANES), j);
                }
                // SAFETY: as for a load.
                unsafe { store_block::<S, V>(tile, instruction.a, at, values, n) };
            }
        }
    }
}

/// A long op over the vectors of a block.
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

/// Loads an accumulator from values that were prepared for it.
#[inline(always)]
fn read_room<V: Vector, const T: usize>(
    acc: &mut [V; T],
    room: &mut Room,
    load: impl Fn(*const V::Elem, usize) -> V,
) {
    let values = room.address().cast::<V::Elem>().cast_const();
    for (j, lanes) in acc.iter_mut().enumerate() {
        *lanes = load(values.wrapping_add(j * V::LANES), j);
    }
}

/// The vector of a constant.
#[inline(always)]
fn splat<V: Vector<Elem: Lane>>(tile: &Tile, slot: usize) -> *const V::Elem {
    let splats = &tile.splats[V::Elem::CLASS as usize];
    splats[(slot - CONST) % splats.len()].address().cast()
}

/// Whether a slot holds lanes of the class as they are.
#[inline(always)]
fn is_native<V: Vector<Elem: Lane>>(tile: &Tile, slot: u8) -> bool {
    slot as usize >= CONST || tile.program.dtype(slot as usize) == V::Elem::CLASS.dtype()
}

/// # Safety
/// Slot `slot` is valid for reading `at + n` elements, `to` for writing `n` lanes.
#[inline(always)]
unsafe fn load_block<S: Simd, V: Vector<Elem: Lane>>(
    tile: &Tile,
    slot: u8,
    at: usize,
    to: *mut V::Elem,
    n: usize,
) {
    let dtype = tile.program.dtype(slot as usize);
    let from = tile.slots[slot as usize]
        .wrapping_add(at * dtype.size())
        .cast_const();
    // SAFETY: the caller's promise.
    unsafe {
        S::vectorize(
            #[inline(always)]
            || V::Elem::load(from, dtype, to, n),
        )
    }
}

/// # Safety
/// Slot `slot` is valid for writing `at + n` elements, `from` for reading `n` lanes.
#[inline(always)]
unsafe fn store_block<S: Simd, V: Vector<Elem: Lane>>(
    tile: &Tile,
    slot: u8,
    at: usize,
    from: *const V::Elem,
    n: usize,
) {
    let dtype = tile.program.dtype(slot as usize);
    let to = tile.slots[slot as usize].wrapping_add(at * dtype.size());
    // SAFETY: the caller's promise.
    unsafe {
        S::vectorize(
            #[inline(always)]
            || V::Elem::store(from, to, dtype, n),
        )
    }
}

/// # Safety
/// Slot `a` of the instruction is valid for reading `at + n` indices, `to` for writing `n` lanes.
#[inline(always)]
unsafe fn random_block<S: Simd, V: Vector, R: Rules<V>>(
    tile: &Tile,
    instruction: &Instruction,
    at: usize,
    to: *mut V::Elem,
    n: usize,
) {
    let constant = |slot: usize| tile.program.consts[slot - CONST];
    let (seed, base) = (
        constant(instruction.b as usize),
        constant(instruction.b as usize + 1),
    );
    debug_assert_eq!(tile.program.dtype(instruction.a as usize), DType::Index);
    // SAFETY: the caller's promise; lanes of any bits are values.
    unsafe {
        let indices = std::slice::from_raw_parts(tile.slots[instruction.a as usize].cast::<i64>().add(at), n);
        to.write_bytes(0, n);
        let to = std::slice::from_raw_parts_mut(to, n);
        S::vectorize(
            #[inline(always)]
            || R::random(to, indices, seed, base),
        )
    }
}
