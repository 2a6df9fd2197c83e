//! Reduce: folds the reduced axes of what a program computes, in an order fixed by the logical shape alone.
//!
//! Each element is read once: the limit is the bandwidth of memory (or of the L1 cache for what a program has
//! computed). If the last axis is reduced, a result folds a row: blocks of 4,096 elements, 64 lanes each. Otherwise
//! it folds a column: blocks of 128, one chain each, vectors across columns. The folds of blocks are joined by a
//! binary tree, so any aligned group of them may be another thread's.
//!
//! GB/s on a Zen 5 core that reads about 32 from memory: 4096² f32 all 32, rows 31, columns 29; 1000² from the L2
//! and L3 caches 77 and 97. Once decoded, a sum of 10 numbers takes 100 ns and one of 10 rows of 100 down their columns
//! 126 ns; stores that wider loads had to wait for were a third of that.
//!
//! Pieces of 256 columns, with 1 KiB of each row, took 1.4 times as long as whole rows. Dropped: two or four streams a
//! thread, or asking for lines 1 to 32 KiB ahead, from which sums over all gained nothing; walks
//! compiled for each combine (only the innermost folds are: the rest took half a minute of compiling).

mod arg;
mod arrange;
pub mod combine;
mod cut;
mod fold;
mod pieces;
mod report;
#[cfg(test)]
mod tests;
mod values;

use self::arg::{Found, beats, find_in_columns, find_in_rows};
use self::arrange::{arrange, find_direct};
use self::combine::{Combine, Number};
pub use self::cut::Shape;
use self::cut::{Cut, Piece};
use self::fold::{Folds, Tree};
use self::pieces::{Emit, fold_columns, fold_rows};
use self::values::{Source, Values};
use super::counters::{Path, count};
use super::map::{Lane, Map, Reach};
use super::simd::{Tier, tier};
use super::threads;
use crate::arguments::Arguments;
use crate::dtype::{Class, DType};
use crate::error::{Result, refuse};
use crate::layout::{Dims, Iteration, Operand, RowPart, read_dims};
use crate::list::List;
use crate::program::Program;
use crate::reader::Reader;

/// Picoseconds that folding an element takes, beside its program.
const FOLD_COST: u32 = 60;

/// A reduction, proved to lie within its operands.
pub struct Reduce {
    combine: Combine,
    shape: Shape,
    /// Whether a result's elements follow each other in the order of the values.
    rows: bool,
    values: Values,
    /// The results, contiguous.
    out: Operand,
    /// What is done to results, if `finishes`.
    epilogue: Map,
    finishes: bool,
}

/// What a reduction asks for, whoever computes it.
pub struct Asked<'a> {
    /// How values are folded.
    pub combine: Combine,
    /// How many results there are, and of how many elements.
    pub shape: Shape,
    /// What computes the values.
    pub program: &'a Program,
    /// What it runs over.
    pub over: &'a Iteration,
    /// Whether a result's elements follow each other.
    pub rows: bool,
    /// The results, contiguous.
    pub out: &'a Operand,
    /// What is done to the results.
    pub epilogue: Option<&'a Map>,
}

/// One piece that is computed alone, and its values.
struct Alone<'a> {
    source: Source<'a>,
    piece: Piece,
}

impl Reduce {
    /// A reduction that is yet to be read.
    pub fn new() -> Self {
        Reduce {
            combine: Combine::Sum,
            shape: Shape::default(),
            rows: false,
            values: Values::new(),
            out: Operand::new(DType::F32),
            epilogue: Map::new(),
            finishes: false,
        }
    }

    /// Decodes and proves a descriptor.
    pub fn read(&mut self, reader: &mut Reader) -> Result<()> {
        self.combine = Combine::read(reader)?;
        let dtype = reader.dtype()?;
        let mut dims = Dims::new();
        read_dims(reader, &mut dims)?;
        let mut reduced = List::new();
        for _ in dims.iter() {
            reduced.push(reader.flag()?);
        }
        let kept: Dims = (0..dims.len())
            .filter(|&axis| !reduced[axis])
            .map(|axis| dims[axis])
            .collect();
        self.out = Operand::read_contiguous(reader, dtype, &kept)?;
        let Values {
            program,
            iteration,
            reach,
            direct,
        } = &mut self.values;
        program.read_valued(reader, self.combine.prepares())?;
        iteration.dims = dims;
        iteration.read_operands(&program.inputs, reader)?;
        (self.shape, self.rows) = arrange(iteration, &mut reduced);
        *reach = Reach::of(program, iteration);
        *direct = find_direct(program, iteration, &reduced, self.rows);
        self.finishes = reader.flag()?;
        if self.finishes {
            self.epilogue
                .read_epilogue(reader, &self.out, self.shape.results())?;
        }
        if self.combine.finds() && self.shape.length == 0 && self.shape.results() > 0 {
            return refuse("there is no extreme among no elements");
        }
        Ok(())
    }

