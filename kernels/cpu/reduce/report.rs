//! What can be told of a reduction before it runs.

use super::Reduce;
use super::values::WINDOW;
use crate::cpu::map::PanelRoom;
use crate::cpu::report::Report;

impl Reduce {
    /// How it runs.
    pub fn report(&self) -> Report {
        let along = if self.rows { "rows" } else { "columns" };
        let empty = self.shape.results() == 0 || self.shape.length == 0;
        let cut = if empty { self.shape.whole() } else { self.cut() };
        let piece = (!empty).then(|| cut.piece(0));
        let (results, length) = piece.map_or((0, 0), |piece| (piece.results, piece.length));
        Report {
            path: format!("{} {along}", self.reached()),
            tile: format!("{} elements", self.shape.block),
            chunks: if empty { 1 } else { cut.pieces() },
            chunk: format!("{results} x {length} elements"),
            private: self.private(cut.groups()),
        }
    }

    /// How the values are reached.
    fn reached(&self) -> String {
        match self.values.direct {
            Some(_) => "contiguous".into(),
            None => format!("computed, {}", self.values.reach.path(&self.values.iteration)),
        }
    }

    /// What threads have for themselves: the values that they compute, and their parts of each result.
    fn private(&self, groups: usize) -> String {
        let mut own = Vec::new();
        if self.values.direct.is_none() {
            let rooms = self.values.reach.rooms(&self.values.program);
            own.push(format!("{WINDOW} values a thread"));
            own.extend((rooms > 0).then(|| Report::buffers(rooms, size_of::<PanelRoom>())));
        }
        own.extend((groups > 1).then(|| format!("{groups} partial results for each result")));
        if own.is_empty() {
            "none".into()
        } else {
            own.join(", ")
        }
    }
}
