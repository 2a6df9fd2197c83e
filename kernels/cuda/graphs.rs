//! The launches of plans that run again and again, captured once: a run is then one call of the driver.
//!
//! What a run changes lies in memory that it writes before, so a graph stays as it was captured.

use super::device::Device;
use crate::error::Result;
use cudarc::driver::result::{graph, stream};
use cudarc::driver::sys::{CUgraphExec, CUgraphInstantiate_flags, CUstreamCaptureMode};
use std::collections::HashMap;

/// The most graphs of a GPU: each takes memory there. Those that were not used for longest go first.
const MOST: usize = 256;
/// After so many launches without it, a graph may go. If more plans than that take turns, those without a graph do not
/// drive out the others'.
const FORGOTTEN: u64 = 2 * MOST as u64;

/// The graphs of a GPU, by the plans that they are of.
#[derive(Default)]
pub struct Graphs {
    kept: HashMap<u64, Kept>,
    /// How many plans there were.
    plans: u64,
    /// How often a graph was used.
    uses: u64,
}

/// What became of launches that were to be a graph.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Launched {
    /// They were launched as one.
    AsGraph,
    /// They were not launched: there is no room for another graph.
    NotNow,
    /// They were not launched: the driver does not capture them.
    Never,
}

/// A graph, and when it was last used.
struct Kept {
    graph: Graph,
    used: u64,
}

/// Launches that were captured.
#[derive(Clone, Copy)]
pub struct Graph(CUgraphExec);

// SAFETY: the driver's handles may be used from any thread, by one at a time: the lock of the graphs sees to it.
unsafe impl Send for Graph {}

impl Graphs {
    /// A number for a plan.
    pub fn number(&mut self) -> u64 {
        self.plans += 1;
        self.plans
    }

    /// Launches the graph of a plan, which is made of what `launches` launches if there is none.
    pub fn launch(
        &mut self,
        device: &Device,
        plan: u64,
        launches: impl FnOnce() -> Result<()>,
    ) -> Result<Launched> {
        self.uses += 1;
        let used = self.uses;
        if let Some(kept) = self.kept.get_mut(&plan) {
            kept.used = used;
            return kept.graph.launch(device).map(|()| Launched::AsGraph);
        }
        if !self.make_room(device) {
            return Ok(Launched::NotNow);
        }
        let Ok(graph) = Graph::capture(device, launches) else {
            return Ok(Launched::Never);
        };
        self.kept.insert(plan, Kept { graph, used });
        graph.launch(device).map(|()| Launched::AsGraph)
    }

    /// Sees to it that there is room for a graph; returns whether there is.
    fn make_room(&mut self, device: &Device) -> bool {
        if self.kept.len() < MOST {
            return true;
        }
        let oldest = self.kept.iter().min_by_key(|(_, kept)| kept.used);
        match oldest.map(|(&plan, kept)| (plan, self.uses - kept.used)) {
            Some((plan, age)) if age > FORGOTTEN => {
                self.forget(device, plan);
                true
            }
            _ => false,
        }
    }

    /// Forgets the graph of a plan.
    pub fn forget(&mut self, device: &Device, plan: u64) {
        if let Some(kept) = self.kept.remove(&plan) {
            // What cannot be given back any more goes with the context.
            _ = kept.graph.destroy(device);
        }
    }
}

impl Graph {
    /// Captures what `launches` launches. The thread is bound to the GPU, and holds its queue.
    pub fn capture(device: &Device, launches: impl FnOnce() -> Result<()>) -> Result<Graph> {
        let stream = device.stream.cu_stream();
        let mode = CUstreamCaptureMode::CU_STREAM_CAPTURE_MODE_THREAD_LOCAL;
        // SAFETY: the stream lives as long as the device, and nobody else uses it meanwhile.
        device.ask("capture launches", || unsafe {
            stream::begin_capture(stream, mode)
        })?;
        let launched = launches();
        // SAFETY: as above; a capture that was begun has to be ended.
        let captured = device.ask("capture launches", || unsafe { stream::end_capture(stream) })?;
        // SAFETY: the graph was just captured, and is destroyed once.
        let instantiate = || unsafe { graph::instantiate(captured, CUgraphInstantiate_flags(0)) };
        let made = launched.and_then(|()| device.ask("make a graph", instantiate));
        // SAFETY: as above.
        device.ask("make a graph", || unsafe { graph::destroy(captured) })?;
        made.map(Graph)
    }

    /// Launches it.
    pub fn launch(self, device: &Device) -> Result<()> {
        // SAFETY: the graph was not destroyed, and what its launches name is memory of the plan's.
        device.ask("launch its kernels", || unsafe {
            graph::launch(self.0, device.stream.cu_stream())
        })
    }

    /// Gives it back.
    pub fn destroy(self, device: &Device) -> Result<()> {
        // SAFETY: the graph was not destroyed before; the driver lets a launch of it end.
        device.call("give a graph back", || unsafe { graph::exec_destroy(self.0) })
    }
}
