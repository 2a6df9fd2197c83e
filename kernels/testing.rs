//! What tests share: random numbers, guarded memory, random layouts and random programs.

mod call;
mod program;

pub use self::call::Call;
pub use self::program::ProgramText;

use crate::cpu::simd::{Tier, set_tier, tiers};
use crate::dtype::DType;
use crate::error::{Result, refuse};
use std::cell::RefCell;
use std::sync::{Mutex, PoisonError};

/// Bytes before and after guarded memory.
const GUARD: usize = 512;
const GUARD_BYTE: u8 = 0xa5;

/// Random numbers (splitmix64).
pub struct Rng(pub u64);

impl Rng {
    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    /// A number below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        (self.bits() % n as u64) as usize
    }

    /// True once in `n` times.
    pub fn once_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// One of these.
    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

/// Calls `f` with each tier of the machine in force, the best one last. The tier is the process's, so tests take turns.
pub fn on_each_tier(mut f: impl FnMut(Tier)) {
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    for &tier in tiers() {
        f(set_tier(tier as u32));
    }
}

/// A hash of numbers, to compare with that of another machine: its line is part of a test's output.
#[derive(Default)]
pub struct Fingerprint(u64);

impl Fingerprint {
    /// Adds the bits of a number.
    pub fn add(&mut self, bits: u64) {
        self.0 = Rng(self.0 ^ bits).bits();
    }

    /// Adds a float, all NaNs being one.
    pub fn add_float(&mut self, x: f64) {
        self.add(if x.is_nan() { u64::MAX } else { x.to_bits() });
    }

    /// Prints it.
    pub fn tell(&self, of: &str) {
        println!("fingerprint {:016x} {of}", self.0);
    }
}

thread_local! {
    static KNOWN: RefCell<Option<Vec<(usize, usize)>>> = const { RefCell::new(None) };
}

/// On this thread, lets slots be these memories only: mutated arguments may name any address, which
/// callers are trusted not to do.
pub fn know_only(memories: &[Memory]) {
    KNOWN.with(|known| *known.borrow_mut() = Some(memories.iter().map(|m| (m.address(), m.bytes)).collect()));
}

/// Refuses memory that `know_only` did not name.
pub fn require_known(address: usize, bytes: usize) -> Result<()> {
    let inside = |&(start, size): &(usize, usize)| address >= start && address + bytes <= start + size;
    let known = KNOWN.with(|known| known.borrow().as_ref().is_none_or(|all| all.iter().any(inside)));
    if known || bytes == 0 {
        Ok(())
    } else {
        refuse("tests do not know this memory")
    }
}

/// Bytes, mostly between guards. Without them AddressSanitizer sees reads outside too.
#[derive(Clone)]
pub struct Memory {
    words: Vec<u64>,
    guard: usize,
    /// How many bytes there are.
    pub bytes: usize,
}

impl Memory {
    /// Memory of random bytes.
    pub fn random(bytes: usize, rng: &mut Rng) -> Memory {
        Memory::with_guard(GUARD, bytes, rng)
    }

    /// Memory of random bytes without guards.
    pub fn unguarded(bytes: usize, rng: &mut Rng) -> Memory {
        Memory::with_guard(0, bytes, rng)
    }

    fn with_guard(guard: usize, bytes: usize, rng: &mut Rng) -> Memory {
        let word = u64::from_ne_bytes([GUARD_BYTE; 8]);
        let mut memory = Memory {
            words: vec![word; (bytes + 2 * guard).div_ceil(8)],
            guard,
            bytes,
        };
        memory
            .as_mut()
            .iter_mut()
            .for_each(|byte| *byte = rng.bits() as u8);
        memory
    }

    /// Memory of elements that are mostly moderate, and sometimes anything.
    pub fn elements(dtype: DType, count: usize, rng: &mut Rng) -> Memory {
        let mut memory = Memory::random(count * dtype.size(), rng);
        for index in 0..count {
            let small = rng.below(41) as f64 - 20.0;
            let value = small / rng.pick(&[1.0, 1.0, 4.0, 32.0]);
            match dtype {
                DType::Bool => memory.as_mut()[index] = u8::from(value > 0.0),
                _ if rng.once_in(8) => {}
                DType::F32 => memory.put(index, (value as f32).to_ne_bytes()),
                DType::F64 => memory.put(index, value.to_ne_bytes()),
                _ => memory.put(index, (value as i32).to_ne_bytes()),
            }
        }
        memory
    }

