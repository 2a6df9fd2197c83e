//! How long steps take on a GPU, by events between them.

use super::device::Device;
use crate::error::Result;
use cudarc::driver::result::event;
use cudarc::driver::sys::{self, CUevent, CUevent_flags, CUevent_record_flags};

/// An event before each step, and one after all.
pub struct EventClock<'a> {
    device: &'a Device,
    events: Vec<CUevent>,
}

impl EventClock<'_> {
    /// A clock for so many steps. The thread is bound to the GPU.
    pub fn new(device: &Device, steps: usize) -> Result<EventClock<'_>> {
        let mut clock = EventClock {
            device,
            events: Vec::new(),
        };
        for _ in 0..=steps {
            let create = || event::create(CUevent_flags::CU_EVENT_DEFAULT);
            clock.events.push(device.ask("make an event", create)?);
        }
        Ok(clock)
    }

    /// Notes that the GPU comes to a step now; where launches are captured, when their graph comes to it.
    pub fn record(&self, step: usize, captured: bool) -> Result<()> {
        let flags = match captured {
            true => CUevent_record_flags::CU_EVENT_RECORD_EXTERNAL,
            false => CUevent_record_flags::CU_EVENT_RECORD_DEFAULT,
        };
        let stream = self.device.stream.cu_stream();
        // SAFETY: the event and the stream are there as long as this.
        self.device.ask("time its kernels", || unsafe {
            sys::cuEventRecordWithFlags(self.events[step], stream, flags as u32).result()
        })
    }

    /// What each step took; all of them are done.
    pub fn nanoseconds(&self) -> Result<Vec<f64>> {
        let elapsed = |pair: &[CUevent]| {
            // SAFETY: the events were recorded, and are there as long as this.
            let elapsed = || unsafe { event::elapsed(pair[0], pair[1]) };
            let milliseconds = self.device.ask("time its kernels", elapsed)?;
            Ok(f64::from(milliseconds) * 1e6)
        };
        self.events.windows(2).map(elapsed).collect()
    }
}

impl Drop for EventClock<'_> {
    fn drop(&mut self) {
        for &event in &self.events {
            // SAFETY: the event is destroyed once. What cannot be given back any more goes with the context.
            _ = self
                .device
                .call("give an event back", || unsafe { event::destroy(event) });
        }
    }
}
