//! Plans: steps that are decoded once and run many times, each time over other memory.
//!
//! A run resolves each operand's slot and offset, and compares how far it reaches with the slot's bytes; all else
//! was proved when the plan was made.

use crate::arguments::{Arguments, Memory};
use crate::device::{Family, Step};
use crate::error::{Error, Result};
use crate::reader::Reader;
use std::fmt;

/// The most steps of a plan.
const MOST_STEPS: usize = 1 << 20;

/// Steps in order.
pub struct Plan {
    steps: Vec<Step>,
    /// The slots of a run; kept between runs for its capacity alone.
    slots: Vec<Memory>,
}

/// What went wrong, and in which family's step if it was in one.
#[derive(Debug)]
pub struct Failure {
    /// The family.
    pub family: Option<Family>,
    /// What went wrong.
    pub error: Error,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = self.family.map_or("run a plan", Family::name);
        write!(f, "Cannot {what}: {}", self.error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure { family: None, error }
    }
}

impl Family {
    fn failed(self, error: Error) -> Failure {
        Failure {
            family: Some(self),
            error,
        }
    }
}

impl Plan {
    /// Decodes a plan.
    pub fn read(words: &[f64]) -> std::result::Result<Plan, Failure> {
        let mut reader = Reader::new(words);
        let count = reader.count(MOST_STEPS, "steps")?;
        let mut steps = Vec::new();
        for _ in 0..count {
            let family = Family::ALL[reader.count(Family::ALL.len() - 1, "a family")?];
            let step = Step::read(family, &mut reader).map_err(|error| family.failed(error))?;
            steps.push(step);
        }
        reader.end()?;
        let slots = Vec::new();
        Ok(Plan { steps, slots })
    }

    /// Runs the steps over slots, each an address and a number of bytes. Nothing is touched before every operand of
    /// every step was found to lie in its slot.
    ///
    /// # Safety
    /// Each slot is memory that the caller holds and nobody else touches during the call.
    pub unsafe fn run(&mut self, slots: &[[f64; 2]], params: &[f64]) -> std::result::Result<(), Failure> {
        self.slots.clear();
        for &[address, bytes] in slots {
            self.slots.push(Memory::read(address, bytes)?);
        }
        let arguments = Arguments {
            slots: &self.slots,
            params,
        };
        for step in &mut self.steps {
            step.bind(&arguments)
                .map_err(|error| step.family().failed(error))?;
        }
        for step in &self.steps {
            // SAFETY: it was bound to these slots, and the caller vouches for them.
            let done: Result<()> = unsafe { step.run() };
            done.map_err(|error| step.family().failed(error))?;
        }
        Ok(())
    }
}
