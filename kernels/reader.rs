//! Reads descriptors: whole numbers in an `f64` array.

use crate::dtype::DType;
use crate::error::{Result, refuse};

/// The largest magnitude up to which every integer is an `f64`.
const EXACT: f64 = 9007199254740992.0;

/// The whole number that a word is, if it is one and every integer up to it is an `f64`.
#[inline]
pub fn whole(word: f64) -> Option<i64> {
    if word.abs() <= EXACT {
        // SAFETY: it is no NaN, and within the range of `i64`.
        let int = unsafe { word.to_int_unchecked::<i64>() };
        return (int as f64 == word).then_some(int);
    }
    None
}

/// Reads a descriptor from front to back.
#[derive(Clone)]
pub struct Reader<'a> {
    words: &'a [f64],
    at: usize,
}

impl<'a> Reader<'a> {
    /// Reads from the first word on.
    pub fn new(words: &'a [f64]) -> Self {
        Reader { words, at: 0 }
    }

    /// A whole number.
    pub fn int(&mut self) -> Result<i64> {
        let Some(&word) = self.words.get(self.at) else {
            return refuse("the descriptor ends too early");
        };
        self.at += 1;
        match whole(word) {
            Some(int) => Ok(int),
            None => refuse(format!("{word} should be a whole number")),
        }
    }

    /// A whole number from 0 to `most`; `what` names it.
    pub fn count(&mut self, most: usize, what: &'static str) -> Result<usize> {
        let int = self.int()?;
        if int < 0 || int as u64 > most as u64 {
            return refuse(format!("{int} should be a number of {what} from 0 to {most}"));
        }
        Ok(int as usize)
    }

    /// 0 or 1.
    pub fn flag(&mut self) -> Result<bool> {
        Ok(self.count(1, "yes or no")? == 1)
    }

    /// A dtype that lies in memory.
    pub fn dtype(&mut self) -> Result<DType> {
        match self.any_dtype()? {
            DType::Index => refuse("an index has no memory"),
            dtype => Ok(dtype),
        }
    }

    /// A dtype, an index included.
    pub fn any_dtype(&mut self) -> Result<DType> {
        DType::from_code(self.count(5, "a dtype")?)
    }

    /// Nothing may be left.
    pub fn end(&self) -> Result<()> {
        match self.words.len() - self.at {
            0 => Ok(()),
            left => refuse(format!("{left} words of the descriptor are left over")),
        }
    }
}
