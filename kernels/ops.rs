//! The table of ops: a line each. Programs know an op by its position in the list of names.
//!
//! A row is: variant, name, arguments, the rule for vectors of floats, the rule for vectors of `i32` (an op
//! without one is refused in that class), the expression in CUDA C++, and the picoseconds an element takes.
//! Rules see `V`, the vector type. Arguments are in the order of the operation; where the accumulator
//! stands is the machine's business. Expressions see `cuda/math.cuh`, the arguments `x`, `y`, `z` of a type `T` (`float`,
//! `double` or `int`), and convert to `T`; `random` sees an `index` of 64 bits, and `seed` and `base` as `double` or
//! `unsigned long long`.

use crate::cpu::math::{self, Math};
use crate::cpu::simd::{Float, Int};
use crate::dtype::Class;

/// What the engine knows of an op.
pub struct Row {
    /// The op.
    pub op: Op,
    /// The name by which TypeScript finds it.
    pub name: &'static str,
    /// How many operands it has beside the accumulator.
    pub operands: usize,
    /// Whether it has a rule for floats.
    pub float: bool,
    /// Whether it has a rule for integers.
    pub int: bool,
    /// The expression in CUDA C++, of the arguments `x`, `y`, `z` and their type `T`.
    pub cuda: &'static str,
    /// Picoseconds an element takes in the class of `f32`.
    pub cost: u32,
}

/// A rule, or a panic where there is none: programs were checked for it.
macro_rules! rule {
    () => {
        unreachable!("the op has no rule in this class")
    };
    ($rule:expr) => {
        $rule
    };
}

/// Whether there is a rule.
macro_rules! given {
    () => {
        false
    };
    ($rule:expr) => {
        true
    };
}

/// Floats' ops that take at least so many picoseconds an element are called, so that the machine's code stays small.
pub const LONG: u32 = 110;
/// The same in wide blocks: a call, which needs the accumulator in memory, costs a third of an `exp`.
pub const LONG_IF_WIDE: u32 = 350;
/// The same for integers, which processors divide one by one.
pub const LONG_FOR_INTEGERS: u32 = 80;

/// What is done for each vector of an accumulator: written out for 16 of them, as compilers leave longer loops be,
/// and then an accumulator is not kept in registers.
macro_rules! each {
    ($count:ident, $j:ident, $body:block) => {
        each!($count, $j, $body, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15)
    };
    ($count:ident, $j:ident, $body:block, $($number:literal)*) => {
        if const { $count == 16 } {
            $({
                let $j = $number;
                $body
            })*
        } else {
            for $j in 0..$count {
                $body
            }
        }
    };
}

