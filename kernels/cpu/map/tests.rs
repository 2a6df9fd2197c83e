//! Random programs over random layouts against an interpreter of single numbers, bit for bit on every tier.

use super::*;
use crate::cpu::simd::{Kernel, Simd, Tier, Vector, best, dispatch_on, set_tier};
use crate::dtype::{Class, DType};
use crate::ops::{Op, ROWS, call_float};
use crate::testing::{Memory, Placed, ProgramText, Rng, random_dims, random_layout};

/// A number in a class.
#[derive(Clone, Copy, Debug)]
enum Value {
    F32(f32),
    F64(f64),
    I32(i32),
}
use Value::*;

fn load(bits: [u8; 8], dtype: DType, class: Class) -> Value {
    macro_rules! convert {
        ($x:expr) => {
            match class {
                Class::F32 => F32($x as f32),
                Class::F64 => F64($x as f64),
                Class::I32 => I32($x as i32),
            }
        };
    }
    let [b0, b1, b2, b3, ..] = bits;
    match dtype {
        DType::F32 => convert!(f32::from_ne_bytes([b0, b1, b2, b3])),
        DType::F64 => convert!(f64::from_ne_bytes(bits)),
        DType::I32 => convert!(i32::from_ne_bytes([b0, b1, b2, b3])),
        DType::U8 | DType::Bool => convert!(b0),
        DType::Index => convert!(i64::from_ne_bytes(bits)),
    }
}

fn store(value: Value, dtype: DType) -> [u8; 8] {
    macro_rules! convert {
        ($x:expr) => {
            match dtype {
                DType::F32 => u64::from(($x as f32).to_bits()).to_ne_bytes(),
                DType::F64 => ($x as f64).to_ne_bytes(),
                DType::I32 => u64::from($x as i32 as u32).to_ne_bytes(),
                DType::U8 => u64::from($x as u8).to_ne_bytes(),
                DType::Bool => u64::from($x as f64 != 0.0).to_ne_bytes(),
                DType::Index => unreachable!(),
            }
        };
    }
    match value {
        F32(x) => convert!(x),
        F64(x) => convert!(x),
        I32(x) => convert!(x),
    }
}

/// Functions have tests of their own: here they are only called on one number.
struct Long(Op, f64, f64, bool);

impl Kernel for Long {
    type Output = f64;
    #[inline(always)]
    fn run<S: Simd>(self) -> f64 {
        macro_rules! one {
            ($vector:ident, $ty:ty) => {{
                let mut acc = [S::$vector::splat(self.1 as $ty)];
                call_float(self.0, false, &mut acc, &[S::$vector::splat(self.2 as $ty)]);
                let mut first: $ty = 0.0;
                // SAFETY: it is one lane.
                unsafe { acc[0].store_first(&mut first, 1) };
                first as f64
            }};
        }
        if self.3 { one!(F64, f64) } else { one!(F32, f32) }
    }
}

macro_rules! short {
    ($op:expr, $x:expr, $y:expr, $z:expr, $ty:ident, $min:expr, $max:expr) => {{
        let (x, y, z) = ($x, $y, $z);
        let (zero, one) = (0 as $ty, 1 as $ty);
        let flag = |yes: bool| if yes { one } else { zero };
        Some(match $op {
            Op::Relu => {
                if x <= zero {
                    zero
                } else {
                    x
                }
            }
            Op::Sign => {
                if x > zero {
                    one
                } else if x < zero {
                    zero - one
                } else if x == zero {
                    zero
                } else {
                    x
                }
            }
            Op::LogicalNot => flag(x == zero),
            Op::Truth => flag(x != zero),
            Op::Maximum => $max(x, y),
            Op::Minimum => $min(x, y),
            Op::Eq => flag(x == y),
            Op::Ne => flag(x != y),
            Op::Lt => flag(x < y),
            Op::Le => flag(x <= y),
            Op::Gt => flag(x > y),
            Op::Ge => flag(x >= y),
            Op::LogicalAnd => flag(x != zero && y != zero),
            Op::LogicalOr => flag(x != zero || y != zero),
            Op::LogicalXor => flag((x != zero) != (y != zero)),
            Op::Where => {
                if x != zero {
                    y
                } else {
                    z
                }
            }
            _ => None?,
        })
    }};
}

