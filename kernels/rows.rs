//! Blocks of rows: consecutive steps that work row by row, as those of a softmax do, run one block of rows after the
//! other, so that a row comes from memory once.
//!
//! Softmax of 4096² f32 as steps over everything reads it three times; by blocks it is read once. The step that computes
//! longest asks for the lines of the next block meanwhile, and what earlier steps keep in the memory of the last result
//! stays in the cache. Where results go past the caches, the last step of a block runs between the blocks of vectors of
//! the step that computes longest of the next one, since a core that only stores past the caches waits for the memory.
//! On two Zen 5 cores softmax takes 3.3 ms (3.8 step by step; 2.5 from the caches), where a copy of hand-written loops
//! takes 2.2 and such a softmax 2.4 to 2.6. Blocks of 64 KiB took 10 % longer; of 128 or 512 KiB, or asking in each step,
//! as long. With AVX2, which stores half a line at a time, steps in turn took 5 to 15 % longer than one by one, and so did
//! results of 16 MiB, whose inputs lie in a cache.

use crate::clock::Clock;
use crate::cpu::counters::{Path, count};
use crate::cpu::map::{TileRoom, stores_lines};
use crate::cpu::report::Report;
use crate::cpu::threads;
use crate::device::Step;
use crate::layout::{Moved, RowPart, RowSpan};
use std::cell::Cell;
use std::ops::Range;

/// What a block should come to at most, to stay in a core's L2 cache.
const BLOCK_BYTES: usize = 256 << 10;
/// How many blocks a thread takes one after the other, at most, and how many such pieces it should have. For the first
/// nobody has asked.
const BLOCKS_A_PIECE: usize = 16;
const PIECES_A_THREAD: usize = 4;
/// Steps over less than this find it in a cache anyway.
const LEAST_BYTES: usize = 512 << 10;

/// Steps that run block by block.
pub struct RowBlocks {
    /// Which of the plan's steps.
    pub steps: Range<usize>,
    rows: usize,
    rows_a_block: usize,
    cost_ns: f64,
    /// The step that computes longest, before the last one if results go past the caches: memory would rest meanwhile.
    longest: usize,
    /// Whether the last step of a block runs between the blocks of what the longest computes of the next.
    delays: bool,
    lent: Option<Lent>,
}

/// What a step reads and writes in each row.
struct Access {
    span: RowSpan,
    writes: bool,
    /// Whether it is all bytes that it spans, in order.
    dense: bool,
}

/// A result of the last step whose memory earlier steps use for values of their own, which it overwrites: they may lie
/// anywhere, and lie where the next block's will.
#[derive(Clone, Copy)]
struct Lent {
    /// Which of the last step's accesses.
    number: usize,
    /// The bytes of a row.
    row: usize,
}

thread_local! {
    /// Where values lie that no other block reads.
    static ROOMS: Cell<Vec<TileRoom>> = const { Cell::new(Vec::new()) };
}

/// The runs of consecutive steps that work row by row, and how many rows they have. Any row may come first.
pub fn runs(steps: &[Step]) -> Vec<(Range<usize>, usize)> {
    let (mut found, mut from) = (Vec::new(), 0);
    for at in 0..steps.len() {
        if at < from {
            continue;
        }
        let Some(rows) = steps[at].rows() else { continue };
        let mut accesses = Vec::new();
        let mut taken = at..at;
        while taken.end < steps.len() && join(&steps[taken.end], rows, &mut accesses) {
            taken.end += 1;
        }
        while taken.start > from && join(&steps[taken.start - 1], rows, &mut accesses) {
            taken.start -= 1;
        }
        if taken.len() < 2 {
            continue;
        }
        from = taken.end;
        found.push((taken, rows));
    }
    found
}

impl RowBlocks {
    /// The runs of steps that can be taken block by block, where it pays.
    pub fn find(steps: &[Step]) -> Vec<RowBlocks> {
        let found = runs(steps).into_iter();
        found
            .filter_map(|(taken, rows)| RowBlocks::new(steps, taken, rows))
            .collect()
    }

