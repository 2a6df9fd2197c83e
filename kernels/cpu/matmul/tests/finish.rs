//! Epilogues in loops of their own against a machine for any program, bit for bit.

use super::*;
use crate::ops::Op;
use crate::testing::ProgramText;

/// The other input of an epilogue.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Other {
    /// It lies as the results do.
    Whole,
    /// One row for all rows.
    Row,
    /// One column for all columns.
    Column,
}

const OTHERS: [Other; 3] = [Other::Whole, Other::Row, Other::Column];
const CONSTS: [f64; 2] = [3.0, -2.0];
/// Codes without their class: what each of the forms is, and programs that are nearly so.
const FORMS: [(&[[usize; 4]], bool); 7] = [
    (&[[0, 0, 0, 0], [ADD, 0, 1, 0], STORE], true),
    (&[[0, 0, 0, 0], [ADD, 0, 1, 0], [RELU, 0, 0, 0], STORE], true),
    (&[[0, 0, 1, 0], [ADDCMUL, 0, 0, 96], STORE], true),
    (&[[0, 0, 1, 0], [GT, 0, 96, 0], [WHERE, 0, 0, 97], STORE], true),
    (&[[0, 0, 0, 0], [ADD, 0, 96, 0], STORE], false),
    (&[[0, 0, 1, 0], [ADDCMUL, 0, 96, 0], STORE], false),
    (&[[0, 0, 1, 0], [GT, 0, 0, 0], [WHERE, 0, 0, 97], STORE], false),
];
const ADD: usize = 2 + Op::Add as usize;
const RELU: usize = 2 + Op::Relu as usize;
const ADDCMUL: usize = 2 + Op::Addcmul as usize;
const GT: usize = 2 + Op::Gt as usize;
const WHERE: usize = 2 + Op::Where as usize;
const STORE: [usize; 4] = [1, 0, 32, 0];

fn check_forms<E: Number>(batch: usize, size: [usize; 3], other: Other) {
    let [m, n, k] = size;
    let a = Matrices::<E>::new(batch, m, k, Lie::Rows, false, 1);
    let b = Matrices::<E>::new(batch, k, n, Lie::Columns, false, 2);
    let y: Vec<E> = (0..batch * m * n)
        .map(|i| E::of(i as i64 * 37 % 101 - 50))
        .collect();
    let columns = n as i64;
    let strides = match other {
        Other::Whole => [m as i64 * columns, columns, 1],
        Other::Row => [0, 0, 1],
        Other::Column => [0, 1, 0],
    };
    for (code, known) in FORMS {
        let class = E::CODE as usize;
        let dtype = [DType::F32, DType::F64, DType::I32][class];
        let code = code.iter().map(|&[op, _, a, b]| [op, class, a, b]).collect();
        let (inputs, outputs, consts) = (vec![dtype; 2], vec![dtype], CONSTS.to_vec());
        let text = ProgramText {
            inputs,
            outputs,
            consts,
            code,
            ..Default::default()
        };
        let mut c = vec![E::of(99); y.len()];
        let mut call = descriptor(&a, &b, batch, size, &mut c);
        *call.words.last_mut().unwrap() = 1.0;
        call.program(&text);
        call.words.extend([1.0, 3.0, batch as f64, m as f64, n as f64]);
        let whole = [m as i64 * columns, columns, 1];
        call.result(&mut c);
        call.strides(&whole);
        call.data(&y);
        call.strides(&strides);
        call.result(&mut c);
        call.strides(&whole);
        for &tier in tiers() {
            let mut matmul = bound(&call).unwrap();
            let flat = other != Other::Whole && (m == 1 || n == 1);
            assert!(
                flat || matmul.finish.is_some() == (known && other != Other::Column),
                "{text:?} {other:?}"
            );
            let mut results = || {
                run_on(tier, &matmul);
                matmul.finish = None;
                c.iter().map(|x| x.bits()).collect::<Vec<u64>>()
            };
            assert_eq!(
                results(),
                results(),
                "{tier:?} {batch} × {size:?} {other:?} {text:?}"
            );
        }
    }
}

#[test]
fn a_loop_of_its_own_gives_the_bits_of_a_machine() {
    let sizes = [
        [10, 100, 20],
        [1, 70, 9],
        [5, 1, 7],
        [50, 3, 10],
        [130, 300, 40],
        [4, 33, 16],
    ];
    for (batch, size) in [1, 3]
        .into_iter()
        .flat_map(|batch| sizes.map(|size| (batch, size)))
    {
        for other in OTHERS {
            check_forms::<f32>(batch, size, other);
            check_forms::<f64>(batch, size, other);
            check_forms::<i32>(batch, size, other);
        }
    }
}