    /// Takes what a run gives.
    pub fn bind(&mut self, arguments: &Arguments) -> Result<()> {
        self.out.bind(arguments)?;
        self.values.program.bind(arguments)?;
        self.values.iteration.bind(arguments)?;
        self.epilogue.bind(arguments)
    }

    /// What is asked for.
    pub fn asked(&self) -> Asked<'_> {
        Asked {
            combine: self.combine,
            shape: self.shape,
            program: &self.values.program,
            over: &self.values.iteration,
            rows: self.rows,
            out: &self.out,
            epilogue: self.finishes.then_some(&self.epilogue),
        }
    }

    /// How many rows it folds; none if its results are not folds of rows.
    pub fn rows(&self) -> Option<usize> {
        let Shape {
            outer, length, width, ..
        } = self.shape;
        (self.rows && width == 1 && outer > 0 && length > 0).then_some(outer)
    }

    /// Calls for each operand, with the shape that it is read or written over, and whether it is written.
    pub fn each_operand(&self, visit: &mut dyn FnMut(&Operand, &[usize], bool)) {
        let Iteration { dims, operands } = &self.values.iteration;
        operands.iter().for_each(|operand| visit(operand, dims, false));
        let mut results = Operand::new(self.out.dtype);
        results.clone_from(&self.out);
        results.strides = List::filled(1, 1);
        visit(&results, &[self.shape.results()], true);
        if self.finishes {
            self.epilogue.each_operand(visit);
        }
    }

    /// Computes the results of some rows, on this thread, and calls `beside` between blocks of what is computed.
    pub fn run_rows(&self, part: &RowPart, beside: Option<&dyn Fn(usize)>) {
        let piece = Piece {
            first: part.first,
            results: part.count,
            start: 0,
            length: self.shape.length,
            group: 0,
        };
        let iteration = &self.values.iteration;
        let moved = part
            .moved
            .map(|moved| iteration.moved(moved, iteration.operands.len()));
        let source = Source {
            iteration: moved.as_ref().unwrap_or(iteration),
            ahead: part.ahead * self.shape.length,
            beside,
            ..self.values.source()
        };
        // SAFETY: the tier in force is one that the machine has.
        unsafe { self.run_on(tier(), Some(&Alone { source, piece })) };
    }

    /// Computes all results.
    pub fn run(&self) -> Result<()> {
        // SAFETY: the tier in force is one that the machine has.
        unsafe { self.run_on(tier(), None) };
        if self.finishes {
            count(Path::Epilogue);
        }
        Ok(())
    }

    /// Computes all results, or those of a piece alone, on a tier.
    ///
    /// # Safety
    /// The machine has the tier.
    unsafe fn run_on(&self, tier: Tier, only: Option<&Alone>) {
        // SAFETY: the caller's promise.
        unsafe {
            match self.values.program.class() {
                Class::F32 => self.run_as(f32::folds(self.combine, tier), only),
                Class::F64 => self.run_as(f64::folds(self.combine, tier), only),
                Class::I32 => self.run_as(i32::folds(self.combine, tier), only),
            }
        }
    }

    fn run_as<E: Number>(&self, folds: Folds<E>, only: Option<&Alone>) {
        let results = self.shape.results();
        if results == 0 {
            return;
        }
        if self.shape.length == 0 {
            let nothing = [self.combine.of_nothing::<E>()];
            (0..results).for_each(|i| self.store(i, &nothing));
            return self.finish(0, results);
        }
        match self.combine {
            Combine::ArgMax => self.find::<E, true>(&folds, only),
            Combine::ArgMin => self.find::<E, false>(&folds, only),
            _ => self.fold(&folds, only),
        }
    }

    /// Folds all pieces, and joins those that are parts of the same results.
    fn fold<E: Number>(&self, folds: &Folds<E>, only: Option<&Alone>) {
        let fold = if self.rows { fold_rows } else { fold_columns };
        let fold_piece =
            |source: Source, piece: &Piece, emit: Emit<E>| fold(folds, source, &self.shape, piece, emit);
        let parts = self.each_piece(only, E::ZERO, fold_piece, |first, sums| self.store(first, sums));
        if !parts.is_empty() {
            let results = self.shape.results();
            let mut tree = Tree::new(results);
            parts.chunks(results).for_each(|part| tree.push(folds, part));
            self.store(0, tree.finish(folds));
            self.finish(0, results);
        }
    }

    /// Finds the extremes of all pieces, and the extremes among them.
    fn find<E: Number, const LARGEST: bool>(&self, folds: &Folds<E>, only: Option<&Alone>) {
        let find = if self.rows {
            find_in_rows::<E, LARGEST>
        } else {
            find_in_columns::<E, LARGEST>
        };
        let find_piece = |source: Source, piece: &Piece, emit: Emit<Found<E>>| {
            find(folds, source, &self.shape, piece, emit)
        };
        let store = |first: usize, found: &[Found<E>]| {
            found
                .iter()
                .enumerate()
                .for_each(|(i, found)| self.store(first + i, &[found.position as i32]));
        };
        let nothing = Found {
            value: E::ZERO,
            position: 0,
        };
        let mut parts = self.each_piece(only, nothing, find_piece, store);
        if !parts.is_empty() {
            let (bests, others) = parts.split_at_mut(self.shape.results());
            for part in others.chunks(bests.len()) {
                for (best, other) in bests.iter_mut().zip(part) {
                    if beats::<_, LARGEST>(other.value, best.value) {
                        *best = *other;
                    }
                }
            }
            store(0, bests);
            self.finish(0, self.shape.results());
        }
    }

    /// Computes one piece alone, or all, on several threads if that pays. Results that one piece computes are stored and
    /// finished by it; if each result is spread over several, the parts are returned, one after the other.
    fn each_piece<T: Copy + Send + Sync>(
        &self,
        only: Option<&Alone>,
        blank: T,
        compute: impl Fn(Source, &Piece, Emit<T>) + Sync,
        store: impl Fn(usize, &[T]) + Sync,
    ) -> Vec<T> {
        if self.shape.length > self.shape.block {
            count(Path::ReduceBlocks);
        }
        if let Some(Alone { source, piece }) = only {
            compute(*source, piece, &mut |first, items| store(first, items));
            self.finish(piece.first, piece.results);
            return Vec::new();
        }
        let cost = self.cost_ns();
        let cut = self.cut();
        if cut.groups() == 1 {
            let shared = threads::parallel(cost, cut.pieces(), |i| {
                let piece = cut.piece(i);
                compute(self.values.source(), &piece, &mut |first, items| {
                    store(first, items)
                });
                self.finish(piece.first, piece.results);
            });
            count(if shared {
                Path::ReduceParallel
            } else {
                Path::ReduceSerial
            });
            return Vec::new();
        }
        count(Path::ReduceParallel);
        let results = self.shape.results();
        let mut parts = vec![blank; results * cut.groups()];
        let places = Places(parts.as_mut_ptr());
        threads::parallel(cost, cut.pieces(), |i| {
            let piece = cut.piece(i);
            compute(self.values.source(), &piece, &mut |first, items| {
                places.put(piece.group * results + first, items)
            });
        });
        parts
    }

    /// How it is cut for the threads in force.
    fn cut(&self) -> Cut {
        if threads::pays(self.cost_ns()) {
            self.shape.shared()
        } else {
            self.shape.whole()
        }
    }

    /// The predicted time on one thread.
    pub fn cost_ns(&self) -> f64 {
        let elements = self.shape.results() as f64 * self.shape.length as f64;
        let width = self.values.program.class().dtype().size() as f64 / 4.0;
        elements * width * f64::from(self.values.program.cost + FOLD_COST) / 1000.0
    }

    /// Stores results from number `first` on.
    fn store<E: Lane>(&self, first: usize, results: &[E]) {
        debug_assert!(first + results.len() <= self.shape.results());
        let to = self.out.data.wrapping_add(first * self.out.dtype.size());
        // SAFETY: `read` proved that all results lie in memory; each is stored by one thread.
        unsafe { E::store(results.as_ptr(), to, self.out.dtype, results.len()) }
    }

    /// Does to results what is to be done while they are at hand.
    fn finish(&self, first: usize, results: usize) {
        if self.finishes {
            self.epilogue.run_range(first, first + results);
        }
    }
}

impl Default for Reduce {
    fn default() -> Self {
        Reduce::new()
    }
}

/// Where threads put their parts; no two write the same place.
struct Places<T>(*mut T);

// SAFETY: only `put` uses the pointer, at places of the caller's own.
unsafe impl<T: Send> Sync for Places<T> {}

impl<T: Copy> Places<T> {
    fn put(&self, at: usize, items: &[T]) {
        // SAFETY: pieces are disjoint and lie within the parts.
        unsafe { std::ptr::copy_nonoverlapping(items.as_ptr(), self.0.add(at), items.len()) }
    }
}
