//! Every combine against one plain definition of the order, bit for bit.

mod definition;

use self::definition::{Plain, naive_find, naive_fold};
use super::*;
use crate::cpu::simd::tiers;
use crate::testing::{Call, on_each_tier};

/// A tensor whose axes lie in memory in another order, with gaps.
struct Tensor<E> {
    data: Vec<E>,
    dims: Vec<usize>,
    strides: Vec<usize>,
}

impl<E: Plain> Tensor<E> {
    /// `order` lists the axes from the outermost in memory to the innermost; `gap` is the step of the innermost.
    fn new(dims: &[usize], order: &[usize], gap: usize, seed: i64) -> Self {
        let mut strides = vec![0; dims.len()];
        let mut stride = gap;
        for &axis in order.iter().rev() {
            strides[axis] = stride;
            stride *= dims[axis];
        }
        let random = |i: usize| (i as i64 + seed).wrapping_mul(2654435761).rem_euclid(4093) - 2046;
        let data = (0..stride.max(1)).map(|i| E::of(random(i))).collect();
        Tensor {
            data,
            dims: dims.to_vec(),
            strides,
        }
    }

    fn at(&self, flat: usize) -> E {
        let (mut rest, mut place) = (flat, 0);
        for (&dim, &stride) in self.dims.iter().zip(&self.strides).rev() {
            place += rest % dim * stride;
            rest /= dim;
        }
        self.data[place]
    }
}

/// For each result the elements that it folds, in order.
fn groups<E: Plain>(tensor: &Tensor<E>, reduced: &[bool]) -> Vec<Vec<E>> {
    let product = |wanted: bool| -> usize {
        tensor
            .dims
            .iter()
            .zip(reduced)
            .filter(|&(_, &r)| r == wanted)
            .map(|(&dim, _)| dim)
            .product()
    };
    let mut groups = vec![Vec::new(); product(false)];
    for flat in 0..tensor.dims.iter().product() {
        let (mut rest, mut result, mut step) = (flat, 0, 1);
        for (&dim, &reduced) in tensor.dims.iter().zip(reduced).rev() {
            if !reduced {
                result += rest % dim * step;
                step *= dim;
            }
            rest /= dim;
        }
        groups[result].push(tensor.at(flat));
    }
    groups
}

fn descriptor<E: Plain, R>(
    combine: Combine,
    tensor: &Tensor<E>,
    reduced: &[bool],
    out: (f64, &mut [R]),
) -> Call {
    let mut call = Call::default();
    call.words
        .extend([combine as u8 as f64, out.0, tensor.dims.len() as f64]);
    call.words.extend(tensor.dims.iter().map(|&dim| dim as f64));
    call.words
        .extend(reduced.iter().map(|&reduced| f64::from(u8::from(reduced))));
    call.result(out.1);
    let dtype = f64::from(E::CLASS.dtype() as u8);
    call.words
        .extend([1.0, 0.0, 0.0, 0.0, 1.0, dtype, 0.0, dtype, 0.0, 0.0]);
    call.data(&tensor.data);
    call.words
        .extend(tensor.strides.iter().map(|&stride| stride as f64));
    call.words.push(0.0);
    call
}

fn bound(call: &Call) -> Result<Reduce> {
    let read = |reader: &mut Reader| {
        let mut reduce = Reduce::new();
        reduce.read(reader).map(|()| reduce)
    };
    call.bound(read, Reduce::bind)
}

fn run_on(tier: Tier, call: &Call) {
    let reduce = bound(call).unwrap();
    // SAFETY: the tier is one of the machine's.
    unsafe { reduce.run_on(tier, None) };
}

const FOLDS: [Combine; 6] = [
    Combine::Sum,
    Combine::Prod,
    Combine::Max,
    Combine::Min,
    Combine::Any,
    Combine::All,
];
const FINDS: [Combine; 2] = [Combine::ArgMax, Combine::ArgMin];

