//! Plans: steps that are decoded once and run many times, each time over other memory.
//!
//! A run resolves each operand's slot and offset, and compares how far it reaches with the slot's bytes; all else
//! was proved when the plan was made.

use crate::arguments::{Arguments, Memory};
use crate::clock::{Clock, NoClock, StepClock};
use crate::cuda::device::Device;
use crate::cuda::plan::Launches;
use crate::device::{Family, Step};
use crate::error::{Error, Result, refuse};
use crate::reader::Reader;
use crate::rows::RowBlocks;
use std::fmt;
use std::ops::Range;

/// The most steps of a plan.
const MOST_STEPS: usize = 1 << 20;

/// Steps in order.
pub struct Plan {
    steps: Vec<Step>,
    /// The steps that run by blocks of rows, in order.
    blocks: Vec<RowBlocks>,
    /// The slots of a run; kept between runs for its capacity alone.
    slots: Vec<Memory>,
    /// The kernels of the steps, if they run on a GPU.
    launches: Option<Launches>,
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
        Ok(Plan {
            blocks: RowBlocks::find(&steps),
            steps,
            slots: Vec::new(),
            launches: None,
        })
    }

    /// Decodes a plan that runs on a GPU, and compiles its kernels.
    pub fn read_for(device: &'static Device, words: &[f64]) -> std::result::Result<Plan, Failure> {
        let mut plan = Plan::read(words)?;
        plan.launches =
            Some(Launches::new(device, &plan.steps).map_err(|(step, error)| plan.failed(step, error))?);
        Ok(plan)
    }

    /// A failure of a step.
    fn failed(&self, step: usize, error: Error) -> Failure {
        match self.steps.get(step) {
            Some(step) => step.family().failed(error),
            None => error.into(),
        }
    }

    /// How each step runs, a line each.
    pub fn report(&self) -> String {
        let line = |(number, step): (usize, &Step)| {
            if let Some(launches) = &self.launches {
                return format!("{}\n", launches.report(number));
            }
            let block = self.blocks.iter().find(|block| block.steps.contains(&number));
            let report = block.map_or_else(|| step.report(), |block| block.report(step));
            format!("{report}\n")
        };
        self.steps.iter().enumerate().map(line).collect()
    }

    /// Runs the steps over slots, each an address (on a GPU a handle) and a number of bytes. Nothing is touched before
    /// every operand of every step was found to lie in its slot.
    ///
    /// # Safety
    /// Each slot is memory that the caller holds and nobody else touches during the call.
    pub unsafe fn run(&mut self, slots: &[[f64; 2]], params: &[f64]) -> std::result::Result<(), Failure> {
        // SAFETY: the caller's promise.
        unsafe { self.run_by(&NoClock, slots, params) }
    }

    /// Runs the steps as `run` does, and tells how many nanoseconds each of them took.
    ///
    /// # Safety
    /// As for `run`.
    pub unsafe fn profile(
        &mut self,
        slots: &[[f64; 2]],
        params: &[f64],
        nanoseconds: &mut [f64],
    ) -> std::result::Result<(), Failure> {
        let (steps, places) = (self.steps.len(), nanoseconds.len());
        if places != steps {
            refuse(format!(
                "there are {places} places for the times of {steps} steps"
            ))?;
        }
        if self.launches.is_some() {
            self.bind(slots, params)?;
            // SAFETY: the steps were bound to these slots, which are memory of the GPU that the caller holds.
            return self.on_gpu(|launches, steps| unsafe { launches.profile(steps, nanoseconds) });
        }
        let clock = StepClock::new(steps);
        // SAFETY: the caller's promise.
        unsafe { self.run_by(&clock, slots, params)? };
        for (place, spent) in nanoseconds.iter_mut().zip(clock.nanoseconds()) {
            *place = spent;
        }
        Ok(())
    }

    /// # Safety
    /// As for `run`.
    #[inline(always)]
    unsafe fn run_by(
        &mut self,
        clock: &impl Clock,
        slots: &[[f64; 2]],
        params: &[f64],
    ) -> std::result::Result<(), Failure> {
        self.bind(slots, params)?;
        if self.launches.is_some() {
            // SAFETY: the steps were bound to these slots, which are memory of the GPU that the caller holds.
            return self.on_gpu(|launches, steps| unsafe { launches.run(steps) });
        }
        let mut next = 0;
        for block in &self.blocks {
            // SAFETY: the steps were bound to these slots, and the caller vouches for them.
            unsafe {
                run_each(clock, &self.steps, next..block.steps.start)?;
                block.run(clock, &self.steps);
            }
            next = block.steps.end;
        }
        // SAFETY: as above.
        unsafe { run_each(clock, &self.steps, next..self.steps.len()) }
    }

    /// Takes what a run gives, and proves that every operand of every step lies in its slot.
    #[inline(always)]
    fn bind(&mut self, slots: &[[f64; 2]], params: &[f64]) -> std::result::Result<(), Failure> {
        self.slots.clear();
        match &mut self.launches {
            None => {
                for &[address, bytes] in slots {
                    self.slots.push(Memory::read(address, bytes)?);
                }
            }
            Some(launches) => launches.find(slots, &mut self.slots)?,
        }
        let arguments = Arguments {
            slots: &self.slots,
            params,
        };
        for step in &mut self.steps {
            step.bind(&arguments)
                .map_err(|error| step.family().failed(error))?;
        }
        Ok(())
    }

    /// Does something with the kernels of a plan that has them.
    fn on_gpu(
        &mut self,
        f: impl FnOnce(&mut Launches, &[Step]) -> std::result::Result<(), (usize, Error)>,
    ) -> std::result::Result<(), Failure> {
        let Some(launches) = &mut self.launches else {
            return Ok(());
        };
        f(launches, &self.steps).map_err(|(step, error)| self.failed(step, error))
    }
}

