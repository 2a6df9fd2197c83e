//! The devices' arms: each family is decoded and proved, then run where the operands are.

use crate::cpu::map::Map;
use crate::cpu::matmul::Matmul;
use crate::cpu::moves::{Gather, ScatterAdd};
use crate::cpu::reduce::Reduce;
use crate::error::Result;
use crate::reader::Reader;

/// Runs an expression program over one or several shapes.
pub fn map(reader: &mut Reader) -> Result<()> {
    let mut map = Map::new();
    map.read(reader)?;
    reader.end()?;
    map.run();
    Ok(())
}

/// Folds axes of what a program computes.
pub fn reduce(reader: &mut Reader) -> Result<()> {
    let mut reduce = Reduce::new();
    reduce.read(reader)?;
    reader.end()?;
    reduce.run()
}

/// Multiplies matrices.
pub fn matmul(reader: &mut Reader) -> Result<()> {
    let mut matmul = Matmul::new();
    matmul.read(reader)?;
    reader.end()?;
    matmul.run()
}

/// Reads along an axis at given positions.
pub fn gather(reader: &mut Reader) -> Result<()> {
    let gather = Gather::read(reader)?;
    reader.end()?;
    gather.run()
}

/// Adds along an axis at given positions.
pub fn scatter_add(reader: &mut Reader) -> Result<()> {
    let scatter = ScatterAdd::read(reader)?;
    reader.end()?;
    scatter.run()
}
