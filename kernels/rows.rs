//! Blocks of rows: consecutive steps that work row by row, as those of a softmax do, run one block of rows after the
//! other, so that a row comes from memory once.
//!
//! Softmax of 4096² f32 as three steps over everything reads it three times; by blocks it is read once.

use crate::clock::Clock;
use crate::cpu::counters::{Path, count};
use crate::cpu::report::Report;
use crate::cpu::threads;
use crate::device::Step;
use crate::layout::RowSpan;
use std::ops::Range;

/// What a block should come to at most, to stay in a core's L2 cache.
const BLOCK_BYTES: usize = 256 << 10;
/// Steps over less than this find it in a cache anyway.
const LEAST_BYTES: usize = 512 << 10;

/// Steps that run block by block.
pub struct RowBlocks {
    /// Which of the plan's steps.
    pub steps: Range<usize>,
    rows: usize,
    rows_a_block: usize,
    cost_ns: f64,
}

/// What a step reads and writes in each row.
struct Access {
    span: RowSpan,
    writes: bool,
}

impl RowBlocks {
    /// The runs of steps that can be taken block by block, where it pays.
    pub fn find(steps: &[Step]) -> Vec<RowBlocks> {
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
            found.extend(RowBlocks::new(steps, taken, rows));
        }
        found
    }

    fn new(steps: &[Step], taken: Range<usize>, rows: usize) -> Option<RowBlocks> {
        let bytes = |step: &Step| -> usize {
            let accesses = accesses(step, rows);
            accesses.iter().flatten().map(|access| access.span.bytes()).sum()
        };
        let row_bytes = steps[taken.clone()].iter().map(bytes).max()?;
        let cost_ns = steps[taken.clone()].iter().map(Step::cost_ns).sum();
        (row_bytes.saturating_mul(rows) >= LEAST_BYTES).then(|| RowBlocks {
            steps: taken,
            rows,
            rows_a_block: (BLOCK_BYTES / row_bytes).clamp(1, rows),
            cost_ns,
        })
    }

    /// How one of the steps runs: as part of each block.
    pub fn report(&self, step: &Step) -> Report {
        let own = step.report();
        let blocks = self.rows.div_ceil(self.rows_a_block);
        Report {
            path: format!("{}, by blocks of rows with its neighbours", own.path),
            chunks: if threads::pays(self.cost_ns) { blocks } else { 1 },
            chunk: format!("{} rows", self.rows_a_block),
            ..own
        }
    }

    /// Runs the steps, which are those of the plan.
    ///
    /// # Safety
    /// As for `Step::run`.
    pub unsafe fn run(&self, clock: &impl Clock, steps: &[Step]) {
        count(Path::RowBlocks);
        let blocks = self.rows.div_ceil(self.rows_a_block);
        let run_block = |block: usize| {
            let first = block * self.rows_a_block;
            let rows = self.rows_a_block.min(self.rows - first);
            for number in self.steps.clone() {
                let last = number == self.steps.end - 1;
                // SAFETY: the caller's promise; what a block writes, no other block touches.
                let run = || unsafe { steps[number].run_rows(self.rows, first, rows, last) };
                clock.step(number, run);
            }
        };
        clock.together(self.steps.clone(), || {
            threads::parallel(self.cost_ns, blocks, run_block);
        });
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
            Some(span) => found.push(Access { span, writes }),
            None => fits = false,
        }
    });
    fits.then_some(found)
}
