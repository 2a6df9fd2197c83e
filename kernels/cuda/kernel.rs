//! Kernels: compiled from a source, or loaded from what was compiled before, and launched.
//!
//! A source is compiled once: in this process it is remembered, and the cache on disk has it for the next.

use super::cubins::{self, Cubins};
use super::device::Device;
use super::fixed;
use super::given::Way;
use super::launch::Grid;
use super::nvrtc::Nvrtc;
use crate::cpu::threads::lock;
use crate::error::{Error, Result};
use cudarc::driver::result;
use cudarc::driver::sys::{CUfunction, CUmodule};
use std::collections::HashMap;
use std::ffi::{CString, c_void};
use std::sync::Mutex;

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
    /// The kernels of a source.
    pub fn compiled(device: &'static Device, source: &str) -> Result<Module> {
        let Some(nvrtc) = Nvrtc::get() else {
            return Err(Error::Device(
                "NVRTC was not found, which compiles kernels: install the CUDA toolkit, or name the library in \
                 TENSAUR_NVRTC"
                    .into(),
            ));
        };
        let ((major, minor), version) = (device.gpu.capability, nvrtc.version());
        let arch = format!("sm_{major}{minor}");
        let made_by = format!("{arch} by {}.{}", version.0, version.1);
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
                    .compile(source, &arch)
                    .map_err(|log| Error::Device(format!("NVRTC refuses a kernel for {made_by}: {log}")))?;
                let module = Module::load(device, &cubin)?;
                cache.store(key, &cubin);
                module
            }
        };
        known.insert(key, module);
        Ok(module)
    }

    /// Loads a cubin.
    fn load(device: &'static Device, cubin: &[u8]) -> Result<Module> {
        // SAFETY: the image is whole, by its hash or since it was just made.
        let module = device.call("load a kernel", || unsafe {
            result::module::load_data(cubin.as_ptr().cast())
        })?;
        Ok(Module { module, device })
    }

    /// The kernel of a name.
    pub fn kernel(self, name: &str) -> Result<Kernel> {
        let symbol = CString::new(name).unwrap_or_default();
        // SAFETY: the module was loaded and stays.
        let find = || unsafe { result::module::get_function(self.module, symbol) };
        self.device.call("find a kernel", find).map(Kernel)
    }
}

impl Kernel {
    /// The kernel for programs as they run on this GPU: the fixed one of a name, or the one of this name that `source`
    /// has, whose programs are printed.
    pub fn of(
        device: &'static Device,
        fixed: &str,
        printed: &str,
        source: impl FnOnce() -> String,
    ) -> Result<Kernel> {
        match device.way {
            Way::Interpreted => fixed::module(device)?.kernel(fixed),
            Way::Printed => Module::compiled(device, &source())?.kernel(printed),
        }
    }

    /// Launches it with arguments, each given by where it lies.
    ///
    /// # Safety
    /// The arguments are what the kernel takes, and what they point to on the GPU is there until it has run.
    pub unsafe fn launch(self, device: &Device, grid: Grid, arguments: &mut [*mut c_void]) -> Result<()> {
        let [x, y, z] = grid.blocks;
        let stream = device.stream.cu_stream();
        // SAFETY: the caller's promise; the driver copies the arguments before it returns.
        device.call("launch a kernel", || unsafe {
            result::launch_kernel(self.0, (x, y, z), (grid.threads, 1, 1), 0, stream, arguments)
        })
    }
}
