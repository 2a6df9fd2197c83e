//! Kernels: compiled from a source, or loaded from what was compiled before, and launched.
//!
//! A source is compiled once: in this process it is remembered, and the cache on disk has it for the next.

use super::archive::{self, Target};
use super::cubins::{self, Cubins};
use super::device::Device;
use super::fixed;
use super::given::Way;
use super::launch::Grid;
use super::nvrtc::Nvrtc;
use crate::cpu::threads::lock;
use crate::error::{Error, Result};
use cudarc::driver::result;
use cudarc::driver::sys::{CUfunction, CUmodule, CUresult};
use std::collections::HashMap;
use std::ffi::{CString, c_void};
use std::sync::Mutex;

/// What drivers say of kernels that a newer compiler has made.
const NEWER: [CUresult; 2] = [
    CUresult::CUDA_ERROR_UNSUPPORTED_PTX_VERSION,
    CUresult::CUDA_ERROR_INVALID_IMAGE,
];

/// Kernels that were compiled together. They are never unloaded.
#[derive(Clone, Copy)]
pub struct Module {
    module: CUmodule,
    device: &'static Device,
}

/// A kernel of a GPU.
#[derive(Clone, Copy)]
pub struct Kernel(CUfunction);

// SAFETY: the driver's handles may be used from any thread.
unsafe impl Send for Module {}
// SAFETY: as above.
unsafe impl Sync for Module {}
// SAFETY: as above.
unsafe impl Send for Kernel {}
// SAFETY: as above.
unsafe impl Sync for Kernel {}

/// The modules of a GPU, by the hashes of their sources.
pub type Modules = Mutex<HashMap<u128, Module>>;

impl Module {
    /// The kernels for programs as they run on this GPU: those of `source`, whose programs are printed, or the fixed ones.
    pub fn of(device: &'static Device, source: impl FnOnce() -> String) -> Result<Module> {
        match device.way {
            Way::Interpreted => fixed::module(device),
            Way::Printed => Module::compiled(device, &source()),
        }
    }

    /// The kernels of a source.
    pub fn compiled(device: &'static Device, source: &str) -> Result<Module> {
        let Some(nvrtc) = Nvrtc::get() else {
            return Err(no_compiler(device));
        };
        let ((major, minor), version) = (device.gpu.capability, nvrtc.version());
        let target = Target::Cubin(10 * major + minor);
        let made_by = format!("{} by {}.{}", target.name(), version.0, version.1);
        let key = cubins::hash(&[source.as_bytes(), made_by.as_bytes()]);
        let mut known = lock(&device.modules);
        if let Some(&module) = known.get(&key) {
            return Ok(module);
        }
        let cache = Cubins::of_user();
        let kept = cache.load(key).and_then(|cubin| {
            let loaded = Module::load(device, &cubin);
            loaded.inspect_err(|_| cache.forget(key)).ok()
        });
        let module = match kept {
            Some(module) => module,
            None => {
                let cubin = nvrtc
                    .compile(source, target)
                    .map_err(|log| Error::Device(format!("NVRTC refuses a kernel for {made_by}: {log}")))?;
                let module = Module::load(device, &cubin)?;
                cache.store(key, &cubin);
                module
            }
        };
        known.insert(key, module);
        Ok(module)
    }

    /// The kernels of a source that the library has compiled, for those who have no compiler.
    pub fn fixed(device: &'static Device, source: &str) -> Result<Module> {
        let embedded = || archive::find(source, device.gpu.capability);
        match Nvrtc::get().map_or_else(embedded, |_| None) {
            Some(image) => Module::load(device, &image),
            None => Module::compiled(device, source),
        }
    }

    /// Loads a cubin, or PTX that ends with a zero.
    fn load(device: &'static Device, cubin: &[u8]) -> Result<Module> {
        let mut refused = false;
        let load = || {
            // SAFETY: the image is whole, by its hash or since it was just made.
            let loaded = unsafe { result::module::load_data(cubin.as_ptr().cast()) };
            refused = matches!(loaded, Err(error) if NEWER.contains(&error.0));
            loaded
        };
        match device.call("load a kernel", load) {
            Err(Error::Device(text)) if refused => Err(Error::Device(format!(
                "{text}; it was compiled by a newer CUDA than the driver's: install a newer driver, or an older NVRTC"
            ))),
            loaded => loaded.map(|module| Module { module, device }),
        }
    }

    /// The kernel that has one name among the fixed ones, and another where programs are printed.
    pub fn kernel(self, fixed: &str, printed: &str) -> Result<Kernel> {
        let name = match self.device.way {
            Way::Interpreted => fixed,
            Way::Printed => printed,
        };
        let symbol = CString::new(name).unwrap_or_default();
        // SAFETY: the module was loaded and stays.
        let find = || unsafe { result::module::get_function(self.module, symbol) };
        self.device.call("find a kernel", find).map(Kernel)
    }
}

/// Nobody compiles, and nothing was compiled before.
fn no_compiler(device: &Device) -> Error {
    let (major, minor) = device.gpu.capability;
    Error::Device(format!(
        "this library has no kernels for {} (compute capability {major}.{minor}), and NVRTC was not found, which compiles \
         them: run `deno task cubins`, which puts them into the library; or install the CUDA toolkit, or name its libnvrtc \
         in TENSAUR_NVRTC",
        device.gpu.name
    ))
}

impl Kernel {
    /// Launches it with arguments, each given by where it lies. The thread is bound to the GPU.
    ///
    /// # Safety
    /// The arguments are what the kernel takes, and what they point to on the GPU is there until it has run.
    pub unsafe fn launch(self, device: &Device, grid: Grid, arguments: &mut [*mut c_void]) -> Result<()> {
        // SAFETY: the caller's promise.
        unsafe { self.launch_blocks(device, grid.blocks, [grid.threads, 1, 1], arguments) }
    }

    /// Launches it in blocks whose threads stand in up to three dimensions.
    ///
    /// # Safety
    /// As of `launch`.
    pub unsafe fn launch_blocks(
        self,
        device: &Device,
        [x, y, z]: [u32; 3],
        [wide, high, deep]: [u32; 3],
        arguments: &mut [*mut c_void],
    ) -> Result<()> {
        let stream = device.stream.cu_stream();
        // SAFETY: the caller's promise; the driver copies the arguments before it returns.
        device.ask("launch a kernel", || unsafe {
            result::launch_kernel(self.0, (x, y, z), (wide, high, deep), 0, stream, arguments)
        })
    }
}