    fn new(steps: &[Step], taken: Range<usize>, rows: usize) -> Option<RowBlocks> {
        let bytes = |step: &Step| -> usize {
            let accesses = accesses(step, rows);
            accesses.iter().flatten().map(|access| access.span.bytes()).sum()
        };
        let row_bytes = steps[taken.clone()].iter().map(bytes).max()?;
        let cost_ns = steps[taken.clone()].iter().map(Step::cost_ns).sum();
        let by_cost = |&a: &usize, &b: &usize| steps[a].cost_ns().total_cmp(&steps[b].cost_ns());
        let delays = steps[taken.end - 1].gives_more_than_caches();
        let longest = (taken.start..taken.end - usize::from(delays)).max_by(by_cost)?;
        (row_bytes.saturating_mul(rows) >= LEAST_BYTES).then(|| RowBlocks {
            lent: Lent::find(&steps[taken.clone()], rows),
            steps: taken,
            rows,
            rows_a_block: (BLOCK_BYTES / row_bytes).clamp(1, rows),
            cost_ns,
            longest,
            delays,
        })
    }

    /// How one of the steps runs: as part of each block.
    pub fn report(&self, step: &Step) -> Report {
        let own = step.report();
        let pieces = self.rows.div_ceil(self.rows_a_piece());
        Report {
            path: format!("{}, by blocks of rows with its neighbours", own.path),
            chunks: if threads::pays(self.cost_ns) { pieces } else { 1 },
            chunk: format!("{} rows", self.rows_a_piece()),
            ..own
        }
    }

    /// Runs the steps, which are those of the plan.
    ///
    /// # Safety
    /// As for `Step::run`.
    pub unsafe fn run(&self, clock: &impl Clock, steps: &[Step]) {
        count(Path::RowBlocks);
        let delays = self.delays && !clock.tells_apart() && stores_lines();
        if delays {
            count(Path::RowsDelayed);
        }
        let rows_a_piece = self.rows_a_piece();
        let lent = self
            .lent
            .map(|lent| (lent.row, lent.place(&steps[self.steps.end - 1])));
        let run_piece = |piece: usize| {
            let mut rooms = ROOMS.take();
            let end = self.rows.min((piece + 1) * rows_a_piece);
            let firsts = (piece * rows_a_piece..end).step_by(self.rows_a_block);
            let mut delayed = None;
            for (number, first) in firsts.enumerate() {
                let moved = lent.map(|(row, (slot, from))| {
                    // What the block before keeps is read while this one is computed, so nothing may move it.
                    let wanted = (row * self.rows_a_block).div_ceil(size_of::<TileRoom>());
                    let count = 1 + usize::from(delays);
                    rooms.resize(rooms.len().max(count * wanted), TileRoom::NEW);
                    let to = rooms[number % count * wanted..].as_mut_ptr().expose_provenance();
                    let by = to.wrapping_sub(from + row * first) as isize;
                    Moved { slot, from, by }
                });
                let part = RowPart {
                    of: self.rows,
                    first,
                    count: self.rows_a_block.min(end - first),
                    last: false,
                    ahead: if first + self.rows_a_block < end {
                        self.rows_a_block
                    } else {
                        0
                    },
                    moved,
                };
                // SAFETY: the caller's promise; what a block writes, no other block touches.
                unsafe { self.run_block(clock, steps, part, delayed) };
                delayed = delays.then_some(part);
                if !delays {
                    // SAFETY: as above.
                    unsafe { self.run_last(clock, steps, part) };
                }
            }
            if let Some(part) = delayed {
                // SAFETY: as above.
                unsafe { self.run_last(clock, steps, part) };
            }
            ROOMS.set(rooms);
        };
        clock.together(self.steps.clone(), || {
            threads::parallel(self.cost_ns, self.rows.div_ceil(rows_a_piece), run_piece);
        });
    }

    /// The rows of a piece of work for a thread.
    fn rows_a_piece(&self) -> usize {
        let blocks = self.rows.div_ceil(self.rows_a_block);
        let blocks_a_piece = blocks / (PIECES_A_THREAD * threads::threads());
        self.rows_a_block * blocks_a_piece.clamp(1, BLOCKS_A_PIECE)
    }

