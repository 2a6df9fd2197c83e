//! Slots: where a program's operands, results, spills and constants lie.

use crate::cpu::simd::{Simd, Vector};
use crate::program::{Program, SLOTS};
use std::mem::MaybeUninit;

/// The elements of a tile, on any tier.
pub const MOST_ELEMENTS: usize = 256;

/// What is laid out anew at a time: a third of the nearest cache.
pub const PANEL_BYTES: usize = 16 << 10;

/// Room for a tile of any dtype.
pub type TileRoom = Room<MOST_ELEMENTS>;
/// Room for a panel, and a period before it.
pub type PanelRoom = Room<{ PANEL_BYTES / 8 + MOST_ELEMENTS }>;

/// Room for so many words of 64 bits.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub struct Room<const WORDS: usize>([MaybeUninit<u64>; WORDS]);

impl<const WORDS: usize> Room<WORDS> {
    /// Room that holds nothing yet.
    pub const NEW: Self = Room([const { MaybeUninit::uninit() }; WORDS]);

    /// Its address.
    #[inline]
    pub fn address(&mut self) -> *mut u8 {
        self.0.as_mut_ptr().cast()
    }
}

/// Where the elements of a slot lie, one after the other.
#[derive(Clone, Copy)]
pub struct Slot {
    data: *mut u8,
    /// The bits of a position that count: all in memory, those within the tile of a spill, none of a constant.
    position: i32,
    /// All ones, or zero for a constant: one vector that is read again and again.
    vector: i32,
}

impl Slot {
    /// A slot in memory: position 0 lies at `data`.
    #[inline(always)]
    pub fn memory(data: *mut u8) -> Slot {
        let (position, vector) = (-1, -1);
        Slot {
            data,
            position,
            vector,
        }
    }

    /// A slot in a room that takes all positions.
    #[inline(always)]
    pub fn room(data: *mut u8) -> Slot {
        let (position, vector) = (i32::MAX, -1);
        Slot {
            data,
            position,
            vector,
        }
    }

    /// A slot in a room that takes a tile, which others follow.
    #[inline(always)]
    pub fn tile(data: *mut u8) -> Slot {
        let (position, vector) = (MOST_ELEMENTS as i32 - 1, -1);
        Slot {
            data,
            position,
            vector,
        }
    }

    /// A slot with the same elements everywhere: a vector of them lies at `data`, or as many as are converted.
    #[inline(always)]
    pub fn constant(data: *mut u8) -> Slot {
        let (position, vector) = (0, 0);
        Slot {
            data,
            position,
            vector,
        }
    }

    /// Where the element at a position lies.
    #[inline(always)]
    pub fn at<T>(self, at: usize) -> *mut T {
        self.data.cast::<T>().wrapping_add(at & self.position as usize)
    }

    #[inline(always)]
    pub fn is_memory(self) -> bool {
        self.position == -1
    }

    /// Where the element at a position lies, if elements have `size` bytes.
    #[inline(always)]
    pub fn of_size(self, at: usize, size: usize) -> *mut u8 {
        self.data.wrapping_add((at & self.position as usize) * size)
    }

    /// How many bytes vectors of a type are apart.
    #[inline(always)]
    fn step<V>(self) -> usize {
        size_of::<V>() & self.vector as usize
    }
}

/// The slots of a program.
pub type Slots = [MaybeUninit<Slot>; SLOTS];

/// What chains see.
pub struct View<'a> {
    /// The program.
    pub program: &'a Program,
    /// The slots that the program uses.
    pub slots: &'a Slots,
    /// Whether the program is one chain of a class that converts nothing, so that its blocks may be wide.
    pub plain: bool,
    /// Whether what is stored to memory goes past the caches.
    pub streams: bool,
    /// How many bytes ahead of a block lines are asked for; 0 if they are not.
    pub ahead: usize,
}

impl View<'_> {
    /// The vectors of a slot in the block that begins at a position: the lanes that `masks` say, or all if `FULL`.
    /// `FAR` asks for the lines of a later block.
    ///
    /// # Safety
    /// The slot is valid for reading these elements, and only vectors of the block are asked for.
    #[inline(always)]
    pub unsafe fn vectors<'m, S: Simd, V: Vector, const T: usize, const FULL: bool, const FAR: bool>(
        &self,
        number: u8,
        at: usize,
        masks: &'m [V::Mask; T],
    ) -> impl Fn(usize) -> V + use<'m, S, V, T, FULL, FAR> {
        let slot = self.slot(number);
        let (from, step, ahead) = (slot.at::<V::Elem>(at), slot.step::<V>(), self.ahead);
        move |j| {
            let from = from.wrapping_byte_add(j * step);
            // SAFETY: the caller's promise.
            unsafe {
                if FAR {
                    S::prefetch(from.wrapping_byte_add(ahead));
                }
                if FULL {
                    V::load(from)
                } else {
                    V::load_where(masks[j], from)
                }
            }
        }
    }

    /// Where a slot lies.
    #[inline(always)]
    pub fn slot(&self, number: u8) -> Slot {
        // SAFETY: programs were checked, and `Machine` has set each slot that they use.
        unsafe { self.slots.get_unchecked(number as usize).assume_init() }
    }
}

/// How many lanes of vector `j` are among the first `n` of a block.
#[inline(always)]
pub fn left<V: Vector>(n: usize, j: usize) -> usize {
    n.saturating_sub(j * V::LANES).min(V::LANES)
}
