//! Random programs over random layouts against an interpreter of single numbers, bit for bit on every tier.

mod interpret;

use self::interpret::{Value, interpret, load};
use super::reach::Place;
use super::*;
use crate::cpu::simd::tiers;
use crate::dtype::{Class, DType};
use crate::testing::{
    Call, Fingerprint, Memory, Placed, ProgramText, Rng, on_each_tier, random_dims, random_layout,
};

/// A map with its memories: inputs, then outputs.
struct Case {
    text: ProgramText,
    dims: Vec<usize>,
    placed: Vec<Placed>,
    memories: Vec<Memory>,
    /// For each operand, which memory it has: an output may have an input's.
    memory_of: Vec<usize>,
}

impl Case {
    fn random(rng: &mut Rng) -> Case {
        let dims = random_dims(rng, 4);
        Case::over(rng, dims)
    }

    /// A random program over a shape, on random layouts.
    fn over(rng: &mut Rng, dims: Vec<usize>) -> Case {
        Case::placed(rng, dims, random_layout)
    }

    /// A random program over a shape; `place` makes the layouts, told whether elements must be distinct.
    fn placed(rng: &mut Rng, dims: Vec<usize>, place: fn(&mut Rng, &[usize], bool) -> Placed) -> Case {
        let outputs = 1 + rng.below(3);
        let text = ProgramText::random(rng, outputs);
        let (mut placed, mut memories, mut memory_of) = (Vec::new(), Vec::new(), Vec::new());
        for (number, &dtype) in text.inputs.iter().chain(&text.outputs).enumerate() {
            let is_output = number >= text.inputs.len();
            let distinct = is_output || rng.once_in(2);
            let mut layout = place(rng, &dims, distinct);
            let mut memory = memories.len();
            let place_taken = |earlier: &usize| memory_of[text.inputs.len()..].contains(&memory_of[*earlier]);
            let twins = (0..text.inputs.len())
                .filter(|&i| is_output && text.inputs[i] == dtype && placed_distinct(&placed[i], &dims));
            let twins: Vec<usize> = twins.filter(|i| !place_taken(i)).collect();
            if !twins.is_empty() && rng.once_in(2) {
                let twin = rng.pick(&twins);
                layout = Clone::clone(&placed[twin]);
                memory = memory_of[twin];
            } else {
                let elements = if dtype == DType::Index { 0 } else { layout.elements };
                memories.push(Memory::elements(dtype, elements, rng));
            }
            placed.push(layout);
            memory_of.push(memory);
        }
        Case {
            text,
            dims,
            placed,
            memories,
            memory_of,
        }
    }

    /// A copy of elements of a dtype.
    fn copy(rng: &mut Rng, dims: Vec<usize>, dtype: DType) -> Case {
        let class = match dtype {
            DType::F64 => 1,
            DType::I32 => 2,
            _ => 0,
        };
        let text = ProgramText {
            inputs: vec![dtype],
            outputs: vec![dtype],
            code: vec![[0, class, 0, 0], [1, class, 32, 0]],
            ..ProgramText::default()
        };
        let placed = vec![random_layout(rng, &dims, false), random_layout(rng, &dims, true)];
        let memories = placed
            .iter()
            .map(|placed| Memory::elements(dtype, placed.elements, rng));
        Case {
            memories: memories.collect(),
            text,
            dims,
            placed,
            memory_of: vec![0, 1],
        }
    }

    /// The map over these memories.
    fn map(&self, memories: &[Memory]) -> Map {
        let mut call = Call::default();
        call.program(&self.text);
        call.words.extend([1.0, self.dims.len() as f64]);
        call.words.extend(self.dims.iter().map(|&dim| dim as f64));
        for (number, placed) in self.placed.iter().enumerate() {
            let memory = &memories[self.memory_of[number]];
            match self.text.inputs.get(number) {
                Some(DType::Index) => call.index(placed.offset),
                _ => call.place(memory.address(), memory.bytes, placed.offset),
            }
            call.strides(&placed.strides);
        }
        let read = |reader: &mut Reader| {
            let mut map = Map::new();
            map.read(reader).map(|()| map)
        };
        call.bound(read, Map::bind)
            .unwrap_or_else(|error| panic!("{error}: {:?}", self.text))
    }

    fn position(&self, operand: usize, coords: &[usize]) -> i64 {
        let placed = &self.placed[operand];
        placed.offset
            + placed
                .strides
                .iter()
                .zip(coords)
                .map(|(&s, &c)| s * c as i64)
                .sum::<i64>()
    }

