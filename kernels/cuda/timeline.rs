//! Streams whose points are numbered: whoever needs what was done up to a point waits for that, and for no more.

use super::device::Device;
use crate::error::Result;
use cudarc::driver::CudaStream;
use cudarc::driver::result::{self, event};
use cudarc::driver::sys::{CUevent, CUevent_flags, CUevent_wait_flags};
use std::sync::Arc;

/// How many points of a stream can be told apart: what is asked for is never further ahead of what is done.
const POINTS: u64 = 64;

/// Which stream it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lane {
    /// Where plans run.
    Work,
    /// Where bytes go to the GPU.
    Writes,
    /// Where bytes come from the GPU.
    Reads,
}

/// Up to which points a block of memory is in use.
#[derive(Clone, Copy, Default, PartialEq, Debug)]
pub struct Points {
    /// The last plan that has it.
    pub work: u64,
    /// The last write to it.
    pub writes: u64,
}

impl Points {
    /// The later ones.
    pub fn max(self, other: Points) -> Points {
        Points {
            work: self.work.max(other.work),
            writes: self.writes.max(other.writes),
        }
    }
}

/// A stream, and points in its work: 0 is its beginning.
pub struct Timeline {
    /// The stream.
    pub stream: Arc<CudaStream>,
    lane: Lane,
    /// The last points, each in the place of its number modulo `POINTS`.
    events: Vec<Event>,
    /// The last point.
    last: u64,
    /// A point that the GPU is known to have come to.
    reached: u64,
    /// For each lane, up to which point of it this one waits.
    followed: [u64; 3],
}

/// An event of the driver's.
struct Event(CUevent);

// SAFETY: the driver's handles may be used from any thread.
unsafe impl Send for Event {}

impl Timeline {
    /// The points of a stream that has no work yet.
    pub fn new(stream: Arc<CudaStream>, lane: Lane) -> Timeline {
        Timeline {
            stream,
            lane,
            events: Vec::new(),
            last: 0,
            reached: 0,
            followed: [0; 3],
        }
    }

    /// The point that the next `mark` makes.
    pub fn next(&self) -> u64 {
        self.last + 1
    }

    /// A point that the GPU is known to have come to.
    pub fn reached(&self) -> u64 {
        self.reached
    }

    /// Notes that the GPU has come to a point.
    pub fn note(&mut self, point: u64) {
        self.reached = self.reached.max(point);
    }

    /// Makes a point after all that was asked for.
    pub fn mark(&mut self, device: &Device) -> Result<u64> {
        let point = self.next();
        // No event is recorded anew before its point is known to be reached.
        if point.is_multiple_of(POINTS / 2) {
            self.reach(device, point - POINTS / 2)?;
        }
        while (self.events.len() as u64) < POINTS {
            let create = || event::create(CUevent_flags::CU_EVENT_DISABLE_TIMING);
            self.events.push(Event(device.ask("make an event", create)?));
        }
        // SAFETY: the event and the stream live as long as this.
        let record = || unsafe { event::record(self.event(point), self.stream.cu_stream()) };
        device.ask("note what it was given", record)?;
        self.last = point;
        Ok(point)
    }

    /// Has the stream wait for a point of another one.
    pub fn follow(&mut self, device: &Device, other: &Timeline, point: u64) -> Result<()> {
        let followed = self.followed[other.lane as usize].max(other.reached);
        if point <= followed {
            return Ok(());
        }
        let flags = CUevent_wait_flags::CU_EVENT_WAIT_DEFAULT;
        // SAFETY: the event and the stream live as long as these.
        let wait =
            || unsafe { result::stream::wait_event(self.stream.cu_stream(), other.event(point), flags) };
        device.ask("order what it was given", wait)?;
        self.followed[other.lane as usize] = point;
        Ok(())
    }

    /// Waits until the GPU has come to a point.
    pub fn reach(&mut self, device: &Device, point: u64) -> Result<()> {
        if point > self.reached {
            // SAFETY: the event lives as long as this.
            device.ask(RUN, || unsafe { event::synchronize(self.event(point)) })?;
            self.note(point);
        }
        Ok(())
    }

    /// Waits until all is done that was asked for.
    pub fn finish(&mut self, device: &Device) -> Result<()> {
        // SAFETY: the stream lives as long as this.
        device.ask(RUN, || unsafe {
            result::stream::synchronize(self.stream.cu_stream())
        })?;
        self.note(self.last);
        Ok(())
    }

    fn event(&self, point: u64) -> CUevent {
        self.events[(point % POINTS) as usize].0
    }
}

/// What fails if the GPU does, in words.
const RUN: &str = "run what it was given";