fn check<E: Plain>(tensor: &Tensor<E>, reduced: &[bool], combines: &[Combine]) {
    let groups = groups(tensor, reduced);
    let last = (0..tensor.dims.len()).rfind(|&axis| tensor.dims[axis] != 1);
    let row = last.is_some_and(|axis| reduced[axis]);
    for &combine in combines {
        for &tier in tiers() {
            let context = |i: usize| {
                format!(
                    "{combine:?} {tier:?} {:?} {:?} {reduced:?} at {i}",
                    tensor.dims, tensor.strides
                )
            };
            if combine.finds() {
                let mut out = vec![-1i32; groups.len()];
                run_on(tier, &descriptor(combine, tensor, reduced, (2.0, &mut out)));
                for (i, (&x, group)) in out.iter().zip(&groups).enumerate() {
                    assert_eq!(x, naive_find(combine, group), "{}", context(i));
                }
            } else {
                let mut out = vec![E::of(77); groups.len()];
                run_on(
                    tier,
                    &descriptor(
                        combine,
                        tensor,
                        reduced,
                        (f64::from(E::CLASS.dtype() as u8), &mut out),
                    ),
                );
                for (i, (&x, group)) in out.iter().zip(&groups).enumerate() {
                    assert_eq!(x.bits(), naive_fold(combine, group, row).bits(), "{}", context(i));
                }
            }
        }
    }
}

const SHAPES: [&[usize]; 12] = [
    &[],
    &[1],
    &[10],
    &[63],
    &[10, 100],
    &[1, 5, 1],
    &[3, 4, 5],
    &[2, 130, 3],
    &[7, 300],
    &[2, 9000],
    &[300, 70],
    &[4, 2, 3, 40],
];

#[test]
fn every_layout_and_tier_gives_the_bits_of_the_definition() {
    for dims in SHAPES {
        let axes: Vec<usize> = (0..dims.len()).collect();
        let backwards: Vec<usize> = axes.iter().rev().copied().collect();
        for (order, gap) in [(&axes, 1), (&backwards, 1), (&axes, 3)] {
            for mask in 0..1u32 << dims.len() {
                let reduced: Vec<bool> = axes.iter().map(|axis| mask >> axis & 1 == 1).collect();
                check::<f32>(&Tensor::new(dims, order, gap, 1), &reduced, &FOLDS);
                check::<f32>(&Tensor::new(dims, order, gap, 1), &reduced, &FINDS);
                check::<f64>(
                    &Tensor::new(dims, order, gap, 2),
                    &reduced,
                    &[Combine::Sum, Combine::ArgMax],
                );
                check::<i32>(&Tensor::new(dims, order, gap, 3), &reduced, &FOLDS);
            }
        }
    }
}

#[test]
fn the_number_of_threads_leaves_no_trace() {
    let cases: [(&[usize], &[bool]); 6] = [
        (&[3_000_000], &[true]),
        (&[3, 700_000], &[false, true]),
        (&[50_000, 31], &[false, true]),
        (&[50_000, 31], &[true, false]),
        (&[900, 2500], &[true, false]),
        (&[20, 300, 257], &[false, true, false]),
    ];
    for threads in [1, 2, 7] {
        threads::set_threads(threads);
        for (dims, reduced) in cases {
            let order: Vec<usize> = (0..dims.len()).collect();
            check::<f32>(
                &Tensor::new(dims, &order, 1, 5),
                reduced,
                &[Combine::Sum, Combine::Max, Combine::ArgMin],
            );
        }
    }
    threads::set_threads(0);
}

#[test]
fn the_first_of_equal_extremes_is_found_in_any_lane() {
    for place in [0, 1, 15, 16, 40, 63, 64, 70] {
        let mut tensor = Tensor::<f32>::new(&[2, 71], &[0, 1], 1, 1);
        for i in [place, 71 + place, 70, 141] {
            tensor.data[i] = 1e6;
        }
        check(&tensor, &[false, true], &FINDS);
        tensor.data[place] = f32::NAN;
        tensor.data[141] = f32::NAN;
        check(&tensor, &[false, true], &FINDS);
    }
}