    /// The memories as they should be, element by element.
    fn expected(&self) -> Vec<Memory> {
        let mut after: Vec<Memory> = self.memories.clone();
        let total: usize = self.dims.iter().product();
        let mut coords = vec![0; self.dims.len()];
        for _ in 0..total {
            let read = |(number, &dtype): (usize, &DType)| match dtype {
                DType::Index => self.position(number, &coords).to_ne_bytes(),
                _ => self.memories[self.memory_of[number]].get(dtype, self.position(number, &coords)),
            };
            let inputs: Vec<[u8; 8]> = self.text.inputs.iter().enumerate().map(read).collect();
            for (output, bits) in interpret(&self.text, &inputs).iter().enumerate() {
                let number = self.text.inputs.len() + output;
                let size = self.text.outputs[output].size();
                let start = self.position(number, &coords) as usize * size;
                after[self.memory_of[number]].as_mut()[start..start + size].copy_from_slice(&bits[..size]);
            }
            for axis in (0..coords.len()).rev() {
                coords[axis] += 1;
                if coords[axis] < self.dims[axis] {
                    break;
                }
                coords[axis] = 0;
            }
        }
        after
    }

    /// Runs the kernel on copies of the memories.
    fn run(&self) -> Vec<Memory> {
        let memories = self.memories.clone();
        self.map(&memories).run();
        memories
    }

    fn dtype(&self, memory: usize) -> DType {
        let number = self.memory_of.iter().position(|&m| m == memory).unwrap();
        *self
            .text
            .inputs
            .iter()
            .chain(&self.text.outputs)
            .nth(number)
            .unwrap()
    }
}

fn placed_distinct(placed: &Placed, dims: &[usize]) -> bool {
    let mut operand = Operand::new(DType::F32);
    operand.strides = placed.strides.iter().copied().collect();
    operand.require_distinct(dims).is_ok()
}

/// The bits of a memory's elements, all NaNs being one.
fn elements(memory: &Memory, dtype: DType) -> impl Iterator<Item = u64> {
    (0..(memory.bytes / dtype.size()) as i64).map(move |index| {
        let bits = memory.get(dtype, index);
        match (dtype, load(bits, dtype, Class::F64)) {
            (DType::F32 | DType::F64, Value::F64(x)) if x.is_nan() => u64::MAX,
            _ => u64::from_le_bytes(bits),
        }
    })
}

/// Whether memories are equal, all NaNs being one.
fn same(a: &Memory, b: &Memory, dtype: DType) -> bool {
    elements(a, dtype).eq(elements(b, dtype))
}

#[test]
fn random_programs_compute_what_the_interpreter_does_on_every_tier() {
    let mut rng = Rng(1);
    let mut fingerprint = Fingerprint::default();
    for round in 0..4000 {
        let case = Case::random(&mut rng);
        let expected = case.expected();
        for (number, memory) in expected.iter().enumerate() {
            elements(memory, case.dtype(number)).for_each(|bits| fingerprint.add(bits));
        }
        on_each_tier(|tier| {
            for (number, (got, wanted)) in case.run().iter().zip(&expected).enumerate() {
                assert!(got.is_intact(), "round {round}: written outside on {tier:?}");
                let text = &case.text;
                let same = same(got, wanted, case.dtype(number));
                assert!(
                    same,
                    "round {round}, memory {number} on {tier:?}: {text:?} over {:?} {:?}",
                    case.dims, case.placed
                );
            }
        });
    }
    fingerprint.tell("random programs");
}

#[test]
fn pieces_of_a_map_are_the_whole_map() {
    let mut rng = Rng(2);
    for _ in 0..500 {
        let case = Case::random(&mut rng);
        let whole = case.run();
        let memories = case.memories.clone();
        let map = case.map(&memories);
        let elements = map.first.over.elements();
        let mut start = 0;
        while start < elements {
            let end = (start + 1 + rng.below(200)).min(elements);
            map.run_range(start, end);
            start = end;
        }
        for (number, (got, wanted)) in memories.iter().zip(&whole).enumerate() {
            assert!(
                same(got, wanted, case.dtype(number)),
                "{:?} over {:?}",
                case.text,
                case.dims
            );
        }
    }
}

