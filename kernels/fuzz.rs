//! Random and mutated plans and arguments through the C ABI: each is run or refused,
//! and nothing is written outside, on every tier.
//!
//! `TENSAUR_FUZZ=n` sets how many. It also runs under AddressSanitizer, which sees reads outside too:
//! `RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Zsanitizer=address cargo test --target x86_64-unknown-linux-gnu fuzz`

mod steps;

use crate::abi;
use crate::cpu::simd::tiers;
use crate::device::Family;
use crate::testing::{Call, Memory, Rng, know_only, on_each_tier};
use std::ffi::{CStr, c_char};

/// How many plans are tried.
const PLANS: usize = 1_000_000;
/// Bytes of a memory.
const BYTES: usize = 16 << 10;
const MEMORIES: usize = 24;
/// Memories before this one hold small indices and are not written to on purpose.
const INDICES: usize = 4;
/// Guards are looked at after so many plans.
const LOOK_EVERY: usize = 64;

/// What no argument should be, and some that may.
const SPECIAL: [f64; 18] = [
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
    2147483648.0,
    9007199254740992.0,
    -9007199254740991.0,
    4294967296.0,
];

struct Fuzz {
    rng: Rng,
    memories: Vec<Memory>,
    call: Call,
    /// How many plans of each family ran.
    accepted: [usize; Family::ALL.len()],
}

impl Fuzz {
    fn new() -> Fuzz {
        let mut rng = Rng(3);
        let mut memory = |number| match number % 2 {
            0 => Memory::random(BYTES, &mut rng),
            _ => Memory::unguarded(BYTES, &mut rng),
        };
        let memories: Vec<Memory> = (0..MEMORIES).map(&mut memory).collect();
        know_only(&memories);
        Fuzz {
            rng,
            memories,
            call: Call::default(),
            accepted: [0; Family::ALL.len()],
        }
    }

    /// Fills the memories of indices, which mutated plans may have written to.
    fn fill_indices(&mut self) {
        for memory in &mut self.memories[..INDICES] {
            for index in memory.as_mut().chunks_exact_mut(4) {
                index.copy_from_slice(&[self.rng.below(6) as u8, 0, 0, 0]);
            }
        }
    }

    /// Begins a plan: slot `i` is memory `i`.
    fn begin(&mut self) {
        self.call.words.clear();
        self.call.params.clear();
        self.call.slots.clear();
        let slots = (self.memories.iter()).map(|memory| [memory.address() as f64, memory.bytes as f64]);
        self.call.slots.extend(slots);
    }

    /// Changes a few words of the descriptor.
    fn mutate(&mut self) {
        for _ in 0..1 + self.rng.below(3) {
            let (rng, words) = (&mut self.rng, &mut self.call.words);
            let at = rng.below(words.len());
            match rng.below(10) {
                0 => words.truncate(at.max(1)),
                1 => words.insert(at, rng.pick(&SPECIAL)),
                2 => _ = (words.len() > 1).then(|| words.remove(at)),
                3..=6 => words[at] += rng.pick(&[1.0, -1.0, 2.0, -4.0, 64.0]),
                _ => words[at] = rng.pick(&SPECIAL),
            }
        }
    }

    /// Changes an argument, or leaves some out.
    fn mutate_arguments(&mut self) {
        let Call { slots, params, .. } = &mut self.call;
        let rng = &mut self.rng;
        let slot = rng.below(slots.len());
        let param = rng.below(params.len().max(1));
        match rng.below(8) {
            0 => slots.truncate(slot),
            1 => slots[slot][0] += rng.pick(&[1.0, 8.0, 512.0, -8.0]),
            2 => slots[slot][1] = rng.below(BYTES) as f64,
            3 => slots[slot][rng.below(2)] = rng.pick(&SPECIAL),
            _ if params.is_empty() => slots.truncate(slot),
            4 => params.truncate(param),
            5 => params.push(0.0),
            6 => params[param] += rng.pick(&[1.0, -1.0, 50.0, -7.0]),
            _ => params[param] = rng.pick(&SPECIAL),
        }
    }

    /// Runs a plan with the arguments.
    fn run(&self, handle: u32) -> i32 {
        let Call { slots, params, .. } = &self.call;
        let counts = (slots.len() as u32, params.len() as u32);
        // SAFETY: slots are known memory, or refused.
        unsafe {
            let (slots, params) = (slots.as_ptr() as usize as f64, params.as_ptr() as usize as f64);
            abi::tensaur_plan_run(handle, slots, counts.0, params, counts.1)
        }
    }

