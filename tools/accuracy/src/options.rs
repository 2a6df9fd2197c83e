//! The command line.

/// What is asked for.
pub struct Options {
    only: Vec<String>,
    /// Every how many-th `float32` number is checked.
    pub step: u64,
    /// Whether `float32` is checked.
    pub single: bool,
    /// Whether `float64` is checked.
    pub double: bool,
    /// Whether the table is written.
    pub writes: bool,
}

const USAGE: &str =
    "usage: deno task math:check [--only FUNCTION,…] [--dtype float32|float64] [--fraction F] [--write]";

impl Options {
    /// Reads the arguments, or says how to use them.
    pub fn parse(mut args: impl Iterator<Item = String>) -> Result<Options, String> {
        let mut options = Options {
            only: Vec::new(),
            step: 1,
            single: true,
            double: true,
            writes: false,
        };
        while let Some(name) = args.next() {
            let mut value = || args.next().ok_or(USAGE.to_string());
            match name.as_str() {
                "--only" => options.only = value()?.split(',').map(String::from).collect(),
                "--fraction" => {
                    let fraction: f64 = value()?.parse().map_err(|_| USAGE)?;
                    if !(1e-7..=1.0).contains(&fraction) {
                        return Err(USAGE.to_string());
                    }
                    options.step = (1.0 / fraction).round() as u64;
                }
                "--dtype" => {
                    let dtype = value()?;
                    (options.single, options.double) = (dtype == "float32", dtype == "float64");
                    if !options.single && !options.double {
                        return Err(USAGE.to_string());
                    }
                }
                "--write" => options.writes = true,
                _ => return Err(USAGE.to_string()),
            }
        }
        Ok(options)
    }

    /// Whether a function is asked for.
    pub fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == name)
    }

    /// How many points are sampled of functions that cannot be checked wholly.
    pub fn points(&self) -> u64 {
        10_000_000 / self.step
    }
}
