//! The steps of a plan on a GPU: the kernels of each, memory for what they are given, and a run.

use super::clock::EventClock;
use super::device::{Device, Queue};
use super::graphs::{Graph, Launched};
use super::launch::{Grid, Launch};
use super::pool::{Address, Taken};
use super::timeline::Points;
use super::underway::name_of;
use super::{blocks, fold, given, map, matmul, moves, reduce, rows};
use crate::arguments::Memory;
use crate::cpu::threads::lock;
use crate::device::Step;
use crate::error::{Error, Result, refuse};
use crate::reader::whole;
use crate::rows::runs;
use cudarc::driver::result;
use std::sync::Arc;

/// How often a plan runs launch by launch before these are captured: one that runs so often will run again.
const RUNS_BEFORE_GRAPH: u32 = 2;
/// From how many launches on a plan is captured: one is a call of the driver either way.
const GRAPH_FROM: usize = 2;

/// The kernels of a plan's steps.
pub struct Launches {
    device: &'static Device,
    steps: Vec<Prepared>,
    /// What kernels are given, as a run has written it, and where it lies on the GPU.
    words: Vec<u64>,
    given: Option<Taken>,
    /// Memory for parts of results.
    scratch: Vec<Taken>,
    /// The handles of a run's slots, and up to which points they and the plan's own memory are in use.
    handles: Vec<u32>,
    points: Points,
    /// What the graphs of the GPU know the plan by.
    number: u64,
    runs: u32,
    /// Whether the driver captures its launches, as far as is known.
    captures: bool,
    names: Arc<[String]>,
}

/// A step's kernels.
struct Prepared {
    /// The first word that they are given.
    at: usize,
    launches: Vec<Launch>,
}

/// What went wrong, and at which step; none has the number of all steps.
type AtStep<T> = std::result::Result<T, (usize, Error)>;

impl Launches {
    /// Chooses and compiles the kernels of some steps.
    pub fn new(device: &'static Device, steps: &[Step]) -> AtStep<Launches> {
        let mut launches = Launches {
            device,
            steps: Vec::new(),
            words: Vec::new(),
            given: None,
            scratch: Vec::new(),
            handles: Vec::new(),
            points: Points::default(),
            number: lock(&device.graphs).number(),
            runs: 0,
            captures: !device.blocking,
            names: steps.iter().map(name_of).collect(),
        };
        let mut runs = runs(steps).into_iter().peekable();
        while launches.steps.len() < steps.len() {
            let number = launches.steps.len();
            let added = match runs.next_if(|(run, _)| run.start == number) {
                Some((run, rows)) => launches.add_rows(&steps[run], rows),
                None => Ok(false),
            };
            let added = added.and_then(|added| {
                if added {
                    Ok(())
                } else {
                    launches.add(&steps[number])
                }
            });
            added.map_err(|error| (number, error))?;
        }
        let count: usize = launches.steps.iter().map(|step| step.launches.len()).sum();
        launches.captures &= count >= GRAPH_FROM;
        let bytes = size_of_val(&launches.words[..]).max(1);
        launches.given = Some(device.allocate(bytes).map_err(|error| (0, error))?);
        launches.points = launches
            .own()
            .fold(Points::default(), |points, taken| points.max(taken.points));
        Ok(launches)
    }

    /// The memory that is the plan's own.
    fn own(&self) -> impl Iterator<Item = &Taken> {
        self.scratch.iter().chain(&self.given)
    }

    fn add(&mut self, step: &Step) -> Result<()> {
        let (device, at) = (self.device, self.words.len());
        let mut scratch = |bytes| {
            let taken = device.allocate(bytes)?;
            self.scratch.push(taken);
            Ok(taken.address)
        };
        let launches = match step {
            Step::Map(map) => map::prepare(device, map, at),
            Step::Reduce(reduce) => reduce::prepare(device, &reduce.asked(), at, &mut scratch),
            Step::Matmul(matmul) => matmul::prepare(device, &matmul.asked(), at, &mut scratch),
            Step::Gather(gather) => moves::prepare_gather(device, &gather.asked(), at),
            Step::ScatterAdd(scatter) => {
                moves::prepare_scatter_add(device, &scatter.asked(), at, &mut scratch)
            }
            Step::Fold(fold) => fold::prepare(device, fold, at),
        }?;
        device.way.write(step, &mut self.words);
        self.steps.push(Prepared { at, launches });
        Ok(())
    }

    /// Adds steps over the same rows as one launch, which stands with the first of them; returns whether that was possible.
    fn add_rows(&mut self, steps: &[Step], count: usize) -> Result<bool> {
        let (device, before) = (self.device, self.words.len());
        let mut ats = Vec::new();
        for step in steps {
            ats.push(self.words.len());
            device.way.write(step, &mut self.words);
        }
        let Some(launch) = rows::prepare(device, steps, count, &ats)? else {
            self.words.truncate(before);
            return Ok(false);
        };
        let mut launch = Some(launch);
        self.steps.extend(ats.iter().map(|&at| Prepared {
            at,
            launches: launch.take().into_iter().collect(),
        }));
        Ok(true)
    }