/// Runs some of a plan's steps one after the other.
///
/// # Safety
/// As for `Step::run`.
#[inline(always)]
unsafe fn run_each(
    clock: &impl Clock,
    steps: &[Step],
    which: Range<usize>,
) -> std::result::Result<(), Failure> {
    let first = which.start;
    for (i, step) in steps[which].iter().enumerate() {
        // SAFETY: the caller's promise.
        let done: Result<()> = clock.step(first + i, || unsafe { step.run() });
        done.map_err(|error| step.family().failed(error))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Call;

    /// Copies two floats from slot 0, `offset` plus twice parameter 0 from its start, to slot 1.
    fn copy(offset: f64, data: &[f32], to: &mut [f32]) -> Call {
        let mut call = Call::default();
        call.words.extend([1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 2.0, 0.0, 0.0]);
        call.words
            .extend([0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 32.0, 0.0, 1.0, 1.0, 2.0]);
        call.data(data);
        let at = call.words.len();
        call.words[at - 2..].copy_from_slice(&[offset, 1.0]);
        call.words.extend([0.0, 2.0, 1.0]);
        call.result(to);
        call.words.push(1.0);
        call
    }

    fn run(call: &Call, plan: &mut Plan) -> std::result::Result<(), Failure> {
        // SAFETY: the slots are those of `copy`.
        unsafe { plan.run(&call.slots, &call.params) }
    }

    #[test]
    fn a_plan_runs_where_its_arguments_say() {
        let (data, mut to) = ([0.0, 1.0, 2.0, 3.0, 4.0, 5.0], [9.0; 2]);
        let mut call = copy(1.0, &data, &mut to);
        let mut plan = Plan::read(&call.words).unwrap();
        for (param, wanted) in [(0.0, [1.0, 2.0]), (1.0, [3.0, 4.0])] {
            call.params = vec![param];
            run(&call, &mut plan).unwrap();
            assert_eq!(to, wanted);
        }
        let others = [7.0f32, 8.0, 9.0];
        call.params = vec![0.0];
        call.slots[0] = [others.as_ptr() as usize as f64, size_of_val(&others) as f64];
        run(&call, &mut plan).unwrap();
        assert_eq!(to, [8.0, 9.0]);
    }

    #[test]
    fn arguments_that_leave_their_slots_are_refused() {
        let (data, mut to) = ([0.0; 6], [9.0; 2]);
        let call = copy(1.0, &data, &mut to);
        let mut plan = Plan::read(&call.words).unwrap();
        let mut refused = |param: &[f64], slots: &[[f64; 2]]| {
            let (slots, params) = (slots.to_vec(), param.to_vec());
            let changed = Call {
                slots,
                params,
                words: Vec::new(),
            };
            run(&changed, &mut plan).is_err_and(|failure| failure.error.status() == 1)
        };
        let [from, result] = call.slots[..] else {
            unreachable!("a copy has two slots")
        };
        assert!(!refused(&[1.0], &[from, result]));
        for param in [2.0, -1.0, 0.5, f64::NAN, 9007199254740992.0, 1e300] {
            assert!(refused(&[param], &[from, result]), "{param}");
        }
        assert!(refused(&[], &[from, result]), "no parameter");
        assert!(refused(&[0.0], &[from]), "a slot is missing");
        for slot in [
            [from[0], 11.0],
            [from[0] + 2.0, 20.0],
            [0.0, 24.0],
            [f64::NAN, 24.0],
        ] {
            assert!(refused(&[0.0], &[slot, result]), "{slot:?}");
        }
        assert_eq!(to, [0.0; 2]);
    }

    #[test]
    fn a_profile_does_what_a_run_does_and_fills_a_place_for_each_step() {
        let (data, mut to) = ([0.0, 1.0, 2.0, 3.0], [9.0; 2]);
        let mut call = copy(0.0, &data, &mut to);
        call.params = vec![1.0];
        let mut plan = Plan::read(&call.words).unwrap();
        for places in [0, 2] {
            // SAFETY: the slots are those of `copy`.
            let refused = unsafe { plan.profile(&call.slots, &call.params, &mut vec![-1.0; places]) };
            assert_eq!(refused.unwrap_err().error.status(), 1);
        }
        assert_eq!(to, [9.0; 2]);
        let mut spent = [-1.0];
        // SAFETY: as above.
        unsafe { plan.profile(&call.slots, &call.params, &mut spent) }.unwrap();
        assert_eq!(to, [2.0, 3.0]);
        assert!(spent[0] >= 0.0);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_family() {
        let failure = |words: &[f64]| Plan::read(words).err().unwrap().to_string();
        assert_eq!(failure(&[]), "Cannot run a plan: the descriptor ends too early");
        assert_eq!(
            failure(&[1.0, 2.0, 4.0]),
            "Cannot matmul: a matmul is of float32, float64 or int32"
        );
    }
}
