//! Random and mutated descriptors through the C ABI: each is run or refused, and nothing is written outside.
//!
//! `TENSAUR_FUZZ=n` sets how many. It also runs under AddressSanitizer, which sees reads outside too:
//! `RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Zsanitizer=address cargo test --target x86_64-unknown-linux-gnu fuzz`

use crate::abi;
use crate::dtype::DType;
use crate::testing::{Memory, Placed, ProgramText, Rng, know_only, random_dims, random_layout};

/// How many descriptors are tried.
const DESCRIPTORS: usize = 1_000_000;
/// Bytes of a memory.
const BYTES: usize = 16 << 10;
const MEMORIES: usize = 24;
/// Memories before this one hold small indices and are not written to on purpose.
const INDICES: usize = 4;
/// Guards are looked at after so many calls.
const LOOK_EVERY: usize = 64;

type Family = unsafe extern "C" fn(*const f64, u32) -> i32;
const FAMILIES: [(&str, Family); 5] = [
    ("map", abi::tensaur_map),
    ("reduce", abi::tensaur_reduce),
    ("matmul", abi::tensaur_matmul),
    ("gather", abi::tensaur_gather),
    ("scatter_add", abi::tensaur_scatter_add),
];

struct Fuzz {
    rng: Rng,
    memories: Vec<Memory>,
    words: Vec<f64>,
}

impl Fuzz {
    fn new() -> Fuzz {
        let mut rng = Rng(3);
        let mut memory = |number| match number % 2 {
            0 => Memory::random(BYTES, &mut rng),
            _ => Memory::unguarded(BYTES, &mut rng),
        };
        let mut memories: Vec<Memory> = (0..MEMORIES).map(&mut memory).collect();
        for memory in &mut memories[..INDICES] {
            for index in memory.as_mut().chunks_exact_mut(4) {
                index.copy_from_slice(&[rng.below(6) as u8, 0, 0, 0]);
            }
        }
        know_only(&memories);
        Fuzz {
            rng,
            memories,
            words: Vec::new(),
        }
    }

    fn push(&mut self, word: usize) {
        self.words.push(word as f64);
    }

    fn dims(&mut self, dims: &[usize]) {
        self.push(dims.len());
        self.words.extend(dims.iter().map(|&dim| dim as f64));
    }

    fn place(&mut self, memory: usize, offset: i64) {
        let address = self.memories[memory].address();
        self.words.extend([address as f64, BYTES as f64, offset as f64]);
    }

    fn operand(&mut self, memory: usize, placed: &Placed) {
        self.place(memory, placed.offset);
        self.words
            .extend(placed.strides.iter().map(|&stride| stride as f64));
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
            self.words.extend([0.0, 0.0, placed.offset as f64]);
            self.words
                .extend(placed.strides.iter().map(|&stride| stride as f64));
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
        self.words.extend(text.words());
        self.push(jobs);
        for _ in 0..jobs {
            let dims = self.small_dims(4);
            self.dims(&dims);
            text.inputs.iter().for_each(|&dtype| self.input(dtype, &dims));
            text.outputs.iter().for_each(|&dtype| self.output(dtype, &dims));
        }
    }

    /// A map over a result at this place, or none.
    fn epilogue(&mut self, dtype: DType, dims: &[usize], memory: usize) {
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
        self.words.extend(text.words());
        self.push(1);
        self.dims(dims);
        let result = contiguous(dims);
        self.operand(memory, &result);
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
        self.words.extend([combine as f64, f64::from(dtype as u8)]);
        self.dims(&dims);
        self.words
            .extend(reduced.iter().map(|&reduced| f64::from(u8::from(reduced))));
        let memory = self.output_memory();
        self.place(memory, 0);
        self.words.extend(text.words());
        text.inputs.iter().for_each(|&dtype| self.input(dtype, &dims));
        self.epilogue(dtype, &kept, memory);
    }