    fn put<const N: usize>(&mut self, index: usize, element: [u8; N]) {
        if let Some(bytes) = self.as_mut().get_mut(index * N..(index + 1) * N) {
            bytes.copy_from_slice(&element);
        }
    }

    /// The element at `index`, as bits in the low end.
    pub fn get(&self, dtype: DType, index: i64) -> [u8; 8] {
        let start = index as usize * dtype.size();
        let mut element = [0; 8];
        element[..dtype.size()].copy_from_slice(&self.as_ref()[start..start + dtype.size()]);
        element
    }

    /// Where the first byte lies.
    pub fn address(&self) -> usize {
        self.words.as_ptr() as usize + self.guard
    }

    /// Whether the guards are as they were.
    pub fn is_intact(&self) -> bool {
        // SAFETY: the words are bytes too.
        let all =
            unsafe { std::slice::from_raw_parts(self.words.as_ptr().cast::<u8>(), self.words.len() * 8) };
        all[..self.guard]
            .iter()
            .chain(&all[self.guard + self.bytes..])
            .all(|&byte| byte == GUARD_BYTE)
    }
}

impl AsRef<[u8]> for Memory {
    fn as_ref(&self) -> &[u8] {
        // SAFETY: the words hold the guards and the bytes between them.
        unsafe { std::slice::from_raw_parts(self.address() as *const u8, self.bytes) }
    }
}

impl AsMut<[u8]> for Memory {
    fn as_mut(&mut self) -> &mut [u8] {
        // SAFETY: as above.
        unsafe {
            std::slice::from_raw_parts_mut(
                (self.words.as_mut_ptr() as usize + self.guard) as *mut u8,
                self.bytes,
            )
        }
    }
}

/// A shape of at most 1,000 elements, now and then with a long axis.
pub fn random_dims(rng: &mut Rng, most_axes: usize) -> Vec<usize> {
    loop {
        let dims = any_dims(rng, most_axes);
        if dims.iter().product::<usize>() <= 1000 {
            return dims;
        }
    }
}

fn any_dims(rng: &mut Rng, most_axes: usize) -> Vec<usize> {
    let long = rng.below(12);
    (0..rng.below(most_axes + 1))
        .map(|axis| match rng.below(24) {
            0 => 0,
            1..=5 => 1,
            6..=8 if axis == long % 3 => 60 + rng.below(240),
            _ => 2 + rng.below(9),
        })
        .collect()
}

/// Where an operand lies in a memory of its own.
#[derive(Clone, Debug)]
pub struct Placed {
    /// The element at [0, …, 0].
    pub offset: i64,
    /// Elements between neighbours.
    pub strides: Vec<i64>,
    /// How many elements the memory must have.
    pub elements: usize,
}

/// A layout over `dims`: axes in any order, gaps, negative strides, and broadcast axes unless elements must
/// be distinct.
pub fn random_layout(rng: &mut Rng, dims: &[usize], distinct: bool) -> Placed {
    let mut order: Vec<usize> = (0..dims.len()).collect();
    if rng.once_in(2) {
        order.sort_by_key(|_| rng.bits());
    }
    let mut strides = vec![0; dims.len()];
    let (mut next, mut offset) = (1i64, rng.below(3) as i64);
    let plain = rng.once_in(2);
    for &axis in order.iter().rev() {
        let dim = dims[axis] as i64;
        if !distinct && rng.once_in(6) {
            continue;
        }
        let gap = if plain { 0 } else { rng.below(3) as i64 };
        strides[axis] = next + if rng.once_in(2) { gap } else { 0 };
        next = strides[axis] * dim.max(1);
        if !plain && rng.once_in(5) {
            offset += strides[axis] * (dim - 1).max(0);
            strides[axis] = -strides[axis];
        }
    }
    let reach = |(&stride, &dim): (&i64, &usize)| (stride * (dim as i64 - 1).max(0)).max(0);
    let last: i64 = offset + strides.iter().zip(dims).map(reach).sum::<i64>();
    Placed {
        offset,
        strides,
        elements: last as usize + 1 + rng.below(3),
    }
}
