//! Kernels that were compiled before the library was built, and lie in it: for machines with a driver and no compiler.
//!
//! An entry is found by the hash of its source and of how it was compiled, so that one of other sources is never used.
//! `deno task cubins` writes the archive, `build.rs` puts it in; a library without one has an empty one.

use super::cubins::hash;
use super::nvrtc::OPTIONS;
use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::decompress_to_vec_with_limit;

/// What this library has.
static EMBEDDED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/cubins.bin"));

/// The numbers of an entry: the key, the target's kind and number, bytes, bytes when compressed.
const HEADER: usize = 16 + 4 * 4;
const COMPRESSION: u8 = 10;
/// Bytes of an instruction.
const WORD: usize = 16;
/// Another name for each form that entries have had.
const FORM: &[u8] = b"planes";

/// What a source is compiled for; what suits a GPU best is the largest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Target {
    /// Text that the driver compiles, for this compute capability and all newer ones.
    Ptx(i32),
    /// Code for this compute capability, and those of the same generation that are newer.
    Cubin(i32),
}

/// What the archive is made for: each generation, and those that are yet to come.
pub const TARGETS: [Target; 6] = [
    Target::Cubin(75),
    Target::Cubin(80),
    Target::Cubin(90),
    Target::Cubin(100),
    Target::Cubin(120),
    Target::Ptx(120),
];

impl Target {
    /// What the compiler calls it.
    pub fn name(self) -> String {
        match self {
            Target::Ptx(number) => format!("compute_{number}"),
            Target::Cubin(number) => format!("sm_{number}"),
        }
    }

    /// Whether a GPU can take it.
    fn suits(self, (major, minor): (i32, i32)) -> bool {
        let capability = 10 * major + minor;
        match self {
            Target::Ptx(number) => number <= capability,
            Target::Cubin(number) => number <= capability && number / 10 == major,
        }
    }

    fn numbers(self) -> [i32; 2] {
        match self {
            Target::Ptx(number) => [0, number],
            Target::Cubin(number) => [1, number],
        }
    }

    fn of_numbers([kind, number]: [i32; 2]) -> Option<Target> {
        match kind {
            0 => Some(Target::Ptx(number)),
            1 => Some(Target::Cubin(number)),
            _ => None,
        }
    }
}

/// A source that was compiled for a target.
#[derive(Clone, Copy)]
pub struct Entry<'a> {
    /// The hash of the source and of the compiler's options.
    pub key: u128,
    /// What for.
    pub target: Target,
    bytes: usize,
    packed: &'a [u8],
}

/// The key of a source.
pub fn key_of(source: &str) -> u128 {
    let options = OPTIONS.join(" ");
    hash(&[source.as_bytes(), options.as_bytes(), FORM])
}

/// What this library has of a source, for a GPU of a compute capability.
pub fn find(source: &str, capability: (i32, i32)) -> Option<Vec<u8>> {
    if EMBEDDED.is_empty() {
        return None;
    }
    best(EMBEDDED, key_of(source), capability)?.unpack()
}

/// What suits a GPU best.
fn best(archive: &[u8], key: u128, capability: (i32, i32)) -> Option<Entry<'_>> {
    entries(archive)
        .filter(|entry| entry.key == key && entry.target.suits(capability))
        .max_by_key(|entry| entry.target)
}

/// The entries of an archive, as far as it is whole.
pub fn entries(mut archive: &[u8]) -> impl Iterator<Item = Entry<'_>> {
    std::iter::from_fn(move || {
        let (header, rest) = archive.split_at_checked(HEADER)?;
        let (key, numbers) = header.split_at(16);
        let word = |i: usize| Some(i32::from_le_bytes(numbers[4 * i..][..4].try_into().ok()?));
        let (packed, next) = rest.split_at_checked(usize::try_from(word(3)?).ok()?)?;
        archive = next;
        Some(Entry {
            key: u128::from_le_bytes(key.try_into().ok()?),
            target: Target::of_numbers([word(0)?, word(1)?])?,
            bytes: usize::try_from(word(2)?).ok()?,
            packed,
        })
    })
}

