//! Measures the largest errors of vector math and writes them into `docs/accuracy.md`; fails where one is too large.
//!
//! `float32` functions of one argument: all 2^32 inputs against the C library's `f64`, and AVX2 against AVX-512 bit
//! by bit. `float64`, and functions of two arguments: 10^7 stratified points against MPFR.

mod functions;
mod kernel;
mod options;
mod sampled;
mod single;
mod table;
mod threads;
mod worst;

use functions::{BOUNDS_OF_TWO, FUNCTIONS, FUNCTIONS_OF_TWO};
use options::Options;
use std::process::ExitCode;
use table::{Measured, Table};
use worst::Worst;

fn main() -> ExitCode {
    let options = match Options::parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(text) => {
            eprintln!("{text}");
            return ExitCode::FAILURE;
        }
    };
    let mut table = Table::read();
    let mut passed = true;
    let mut take = |name, dtype, bound, worst: Worst, all| {
        let measured = Measured {
            name,
            dtype,
            bound,
            worst,
            all,
        };
        println!("{}", measured.row());
        passed &= measured.holds();
        table.put(measured);
        if options.writes {
            table.write();
        }
    };
    for function in FUNCTIONS.iter().filter(|f| options.wants(f.name)) {
        if options.single {
            let worst = single::check(function, options.step);
            take(function.name, "float32", function.bounds[0], worst, Some(1 << 32));
        }
        if options.double {
            let worst = sampled::check::<f64>(function, options.points());
            take(function.name, "float64", function.bounds[1], worst, None);
        }
    }
    for function in FUNCTIONS_OF_TWO.iter().filter(|f| options.wants(f.name)) {
        if options.single {
            let worst = sampled::check_two::<f32>(function, options.points());
            take(function.name, "float32", BOUNDS_OF_TWO[0], worst, None);
        }
        if options.double {
            let worst = sampled::check_two::<f64>(function, options.points());
            take(function.name, "float64", BOUNDS_OF_TWO[1], worst, None);
        }
    }
    if passed {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
