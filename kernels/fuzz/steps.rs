//! Random steps.

use super::{BYTES, Fuzz, INDICES, MEMORIES};
use crate::device::Family;
use crate::dtype::DType;
use crate::testing::{Placed, ProgramText, random_dims, random_layout};

impl Fuzz {
    /// Adds a random step.
    pub fn step(&mut self, family: Family) {
        self.push(family as usize);
        match family {
            Family::Map => self.map(),
            Family::Reduce => self.reduce(),
            Family::Matmul => self.matmul(),
            Family::Gather => self.moving(true),
            Family::ScatterAdd => self.moving(false),
            Family::Fold => self.fold(),
        }
    }

    /// Adds a word.
    pub fn push(&mut self, word: usize) {
        self.call.words.push(word as f64);
    }

    fn dims(&mut self, dims: &[usize]) {
        self.push(dims.len());
        self.call.words.extend(dims.iter().map(|&dim| dim as f64));
    }

    /// An offset, whole or with parts that are parameters.
    fn offset(&mut self, offset: i64) {
        let shifts = if self.rng.once_in(4) {
            1 + self.rng.below(2)
        } else {
            0
        };
        let mut parts = Vec::new();
        let mut rest = offset;
        for _ in 0..shifts {
            let (value, stride) = (self.rng.below(9) as i64 - 4, self.rng.below(40) as i64 - 20);
            parts.extend([self.call.params.len() as f64, stride as f64]);
            self.call.params.push(value as f64);
            rest -= value * stride;
        }
        self.call.words.extend([rest as f64, shifts as f64]);
        self.call.words.extend(parts);
    }

    fn place(&mut self, memory: usize, offset: i64) {
        self.push(memory);
        self.offset(offset);
    }

    fn operand(&mut self, memory: usize, placed: &Placed) {
        self.place(memory, placed.offset);
        self.call.strides(&placed.strides);
    }

    /// A layout that fits a memory.
    fn layout(&mut self, dtype: DType, dims: &[usize], distinct: bool) -> Placed {
        loop {
            let placed = random_layout(&mut self.rng, dims, distinct);
            if placed.elements * dtype.size() <= BYTES {
                return placed;
            }
        }
    }

    fn input(&mut self, dtype: DType, dims: &[usize]) {
        let placed = self.layout(dtype, dims, false);
        if dtype == DType::Index {
            self.offset(placed.offset);
            self.call.strides(&placed.strides);
            return;
        }
        let memory = self.rng.below(MEMORIES);
        self.operand(memory, &placed);
    }

    fn output_memory(&mut self) -> usize {
        INDICES + self.rng.below(MEMORIES - INDICES)
    }

    fn output(&mut self, dtype: DType, dims: &[usize]) {
        let placed = self.layout(dtype, dims, true);
        let memory = self.output_memory();
        self.operand(memory, &placed);
    }

    fn small_dims(&mut self, most_axes: usize) -> Vec<usize> {
        loop {
            let dims = random_dims(&mut self.rng, most_axes);
            // Gaps may triple each axis.
            if dims.iter().map(|&dim| dim.max(1)).product::<usize>() <= 60
                || self.rng.once_in(50) && dims.len() < 3
            {
                return dims;
            }
        }
    }

    fn map(&mut self) {
        let outputs = 1 + self.rng.below(3);
        let text = ProgramText::random(&mut self.rng, outputs);
        let jobs = 1 + self.rng.below(2);
        self.call.program(&text);
        self.push(jobs);
        for _ in 0..jobs {
            let dims = self.small_dims(4);
            self.dims(&dims);
            text.inputs.iter().for_each(|&dtype| self.input(dtype, &dims));
            text.outputs.iter().for_each(|&dtype| self.output(dtype, &dims));
        }
    }

    /// A program along an axis; its outputs have a row for each round, or one for all of them.
    fn fold(&mut self) {
        let text = ProgramText::random(&mut self.rng, 1);
        let dims = loop {
            let mut dims = self.small_dims(2);
            dims.insert(0, self.rng.below(5));
            if dims.iter().map(|&dim| dim.max(1)).product::<usize>() <= 60 {
                break dims;
            }
        };
        self.call.program(&text);
        self.dims(&dims);
        text.inputs.iter().for_each(|&dtype| self.input(dtype, &dims));
        if self.rng.once_in(2) {
            return self.output(text.outputs[0], &dims);
        }
        let mut placed = self.layout(text.outputs[0], &dims[1..], true);
        placed.strides.insert(0, 0);
        let memory = self.output_memory();
        self.operand(memory, &placed);
    }

