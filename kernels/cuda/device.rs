//! A GPU in use: its context, its streams, and its memory.
//!
//! Plans run on one stream, which keeps their order: a block that was freed may be handed out again at once, since what is
//! written to it comes after what was read from it. Copies have streams of their own; a block knows up to which points of
//! the others it is in use, and they wait for these.

use super::fixed::Fixed;
use super::given::Way;
use super::graphs::Graphs;
use super::kernel::Modules;
use super::nvrtc::Nvrtc;
use super::pinned::{Inbox, Outbox};
use super::pool::{Address, Pool, Taken};
use super::probe::{self, Gpu};
use super::timeline::{Lane, Points, Timeline};
use super::underway::Underway;
use crate::cpu::counters::{Path, count};
use crate::cpu::threads::lock;
use crate::error::{Error, Result};
use cudarc::driver::result::{self, DriverError};
use cudarc::driver::sys::{CUdevice_attribute, CUresult};
use cudarc::driver::{CudaContext, CudaStream};
use std::sync::{Arc, Mutex, OnceLock};

/// The most GPUs.
const MOST: usize = 64;

/// A GPU in use. It is never given up: its context lives as long as the process.
pub struct Device {
    /// What was found out about it.
    pub gpu: &'static Gpu,
    /// The stream that plans run on.
    pub stream: Arc<CudaStream>,
    /// How many multiprocessors it has.
    pub multiprocessors: usize,
    /// What was compiled for it.
    pub modules: Modules,
    /// What was compiled before.
    pub fixed: Fixed,
    /// How programs run on it.
    pub way: Way,
    /// Whether each launch is waited for, so that a failure is told with its kernel: `CUDA_LAUNCH_BLOCKING=1`.
    pub blocking: bool,
    /// What it was given. Whoever gives it more holds this.
    pub queue: Mutex<Queue>,
    /// Launches that were captured.
    pub graphs: Mutex<Graphs>,
    /// What it may not have done yet. Nothing else is locked meanwhile.
    pub underway: Mutex<Underway>,
    ordinal: usize,
    /// Locked before the queue.
    inbox: Mutex<Inbox>,
    /// Locked before the queue.
    pool: Mutex<Pool>,
    /// What broke it, if something did: its context takes no more work then.
    fault: OnceLock<String>,
}

/// What a GPU was given.
pub struct Queue {
    /// Plans.
    pub work: Timeline,
    /// Bytes.
    pub outbox: Outbox,
}

/// How much memory a GPU has, and what became of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figures {
    /// Bytes that values and plans hold.
    pub live: usize,
    /// The most that they ever held.
    pub peak: usize,
    /// Bytes that wait to be handed out again.
    pub pooled: usize,
    /// Bytes that nobody has taken, other programs included.
    pub free: usize,
    /// Bytes that there are.
    pub total: usize,
}

impl Device {
    /// The GPU of a number, made ready when it is first asked for.
    pub fn get(ordinal: usize) -> Result<&'static Device> {
        static OPENED: Mutex<[Option<&'static Device>; MOST]> = Mutex::new([None; MOST]);
        let mut opened = lock(&OPENED);
        if let Some(device) = opened.get(ordinal).copied().flatten() {
            return Ok(device);
        }
        let gpu = find(ordinal)?;
        let device: &_ = Box::leak(Box::new(Device::open(ordinal, gpu)?));
        opened[ordinal] = Some(device);
        Ok(device)
    }

    fn open(ordinal: usize, gpu: &'static Gpu) -> Result<Device> {
        let open = || {
            let context = CudaContext::new(ordinal)?;
            // SAFETY: the points of blocks order the streams.
            unsafe { context.disable_event_tracking() };
            let multiprocessors =
                context.attribute(CUdevice_attribute::CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT)?;
            let streams = [
                context.new_stream()?,
                context.new_stream()?,
                context.new_stream()?,
            ];
            Ok((streams, multiprocessors as usize))
        };
        let ([work, writes, reads], multiprocessors) =
            open().map_err(|error| unusable(ordinal, gpu, error))?;
        Ok(Device {
            gpu,
            stream: work.clone(),
            multiprocessors,
            modules: Modules::default(),
            fixed: Fixed::default(),
            way: way(),
            blocking: std::env::var_os("CUDA_LAUNCH_BLOCKING").is_some_and(|value| value == "1"),
            queue: Mutex::new(Queue {
                work: Timeline::new(work, Lane::Work),
                outbox: Outbox::new(Timeline::new(writes, Lane::Writes)),
            }),
            graphs: Mutex::default(),
            underway: Mutex::default(),
            ordinal,
            inbox: Mutex::new(Inbox::new(Timeline::new(reads, Lane::Reads))),
            pool: Mutex::default(),
            fault: OnceLock::new(),
        })
    }

