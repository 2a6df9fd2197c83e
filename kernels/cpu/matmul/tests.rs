//! Every path against one plain definition, bit for bit.

mod finish;

use super::*;
use crate::cpu::simd::{Element, Tier, dispatch_on, tiers};
use crate::testing::Call;

/// Runs a product on one of the machine's tiers. It is compiled once, which takes a minute: tests are generic.
#[inline(never)]
fn run_on(tier: Tier, matmul: &Matmul) {
    // SAFETY: the tier is one of the machine's.
    unsafe { dispatch_on(tier, Run(matmul)) };
}

/// What a test needs of a dtype.
trait Number: Element {
    const CODE: f64;
    fn of(x: i64) -> Self;
    fn mul_add(self, b: Self, c: Self) -> Self;
    fn plus(self, o: Self) -> Self;
    fn bits(self) -> u64;
}

macro_rules! floats {
    ($($ty:ident $code:literal)*) => { $(impl Number for $ty {
        const CODE: f64 = $code as f64;
        fn of(x: i64) -> Self { x as $ty / 7.0 }
        fn mul_add(self, b: Self, c: Self) -> Self { $ty::mul_add(self, b, c) }
        fn plus(self, o: Self) -> Self { self + o }
        fn bits(self) -> u64 { u64::from(self.to_bits()) }
    })* };
}
floats!(f32 0 f64 1);

impl Number for i32 {
    const CODE: f64 = 2.0;
    fn of(x: i64) -> Self {
        (x as i32).wrapping_mul(77_777_777)
    }
    fn mul_add(self, b: Self, c: Self) -> Self {
        self.wrapping_mul(b).wrapping_add(c)
    }
    fn plus(self, o: Self) -> Self {
        self.wrapping_add(o)
    }
    fn bits(self) -> u64 {
        self as u32 as u64
    }
}

/// How a matrix lies in its storage.
#[derive(Clone, Copy, Debug)]
enum Lie {
    Rows,
    Columns,
    Sliced,
    Backwards,
    Spread,
}
const LIES: [Lie; 5] = [Lie::Rows, Lie::Columns, Lie::Sliced, Lie::Backwards, Lie::Spread];

/// A batch of matrices in storage of its own.
struct Matrices<E> {
    data: Vec<E>,
    offset: usize,
    batch: i64,
    row: i64,
    column: i64,
}

impl<E: Number> Matrices<E> {
    fn new(batch: usize, rows: usize, columns: usize, lie: Lie, shared: bool, seed: i64) -> Self {
        let (r, c) = (rows as i64, columns as i64);
        let (row, column) = match lie {
            Lie::Rows => (c, 1),
            Lie::Columns => (1, r),
            Lie::Sliced => (c + 5, 1),
            Lie::Backwards => (-c, -1),
            Lie::Spread => (3 * c + 1, 3),
        };
        let size = row.abs() * r + column.abs() * c + 1;
        let offset = if row < 0 {
            row.abs() * (r - 1).max(0) + (c - 1).max(0)
        } else {
            0
        };
        let copies = if shared { 1 } else { batch as i64 };
        let random = |i: i64| (i + seed).wrapping_mul(2654435761).rem_euclid(1009) - 504;
        let data = (0..size * copies).map(|i| E::of(random(i))).collect();
        Matrices {
            data,
            offset: offset as usize,
            batch: if shared { 0 } else { size },
            row,
            column,
        }
    }

    fn at(&self, batch: usize, row: usize, column: usize) -> E {
        let distance = self.batch * batch as i64 + self.row * row as i64 + self.column * column as i64;
        self.data[(self.offset as i64 + distance) as usize]
    }

    fn describe(&self, call: &mut Call) {
        let bytes = self.data.len() * size_of::<E>();
        call.place(self.data.as_ptr() as usize, bytes, self.offset as i64);
        call.strides(&[self.batch, self.row, self.column]);
    }
}

/// The definition: one chain, or 16 lanes folded by halves.
fn naive<E: Number>(a: &Matrices<E>, b: &Matrices<E>, batch: usize, [m, n, k]: [usize; 3]) -> Vec<E> {
    let lanes = if m * n < 16 && k >= 64 { 16 } else { 1 };
    let mut c = Vec::new();
    for index in 0..batch * m * n {
        let (q, i, j) = (index / (m * n), index / n % m, index % n);
        let mut sums = vec![E::ZERO; lanes];
        for step in 0..k {
            let sum = &mut sums[step % lanes];
            *sum = a.at(q, i, step).mul_add(b.at(q, step, j), *sum);
        }
        while sums.len() > 1 {
            let upper = sums.split_off(sums.len() / 2);
            sums.iter_mut().zip(upper).for_each(|(x, y)| *x = x.plus(y));
        }
        c.push(sums[0]);
    }
    c
}

