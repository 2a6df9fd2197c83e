//! Moves against loops over coordinates.

use super::*;
use crate::testing::Call;

const SHAPE: [usize; 3] = [5, 4, 6];
const SIZE: usize = 7;

fn strides(dims: [usize; 3]) -> [usize; 3] {
    [dims[1] * dims[2], dims[2], 1]
}

/// Adds an operand over the whole of `data`.
fn operand<E>(call: &mut Call, data: &[E], strides: [usize; 3]) {
    call.data(data);
    call.strides(&strides.map(|stride| stride as i64));
}

/// An index over the shape, constant along its last axis if `rows`.
fn index(rows: bool) -> Vec<i32> {
    (0..120)
        .map(|i| ((if rows { i / 6 } else { i } * 31 + 5) % SIZE) as i32)
        .collect()
}

/// A call that has begun.
fn call(dtype: f64, axis: usize) -> Call {
    let words = vec![dtype, 3.0, 5.0, 4.0, 6.0, axis as f64, SIZE as f64];
    Call {
        words,
        ..Call::default()
    }
}

fn gather(call: &Call) -> Result<()> {
    call.bound(Gather::read, Gather::bind).unwrap().run()
}

/// Where `coords` is in a side whose axis has `SIZE` entries, if the axis' coordinate is `place`.
fn place(axis: usize, flat: usize, place: usize) -> usize {
    let mut dims = SHAPE;
    let mut coords = [flat / 24, flat / 6 % 4, flat % 6];
    (dims[axis], coords[axis]) = (SIZE, place);
    coords
        .iter()
        .zip(strides(dims))
        .map(|(&coord, stride)| coord * stride)
        .sum()
}

fn sides(axis: usize) -> ([usize; 3], usize) {
    let mut dims = SHAPE;
    dims[axis] = SIZE;
    (strides(dims), dims.iter().product())
}

#[test]
fn gather_reads_along_any_axis() {
    for axis in 0..3 {
        for rows in [false, true] {
            let (source_strides, length) = sides(axis);
            let source: Vec<f32> = (0..length).map(|i| i as f32).collect();
            let index = index(rows);
            let mut out = [0f32; 120];
            let mut call = call(0.0, axis);
            operand(&mut call, &source, source_strides);
            let (index_strides, packed): ([usize; 3], Vec<i32>) = match rows {
                true => ([4, 1, 0], index.iter().step_by(6).copied().collect()),
                false => (strides(SHAPE), index.clone()),
            };
            operand(&mut call, &packed, index_strides);
            call.result(&mut out);
            gather(&call).unwrap();
            for (flat, &x) in out.iter().enumerate() {
                assert_eq!(
                    x,
                    source[place(axis, flat, index[flat] as usize)],
                    "axis {axis} at {flat}"
                );
            }
        }
    }
}

#[test]
fn scatter_add_adds_in_row_major_order() {
    for threads in [1, 2, 7] {
        threads::set_threads(threads);
        for axis in 0..3 {
            let (result_strides, length) = sides(axis);
            let source: Vec<f32> = (0..120).map(|i| 1.0 / (i + 1) as f32).collect();
            let index = index(false);
            let (mut out, mut wanted) = (vec![0f32; length], vec![0f32; length]);
            for flat in 0..120 {
                wanted[place(axis, flat, index[flat] as usize)] += source[flat];
            }
            let mut call = call(0.0, axis);
            operand(&mut call, &source, strides(SHAPE));
            operand(&mut call, &index, strides(SHAPE));
            call.result(&mut out);
            call.strides(&result_strides.map(|stride| stride as i64));
            let scatter = call.bound(ScatterAdd::read, ScatterAdd::bind).unwrap();
            scatter.run().unwrap();
            assert_eq!(out, wanted, "axis {axis}");
        }
    }
    threads::set_threads(0);
}

#[test]
fn an_index_out_of_range_is_refused_by_name() {
    for bad in [-1, SIZE as i32] {
        let source = [0i32; 120 / 4 * 7];
        let mut index = index(false);
        index[77] = bad;
        let mut out = [0i32; 120];
        let mut call = call(2.0, 1);
        operand(&mut call, &source, sides(1).0);
        operand(&mut call, &index, strides(SHAPE));
        call.result(&mut out);
        let error = gather(&call).unwrap_err();
        assert_eq!(
            error,
            Error::IndexRange {
                index: i64::from(bad),
                axis: 1,
                size: SIZE
            }
        );
    }
}
