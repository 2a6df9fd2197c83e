//! Walks an iteration in tiles, makes every slot of a tile lie element after element, and runs the chains.

use super::chain::{MEMORY_SLOTS, MOST_ELEMENTS, Room, Splat, Tile, VECTORS, run_tile};
use super::convert::Lane;
use super::stage::{gather, scatter};
use crate::cpu::simd::{Kernel, Simd, Vector, dispatch};
use crate::dtype::Class;
use crate::layout::{Cursor, Iteration, MAX_OPERANDS, Operand};
use crate::list::List;
use crate::program::{MAX_SPILLS, OUTPUT, Program, RESULT, SPILL};

/// Rows of at least so many elements are walked one by one, so that their elements need no staging.
const LONG_ROW: usize = 64;

/// Memory for tiles and constants; it needs no initialisation.
pub struct Scratch {
    staged: [Room; MAX_OPERANDS],
    spills: [Room; MAX_SPILLS],
    splats: [[Splat; 64]; 3],
}

impl Scratch {
    /// Scratch memory that holds nothing yet.
    #[inline]
    pub fn new() -> Self {
        Scratch {
            staged: [Room::NEW; MAX_OPERANDS],
            spills: [Room::NEW; MAX_SPILLS],
            splats: [[Splat::NEW; 64]; 3],
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
    /// It is one value until the next row begins: a staged tile is filled once.
    Fixed,
    /// It is gathered before each tile, or scattered after it.
    Staged,
}

/// A program bound to an iteration.
pub struct Machine<'a> {
    program: &'a Program,
    iteration: &'a Iteration,
    scratch: &'a mut Scratch,
    slots: [*mut u8; MEMORY_SLOTS],
    places: List<Place, MAX_OPERANDS>,
    by_rows: bool,
}

impl<'a> Machine<'a> {
    /// Binds a program to an iteration over its inputs and then its outputs.
    #[inline]
    pub fn new(program: &'a Program, iteration: &'a Iteration, scratch: &'a mut Scratch) -> Self {
        let dims = &iteration.dims;
        let by_rows = dims.len() == 1 || dims[dims.len() - 1] >= LONG_ROW;
        let mut places = List::new();
        let mut slots = [std::ptr::null_mut(); MEMORY_SLOTS];
        for (number, operand) in iteration.operands.iter().enumerate() {
            let place = place_of(program, iteration, number, by_rows);
            if place != Place::Direct {
                slots[slot_of(program, number)] = scratch.staged[number].address();
            }
            debug_assert_eq!(operand.strides.len(), dims.len());
            places.push(place);
        }
        for spill in 0..program.spills.len() {
            slots[SPILL + spill] = scratch.spills[spill].address();
        }
        splat_constants(program, &mut scratch.splats);
        Machine {
            program,
            iteration,
            scratch,
            slots,
            places,
            by_rows,
        }
    }

    /// Runs the program over the elements `start .. end`, in row-major order of the iteration.
    #[inline]
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
        self.slots[RESULT] = to;
        self.run(start, end);
    }

    /// Points the direct slots at the cursor, and fills what is fixed from here on.
    #[inline]
    fn bind(&mut self, cursor: &Cursor, room: usize) {
        for (number, operand) in self.iteration.operands.iter().enumerate() {
            let slot = slot_of(self.program, number);
            match self.places[number] {
                Place::Direct => self.slots[slot] = operand.pointer(&cursor.coords),
                // SAFETY: the value repeats, so that it may be read at the cursor as often as wanted.
                Place::Fixed => unsafe { fill(operand, cursor, self.slots[slot], room) },
                Place::Staged => {}
            }
        }
    }

    /// Gathers the staged inputs of a tile.
    #[inline]
    fn stage(&mut self, cursor: &Cursor, n: usize) {
        for number in 0..self.program.inputs.len() {
            if self.places[number] == Place::Staged {
                let operand = &self.iteration.operands[number];
                // SAFETY: `n` elements are left from the cursor on, and a tile has room for them.
                unsafe { gather(operand, &self.iteration.dims, cursor, self.slots[number], n) };
            }
        }
    }

    /// Scatters the staged outputs of a tile.
    #[inline]
    fn unstage(&mut self, cursor: &Cursor, n: usize) {
        for number in self.program.inputs.len()..self.places.len() {
            if self.places[number] == Place::Staged {
                let operand = &self.iteration.operands[number];
                let tile = self.slots[slot_of(self.program, number)].cast_const();
                // SAFETY: as for `stage`; the chains have stored every element of the tile.
                unsafe { scatter(operand, &self.iteration.dims, cursor, tile, n) };
            }
        }
    }