fn descriptor<E: Number>(
    a: &Matrices<E>,
    b: &Matrices<E>,
    batch: usize,
    size: [usize; 3],
    c: &mut [E],
) -> Call {
    let mut call = Call::default();
    call.words.extend([E::CODE, 0.0, 1.0, batch as f64]);
    call.words.extend(size.map(|x| x as f64));
    a.describe(&mut call);
    b.describe(&mut call);
    call.result(c);
    call.words.push(0.0);
    call
}

fn bound(call: &Call) -> Result<Matmul> {
    let read = |reader: &mut Reader| {
        let mut matmul = Matmul::new();
        matmul.read(reader).map(|()| matmul)
    };
    call.bound(read, Matmul::bind)
}

fn check<E: Number>(batch: usize, size: [usize; 3], lies: [Lie; 2], shared: [bool; 2]) {
    let [m, n, k] = size;
    let a = Matrices::<E>::new(batch, m, k, lies[0], shared[0], 1);
    let b = Matrices::<E>::new(batch, k, n, lies[1], shared[1], 2);
    let wanted = naive(&a, &b, batch, size);
    for &tier in tiers() {
        let mut c = vec![E::of(99); batch * m * n];
        let matmul = bound(&descriptor(&a, &b, batch, size, &mut c)).unwrap();
        if !matmul.is_empty() {
            run_on(tier, &matmul);
        }
        for (i, (x, y)) in c.iter().zip(&wanted).enumerate() {
            assert_eq!(
                x.bits(),
                y.bits(),
                "{tier:?} {batch} × {size:?} {lies:?} {shared:?} at {i}: {x:?}, not {y:?}"
            );
        }
    }
}

const SIZES: [[usize; 3]; 33] = [
    [1, 1, 1],
    [0, 3, 4],
    [3, 0, 4],
    [3, 4, 0],
    [1, 1, 64],
    [5, 3, 100],
    [15, 1, 63],
    [10, 1, 100],
    [100, 1, 10],
    [1, 100, 10],
    [10, 100, 2],
    [10, 100, 100],
    [100, 100, 10],
    [7, 33, 17],
    [13, 65, 31],
    [25, 48, 9],
    [16, 40, 9],
    [97, 130, 70],
    [4, 300, 5],
    [2, 2, 1000],
    [61, 17, 1],
    [1, 150, 90],
    [90, 1, 150],
    [3, 300, 90],
    [6, 129, 100],
    [13, 10, 250],
    [8, 7, 12],
    [2, 64, 4],
    [3, 50, 36],
    [6, 33, 12],
    [7, 100, 8],
    [8, 61, 16],
    [12, 90, 20],
];

#[test]
fn every_layout_and_tier_gives_the_bits_of_the_definition() {
    for size in SIZES {
        for a in LIES {
            for b in LIES {
                check::<f32>(1, size, [a, b], [false, false]);
            }
        }
        for (a, b) in LIES.into_iter().zip(LIES.into_iter().rev()) {
            check::<f64>(1, size, [a, b], [false, false]);
            check::<i32>(1, size, [a, b], [false, false]);
        }
    }
}

#[test]
fn a_few_rows_times_contiguous_columns_are_turned() {
    let way = |size: [usize; 3], lie: Lie| {
        let [m, n, k] = size;
        let a = Matrices::<f32>::new(1, m, k, Lie::Rows, false, 1);
        let b = Matrices::<f32>::new(1, k, n, lie, false, 2);
        bound(&descriptor(&a, &b, 1, size, &mut vec![0f32; m * n]))
            .unwrap()
            .report()
            .path
    };
    for size in [[2, 64, 4], [8, 100, 100], [5, 128, 508]] {
        assert_eq!(way(size, Lie::Columns), "strided, B turned", "{size:?}");
        assert_eq!(way(size, Lie::Rows), "contiguous, in place", "{size:?}");
    }
    let others = [[13, 64, 4], [8, 100, 99], [8, 100, 512], [8, 1000, 100]];
    for size in others {
        assert_eq!(way(size, Lie::Columns), "strided, B packed", "{size:?}");
    }
}

