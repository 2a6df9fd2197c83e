//! What a GPU was given and is not known to have done. A GPU that fails does not tell which kernel did it, and the error
//! comes late: it is one of these.

use crate::cpu::map::Map;
use crate::cpu::reduce::combine::{self, Combine};
use crate::device::Step;
use crate::ops::ROWS;
use crate::program::{Code, Program};
use std::collections::VecDeque;
use std::sync::Arc;

/// How many kernels an error names.
const MOST_NAMED: usize = 8;

/// The runs that are under way, each with the point of the work after which it is done.
#[derive(Default)]
pub struct Underway(VecDeque<(u64, Arc<[String]>)>);

impl Underway {
    /// Notes a run of some kernels.
    pub fn begin(&mut self, point: u64, kernels: Arc<[String]>) {
        self.0.push_back((point, kernels));
    }

    /// All else being done, notes some kernels of the last run.
    pub fn only(&mut self, kernels: Arc<[String]>) {
        let point = self.0.pop_back().map_or(0, |(point, _)| point);
        self.0.clear();
        self.begin(point, kernels);
    }

    /// Forgets what is done at a point.
    pub fn reach(&mut self, point: u64) {
        while self.0.front().is_some_and(|&(end, _)| end <= point) {
            self.0.pop_front();
        }
    }

    /// Which kernels may have failed, as the end of a sentence; nothing if none is under way.
    pub fn suspects(&self) -> String {
        let mut names: Vec<&str> = Vec::new();
        for name in self.0.iter().flat_map(|(_, kernels)| kernels.iter()) {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
        let named = names[..names.len().min(MOST_NAMED)].join("; ");
        match names.len() {
            0 => String::new(),
            1 => format!(", in the kernel {named}"),
            2..=MOST_NAMED => format!(", in one of the kernels {named}"),
            all => format!(", in one of the kernels {named}; and {} more", all - MOST_NAMED),
        }
    }
}

/// What a step's kernels are called: its family and the ops that it computes.
pub fn name_of(step: &Step) -> String {
    let mut words = Vec::new();
    let mut add = |program: &Program| words.extend(ops_of(program));
    match step {
        Step::Map(map) => add(map.program()),
        Step::Reduce(reduce) => {
            let asked = reduce.asked();
            add(asked.program);
            words.push(combine_of(asked.combine));
            words.extend(asked.epilogue.into_iter().map(Map::program).flat_map(ops_of));
        }
        Step::Matmul(matmul) => {
            let asked = matmul.asked();
            words.extend(asked.epilogue.into_iter().map(Map::program).flat_map(ops_of));
        }
        Step::Fold(fold) => add(fold.program()),
        Step::Gather(_) | Step::ScatterAdd(_) => {}
    }
    let family = step.family().name();
    if words.is_empty() {
        return family.into();
    }
    format!("{family}: {}", words.join(" "))
}

fn ops_of(program: &Program) -> Vec<&'static str> {
    let op = |code: Code| match code {
        Code::Apply(op) => Some(ROWS[op as usize].name),
        _ => None,
    };
    program.code.iter().filter_map(|one| op(one.code)).collect()
}

fn combine_of(combine: Combine) -> &'static str {
    combine::NAMES.lines().nth(combine as usize).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kernels(names: &[&str]) -> Arc<[String]> {
        names.iter().map(|name| name.to_string()).collect()
    }

    #[test]
    fn what_is_not_known_to_be_done_is_named_once() {
        let mut underway = Underway::default();
        assert_eq!(underway.suspects(), "");
        underway.begin(1, kernels(&["map: exp"]));
        assert_eq!(underway.suspects(), ", in the kernel map: exp");
        underway.begin(2, kernels(&["reduce: sum", "map: exp"]));
        underway.begin(3, kernels(&["gather"]));
        assert_eq!(
            underway.suspects(),
            ", in one of the kernels map: exp; reduce: sum; gather"
        );
        underway.reach(2);
        assert_eq!(underway.suspects(), ", in the kernel gather");
        let many: Vec<String> = (0..20).map(|number| format!("map: {number}")).collect();
        underway.begin(4, many.into());
        assert!(
            underway.suspects().ends_with("map: 6; and 13 more"),
            "{}",
            underway.suspects()
        );
        underway.reach(4);
        assert_eq!(underway.suspects(), "");
    }
}
