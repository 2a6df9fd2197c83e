//! The definition of programs: an interpreter of single numbers.

use crate::cpu::map::random::fill;
use crate::cpu::simd::{Kernel, Simd, Tier, Vector, dispatch_on};
use crate::dtype::{Class, DType};
use crate::ops::{Op, ROWS, call_float};
use crate::testing::ProgramText;

/// A number in a class.
#[derive(Clone, Copy, Debug)]
pub enum Value {
    /// Of the class `F32`.
    F32(f32),
    /// Of the class `F64`.
    F64(f64),
    /// Of the class `I32`.
    I32(i32),
}
use Value::*;

/// The number of an element's bits, in a class.
pub fn load(bits: [u8; 8], dtype: DType, class: Class) -> Value {
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
                Op::Trunc => x.trunc(),
                Op::Round => x.round_ties_even(),
                Op::Fmod => x % y,
                Op::Add => x + y,
                Op::Sub => x - y,
                Op::Mul => x * y,
                Op::Div => x / y,
                Op::Addcmul => x + y * z,
                // SAFETY: every machine has the plain tier.
                _ => unsafe {
                    dispatch_on(
                        Tier::Plain,
                        Long(op, x as f64, y as f64, size_of::<$ty>() == 8),
                    ) as $ty
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
        Op::Floor | Op::Ceil | Op::Trunc | Op::Round | Op::RoundHalfUp | Op::Fround => x,
        Op::Clz32 => x.leading_zeros() as i32,
        Op::Wrap8 => x & 255,
        Op::Add => x.wrapping_add(y),
        Op::Sub => x.wrapping_sub(y),
        Op::Mul | Op::Imul => x.wrapping_mul(y),
        Op::Addcmul => x.wrapping_add(y.wrapping_mul(z)),
        Op::Fmod if y == 0 => 0,
        Op::Fmod => x.wrapping_rem(y),
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
    fill(&mut single, &[index], seed, base);
    fill(&mut double, &[index], seed, base);
    if class == Class::F32 {
        F32(single[0])
    } else {
        F64(double[0])
    }
}

/// The outputs of a program for one element, as bits.
pub fn interpret(text: &ProgramText, inputs: &[[u8; 8]]) -> Vec<[u8; 8]> {
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