    /// Moves the direct slots on by `n` elements.
    #[inline]
    fn advance(&mut self, n: usize) {
        for number in 0..self.places.len() {
            if self.places[number] == Place::Direct {
                let slot = slot_of(self.program, number);
                self.slots[slot] =
                    self.slots[slot].wrapping_add(n * self.iteration.operands[number].dtype.size());
            }
        }
        let result = self.program.class().dtype().size();
        self.slots[RESULT] = self.slots[RESULT].wrapping_add(n * result);
    }
}

/// The slot of an operand: inputs come first, then outputs.
#[inline(always)]
fn slot_of(program: &Program, number: usize) -> usize {
    match number.checked_sub(program.inputs.len()) {
        None => number,
        Some(output) => OUTPUT + output,
    }
}

#[inline]
fn place_of(program: &Program, iteration: &Iteration, number: usize, by_rows: bool) -> Place {
    let operand = &iteration.operands[number];
    let dims = &iteration.dims;
    let last = operand.strides[dims.len() - 1];
    let has_memory = operand.dtype.has_memory();
    let direct = has_memory
        && if by_rows {
            last == 1
        } else {
            operand.is_contiguous(dims)
        };
    if direct && !(number < program.inputs.len() && read_after_store(program, iteration, number)) {
        return Place::Direct;
    }
    let steady = if by_rows {
        last == 0
    } else {
        operand.strides.iter().all(|&stride| stride == 0)
    };
    if steady && has_memory && number < program.inputs.len() {
        Place::Fixed
    } else {
        Place::Staged
    }
}

/// Whether an input is the memory of an output that is stored before the input is last read: its tile must
/// be saved first.
#[inline]
fn read_after_store(program: &Program, iteration: &Iteration, input: usize) -> bool {
    let outputs = &iteration.operands[program.inputs.len()..];
    let stored = program.stored_before[input];
    let same = |(number, output): (usize, &Operand)| {
        stored >> number & 1 == 1 && output.data == iteration.operands[input].data
    };
    stored != 0 && outputs.iter().enumerate().any(same)
}

/// Fills a tile with the element at the cursor.
///
/// # Safety
/// The operand has memory and was proved over the iteration; `tile` has room for `n` elements.
unsafe fn fill(operand: &Operand, cursor: &Cursor, tile: *mut u8, n: usize) {
    let from = operand.pointer(&cursor.coords).cast_const();
    // SAFETY: the caller's promise.
    unsafe {
        match operand.dtype.size() {
            1 => tile.write_bytes(*from, n),
            4 => (0..n).for_each(|i| *tile.cast::<u32>().add(i) = *from.cast()),
            _ => (0..n).for_each(|i| *tile.cast::<u64>().add(i) = *from.cast()),
        }
    }
}

/// Writes each constant as a vector of each class that uses it.
fn splat_constants(program: &Program, splats: &mut [[Splat; 64]; 3]) {
    for class in [Class::F32, Class::F64, Class::I32] {
        let mut used = program.consts_used[class as usize];
        while used != 0 {
            let number = used.trailing_zeros() as usize;
            used &= used - 1;
            let value = program.consts[number];
            let bits = match class {
                Class::F32 => twice(f32::constant(value).to_bits()),
                Class::F64 => value.to_bits(),
                Class::I32 => twice(i32::constant(value) as u32),
            };
            splats[class as usize][number] = Splat::of(bits);
        }
    }
}

fn twice(bits: u32) -> u64 {
    u64::from(bits) << 32 | u64::from(bits)
}

/// A run of a machine, for a tier.
struct Run<'m, 'a> {
    machine: &'m mut Machine<'a>,
    start: usize,
    end: usize,
}

impl Kernel for Run<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self) {
        let Run { machine, start, end } = self;
        let dims = &machine.iteration.dims;
        let row = dims[dims.len() - 1];
        let most = VECTORS * S::F32::LANES;
        debug_assert!(most <= MOST_ELEMENTS);
        let mut cursor = Cursor::at(dims, start);
        let mut at = start;
        let mut unbound = true;
        while at < end {
            let row_left = row - cursor.coords[dims.len() - 1];
            let limit = if machine.by_rows { row_left.min(most) } else { most };
            let n = limit.min(end - at);
            if unbound {
                machine.bind(&cursor, (end - at).min(most));
            }
            machine.stage(&cursor, n);
            let tile = Tile {
                program: machine.program,
                slots: &machine.slots,
                splats: &machine.scratch.splats,
            };
            // SAFETY: direct slots lie inside operands that were proved, from the cursor to the row's end
            // (or to the end, if the operand is contiguous); the others are tiles with room for `n`.
            unsafe { run_tile::<S>(&tile, n) };
            machine.unstage(&cursor, n);
            machine.advance(n);
            unbound = machine.by_rows && n == row_left;
            cursor.advance(dims, n);
            at += n;
        }
    }
}
