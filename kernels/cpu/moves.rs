//! Moves: gather and scatter-add, whose places along one axis come from an index.
//!
//! Each element is read and written once, with an index of 4 bytes. Where the index is the same all along the last
//! axis (rows of an embedding), it is looked up once for the row.

use super::counters::{Path, count};
use super::report::Report;
use super::threads;
use crate::arguments::Arguments;
use crate::dtype::DType;
use crate::error::{Error, Result, refuse};
use crate::layout::{Blocks, Cursor, Dims, Iteration, Operand, checked_elements, elements, read_dims};
use crate::reader::Reader;
use std::sync::{Mutex, PoisonError};

#[cfg(test)]
mod tests;

/// What moving an element costs on one thread.
const ELEMENT_NS: f64 = 0.8;
/// Elements that a thread takes at a time.
const CHUNK: usize = 16 << 10;
/// Parts of a scatter for each thread.
const PARTS_A_THREAD: usize = 4;

/// The two sides of a move over one shape; the picked side is indexed along an axis.
struct Move {
    /// The operands are the picked side (as if every index were 0), the index, and the other side.
    iteration: Iteration,
    /// From an entry of the picked side's axis to the next.
    stride: isize,
    axis: usize,
    /// How many entries that axis has.
    size: usize,
}

/// Which side of a move is picked.
#[derive(Clone, Copy, PartialEq)]
enum Picked {
    Source,
    Result,
}

/// Copies `source[…, index[…, i, …], …]` to `result[…, i, …]`.
pub struct Gather(Move);

/// Adds `source[…, i, …]` to `result[…, index[…, i, …], …]`.
pub struct ScatterAdd(Move);

/// What a move asks for, whoever does it.
pub struct Asked<'a> {
    /// The picked side (as if every index were 0), the index, and the other side, over one shape.
    pub over: &'a Iteration,
    /// From an entry of the picked side's axis to the next.
    pub stride: isize,
    /// The axis that is indexed; of a gather the one before axes were joined.
    pub axis: usize,
    /// How many entries it has.
    pub size: usize,
}

