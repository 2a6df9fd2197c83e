//! Scratch memory of machines: kept by each thread, since on the stack each of its 18 pages would be probed by each
//! call, which cost more than a short program (100 ns).

use super::reach::Place;
use super::slots::{PanelRoom, Slots, TileRoom};
use crate::layout::MAX_OPERANDS;
use crate::list::List;
use crate::program::{MAX_SPILLS, SLOTS, SPLATS};
use std::cell::RefCell;
use std::mem::MaybeUninit;
use std::ops::{Deref, DerefMut};

/// One vector of any tier, aligned.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub struct Lanes(pub MaybeUninit<[u64; 8]>);

/// What a machine keeps: tiles, constants and where its slots are. It needs no initialisation, and never moves.
pub struct Scratch {
    pub(super) slots: Slots,
    pub(super) places: List<Place, MAX_OPERANDS>,
    pub(super) staged: [PanelRoom; MAX_OPERANDS],
    pub(super) spills: [TileRoom; MAX_SPILLS],
    pub(super) splats: [Lanes; SLOTS - SPLATS],
}

thread_local! {
    /// The scratch memory of this thread that no machine has.
    static FREE: RefCell<Vec<Box<Scratch>>> = const { RefCell::new(Vec::new()) };
}

/// Scratch memory that goes back to its thread.
pub struct Lent(Option<Box<Scratch>>);

impl Scratch {
    /// Memory of this thread that no other machine has at the moment; what it holds has no meaning.
    #[inline]
    pub fn take() -> Lent {
        let free = FREE.with(|free| free.borrow_mut().pop());
        Lent(Some(free.unwrap_or_else(|| Box::new(Scratch::new()))))
    }

    fn new() -> Scratch {
        Scratch {
            slots: [const { MaybeUninit::uninit() }; SLOTS],
            places: List::new(),
            staged: [PanelRoom::NEW; MAX_OPERANDS],
            spills: [TileRoom::NEW; MAX_SPILLS],
            splats: [Lanes(MaybeUninit::uninit()); SLOTS - SPLATS],
        }
    }
}

impl Drop for Lent {
    #[inline]
    fn drop(&mut self) {
        if let Some(scratch) = self.0.take() {
            FREE.with(|free| free.borrow_mut().push(scratch));
        }
    }
}

impl Deref for Lent {
    type Target = Scratch;

    #[inline]
    fn deref(&self) -> &Scratch {
        self.0.as_ref().expect("lent until it is dropped")
    }
}

impl DerefMut for Lent {
    #[inline]
    fn deref_mut(&mut self) -> &mut Scratch {
        self.0.as_mut().expect("lent until it is dropped")
    }
}
