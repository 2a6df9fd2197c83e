//! What a run gives to a plan: where its slots lie, and the values of its parameters.

use crate::error::{Result, refuse};
use crate::reader::whole;

/// The bytes of a slot, which the caller holds and nobody else touches during the run.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// Where the first one lies; 0 if there are none.
    pub address: usize,
    /// How many there are.
    pub bytes: usize,
}

impl Memory {
    /// Reads an address and a number of bytes.
    #[inline]
    pub fn read(address: f64, bytes: f64) -> Result<Memory> {
        match (whole(address), whole(bytes)) {
            (Some(address @ 0..), Some(bytes @ 0..)) => {
                let (address, bytes) = (address as usize, bytes as usize);
                #[cfg(test)]
                crate::testing::require_known(address, bytes)?;
                Ok(Memory { address, bytes })
            }
            _ => refuse_memory(address, bytes),
        }
    }
}

#[cold]
#[inline(never)]
fn refuse_memory(address: f64, bytes: f64) -> Result<Memory> {
    refuse(format!("{bytes} bytes at address {address} cannot be a slot"))
}

/// The arguments of a run. Any number of them may be there, and parameters may be any numbers.
#[derive(Clone, Copy)]
pub struct Arguments<'a> {
    /// The bytes of each slot.
    pub slots: &'a [Memory],
    /// The values of the parameters.
    pub params: &'a [f64],
}

impl Arguments<'_> {
    /// The bytes of a slot.
    #[inline]
    pub fn slot(&self, number: usize) -> Result<Memory> {
        match self.slots.get(number) {
            Some(&memory) => Ok(memory),
            None => refuse_missing("slot", number, self.slots.len()),
        }
    }

    /// The value of a parameter.
    #[inline]
    pub fn param(&self, number: usize) -> Result<f64> {
        match self.params.get(number) {
            Some(&value) => Ok(value),
            None => refuse_missing("parameter", number, self.params.len()),
        }
    }
}

#[cold]
#[inline(never)]
fn refuse_missing<T>(what: &str, number: usize, given: usize) -> Result<T> {
    refuse(format!("there is no {what} {number}: {given} were given"))
}