    /// How the kernels of a step run, as the CPU's report has it.
    pub fn report(&self, step: usize) -> String {
        let grids: Vec<Grid> = self.steps[step].launches.iter().map(Launch::grid).collect();
        let joined = |tell: &dyn Fn(&Grid) -> String| match grids.is_empty() {
            true => "none".into(),
            false => grids.iter().map(tell).collect::<Vec<_>>().join(", then "),
        };
        let count = |grid: &Grid| grid.blocks.iter().map(|&n| u64::from(n)).product::<u64>();
        format!(
            "path {} on {} | tiles {} | chunks {} | threads {} | simd none | private none",
            match grids.len() {
                0 => "the kernel of the rows before".into(),
                1 => "a kernel".into(),
                count => format!("{count} kernels"),
            },
            self.device.gpu.name.replace(['|', '\n'], " "),
            joined(&|grid| format!("{} threads a block", grid.threads)),
            joined(&|grid| format!("{} blocks", count(grid))),
            joined(&|grid| (count(grid) * u64::from(grid.threads)).to_string()),
        )
    }

    /// Finds the memory of slots, each a handle and a number of bytes.
    pub fn find(&mut self, slots: &[[f64; 2]], to: &mut Vec<Memory>) -> Result<()> {
        self.handles.clear();
        blocks::with(|blocks| {
            for &[handle, bytes] in slots {
                let (handle, bytes) = (whole(handle).unwrap_or(0), whole(bytes).unwrap_or(-1));
                let known = u32::try_from(handle).unwrap_or(0);
                let block = blocks.get(known)?;
                let fits = usize::try_from(bytes).is_ok_and(|bytes| bytes <= block.taken.bytes);
                if !fits || !std::ptr::eq(block.device, self.device) {
                    return refuse(format!(
                        "the value of handle {handle} has not {bytes} bytes on this GPU"
                    ));
                }
                self.handles.push(known);
                self.points = self.points.max(block.taken.points);
                to.push(Memory {
                    address: block.taken.address as usize,
                    bytes: bytes as usize,
                });
            }
            Ok(())
        })
    }

    /// Runs steps that were bound to memory of this GPU.
    ///
    /// # Safety
    /// They are those that this was made of, and the memory is there until the GPU has run them.
    pub unsafe fn run(&mut self, steps: &[Step]) -> AtStep<()> {
        // SAFETY: the caller's promise.
        self.give(steps, |launches| unsafe { launches.launch() })?;
        self.check_indices(steps)
    }

    /// Runs steps as `run` does, and tells how many nanoseconds each of them took on the GPU.
    ///
    /// # Safety
    /// As for `run`.
    pub unsafe fn profile(&mut self, steps: &[Step], nanoseconds: &mut [f64]) -> AtStep<()> {
        let (device, all) = (self.device, self.steps.len());
        let at_none = |error| (all, error);
        let clock = device.bind().and_then(|()| EventClock::new(device, all));
        let clock = clock.map_err(at_none)?;
        // SAFETY: the caller's promise.
        self.give(steps, |launches| unsafe { launches.launch_timed(&clock) })?;
        let spent = device.synchronize().and_then(|()| clock.nanoseconds());
        nanoseconds.copy_from_slice(&spent.map_err(at_none)?);
        self.check_indices(steps)
    }

    /// Gives the GPU the words of a run, and what `launch` launches for it.
    fn give(&mut self, steps: &[Step], launch: impl FnOnce(&mut Launches) -> AtStep<()>) -> AtStep<()> {
        self.words.clear();
        let (device, all) = (self.device, self.steps.len());
        steps
            .iter()
            .for_each(|step| device.way.write(step, &mut self.words));
        let Queue { work, outbox } = &mut *lock(&device.queue);
        let ready = device
            .bind()
            .and_then(|()| work.follow(device, &outbox.timeline, self.points.writes))
            .and_then(|()| self.write_words());
        ready.map_err(|error| (all, error))?;
        lock(&device.underway).begin(work.next(), self.names.clone());
        let launched = launch(self);
        // Also of launches that did not all go well, some may be under way.
        self.points.work = work.mark(device).map_err(|error| (all, error))?;
        lock(&device.underway).reach(work.reached());
        blocks::with(|blocks| {
            self.handles
                .iter()
                .for_each(|&handle| blocks.note(handle, self.points));
        });
        launched
    }

    /// Copies the words to the GPU, before what is launched next. The driver keeps a copy of so few bytes.
    fn write_words(&self) -> Result<()> {
        let (given, stream) = (self.given_address(), self.device.stream.cu_stream());
        // SAFETY: the memory was taken for as many words; pageable memory is read before the return.
        self.device.ask("copy to it", || unsafe {
            result::memcpy_htod_async(given, &self.words, stream)
        })
    }

