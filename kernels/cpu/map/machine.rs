//! Walks an iteration in tiles, makes every slot of a tile lie element after element, and runs the chains.

use super::chain::{MOST_ELEMENTS, Room, Slots, VECTORS, View, run_chains};
use super::convert::Lane;
use super::stage::{gather, scatter};
use crate::cpu::simd::{Kernel, Simd, Vector, dispatch};
use crate::dtype::Class;
use crate::layout::{Cursor, Iteration, MAX_OPERANDS, Operand};
use crate::list::List;
use crate::program::{MAX_SPILLS, OUTPUTS, Program, RESULT, SLOTS, SPILLS, SPLATS};
use std::mem::MaybeUninit;

/// Rows of at least so many elements are walked one by one, so that their elements need no staging.
const LONG_ROW: usize = 64;

/// One vector of any tier, aligned.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Lanes(MaybeUninit<[u64; 8]>);

/// What a machine keeps: tiles, constants and where its slots are. It needs no initialisation, and never moves.
pub struct Scratch {
    slots: Slots,
    places: List<Place, MAX_OPERANDS>,
    roomed: List<Roomed, { MAX_OPERANDS + MAX_SPILLS }>,
    staged: [Room; MAX_OPERANDS],
    spills: [Room; MAX_SPILLS],
    splats: [Lanes; SLOTS - SPLATS],
}

impl Scratch {
    /// Scratch memory that holds nothing yet.
    #[inline(always)]
    pub fn new() -> Self {
        Scratch {
            slots: [const { MaybeUninit::uninit() }; SLOTS],
            places: List::new(),
            roomed: List::new(),
            staged: [Room::NEW; MAX_OPERANDS],
            spills: [Room::NEW; MAX_SPILLS],
            splats: [Lanes(MaybeUninit::uninit()); SLOTS - SPLATS],
        }
    }
}

impl Default for Scratch {
    fn default() -> Self {
        Scratch::new()
    }
}

/// How a tile of an operand is reached.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// It lies in memory as the machine wants it.
    Direct,
    /// It is one value until the next row begins: a room is filled once.
    Fixed,
    /// It is gathered before each tile, or scattered after it.
    Staged,
}

/// A slot whose tiles lie in a room.
#[derive(Clone, Copy)]
struct Roomed {
    slot: u8,
    size: u8,
    room: *mut u8,
}

/// A program bound to an iteration.
pub struct Machine<'a> {
    program: &'a Program,
    iteration: &'a Iteration,
    scratch: &'a mut Scratch,
    staged: bool,
    by_rows: bool,
    result: *mut u8,
}