    fn matmul(&mut self) {
        let dtype = self.rng.pick(&[DType::F32, DType::F64, DType::I32]);
        let batch: Vec<usize> = (0..self.rng.below(3)).map(|_| self.rng.below(4)).collect();
        let (most, deepest) = self.rng.pick(&[(2, 100), (5, 5), (14, 14)]);
        let [m, n, k] = [most, most, deepest].map(|most| self.rng.below(most));
        self.push(dtype as usize);
        self.dims(&batch);
        [m, n, k].iter().for_each(|&dim| self.push(dim));
        let shape = |matrix: [usize; 2]| [&batch[..], &matrix].concat();
        self.input(dtype, &shape([m, k]));
        self.input(dtype, &shape([k, n]));
        let memory = self.output_memory();
        self.place(memory, 0);
        self.epilogue(dtype, &shape([m, n]), memory);
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
        self.words.extend([axis as f64, size as f64]);
        self.input(dtype, if gather { &picked } else { &dims });
        let placed = self.layout(DType::I32, &dims, false);
        let index = self.rng.below(INDICES + 1);
        self.operand(index, &placed);
        let memory = self.output_memory();
        if gather {
            self.place(memory, 0)
        } else {
            self.operand(memory, &contiguous(&picked))
        }
    }

    /// Changes a few words.
    fn mutate(&mut self) {
        for _ in 0..1 + self.rng.below(3) {
            let at = self.rng.below(self.words.len());
            let special = [
                0.0,
                1.0,
                -1.0,
                2.0,
                3.0,
                5.0,
                16.0,
                33.0,
                64.0,
                97.0,
                0.5,
                f64::NAN,
                1e300,
                -1e300,
            ];
            let huge = [
                2147483648.0,
                9007199254740992.0,
                -9007199254740991.0,
                4294967296.0,
            ];
            match self.rng.below(10) {
                0 => self.words.truncate(at.max(1)),
                1 => self.words.insert(at, self.rng.pick(&special)),
                2 => _ = (self.words.len() > 1).then(|| self.words.remove(at)),
                3 => self.words[at] = self.rng.pick(&huge),
                4..=6 => self.words[at] += self.rng.pick(&[1.0, -1.0, 2.0, -4.0, 64.0]),
                _ => self.words[at] = self.rng.pick(&special),
            }
        }
    }

    fn look(&self, from: usize) {
        let intact = self.memories.iter().all(Memory::is_intact);
        assert!(
            intact,
            "one of the descriptors from number {from} on wrote outside its operands"
        );
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

#[test]
fn descriptors_are_run_or_refused() {
    let number = std::env::var("TENSAUR_FUZZ")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(DESCRIPTORS);
    let mut fuzz = Fuzz::new();
    let mut accepted = [0usize; 5];
    for round in 0..number {
        let kind = round % FAMILIES.len();
        fuzz.words.clear();
        match kind {
            0 => fuzz.map(),
            1 => fuzz.reduce(),
            2 => fuzz.matmul(),
            3 => fuzz.moving(true),
            _ => fuzz.moving(false),
        }
        let mutated = fuzz.rng.below(4) > 0;
        if mutated {
            fuzz.mutate();
        }
        let (name, family) = FAMILIES[kind];
        // SAFETY: operands lie in known memory, or are refused.
        let status = unsafe { family(fuzz.words.as_ptr(), fuzz.words.len() as u32) };
        accepted[kind] += usize::from(status == 0);
        // SAFETY: the text is valid until the next call.
        let text = || {
            unsafe { std::ffi::CStr::from_ptr(abi::tensaur_last_error()) }
                .to_string_lossy()
                .into_owned()
        };
        assert!(
            (0..=2).contains(&status),
            "number {round}, {name}: {} {:?}",
            text(),
            fuzz.words
        );
        let extreme_of_nothing = || kind == 1 && text().contains("extreme");
        assert!(
            mutated || status != 1 || extreme_of_nothing(),
            "number {round}, {name}: {} {:?}",
            text(),
            fuzz.words
        );
        if round % LOOK_EVERY == LOOK_EVERY - 1 {
            fuzz.look(round + 1 - LOOK_EVERY);
        }
    }
    println!(
        "accepted of each family: {accepted:?} of {}",
        number / FAMILIES.len()
    );
    assert!(accepted.iter().all(|&count| count > number / FAMILIES.len() / 8));
}