    /// Calls the driver in the context of this GPU, to which it binds the thread; otherwise as `ask` does.
    pub fn call<T>(&self, what: &str, f: impl FnOnce() -> std::result::Result<T, DriverError>) -> Result<T> {
        self.bind()?;
        self.ask(what, f)
    }

    /// Binds the thread to this GPU.
    pub fn bind(&self) -> Result<()> {
        self.ask("be used by a thread", || self.stream.context().bind_to_thread())
    }

    /// Calls the driver, once; the thread is bound to this GPU. Errors of the driver become ours; those that break the
    /// context are kept, and are the answer from then on.
    pub fn ask<T>(&self, what: &str, f: impl FnOnce() -> std::result::Result<T, DriverError>) -> Result<T> {
        if let Some(fault) = self.fault.get() {
            return Err(Error::Device(fault.clone()));
        }
        count(Path::DriverCall);
        f().map_err(|error| self.failed(what, error))
    }

    fn failed(&self, what: &str, error: DriverError) -> Error {
        let text = format!(
            "cuda:{} ({}) failed to {what}: {}",
            self.ordinal,
            self.gpu.name,
            named(error)
        );
        if !breaks(error) {
            return Error::Device(text);
        }
        let fault = || {
            let suspects = lock(&self.underway).suspects();
            format!("{text}{suspects}; it cannot be used any more in this process, tensors of the cpu can")
        };
        Error::Device(self.fault.get_or_init(fault).clone())
    }

    /// Waits until all is done that was asked for.
    pub fn synchronize(&self) -> Result<()> {
        self.bind()?;
        let Queue { work, outbox } = &mut *lock(&self.queue);
        outbox.timeline.finish(self)?;
        work.finish(self)?;
        lock(&self.underway).reach(work.reached());
        Ok(())
    }

    /// Takes a block of memory: one that was given back, or a new one.
    pub fn allocate(&self, bytes: usize) -> Result<Taken> {
        let mut pool = lock(&self.pool);
        if let Some(block) = pool.take(bytes) {
            return Ok(block);
        }
        let mut block = self.new_block(bytes)?;
        if block.is_none() {
            self.trim(&mut pool)?;
            block = self.new_block(bytes)?;
        }
        let address = block.ok_or(Error::OutOfMemory { bytes })?;
        pool.taken(bytes);
        Ok(Taken {
            address,
            bytes,
            points: Points::default(),
        })
    }

    /// A block that the driver gives; none if it has no more memory.
    fn new_block(&self, bytes: usize) -> Result<Option<Address>> {
        // SAFETY: the block is handed out once, and no bytes of it are read before they are written.
        self.call("take memory", || {
            match unsafe { result::malloc_sync(Pool::size(bytes)) } {
                Err(error) if error.0 == CUresult::CUDA_ERROR_OUT_OF_MEMORY => Ok(None),
                other => other.map(Some),
            }
        })
    }

    /// Gives a block back.
    pub fn free(&self, block: Taken) {
        lock(&self.pool).give(block);
    }

    /// Gives back to the driver what waits to be handed out again.
    fn trim(&self, pool: &mut Pool) -> Result<()> {
        self.synchronize()?;
        pool.drain().into_iter().try_for_each(|block| {
            // SAFETY: nobody holds the block, and what was asked for with it is done.
            self.ask("give memory back", || unsafe { result::free_sync(block) })
        })
    }

    /// Copies bytes to the GPU, to a block in use up to some points. They may change as soon as this returns. Returns up to
    /// which points the block is in use then.
    pub fn write(&self, to: Address, bytes: &[u8], points: Points) -> Result<Points> {
        if bytes.is_empty() {
            return Ok(points);
        }
        self.bind()?;
        let Queue { work, outbox } = &mut *lock(&self.queue);
        let writes = outbox.write(self, to, bytes, (work, points.work))?;
        Ok(Points { writes, ..points })
    }