impl<'a> Machine<'a> {
    /// Binds a program to an iteration over its inputs and then its outputs.
    #[inline]
    pub fn new(program: &'a Program, iteration: &'a Iteration, scratch: &'a mut Scratch) -> Self {
        let dims = &iteration.dims;
        let by_rows = dims.len() == 1 || dims[dims.len() - 1] >= LONG_ROW;
        let mut staged = false;
        scratch.places.truncate(0);
        scratch.roomed.truncate(0);
        for (number, operand) in iteration.operands.iter().enumerate() {
            debug_assert_eq!(operand.strides.len(), dims.len());
            let place = place_of(program, iteration, number, by_rows);
            scratch.places.push(place);
            staged |= place == Place::Staged;
            if place != Place::Direct {
                let (slot, size) = (slot_of(program, number) as u8, operand.dtype.size() as u8);
                scratch.roomed.push(Roomed {
                    slot,
                    size,
                    room: scratch.staged[number].address(),
                });
            }
        }
        for (number, spill) in program.spills.iter().enumerate() {
            let (slot, size) = ((SPILLS + number) as u8, spill.size() as u8);
            scratch.roomed.push(Roomed {
                slot,
                size,
                room: scratch.spills[number].address(),
            });
        }
        for (number, splat) in program.splats.iter().enumerate() {
            let value = program.consts[splat.number as usize];
            let lanes = scratch.splats[number].0.write([splatted(value, splat.class); 8]);
            scratch.slots[SPLATS + number].write(lanes.as_mut_ptr().cast());
        }
        Machine {
            program,
            iteration,
            scratch,
            staged,
            by_rows,
            result: std::ptr::null_mut(),
        }
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

    /// Points the direct slots at the cursor, and fills what is fixed from here on; tiles have up to `n` elements.
    #[inline]
    fn bind(&mut self, cursor: &Cursor, n: usize) {
        let Scratch {
            slots,
            places,
            roomed,
            ..
        } = &mut *self.scratch;
        for roomed in roomed.iter() {
            slots[roomed.slot as usize].write(roomed.room);
        }
        for (number, operand) in self.iteration.operands.iter().enumerate() {
            let slot = &mut slots[slot_of(self.program, number)];
            match places[number] {
                Place::Direct => _ = slot.write(operand.pointer(&cursor.coords)),
                // SAFETY: the value at the cursor exists, and the room was set above.
                Place::Fixed => unsafe { fill(operand, cursor, slot.assume_init(), n) },
                Place::Staged => {}
            }
        }
        slots[RESULT].write(self.result);
    }

    /// Prepares slots in rooms for a tile that begins `done` elements after the cursor of `bind`.
    #[inline]
    fn move_rooms(&mut self, done: usize) {
        let Scratch { slots, roomed, .. } = &mut *self.scratch;
        for roomed in roomed.iter() {
            let slot = roomed.room.wrapping_sub(done * roomed.size as usize);
            slots[roomed.slot as usize].write(slot);
        }
    }

    /// Gathers the staged inputs of a tile.
    fn stage(&self, cursor: &Cursor, n: usize) {
        self.each_staged(|roomed, number, operand| {
            if number < self.program.inputs.len() {
                // SAFETY: `n` elements are left from the cursor on, and a room is larger than a tile.
                unsafe { gather(operand, &self.iteration.dims, cursor, roomed.room, n) };
            }
        });
    }

    /// Scatters the staged outputs of a tile.
    fn unstage(&self, cursor: &Cursor, n: usize) {
        self.each_staged(|roomed, number, operand| {
            if number >= self.program.inputs.len() {
                // SAFETY: as for `stage`; the chains have stored every element of the tile.
                unsafe { scatter(operand, &self.iteration.dims, cursor, roomed.room, n) };
            }
        });
    }

    fn each_staged(&self, mut f: impl FnMut(&Roomed, usize, &Operand)) {
        let mut roomed = self.scratch.roomed.iter();
        for (number, operand) in self.iteration.operands.iter().enumerate() {
            match self.scratch.places[number] {
                Place::Staged => _ = roomed.next().map(|roomed| f(roomed, number, operand)),
                Place::Fixed => _ = roomed.next(),
                Place::Direct => {}
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

#[inline]
fn place_of(program: &Program, iteration: &Iteration, number: usize, by_rows: bool) -> Place {
    let operand = &iteration.operands[number];
    let dims = &iteration.dims;
    let is_input = number < program.inputs.len();
    if !operand.dtype.has_memory() {
        return Place::Staged;
    }
    let last = operand.strides[dims.len() - 1];
    let direct = if by_rows {
        last == 1
    } else {
        operand.is_contiguous(dims)
    };
    if direct && !(is_input && read_after_store(program, iteration, number)) {
        return Place::Direct;
    }
    let fixed = if by_rows {
        last == 0
    } else {
        operand.strides.iter().all(|&stride| stride == 0)
    };
    if fixed && is_input {
        Place::Fixed
    } else {
        Place::Staged
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
        let most = VECTORS * S::F32::LANES;
        debug_assert!(most <= MOST_ELEMENTS);
        let mut cursor = Cursor::at(dims, start);
        let mut at = start;
        while at < end {
            let row_left = dims[dims.len() - 1] - cursor.coords[dims.len() - 1];
            let length = if machine.by_rows {
                row_left.min(end - at)
            } else {
                end - at
            };
            machine.bind(&cursor, length.min(most));
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
                };
                // SAFETY: direct slots lie inside operands that were proved, from the cursor to the row's end (or
                // to the end, if the operand is contiguous); the others are rooms, moved to the tile.
                unsafe { run_chains::<S>(&view, done, n) };
                if let Some(cursor) = &mut tile_cursor {
                    machine.unstage(cursor, n);
                    cursor.advance(dims, n);
                }
                machine.move_rooms(done + n);
            }
            machine.result = machine
                .result
                .wrapping_add(length * machine.program.class().dtype().size());
            cursor.advance(dims, length);
            at += length;
        }
    }
}