/// Row-major elements, or one row of them again and again.
fn rows_or_one_row(rng: &mut Rng, dims: &[usize], distinct: bool) -> Placed {
    let [rows, length] = dims else {
        unreachable!("a matrix")
    };
    let (repeats, offset) = (!distinct && rng.once_in(2), rng.below(3));
    Placed {
        offset: offset as i64,
        strides: vec![if repeats { 0 } else { *length as i64 }, 1],
        elements: offset + if repeats { *length } else { rows * length },
    }
}

#[test]
fn rows_with_operands_that_are_repeated_are_those_of_the_interpreter() {
    let mut rng = Rng(4);
    let mut repeated = 0;
    for length in [2, 3, 63, 64, 100, 255, 256, 257].repeat(40) {
        let rows = 2 + rng.below(6);
        let case = Case::placed(&mut rng, vec![rows, length], rows_or_one_row);
        let expected = case.expected();
        on_each_tier(|tier| {
            let memories = case.memories.clone();
            let map = case.map(&memories);
            let is_repeated = |place: &Place| matches!(place, Place::Periodic(_));
            repeated += usize::from(map.first.reach.places.iter().any(is_repeated));
            let middle = rng.below(rows * length);
            map.run_range(0, middle);
            map.run_range(middle, rows * length);
            for (number, (got, wanted)) in memories.iter().zip(&expected).enumerate() {
                assert!(got.is_intact(), "written outside on {tier:?}");
                let same = same(got, wanted, case.dtype(number));
                assert!(same, "{:?} over {rows} x {length} on {tier:?}", case.text);
            }
        });
    }
    assert!(repeated > 60 * tiers().len(), "{repeated}");
}

#[test]
fn long_rows_are_the_same_without_tiles_and_past_the_caches() {
    let mut rng = Rng(3);
    let mut without_tiles = 0;
    while without_tiles < 40 {
        let length = 600 + rng.below(900);
        let case = Case::over(&mut rng, vec![length]);
        let expected = case.expected();
        on_each_tier(|tier| {
            let memories = case.memories.clone();
            let map = case.map(&memories);
            let mut scratch = Scratch::take();
            let mut machine = map.machine(&mut scratch);
            if rng.once_in(2) {
                machine.stream();
            }
            without_tiles += usize::from(!machine.needs_tiles());
            machine.run(0, length);
            for (number, (got, wanted)) in memories.iter().zip(&expected).enumerate() {
                assert!(got.is_intact(), "written outside on {tier:?}");
                let same = same(got, wanted, case.dtype(number));
                assert!(same, "{:?} over {length} on {tier:?}", case.text);
            }
        });
    }
}

/// Shapes that are walked by blocks, by several pieces of them, or by rows of all kinds.
const WIDE: [&[usize]; 8] = [
    &[17, 520],
    &[3, 1030],
    &[600, 3],
    &[2, 19, 513],
    &[20, 3, 600],
    &[33, 2, 40],
    &[70, 64],
    &[130, 600],
];

#[test]
fn blocks_of_any_layout_are_those_of_the_interpreter() {
    let mut rng = Rng(5);
    let [mut by_blocks, mut reordered, mut copied] = [0; 3];
    for (number, dims) in WIDE.repeat(16).into_iter().enumerate() {
        let dtype = rng.pick(&[DType::F32, DType::F64, DType::I32, DType::U8]);
        let case = match number % 2 {
            0 => Case::copy(&mut rng, dims.to_vec(), dtype),
            _ => Case::over(&mut rng, dims.to_vec()),
        };
        let expected = case.expected();
        on_each_tier(|tier| {
            let memories = case.memories.clone();
            let map = case.map(&memories);
            by_blocks += usize::from(map.first.reach.by_blocks());
            reordered += usize::from(map.first.reordered);
            copied += usize::from(map.first.reach.copies);
            map.run();
            for (number, (got, wanted)) in memories.iter().zip(&expected).enumerate() {
                assert!(got.is_intact(), "written outside on {tier:?}");
                let (
                    same,
                    Case {
                        text, dims, placed, ..
                    },
                ) = (same(got, wanted, case.dtype(number)), &case);
                assert!(
                    same,
                    "memory {number} on {tier:?}: {text:?} over {dims:?} {placed:?}"
                );
            }
        });
    }
    let least = 8 * tiers().len();
    assert!(
        by_blocks > least && 3 * reordered > least && copied > least,
        "{by_blocks} {reordered} {copied}"
    );
}
