//! The dtypes in memory and the classes in which they are computed.

use crate::error::{Result, refuse};

/// How an element lies in memory. The numbers are those of descriptors.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum DType {
    /// 32-bit float.
    F32 = 0,
    /// 64-bit float.
    F64 = 1,
    /// 32-bit integer.
    I32 = 2,
    /// Unsigned byte.
    U8 = 3,
    /// A byte that is 0 or 1.
    Bool = 4,
    /// No memory: an element is its own index, a 64-bit integer.
    Index = 5,
}

/// The register class in which a program computes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Class {
    /// 32-bit floats.
    F32 = 0,
    /// 64-bit floats.
    F64 = 1,
    /// Wrapping 32-bit integers.
    I32 = 2,
}

impl DType {
    /// The dtype of a code, an index included.
    #[inline]
    pub fn from_code(code: usize) -> Result<DType> {
        use DType::*;
        match [F32, F64, I32, U8, Bool, Index].get(code) {
            Some(&dtype) => Ok(dtype),
            None => refuse(format!("{code} is no dtype")),
        }
    }

    /// Bytes of an element.
    #[inline]
    pub fn size(self) -> usize {
        match self {
            DType::F32 | DType::I32 => 4,
            DType::F64 | DType::Index => 8,
            DType::U8 | DType::Bool => 1,
        }
    }

    /// Whether its elements lie in memory.
    #[inline]
    pub fn has_memory(self) -> bool {
        self != DType::Index
    }
}

impl Class {
    /// The class of a code.
    #[inline]
    pub fn from_code(code: usize) -> Result<Class> {
        match [Class::F32, Class::F64, Class::I32].get(code) {
            Some(&class) => Ok(class),
            None => refuse(format!("{code} is no class")),
        }
    }

    /// The dtype that lies in memory as the class's registers do.
    #[inline]
    pub fn dtype(self) -> DType {
        match self {
            Class::F32 => DType::F32,
            Class::F64 => DType::F64,
            Class::I32 => DType::I32,
        }
    }
}
