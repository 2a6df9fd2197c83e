//! The C ABI: 15 symbols, one for each family and a few about the library itself.
//!
//! A call takes a descriptor and gives a status: 0 ok, 1 bad descriptor, 2 index out of range, 3 panic, 4 out of
//! memory. Panics never cross; `tensaur_last_error` has the text. Formats stand in `README.md`.

use crate::cpu::{counters, reduce, simd, threads};
use crate::error::Result;
use crate::reader::Reader;
use crate::{device, ops};
use std::any::Any;
use std::cell::RefCell;
use std::ffi::{CString, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The version that TypeScript expects.
const VERSION: u32 = 1;
/// The status of a panic.
const PANIC: i32 = 3;

thread_local! {
    static LAST_ERROR: RefCell<CString> = RefCell::default();
}

fn remember(text: String) {
    let text = CString::new(text.replace('\0', " ")).unwrap_or_default();
    LAST_ERROR.with(|last| *last.borrow_mut() = text);
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or(panic.downcast_ref::<String>().map(String::as_str));
    format!("Panic in a kernel: {}", text.unwrap_or("of an unknown kind"))
}

/// Runs a family on a descriptor: errors and panics become a status and a text.
#[inline(always)]
fn call(buffer: *const f64, words: u32, family: fn(&mut Reader) -> Result<()>) -> i32 {
    let descriptor = if buffer.is_null() || words == 0 {
        &[]
    } else {
        // SAFETY: the caller passes a Float64Array and its length, and waits for the call to return.
        unsafe { std::slice::from_raw_parts(buffer, words as usize) }
    };
    match catch_unwind(AssertUnwindSafe(|| family(&mut Reader::new(descriptor)))) {
        Ok(Ok(())) => 0,
        Ok(Err(error)) => {
            remember(error.to_string());
            error.status()
        }
        Err(panic) => {
            remember(panic_text(&*panic));
            PANIC
        }
    }
}

macro_rules! families {
    ($($symbol:ident $family:ident;)*) => { $(
        #[doc = concat!("Runs `", stringify!($family), "` on a descriptor of `words` numbers.")]
        ///
        /// # Safety
        /// `buffer` is valid for reading `words` numbers, and each (address, bytes) in it is memory that the caller
        /// holds and nobody else touches during the call.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $symbol(buffer: *const f64, words: u32) -> i32 {
            call(buffer, words, device::$family)
        }
    )* };
}

families! {
    tensaur_map map;
    tensaur_reduce reduce;
    tensaur_matmul matmul;
    tensaur_gather gather;
    tensaur_scatter_add scatter_add;
}

/// The version of this interface.
#[unsafe(no_mangle)]
pub extern "C" fn tensaur_abi_version() -> u32 {
    VERSION
}

/// The names of the ops, a line each.
#[unsafe(no_mangle)]
pub extern "C" fn tensaur_ops() -> *const c_char {
    ops::NAMES.as_ptr().cast()
}

/// The names of the combines, a line each.
#[unsafe(no_mangle)]
pub extern "C" fn tensaur_combines() -> *const c_char {
    reduce::combine::NAMES.as_ptr().cast()
}

/// The names of the counters, a line each.
#[unsafe(no_mangle)]
pub extern "C" fn tensaur_counter_names() -> *const c_char {
    counters::NAMES.as_ptr().cast()
}

/// How often a path was taken since the library was loaded.
#[unsafe(no_mangle)]
pub extern "C" fn tensaur_counter(number: u32) -> f64 {
    counters::counted(number as usize) as f64
}

/// What the last failed call on this thread had to say; valid until the next one.
#[unsafe(no_mangle)]
pub extern "C" fn tensaur_last_error() -> *const c_char {
    LAST_ERROR.with(|last| last.borrow().as_ptr())
}

/// Sets how many threads work (0: one for each core); returns the number in force.
#[unsafe(no_mangle)]
pub extern "C" fn tensaur_set_threads(wanted: u32) -> u32 {
    threads::set_threads(wanted as usize) as u32
}

/// How many threads work.
#[unsafe(no_mangle)]
pub extern "C" fn tensaur_threads() -> u32 {
    threads::threads() as u32
}

/// The SIMD tier in force.
#[unsafe(no_mangle)]
pub extern "C" fn tensaur_simd() -> u32 {
    simd::tier() as u32
}

/// Lowers the SIMD tier; returns the tier in force.
#[unsafe(no_mangle)]
pub extern "C" fn tensaur_set_simd(wanted: u32) -> u32 {
    simd::set_tier(wanted) as u32
}
