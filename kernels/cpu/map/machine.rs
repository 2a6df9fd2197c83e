//! A program bound to an iteration: makes every slot of a tile lie element after element, and runs the chains.

mod paused;
mod walk;

pub use self::paused::Paused;
use self::walk::Walk;
use super::convert::Lane;
use super::reach::{Place, Reach};
use super::scratch::Scratch;
use super::slots::{MOST_ELEMENTS, Slot};
use super::stage::{Floor, gather, scatter};
use crate::cpu::simd::{Simd, dispatch};
use crate::dtype::{Class, DType};
use crate::layout::{Block, Cursor, Iteration, Operand};
use crate::program::{OUTPUTS, Program, SPILLS, SPLATS};
use std::mem::MaybeUninit;
use std::ops::Range;

/// The bytes of the widest vector.
const VECTOR_BYTES: usize = 64;
/// Operands of so many elements do not lie in the near caches.
const FAR: usize = 1 << 16;
/// How many bytes ahead of a block their lines are asked for: while it computes, the memory would rest.
const AHEAD: usize = 2048;

/// A program bound to an iteration.
pub struct Machine<'a> {
    program: &'a Program,
    iteration: &'a Iteration,
    reach: &'a Reach,
    scratch: &'a mut Scratch,
    staged: bool,
    repeated: bool,
    streams: bool,
    ahead: usize,
    /// What is called between blocks, with how many elements were computed.
    beside: Option<&'a dyn Fn(usize)>,
    /// The columns of each row that are walked.
    columns: Range<usize>,
    result: *mut u8,
}

impl<'a> Machine<'a> {
    /// Binds a program to an iteration over its inputs and then its outputs.
    #[inline]
    pub fn new(
        program: &'a Program,
        iteration: &'a Iteration,
        reach: &'a Reach,
        scratch: &'a mut Scratch,
    ) -> Self {
        let (mut staged, mut repeated) = (false, false);
        scratch.places.truncate(0);
        for (number, &place) in reach.places.iter().enumerate() {
            let saved = number < program.inputs.len() && read_after_store(program, iteration, number);
            let place = if saved && place == Place::Direct {
                Place::Staged
            } else {
                place
            };
            scratch.places.push(place);
            staged |= place == Place::Staged;
            repeated |= matches!(place, Place::Periodic(_));
        }
        for number in 0..program.spills.len() {
            let room = scratch.spills[number].address();
            scratch.slots[SPILLS + number].write(Slot::tile(room));
        }
        for (number, splat) in program.splats.iter().enumerate() {
            let value = program.consts[splat.number as usize];
            let lanes = scratch.splats[number].0.write([splatted(value, splat.class); 8]);
            scratch.slots[SPLATS + number].write(Slot::constant(lanes.as_mut_ptr().cast()));
        }
        Machine {
            program,
            iteration,
            reach,
            scratch,
            staged,
            repeated,
            streams: false,
            ahead: if iteration.elements() >= FAR { AHEAD } else { 0 },
            beside: None,
            columns: 0..iteration.dims[iteration.dims.len() - 1],
            result: std::ptr::null_mut(),
        }
    }

    /// Stores results past the caches from now on: nobody reads them before others have displaced them.
    pub fn stream(&mut self) {
        self.streams = true;
    }

    /// Asks from now on for the lines of what lies so many elements ahead: that is what is worked on next.
    pub fn ask_ahead(&mut self, elements: usize) {
        self.ahead = elements * self.program.class().dtype().size();
    }

    /// Calls this from now on after each few elements, with how many they were.
    pub fn do_beside(&mut self, work: &'a dyn Fn(usize)) {
        self.beside = Some(work);
    }

    /// Walks these columns alone from now on, of rows that are run from end to end.
    pub fn narrow(&mut self, columns: Range<usize>) {
        self.columns = columns;
    }

    /// Runs the program over the elements `start .. end`, in row-major order of the iteration.
    #[inline(never)]
    pub fn run(&mut self, start: usize, end: usize) {
        debug_assert!(end <= self.iteration.elements());
        if start < end {
            dispatch(Walk {
                machine: self,
                start,
                end,
            });
        }
    }

    /// Writes the results of a valued program for the elements `start .. end` to `to`, one after the other.
    ///
    /// # Safety
    /// `to` is valid for writing `end - start` elements of the program's class.
    #[inline]
    pub unsafe fn values(&mut self, start: usize, end: usize, to: *mut u8) {
        self.result = to;
        self.run(start, end);
    }

    /// Whether rooms are filled or emptied, or chains hand over what they computed, tile by tile.
    #[inline]
    pub fn needs_tiles(&self) -> bool {
        self.staged || self.repeated || !self.program.plain
    }

    /// The most elements between two stagings.
    fn panel(&self) -> usize {
        match (self.staged, self.repeated) {
            (true, _) => self.reach.panel,
            (false, true) => MOST_ELEMENTS,
            (false, false) => usize::MAX,
        }
    }

