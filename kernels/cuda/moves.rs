//! Moves: gathers are one launch, see `moves.cuh`; so are scatter-adds with many lines along the indexed axis, each walked
//! by a thread. Those with few are sorted (`sort.cuh`, `scatter.cuh`). Which index was out of range, if any, the first
//! word tells after the run.

use super::device::Device;
use super::given::walked_last;
use super::kernel::Module;
use super::launch::{Argument, Grid, Launch};
use super::pool::Address;
use super::source::{self, type_of};
use crate::cpu::moves::Asked;
use crate::error::Result;

/// Lines are walked where there are so many of them, and where they are short.
const MANY_LINES: usize = 8192;
const SHORT: usize = 32;
/// The most lines of the index that are sorted: they are sorted all at once.
const MOST_SORTED_LINES: usize = 64;
/// As in `sort.cuh`; and the threads that sort a chunk.
const CHUNK: usize = 1024;
const SORTING: usize = 256;

/// What the kernels are made of.
pub const FAMILY: &[&str] = &[
    include_str!("moves.cuh"),
    include_str!("sort.cuh"),
    include_str!("scatter.cuh"),
];

/// The launches of a gather; what it is given lies from the word `at` on.
pub fn prepare_gather(device: &'static Device, asked: &Asked, at: usize) -> Result<Vec<Launch>> {
    let count = asked.over.elements();
    // Elements are copied as they are, so that their size is all that matters.
    let (fixed, element) = match asked.over.operands[0].dtype.size() {
        1 => ("gather_1", "unsigned char"),
        4 => ("gather_4", "uint32"),
        _ => ("gather_8", "uint64"),
    };
    if count == 0 {
        return Ok(Vec::new());
    }
    let entry =
        format!("KERNEL gather_all(MOVE* given, int64 count) {{ gather<{element}>(*given, count); }}\n");
    let kernel = module(device, asked, &entry)?.kernel(fixed, "gather_all")?;
    let arguments = vec![Argument::Given(at), Argument::Number(count as i64)];
    Ok(vec![Launch::new(kernel, Grid::over(count, device), arguments)])
}

/// The launches of a scatter-add; what it is given lies from the word `at` on. `scratch` gives memory for what is sorted.
pub fn prepare_scatter_add(
    device: &'static Device,
    asked: &Asked,
    at: usize,
    scratch: &mut dyn FnMut(usize) -> Result<Address>,
) -> Result<Vec<Launch>> {
    let over = walked_last(asked);
    let last = over.dims.len() - 1;
    let length = over.dims[last];
    let lines = over.elements().checked_div(length).unwrap_or(0);
    if lines == 0 {
        return Ok(Vec::new());
    }
    let (name, given) = (type_of(over.operands[0].dtype), Argument::Given(at));
    let entries = format!(
        "KERNEL walk(MOVE* given, int64 lines, int64 length) {{ scatter_add<{name}>(*given, lines, length); }}\n\
         KERNEL make(MOVE* given, uint64* keys, int64 lines, int64 length, int64 count) {{\n  \
         make_keys(*given, keys, lines, length, count);\n}}\n\
         KERNEL sort(uint64* keys, int64 count, int64 size) {{ sort_chunks(keys, count, size); }}\n\
         KERNEL far(uint64* keys, int64 count, int64 size, int64 distance) {{ sort_far(keys, count, size, distance); }}\n\
         KERNEL add(MOVE* given, uint64* keys, int64 lines, int64 index_lines, int64 length) {{\n  \
         add_sorted<{name}>(*given, keys, lines, index_lines, length);\n}}\n"
    );
    let module = module(device, asked, &entries)?;
    let launch = |[fixed, printed]: [&str; 2], threads, first: &[Argument], numbers: &[usize]| {
        let numbers = numbers.iter().map(|&number| Argument::Number(number as i64));
        let arguments = first.iter().copied().chain(numbers).collect();
        Ok(Launch::new(
            module.kernel(fixed, printed)?,
            Grid::over(threads, device),
            arguments,
        ))
    };
    let shared = over.operands[1].strides[..last].iter().all(|&stride| stride == 0);
    let index_lines = if shared { 1 } else { lines };
    if !sorts(lines, index_lines, length, asked.size) {
        let names = [&format!("scatter_add_{name}"), "walk"];
        return Ok(vec![launch(names, lines, &[given], &[lines, length])?]);
    }
    let count = (index_lines * length).next_power_of_two().max(CHUNK);
    let keys = Argument::Address(scratch(8 * count)?);
    let mut launches = vec![launch(
        ["keys_made", "make"],
        count,
        &[given, keys],
        &[index_lines, length, count],
    )?];
    for [size, distance] in exchanges(count) {
        launches.push(match distance {
            0 => launch(
                ["keys_sorted", "sort"],
                count / CHUNK * SORTING,
                &[keys],
                &[count, size],
            )?,
            _ => launch(
                ["keys_sorted_far", "far"],
                count / 2,
                &[keys],
                &[count, size, distance],
            )?,
        });
    }
    let names = [&format!("add_sorted_{name}"), "add"];
    launches.push(launch(
        names,
        lines * length,
        &[given, keys],
        &[lines, index_lines, length],
    )?);
    Ok(launches)
}

