//! What can go wrong in a kernel call.

use std::borrow::Cow;
use std::fmt;

/// Why a call was refused.
#[derive(Debug, Clone, PartialEq)]
pub enum Error {
    /// A descriptor, or an argument of a run, says something that no caller may say.
    Refused(Cow<'static, str>),
    /// An index lies outside its axis.
    IndexRange {
        /// The index found.
        index: i64,
        /// The axis it indexes.
        axis: usize,
        /// How many entries the axis has.
        size: usize,
    },
    /// Memory for the kernel's own use could not be had.
    OutOfMemory {
        /// How many bytes were wanted.
        bytes: usize,
    },
    /// A device cannot be used, or has failed.
    Device(String),
}

/// What kernels return.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// The status of the C ABI.
    pub fn status(&self) -> i32 {
        match self {
            Error::Refused(_) => 1,
            Error::IndexRange { .. } => 2,
            Error::OutOfMemory { .. } => 4,
            Error::Device(_) => 5,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Refused(text) => write!(f, "{text}"),
            Error::Device(text) => write!(f, "{text}"),
            Error::IndexRange { index, axis, size } => {
                write!(
                    f,
                    "index {index} is out of range for axis {axis} with size {size}"
                )
            }
            Error::OutOfMemory { bytes } => write!(f, "Out of memory: {bytes} bytes were wanted"),
        }
    }
}

impl std::error::Error for Error {}

/// An `Err` for what is not as it must be.
#[cold]
#[inline(never)]
pub fn refuse<T>(text: impl Into<Cow<'static, str>>) -> Result<T> {
    Err(Error::Refused(text.into()))
}