macro_rules! float {
    ($name:ident, $ty:ident) => {
        fn $name(op: Op, x: $ty, y: $ty, z: $ty) -> $ty {
            let min = |x: $ty, y: $ty| match () {
                _ if x.is_nan() || y.is_nan() => $ty::NAN,
                _ if x == y => {
                    if x.is_sign_negative() {
                        x
                    } else {
                        y
                    }
                }
                _ => x.min(y),
            };
            let others = || match op {
                Op::Neg => -x,
                Op::Abs => x.abs(),
                Op::Sqrt => x.sqrt(),
                Op::Square => x * x,
                Op::Reciprocal => 1.0 / x,
                Op::Floor => x.floor(),
                Op::Ceil => x.ceil(),
                Op::Add => x + y,
                Op::Sub => x - y,
                Op::Mul => x * y,
                Op::Div => x / y,
                // SAFETY: the machine has its best tier.
                _ => unsafe {
                    dispatch_on(best(), Long(op, x as f64, y as f64, size_of::<$ty>() == 8)) as $ty
                },
            };
            (|| short!(op, x, y, z, $ty, min, |x: $ty, y: $ty| -min(-x, -y)))().unwrap_or_else(others)
        }
    };
}
float!(float32, f32);
float!(float64, f64);

fn integer(op: Op, x: i32, y: i32, z: i32) -> i32 {
    let power = |x: i32, y: i32| match (x, y) {
        (_, 0..) => x.wrapping_pow(y as u32),
        (1, _) => 1,
        (-1, _) => 1 - (y & 1) * 2,
        _ => 0,
    };
    let others = || match op {
        Op::Neg => x.wrapping_neg(),
        Op::Abs => x.wrapping_abs(),
        Op::Square => x.wrapping_mul(x),
        Op::Floor | Op::Ceil => x,
        Op::Wrap8 => x & 255,
        Op::Add => x.wrapping_add(y),
        Op::Sub => x.wrapping_sub(y),
        Op::Mul => x.wrapping_mul(y),
        Op::Div => {
            if y == 0 {
                0
            } else {
                x.wrapping_div(y)
            }
        }
        Op::Pow => power(x, y),
        _ => unreachable!("{op:?}"),
    };
    (|| short!(op, x, y, z, i32, i32::min, i32::max))().unwrap_or_else(others)
}

fn apply(op: Op, x: Value, y: Value, z: Value) -> Value {
    match (x, y, z) {
        (F32(x), F32(y), F32(z)) => F32(float32(op, x, y, z)),
        (F64(x), F64(y), F64(z)) => F64(float64(op, x, y, z)),
        (I32(x), I32(y), I32(z)) => I32(integer(op, x, y, z)),
        _ => unreachable!("one class at a time"),
    }
}

fn uniform(text: &ProgramText, index: i64, constant: usize, class: Class) -> Value {
    let (seed, base) = (text.consts[constant] as u64, text.consts[constant + 1] as u64);
    let (mut single, mut double) = ([0f32], [0f64]);
    random::fill(&mut single, &[index], seed, base);
    random::fill(&mut double, &[index], seed, base);
    if class == Class::F32 {
        F32(single[0])
    } else {
        F64(double[0])
    }
}

