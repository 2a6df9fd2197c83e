//! Whether CUDA can be used here, found out before cudarc is called: it panics where a driver or a symbol is missing.
//!
//! Nothing is loaded before somebody asks. What is found holds for the life of the process.

use libloading::{Library, Symbol};
use std::ffi::{CStr, c_char, c_int};
use std::fmt;
use std::sync::OnceLock;

/// The oldest driver interface that will do: CUDA 12.0, which drivers from 525 on have.
const OLDEST_DRIVER: i32 = 12_000;
/// The oldest GPUs that will do: Turing.
const OLDEST_CAPABILITY: (i32, i32) = (7, 5);
const LONGEST_NAME: usize = 256;

/// Where the driver is looked for, as the loader of the system does.
const DRIVERS: &[&str] = if cfg!(windows) {
    &["nvcuda.dll"]
} else {
    &["libcuda.so.1", "libcuda.so"]
};

/// A GPU.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Gpu {
    /// What its maker calls it.
    pub name: String,
    /// Bytes of memory.
    pub memory: usize,
    /// Its compute capability.
    pub capability: (i32, i32),
}

impl Gpu {
    /// Whether there are kernels for it.
    pub fn is_supported(&self) -> bool {
        self.capability >= OLDEST_CAPABILITY
    }
}

/// Why CUDA cannot be used.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Unavailable {
    /// The driver's library cannot be loaded; what the loader says.
    NoDriver(String),
    /// A library without the functions of a driver; which one it lacks.
    NotADriver(&'static str),
    /// The library that is only there to be linked with.
    Stub,
    /// There is no GPU, or none is visible.
    NoDevice,
    /// The parts of the driver have different versions.
    Mismatch,
    /// The driver has an interface that is too old.
    DriverTooOld(i32),
    /// No GPU is young enough.
    GpusTooOld(Vec<Gpu>),
    /// The driver refuses for another reason: the function, and what it returned.
    Failed(&'static str, c_int),
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use Unavailable::*;
        let names = DRIVERS.join(" or ");
        match self {
            NoDriver(why) => write!(
                f,
                "there is no NVIDIA driver: {names} could not be loaded ({why}); install the driver, or give a \
                 container access to it (--gpus all)"
            ),
            NotADriver(symbol) => write!(
                f,
                "{names} was loaded but has no {symbol}: it is not the NVIDIA driver; take it off the loader's path"
            ),
            Stub => write!(
                f,
                "the library that was loaded is the toolkit's stub of {names}: take the folder named stubs off the \
                 loader's path (LD_LIBRARY_PATH)"
            ),
            NoDevice => write!(
                f,
                "the driver finds no GPU: look at nvidia-smi, and at CUDA_VISIBLE_DEVICES, which hides all of them if \
                 it is empty"
            ),
            Mismatch => write!(
                f,
                "the driver's library and its kernel module have different versions: restart the machine, or install \
                 the libraries of the version that nvidia-smi shows"
            ),
            DriverTooOld(version) => write!(
                f,
                "the NVIDIA driver is too old: it knows CUDA {}, at least {} is wanted; install a driver from 525 on",
                dotted(*version),
                dotted(OLDEST_DRIVER)
            ),
            GpusTooOld(gpus) => {
                let named = |gpu: &Gpu| format!("{} ({}.{})", gpu.name, gpu.capability.0, gpu.capability.1);
                let (major, minor) = OLDEST_CAPABILITY;
                let gpus: Vec<_> = gpus.iter().map(named).collect();
                write!(
                    f,
                    "no GPU has compute capability {major}.{minor} or more: {}; use the device cpu",
                    gpus.join(", ")
                )
            }
            Failed(function, status) => write!(
                f,
                "{function} of the NVIDIA driver failed with {status}: look at nvidia-smi"
            ),
        }
    }
}

/// A version as the driver counts them, as people write it.
fn dotted(version: i32) -> String {
    format!("{}.{}", version / 1000, version % 1000 / 10)
}

/// The GPUs of this machine, or why there are none to use.
pub fn gpus() -> &'static Result<Vec<Gpu>, Unavailable> {
    static FOUND: OnceLock<Result<Vec<Gpu>, Unavailable>> = OnceLock::new();
    FOUND.get_or_init(|| Driver::load()?.gpus())
}

/// The few functions that a probe calls.
struct Driver(Library);

impl Driver {
    fn load() -> Result<Driver, Unavailable> {
        let mut why = String::new();
        for name in DRIVERS {
            // SAFETY: whatever has the driver's name on the loader's path is taken for the driver, as cudarc does.
            match unsafe { Library::new(*name) } {
                Ok(library) => return Ok(Driver(library)),
                Err(error) if why.is_empty() => why = error.to_string(),
                Err(_) => {}
            }
        }
        Err(Unavailable::NoDriver(why))
    }

    fn gpus(self) -> Result<Vec<Gpu>, Unavailable> {
        let gpus = self.find_gpus();
        // cudarc opens it again; once it ran, a driver must not be unmapped.
        std::mem::forget(self.0);
        let gpus = gpus?;
        if gpus.iter().any(Gpu::is_supported) {
            Ok(gpus)
        } else {
            Err(Unavailable::GpusTooOld(gpus))
        }
    }

