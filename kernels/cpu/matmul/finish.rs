//! Epilogues of a layer and of its gradients, in loops of their own: `relu(x + bias)`, `h > 0 ? x : 0`, `w + x · c`.
//!
//! They read and write each result once more, while it is in the nearest cache. A machine for any program must be set up
//! for each call, and takes three times as long a vector: 200 to 300 ns for 10×100 results in place of 50, 900 ns for
//! 100×100 in place of 300, of which most is the second level's cache.

use crate::cpu::map::{Lane, Map};
use crate::cpu::simd::{Simd, Vector};
use crate::layout::{Iteration, Operand};
use crate::ops::Op;
use crate::program::{Code, Program, SPLATS};

/// What becomes of a result `x`, given the element `y` of the other input, and constants.
#[derive(Clone, Copy)]
enum Form {
    /// `x + y`.
    Add,
    /// `relu(x + y)`.
    AddRelu,
    /// `y + x · c`.
    AddScaled(u8),
    /// `y > c ? x : d`.
    Gate(u8, u8),
}

/// How an epilogue of one of the forms runs.
#[derive(Clone, Copy)]
pub struct Finish {
    form: Form,
    /// Whether the other input is a row that all rows of results share; else it lies as the results do.
    row: bool,
}

/// Some rows of results, and of the other input.
struct Part<E> {
    x: *mut E,
    x_row: usize,
    y: *const E,
    y_row: usize,
    rows: usize,
    columns: usize,
}

impl Finish {
    /// How an epilogue of results with so many columns runs, if it is of one of the forms.
    pub fn of(epilogue: &Map, columns: usize) -> Option<Finish> {
        let (program, over) = epilogue.first();
        let form = form(program)?;
        let [x, y, out] = &over.operands[..] else {
            return None;
        };
        let row = is_row(y, over, columns);
        let fits = out.place == x.place && out.is_contiguous(&over.dims);
        (fits && (row || y.is_contiguous(&over.dims))).then_some(Finish { form, row })
    }

    /// Runs over `width` columns of some rows of results, which have `columns` in all. The first element is that of
    /// number `start`, in a column.
    ///
    /// # Safety
    /// `epilogue` is the one that this was made of, it is bound, and the results are written by nobody else. The machine
    /// has the tier's features.
    pub unsafe fn run<S: Simd, V: Vector<Elem: Lane>>(
        self,
        epilogue: &Map,
        (start, column): (usize, usize),
        (rows, width): (usize, usize),
        columns: usize,
    ) {
        let (program, over) = epilogue.first();
        let first = if self.row { column } else { start };
        let part = Part {
            x: over.operands[0].data.cast::<V::Elem>().wrapping_add(start),
            x_row: columns,
            y: over.operands[1]
                .data
                .cast::<V::Elem>()
                .wrapping_add(first)
                .cast_const(),
            y_row: if self.row { 0 } else { columns },
            rows,
            columns: width,
        };
        // SAFETY: the caller vouches for the memory and for the features.
        unsafe {
            S::vectorize(
                #[inline(always)]
                || {
                    let zero = V::zero();
                    let constant = |slot| V::splat(V::Elem::constant(value(program, slot)));
                    match self.form {
                        Form::Add => part.each(|x: V, y| x.add(y)),
                        Form::AddRelu => part.each(|x: V, y| {
                            let sum = x.add(y);
                            V::select(sum.le(zero), zero, sum)
                        }),
                        Form::AddScaled(c) => {
                            let c = constant(c);
                            part.each(|x: V, y| y.add(x.mul(c)))
                        }
                        Form::Gate(c, d) => {
                            let (c, d) = (constant(c), constant(d));
                            part.each(|x: V, y| V::select(c.lt(y), x, d))
                        }
                    }
                },
            )
        }
    }
}

impl<E> Part<E> {
    /// Makes `f(x, y)` of each `x`.
    #[inline(always)]
    unsafe fn each<V: Vector<Elem = E>>(&self, f: impl Fn(V, V) -> V) {
        let (mut rows, mut columns) = (self.rows, self.columns);
        if columns == self.x_row && columns == self.y_row {
            (rows, columns) = (1, rows * columns);
        }
        let whole = columns / V::LANES * V::LANES;
        for row in 0..rows {
            // SAFETY: the caller vouches for the rows; vectors cover each, every element once.
            unsafe {
                let (x, y) = (self.x.add(row * self.x_row), self.y.add(row * self.y_row));
                for at in (0..whole).step_by(V::LANES) {
                    f(V::load(x.add(at)), V::load(y.add(at))).store(x.add(at));
                }
                let left = columns - whole;
                if left > 0 {
                    let (x, y) = (x.add(whole), y.add(whole));
                    f(V::load_first(x, left), V::load_first(y, left)).store_first(x, left);
                }
            }
        }
    }
}

/// The form of a program, if it has one.
fn form(program: &Program) -> Option<Form> {
    let constant = |slot: u8| slot as usize >= SPLATS;
    let mut words = [(Code::Load, false, 0, 0); 4];
    let count = program.code.len();
    if !program.plain || program.inputs.len() != 2 || !(3..=4).contains(&count) {
        return None;
    }
    for (word, code) in words.iter_mut().zip(&program.code) {
        *word = (code.code, code.swap, code.a, code.b);
    }
    use Code::{Apply, Load, Store};
    match words[..count] {
        [(Load, _, 0, _), (Apply(Op::Add), false, 1, _), (Store, ..)] => Some(Form::Add),
        [
            (Load, _, 0, _),
            (Apply(Op::Add), false, 1, _),
            (Apply(Op::Relu), ..),
            (Store, ..),
        ] => Some(Form::AddRelu),
        [(Load, _, 1, _), (Apply(Op::Addcmul), _, 0, c), (Store, ..)] if constant(c) => {
            Some(Form::AddScaled(c))
        }
        [
            (Load, _, 1, _),
            (Apply(Op::Gt), false, c, _),
            (Apply(Op::Where), _, 0, d),
            (Store, ..),
        ] if constant(c) && constant(d) => Some(Form::Gate(c, d)),
        _ => None,
    }
}

/// The value of a constant's slot.
fn value(program: &Program, slot: u8) -> f64 {
    program.consts[program.splats[slot as usize - SPLATS].number as usize]
}

/// Whether an operand is one row of so many elements, for all rows of an iteration.
fn is_row(operand: &Operand, over: &Iteration, columns: usize) -> bool {
    let last = over.dims.len() - 1;
    let outer_rest = operand.strides[..last].iter().all(|&stride| stride == 0);
    over.dims[last] == columns && operand.strides[last] == 1 && outer_rest
}