/// Whether positions are sorted: if that is worth it, and keys hold them.
fn sorts(lines: usize, index_lines: usize, length: usize, size: usize) -> bool {
    let fits = index_lines.saturating_mul(size) < u32::MAX as usize && length <= u32::MAX as usize;
    fits && lines < MANY_LINES && index_lines <= MOST_SORTED_LINES && length >= SHORT
}

/// The launches of a bitonic network: the runs that are sorted, and how far apart what is exchanged lies; 0 stands for all
/// that is less than a chunk apart.
fn exchanges(count: usize) -> Vec<[usize; 2]> {
    let mut all = vec![[CHUNK, 0]];
    let mut size = 2 * CHUNK;
    while size <= count {
        let mut distance = size / 2;
        while distance >= CHUNK {
            all.push([size, distance]);
            distance /= 2;
        }
        all.push([size, 0]);
        size *= 2;
    }
    all
}

fn module(device: &'static Device, asked: &Asked, entries: &str) -> Result<Module> {
    let axes = asked.over.dims.len();
    let head = format!("#define KERNEL extern \"C\" __global__ void\n#define MOVE Move<{axes}>\n");
    Module::of(device, || source::kernels(FAMILY, &[], &(head + entries)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the kernels of `sort.cuh` do.
    fn sort(numbers: &mut [u64]) {
        let count = numbers.len();
        let mut exchange = |size: usize, distance: usize| {
            for low in (0..count).filter(|low| low & distance == 0) {
                if (numbers[low] > numbers[low + distance]) == (low & size == 0) {
                    numbers.swap(low, low + distance);
                }
            }
        };
        let halves = |from: usize| {
            std::iter::successors(Some(from / 2), |half| Some(half / 2)).take_while(|&half| half > 0)
        };
        for [size, distance] in exchanges(count) {
            match distance {
                0 if size > CHUNK => halves(CHUNK).for_each(|distance| exchange(size, distance)),
                0 => (1..=CHUNK.ilog2()).map(|bits| 1 << bits).for_each(|size| {
                    halves(size).for_each(|distance| exchange(size, distance));
                }),
                _ => exchange(size, distance),
            }
        }
    }

    #[test]
    fn the_network_sorts() {
        for count in [CHUNK, 4 * CHUNK, 32 * CHUNK] {
            let mut numbers: Vec<u64> = (0..count as u64)
                .map(|i| i.wrapping_mul(0x9e3779b97f4a7c15))
                .collect();
            let mut wanted = numbers.clone();
            wanted.sort_unstable();
            sort(&mut numbers);
            assert_eq!(numbers, wanted);
        }
    }
}
