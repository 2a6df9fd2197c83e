//! NVIDIA's compiler for CUDA C, where it is installed: source in, a cubin for one architecture (or PTX) out.
//!
//! cudarc's own loader looks for names that the wheels do not have, and does not find the builtins beside the library.

use super::archive::Target;
use libloading::Library;
use std::env;
use std::ffi::{CString, c_char, c_int};
use std::path::{Path, PathBuf};
use std::ptr::null_mut;
use std::sync::OnceLock;

type Handle = *mut u8;

/// How every source is compiled, beside what for: multiply-adds are fused only where it says so.
pub const OPTIONS: [&str; 2] = ["--fmad=false", "--std=c++17"];

/// The functions of the compiler.
pub struct Nvrtc {
    version: (c_int, c_int),
    create: unsafe extern "C" fn(
        *mut Handle,
        *const c_char,
        *const c_char,
        c_int,
        *const *const c_char,
        *const *const c_char,
    ) -> c_int,
    compile: unsafe extern "C" fn(Handle, c_int, *const *const c_char) -> c_int,
    destroy: unsafe extern "C" fn(*mut Handle) -> c_int,
    cubin_size: unsafe extern "C" fn(Handle, *mut usize) -> c_int,
    cubin: unsafe extern "C" fn(Handle, *mut c_char) -> c_int,
    ptx_size: unsafe extern "C" fn(Handle, *mut usize) -> c_int,
    ptx: unsafe extern "C" fn(Handle, *mut c_char) -> c_int,
    log_size: unsafe extern "C" fn(Handle, *mut usize) -> c_int,
    log: unsafe extern "C" fn(Handle, *mut c_char) -> c_int,
}

/// What a failed compilation has to say.
pub type Log = String;

impl Nvrtc {
    /// The compiler of this machine, looked for once.
    pub fn get() -> Option<&'static Nvrtc> {
        static FOUND: OnceLock<Option<Nvrtc>> = OnceLock::new();
        FOUND
            .get_or_init(|| candidates().iter().find_map(|path| Nvrtc::load(path)))
            .as_ref()
    }

    /// Its version: cubins of another one are not taken from the cache.
    pub fn version(&self) -> (i32, i32) {
        self.version
    }

    /// Compiles a source.
    pub fn compile(&self, source: &str, target: Target) -> Result<Vec<u8>, Log> {
        let source = CString::new(source).map_err(|_| "the source has a zero in it".to_string())?;
        let architecture = format!("--gpu-architecture={}", target.name());
        let options: Vec<CString> = OPTIONS
            .iter()
            .chain([&&*architecture])
            .map(|option| CString::new(*option).unwrap_or_default())
            .collect();
        let options: Vec<_> = options.iter().map(|option| option.as_ptr()).collect();
        let mut program = null_mut();
        // SAFETY: the strings end with a zero and outlive the calls; there are no headers.
        unsafe {
            let (none, name) = (null_mut::<*const c_char>().cast_const(), c"program.cu");
            let made = (self.create)(&mut program, source.as_ptr(), name.as_ptr(), 0, none, none);
            if made != 0 {
                return Err(format!("nvrtcCreateProgram failed with {made}"));
            }
            let status = (self.compile)(program, options.len() as c_int, options.as_ptr());
            let result = if status == 0 {
                match target {
                    Target::Cubin(_) => self.bytes(program, self.cubin_size, self.cubin),
                    Target::Ptx(_) => self.bytes(program, self.ptx_size, self.ptx),
                }
            } else {
                let log = self.bytes(program, self.log_size, self.log).unwrap_or_default();
                let text = String::from_utf8_lossy(&log);
                Err(format!(
                    "{} (nvrtcCompileProgram: {status})",
                    text.trim_end_matches(['\0', '\n'])
                ))
            };
            (self.destroy)(&mut program);
            result
        }
    }

    /// What a pair of functions gives: a size, and so many bytes.
    ///
    /// # Safety
    /// They are functions of this compiler, and the program is one that it has made.
    unsafe fn bytes(
        &self,
        program: Handle,
        size_of: unsafe extern "C" fn(Handle, *mut usize) -> c_int,
        write: unsafe extern "C" fn(Handle, *mut c_char) -> c_int,
    ) -> Result<Vec<u8>, Log> {
        let mut size = 0;
        // SAFETY: the caller's promise; as many bytes are written as were announced.
        unsafe {
            let status = size_of(program, &mut size);
            let mut bytes = vec![0u8; size];
            match if status == 0 {
                write(program, bytes.as_mut_ptr().cast())
            } else {
                status
            } {
                0 => Ok(bytes),
                status => Err(format!("NVRTC gave no result: {status}")),
            }
        }
    }

    fn load(path: &Path) -> Option<Nvrtc> {
        load_builtins(path);
        // SAFETY: a library of this name is taken for NVIDIA's; its functions have the types of its interface.
        unsafe {
            let library = Box::leak(Box::new(Library::new(path).ok()?));
            macro_rules! symbol {
                ($name:literal) => {
                    *library.get($name).ok()?
                };
            }
            let get_version: unsafe extern "C" fn(*mut c_int, *mut c_int) -> c_int = symbol!("nvrtcVersion");
            let mut version = (0, 0);
            (get_version(&mut version.0, &mut version.1) == 0).then_some(())?;
            Some(Nvrtc {
                version,
                create: symbol!("nvrtcCreateProgram"),
                compile: symbol!("nvrtcCompileProgram"),
                destroy: symbol!("nvrtcDestroyProgram"),
                cubin_size: symbol!("nvrtcGetCUBINSize"),
                cubin: symbol!("nvrtcGetCUBIN"),
                ptx_size: symbol!("nvrtcGetPTXSize"),
                ptx: symbol!("nvrtcGetPTX"),
                log_size: symbol!("nvrtcGetProgramLogSize"),
                log: symbol!("nvrtcGetProgramLog"),
            })
        }
    }
}

