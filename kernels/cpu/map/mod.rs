//! `map`: an expression program over one or several shapes.
//!
//! It must read every input and write every output once; on large shapes nothing but memory limits it.

mod chain;
mod convert;
mod cut;
mod machine;
mod random;
mod reach;
mod report;
mod rules;
mod scratch;
mod slots;
mod stage;
#[cfg(test)]
mod tests;

pub use chain::{block_elements, stores_lines};
pub use convert::Lane;
pub use machine::Machine;
use machine::Paused;
pub use reach::Reach;
pub use scratch::Scratch;
pub use slots::{PanelRoom, TileRoom};

use self::cut::{Cut, Piece};
use super::counters::{Path, count};
use super::threads;
use crate::arguments::Arguments;
use crate::error::{Result, refuse};
use crate::layout::{Dims, Iteration, Operand, RowPart, read_dims};
use crate::program::Program;
use crate::reader::Reader;
use std::cell::RefCell;

/// What gathering or scattering an element costs.
const STAGED_NS: f64 = 0.4;
/// Bytes that a thread moves in a nanosecond from and to the caches beyond the nearest, about.
const BANDWIDTH: f64 = 100.0;
/// Results that are as large as a last-level cache are stored past it: no line of them is read before it is
/// overwritten, and inputs stay in the cache.
const STREAMED_BYTES: usize = 32 << 20;
/// The same where steps run by blocks of rows, and a vector is a line: inputs of half a cache then stay there (softmax and
/// log-softmax of 4096×1024 take .75 of the time; with half lines 1.2).
const STREAMED_ROWS_BYTES: usize = 16 << 20;
/// The most jobs of a map.
const MOST_JOBS: usize = 1 << 20;

/// What a program runs over, and what is known of a run before it.
struct Job {
    over: Iteration,
    reach: Reach,
    cost_ns: f64,
    /// Whether its elements are in another order than those of the map.
    reordered: bool,
}

/// A program and its jobs.
pub struct Map {
    program: Program,
    first: Job,
    others: Vec<Job>,
}

impl Map {
    /// A map that is yet to be read.
    pub fn new() -> Self {
        Map {
            program: Program::new(),
            first: Job::new(),
            others: Vec::new(),
        }
    }

    /// Reads a program and its jobs.
    pub fn read(&mut self, reader: &mut Reader) -> Result<()> {
        self.read_jobs(reader)?;
        self.first.arrange(&self.program);
        self.others.iter_mut().for_each(|job| job.arrange(&self.program));
        Ok(())
    }

    fn read_jobs(&mut self, reader: &mut Reader) -> Result<()> {
        self.program.read(reader)?;
        let jobs = reader.count(MOST_JOBS, "jobs")?;
        if jobs == 0 {
            return refuse("a map has no jobs");
        }
        self.first.read(&self.program, reader)?;
        for _ in 1..jobs {
            let mut job = Job::new();
            job.read(&self.program, reader)?;
            self.others.push(job);
        }
        Ok(())
    }

    /// Reads a map with one job whose first input is the contiguous `result` of a kernel.
    pub fn read_epilogue(&mut self, reader: &mut Reader, result: &Operand, elements: usize) -> Result<()> {
        self.read_jobs(reader)?;
        if !self.others.is_empty() || self.first.over.elements() != elements {
            return refuse("an epilogue does not run over the results");
        }
        match self.first.over.operands.first() {
            Some(input) if elements == 0 || is_result(input, result, &self.first.over) => Ok(()),
            _ => refuse("the first input of an epilogue is not the result"),
        }
    }

    /// Takes what a run gives.
    pub fn bind(&mut self, arguments: &Arguments) -> Result<()> {
        self.program.bind(arguments)?;
        self.first.over.bind(arguments)?;
        self.others
            .iter_mut()
            .try_for_each(|job| job.over.bind(arguments))
    }

    /// The program.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// What the program runs over.
    pub fn jobs(&self) -> impl Iterator<Item = &Iteration> {
        std::iter::once(&self.first)
            .chain(&self.others)
            .map(|job| &job.over)
    }

    /// A machine for the first job.
    #[inline]
    pub fn machine<'a>(&'a self, scratch: &'a mut Scratch) -> Machine<'a> {
        self.first.machine(&self.program, scratch)
    }

    /// Runs the elements `start .. end` of the first job, in row-major order, on this thread.
    #[inline]
    pub fn run_range(&self, start: usize, end: usize) {
        self.run_part(&self.first, Piece::whole(start..end), false);
    }

    /// The program, and what its first job runs over.
    pub fn first(&self) -> (&Program, &Iteration) {
        (&self.program, &self.first.over)
    }

    /// Whether the elements fall into so many rows.
    pub fn has_rows(&self, rows: usize) -> bool {
        let elements = self.first.over.elements();
        self.others.is_empty() && !self.first.reordered && elements > 0 && elements.is_multiple_of(rows)
    }

    /// Whether a result of the first job is as large as a last-level cache.
    pub fn gives_more_than_caches(&self) -> bool {
        let over = &self.first.over;
        let outputs = &over.operands[self.program.inputs.len()..];
        outputs
            .iter()
            .any(|output| bytes_of(output, over) >= STREAMED_BYTES)
    }

    /// Runs some rows of the first job, on this thread, and calls `beside` between blocks, if there is one.
    pub fn run_rows(&self, part: &RowPart, beside: Option<&dyn Fn(usize)>) {
        self.with_rows(part, |machine, start, end| {
            let mut machine = machine;
            if let Some(beside) = beside {
                machine.do_beside(beside);
            }
            machine.run(start, end);
        });
    }

