//! The C ABI: 28 symbols, seven for plans, ten for GPUs (`abi/cuda.rs`) and the others about the library itself.
//!
//! A run gives a status: 0 ok, 1 bad descriptor or arguments, 2 index out of range, 3 panic, 4 out of memory, 5 a device
//! that cannot be used or has failed. Panics never cross; `tensaur_last_error` has the text. Formats stand in
//! `README.md`.

mod cuda;

use crate::cpu::{counters, reduce, simd, threads};
use crate::error::{Error, refuse};
use crate::plan::{Failure, Plan};
use crate::{ahead, handles, memory, ops};
use std::any::Any;
use std::cell::RefCell;
use std::ffi::{CString, c_char};
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The version that TypeScript expects.
const VERSION: u32 = 7;
/// The status of a panic.
const PANIC: i32 = 3;

thread_local! {
    static LAST_ERROR: RefCell<CString> = RefCell::default();
    static REPORT: RefCell<CString> = RefCell::default();
}

/// A text as the caller reads it.
fn text_of(text: String) -> CString {
    CString::new(text.replace('\0', " ")).unwrap_or_default()
}

fn remember(text: String) {
    LAST_ERROR.with(|last| *last.borrow_mut() = text_of(text));
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or(panic.downcast_ref::<String>().map(String::as_str));
    format!("Panic in a kernel: {}", text.unwrap_or("of an unknown kind"))
}

/// What a call can fail with.
trait Fails: Display {
    fn status(&self) -> i32;
}

impl Fails for Error {
    fn status(&self) -> i32 {
        Error::status(self)
    }
}

impl Fails for Failure {
    fn status(&self) -> i32 {
        self.error.status()
    }
}

/// Runs `f`: errors and panics become a status and a text.
#[inline(always)]
fn guarded<T, E: Fails>(f: impl FnOnce() -> Result<T, E>) -> Result<T, i32> {
    match catch_unwind(AssertUnwindSafe(f)) {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(failure)) => {
            remember(failure.to_string());
            Err(failure.status())
        }
        Err(panic) => {
            remember(panic_text(&*panic));
            Err(PANIC)
        }
    }
}

/// # Safety
/// `items` is null, misaligned (there are none then) or valid for reading `count` items as long as the slice is used.
#[inline(always)]
unsafe fn slice<'a, T>(items: *const T, count: u32) -> &'a [T] {
    if items.is_null() || !items.is_aligned() {
        return &[];
    }
    // SAFETY: the caller's promise.
    unsafe { std::slice::from_raw_parts(items, count as usize) }
}

/// # Safety
/// As for `slice`, and for writing; nobody else uses the items meanwhile.
unsafe fn slice_mut<'a, T>(items: *mut T, count: u32) -> &'a mut [T] {
    if items.is_null() || !items.is_aligned() {
        return &mut [];
    }
    // SAFETY: the caller's promise.
    unsafe { std::slice::from_raw_parts_mut(items, count as usize) }
}

/// Keeps the plan that `read` gives; returns its handle, or a status.
fn keep(read: impl FnOnce() -> Result<Plan, Failure>) -> Result<u32, i32> {
    guarded(|| match handles::keep(read()?) {
        Some(handle) => Ok(handle),
        None => refuse("there are too many plans").map_err(Failure::from),
    })
}

/// Decodes and proves a plan of `count` numbers. Returns its handle; 0 if it is refused.
///
/// # Safety
/// `numbers` is valid for reading `count` numbers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tensaur_plan_create(numbers: *const f64, count: u32) -> u32 {
    // SAFETY: the caller passes a Float64Array and its length, and waits for the call to return.
    let words = unsafe { slice(numbers, count) };
    keep(|| Plan::read(words)).unwrap_or(0)
}

/// Does what `run` does with the plan of a handle, its slots and its parameters; returns the status.
///
/// # Safety
/// `slots` is the address of twice `slot_count` numbers, `params` that of `param_count`.
#[inline(always)]
unsafe fn with_plan(
    handle: u32,
    (slots, slot_count): (f64, u32),
    (params, param_count): (f64, u32),
    run: impl FnOnce(&mut Plan, &[[f64; 2]], &[f64]) -> Result<(), Failure>,
) -> i32 {
    let (slots, params) = (slots as usize as *const [f64; 2], params as usize as *const f64);
    // SAFETY: the caller passes where two Float64Arrays lie and what they hold, and waits for the call to return.
    let (slots, params) = unsafe { (slice(slots, slot_count), slice(params, param_count)) };
    let found = || match handles::with(handle, |plan| run(plan, slots, params)) {
        Some(result) => result,
        None => Ok(refuse(format!("{handle} is the handle of no plan"))?),
    };
    guarded(found).err().unwrap_or(0)
}