/// Two matches over all ops of a class: the short ones, which cost less than `LONG`, on vectors that stay in
/// registers, and any unary or binary one on vectors in memory. A short op's operands are found by `a` and `b`,
/// and then read vector by vector; `other` takes what is not short.
macro_rules! apply {
    ($apply:ident, $call:ident, $class:ident $(+ $elem:ident)?,
     [$($u:ident |$ux:ident| $up:literal [$($uf:expr)?])*],
     [$($b:ident |$bx:ident, $by:ident| $bp:literal [$($bf:expr)?])*],
     [$($t:ident |$tc:ident, $tx:ident, $ty:ident| $tp:literal [$($tf:expr)?])*]) => {
        /// Applies a short op of this class to the vectors of an accumulator.
        #[inline(always)]
        pub fn $apply<V: $class $(<Elem: $elem>)?, A: Fn(usize) -> V, const T: usize, const LONG: u32>(
            op: Op,
            swap: bool,
            acc: &mut [V; T],
            a: impl FnOnce() -> A,
            b: impl FnOnce() -> A,
            other: impl FnOnce(&mut [V; T]),
        ) {
            match op {
                $(Op::$u if $up < LONG => rule!($({
                    each!(T, j, {
                        let ($ux,) = (acc[j],);
                        acc[j] = $uf;
                    });
                })?),)*
                $(Op::$b if $bp < LONG => rule!($({
                    let a = a();
                    if swap {
                        each!(T, j, {
                            let ($bx, $by) = (a(j), acc[j]);
                            acc[j] = $bf;
                        });
                    } else {
                        each!(T, j, {
                            let ($bx, $by) = (acc[j], a(j));
                            acc[j] = $bf;
                        });
                    }
                })?),)*
                $(Op::$t if $tp < LONG => rule!($({
                    let (a, b) = (a(), b());
                    each!(T, j, {
                        let ($tc, $tx, $ty) = (acc[j], a(j), b(j));
                        acc[j] = $tf;
                    });
                })?),)*
                _ => other(acc),
            }
        }

        /// Applies a unary or binary op of this class to the vectors of an accumulator and of its second operand.
        #[inline(always)]
        pub fn $call<V: $class $(<Elem: $elem>)?>(op: Op, swap: bool, acc: &mut [V], second: &[V]) {
            match op {
                $(Op::$u => rule!($({
                    for lanes in acc.iter_mut() {
                        let ($ux,) = (*lanes,);
                        *lanes = $uf;
                    }
                })?),)*
                $(Op::$b => rule!($({
                    for (lanes, &other) in acc.iter_mut().zip(second) {
                        let ($bx, $by) = if swap { (other, *lanes) } else { (*lanes, other) };
                        *lanes = $bf;
                    }
                })?),)*
                _ => unreachable!("neither unary nor binary"),
            }
        }
    };
}