#[test]
fn batches_may_share_an_operand() {
    for size in [
        [10, 20, 30],
        [1, 20, 30],
        [5, 1, 7],
        [3, 3, 70],
        [1, 1, 64],
        [20, 0, 3],
        [4, 5, 0],
    ] {
        for batch in [0, 1, 2, 9] {
            for shared in [[false, false], [true, false], [false, true], [true, true]] {
                for lie in [Lie::Rows, Lie::Columns] {
                    check::<f32>(batch, size, [lie, lie], shared);
                }
            }
        }
    }
}

#[test]
fn the_number_of_threads_and_the_parts_of_the_depth_leave_no_trace() {
    for threads in [1, 2, 7] {
        crate::cpu::threads::set_threads(threads);
        check::<f32>(1, [130, 300, 100], [Lie::Rows, Lie::Columns], [false; 2]);
        check::<f32>(1, [250, 150, 100], [Lie::Columns, Lie::Rows], [false; 2]);
        check::<f64>(1, [70, 300, 190], [Lie::Rows, Lie::Rows], [false; 2]);
        check::<f32>(40, [30, 70, 50], [Lie::Rows, Lie::Rows], [false; 2]);
        check::<f32>(1, [40_000, 1, 20], [Lie::Rows, Lie::Rows], [false; 2]);
        check::<f32>(1, [3, 3, 100_000], [Lie::Rows, Lie::Columns], [false; 2]);
    }
    crate::cpu::threads::set_threads(0);
}

#[test]
fn descriptors_that_leave_their_operands_are_refused() {
    let a = Matrices::<f32>::new(1, 4, 5, Lie::Rows, false, 1);
    let b = Matrices::<f32>::new(1, 5, 6, Lie::Rows, false, 2);
    let mut c = [0f32; 24];
    let call = descriptor(&a, &b, 1, [4, 6, 5], &mut c);
    assert!(bound(&call).is_ok());
    let refused = |place: usize, word: f64| {
        let mut call = call.clone();
        call.words[place] = word;
        bound(&call).is_err()
    };
    assert!(refused(0, 3.0), "a dtype without products");
    assert!(refused(4, 5.0), "more rows than C has");
    assert!(refused(6, 9.0), "more steps than A has");
    assert!(refused(11, -6.0), "rows of A before its storage");
    assert!(refused(17, 9e15), "a stride beyond memory");
}

/// Adds an epilogue: `out = relu(result + bias)`, in place; the bias is a row.
fn bias_and_relu(call: &mut Call, c: &mut [f32], bias: &[f32], rows: usize) {
    let op = |name: &str| 2.0 + crate::ops::ROWS.iter().position(|row| row.name == name).unwrap() as f64;
    let program = [
        [0.0, 0.0, 0.0, 0.0],
        [op("add"), 0.0, 1.0, 0.0],
        [op("relu"), 0.0, 0.0, 0.0],
        [1.0, 0.0, 32.0, 0.0],
    ];
    call.words.extend([2.0, 1.0, 0.0, 0.0, 4.0, 0.0, 0.0, 0.0]);
    call.words.extend(program.as_flattened());
    call.words.extend([1.0, 2.0, rows as f64, bias.len() as f64]);
    let columns = bias.len() as i64;
    call.result(c);
    call.strides(&[columns, 1]);
    call.data(bias);
    call.strides(&[0, 1]);
    call.result(c);
    call.strides(&[columns, 1]);
}

#[test]
fn an_epilogue_starts_from_the_rounded_product() {
    for size in [
        [10, 100, 20],
        [100, 1, 30],
        [130, 300, 100],
        [3, 4, 70],
        [50, 270, 3],
        [20, 30, 0],
        [0, 30, 4],
    ] {
        let [m, n, k] = size;
        let a = Matrices::<f32>::new(1, m, k, Lie::Rows, false, 1);
        let b = Matrices::<f32>::new(1, k, n, Lie::Rows, false, 2);
        let bias: Vec<f32> = (0..n).map(|j| f32::of(j as i64 * 37 - 900)).collect();
        let wanted: Vec<f32> = (naive(&a, &b, 1, size).iter().enumerate())
            .map(|(i, &x)| (x + bias[i % n]).max(0.0))
            .collect();
        let mut c = vec![9f32; m * n];
        let mut call = descriptor(&a, &b, 1, size, &mut c);
        *call.words.last_mut().unwrap() = 1.0;
        bias_and_relu(&mut call, &mut c, &bias, m);
        bound(&call).unwrap().run().unwrap();
        assert_eq!(c, wanted, "{size:?}");
    }
}
