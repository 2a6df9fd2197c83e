//! The ways to fold values.

use super::fold::Folds;
use crate::cpu::map::Lane;
use crate::cpu::simd::{Kernel, Simd, Tier, Vector, dispatch_on};
use crate::error::{Result, refuse};
use crate::ops::Op;
use crate::reader::Reader;

/// A way to fold, by its number in descriptors.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Combine {
    /// The sum; integers wrap.
    Sum,
    /// The product; integers wrap.
    Prod,
    /// The largest value.
    Max,
    /// The smallest value.
    Min,
    /// Whether any value is not zero.
    Any,
    /// Whether no value is zero.
    All,
    /// The position of the first largest value.
    ArgMax,
    /// The position of the first smallest value.
    ArgMin,
}

/// The names, as the C ABI gives them: a line each, in the order of their numbers.
pub static NAMES: &str = "sum\nprod\nmax\nmin\nany\nall\nargmax\nargmin\n\0";

impl Combine {
    /// Reads a combine's number.
    pub fn read(reader: &mut Reader) -> Result<Combine> {
        use Combine::*;
        let number = reader.int()?;
        let all = [Sum, Prod, Max, Min, Any, All, ArgMax, ArgMin];
        match usize::try_from(number).ok().and_then(|i| all.get(i).copied()) {
            Some(combine) => Ok(combine),
            None => refuse(format!("{number} is no combine")),
        }
    }

    /// What is done to a value before it is folded.
    pub fn prepares(self) -> Option<Op> {
        matches!(self, Combine::Any | Combine::All).then_some(Op::Truth)
    }

    /// The result of no elements.
    pub fn of_nothing<E: Number>(self) -> E {
        match self {
            Combine::Sum | Combine::Any => E::ZERO,
            Combine::Prod | Combine::All => E::ONE,
            Combine::Max | Combine::ArgMax => E::LOWEST,
            Combine::Min | Combine::ArgMin => E::HIGHEST,
        }
    }

    /// Whether the result is a position.
    pub fn finds(self) -> bool {
        matches!(self, Combine::ArgMax | Combine::ArgMin)
    }
}

/// An element that can be folded.
pub trait Number: Lane {
    /// Nothing is smaller.
    const LOWEST: Self;
    /// Nothing is larger.
    const HIGHEST: Self;

    /// The folds of a combine on a tier.
    ///
    /// # Safety
    /// The machine has the tier.
    unsafe fn folds(combine: Combine, tier: Tier) -> Folds<Self>;
}

macro_rules! numbers {
    ($($ty:ty, $vector:ident, $lowest:expr, $highest:expr;)*) => { $(impl Number for $ty {
        const LOWEST: Self = $lowest;
        const HIGHEST: Self = $highest;

        unsafe fn folds(combine: Combine, tier: Tier) -> Folds<Self> {
            struct Pick(Combine);
            impl Kernel for Pick {
                type Output = Folds<$ty>;
                #[inline(always)]
                fn run<S: Simd>(self) -> Folds<$ty> {
                    pick::<S, S::$vector>(self.0)
                }
            }
            // SAFETY: the caller's promise.
            unsafe { dispatch_on(tier, Pick(combine)) }
        }
    })* };
}
numbers! {
    f32, F32, f32::NEG_INFINITY, f32::INFINITY;
    f64, F64, f64::NEG_INFINITY, f64::INFINITY;
    i32, I32, i32::MIN, i32::MAX;
}

/// The folds that a combine needs; `any` and `all` fold flags.
fn pick<S: Simd, V: Vector<Elem: Number>>(combine: Combine) -> Folds<V::Elem> {
    match combine {
        Combine::Sum => Folds::of::<S, V, Sum>(),
        Combine::Prod => Folds::of::<S, V, Prod>(),
        Combine::Max | Combine::Any | Combine::ArgMax => Folds::of::<S, V, Max>(),
        Combine::Min | Combine::All | Combine::ArgMin => Folds::of::<S, V, Min>(),
    }
}

/// A fold, as a type: loops are compiled for each.
pub trait Fold {
    /// What the fold of nothing is.
    fn identity<E: Number>() -> E;
    /// Two folds as one.
    fn join<V: Vector>(left: V, right: V) -> V;
}

macro_rules! folds {
    ($($name:ident: $identity:expr, $join:ident;)*) => { $(
        struct $name;

        impl Fold for $name {
            #[inline(always)]
            fn identity<E: Number>() -> E {
                $identity
            }
            #[inline(always)]
            fn join<V: Vector>(left: V, right: V) -> V {
                left.$join(right)
            }
        }
    )* };
}
folds! {
    Sum: E::ZERO, add;
    Prod: E::ONE, mul;
    Max: E::LOWEST, max;
    Min: E::HIGHEST, min;
}
