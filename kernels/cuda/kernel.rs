//! Kernels: loaded from what the compiler made of a source, and launched.
//!
//! A source that was compiled before is not compiled again: not in this process, nor, by the cache on disk, in the next.

use super::cubins::{self, Cubins};
use super::device::Device;
use super::nvrtc::Nvrtc;
use crate::cpu::threads::lock;
use crate::error::{Error, Result};
use cudarc::driver::result;
use cudarc::driver::sys::CUfunction;
use std::collections::HashMap;
use std::ffi::{CString, c_void};
use std::sync::Mutex;

/// Threads of a block, unless a kernel wants another number.
pub const BLOCK: u32 = 256;
/// Blocks for each multiprocessor, at most: enough that all are busy to the end.
const BLOCKS_EACH: u64 = 32;

/// A kernel of a GPU. Modules are never unloaded, so it stays valid.
#[derive(Clone, Copy)]
pub struct Kernel(CUfunction);

// SAFETY: the driver's handles may be used from any thread.
unsafe impl Send for Kernel {}
// SAFETY: as above.
unsafe impl Sync for Kernel {}

/// The kernels of a GPU that are loaded, by the hashes of their sources.
#[derive(Default)]
pub struct Kernels(Mutex<HashMap<u128, Kernel>>);

/// How many blocks of how many threads, and what each block shares.
#[derive(Clone, Copy, Debug)]
pub struct Launch {
    /// Blocks.
    pub grid: [u32; 3],
    /// Threads of a block.
    pub block: [u32; 3],
    /// Bytes that the threads of a block share.
    pub shared: u32,
}

impl Launch {
    /// For so many threads, which go on with what is left.
    pub fn over(threads: u64, device: &Device) -> Launch {
        let most = u64::from(device.multiprocessors) * BLOCKS_EACH;
        let blocks = threads.div_ceil(u64::from(BLOCK)).clamp(1, most);
        Launch {
            grid: [blocks as u32, 1, 1],
            block: [BLOCK, 1, 1],
            shared: 0,
        }
    }
}

impl Kernel {
    /// The kernel `name` of a source, compiled unless that was done before.
    pub fn compiled(device: &'static Device, source: &str, name: &str) -> Result<Kernel> {
        let Some(nvrtc) = Nvrtc::get() else {
            return Err(Error::Device("NVRTC was not found".into()));
        };
        let ((major, minor), version) = (device.gpu.capability, nvrtc.version());
        let arch = format!("sm_{major}{minor}");
        let made_by = format!("{arch} by {}.{}", version.0, version.1);
        let key = cubins::hash(&[source.as_bytes(), made_by.as_bytes()]);
        let mut loaded = lock(&device.kernels.0);
        if let Some(&kernel) = loaded.get(&key) {
            return Ok(kernel);
        }
        let cache = Cubins::of_user();
        let kept = cache.load(key).and_then(|cubin| match Kernel::load(device, &cubin, name) {
            Ok(kernel) => Some(kernel),
            Err(_) => {
                cache.forget(key);
                None
            }
        });
        let kernel = match kept {
            Some(kernel) => kernel,
            None => {
                let cubin = nvrtc.compile(source, &arch).map_err(|log| {
                    Error::Device(format!("NVRTC {}.{} refuses a kernel for {arch}: {log}", version.0, version.1))
                })?;
                let kernel = Kernel::load(device, &cubin, name)?;
                cache.store(key, &cubin);
                kernel
            }
        };
        loaded.insert(key, kernel);
        Ok(kernel)
    }

    /// Loads the kernel `name` of a cubin.
    pub fn load(device: &Device, cubin: &[u8], name: &str) -> Result<Kernel> {
        let symbol = CString::new(name).unwrap_or_default();
        device.call("load a kernel", || {
            // SAFETY: the image is whole, by its hash or since it was just made; its module is never unloaded.
            unsafe {
                let module = result::module::load_data(cubin.as_ptr().cast())?;
                result::module::get_function(module, symbol).map(Kernel)
            }
        })
    }

    /// Launches it with arguments, each given by where it lies.
    ///
    /// # Safety
    /// The arguments are what the kernel takes, and what they point to on the GPU is there until it has run.
    pub unsafe fn launch(self, device: &Device, launch: Launch, arguments: &mut [*mut c_void]) -> Result<()> {
        let [grid, block] = [launch.grid, launch.block].map(|[x, y, z]| (x, y, z));
        // SAFETY: the caller's promise; the driver copies the arguments before it returns.
        device.call("launch a kernel", || unsafe {
            result::launch_kernel(self.0, grid, block, launch.shared, device.stream.cu_stream(), arguments)
        })
    }
}