#[test]
fn nan_is_the_extreme_and_minus_zero_is_below_zero() {
    let mut tensor = Tensor::<f32>::new(&[5000], &[0], 1, 1);
    tensor.data[4500] = f32::NAN;
    tensor.data[4700] = f32::NAN;
    check(&tensor, &[true], &FOLDS);
    check(&tensor, &[true], &FINDS);
    let zeros = Tensor {
        data: vec![-0.0f32, 0.0, -0.0],
        dims: vec![3],
        strides: vec![1],
    };
    check(&zeros, &[true], &FOLDS);
    check(&zeros, &[true], &FINDS);
}

#[test]
fn a_fold_of_nothing_is_the_identity_and_has_no_extreme() {
    let tensor = Tensor::<f32>::new(&[3, 0], &[0, 1], 1, 1);
    check(&tensor, &[false, true], &FOLDS);
    let mut out = [0i32; 3];
    let call = descriptor(Combine::ArgMax, &tensor, &[false, true], (2.0, &mut out));
    assert!(bound(&call).is_err());
    let none = Tensor::<f32>::new(&[0, 3], &[0, 1], 1, 1);
    check(&none, &[false, true], &FOLDS);
    check(&none, &[false, true], &FINDS);
}

#[test]
fn sums_are_accurate() {
    let tensor = Tensor::<f32>::new(&[1_000_000], &[0], 1, 9);
    let exact: f64 = tensor.data.iter().map(|&x| f64::from(x)).sum();
    let size: f64 = tensor.data.iter().map(|&x| f64::from(x.abs())).sum();
    let mut out = [0f32];
    for &tier in tiers() {
        run_on(tier, &descriptor(Combine::Sum, &tensor, &[true], (0.0, &mut out)));
        assert!((f64::from(out[0]) - exact).abs() <= 100.0 * f64::from(f32::EPSILON) / 2.0 * size);
    }
}

#[test]
fn a_program_comes_before_and_an_epilogue_after() {
    let op = |name: &str| 2.0 + crate::ops::ROWS.iter().position(|row| row.name == name).unwrap() as f64;
    let cases: [(&[usize], [usize; 2], &[bool]); 5] = [
        (&[7, 300], [0, 1], &[false, true]),
        (&[7, 300], [1, 0], &[false, true]),
        (&[300, 70], [0, 1], &[true, false]),
        (&[300, 2000], [0, 1], &[true, false]),
        (&[3, 100_000], [0, 1], &[false, true]),
    ];
    for (dims, order, reduced) in cases {
        let tensor = Tensor::<f32>::new(dims, &order, 1, 4);
        let square = |group: &Vec<f32>| group.iter().map(|&x| x * x).collect::<Vec<f32>>();
        let wanted: Vec<f32> = (groups(&tensor, reduced).iter())
            .map(|group| naive_fold(Combine::Sum, &square(group), reduced[1]) * 0.25)
            .collect();
        let mut out = vec![0f32; wanted.len()];
        let mut call = descriptor(Combine::Sum, &tensor, reduced, (0.0, &mut out));
        let program = 2 + 1 + 2 * dims.len() + 3;
        call.words.splice(
            program + 4..program + 10,
            [2.0, 0.0, 0.0, 0.0, 0.0, 0.0, op("square"), 0.0, 0.0, 0.0],
        );
        *call.words.last_mut().unwrap() = 1.0;
        call.words
            .extend([1.0, 1.0, 0.0, 1.0, 3.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        call.words
            .extend([op("mul"), 0.0, 96.0, 0.0, 1.0, 0.0, 32.0, 0.0]);
        call.consts(&[0.25]);
        call.words.extend([1.0, 1.0, wanted.len() as f64]);
        for _ in 0..2 {
            call.result(&mut out);
            call.strides(&[1]);
        }
        on_each_tier(|tier| {
            out.fill(0.0);
            run_on(tier, &call);
            assert_eq!(out, wanted, "{dims:?} {order:?} {reduced:?} on {tier:?}");
        });
    }
}
