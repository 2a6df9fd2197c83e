//! What tests share: random numbers, guarded memory, random layouts and random programs.

use crate::dtype::{Class, DType};
use crate::error::{Result, refuse};
use crate::ops::{Op, ROWS};
use std::cell::RefCell;

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

thread_local! {
    static KNOWN: RefCell<Option<Vec<(usize, usize)>>> = const { RefCell::new(None) };
}

/// On this thread, lets operands lie in these memories only: a mutated descriptor may name any address, which
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

/// A valid program.
#[derive(Clone, Debug, Default)]
pub struct ProgramText {
    /// The dtypes of the inputs.
    pub inputs: Vec<DType>,
    /// The dtypes of the outputs.
    pub outputs: Vec<DType>,
    /// The dtypes of the spills.
    pub spills: Vec<DType>,
    /// The constants.
    pub consts: Vec<f64>,
    /// The instructions.
    pub code: Vec<[usize; 4]>,
}

const STORABLE: [DType; 5] = [DType::F32, DType::F64, DType::I32, DType::U8, DType::Bool];
const CLASSES: [Class; 3] = [Class::F32, Class::F64, Class::I32];
/// Slots of descriptors.
const OUTPUT: usize = 32;
const SPILL: usize = 64;
const CONST: usize = 96;

impl ProgramText {
    /// A random one, with outputs or without.
    pub fn random(rng: &mut Rng, outputs: usize) -> ProgramText {
        let mut text = ProgramText::default();
        let favourite = rng.pick(&STORABLE);
        let usual = |rng: &mut Rng| {
            if rng.once_in(2) {
                favourite
            } else {
                rng.pick(&STORABLE)
            }
        };
        text.inputs = (0..rng.below(5))
            .map(|_| if rng.once_in(6) { DType::Index } else { usual(rng) })
            .collect();
        text.outputs = (0..outputs).map(|_| usual(rng)).collect();
        text.spills = (0..rng.below(3)).map(|_| usual(rng)).collect();
        let special = [
            0.0,
            -0.0,
            1.0,
            -1.5,
            3.0,
            1e10,
            -1e300,
            f64::NAN,
            f64::INFINITY,
            255.0,
        ];
        text.consts = (0..2 + rng.below(3)).map(|_| rng.pick(&special)).collect();
        let mut stored = Vec::new();
        for _ in 0..1 + rng.below(3) {
            text.add_chain(rng, &mut stored);
        }
        let missing: Vec<usize> = (0..outputs)
            .filter(|&o| !text.code.iter().any(|i| i[0] == 1 && i[2] == OUTPUT + o))
            .collect();
        let class = text.code[text.code.len() - 1][1] & 15;
        missing
            .iter()
            .for_each(|output| text.code.push([1, class, OUTPUT + output, 0]));
        text
    }

    fn add_chain(&mut self, rng: &mut Rng, stored: &mut Vec<usize>) {
        let class = rng.pick(&CLASSES);
        let indices: Vec<usize> = (0..self.inputs.len())
            .filter(|&i| self.inputs[i] == DType::Index)
            .collect();
        let constants = CONST..CONST + self.consts.len();
        if class != Class::I32 && !indices.is_empty() && rng.once_in(2) {
            self.consts[..2].copy_from_slice(&[rng.below(1000) as f64, rng.bits() as f64 / 4096.0]);
            self.code
                .push([2 + Op::Random as usize, class as usize, rng.pick(&indices), CONST]);
        } else {
            let slots: Vec<usize> = (0..self.inputs.len())
                .chain(constants.clone())
                .chain(stored.clone())
                .collect();
            self.code.push([0, class as usize, rng.pick(&slots), 0]);
        }
        let native = |dtype: DType| dtype == class.dtype();
        for _ in 0..rng.below(6) {
            let inputs = (0..self.inputs.len()).filter(|&i| native(self.inputs[i]));
            let spills = stored.iter().copied().filter(|&s| native(self.spills[s - SPILL]));
            let slots: Vec<usize> = inputs.chain(spills).chain(constants.clone()).collect();
            self.add_op(rng, class, &slots);
            if !self.spills.is_empty() && rng.once_in(4) {
                let spill = SPILL + rng.below(self.spills.len());
                self.code.push([1, class as usize, spill, 0]);
                stored.push(spill);
            }
            if !self.outputs.is_empty() && rng.once_in(6) {
                self.code
                    .push([1, class as usize, OUTPUT + rng.below(self.outputs.len()), 0]);
            }
        }
    }

    fn add_op(&mut self, rng: &mut Rng, class: Class, slots: &[usize]) {
        let row = &ROWS[rng.below(ROWS.len())];
        if row.op == Op::Random || !row.op.exists_in(class) {
            return;
        }
        let swap = if row.operands == 1 && rng.once_in(3) {
            16
        } else {
            0
        };
        let mut operand = |number| if row.operands > number { rng.pick(slots) } else { 0 };
        self.code
            .push([2 + row.op as usize, class as usize | swap, operand(0), operand(1)]);
    }

    /// The words of a descriptor.
    pub fn words(&self) -> Vec<f64> {
        let counts = [
            self.inputs.len(),
            self.outputs.len(),
            self.spills.len(),
            self.consts.len(),
            self.code.len(),
        ];
        let mut words: Vec<f64> = counts.iter().map(|&count| count as f64).collect();
        words.extend(
            self.inputs
                .iter()
                .chain(&self.outputs)
                .chain(&self.spills)
                .map(|&dtype| f64::from(dtype as u8)),
        );
        words.extend(self.code.iter().flatten().map(|&word| word as f64));
        words.extend(&self.consts);
        words
    }
}