    /// Launches the kernels: as a graph, if there is one or will be one.
    ///
    /// # Safety
    /// As for `run`; the words were written.
    unsafe fn launch(&mut self) -> AtStep<()> {
        let (device, all) = (self.device, self.steps.len());
        self.runs = self.runs.saturating_add(1);
        if self.captures && self.runs > RUNS_BEFORE_GRAPH {
            // SAFETY: the caller's promise.
            let launches = || unsafe { self.launch_each() }.map_err(|(_, error)| error);
            let launched = lock(&device.graphs).launch(device, self.number, launches);
            match launched.map_err(|error| (all, error))? {
                Launched::AsGraph => return Ok(()),
                Launched::NotNow => {}
                Launched::Never => self.captures = false,
            }
        }
        // SAFETY: the caller's promise.
        unsafe { self.launch_each() }
    }

    /// Launches the kernels with a clock. Captured, they follow each other as they do in a graph, however long the calls
    /// take.
    ///
    /// # Safety
    /// As for `launch`.
    unsafe fn launch_timed(&mut self, clock: &EventClock) -> AtStep<()> {
        let device = self.device;
        if !device.blocking {
            // SAFETY: the caller's promise.
            let launches = || unsafe { self.launch_with(|step| clock.record(step, true)) };
            if let Ok(graph) = Graph::capture(device, || launches().map_err(|(_, error)| error)) {
                let launched = graph.launch(device).and_then(|()| graph.destroy(device));
                return launched.map_err(|error| (self.steps.len(), error));
            }
        }
        // SAFETY: the caller's promise.
        unsafe { self.launch_with(|step| clock.record(step, false)) }
    }

    /// Launches kernel by kernel.
    ///
    /// # Safety
    /// As for `launch`.
    unsafe fn launch_each(&self) -> AtStep<()> {
        // SAFETY: the caller's promise.
        unsafe { self.launch_with(|_| Ok(())) }
    }

    /// Launches kernel by kernel; tells of each step before, and of their number at the end.
    ///
    /// # Safety
    /// As for `launch`.
    unsafe fn launch_with(&self, tell: impl Fn(usize) -> Result<()>) -> AtStep<()> {
        for (number, step) in self.steps.iter().enumerate() {
            if self.device.blocking {
                lock(&self.device.underway).only(self.names[number..=number].into());
            }
            // SAFETY: the caller's promise.
            let launched = tell(number).and_then(|()| unsafe { self.launch_step(step) });
            launched.map_err(|error| (number, error))?;
        }
        let all = self.steps.len();
        tell(all).map_err(|error| (all, error))
    }

    /// # Safety
    /// As for `launch`.
    unsafe fn launch_step(&self, step: &Prepared) -> Result<()> {
        for launch in &step.launches {
            // SAFETY: the caller's promise; the words were written for these kernels.
            unsafe { launch.launch(self.device, self.given_address()) }?;
            if self.device.blocking {
                let stream = self.device.stream.cu_stream();
                // SAFETY: the stream lives as long as the device.
                self.device
                    .ask("run a kernel", || unsafe { result::stream::synchronize(stream) })?;
            }
        }
        Ok(())
    }

    fn given_address(&self) -> Address {
        self.given.map_or(0, |given| given.address)
    }

    /// Waits for the moves among the steps, and tells the first index that was out of range.
    fn check_indices(&self, steps: &[Step]) -> AtStep<()> {
        let is_move = |step: &Step| matches!(step, Step::Gather(_) | Step::ScatterAdd(_));
        let moves: Vec<usize> = (0..steps.len())
            .filter(|&number| is_move(&steps[number]))
            .collect();
        let Some(&first) = moves.first() else {
            return Ok(());
        };
        let place = |&number: &usize| self.given_address() + 8 * self.steps[number].at as Address;
        let places: Vec<Address> = moves.iter().map(place).collect();
        let told = self.device.read_words(&places, self.points);
        for (&number, &told) in moves.iter().zip(&told.map_err(|error| (first, error))?) {
            if told != u64::MAX {
                let error = self.bad_index(&steps[number], told as usize);
                return Err((number, error.unwrap_or_else(|error| error)));
            }
        }
        Ok(())
    }

    /// What is wrong with the index at a position of a move's shape.
    fn bad_index(&self, step: &Step, flat: usize) -> Result<Error> {
        let (asked, over) = match step {
            Step::Gather(gather) => (gather.asked(), gather.asked().over.clone()),
            Step::ScatterAdd(scatter) => (scatter.asked(), given::walked_last(&scatter.asked())),
            _ => return refuse("only moves have indices"),
        };
        let address = over.operands[1].element(&over.dims, flat);
        let mut index = [0u8; 4];
        self.device
            .read(address.addr() as Address, &mut index, self.points)?;
        Ok(Error::IndexRange {
            index: i64::from(i32::from_ne_bytes(index)),
            axis: asked.axis,
            size: asked.size,
        })
    }
}

impl Drop for Launches {
    fn drop(&mut self) {
        lock(&self.device.graphs).forget(self.device, self.number);
        // Who has the memory next waits for what still runs.
        self.own().for_each(|&taken| {
            self.device.free(Taken {
                points: self.points,
                ..taken
            });
        });
    }
}