/// The outputs of a program for one element: dtype and bits.
fn interpret(text: &ProgramText, inputs: &[[u8; 8]]) -> Vec<[u8; 8]> {
    let mut acc = I32(0);
    let mut outputs = vec![[0; 8]; text.outputs.len()];
    let mut spills = vec![[0; 8]; text.spills.len()];
    for &[word, mode, a, b] in &text.code {
        let class = Class::from_code(mode & 15).unwrap();
        let slot = |slot: usize| match slot {
            96.. => load(text.consts[slot - 96].to_ne_bytes(), DType::F64, class),
            64.. => load(spills[slot - 64], text.spills[slot - 64], class),
            _ => load(inputs[slot], text.inputs[slot], class),
        };
        match word {
            0 => acc = slot(a),
            1 if a >= 64 => spills[a - 64] = store(acc, text.spills[a - 64]),
            1 => outputs[a - 32] = store(acc, text.outputs[a - 32]),
            _ => {
                let row = &ROWS[word - 2];
                acc = match (row.op, row.operands, mode >= 16) {
                    (Op::Random, ..) => uniform(text, i64::from_ne_bytes(inputs[a]), b - 96, class),
                    (op, 0, _) => apply(op, acc, acc, acc),
                    (op, 1, false) => apply(op, acc, slot(a), acc),
                    (op, 1, true) => apply(op, slot(a), acc, acc),
                    (op, ..) => apply(op, acc, slot(a), slot(b)),
                };
            }
        }
    }
    outputs
}

/// A map with its memories: inputs, then outputs.
struct Case {
    text: ProgramText,
    dims: Vec<usize>,
    placed: Vec<Placed>,
    memories: Vec<Memory>,
    /// For each operand, which memory it has: an output may have an input's.
    memory_of: Vec<usize>,
}

impl Case {
    fn random(rng: &mut Rng) -> Case {
        let outputs = 1 + rng.below(3);
        let text = ProgramText::random(rng, outputs);
        let dims = random_dims(rng, 4);
        let (mut placed, mut memories, mut memory_of) = (Vec::new(), Vec::new(), Vec::new());
        for (number, &dtype) in text.inputs.iter().chain(&text.outputs).enumerate() {
            let is_output = number >= text.inputs.len();
            let distinct = is_output || rng.once_in(2);
            let mut layout = random_layout(rng, &dims, distinct);
            let mut memory = memories.len();
            let place_taken = |earlier: &usize| memory_of[text.inputs.len()..].contains(&memory_of[*earlier]);
            let twins = (0..text.inputs.len())
                .filter(|&i| is_output && text.inputs[i] == dtype && placed_distinct(&placed[i], &dims));
            let twins: Vec<usize> = twins.filter(|i| !place_taken(i)).collect();
            if !twins.is_empty() && rng.once_in(2) {
                let twin = rng.pick(&twins);
                layout = Clone::clone(&placed[twin]);
                memory = memory_of[twin];
            } else {
                let elements = if dtype == DType::Index { 0 } else { layout.elements };
                memories.push(Memory::elements(dtype, elements, rng));
            }
            placed.push(layout);
            memory_of.push(memory);
        }
        Case {
            text,
            dims,
            placed,
            memories,
            memory_of,
        }
    }

    fn descriptor(&self, memories: &[Memory]) -> Vec<f64> {
        let mut words = self.text.words();
        words.extend([1.0, self.dims.len() as f64]);
        words.extend(self.dims.iter().map(|&dim| dim as f64));
        for (number, placed) in self.placed.iter().enumerate() {
            let memory = &memories[self.memory_of[number]];
            let index = self.text.inputs.get(number) == Some(&DType::Index);
            let place = if index {
                [0.0, 0.0]
            } else {
                [memory.address() as f64, memory.bytes as f64]
            };
            words.extend(place);
            words.push(placed.offset as f64);
            words.extend(placed.strides.iter().map(|&stride| stride as f64));
        }
        words
    }

    fn position(&self, operand: usize, coords: &[usize]) -> i64 {
        let placed = &self.placed[operand];
        placed.offset
            + placed
                .strides
                .iter()
                .zip(coords)
                .map(|(&s, &c)| s * c as i64)
                .sum::<i64>()
    }

