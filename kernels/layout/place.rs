//! Where an operand lies, as far as a plan knows it: a slot, an offset, and what a run adds to the offset.

use crate::arguments::Arguments;
use crate::dtype::DType;
use crate::error::{Result, refuse};
use crate::reader::{Reader, whole};

/// The most slots and parameters of a plan.
pub const MOST_ARGUMENTS: usize = 1 << 20;

/// A part of an offset that a run gives: a parameter times a stride.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Shift {
    param: usize,
    stride: i64,
}

/// The place of element [0, …, 0] in a slot; of an index, its value there.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Place {
    /// Which slot; 0 for an index, which has none.
    pub slot: usize,
    /// What is known of the offset, in elements.
    pub offset: i64,
    shifts: Box<[Shift]>,
}

impl Place {
    /// Reads slot (unless of an index), offset and shifts.
    pub fn read(reader: &mut Reader, dtype: DType) -> Result<Place> {
        let slot = match dtype.has_memory() {
            true => reader.count(MOST_ARGUMENTS, "a slot")?,
            false => 0,
        };
        let offset = reader.int()?;
        let shifts = reader.count(MOST_ARGUMENTS, "shifts")?;
        let mut shift = |_| {
            let param = reader.count(MOST_ARGUMENTS, "a parameter")?;
            let stride = reader.int()?;
            Ok(Shift { param, stride })
        };
        let shifts = (0..shifts).map(&mut shift).collect::<Result<_>>()?;
        Ok(Place { slot, offset, shifts })
    }

    /// Whether a run may add to the offset.
    pub fn moves(&self) -> bool {
        !self.shifts.is_empty()
    }

    /// What a run adds to the offset.
    #[inline]
    pub fn shift(&self, arguments: &Arguments) -> Result<i64> {
        if self.shifts.is_empty() {
            return Ok(0);
        }
        self.sum_shifts(arguments)
    }

    fn sum_shifts(&self, arguments: &Arguments) -> Result<i64> {
        self.shifts
            .iter()
            .try_fold(0, |sum: i64, &Shift { param, stride }| {
                let value = arguments.param(param)?;
                let steps = whole(value).and_then(|value| value.checked_mul(stride));
                match steps.and_then(|steps| sum.checked_add(steps)) {
                    Some(sum) => Ok(sum),
                    None => refuse(format!(
                        "parameter {param} is {value}, by which nothing can be shifted"
                    )),
                }
            })
    }
}