    /// Runs a plan with a clock, and so many places for times; they are filled if and only if it went well.
    fn profile(&self, handle: u32, places: usize) -> i32 {
        let Call { slots, params, .. } = &self.call;
        let counts = (slots.len() as u32, params.len() as u32);
        let mut spent = vec![-1.0; places];
        // SAFETY: slots are known memory, or refused.
        let status = unsafe {
            let (slots, params) = (slots.as_ptr() as usize as f64, params.as_ptr() as usize as f64);
            let (to, count) = (spent.as_mut_ptr(), places as u32);
            abi::tensaur_plan_profile(handle, slots, counts.0, params, counts.1, to, count)
        };
        let filled = |&time: &f64| time >= 0.0 && time.is_finite();
        assert!(
            spent.iter().all(|time| filled(time) == (status == 0)),
            "{spent:?}"
        );
        status
    }

    /// Writes the descriptor of a plan whose first step is of a family; returns whether it was mutated.
    fn plan(&mut self, first: Family) -> bool {
        let more = usize::from(self.rng.once_in(8));
        self.begin();
        self.push(1 + more);
        self.step(first);
        for _ in 0..more {
            let family = self.rng.pick(&Family::ALL);
            self.step(family);
        }
        let mutated = self.rng.below(4) > 1;
        if mutated {
            self.mutate();
        }
        mutated
    }

    /// Makes a plan, runs it with sound arguments and with mutated ones, and frees it.
    fn attempt(&mut self, round: usize) {
        let first = Family::ALL[round % Family::ALL.len()];
        let mutated = self.plan(first);
        let words = &self.call.words;
        // SAFETY: the words are there.
        let handle = unsafe { abi::tensaur_plan_create(words.as_ptr(), words.len() as u32) };
        let sound = || format!("number {round}: {} {:?}", last_error(), self.call);
        assert!(
            mutated || handle != 0 || last_error().contains("extreme"),
            "{}",
            sound()
        );
        if handle != 0 {
            let status = self.run(handle);
            assert!(
                (0..=2).contains(&status) && (mutated || status != 1),
                "{}",
                sound()
            );
            let steps = words[0] as usize;
            if round.is_multiple_of(LOOK_EVERY) {
                assert!(is_told(handle, steps), "{}", sound());
                let status = self.profile(handle, steps + 1);
                assert_eq!(status, 1, "number {round}: there are more places than steps");
            }
            self.accepted[first as usize] += usize::from(status == 0);
            self.mutate_arguments();
            let status = match round % 2 {
                0 => self.run(handle),
                _ => self.profile(handle, steps),
            };
            assert!((0..=2).contains(&status), "number {round}: {}", last_error());
            assert_eq!(abi::tensaur_plan_free(handle), 1);
        }
        assert_eq!(self.run(handle), 1, "number {round}: a handle of no plan was run");
        assert_eq!(
            self.profile(handle, 1),
            1,
            "number {round}: a handle of no plan was run"
        );
        if round % LOOK_EVERY == LOOK_EVERY - 1 {
            self.look(round + 1 - LOOK_EVERY);
            self.fill_indices();
        }
    }

    fn look(&self, from: usize) {
        let intact = self.memories.iter().all(Memory::is_intact);
        assert!(
            intact,
            "one of the plans from number {from} on wrote outside its operands"
        );
    }
}

fn text_at(text: *const c_char) -> String {
    // SAFETY: the library's texts are valid until the next call.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

fn last_error() -> String {
    text_at(abi::tensaur_last_error())
}

/// Whether a plan tells how each of its steps runs.
fn is_told(handle: u32, steps: usize) -> bool {
    let report = text_at(abi::tensaur_plan_report(handle));
    report.lines().count() == steps && report.lines().all(|line| line.starts_with("path "))
}

#[test]
fn plans_are_run_or_refused() {
    let given = std::env::var("TENSAUR_FUZZ");
    let number = given.ok().and_then(|n| n.parse().ok()).unwrap_or(PLANS);
    let mut fuzz = Fuzz::new();
    fuzz.fill_indices();
    let mut rounds = 0..number;
    on_each_tier(|_| {
        let share = number.div_ceil(tiers().len());
        rounds.by_ref().take(share).for_each(|round| fuzz.attempt(round));
    });
    let accepted = fuzz.accepted;
    println!(
        "accepted of each family: {accepted:?} of {}",
        number / accepted.len()
    );
    assert!(accepted.iter().all(|&count| count > number / accepted.len() / 4));
}