    fn find_gpus(&self) -> Result<Vec<Gpu>, Unavailable> {
        // SAFETY: `cuInit` takes flags.
        let status = unsafe { self.symbol::<unsafe extern "C" fn(u32) -> c_int>("cuInit")?(0) };
        match status {
            0 => {}
            34 => return Err(Unavailable::Stub),
            100 => return Err(Unavailable::NoDevice),
            803 | 804 => return Err(Unavailable::Mismatch),
            other => return Err(Unavailable::Failed("cuInit", other)),
        }
        let version = self.number("cuDriverGetVersion")?;
        if version < OLDEST_DRIVER {
            return Err(Unavailable::DriverTooOld(version));
        }
        match self.number("cuDeviceGetCount")? {
            ..=0 => Err(Unavailable::NoDevice),
            count => (0..count).map(|ordinal| self.gpu(ordinal)).collect(),
        }
    }

    fn gpu(&self, ordinal: c_int) -> Result<Gpu, Unavailable> {
        type Get = unsafe extern "C" fn(*mut c_int, c_int) -> c_int;
        type Name = unsafe extern "C" fn(*mut c_char, c_int, c_int) -> c_int;
        type Memory = unsafe extern "C" fn(*mut usize, c_int) -> c_int;
        type Attribute = unsafe extern "C" fn(*mut c_int, c_int, c_int) -> c_int;
        const MAJOR: c_int = 75;
        const MINOR: c_int = 76;
        let (mut device, mut memory, mut capability) = (0, 0, (0, 0));
        let mut name = [0 as c_char; LONGEST_NAME];
        let get = self.symbol::<Get>("cuDeviceGet")?;
        let get_name = self.symbol::<Name>("cuDeviceGetName")?;
        let get_memory = self.symbol::<Memory>("cuDeviceTotalMem_v2")?;
        let get_attribute = self.symbol::<Attribute>("cuDeviceGetAttribute")?;
        // SAFETY: each function has the type that the driver's interface gives it, and writes where it may.
        unsafe {
            succeed("cuDeviceGet", get(&mut device, ordinal))?;
            succeed(
                "cuDeviceGetName",
                get_name(name.as_mut_ptr(), LONGEST_NAME as c_int - 1, device),
            )?;
            succeed("cuDeviceTotalMem_v2", get_memory(&mut memory, device))?;
            succeed(
                "cuDeviceGetAttribute",
                get_attribute(&mut capability.0, MAJOR, device),
            )?;
            succeed(
                "cuDeviceGetAttribute",
                get_attribute(&mut capability.1, MINOR, device),
            )?;
        }
        // SAFETY: the last character was left 0.
        let name = unsafe { CStr::from_ptr(name.as_ptr()) };
        Ok(Gpu {
            name: name.to_string_lossy().into_owned(),
            memory,
            capability,
        })
    }

    /// What a function writes that gives one number.
    fn number(&self, function: &'static str) -> Result<c_int, Unavailable> {
        let mut number = 0;
        // SAFETY: both functions that are called so write one `int`.
        let status =
            unsafe { self.symbol::<unsafe extern "C" fn(*mut c_int) -> c_int>(function)?(&mut number) };
        succeed(function, status)?;
        Ok(number)
    }

    fn symbol<T>(&self, name: &'static str) -> Result<Symbol<'_, T>, Unavailable> {
        // SAFETY: callers name the type that the driver's interface gives the function.
        unsafe { self.0.get(name) }.map_err(|_| Unavailable::NotADriver(name))
    }
}

fn succeed(function: &'static str, status: c_int) -> Result<(), Unavailable> {
    match status {
        0 => Ok(()),
        other => Err(Unavailable::Failed(function, other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_says_what_to_do() {
        let old = Gpu {
            name: "GeForce GTX 1080".into(),
            memory: 8 << 30,
            capability: (6, 1),
        };
        let reasons = [
            (Unavailable::NoDriver("not found".into()), "install the driver"),
            (Unavailable::NotADriver("cuInit"), "no cuInit"),
            (Unavailable::Stub, "stubs"),
            (Unavailable::NoDevice, "CUDA_VISIBLE_DEVICES"),
            (Unavailable::Mismatch, "restart"),
            (Unavailable::DriverTooOld(11_040), "CUDA 11.4, at least 12.0"),
            (Unavailable::GpusTooOld(vec![old]), "GeForce GTX 1080 (6.1)"),
            (Unavailable::Failed("cuInit", 999), "cuInit"),
        ];
        for (reason, part) in reasons {
            assert!(reason.to_string().contains(part), "{reason}");
        }
    }

    #[test]
    fn gpus_are_supported_from_turing_on() {
        let gpu = |capability| Gpu {
            name: String::new(),
            memory: 0,
            capability,
        };
        assert!([(7, 5), (8, 0), (12, 0)].map(gpu).iter().all(Gpu::is_supported));
        assert!(
            [(7, 0), (6, 1), (5, 9)]
                .map(gpu)
                .iter()
                .all(|gpu| !gpu.is_supported())
        );
    }
}