    /// The memories as they should be, element by element.
    fn expected(&self) -> Vec<Memory> {
        let mut after: Vec<Memory> = self.memories.clone();
        let total: usize = self.dims.iter().product();
        let mut coords = vec![0; self.dims.len()];
        for _ in 0..total {
            let read = |(number, &dtype): (usize, &DType)| match dtype {
                DType::Index => self.position(number, &coords).to_ne_bytes(),
                _ => self.memories[self.memory_of[number]].get(dtype, self.position(number, &coords)),
            };
            let inputs: Vec<[u8; 8]> = self.text.inputs.iter().enumerate().map(read).collect();
            for (output, bits) in interpret(&self.text, &inputs).iter().enumerate() {
                let number = self.text.inputs.len() + output;
                let size = self.text.outputs[output].size();
                let start = self.position(number, &coords) as usize * size;
                after[self.memory_of[number]].as_mut()[start..start + size].copy_from_slice(&bits[..size]);
            }
            for axis in (0..coords.len()).rev() {
                coords[axis] += 1;
                if coords[axis] < self.dims[axis] {
                    break;
                }
                coords[axis] = 0;
            }
        }
        after
    }

    /// Runs the kernel on copies of the memories.
    fn run(&self) -> Vec<Memory> {
        let memories = self.memories.clone();
        let words = self.descriptor(&memories);
        let mut reader = Reader::new(&words);
        let mut map = Map::new();
        map.read(&mut reader)
            .unwrap_or_else(|error| panic!("{error}: {:?}", self.text));
        reader.end().unwrap();
        map.run();
        memories
    }

    fn dtype(&self, memory: usize) -> DType {
        let number = self.memory_of.iter().position(|&m| m == memory).unwrap();
        *self
            .text
            .inputs
            .iter()
            .chain(&self.text.outputs)
            .nth(number)
            .unwrap()
    }
}

fn placed_distinct(placed: &Placed, dims: &[usize]) -> bool {
    let strides = placed.strides.iter().copied().collect();
    Operand {
        dtype: DType::F32,
        data: std::ptr::null_mut(),
        start: 0,
        strides,
    }
    .require_distinct(dims)
    .is_ok()
}

/// Whether memories are equal, all NaNs being one.
fn same(a: &Memory, b: &Memory, dtype: DType) -> bool {
    (0..(a.bytes / dtype.size()) as i64).all(|index| {
        let (x, y) = (a.get(dtype, index), b.get(dtype, index));
        let nan = |bits| match (dtype, load(bits, dtype, Class::F64)) {
            (DType::F32 | DType::F64, F64(x)) => x.is_nan(),
            _ => false,
        };
        x == y || nan(x) && nan(y)
    })
}

#[test]
fn random_programs_compute_what_the_interpreter_does_on_every_tier() {
    let mut rng = Rng(1);
    for round in 0..4000 {
        let case = Case::random(&mut rng);
        let expected = case.expected();
        for tier in [Tier::Plain, Tier::Avx2, Tier::Avx512] {
            set_tier(tier as u32);
            for (number, (got, wanted)) in case.run().iter().zip(&expected).enumerate() {
                assert!(got.is_intact(), "round {round}: written outside on {tier:?}");
                let text = &case.text;
                let same = same(got, wanted, case.dtype(number));
                assert!(
                    same,
                    "round {round}, memory {number} on {tier:?}: {text:?} over {:?} {:?}",
                    case.dims, case.placed
                );
            }
        }
    }
}

#[test]
fn pieces_of_a_map_are_the_whole_map() {
    let mut rng = Rng(2);
    for _ in 0..500 {
        let case = Case::random(&mut rng);
        let whole = case.run();
        let memories = case.memories.clone();
        let words = case.descriptor(&memories);
        let mut map = Map::new();
        map.read(&mut Reader::new(&words)).unwrap();
        let elements = map.first.elements();
        let mut start = 0;
        while start < elements {
            let end = (start + 1 + rng.below(200)).min(elements);
            map.run_range(start, end);
            start = end;
        }
        for (number, (got, wanted)) in memories.iter().zip(&whole).enumerate() {
            assert!(
                same(got, wanted, case.dtype(number)),
                "{:?} over {:?}",
                case.text,
                case.dims
            );
        }
    }
}