impl Entry<'_> {
    /// What the compiler gave; none if this is not what was packed.
    pub fn unpack(&self) -> Option<Vec<u8>> {
        let bytes = decompress_to_vec_with_limit(self.packed, self.bytes).ok()?;
        (bytes.len() == self.bytes).then(|| match self.target {
            Target::Cubin(_) => of_planes(&bytes),
            Target::Ptx(_) => bytes,
        })
    }
}

/// The first bytes of all instructions, the second ones, and so on: so they take a quarter less when compressed.
fn planes(image: &[u8]) -> Vec<u8> {
    let plane = |first| image.iter().skip(first).step_by(WORD);
    (0..WORD).flat_map(plane).copied().collect()
}

/// What `planes` was given.
fn of_planes(planes: &[u8]) -> Vec<u8> {
    let mut image = vec![0; planes.len()];
    let places = (0..WORD).flat_map(|first| (first..planes.len()).step_by(WORD));
    places.zip(planes).for_each(|(place, &byte)| image[place] = byte);
    image
}

/// An entry as an archive has it. Its image has to be smaller than 2 GiB.
pub fn pack(key: u128, target: Target, image: &[u8]) -> Vec<u8> {
    let packed = match target {
        Target::Cubin(_) => compress_to_vec(&planes(image), COMPRESSION),
        Target::Ptx(_) => compress_to_vec(image, COMPRESSION),
    };
    let [kind, number] = target.numbers();
    let numbers = [kind, number, image.len() as i32, packed.len() as i32].map(i32::to_le_bytes);
    [&key.to_le_bytes()[..], numbers.as_flattened(), &packed].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive() -> Vec<u8> {
        let image = |target: Target| pack(7, target, target.name().as_bytes());
        TARGETS.into_iter().flat_map(image).collect()
    }

    fn found(key: u128, capability: (i32, i32)) -> Option<String> {
        let archive = archive();
        let image = best(&archive, key, capability)?.unpack()?;
        String::from_utf8(image).ok()
    }

    #[test]
    fn a_gpu_is_given_what_suits_it_best() {
        let wanted = [
            ((7, 5), Some("sm_75")),
            ((8, 0), Some("sm_80")),
            ((8, 6), Some("sm_80")),
            ((8, 9), Some("sm_80")),
            ((9, 0), Some("sm_90")),
            ((10, 0), Some("sm_100")),
            ((10, 3), Some("sm_100")),
            ((11, 0), None),
            ((12, 0), Some("sm_120")),
            ((12, 1), Some("sm_120")),
            ((13, 0), Some("compute_120")),
            ((7, 0), None),
        ];
        for (capability, name) in wanted {
            assert_eq!(found(7, capability).as_deref(), name, "{capability:?}");
        }
    }

    #[test]
    fn an_image_of_any_length_comes_back() {
        for length in [0, 1, 15, 16, 17, 100, 4097] {
            let image: Vec<u8> = (0..length).map(|i| (i * i % 251) as u8).collect();
            for target in TARGETS {
                let packed = pack(3, target, &image);
                let unpacked = entries(&packed).next().and_then(|entry| entry.unpack());
                assert_eq!(unpacked.as_deref(), Some(&image[..]), "{length} for {target:?}");
            }
        }
    }

    #[test]
    fn nothing_is_found_of_another_source() {
        assert_eq!(found(8, (8, 0)), None);
        assert_ne!(key_of("a"), key_of("b"));
    }

    #[test]
    fn what_is_cut_off_or_changed_is_no_entry() {
        let whole = archive();
        assert_eq!(entries(&whole).count(), TARGETS.len());
        for length in 0..whole.len() {
            assert!(entries(&whole[..length]).count() < TARGETS.len());
        }
        let one = pack(1, Target::Ptx(120), &[5; 100]);
        for at in HEADER - 8..one.len() {
            let mut changed = one.clone();
            changed[at] ^= 1;
            let unpacked = entries(&changed).next().and_then(|entry| entry.unpack());
            assert!(unpacked.is_none_or(|bytes| bytes.len() == 100), "byte {at}");
        }
    }
}
