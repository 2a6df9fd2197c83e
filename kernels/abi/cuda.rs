//! The symbols for GPUs: which there are, and their memory.

use super::{guarded, keep, slice, slice_mut, text_of};
use crate::cuda::blocks::{self, Block};
use crate::cuda::device::Device;
use crate::cuda::pool::Address;
use crate::cuda::practice;
use crate::cuda::probe;
use crate::error::{Error, Result, refuse};
use crate::plan::Plan;
use crate::reader::whole;
use std::ffi::{CString, c_char};
use std::ptr::null;
use std::sync::OnceLock;

/// What a call came to, as a status.
fn status(f: impl FnOnce() -> Result<()>) -> i32 {
    guarded(f).err().unwrap_or(0)
}

/// A number of bytes.
fn bytes_of(number: f64) -> Result<usize> {
    match whole(number) {
        Some(bytes @ 0..) => Ok(bytes as usize),
        _ => refuse(format!("{number} should be a number of bytes")),
    }
}

/// The memory of a handle, and where some bytes of it lie, from `offset` on.
fn part(handle: u32, offset: f64, bytes: usize) -> Result<(Block, Address)> {
    let (block, start) = (blocks::with(|blocks| blocks.get(handle))?, bytes_of(offset)?);
    Ok((block, block.part(start..start + bytes)?))
}

/// The GPUs, a line each: name, bytes of memory, compute capability, with tabs between them. Null if there are none to
/// use; `tensaur_last_error` says why.
#[unsafe(no_mangle)]
pub extern "C" fn tensaur_cuda_devices() -> *const c_char {
    static LINES: OnceLock<CString> = OnceLock::new();
    let find = || -> Result<_> {
        let gpus = probe::gpus()
            .as_ref()
            .map_err(|why| Error::Device(why.to_string()))?;
        Ok(LINES.get_or_init(|| {
            let line = |gpu: &probe::Gpu| {
                let (major, minor) = gpu.capability;
                format!(
                    "{}\t{}\t{major}.{minor}\n",
                    gpu.name.replace(['\t', '\n'], " "),
                    gpu.memory
                )
            };
            text_of(gpus.iter().map(line).collect())
        }))
    };
    guarded(find).map_or(null(), |lines| lines.as_ptr())
}

/// Decodes and proves a plan of `count` numbers for a GPU, compiles its kernels, and writes its handle, which stands for
/// it in the calls that run and free plans; slots are handles and numbers of bytes there. Returns the status.
///
/// # Safety
/// `numbers` is valid for reading `count` numbers, `handle` for writing one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tensaur_cuda_plan_create(
    device: u32,
    numbers: *const f64,
    count: u32,
    handle: *mut u32,
) -> i32 {
    // SAFETY: the caller passes a Float64Array and its length, and a Uint32Array of one number.
    let (words, place) = unsafe { (slice(numbers, count), slice_mut(handle, 1)) };
    match keep(|| Plan::read_for(Device::get(device as usize)?, words)) {
        Ok(kept) => {
            place.fill(kept);
            0
        }
        Err(status) => status,
    }
}

/// Takes memory of a GPU and writes its handle; returns the status.
///
/// # Safety
/// `handle` is valid for writing a number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tensaur_cuda_allocate(device: u32, bytes: f64, handle: *mut u32) -> i32 {
    // SAFETY: the caller passes a Uint32Array of one number.
    let place = unsafe { slice_mut(handle, 1) };
    status(|| {
        let taken = blocks::allocate(Device::get(device as usize)?, bytes_of(bytes)?)?;
        place.fill(taken);
        Ok(())
    })
}

/// Gives memory back; returns 0 if there is none with this handle.
#[unsafe(no_mangle)]
pub extern "C" fn tensaur_cuda_free(handle: u32) -> u32 {
    u32::from(guarded(|| Ok::<_, Error>(blocks::free(handle))).unwrap_or(false))
}

/// Copies bytes into memory of a GPU, from `offset` on, beside what it does with other memory. They may change as soon as
/// this returns. Returns the status.
///
/// # Safety
/// `from` is valid for reading so many bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tensaur_cuda_write(handle: u32, offset: f64, from: *const u8, bytes: u32) -> i32 {
    // SAFETY: the caller passes a buffer and how much of it there is to read.
    let given = unsafe { slice(from, bytes) };
    status(|| {
        let (block, to) = part(handle, offset, given.len())?;
        let points = block.device.write(to, given, block.taken.points)?;
        blocks::with(|blocks| blocks.note(handle, points));
        Ok(())
    })
}

/// Copies bytes out of memory of a GPU, from `offset` on, once all is done that was asked for with this memory; returns the
/// status.
///
/// # Safety
/// `to` is valid for writing so many bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tensaur_cuda_read(handle: u32, offset: f64, to: *mut u8, bytes: u32) -> i32 {
    // SAFETY: the caller passes a buffer and how much of it there is to write.
    let place = unsafe { slice_mut(to, bytes) };
    status(|| {
        let (block, from) = part(handle, offset, place.len())?;
        block.device.read(from, place, block.taken.points)
    })
}

/// Writes what became of a GPU's memory: bytes held, the most that were, waiting, free, in all; returns the status.
///
/// # Safety
/// `figures` is valid for writing five numbers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tensaur_cuda_memory(device: u32, figures: *mut f64) -> i32 {
    // SAFETY: the caller passes a Float64Array of five numbers.
    let place = unsafe { slice_mut(figures, 5) };
    status(|| {
        let found = Device::get(device as usize)?.figures()?;
        let numbers = [found.live, found.peak, found.pooled, found.free, found.total];
        place
            .iter_mut()
            .zip(numbers)
            .for_each(|(place, number)| *place = number as f64);
        Ok(())
    })
}

/// Waits until a GPU has done all that it was given; returns the status.
#[unsafe(no_mangle)]
pub extern "C" fn tensaur_cuda_synchronize(device: u32) -> i32 {
    status(|| Device::get(device as usize)?.synchronize())
}

/// The course's exercise on sums: up to 32 neighbours each of `count` numbers of a value, into those of another. Returns
/// the status.
#[unsafe(no_mangle)]
pub extern "C" fn tensaur_cuda_sum_practice(values: u32, sums: u32, count: u32) -> i32 {
    status(|| practice::sum(values, sums, count))
}

/// The course's exercise on products: two square matrices of `size` rows, at most 32, and the value that their product is
/// written to. Returns the status.
#[unsafe(no_mangle)]
pub extern "C" fn tensaur_cuda_mm_practice(a: u32, b: u32, product: u32, size: u32) -> i32 {
    status(|| practice::product(a, b, product, size))
}