macro_rules! table {
    (unary { $($u:ident $un:literal |$ux:ident| $(float $uf:expr,)? $(int $ui:expr,)? cuda $uc:literal, cost $up:literal;)* }
     binary { $($b:ident $bn:literal |$bx:ident, $by:ident| $(float $bf:expr,)? $(int $bi:expr,)? cuda $bc:literal, cost $bp:literal;)* }
     ternary { $($t:ident $tn:literal |$tc:ident, $tx:ident, $ty:ident| $(float $tf:expr,)? $(int $ti:expr,)? cuda $tu:literal, cost $tp:literal;)* }
     source { $($s:ident $sn:literal cuda $sc:literal, cost $sp:literal;)* }) => {
        /// An op, by the position of its row.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u8)]
        pub enum Op {
            $(#[doc = concat!("`", $un, "`")] $u,)*
            $(#[doc = concat!("`", $bn, "`")] $b,)*
            $(#[doc = concat!("`", $tn, "`")] $t,)*
            $(#[doc = concat!("`", $sn, "`")] $s,)*
        }

        /// The rows, in the order of the ops' numbers.
        pub static ROWS: &[Row] = &[
            $(Row { op: Op::$u, name: $un, operands: 0, float: given!($($uf)?), int: given!($($ui)?), cuda: $uc, cost: $up },)*
            $(Row { op: Op::$b, name: $bn, operands: 1, float: given!($($bf)?), int: given!($($bi)?), cuda: $bc, cost: $bp },)*
            $(Row { op: Op::$t, name: $tn, operands: 2, float: given!($($tf)?), int: given!($($ti)?), cuda: $tu, cost: $tp },)*
            $(Row { op: Op::$s, name: $sn, operands: 2, float: true, int: false, cuda: $sc, cost: $sp },)*
        ];

        /// The names, as the C ABI gives them: a line each.
        pub static NAMES: &str = concat!($($un, "\n",)* $($bn, "\n",)* $($tn, "\n",)* $($sn, "\n",)* "\0");

        apply!(apply_float, call_float, Float + Math, [$($u |$ux| $up [$($uf)?])*],
            [$($b |$bx, $by| $bp [$($bf)?])*], [$($t |$tc, $tx, $ty| $tp [$($tf)?])*]);
        apply!(apply_int, call_int, Int, [$($u |$ux| $up [$($ui)?])*],
            [$($b |$bx, $by| $bp [$($bi)?])*], [$($t |$tc, $tx, $ty| $tp [$($ti)?])*]);
    };
}

table! {
    unary {
        Neg "neg" |x| float x.neg(), int x.neg(), cuda "math::neg(x)", cost 20;
        Abs "abs" |x| float x.abs(), int x.max(x.neg()), cuda "math::abs(x)", cost 20;
        Exp "exp" |x| float math::exp(x), cuda "math::exp(x)", cost 110;
        Log "log" |x| float math::log(x), cuda "math::log(x)", cost 310;
        Sqrt "sqrt" |x| float x.sqrt(), cuda "math::sqrt(x)", cost 100;
        Square "square" |x| float x.mul(x), int x.mul(x), cuda "math::mul(x, x)", cost 20;
        Reciprocal "reciprocal" |x| float V::one().div(x), cuda "1 / x", cost 80;
        Tanh "tanh" |x| float math::tanh(x), cuda "math::tanh(x)", cost 420;
        Sigmoid "sigmoid" |x| float math::sigmoid(x), cuda "math::sigmoid(x)", cost 190;
        Relu "relu" |x| float V::select(x.le(V::zero()), V::zero(), x), int x.max(V::zero()), cuda "x <= 0 ? 0 : x", cost 20;
        Erf "erf" |x| float math::erf(x), cuda "math::erf(x)", cost 420;
        Sin "sin" |x| float math::sin(x), cuda "math::sin(x)", cost 400;
        Cos "cos" |x| float math::cos(x), cuda "math::cos(x)", cost 400;
        Sign "sign" |x| float x.sign(), int x.sign(), cuda "x > 0 ? 1 : x < 0 ? -1 : x", cost 30;
        Floor "floor" |x| float x.floor(), int x, cuda "math::floor(x)", cost 20;
        Ceil "ceil" |x| float x.neg().floor().neg(), int x, cuda "math::ceil(x)", cost 20;
        Trunc "trunc" |x| float math::trunc(x), int x, cuda "math::trunc(x)", cost 30;
        Round "round" |x| float x.round(), int x, cuda "math::round(x)", cost 20;
        RoundHalfUp "roundHalfUp" |x| float math::round_half_up(x), int x, cuda "math::round_half_up(x)", cost 60;
        Fround "fround" |x| float math::fround(x), int x, cuda "math::fround(x)", cost 350;
        F16round "f16round" |x| float math::f16round(x), cuda "math::f16round(x)", cost 1100;
        Clz32 "clz32" |x| float math::clz32(x), int x.leading_zeros(), cuda "math::clz32(x)", cost 1100;
        Expm1 "expm1" |x| float math::expm1(x), cuda "math::expm1(x)", cost 350;
        Log1p "log1p" |x| float math::log1p(x), cuda "math::log1p(x)", cost 350;
        Log2 "log2" |x| float math::log2(x), cuda "math::log2(x)", cost 700;
        Log10 "log10" |x| float math::log10(x), cuda "math::log10(x)", cost 700;
        Cbrt "cbrt" |x| float math::cbrt(x), cuda "math::cbrt(x)", cost 850;
        Tan "tan" |x| float math::tan(x), cuda "math::tan(x)", cost 700;
        Asin "asin" |x| float math::asin(x), cuda "math::asin(x)", cost 800;
        Acos "acos" |x| float math::acos(x), cuda "math::acos(x)", cost 800;
        Atan "atan" |x| float math::atan(x), cuda "math::atan(x)", cost 500;
        Sinh "sinh" |x| float math::sinh(x), cuda "math::sinh(x)", cost 600;
        Cosh "cosh" |x| float math::cosh(x), cuda "math::cosh(x)", cost 350;
        Asinh "asinh" |x| float math::asinh(x), cuda "math::asinh(x)", cost 600;
        Acosh "acosh" |x| float math::acosh(x), cuda "math::acosh(x)", cost 600;
        Atanh "atanh" |x| float math::atanh(x), cuda "math::atanh(x)", cost 500;
        LogicalNot "logicalNot" |x| float V::flag(x.eq(V::zero())), int V::flag(x.eq(V::zero())), cuda "x == 0", cost 20;
        Wrap8 "wrap8" |x| int x.and(V::splat(255)), cuda "x & 255", cost 20;
        Truth "truth" |x| float x.truth(), int x.truth(), cuda "x != 0", cost 20;
    }
    binary {
        Add "add" |x, y| float x.add(y), int x.add(y), cuda "math::add(x, y)", cost 25;
        Sub "sub" |x, y| float x.sub(y), int x.sub(y), cuda "math::sub(x, y)", cost 25;
        Mul "mul" |x, y| float x.mul(y), int x.mul(y), cuda "math::mul(x, y)", cost 25;
        Div "div" |x, y| float x.div(y), int x.div_truncated(y), cuda "math::div(x, y)", cost 80;
        Pow "pow" |x, y| float math::pow(x, y), int x.pow_wrapped(y), cuda "math::pow(x, y)", cost 1500;
        Fmod "fmod" |x, y| float math::fmod(x, y), int x.rem_truncated(y), cuda "math::fmod(x, y)", cost 1500;
        Imul "imul" |x, y| float math::imul(x, y), int x.mul(y), cuda "math::imul(x, y)", cost 1100;
        Atan2 "atan2" |x, y| float math::atan2(x, y), cuda "math::atan2(x, y)", cost 650;
        Hypot "hypot" |x, y| float math::hypot(x, y), cuda "math::hypot(x, y)", cost 400;
        Maximum "maximum" |x, y| float x.max(y), int x.max(y), cuda "math::max(x, y)", cost 40;
        Minimum "minimum" |x, y| float x.min(y), int x.min(y), cuda "math::min(x, y)", cost 40;
        Eq "eq" |x, y| float V::flag(x.eq(y)), int V::flag(x.eq(y)), cuda "x == y", cost 25;
        Ne "ne" |x, y| float V::flag_not(x.eq(y)), int V::flag_not(x.eq(y)), cuda "x != y", cost 25;
        Lt "lt" |x, y| float V::flag(x.lt(y)), int V::flag(x.lt(y)), cuda "x < y", cost 25;
        Le "le" |x, y| float V::flag(x.le(y)), int V::flag(x.le(y)), cuda "x <= y", cost 25;
        Gt "gt" |x, y| float V::flag(y.lt(x)), int V::flag(y.lt(x)), cuda "x > y", cost 25;
        Ge "ge" |x, y| float V::flag(y.le(x)), int V::flag(y.le(x)), cuda "x >= y", cost 25;
        LogicalAnd "logicalAnd" |x, y| float x.truth().mul(y.truth()), int x.truth().mul(y.truth()), cuda "x && y", cost 40;
        LogicalOr "logicalOr" |x, y| float x.truth().max(y.truth()), int x.truth().max(y.truth()), cuda "x || y", cost 40;
        LogicalXor "logicalXor" |x, y| float V::flag_not(x.truth().eq(y.truth())), int V::flag_not(x.truth().eq(y.truth())), cuda "!x != !y", cost 40;
    }
    ternary {
        Where "where" |x, y, z| float V::select(x.eq(V::zero()), z, y), int V::select(x.eq(V::zero()), z, y), cuda "x != 0 ? y : z", cost 40;
        Addcmul "addcmul" |x, y, z| float x.add(y.mul(z)), int x.add(y.mul(z)), cuda "math::add(x, math::mul(y, z))", cost 50;
    }
    source {
        Random "random" cuda "math::random<T>(index, seed, base)", cost 1000;
    }
}

impl Op {
    /// The op of a row.
    #[inline]
    pub fn from_row(row: usize) -> Option<Op> {
        ROWS.get(row).map(|row| row.op)
    }

    /// What is known of it.
    #[inline]
    pub fn row(self) -> &'static Row {
        &ROWS[self as usize]
    }

    /// Whether it can be computed in a class.
    #[inline]
    pub fn exists_in(self, class: Class) -> bool {
        match class {
            Class::F32 | Class::F64 => self.row().float,
            Class::I32 => self.row().int,
        }
    }
}
