//! Random valid programs.

use super::Rng;
use crate::dtype::{Class, DType};
use crate::ops::{Op, ROWS};

/// A valid program.
#[derive(Clone, Debug, Default)]
pub struct ProgramText {
    /// The dtypes of the inputs.
    pub inputs: Vec<DType>,
    /// The dtypes of the outputs.
    pub outputs: Vec<DType>,
    /// The dtypes of the spills.
    pub spills: Vec<DType>,
    /// The constants.
    pub consts: Vec<f64>,
    /// The instructions.
    pub code: Vec<[usize; 4]>,
}

const STORABLE: [DType; 5] = [DType::F32, DType::F64, DType::I32, DType::U8, DType::Bool];
const CLASSES: [Class; 3] = [Class::F32, Class::F64, Class::I32];
/// Slots of descriptors.
const OUTPUT: usize = 32;
const SPILL: usize = 64;
const CONST: usize = 96;

impl ProgramText {
    /// A random one, with outputs or without.
    pub fn random(rng: &mut Rng, outputs: usize) -> ProgramText {
        let mut text = ProgramText::default();
        let favourite = rng.pick(&STORABLE);
        let usual = |rng: &mut Rng| {
            if rng.once_in(2) {
                favourite
            } else {
                rng.pick(&STORABLE)
            }
        };
        text.inputs = (0..rng.below(5))
            .map(|_| if rng.once_in(6) { DType::Index } else { usual(rng) })
            .collect();
        text.outputs = (0..outputs).map(|_| usual(rng)).collect();
        text.spills = (0..rng.below(3)).map(|_| usual(rng)).collect();
        let special = [
            0.0,
            -0.0,
            1.0,
            -1.5,
            3.0,
            1e10,
            -1e300,
            f64::NAN,
            f64::INFINITY,
            255.0,
        ];
        text.consts = (0..2 + rng.below(3)).map(|_| rng.pick(&special)).collect();
        let mut stored = Vec::new();
        for _ in 0..1 + rng.below(3) {
            text.add_chain(rng, &mut stored);
        }
        let missing: Vec<usize> = (0..outputs)
            .filter(|&o| !text.code.iter().any(|i| i[0] == 1 && i[2] == OUTPUT + o))
            .collect();
        let class = text.code[text.code.len() - 1][1] & 15;
        missing
            .iter()
            .for_each(|output| text.code.push([1, class, OUTPUT + output, 0]));
        text
    }

    fn add_chain(&mut self, rng: &mut Rng, stored: &mut Vec<usize>) {
        let class = rng.pick(&CLASSES);
        let indices: Vec<usize> = (0..self.inputs.len())
            .filter(|&i| self.inputs[i] == DType::Index)
            .collect();
        let constants = CONST..CONST + self.consts.len();
        if class != Class::I32 && !indices.is_empty() && rng.once_in(2) {
            self.consts[..2].copy_from_slice(&[rng.below(1000) as f64, rng.bits() as f64 / 4096.0]);
            self.code
                .push([2 + Op::Random as usize, class as usize, rng.pick(&indices), CONST]);
        } else {
            let slots: Vec<usize> = (0..self.inputs.len())
                .chain(constants.clone())
                .chain(stored.clone())
                .collect();
            self.code.push([0, class as usize, rng.pick(&slots), 0]);
        }
        let native = |dtype: DType| dtype == class.dtype();
        for _ in 0..rng.below(6) {
            let inputs = (0..self.inputs.len()).filter(|&i| native(self.inputs[i]));
            let spills = stored.iter().copied().filter(|&s| native(self.spills[s - SPILL]));
            let slots: Vec<usize> = inputs.chain(spills).chain(constants.clone()).collect();
            self.add_op(rng, class, &slots);
            if !self.spills.is_empty() && rng.once_in(4) {
                let spill = SPILL + rng.below(self.spills.len());
                self.code.push([1, class as usize, spill, 0]);
                stored.push(spill);
            }
            if !self.outputs.is_empty() && rng.once_in(6) {
                self.code
                    .push([1, class as usize, OUTPUT + rng.below(self.outputs.len()), 0]);
            }
        }
    }

    fn add_op(&mut self, rng: &mut Rng, class: Class, slots: &[usize]) {
        let row = &ROWS[rng.below(ROWS.len())];
        if row.op == Op::Random || !row.op.exists_in(class) {
            return;
        }
        let swap = if row.operands == 1 && rng.once_in(3) {
            16
        } else {
            0
        };
        let mut operand = |number| if row.operands > number { rng.pick(slots) } else { 0 };
        self.code
            .push([2 + row.op as usize, class as usize | swap, operand(0), operand(1)]);
    }

    /// The words of a descriptor, but for the constants.
    pub fn words(&self) -> Vec<f64> {
        let counts = [
            self.inputs.len(),
            self.outputs.len(),
            self.spills.len(),
            self.consts.len(),
            self.code.len(),
        ];
        let mut words: Vec<f64> = counts.iter().map(|&count| count as f64).collect();
        words.extend(
            self.inputs
                .iter()
                .chain(&self.outputs)
                .chain(&self.spills)
                .map(|&dtype| f64::from(dtype as u8)),
        );
        words.extend(self.code.iter().flatten().map(|&word| word as f64));
        words
    }
}
