//! The steps of a plan on a GPU: the kernels of each, memory for what they are given, and a run.

use super::device::Device;
use super::launch::Launch;
use super::pool::Address;
use super::{blocks, fold, given, map, matmul, moves, reduce};
use crate::arguments::Memory;
use crate::device::Step;
use crate::error::{Error, Result, refuse};
use crate::reader::whole;

/// The kernels of a plan's steps.
pub struct Launches {
    device: &'static Device,
    steps: Vec<Prepared>,
    /// What kernels are given, as a run has written it, and where it lies on the GPU.
    words: Vec<u64>,
    given: Address,
    /// Memory for parts of results, with its bytes.
    scratch: Vec<(Address, usize)>,
}

/// A step's kernels.
struct Prepared {
    /// The first word that they are given.
    at: usize,
    launches: Vec<Launch>,
}

impl Launches {
    /// Chooses and compiles the kernels of some steps.
    pub fn new(device: &'static Device, steps: &[Step]) -> std::result::Result<Launches, (usize, Error)> {
        let mut launches = Launches {
            device,
            steps: Vec::new(),
            words: Vec::new(),
            given: 0,
            scratch: Vec::new(),
        };
        for (number, step) in steps.iter().enumerate() {
            launches.add(step).map_err(|error| (number, error))?;
        }
        let bytes = launches.bytes();
        launches.given = device.allocate(bytes).map_err(|error| (0, error))?;
        Ok(launches)
    }

    fn bytes(&self) -> usize {
        size_of_val(&self.words[..]).max(1)
    }

    fn add(&mut self, step: &Step) -> Result<()> {
        let (device, at) = (self.device, self.words.len());
        let mut scratch = |bytes| {
            let address = device.allocate(bytes)?;
            self.scratch.push((address, bytes));
            Ok(address)
        };
        let launches = match step {
            Step::Map(map) => map::prepare(device, map, at),
            Step::Reduce(reduce) => reduce::prepare(device, &reduce.asked(), at, &mut scratch),
            Step::Matmul(matmul) => matmul::prepare(device, &matmul.asked(), at),
            Step::Gather(gather) => moves::prepare_gather(device, &gather.asked(), at),
            Step::ScatterAdd(scatter) => moves::prepare_scatter_add(device, &scatter.asked(), at),
            Step::Fold(fold) => fold::prepare(device, fold, at),
        }?;
        device.way.write(step, &mut self.words);
        self.steps.push(Prepared { at, launches });
        Ok(())
    }

    /// Finds the memory of slots, each a handle and a number of bytes.
    pub fn find(&self, slots: &[[f64; 2]], to: &mut Vec<Memory>) -> Result<()> {
        blocks::with(|blocks| {
            for &[handle, bytes] in slots {
                let (handle, bytes) = (whole(handle).unwrap_or(0), whole(bytes).unwrap_or(-1));
                let block = blocks.get(u32::try_from(handle).unwrap_or(0))?;
                let fits = usize::try_from(bytes).is_ok_and(|bytes| bytes <= block.bytes);
                if !fits || !std::ptr::eq(block.device, self.device) {
                    return refuse(format!(
                        "the value of handle {handle} has not {bytes} bytes on this GPU"
                    ));
                }
                to.push(Memory {
                    address: block.address as usize,
                    bytes: bytes as usize,
                });
            }
            Ok(())
        })
    }

    /// Runs steps that were bound to memory of this GPU.
    ///
    /// # Safety
    /// They are those that this was made of, and the memory is there until the GPU has run them.
    pub unsafe fn run(&mut self, steps: &[Step]) -> std::result::Result<(), (usize, Error)> {
        let whole = |error| (0, error);
        self.words.clear();
        let way = self.device.way;
        steps.iter().for_each(|step| way.write(step, &mut self.words));
        self.device
            .write(self.given, bytes_of(&self.words))
            .map_err(whole)?;
        for (number, step) in self.steps.iter().enumerate() {
            for launch in &step.launches {
                // SAFETY: the caller's promise; the words were written for these kernels.
                let done = unsafe { launch.launch(self.device, self.given) };
                done.map_err(|error| (number, error))?;
            }
        }
        self.check_indices(steps)
    }

    /// Waits for the moves among the steps, and tells the first index that was out of range.
    fn check_indices(&self, steps: &[Step]) -> std::result::Result<(), (usize, Error)> {
        for (number, step) in steps.iter().enumerate() {
            let asked = match step {
                Step::Gather(gather) => gather.asked(),
                Step::ScatterAdd(scatter) => scatter.asked(),
                _ => continue,
            };
            let at = self.given + 8 * self.steps[number].at as Address;
            let told = self.device.read_word(at).map_err(|error| (number, error))?;
            if told != u64::MAX {
                let index = self
                    .index_at(step, told as usize)
                    .map_err(|error| (number, error))?;
                let (axis, size) = (asked.axis, asked.size);
                return Err((number, Error::IndexRange { index, axis, size }));
            }
        }
        Ok(())
    }

    /// The index at a position of a move's shape.
    fn index_at(&self, step: &Step, flat: usize) -> Result<i64> {
        let address = match step {
            Step::Gather(gather) => {
                let over = gather.asked().over;
                over.operands[1].element(&over.dims, flat)
            }
            Step::ScatterAdd(scatter) => {
                let over = given::walked_last(&scatter.asked());
                over.operands[1].element(&over.dims, flat)
            }
            _ => return Ok(0),
        };
        let mut index = [0u8; 4];
        self.device.read(address.addr() as Address, &mut index)?;
        Ok(i64::from(i32::from_ne_bytes(index)))
    }
}

impl Drop for Launches {
    fn drop(&mut self) {
        // What is handed out next is written after what still runs has read it: there is one stream.
        if self.given != 0 {
            self.device.free(self.given, self.bytes());
        }
        self.scratch
            .iter()
            .for_each(|&(address, bytes)| self.device.free(address, bytes));
    }
}

/// The bytes of words.
fn bytes_of(words: &[u64]) -> &[u8] {
    // SAFETY: any word is eight bytes.
    unsafe { std::slice::from_raw_parts(words.as_ptr().cast(), size_of_val(words)) }
}
