//! Descriptors with what their runs are given.

use super::ProgramText;
use crate::arguments::{Arguments, Memory};
use crate::error::Result;
use crate::reader::Reader;

/// A descriptor, and what a run gives it.
#[derive(Clone, Debug, Default)]
pub struct Call {
    /// The descriptor.
    pub words: Vec<f64>,
    /// The slots: addresses and bytes.
    pub slots: Vec<[f64; 2]>,
    /// The parameters.
    pub params: Vec<f64>,
}

impl Call {
    /// Adds the place of an operand; one memory is one slot.
    pub fn place(&mut self, address: usize, bytes: usize, offset: i64) {
        let memory = [address as f64, bytes as f64];
        let known = self.slots.iter().position(|&slot| slot == memory);
        let slot = known.unwrap_or_else(|| {
            self.slots.push(memory);
            self.slots.len() - 1
        });
        self.words.extend([slot as f64, offset as f64, 0.0]);
    }

    /// Adds the place of an operand over the whole of `data`.
    pub fn data<E>(&mut self, data: &[E]) {
        self.place(data.as_ptr() as usize, size_of_val(data), 0);
    }

    /// The same for data that is written to.
    pub fn result<E>(&mut self, data: &mut [E]) {
        self.place(data.as_mut_ptr() as usize, size_of_val(data), 0);
    }

    /// Adds the place of an index.
    pub fn index(&mut self, start: i64) {
        self.words.extend([start as f64, 0.0]);
    }

    /// Adds strides.
    pub fn strides(&mut self, strides: &[i64]) {
        self.words.extend(strides.iter().map(|&stride| stride as f64));
    }

    /// Adds constants of a program.
    pub fn consts(&mut self, consts: &[f64]) {
        let first = self.params.len();
        self.params.extend(consts);
        self.words
            .extend((first..self.params.len()).map(|param| param as f64));
    }

    /// Adds a program.
    pub fn program(&mut self, text: &ProgramText) {
        self.words.extend(text.words());
        self.consts(&text.consts);
    }

    /// What the whole descriptor says, bound to its memory.
    pub fn bound<T>(
        &self,
        read: impl FnOnce(&mut Reader) -> Result<T>,
        bind: impl FnOnce(&mut T, &Arguments) -> Result<()>,
    ) -> Result<T> {
        let mut reader = Reader::new(&self.words);
        let mut kernel = read(&mut reader)?;
        reader.end()?;
        let slots = self
            .slots
            .iter()
            .map(|&[address, bytes]| Memory::read(address, bytes));
        let slots: Vec<Memory> = slots.collect::<Result<_>>()?;
        let arguments = Arguments {
            slots: &slots,
            params: &self.params,
        };
        bind(&mut kernel, &arguments)?;
        Ok(kernel)
    }
}