/// Where the library may be: what the environment names, the loader's path, the toolkit, and the wheels of the Python
/// environment in force.
fn candidates() -> Vec<PathBuf> {
    const NAMES: [&str; 2] = ["libnvrtc.so.12", "libnvrtc.so.13"];
    if let Some(path) = env::var_os("TENSAUR_NVRTC") {
        return vec![path.into()];
    }
    let in_folder =
        |variable, rest: &str| env::var_os(variable).map(|folder| PathBuf::from(folder).join(rest));
    let mut folders: Vec<PathBuf> = [in_folder("CUDA_HOME", "lib64"), in_folder("CUDA_PATH", "lib64")]
        .into_iter()
        .flatten()
        .collect();
    folders.push("/usr/local/cuda/lib64".into());
    if let Some(python) = in_folder("VIRTUAL_ENV", "lib") {
        let versions = python.read_dir().into_iter().flatten().flatten();
        for version in versions {
            let wheels = version.path().join("site-packages/nvidia");
            folders.push(wheels.join("cuda_nvrtc/lib"));
            folders.push(wheels.join("cu13/lib"));
        }
    }
    let bare = NAMES.iter().map(PathBuf::from);
    let inside = folders
        .iter()
        .flat_map(|folder| NAMES.map(|name| folder.join(name)))
        .filter(|path| path.exists());
    bare.chain(inside).collect()
}

/// The library asks the loader for its builtins by name, which only finds them if they are open already.
fn load_builtins(path: &Path) {
    let entries = path.parent().and_then(|folder| folder.read_dir().ok());
    for entry in entries.into_iter().flatten().flatten() {
        if entry
            .file_name()
            .to_string_lossy()
            .starts_with("libnvrtc-builtins.so")
        {
            // SAFETY: it lies beside the compiler, which would load it itself.
            if let Ok(library) = unsafe { Library::new(entry.path()) } {
                std::mem::forget(library);
            }
        }
    }
}
