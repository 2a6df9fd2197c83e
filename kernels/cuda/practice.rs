//! The course's two exercises on shared memory, as kernels with the blocks that it asks for. No plan uses them.

use super::blocks::{self, Block};
use super::device::Queue;
use super::kernel::Module;
use super::timeline::Points;
use crate::cpu::threads::lock;
use crate::error::{Result, refuse};
use std::ffi::c_void;

/// The sources of the exercises.
pub const SOURCES: [&str; 2] = [
    include_str!("practice/sum.cu"),
    include_str!("practice/product.cu"),
];

/// Threads of a block that sums, and rows of matrices that one block multiplies.
const WIDTH: u32 = 32;
const ELEMENT: usize = size_of::<f64>();

/// Sums up to 32 neighbours each of `count` numbers of `values` into `sums`, by handle.
pub fn sum(values: u32, sums: u32, count: u32) -> Result<()> {
    let wanted = [count as usize, count.div_ceil(WIDTH) as usize];
    // As many blocks as the course's text launches: one more than full ones.
    let grid = [count / WIDTH + 1, 1, 1];
    run("sum_practice", [values, sums], wanted, grid, [WIDTH, 1, 1], count)
}

/// Multiplies two square matrices of `size` rows, by handle, into `product`.
pub fn product(a: u32, b: u32, product: u32, size: u32) -> Result<()> {
    if size > WIDTH {
        return refuse(format!(
            "matrices of {size} rows do not fit one block: at most {WIDTH} are wanted"
        ));
    }
    let elements = (size * size) as usize;
    run(
        "mm_practice",
        [a, b, product],
        [elements; 3],
        [1; 3],
        [WIDTH, WIDTH, 1],
        size,
    )
}

/// Launches an exercise on blocks that hold as many numbers as `wanted` says.
fn run<const N: usize>(
    name: &str,
    handles: [u32; N],
    wanted: [usize; N],
    grid: [u32; 3],
    threads: [u32; 3],
    size: u32,
) -> Result<()> {
    let found: Vec<Block> = blocks::with(|blocks| {
        handles
            .iter()
            .map(|&handle| blocks.get(handle))
            .collect::<Result<_>>()
    })?;
    let device = found[0].device;
    for (block, count) in found.iter().zip(wanted) {
        if !std::ptr::eq(block.device, device) {
            return refuse(format!("{name} is given values of two devices"));
        }
        block.part(0..count * ELEMENT)?;
    }
    let module = Module::of(device, || SOURCES.concat())?;
    let kernel = module.kernel(name, name)?;
    let mut addresses: Vec<_> = found.iter().map(|block| block.taken.address).collect();
    let Ok(mut size) = i32::try_from(size) else {
        return refuse(format!("{name} takes fewer than {size}"));
    };
    let mut arguments: Vec<*mut c_void> = addresses
        .iter_mut()
        .map(|place| (&raw mut *place).cast())
        .collect();
    arguments.push((&raw mut size).cast());
    let mut points = found
        .iter()
        .fold(Points::default(), |points, block| points.max(block.taken.points));
    let Queue { work, outbox } = &mut *lock(&device.queue);
    device.bind()?;
    work.follow(device, &outbox.timeline, points.writes)?;
    lock(&device.underway).begin(work.next(), [name.to_string()].into());
    // SAFETY: the kernel takes addresses and a number; the blocks are held, and have what it reads and writes.
    unsafe { kernel.launch_blocks(device, grid, threads, &mut arguments) }?;
    points.work = work.mark(device)?;
    blocks::with(|blocks| handles.iter().for_each(|&handle| blocks.note(handle, points)));
    Ok(())
}
