//! Folds against loops over rounds.

use super::*;
use crate::dtype::DType;
use crate::ops::Op;
use crate::testing::{Call, ProgramText, on_each_tier};

/// `out = before / 2 + x`, where `before` is what the round before has stored.
fn halving() -> ProgramText {
    ProgramText {
        inputs: vec![DType::F32; 2],
        outputs: vec![DType::F32],
        consts: vec![0.5],
        code: vec![
            [0, 0, 0, 0],
            [2 + Op::Mul as usize, 0, 96, 0],
            [2 + Op::Add as usize, 0, 1, 0],
            [1, 0, 32, 0],
        ],
        ..ProgramText::default()
    }
}

/// A fold of `x`, of which element `[round, i]` lies at `round * steps[0] + i * steps[1]`.
fn call(rounds: usize, row: usize, x: &[f32], steps: [i64; 2], states: &mut [f32], kept: bool) -> Call {
    let mut call = Call::default();
    call.program(&halving());
    call.words.extend([2.0, rounds as f64, row as f64]);
    let (address, bytes) = (states.as_mut_ptr() as usize, size_of_val(states));
    let step = if kept { row as i64 } else { 0 };
    call.place(address, bytes, 0);
    call.strides(&[step, 1]);
    call.data(x);
    call.strides(&steps);
    call.place(address, bytes, step);
    call.strides(&[step, 1]);
    call
}

#[test]
fn each_round_reads_what_the_one_before_has_stored() {
    for (rounds, row) in [
        (1, 1),
        (7, 1),
        (300, 3),
        (5, 64),
        (9, 255),
        (40, 257),
        (33, 5000),
        (0, 4),
        (4, 0),
    ] {
        let x: Vec<f32> = (0..rounds * row).map(|i| (i * 37 % 101) as f32 - 50.0).collect();
        for (steps, kept) in [
            ([row, 1], false),
            ([row, 1], true),
            ([1, rounds], false),
            ([1, rounds], true),
        ] {
            let mut wanted = vec![vec![1.0f32; row]];
            for round in 0..rounds {
                let next = |i: usize| wanted[round][i] * 0.5 + x[round * steps[0] + i * steps[1]];
                wanted.push((0..row).map(next).collect());
            }
            on_each_tier(|tier| {
                let mut states = vec![1.0f32; row * if kept { rounds + 1 } else { 1 }];
                let call = call(rounds, row, &x, steps.map(|step| step as i64), &mut states, kept);
                call.bound(Fold::read, Fold::bind).unwrap().run();
                let expected = if kept {
                    wanted.concat()
                } else {
                    wanted[rounds].clone()
                };
                assert_eq!(states, expected, "{rounds} rounds of {row} on {tier:?}");
            });
        }
    }
}

#[test]
fn a_fold_that_threads_could_not_share_is_refused() {
    let x = [0.0; 12];
    let refused = |steps: [f64; 2]| {
        let mut states = [0.0; 16];
        let mut call = call(3, 4, &x, [4, 1], &mut states, true);
        let at = call.words.len() - 2;
        call.words[at..].copy_from_slice(&steps);
        call.bound(Fold::read, Fold::bind).is_err()
    };
    assert!(!refused([4.0, 1.0]));
    for steps in [
        [1.0, 1.0],
        [0.0, 0.0],
        [3.0, 1.0],
        [4.0, 0.0],
        [-4.0, 1.0],
        [5.0, 1.0],
    ] {
        assert!(refused(steps), "{steps:?}");
    }
    let mut call = Call::default();
    call.program(&halving());
    call.words.push(0.0);
    assert!(call.bound(Fold::read, Fold::bind).is_err(), "no axis");
}
