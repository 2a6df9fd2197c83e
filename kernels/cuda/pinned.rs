//! Memory of the process that a GPU reads and writes by itself, and the pieces of it through which bytes pass.

use super::device::Device;
use super::pool::Address;
use super::timeline::Timeline;
use crate::error::Result;
use cudarc::driver::result;

/// The bytes of a piece: long enough that the time of a call does not matter.
const PIECE: usize = 1 << 20;
/// The most pieces through which bytes go to a GPU.
const MOST_PIECES: usize = 32;
/// The bytes of a word.
const WORD: usize = 8;
/// What fails if the GPU does, in words.
const RUN_OR_COPY: &str = "run what it was given, or copy from it";
/// Where bytes begin in a piece: at multiples of a cache line.
const LINE: usize = 64;

/// Memory that is given back at the end of the process.
struct Pinned(&'static mut [u8]);

impl Pinned {
    fn new(device: &Device) -> Result<Pinned> {
        // SAFETY: the flags are those of ordinary pinned memory; any byte is a number.
        let taken = device.ask("pin memory", || unsafe {
            let memory = result::malloc_host(PIECE, 0)?.cast::<u8>();
            memory.write_bytes(0, PIECE);
            Ok(std::slice::from_raw_parts_mut(memory, PIECE))
        })?;
        Ok(Pinned(taken))
    }
}

/// A piece through which bytes go to the GPU.
struct Piece {
    memory: Pinned,
    /// How much of it holds bytes that the GPU may not have read yet.
    used: usize,
    /// The write after which it has.
    point: u64,
}

/// Through which bytes go to the GPU: what is written may change at once, and the GPU takes it when it comes to it.
pub struct Outbox {
    /// The stream of the copies.
    pub timeline: Timeline,
    pieces: Vec<Piece>,
    /// The piece that is being filled.
    current: usize,
}

impl Outbox {
    /// One that has no memory yet.
    pub fn new(timeline: Timeline) -> Outbox {
        Outbox {
            timeline,
            pieces: Vec::new(),
            current: 0,
        }
    }

    /// Copies bytes to the GPU, after what it does with their place up to a point of its work. Returns the point after
    /// which they are there.
    pub fn write(
        &mut self,
        device: &Device,
        to: Address,
        bytes: &[u8],
        work: (&Timeline, u64),
    ) -> Result<u64> {
        self.timeline.follow(device, work.0, work.1)?;
        let mut point = 0;
        for (number, part) in bytes.chunks(PIECE).enumerate() {
            self.make_room(device, part.len())?;
            let Outbox {
                timeline,
                pieces,
                current,
            } = self;
            let piece = &mut pieces[*current];
            let place = &mut piece.memory.0[piece.used..][..part.len()];
            place.copy_from_slice(part);
            let (to, stream) = (to + (number * PIECE) as Address, timeline.stream.cu_stream());
            // SAFETY: the caller has proved that the bytes lie within a block; the piece is kept until they were read.
            device.ask("copy to it", || unsafe {
                result::memcpy_htod_async(to, place, stream)
            })?;
            point = timeline.mark(device)?;
            piece.used = (piece.used + part.len()).next_multiple_of(LINE);
            piece.point = point;
        }
        Ok(point)
    }

    /// Sees to it that the current piece has room for so many bytes.
    fn make_room(&mut self, device: &Device, bytes: usize) -> Result<()> {
        let fits = |piece: &Piece| piece.used + bytes <= PIECE;
        if self.pieces.get(self.current).is_some_and(fits) {
            return Ok(());
        }
        let next = (self.current + 1) % self.pieces.len().max(1);
        let waits = |piece: &Piece| piece.point > self.timeline.reached();
        if self.pieces.len() < MOST_PIECES && self.pieces.get(next).is_none_or(waits) {
            let at = (self.current + 1).min(self.pieces.len());
            let memory = Pinned::new(device)?;
            self.pieces.insert(
                at,
                Piece {
                    memory,
                    used: 0,
                    point: 0,
                },
            );
            self.current = at;
            return Ok(());
        }
        let piece = &mut self.pieces[next];
        self.timeline.reach(device, piece.point)?;
        piece.used = 0;
        self.current = next;
        Ok(())
    }
}

/// Through which bytes come from the GPU: one half is copied out while the GPU fills the other.
pub struct Inbox {
    /// The stream of the copies.
    pub timeline: Timeline,
    halves: [Option<Pinned>; 2],
}

impl Inbox {
    /// One that has no memory yet.
    pub fn new(timeline: Timeline) -> Inbox {
        Inbox {
            timeline,
            halves: [None, None],
        }
    }

    /// Copies bytes from the GPU, and waits for them.
    pub fn read(&mut self, device: &Device, from: Address, bytes: &mut [u8]) -> Result<()> {
        let mut coming: Option<(u64, usize, &mut [u8])> = None;
        for (number, part) in bytes.chunks_mut(PIECE).enumerate() {
            let half = number % 2;
            self.fetch(device, half, 0, from + (number * PIECE) as Address, part.len())?;
            let point = self.timeline.mark(device)?;
            if let Some(before) = coming.replace((point, half, part)) {
                self.take(device, before)?;
            }
        }
        coming.map_or(Ok(()), |last| self.take(device, last))
    }

    /// Copies words from the GPU that lie apart, and waits for them.
    pub fn read_words(&mut self, device: &Device, from: &[Address]) -> Result<Vec<u64>> {
        let mut words = Vec::with_capacity(from.len());
        for places in from.chunks(PIECE / WORD) {
            for (number, &place) in places.iter().enumerate() {
                self.fetch(device, 0, number * WORD, place, WORD)?;
            }
            let point = self.timeline.mark(device)?;
            let mut bytes = vec![0; places.len() * WORD];
            self.take(device, (point, 0, &mut bytes))?;
            words.extend(bytes.as_chunks().0.iter().map(|&word| u64::from_ne_bytes(word)));
        }
        Ok(words)
    }

    /// Has the GPU copy bytes into a half, from `at` on.
    fn fetch(&mut self, device: &Device, half: usize, at: usize, from: Address, bytes: usize) -> Result<()> {
        let half = match &mut self.halves[half] {
            Some(half) => half,
            none => none.insert(Pinned::new(device)?),
        };
        let (place, stream) = (&mut half.0[at..][..bytes], self.timeline.stream.cu_stream());
        // SAFETY: the caller has proved that the bytes lie within a block; the half is kept until it is filled.
        device.ask(RUN_OR_COPY, || unsafe {
            result::memcpy_dtoh_async(place, from, stream)
        })
    }

    /// Waits for a point, and copies bytes out of a half.
    fn take(&mut self, device: &Device, (point, half, to): (u64, usize, &mut [u8])) -> Result<()> {
        self.timeline.reach(device, point)?;
        if let Some(half) = &self.halves[half] {
            to.copy_from_slice(&half.0[..to.len()]);
        }
        Ok(())
    }
}
