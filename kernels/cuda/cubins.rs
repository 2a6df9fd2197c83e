//! Compiled programs on disk, so that the next process need not compile them again.
//!
//! A file is named by the hash of all that it depends on, and says how long it is and what it hashes to; one that does
//! not is deleted. It is written beside its place and renamed, so nobody ever reads half of one.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

/// What each file begins with.
const MAGIC: &[u8; 8] = b"tensaur1";
const HEADER: usize = MAGIC.len() + 16;

/// A folder of compiled programs; none if there is no place for one.
#[derive(Clone, Debug, Default)]
pub struct Cubins {
    folder: Option<PathBuf>,
}

impl Cubins {
    /// The user's: `TENSAUR_CACHE_DIR`, or a folder in the system's place for caches.
    pub fn of_user() -> Cubins {
        let from = |variable, rest: &str| {
            let value = env::var_os(variable).filter(|value| !value.is_empty())?;
            Some(PathBuf::from(value).join(rest))
        };
        let folder = from("TENSAUR_CACHE_DIR", "cubin")
            .or_else(|| from("XDG_CACHE_HOME", "tensaur/cubin"))
            .or_else(|| from("LOCALAPPDATA", "tensaur/cubin"))
            .or_else(|| from("HOME", ".cache/tensaur/cubin"));
        Cubins { folder }
    }

    /// The program of this key, if it was kept whole.
    pub fn load(&self, key: u128) -> Option<Vec<u8>> {
        let path = self.path(key)?;
        let mut bytes = fs::read(&path).ok()?;
        if bytes.len() < HEADER || bytes[..HEADER] != header(&bytes[HEADER..]) {
            self.forget(key);
            return None;
        }
        bytes.drain(..HEADER);
        Some(bytes)
    }

    /// Keeps a program. A cache that cannot be written only costs time, so nothing is said.
    pub fn store(&self, key: u128, cubin: &[u8]) {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let Some(path) = self.path(key) else { return };
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let beside = path.with_extension(format!("{}-{number}", process::id()));
        let written = path
            .parent()
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| fs::write(&beside, [&header(cubin)[..], cubin].concat()))
            .and_then(|()| fs::rename(&beside, &path));
        if written.is_err() {
            _ = fs::remove_file(&beside);
        }
    }

    /// Deletes a program that the driver would not take.
    pub fn forget(&self, key: u128) {
        if let Some(path) = self.path(key) {
            _ = fs::remove_file(path);
        }
    }

    fn path(&self, key: u128) -> Option<PathBuf> {
        let folder: &Path = self.folder.as_deref()?;
        Some(folder.join(format!("{key:032x}.cubin")))
    }
}

fn header(cubin: &[u8]) -> [u8; HEADER] {
    let mut header = [0; HEADER];
    let (magic, numbers) = header.split_at_mut(MAGIC.len());
    magic.copy_from_slice(MAGIC);
    numbers[..8].copy_from_slice(&(cubin.len() as u64).to_le_bytes());
    numbers[8..].copy_from_slice(&(hash(&[cubin]) as u64).to_le_bytes());
    header
}

/// FNV-1a of 128 bits, over parts that are told apart: which part a byte is in matters.
pub fn hash(parts: &[&[u8]]) -> u128 {
    const BASIS: u128 = 0x6c62272e07bb014262b821756295c58d;
    const PRIME: u128 = 0x0000000001000000000000000000013b;
    let step = |hash: u128, byte: u8| (hash ^ u128::from(byte)).wrapping_mul(PRIME);
    parts.iter().fold(BASIS, |hash, part| {
        let length = (part.len() as u64).to_le_bytes();
        length
            .iter()
            .chain(*part)
            .fold(hash, |hash, &byte| step(hash, byte))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scratch(name: &str) -> (Cubins, PathBuf) {
        let folder = env::temp_dir().join(format!("tensaur-cubins-{}-{name}", process::id()));
        _ = fs::remove_dir_all(&folder);
        let cubins = Cubins {
            folder: Some(folder.clone()),
        };
        (cubins, folder)
    }

    #[test]
    fn what_is_stored_is_loaded() {
        let (cubins, folder) = scratch("stored");
        assert_eq!(cubins.load(7), None);
        for cubin in [&b"first"[..], b"", b"second"] {
            cubins.store(7, cubin);
            assert_eq!(cubins.load(7).as_deref(), Some(cubin));
        }
        assert_eq!(cubins.load(8), None);
        assert_eq!(
            fs::read_dir(&folder).unwrap().count(),
            1,
            "nothing is left beside"
        );
        cubins.forget(7);
        assert_eq!(cubins.load(7), None);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_damaged_file_is_deleted() {
        let (cubins, folder) = scratch("damaged");
        let path = cubins.path(1).unwrap();
        for damage in [
            |bytes: &mut Vec<u8>| bytes.truncate(30),
            |bytes: &mut Vec<u8>| bytes.clear(),
        ] {
            damage_and_load(&cubins, &path, damage);
        }
        for at in [0, 9, 17, HEADER] {
            damage_and_load(&cubins, &path, |bytes| bytes[at] ^= 1);
        }
        fs::remove_dir_all(folder).unwrap();
    }

    fn damage_and_load(cubins: &Cubins, path: &Path, damage: impl Fn(&mut Vec<u8>)) {
        cubins.store(1, b"a program of some length");
        let mut bytes = fs::read(path).unwrap();
        damage(&mut bytes);
        fs::write(path, bytes).unwrap();
        assert_eq!(cubins.load(1), None);
        assert!(!path.exists());
    }

    #[test]
    fn a_cache_without_a_place_keeps_nothing() {
        let cubins = Cubins::default();
        cubins.store(1, b"program");
        assert_eq!(cubins.load(1), None);
    }

    #[test]
    fn hashes_tell_parts_apart() {
        let hashes = [
            hash(&[b"ab", b"c"]),
            hash(&[b"a", b"bc"]),
            hash(&[b"abc"]),
            hash(&[]),
        ];
        for (i, one) in hashes.iter().enumerate() {
            assert!(hashes[..i].iter().all(|other| other != one));
        }
    }
}
