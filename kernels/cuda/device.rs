//! A GPU in use: its context, the one stream that all work goes through, and its memory.
//!
//! One stream keeps the order of what is asked for, so a block that was freed may be handed out again at once: what is
//! written to it comes after what was read from it.

use super::fixed::Fixed;
use super::given::Way;
use super::kernel::Modules;
use super::nvrtc::Nvrtc;
use super::pool::{Address, Pool};
use super::probe::{self, Gpu};
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
    /// The stream that all work goes through.
    pub stream: Arc<CudaStream>,
    /// How many multiprocessors it has.
    pub multiprocessors: usize,
    /// What was compiled for it.
    pub modules: Modules,
    /// What was compiled before.
    pub fixed: Fixed,
    /// How programs run on it.
    pub way: Way,
    ordinal: usize,
    pool: Mutex<Pool>,
    /// What broke it, if something did: its context takes no more work then.
    fault: OnceLock<String>,
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
            // SAFETY: there is one stream, so no other has to be told when memory is free again.
            unsafe { context.disable_event_tracking() };
            let multiprocessors =
                context.attribute(CUdevice_attribute::CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT)?;
            Ok((context.new_stream()?, multiprocessors as usize))
        };
        let (stream, multiprocessors) = open().map_err(|error| unusable(ordinal, gpu, error))?;
        Ok(Device {
            gpu,
            stream,
            multiprocessors,
            modules: Modules::default(),
            fixed: Fixed::default(),
            way: way(),
            ordinal,
            pool: Mutex::default(),
            fault: OnceLock::new(),
        })
    }

    /// Calls the driver in the context of this GPU. Its errors become ours; those that break the context are kept, and
    /// are the answer from then on.
    pub fn call<T>(&self, what: &str, f: impl FnOnce() -> std::result::Result<T, DriverError>) -> Result<T> {
        if let Some(fault) = self.fault.get() {
            return Err(Error::Device(fault.clone()));
        }
        let bound = self.stream.context().bind_to_thread();
        bound.and_then(|()| f()).map_err(|error| {
            let text = format!(
                "cuda:{} ({}) failed to {what}: {}",
                self.ordinal,
                self.gpu.name,
                named(error)
            );
            if breaks(error) {
                let fault =
                    || format!("{text}; it cannot be used any more in this process, tensors of the cpu can");
                return Error::Device(self.fault.get_or_init(fault).clone());
            }
            Error::Device(text)
        })
    }

    /// Waits until all is done that was asked for.
    pub fn synchronize(&self) -> Result<()> {
        self.call("run what it was given", || self.stream.synchronize())
    }

    /// Takes a block of memory: one that was given back, or a new one.
    pub fn allocate(&self, bytes: usize) -> Result<Address> {
        let mut pool = lock(&self.pool);
        if let Some(block) = pool.take(bytes) {
            return Ok(block);
        }
        let mut block = self.new_block(bytes)?;
        if block.is_none() {
            self.trim(&mut pool)?;
            block = self.new_block(bytes)?;
        }
        let block = block.ok_or(Error::OutOfMemory { bytes })?;
        pool.taken(bytes);
        Ok(block)
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

    /// Gives a block back that was taken for so many bytes.
    pub fn free(&self, block: Address, bytes: usize) {
        lock(&self.pool).give(block, bytes);
    }

    /// Gives back to the driver what waits to be handed out again.
    fn trim(&self, pool: &mut Pool) -> Result<()> {
        let blocks = pool.drain();
        self.call("give memory back", || {
            // SAFETY: nobody holds these blocks, and what was asked for is done.
            blocks
                .into_iter()
                .try_for_each(|block| unsafe { result::free_sync(block) })
        })
    }

    /// Copies bytes to the GPU. They may change as soon as this returns.
    pub fn write(&self, to: Address, bytes: &[u8]) -> Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        // SAFETY: the caller has proved that the bytes lie within a block; pageable memory is read before the return.
        let copy = || unsafe { result::memcpy_htod_async(to, bytes, self.stream.cu_stream()) };
        self.call("copy to it", copy)
    }

    /// Copies bytes from the GPU, once all is done that was asked for.
    pub fn read(&self, from: Address, bytes: &mut [u8]) -> Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        let copy = || {
            // SAFETY: the caller has proved that the bytes lie within a block; the stream is waited for.
            unsafe { result::memcpy_dtoh_async(bytes, from, self.stream.cu_stream()) }?;
            self.stream.synchronize()
        };
        self.call("run what it was given, or copy from it", copy)
    }

    /// Reads a number, as `read` does.
    pub fn read_word(&self, from: Address) -> Result<u64> {
        let mut bytes = [0; 8];
        self.read(from, &mut bytes)?;
        Ok(u64::from_ne_bytes(bytes))
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
