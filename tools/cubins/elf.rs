//! What a cubin says of its kernels. It is an ELF file: each kernel has a section of code, perhaps one of shared memory, and
//! its registers and its frame among the attributes of the whole file.

use std::collections::BTreeMap;

/// What a thread of a kernel takes, and of shared memory its block.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Resources {
    /// Registers.
    pub registers: u32,
    /// Bytes of shared memory that the kernel names itself.
    pub shared: u64,
    /// Bytes of local memory: arrays that are indexed, and registers that were spilled.
    pub local: u32,
}

/// An attribute of a function: its format, its name, and how many bytes follow, which are a symbol's number and a number.
type Attribute = [u8; 4];
const REGISTERS: Attribute = [SIZED, 0x2f, 8, 0];
const FRAME_SIZE: Attribute = [SIZED, 0x11, 8, 0];
/// The format of attributes that say how many bytes follow; others have none.
const SIZED: u8 = 4;
const SECTION_BYTES: usize = 64;
const SYMBOL_BYTES: usize = 24;

/// A section: its name, its bytes (none if they are zeros), and how many there are.
struct Section<'a> {
    name: &'a str,
    bytes: &'a [u8],
    size: u64,
}

/// The kernels of a cubin; none if it is no whole ELF file.
pub fn kernels(cubin: &[u8]) -> Option<BTreeMap<String, Resources>> {
    let sections = sections(cubin)?;
    let section = |name: &str| sections.iter().find(|section| section.name == name);
    let [info, symbols, names] = [".nv.info", ".symtab", ".strtab"].map(section);
    let (info, symbols, names) = (info?.bytes, symbols?.bytes, names?.bytes);
    let [registers, frames] = [REGISTERS, FRAME_SIZE].map(|which| numbers(info, which, symbols, names));
    let kernels = sections.iter().filter_map(|code| {
        let name = code.name.strip_prefix(".text.")?;
        let shared = section(&format!(".nv.shared.{name}")).map_or(0, |section| section.size);
        let resources = Resources {
            registers: *registers.get(name)?,
            shared,
            local: *frames.get(name)?,
        };
        Some((name.to_string(), resources))
    });
    Some(kernels.collect())
}

fn sections(cubin: &[u8]) -> Option<Vec<Section<'_>>> {
    const NO_BITS: u32 = 8;
    let table = word64(cubin, 40)? as usize;
    let (count, named) = (word16(cubin, 60)?, word16(cubin, 62)?);
    let header = |number: u16| cubin.get(table + SECTION_BYTES * usize::from(number)..);
    let at = |header: &[u8]| Some((word64(header, 24)? as usize, word64(header, 32)? as usize));
    let (start, size) = at(header(named)?)?;
    let names = cubin.get(start..start + size)?;
    (0..count)
        .map(|number| {
            let header = header(number)?;
            let (start, size) = at(header)?;
            let stored = if word32(header, 4)? == NO_BITS { 0 } else { size };
            Some(Section {
                name: text(names, word32(header, 0)? as usize)?,
                bytes: cubin.get(start..start + stored)?,
                size: size as u64,
            })
        })
        .collect()
}

/// What an attribute says of each function, by name.
fn numbers<'a>(mut info: &[u8], which: Attribute, symbols: &[u8], names: &'a [u8]) -> BTreeMap<&'a str, u32> {
    let mut found = BTreeMap::new();
    while let Some((attribute, rest)) = info.split_at_checked(which.len()) {
        let sized = attribute[0] == SIZED;
        let bytes = if sized {
            word16(attribute, 2).map_or(0, usize::from)
        } else {
            0
        };
        if attribute == which {
            let symbol = word32(rest, 0).map_or(0, |symbol| symbol as usize);
            let name = word32(symbols, SYMBOL_BYTES * symbol).and_then(|at| text(names, at as usize));
            found.extend(name.zip(word32(rest, 4)));
        }
        info = rest.get(bytes..).unwrap_or_default();
    }
    found
}

fn text(names: &[u8], at: usize) -> Option<&str> {
    let rest = names.get(at..)?;
    let end = rest.iter().position(|&byte| byte == 0)?;
    str::from_utf8(&rest[..end]).ok()
}

fn word16(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn word32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn word64(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}