impl Move {
    fn asked(&self) -> Asked<'_> {
        Asked {
            over: &self.iteration,
            stride: self.stride,
            axis: self.axis,
            size: self.size,
        }
    }

    fn read(reader: &mut Reader, picked: Picked) -> Result<Move> {
        let dtype = reader.dtype()?;
        let mut dims = Dims::new();
        read_dims(reader, &mut dims)?;
        if dims.is_empty() {
            return refuse("a move has an axis");
        }
        let axis = reader.count(dims.len() - 1, "an axis")?;
        let size = reader.count(i32::MAX as usize, "entries")?;
        let mut indexed = dims;
        indexed[axis] = size;
        checked_elements(&indexed)?;
        let source = Operand::read(
            reader,
            dtype,
            if picked == Picked::Source { &indexed } else { &dims },
        )?;
        let index = Operand::read(reader, DType::I32, &dims)?;
        let result = match picked {
            Picked::Source => Operand::read_contiguous(reader, dtype, &dims)?,
            Picked::Result => Operand::read(reader, dtype, &indexed)?,
        };
        result.require_distinct(if picked == Picked::Source { &dims } else { &indexed })?;
        let (mut side, other) = if picked == Picked::Source {
            (source, result)
        } else {
            (result, source)
        };
        let stride = side.strides[axis] as isize;
        side.strides[axis] = 0;
        let mut iteration = Iteration::new(dims);
        iteration.operands = vec![side, index, other];
        Ok(Move {
            iteration,
            stride,
            axis,
            size,
        })
    }

    fn dtype(&self) -> DType {
        self.iteration.operands[0].dtype
    }

    /// Visits the elements `start .. end` of an iteration over (part of) the move in row-major order, in runs with one
    /// index along the last axis. Stops at an index that is out of range and reports it with its position.
    fn visit<E>(
        &self,
        iteration: &Iteration,
        (start, end): (usize, usize),
        mut run: impl FnMut(Run<E>),
    ) -> Option<(usize, i64)> {
        let Iteration { dims, operands } = iteration;
        let strides = [0, 1, 2].map(|i| operands[i].last_strides());
        let [picked_step, index_step, other_step] = strides.map(|[_, column]| column);
        let mut flat = start;
        for (cursor, block) in Blocks::new(dims, &Cursor::at(dims, start), end - start) {
            let mut sides = [0, 1, 2].map(|i| operands[i].pointer(&cursor.coords));
            let (runs, length) = if index_step == 0 {
                (1, block.columns)
            } else {
                (block.columns, 1)
            };
            for _ in 0..block.rows {
                let [picked, index, other] = sides;
                for number in 0..runs {
                    let along = number as isize;
                    // SAFETY: the index was proved to lie in memory over the whole shape.
                    let place = unsafe { *index.cast::<i32>().offset(along * index_step) };
                    if place < 0 || place as usize >= self.size {
                        return Some((flat + number, i64::from(place)));
                    }
                    run(Run {
                        picked: picked
                            .cast::<E>()
                            .wrapping_offset(along * picked_step + place as isize * self.stride),
                        picked_step,
                        other: other.cast::<E>().wrapping_offset(along * other_step),
                        other_step,
                        length,
                    });
                }
                for (side, (operand, [row, _])) in sides.iter_mut().zip(operands.iter().zip(strides)) {
                    *side = side.wrapping_offset(row * operand.dtype.size() as isize);
                }
                flat += block.columns;
            }
        }
        None
    }

    /// How a move in so many parts runs.
    fn report(&self, parts: usize) -> Report {
        let elements = elements(&self.iteration.dims);
        let parts = if threads::pays(self.cost_ns()) {
            parts.max(1)
        } else {
            1
        };
        Report {
            path: "by an index".into(),
            tile: "1 element".into(),
            chunks: parts,
            chunk: format!("{} elements", elements.div_ceil(parts)),
            private: "none".into(),
        }
    }

    /// The predicted time on one thread.
    fn cost_ns(&self) -> f64 {
        elements(&self.iteration.dims) as f64 * ELEMENT_NS
    }

    /// Computes parts, on several threads if that pays. A part gives the index that it found out of range.
    fn parts(&self, parts: usize, part: impl Fn(usize) -> Option<(usize, i64)> + Sync) -> Result<()> {
        let first = Mutex::new(None);
        threads::parallel(self.cost_ns(), parts, |number| {
            if let Some((flat, index)) = part(number) {
                let mut first = first.lock().unwrap_or_else(PoisonError::into_inner);
                let found = (number, flat, index);
                *first = Some(first.map_or(found, |other| found.min(other)));
            }
        });
        match first.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some((_, _, index)) => Err(Error::IndexRange {
                index,
                axis: self.axis,
                size: self.size,
            }),
            None => Ok(()),
        }
    }
}

/// Elements of both sides that belong together.
struct Run<E> {
    picked: *mut E,
    picked_step: isize,
    other: *mut E,
    other_step: isize,
    length: usize,
}

impl<E: Copy> Run<E> {
    /// Copies the picked elements to the others.
    #[inline(always)]
    fn copy(self) {
        // SAFETY: both sides were proved to lie in memory, for every index in range; a result is written once.
        unsafe {
            if self.picked_step == 1 && self.other_step == 1 {
                return std::ptr::copy(self.picked, self.other, self.length);
            }
            for i in 0..self.length as isize {
                *self.other.offset(i * self.other_step) = *self.picked.offset(i * self.picked_step);
            }
        }
    }

    /// Adds the others to the picked elements.
    #[inline(always)]
    fn add(self, plus: impl Fn(E, E) -> E) {
        for i in 0..self.length as isize {
            // SAFETY: as for `copy`; a result is written by one thread.
            unsafe {
                let sum = self.picked.offset(i * self.picked_step);
                *sum = plus(*sum, *self.other.offset(i * self.other_step));
            }
        }
    }
}

