//! The values that are folded: memory as it is, or what the program computes of it, tile by tile in the L1 cache.

use crate::cpu::map::{Lane, Machine, Reach, Scratch};
use crate::layout::{Dims, Iteration};
use crate::program::Program;
use std::mem::MaybeUninit;

/// How many values are computed at a time.
pub const WINDOW: usize = 4096;

/// The values over an iteration whose axes are (kept, reduced, kept), in row-major order.
pub struct Values {
    /// The iteration and the program's inputs.
    pub iteration: Iteration,
    /// How the program reaches them.
    pub reach: Reach,
    /// What is computed.
    pub program: Program,
    /// The input that is the value itself and is contiguous along its last axis, if there is one.
    pub direct: Option<Direct>,
}

/// Values that need no program.
#[derive(Clone, Copy)]
pub struct Direct {
    /// The input that they are.
    pub input: usize,
    /// Elements between neighbours on the reduced axis.
    pub stride: isize,
}

impl Values {
    /// Values that are yet to be read.
    pub fn new() -> Self {
        Values {
            iteration: Iteration::new(Dims::new()),
            reach: Reach::default(),
            program: Program::new(),
            direct: None,
        }
    }

    /// The values as they are.
    pub fn source(&self) -> Source<'_> {
        Source {
            values: self,
            iteration: &self.iteration,
            ahead: 0,
            beside: None,
        }
    }
}

/// Values as a run finds them.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// What is computed.
    pub values: &'a Values,
    /// The iteration and the inputs, some of which may be moved.
    pub iteration: &'a Iteration,
    /// How many values ahead lies what is worked on next, if its lines are to be asked for; else 0.
    pub ahead: usize,
    /// What is called between the blocks of what is computed.
    pub beside: Option<&'a dyn Fn(usize)>,
}

impl<'a> Source<'a> {
    /// Where a value lies that needs no program.
    #[inline]
    fn pointer<E>(&self, direct: Direct, flat: usize) -> *const E {
        let operand = &self.iteration.operands[direct.input];
        operand.element(&self.iteration.dims, flat).cast()
    }

    /// What computes the values, unless they are direct.
    #[inline]
    pub fn machine(&self, scratch: &'a mut Scratch) -> Option<Machine<'a>> {
        let Values {
            program,
            reach,
            direct,
            ..
        } = self.values;
        if direct.is_some() {
            return None;
        }
        let mut machine = Machine::new(program, self.iteration, reach, scratch);
        if self.ahead > 0 {
            machine.ask_ahead(self.ahead);
        }
        if let Some(beside) = self.beside {
            machine.do_beside(beside);
        }
        Some(machine)
    }
}

/// Values by their positions: a window on what was computed last.
pub struct Window<'a, 'm, E> {
    source: Source<'a>,
    machine: Option<&'a mut Machine<'m>>,
    start: usize,
    count: usize,
    buffer: [MaybeUninit<E>; WINDOW],
}

impl<'a, 'm, E: Lane> Window<'a, 'm, E> {
    /// A window that has seen nothing, on what the machine of the values computes. `E` is the lane of their class.
    #[inline]
    pub fn new(source: Source<'a>, machine: Option<&'a mut Machine<'m>>) -> Self {
        debug_assert!(source.values.program.class() == E::CLASS);
        Window {
            source,
            machine,
            start: 0,
            count: 0,
            buffer: [const { MaybeUninit::uninit() }; WINDOW],
        }
    }

    /// Elements between neighbours on the reduced axis, for values that need no program.
    #[inline]
    pub fn stride(&self) -> Option<isize> {
        self.source.values.direct.map(|direct| direct.stride)
    }

    /// `count` values from position `flat` on, at most a window. Further ones that are wanted in the same steps,
    /// up to position `end`, are computed with them.
    #[inline]
    pub fn look(&mut self, flat: usize, count: usize, end: usize) -> *const E {
        debug_assert!(count <= WINDOW && flat + count <= end);
        if let Some(direct) = self.source.values.direct {
            return self.source.pointer(direct, flat);
        }
        if flat < self.start || flat + count > self.start + self.count {
            self.start = flat;
            self.count = (WINDOW / count.max(1) * count).min(end - flat);
            self.fill(0, flat, self.count);
        }
        self.buffer[flat - self.start..].as_ptr().cast()
    }

    /// `rows` runs of `width` values each, `stride` positions apart, side by side; at most a window.
    #[inline]
    pub fn gather(&mut self, flat: usize, width: usize, rows: usize, stride: usize) -> *const E {
        self.count = 0;
        for row in 0..rows {
            self.fill(row * width, flat + row * stride, width);
        }
        self.buffer.as_ptr().cast()
    }

    fn fill(&mut self, at: usize, flat: usize, count: usize) {
        if let Some(machine) = &mut self.machine {
            let to = self.buffer[at..at + count].as_mut_ptr().cast();
            // SAFETY: the buffer has room for so many lanes of the program's class.
            unsafe { machine.values(flat, flat + count, to) };
        }
    }
}