    /// Runs some rows of the first job between the blocks of other work: whenever that calls what it is given.
    pub fn run_rows_beside(&self, part: &RowPart, other: impl FnOnce(Option<&dyn Fn(usize)>)) {
        self.with_rows(part, |mut machine, start, end| {
            if machine.needs_tiles() {
                machine.run(start, end);
                return other(None);
            }
            let paused = RefCell::new(Paused::new(machine, start, end));
            other(Some(&|elements| paused.borrow_mut().advance(elements)));
            paused.into_inner().finish();
        });
    }

    /// Gives a machine for some rows of the first job, and which elements they are.
    fn with_rows(&self, part: &RowPart, run: impl FnOnce(Machine, usize, usize)) {
        let Job { over, reach, .. } = &self.first;
        // What the last step writes stays where it is.
        let movable = if part.last {
            self.program.inputs.len()
        } else {
            over.operands.len()
        };
        let moved = part.moved.map(|moved| over.moved(moved, movable));
        let over = moved.as_ref().unwrap_or(over);
        let row = over.elements() / part.of;
        let mut scratch = Scratch::take();
        let mut machine = Machine::new(&self.program, over, reach, &mut scratch);
        let least = if stores_lines() {
            STREAMED_ROWS_BYTES
        } else {
            STREAMED_BYTES
        };
        if part.last && self.streams(over, least) {
            machine.stream();
        }
        if part.ahead > 0 {
            machine.ask_ahead(part.ahead * row);
        }
        run(machine, part.first * row, (part.first + part.count) * row);
    }

    /// Calls for each operand of the first job, with its shape and whether it is written.
    pub fn each_operand(&self, visit: &mut dyn FnMut(&Operand, &[usize], bool)) {
        for (i, operand) in self.first.over.operands.iter().enumerate() {
            visit(operand, &self.first.over.dims, i >= self.program.inputs.len());
        }
    }

    /// The predicted time of the first job on one thread.
    pub fn serial_ns(&self) -> f64 {
        self.first.cost_ns
    }

    /// Runs all jobs, one after the other.
    pub fn run(&self) {
        std::iter::once(&self.first)
            .chain(&self.others)
            .for_each(|job| self.run_job(job));
    }

    fn run_part(&self, job: &Job, Piece { elements, columns }: Piece, streams: bool) {
        let mut scratch = Scratch::take();
        let mut machine = job.machine(&self.program, &mut scratch);
        if streams {
            machine.stream();
        }
        if let Some(columns) = columns {
            machine.narrow(columns);
        }
        machine.run(elements.start, elements.end);
    }

    /// Whether a result has so many bytes at least. One that replaces an input finds its lines in the caches.
    fn streams(&self, over: &Iteration, least: usize) -> bool {
        let (inputs, outputs) = over.operands.split_at(self.program.inputs.len());
        outputs.iter().any(|output| {
            bytes_of(output, over) >= least && inputs.iter().all(|input| input.data != output.data)
        })
    }

    fn run_job(&self, job: &Job) {
        let streams = self.streams(&job.over, STREAMED_BYTES);
        let cut = job.cut();
        let shared = threads::parallel(job.cost_ns, cut.pieces(), |number| {
            self.run_part(job, cut.piece(number), streams);
        });
        count(if shared {
            Path::MapParallel
        } else {
            Path::MapSerial
        });
    }
}

impl Job {
    /// A job that is yet to be read.
    fn new() -> Self {
        Job {
            over: Iteration::new(Dims::new()),
            reach: Reach::default(),
            cost_ns: 0.0,
            reordered: false,
        }
    }

    /// Reads a shape and an operand for each input and output; outputs must not overlap themselves.
    fn read(&mut self, program: &Program, reader: &mut Reader) -> Result<()> {
        let over = &mut self.over;
        read_dims(reader, &mut over.dims)?;
        over.read_operands(&program.inputs, reader)?;
        over.read_operands(&program.outputs, reader)?;
        for output in &over.operands[program.inputs.len()..] {
            output.require_distinct(&over.dims)?;
        }
        over.collapse();
        self.predict(program);
        Ok(())
    }

    /// Brings the axes in an order that costs less, where it does not matter.
    fn arrange(&mut self, program: &Program) {
        if let Some(order) = self.reach.better_order(&self.over) {
            self.over.permute(&order);
            self.predict(program);
            self.reordered = true;
        }
    }

    /// Finds how operands are reached, and what that costs.
    fn predict(&mut self, program: &Program) {
        let over = &self.over;
        self.reach = Reach::of(program, over);
        let last = over.dims.len() - 1;
        let strided = over.operands.iter().filter(|operand| operand.strides[last] != 1);
        let moved = over.operands.iter().filter(|operand| operand.strides[last] != 0);
        let bytes: usize = moved.map(|operand| operand.dtype.size()).sum();
        let element_ns = program.cost_ns().max(bytes as f64 / BANDWIDTH) + strided.count() as f64 * STAGED_NS;
        self.cost_ns = element_ns * over.elements() as f64;
    }

    /// How it is cut for the threads in force.
    #[inline]
    fn cut(&self) -> Cut {
        Cut::of(&self.over, &self.reach, self.cost_ns)
    }

    #[inline]
    fn machine<'a>(&'a self, program: &'a Program, scratch: &'a mut Scratch) -> Machine<'a> {
        Machine::new(program, &self.over, &self.reach, scratch)
    }
}

impl Default for Map {
    fn default() -> Self {
        Map::new()
    }
}

/// The bytes of an operand that has an element for each of the iteration.
fn bytes_of(operand: &Operand, over: &Iteration) -> usize {
    over.elements() * operand.dtype.size()
}

fn is_result(input: &Operand, result: &Operand, job: &Iteration) -> bool {
    input.place == result.place && input.dtype == result.dtype && input.is_contiguous(&job.dims)
}
