//! Walks an iteration in tiles, makes every slot of a tile lie element after element, and runs the chains.

use super::chain::run_chains;
use super::convert::Lane;
use super::reach::{Place, Reach};
use super::scratch::Scratch;
use super::slots::{MOST_ELEMENTS, Slot, View};
use super::stage::{gather, scatter};
use crate::cpu::simd::{Kernel, Simd, dispatch};
use crate::dtype::Class;
use crate::layout::{Cursor, Iteration, Operand};
use crate::program::{OUTPUTS, Program, RESULT, SPILLS, SPLATS};
use std::mem::MaybeUninit;

/// Operands of so many elements do not lie in the near caches.
const FAR: usize = 1 << 16;
/// How many bytes ahead of a block their lines are asked for: while it computes, the memory would rest.
const AHEAD: usize = 2048;

/// A program bound to an iteration.
pub struct Machine<'a> {
    program: &'a Program,
    iteration: &'a Iteration,
    scratch: &'a mut Scratch,
    staged: bool,
    streams: bool,
    ahead: usize,
    by_rows: bool,
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
        let mut staged = false;
        scratch.places.truncate(0);
        for (number, &place) in reach.places.iter().enumerate() {
            let saved = number < program.inputs.len() && read_after_store(program, iteration, number);
            let place = if saved && place == Place::Direct {
                Place::Staged
            } else {
                place
            };
            scratch.places.push(place);
            let room = scratch.staged[number].address();
            let slot = match place {
                Place::Direct => continue,
                Place::Fixed => Slot::constant(room),
                Place::Periodic(_) | Place::Staged => Slot::room(room),
            };
            staged |= place != Place::Fixed;
            scratch.slots[slot_of(program, number)].write(slot);
        }
        for number in 0..program.spills.len() {
            let room = scratch.spills[number].address();
            scratch.slots[SPILLS + number].write(Slot::room(room));
        }
        for (number, splat) in program.splats.iter().enumerate() {
            let value = program.consts[splat.number as usize];
            let lanes = scratch.splats[number].0.write([splatted(value, splat.class); 8]);
            scratch.slots[SPLATS + number].write(Slot::constant(lanes.as_mut_ptr().cast()));
        }
        Machine {
            program,
            iteration,
            scratch,
            staged,
            streams: false,
            ahead: if iteration.elements() >= FAR { AHEAD } else { 0 },
            by_rows: reach.by_rows,
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

    /// Runs the program over the elements `start .. end`, in row-major order of the iteration.
    #[inline(never)]
    pub fn run(&mut self, start: usize, end: usize) {
        debug_assert!(end <= self.iteration.elements());
        if start < end {
            dispatch(Run {
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
        self.staged || !self.program.plain
    }

    /// Points the direct slots at the cursor, and fills what is fixed from here on for tiles of up to `n` elements.
    #[inline]
    fn bind(&mut self, cursor: &Cursor, n: usize) {
        for (number, operand) in self.iteration.operands.iter().enumerate() {
            match self.scratch.places[number] {
                Place::Direct => {
                    let slot = Slot::memory(operand.pointer(&cursor.coords));
                    self.scratch.slots[slot_of(self.program, number)].write(slot);
                }
                // SAFETY: the value at the cursor exists, and a room takes a tile.
                Place::Fixed => unsafe { fill(operand, cursor, self.scratch.staged[number].address(), n) },
                // SAFETY: the elements of a period lie one after the other, and a room takes them and a tile.
                Place::Periodic(period) => unsafe {
                    repeat(operand, period, self.scratch.staged[number].address(), period + n);
                },
                Place::Staged => {}
            }
        }
        self.scratch.slots[RESULT].write(Slot::memory(self.result));
    }

    /// Gathers the staged inputs of a tile, and finds where it begins in those that are repeated.
    fn stage(&mut self, cursor: &Cursor, n: usize) {
        for number in 0..self.program.inputs.len() {
            let operand = &self.iteration.operands[number];
            let room = self.scratch.staged[number].address();
            match self.scratch.places[number] {
                Place::Periodic(_) => {
                    let begin = operand.distance(&cursor.coords) as usize * operand.dtype.size();
                    self.scratch.slots[number].write(Slot::room(room.wrapping_add(begin)));
                }
                // SAFETY: `n` elements are left from the cursor on, and a room takes a tile.
                Place::Staged => unsafe { gather(operand, &self.iteration.dims, cursor, room, n) },
                Place::Direct | Place::Fixed => {}
            }
        }
    }

    /// Scatters the staged outputs of a tile.
    fn unstage(&mut self, cursor: &Cursor, n: usize) {
        for number in self.program.inputs.len()..self.iteration.operands.len() {
            if self.scratch.places[number] == Place::Staged {
                let (operand, room) = (
                    &self.iteration.operands[number],
                    self.scratch.staged[number].address(),
                );
                // SAFETY: as for `stage`; the chains have stored every element of the tile.
                unsafe { scatter(operand, &self.iteration.dims, cursor, room, n) };
            }
        }
    }
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

/// Fills a room with the element at the cursor.
///
/// # Safety
/// The operand has memory and was proved over the iteration; `room` has room for `n` elements.
unsafe fn fill(operand: &Operand, cursor: &Cursor, room: *mut u8, n: usize) {
    let from = operand.pointer(&cursor.coords).cast_const();
    // SAFETY: the caller's promise.
    unsafe {
        match operand.dtype.size() {
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

/// A run of a machine, for a tier.
struct Run<'m, 'a> {
    machine: &'m mut Machine<'a>,
    start: usize,
    end: usize,
}

impl Kernel for Run<'_, '_> {
    type Output = ();

    /// Goes from row to row, or over everything at once where no operand cares for rows.
    #[inline(always)]
    fn run<S: Simd>(self) {
        let Run { machine, start, end } = self;
        let dims = &machine.iteration.dims;
        let most = if machine.needs_tiles() {
            MOST_ELEMENTS
        } else {
            usize::MAX
        };
        let mut cursor = Cursor::at(dims, start);
        let mut at = start;
        while at < end {
            let row_left = dims[dims.len() - 1] - cursor.coords[dims.len() - 1];
            let length = if machine.by_rows {
                row_left.min(end - at)
            } else {
                end - at
            };
            machine.bind(&cursor, length.min(MOST_ELEMENTS));
            // Only staged tiles need a position of their own: a copy costs as much as a short tile.
            let mut tile_cursor = machine.staged.then_some(cursor);
            for done in (0..length).step_by(most) {
                let n = most.min(length - done);
                if let Some(cursor) = &tile_cursor {
                    machine.stage(cursor, n);
                }
                let view = View {
                    program: machine.program,
                    slots: &machine.scratch.slots,
                    plain: machine.program.plain,
                    streams: machine.streams,
                    ahead: machine.ahead,
                };
                // SAFETY: direct slots lie inside operands that were proved, from the cursor to the row's end (or
                // to the end, if the operand is contiguous); rooms take a tile.
                unsafe { run_chains::<S>(&view, done, done + n) };
                if let Some(cursor) = &mut tile_cursor {
                    machine.unstage(cursor, n);
                    cursor.advance(dims, n);
                }
            }
            machine.result = machine
                .result
                .wrapping_add(length * machine.program.class().dtype().size());
            cursor.advance(dims, length);
            at += length;
        }
        if machine.streams {
            S::fence();
        }
    }
}