    /// Runs the steps but the last over a block, and what was delayed of the block before between those of the longest.
    ///
    /// # Safety
    /// As for `Step::run`; nobody touches what these rows write meanwhile.
    unsafe fn run_block(&self, clock: &impl Clock, steps: &[Step], block: RowPart, delayed: Option<RowPart>) {
        let last = self.steps.end - 1;
        for number in self.steps.start..last {
            let asks = number == self.longest;
            let part = RowPart {
                ahead: if asks { block.ahead } else { 0 },
                ..block
            };
            let step = &steps[number];
            // SAFETY: the caller's promise.
            clock.step(number, || unsafe {
                match &delayed {
                    Some(before) if asks => {
                        let before = RowPart {
                            last: true,
                            ahead: 0,
                            ..*before
                        };
                        steps[last].run_rows_beside(&before, |beside| step.run_rows(&part, beside));
                    }
                    _ => step.run_rows(&part, None),
                }
            });
        }
    }

    /// Runs the last step over a block.
    ///
    /// # Safety
    /// As for `run_block`.
    unsafe fn run_last(&self, clock: &impl Clock, steps: &[Step], block: RowPart) {
        let number = self.steps.end - 1;
        let asks = number == self.longest;
        let part = RowPart {
            last: true,
            ahead: if asks { block.ahead } else { 0 },
            ..block
        };
        // SAFETY: the caller's promise.
        clock.step(number, || unsafe { steps[number].run_rows(&part, None) });
    }
}

impl Lent {
    /// The first such result: what meets it is it, and the first to do so is an earlier step that writes it.
    fn find(steps: &[Step], rows: usize) -> Option<Lent> {
        let all: Vec<Vec<Access>> = steps.iter().filter_map(|step| accesses(step, rows)).collect();
        let (last, earlier) = all.split_last()?;
        let is_lent = |result: &&Access| {
            let mut meeting = all
                .iter()
                .flatten()
                .filter(|access| access.span.meets(&result.span));
            let first = earlier
                .iter()
                .flatten()
                .find(|access| access.span.meets(&result.span));
            // An element a row is what a reduce, too, might write.
            let large = (size_of::<f64>() + 1..=BLOCK_BYTES).contains(&result.span.bytes());
            large
                && result.writes
                && first.is_some_and(|access| access.writes)
                && meeting.all(|access| access.dense && access.span == result.span)
        };
        let number = last.iter().position(|access| is_lent(&access))?;
        let row = last[number].span.bytes();
        Some(Lent { number, row })
    }

    /// Its slot, and the address at which it begins in the run that was bound last.
    fn place(&self, last: &Step) -> (usize, usize) {
        let (mut number, mut place) = (0, (0, 0));
        last.each_operand(&mut |operand, _, _| {
            if operand.dtype.has_memory() {
                if number == self.number {
                    place = (operand.place.slot, operand.data.addr());
                }
                number += 1;
            }
        });
        place
    }
}

/// Adds the accesses of a step, if it can run by rows and shares no byte with the others but within a row.
fn join(step: &Step, rows: usize, others: &mut Vec<Access>) -> bool {
    let Some(own) = accesses(step, rows) else {
        return false;
    };
    let apart = |a: &Access, b: &Access| !(a.writes || b.writes) || a.span.keeps_apart(&b.span);
    if !own.iter().all(|a| others.iter().all(|b| apart(a, b))) {
        return false;
    }
    others.extend(own);
    true
}

/// What a step does in each row; none if it cannot run by rows.
fn accesses(step: &Step, rows: usize) -> Option<Vec<Access>> {
    let mut found = Vec::new();
    let mut fits = step.has_rows(rows);
    step.each_operand(&mut |operand, dims, writes| {
        if !fits || !operand.dtype.has_memory() {
            return;
        }
        match operand.row_span(dims, rows) {
            Some(span) => found.push(Access {
                span,
                writes,
                dense: operand.is_contiguous(dims) && !span.moves(),
            }),
            None => fits = false,
        }
    });
    fits.then_some(found)
}