    /// Points the slots at the panel that begins `row` rows after the cursor: rows of up to `n` elements, which lie `pitch`
    /// apart in rooms. If `fills`, it also fills what is fixed or repeated from here on.
    #[inline(always)]
    fn bind(&mut self, cursor: &Cursor, row: usize, n: usize, pitch: usize, fills: bool) {
        for (number, operand) in self.iteration.operands.iter().enumerate() {
            let (size, room) = (operand.dtype.size(), self.scratch.staged[number].address());
            let slot = match self.scratch.places[number] {
                Place::Direct => Slot::memory(row_of(operand, cursor, row)),
                Place::Staged => Slot::room(room.wrapping_add(row * pitch * size)),
                Place::Fixed => {
                    if fills {
                        let count = if self.program.plain {
                            VECTOR_BYTES / size
                        } else {
                            n.min(MOST_ELEMENTS)
                        };
                        // SAFETY: the value exists, and a room takes a tile.
                        unsafe { fill(row_of(operand, cursor, row), operand.dtype, room, count) };
                    }
                    Slot::constant(room)
                }
                Place::Periodic(period) => {
                    if fills {
                        // SAFETY: the elements of a period lie one after the other, and a room takes them and a panel.
                        unsafe { repeat(operand, period, room, period + n) };
                    }
                    Slot::room(room.wrapping_add(operand.distance(&cursor.coords) as usize * size))
                }
            };
            self.scratch.slots[slot_of(self.program, number)].write(slot);
        }
    }

    /// Gathers the staged inputs of a block, or scatters its staged outputs; its rows lie `pitch` apart in rooms, after
    /// `done` other elements.
    fn stage<S: Simd>(&mut self, out: bool, cursor: &Cursor, block: &Block, done: usize, pitch: usize) {
        let (inputs, all) = (self.program.inputs.len(), self.iteration.operands.len());
        for number in if out { inputs..all } else { 0..inputs } {
            if self.scratch.places[number] != Place::Staged {
                continue;
            }
            let operand = &self.iteration.operands[number];
            let room = self.scratch.staged[number].address();
            let first = room.wrapping_add(done * operand.dtype.size());
            let floor = Floor { first, pitch };
            // SAFETY: the block is a part of the iteration, over which operands were proved, and a room takes a panel; the
            // chains have stored every element of what is scattered.
            unsafe {
                if out {
                    scatter::<S>(operand, cursor, block, &floor);
                } else {
                    gather::<S>(operand, cursor, block, &floor);
                }
            }
        }
    }
}

/// Where a row begins, so many after the cursor's.
#[inline(always)]
fn row_of(operand: &Operand, cursor: &Cursor, row: usize) -> *mut u8 {
    operand
        .pointer(&cursor.coords)
        .wrapping_offset(row as isize * operand.last_strides()[0] * operand.dtype.size() as isize)
}

/// The slot of an operand: inputs come first, then outputs.
#[inline(always)]
fn slot_of(program: &Program, number: usize) -> usize {
    match number.checked_sub(program.inputs.len()) {
        None => number,
        Some(output) => OUTPUTS + output,
    }
}

/// Whether an input is the memory of an output that is stored before the input is last read: its tile must
/// be saved first.
#[inline]
fn read_after_store(program: &Program, iteration: &Iteration, input: usize) -> bool {
    let stored = program.stored_before[input];
    let data = iteration.operands[input].data;
    let outputs = iteration.operands[program.inputs.len()..].iter().enumerate();
    stored != 0
        && outputs
            .into_iter()
            .any(|(number, output)| stored >> number & 1 == 1 && output.data == data)
}

/// Fills a room with `n` times an element.
///
/// # Safety
/// `from` is an element of the dtype; `room` has room for `n`.
unsafe fn fill(from: *const u8, dtype: DType, room: *mut u8, n: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        match dtype.size() {
            1 => room.write_bytes(*from, n),
            4 => std::slice::from_raw_parts_mut(room.cast::<MaybeUninit<u32>>(), n).fill(*from.cast()),
            _ => std::slice::from_raw_parts_mut(room.cast::<MaybeUninit<u64>>(), n).fill(*from.cast()),
        }
    }
}

/// Fills a room with `n` elements: those of a period again and again.
///
/// # Safety
/// The `period` elements from the operand's first on are valid for reading; `room` has room for `n`.
unsafe fn repeat(operand: &Operand, period: usize, room: *mut u8, n: usize) {
    let (size, from) = (operand.dtype.size(), operand.data.cast_const());
    for at in (0..n).step_by(period) {
        // SAFETY: the caller's promise.
        unsafe {
            room.add(at * size)
                .copy_from_nonoverlapping(from, period.min(n - at) * size)
        };
    }
}

/// 64 bits of a constant's vector.
#[inline]
fn splatted(value: f64, class: Class) -> u64 {
    let twice = |bits: u32| u64::from(bits) << 32 | u64::from(bits);
    match class {
        Class::F32 => twice(f32::constant(value).to_bits()),
        Class::F64 => value.to_bits(),
        Class::I32 => twice(i32::constant(value) as u32),
    }
}
