//! What a reduction is, one element at a time.

use crate::cpu::reduce::combine::{Combine, Number};

/// What the definition needs of an element.
pub trait Plain: Number {
    fn of(x: i64) -> Self;
    fn join(self, combine: Combine, o: Self) -> Self;
    fn bits(self) -> u64;
}

macro_rules! floats {
    ($($ty:ident)*) => { $(impl Plain for $ty {
        fn of(x: i64) -> Self {
            match x % 97 {
                0 => -0.0,
                1 => 0.0,
                _ => x as $ty / 64.0,
            }
        }
        fn join(self, combine: Combine, o: Self) -> Self {
            match combine {
                Combine::Sum => self + o,
                Combine::Prod => self * o,
                _ if self.is_nan() || o.is_nan() => $ty::NAN,
                Combine::Max | Combine::Any => if self > o || (self == o && self.is_sign_positive()) { self } else { o },
                _ => if self < o || (self == o && self.is_sign_negative()) { self } else { o },
            }
        }
        fn bits(self) -> u64 {
            if self.is_nan() { u64::MAX } else { u64::from(self.to_bits()) }
        }
    })* };
}
floats!(f32 f64);

impl Plain for i32 {
    fn of(x: i64) -> Self {
        (x as i32).wrapping_mul(1_234_567)
    }
    fn join(self, combine: Combine, o: Self) -> Self {
        match combine {
            Combine::Sum => self.wrapping_add(o),
            Combine::Prod => self.wrapping_mul(o),
            Combine::Max | Combine::Any => self.max(o),
            _ => self.min(o),
        }
    }
    fn bits(self) -> u64 {
        self as u32 as u64
    }
}

fn identity<E: Number>(combine: Combine) -> E {
    match combine {
        Combine::Sum | Combine::Any => E::ZERO,
        Combine::Prod | Combine::All => E::ONE,
        Combine::Max => E::LOWEST,
        _ => E::HIGHEST,
    }
}

/// The definition: lanes folded by halves in blocks, blocks folded by the tree.
pub fn naive_fold<E: Plain>(combine: Combine, elements: &[E], row: bool) -> E {
    let (block, lanes) = if row { (4096, 64) } else { (128, 1) };
    if elements.len() > block {
        let blocks = elements.len().div_ceil(block);
        let left = blocks.next_power_of_two() / 2 * block;
        let right = naive_fold(combine, &elements[left..], row);
        return naive_fold(combine, &elements[..left], row).join(combine, right);
    }
    let mut sums: Vec<E> = vec![identity(combine); lanes];
    for (i, &x) in elements.iter().enumerate() {
        let flags = matches!(combine, Combine::Any | Combine::All);
        let x = if !flags {
            x
        } else if x == E::ZERO {
            E::ZERO
        } else {
            E::ONE
        };
        sums[i % lanes] = sums[i % lanes].join(combine, x);
    }
    while sums.len() > 1 {
        let upper = sums.split_off(sums.len() / 2);
        sums.iter_mut()
            .zip(upper)
            .for_each(|(a, b)| *a = a.join(combine, b));
    }
    sums[0]
}

/// The definition of the position: a linear search.
pub fn naive_find<E: Plain>(combine: Combine, elements: &[E]) -> i32 {
    let mut best = 0;
    for (i, &x) in elements.iter().enumerate() {
        let closer = if combine == Combine::ArgMax {
            x > elements[best]
        } else {
            x < elements[best]
        };
        let nan = |x: E| x.bits() == u64::MAX;
        if closer || (nan(x) && !nan(elements[best])) {
            best = i;
        }
    }
    best as i32
}