    /// The place of a contiguous result, whose words are returned.
    fn result(&mut self) -> Vec<f64> {
        let (memory, offset) = (self.output_memory(), self.rng.below(4) as i64);
        let start = self.call.words.len();
        self.place(memory, offset);
        self.call.words[start..].to_vec()
    }

    /// A map over a result at this place, or none.
    fn epilogue(&mut self, dtype: DType, dims: &[usize], result: Vec<f64>) {
        let wanted = self.rng.once_in(3);
        self.push(usize::from(wanted));
        if !wanted {
            return;
        }
        let mut text = ProgramText::random(&mut self.rng, 1);
        if text.inputs.first() != Some(&dtype) {
            let class = if dtype == DType::F64 {
                1
            } else {
                2 * usize::from(dtype != DType::F32)
            };
            let code = vec![[0, class, 0, 0], [1, class, 32, 0]];
            text = ProgramText {
                inputs: vec![dtype],
                outputs: vec![dtype],
                code,
                ..ProgramText::default()
            };
        }
        self.call.program(&text);
        self.push(1);
        self.dims(dims);
        self.call.words.extend(result);
        self.call.strides(&contiguous(dims).strides);
        text.inputs[1..].iter().for_each(|&dtype| self.input(dtype, dims));
        text.outputs.iter().for_each(|&dtype| self.output(dtype, dims));
    }

    fn reduce(&mut self) {
        let text = ProgramText::random(&mut self.rng, 0);
        let dtype = self
            .rng
            .pick(&[DType::F32, DType::F64, DType::I32, DType::U8, DType::Bool]);
        let dims = self.small_dims(4);
        let reduced: Vec<bool> = dims.iter().map(|_| self.rng.once_in(2)).collect();
        let kept: Vec<usize> = dims
            .iter()
            .zip(&reduced)
            .filter(|(_, reduced)| !**reduced)
            .map(|(&dim, _)| dim)
            .collect();
        let combine = self.rng.below(8);
        self.call.words.extend([combine as f64, f64::from(dtype as u8)]);
        self.dims(&dims);
        self.call
            .words
            .extend(reduced.iter().map(|&reduced| f64::from(u8::from(reduced))));
        let result = self.result();
        self.call.program(&text);
        text.inputs.iter().for_each(|&dtype| self.input(dtype, &dims));
        self.epilogue(dtype, &kept, result);
    }

    fn matmul(&mut self) {
        let dtype = self.rng.pick(&[DType::F32, DType::F64, DType::I32]);
        let batch: Vec<usize> = (0..self.rng.below(3)).map(|_| self.rng.below(4)).collect();
        let (most, deepest) = self.rng.pick(&[(2, 100), (5, 5), (14, 14)]);
        let [m, n, k] = [most, most, deepest].map(|most| self.rng.below(most));
        self.push(dtype as usize);
        self.push(0);
        self.dims(&batch);
        [m, n, k].iter().for_each(|&dim| self.push(dim));
        let shape = |matrix: [usize; 2]| [&batch[..], &matrix].concat();
        self.input(dtype, &shape([m, k]));
        self.input(dtype, &shape([k, n]));
        let result = self.result();
        self.epilogue(dtype, &shape([m, n]), result);
    }

    /// The common part of moves; the picked side comes first or last.
    fn moving(&mut self, gather: bool) {
        let dtypes = [DType::F32, DType::F64, DType::I32, DType::U8, DType::Bool];
        let dtype = self.rng.pick(if gather { &dtypes } else { &dtypes[..3] });
        let (dims, picked, axis, size) = loop {
            let mut dims = self.small_dims(3);
            dims.push(1 + self.rng.below(4));
            let axis = self.rng.below(dims.len());
            let size = self.rng.pick(&[6, 6, 6, 9, 1]);
            let mut picked = dims.clone();
            picked[axis] = size;
            if [&dims, &picked]
                .iter()
                .all(|dims| dims.iter().product::<usize>() * 8 <= BYTES)
            {
                break (dims, picked, axis, size);
            }
        };
        self.push(dtype as usize);
        self.dims(&dims);
        self.call.words.extend([axis as f64, size as f64]);
        self.input(dtype, if gather { &picked } else { &dims });
        let placed = self.layout(DType::I32, &dims, false);
        let index = self.rng.below(INDICES + 1);
        self.operand(index, &placed);
        self.result();
        if !gather {
            self.call.strides(&contiguous(&picked).strides);
        }
    }
}

fn contiguous(dims: &[usize]) -> Placed {
    let strides = (0..dims.len())
        .map(|axis| dims[axis + 1..].iter().product::<usize>() as i64)
        .collect();
    Placed {
        offset: 0,
        strides,
        elements: dims.iter().product(),
    }
}
