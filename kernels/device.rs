//! The devices' arms: a step of a plan is decoded once, then bound and run where its operands are.

use crate::arguments::Arguments;
use crate::cpu::fold::Fold;
use crate::cpu::map::Map;
use crate::cpu::matmul::Matmul;
use crate::cpu::moves::{Gather, ScatterAdd};
use crate::cpu::reduce::Reduce;
use crate::cpu::report::Report;
use crate::error::Result;
use crate::layout::{Operand, RowPart};
use crate::reader::Reader;

/// A kernel family. The numbers are those of descriptors.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Family {
    /// An expression program over one or several shapes.
    Map,
    /// Folds of what a program computes.
    Reduce,
    /// Products of matrices.
    Matmul,
    /// Reading along an axis at given positions.
    Gather,
    /// Adding along an axis at given positions.
    ScatterAdd,
    /// An expression program along an axis, in order.
    Fold,
}

impl Family {
    /// All of them.
    pub const ALL: [Family; 6] = [
        Family::Map,
        Family::Reduce,
        Family::Matmul,
        Family::Gather,
        Family::ScatterAdd,
        Family::Fold,
    ];

    /// The name, as TypeScript has it.
    pub fn name(self) -> &'static str {
        ["map", "reduce", "matmul", "gather", "scatterAdd", "fold"][self as usize]
    }
}

/// One kernel of a plan.
pub enum Step {
    /// See `Family`.
    Map(Box<Map>),
    /// See `Family`.
    Reduce(Box<Reduce>),
    /// See `Family`.
    Matmul(Box<Matmul>),
    /// See `Family`.
    Gather(Gather),
    /// See `Family`.
    ScatterAdd(ScatterAdd),
    /// See `Family`.
    Fold(Box<Fold>),
}

impl Step {
    /// Decodes a step, and proves what can be proved without its arguments.
    pub fn read(family: Family, reader: &mut Reader) -> Result<Step> {
        Ok(match family {
            Family::Map => {
                let mut map = Box::new(Map::new());
                map.read(reader)?;
                Step::Map(map)
            }
            Family::Reduce => {
                let mut reduce = Box::new(Reduce::new());
                reduce.read(reader)?;
                Step::Reduce(reduce)
            }
            Family::Matmul => {
                let mut matmul = Box::new(Matmul::new());
                matmul.read(reader)?;
                Step::Matmul(matmul)
            }
            Family::Gather => Step::Gather(Gather::read(reader)?),
            Family::ScatterAdd => Step::ScatterAdd(ScatterAdd::read(reader)?),
            Family::Fold => Step::Fold(Box::new(Fold::read(reader)?)),
        })
    }

    /// Which family it is of.
    pub fn family(&self) -> Family {
        match self {
            Step::Map(_) => Family::Map,
            Step::Reduce(_) => Family::Reduce,
            Step::Matmul(_) => Family::Matmul,
            Step::Gather(_) => Family::Gather,
            Step::ScatterAdd(_) => Family::ScatterAdd,
            Step::Fold(_) => Family::Fold,
        }
    }

    /// How it runs, with the threads and the SIMD tier in force.
    pub fn report(&self) -> Report {
        match self {
            Step::Map(map) => map.report(),
            Step::Reduce(reduce) => reduce.report(),
            Step::Matmul(matmul) => matmul.report(),
            Step::Gather(gather) => gather.report(),
            Step::ScatterAdd(scatter) => scatter.report(),
            Step::Fold(fold) => fold.report(),
        }
    }

    /// Takes what a run gives, and proves that every operand lies in its slot.
    pub fn bind(&mut self, arguments: &Arguments) -> Result<()> {
        match self {
            Step::Map(map) => map.bind(arguments),
            Step::Reduce(reduce) => reduce.bind(arguments),
            Step::Matmul(matmul) => matmul.bind(arguments),
            Step::Gather(gather) => gather.bind(arguments),
            Step::ScatterAdd(scatter) => scatter.bind(arguments),
            Step::Fold(fold) => fold.bind(arguments),
        }
    }

    /// How many rows it folds one by one; none if it does something else.
    pub fn rows(&self) -> Option<usize> {
        match self {
            Step::Reduce(reduce) => reduce.rows(),
            _ => None,
        }
    }

    /// Whether it can run some of so many rows alone.
    pub fn has_rows(&self, rows: usize) -> bool {
        match self {
            Step::Map(map) => map.has_rows(rows),
            Step::Reduce(reduce) => reduce.rows() == Some(rows),
            _ => false,
        }
    }

    /// Calls for each operand of a step that has rows, with the shape that it is read or written over.
    pub fn each_operand(&self, visit: &mut dyn FnMut(&Operand, &[usize], bool)) {
        match self {
            Step::Map(map) => map.each_operand(visit),
            Step::Reduce(reduce) => reduce.each_operand(visit),
            _ => {}
        }
    }

    /// The predicted time on one thread of a step that has rows.
    pub fn cost_ns(&self) -> f64 {
        match self {
            Step::Map(map) => map.serial_ns(),
            Step::Reduce(reduce) => reduce.cost_ns(),
            _ => 0.0,
        }
    }

    /// Whether it is a map, and one of its results as large as a last-level cache.
    pub fn gives_more_than_caches(&self) -> bool {
        matches!(self, Step::Map(map) if map.gives_more_than_caches())
    }

    /// Runs some of its rows, on this thread; between blocks of what it computes it calls `beside`.
    ///
    /// # Safety
    /// As for `run`; nobody touches what the rows write meanwhile.
    pub unsafe fn run_rows(&self, part: &RowPart, beside: Option<&dyn Fn(usize)>) {
        match self {
            Step::Map(map) => map.run_rows(part, beside),
            Step::Reduce(reduce) => reduce.run_rows(part, beside),
            _ => {}
        }
    }

    /// Runs some of its rows, on this thread, between the blocks of other work.
    ///
    /// # Safety
    /// As for `run_rows`.
    pub unsafe fn run_rows_beside(&self, part: &RowPart, other: impl FnOnce(Option<&dyn Fn(usize)>)) {
        match self {
            Step::Map(map) => map.run_rows_beside(part, other),
            _ => {
                // SAFETY: the caller's promise.
                unsafe { self.run_rows(part, None) };
                other(None);
            }
        }
    }

    /// Runs what was bound.
    ///
    /// # Safety
    /// The last `bind` went well, and its slots are still memory that the caller holds and nobody else touches.
    pub unsafe fn run(&self) -> Result<()> {
        match self {
            Step::Map(map) => {
                map.run();
                Ok(())
            }
            Step::Reduce(reduce) => reduce.run(),
            Step::Matmul(matmul) => matmul.run(),
            Step::Gather(gather) => gather.run(),
            Step::ScatterAdd(scatter) => scatter.run(),
            Step::Fold(fold) => {
                fold.run();
                Ok(())
            }
        }
    }
}