/// Runs a plan over `slot_count` slots, each an address and a number of bytes, with `param_count` parameters. Both
/// lists are given by their addresses, which cost a caller less than arrays.
///
/// # Safety
/// `slots` is valid for reading twice `slot_count` numbers, `params` for `param_count`. Each slot is memory that the
/// caller holds and nobody else touches during the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tensaur_plan_run(
    handle: u32,
    slots: f64,
    slot_count: u32,
    params: f64,
    param_count: u32,
) -> i32 {
    // SAFETY: the caller vouches for the lists and the slots.
    unsafe {
        with_plan(
            handle,
            (slots, slot_count),
            (params, param_count),
            |plan, slots, params| plan.run(slots, params),
        )
    }
}

/// Starts a run as `tensaur_plan_run` does it, beside the caller, who ends it by `tensaur_plan_join`, or by the next start,
/// or with its thread. Returns 0, and nothing was started, if there are no threads to share.
///
/// # Safety
/// As for `tensaur_plan_run`, until the run has ended.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tensaur_plan_start(
    handle: u32,
    slots: f64,
    slot_count: u32,
    params: f64,
    param_count: u32,
) -> u32 {
    u32::from(ahead::start(move || {
        // SAFETY: the caller vouches for the lists and the slots until the run has ended.
        let status = unsafe { tensaur_plan_run(handle, slots, slot_count, params, param_count) };
        let error = if status == 0 {
            CString::default()
        } else {
            LAST_ERROR.take()
        };
        (status, error)
    }))
}

/// Ends the run that this thread has started; returns its status, 0 if there is none.
#[unsafe(no_mangle)]
pub extern "C" fn tensaur_plan_join() -> i32 {
    let Some((status, error)) = ahead::join() else {
        return 0;
    };
    if status != 0 {
        LAST_ERROR.set(error);
    }
    status
}

/// Runs a plan as `tensaur_plan_run` does, and writes how many nanoseconds each of its steps took. Nothing is written
/// unless all went well. Steps that run together, by blocks of rows, share the time of all.
///
/// # Safety
/// As for `tensaur_plan_run`; `nanoseconds` is valid for writing `step_count` numbers, and no slot.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tensaur_plan_profile(
    handle: u32,
    slots: f64,
    slot_count: u32,
    params: f64,
    param_count: u32,
    nanoseconds: *mut f64,
    step_count: u32,
) -> i32 {
    // SAFETY: the caller passes a Float64Array and its length.
    let nanoseconds = unsafe { slice_mut(nanoseconds, step_count) };
    // SAFETY: the caller vouches for the lists and the slots.
    unsafe {
        with_plan(
            handle,
            (slots, slot_count),
            (params, param_count),
            |plan, slots, params| plan.profile(slots, params, nanoseconds),
        )
    }
}

/// How each step of a plan runs with the threads and the SIMD tier in force, a line each; nothing for a handle of no
/// plan. Valid until the next call on this thread.
#[unsafe(no_mangle)]
pub extern "C" fn tensaur_plan_report(handle: u32) -> *const c_char {
    let report = || Ok::<_, Error>(handles::with(handle, |plan| plan.report()).unwrap_or_default());
    let text = text_of(guarded(report).unwrap_or_default());
    REPORT.with(|last| {
        *last.borrow_mut() = text;
        last.borrow().as_ptr()
    })
}

/// Frees a plan; returns 0 if there is none with this handle.
#[unsafe(no_mangle)]
pub extern "C" fn tensaur_plan_free(handle: u32) -> u32 {
    u32::from(handles::free(handle))
}

/// Asks for large pages for so many bytes from an address on, which are about to be written.
#[unsafe(no_mangle)]
pub extern "C" fn tensaur_prefer_large_pages(address: f64, bytes: f64) {
    memory::prefer_large_pages(address as usize, bytes as usize);
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