    /// Copies bytes from the GPU, from a block in use up to some points.
    pub fn read(&self, from: Address, bytes: &mut [u8], points: Points) -> Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        self.read_by(points, |inbox| inbox.read(self, from, bytes))
    }

    /// Copies words from the GPU, from blocks in use up to some points.
    pub fn read_words(&self, from: &[Address], points: Points) -> Result<Vec<u64>> {
        self.read_by(points, |inbox| inbox.read_words(self, from))
    }

    /// Reads once the GPU has come to some points.
    fn read_by<T>(&self, points: Points, read: impl FnOnce(&mut Inbox) -> Result<T>) -> Result<T> {
        let mut inbox = lock(&self.inbox);
        self.bind()?;
        let queue = lock(&self.queue);
        inbox.timeline.follow(self, &queue.work, points.work)?;
        inbox
            .timeline
            .follow(self, &queue.outbox.timeline, points.writes)?;
        drop(queue);
        let found = read(&mut inbox)?;
        let Queue { work, outbox } = &mut *lock(&self.queue);
        work.note(points.work);
        outbox.timeline.note(points.writes);
        lock(&self.underway).reach(work.reached());
        Ok(found)
    }

    /// How much memory there is.
    pub fn figures(&self) -> Result<Figures> {
        let (free, total) = self.call("tell its memory", result::mem_get_info)?;
        let pool = lock(&self.pool);
        Ok(Figures {
            live: pool.live,
            peak: pool.peak,
            pooled: pool.pooled,
            free,
            total,
        })
    }
}

/// What is known of the GPU of a number, if it can be used.
fn find(ordinal: usize) -> Result<&'static Gpu> {
    let gpus = match probe::gpus() {
        Ok(gpus) => gpus,
        Err(why) => return Err(Error::Device(format!("CUDA cannot be used: {why}"))),
    };
    match gpus.get(ordinal).filter(|_| ordinal < MOST) {
        Some(gpu) if gpu.is_supported() => Ok(gpu),
        Some(gpu) => {
            let (major, minor) = gpu.capability;
            Err(Error::Device(format!(
                "cuda:{ordinal} ({}) has compute capability {major}.{minor}, at least 7.5 is wanted",
                gpu.name
            )))
        }
        None => Err(Error::Device(format!(
            "there is no cuda:{ordinal}: the driver shows {} GPUs",
            gpus.len()
        ))),
    }
}

/// Programs are compiled if there is a compiler, unless `TENSAUR_CUDA_PROGRAMS=interpreted` says otherwise.
fn way() -> Way {
    let asked = std::env::var_os("TENSAUR_CUDA_PROGRAMS").is_some_and(|value| value == "interpreted");
    if asked || Nvrtc::get().is_none() {
        Way::Interpreted
    } else {
        Way::Printed
    }
}

fn unusable(ordinal: usize, gpu: &Gpu, error: DriverError) -> Error {
    Error::Device(format!(
        "cuda:{ordinal} ({}) cannot be used: {}",
        gpu.name,
        named(error)
    ))
}

/// An error by the driver's name and words for it.
fn named(error: DriverError) -> String {
    let text = |text: std::result::Result<&std::ffi::CStr, DriverError>| {
        text.map_or("an unknown error".into(), |text| {
            text.to_string_lossy().into_owned()
        })
    };
    format!("{} ({})", text(error.error_string()), text(error.error_name()))
}

/// Whether the driver takes no more work in this context.
fn breaks(error: DriverError) -> bool {
    use CUresult::*;
    matches!(
        error.0,
        CUDA_ERROR_ILLEGAL_ADDRESS
            | CUDA_ERROR_LAUNCH_FAILED
            | CUDA_ERROR_LAUNCH_TIMEOUT
            | CUDA_ERROR_ILLEGAL_INSTRUCTION
            | CUDA_ERROR_MISALIGNED_ADDRESS
            | CUDA_ERROR_INVALID_ADDRESS_SPACE
            | CUDA_ERROR_INVALID_PC
            | CUDA_ERROR_HARDWARE_STACK_ERROR
            | CUDA_ERROR_ASSERT
            | CUDA_ERROR_ECC_UNCORRECTABLE
            | CUDA_ERROR_CONTEXT_IS_DESTROYED
            | CUDA_ERROR_UNKNOWN
    )
}