impl Gather {
    /// Decodes and proves a descriptor.
    pub fn read(reader: &mut Reader) -> Result<Gather> {
        let mut gather = Move::read(reader, Picked::Source)?;
        gather.iteration.collapse();
        Ok(Gather(gather))
    }

    /// What is asked for.
    pub fn asked(&self) -> Asked<'_> {
        self.0.asked()
    }

    /// Takes what a run gives.
    pub fn bind(&mut self, arguments: &Arguments) -> Result<()> {
        self.0.iteration.bind(arguments)
    }

    /// How it runs.
    pub fn report(&self) -> Report {
        self.0.report(self.0.iteration.elements().div_ceil(CHUNK))
    }

    /// Copies all elements.
    pub fn run(&self) -> Result<()> {
        count(Path::Gather);
        match self.0.dtype().size() {
            1 => self.run_as::<u8>(),
            4 => self.run_as::<u32>(),
            _ => self.run_as::<u64>(),
        }
    }

    fn run_as<E: Copy>(&self) -> Result<()> {
        let iteration = &self.0.iteration;
        let total = iteration.elements();
        self.0.parts(total.div_ceil(CHUNK), |part| {
            let range = (part * CHUNK, total.min((part + 1) * CHUNK));
            self.0.visit::<E>(iteration, range, Run::copy)
        })
    }
}

impl ScatterAdd {
    /// Decodes and proves a descriptor.
    pub fn read(reader: &mut Reader) -> Result<ScatterAdd> {
        let scatter = Move::read(reader, Picked::Result)?;
        match scatter.dtype() {
            DType::U8 | DType::Bool => refuse("a scatter-add is of float32, float64 or int32"),
            _ => Ok(ScatterAdd(scatter)),
        }
    }

    /// What is asked for.
    pub fn asked(&self) -> Asked<'_> {
        self.0.asked()
    }

    /// Takes what a run gives.
    pub fn bind(&mut self, arguments: &Arguments) -> Result<()> {
        self.0.iteration.bind(arguments)
    }

    /// How it runs.
    pub fn report(&self) -> Report {
        self.0.report(self.divided().2)
    }

    /// The axis that is divided among threads, its length, and in how many parts. It is another one than the indexed
    /// axis, so that no two parts write to the same place.
    fn divided(&self) -> (Option<usize>, usize, usize) {
        let dims = &self.0.iteration.dims;
        let widest = (0..dims.len())
            .filter(|&axis| axis != self.0.axis)
            .max_by_key(|&axis| dims[axis]);
        let length = widest.map_or(1, |axis| dims[axis]);
        (widest, length, length.min(PARTS_A_THREAD * threads::threads()))
    }

    /// Adds all elements, those of one place in row-major order.
    pub fn run(&self) -> Result<()> {
        count(Path::ScatterAdd);
        match self.0.dtype() {
            DType::F64 => self.run_as(|a: f64, b| a + b),
            DType::I32 => self.run_as(i32::wrapping_add),
            _ => self.run_as(|a: f32, b| a + b),
        }
    }

    fn run_as<E: Copy>(&self, plus: impl Fn(E, E) -> E + Sync) -> Result<()> {
        let (divided, length, parts) = self.divided();
        self.0.parts(parts, |part| {
            let mut iteration = self.0.iteration.clone();
            if let Some(axis) = divided {
                narrow(
                    &mut iteration,
                    axis,
                    part * length / parts,
                    (part + 1) * length / parts,
                );
            }
            iteration.collapse();
            let range = (0, iteration.elements());
            self.0.visit::<E>(&iteration, range, |run| run.add(&plus))
        })
    }
}

/// Leaves only the coordinates `start .. end` of an axis.
fn narrow(iteration: &mut Iteration, axis: usize, start: usize, end: usize) {
    iteration.dims[axis] = end - start;
    for operand in iteration.operands.iter_mut() {
        let distance = (operand.strides[axis] as isize).wrapping_mul(start as isize);
        operand.data = operand
            .data
            .wrapping_offset(distance * operand.dtype.size() as isize);
    }
}
