//! What the system is told about memory.

/// Asks for large pages (2 MiB) where whole ones fit into a piece of memory that is about to be written: walks over
/// arrays larger than the caches then look up fewer addresses, and the first write is interrupted less often.
///
/// It is advice: without large pages, or if there is no such memory, nothing happens. On Zen 5, sums of 64 MiB took 1 to
/// 5 % less time where memory was slow (45 GB/s), and to 13 % less where it was quick (90 GB/s); 4 MiB gain nothing.
#[cfg(target_os = "linux")]
pub fn prefer_large_pages(address: usize, bytes: usize) {
    use std::ffi::{c_int, c_void};

    const PAGE: usize = 4096;
    const MADV_HUGEPAGE: c_int = 14;
    unsafe extern "C" {
        fn madvise(address: *mut c_void, length: usize, advice: c_int) -> c_int;
    }
    let start = address.saturating_add(PAGE - 1) / PAGE * PAGE;
    let length = address.saturating_add(bytes).saturating_sub(start);
    // SAFETY: this advice changes no contents, and the system refuses what is not mapped.
    unsafe { madvise(start as *mut c_void, length, MADV_HUGEPAGE) };
}

/// Other systems choose the size of pages themselves.
#[cfg(not(target_os = "linux"))]
pub fn prefer_large_pages(_address: usize, _bytes: usize) {}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::fs::read_to_string;

    /// Whether the system has noted the advice for the piece of memory around an address.
    fn is_advised(address: usize) -> bool {
        let maps = read_to_string("/proc/self/smaps").unwrap();
        let mut around = false;
        for line in maps.lines() {
            let range = line.split(' ').next().unwrap().split_once('-');
            let ends = range.map(|(low, high)| [low, high].map(|end| usize::from_str_radix(end, 16)));
            if let Some([Ok(low), Ok(high)]) = ends {
                around = (low..high).contains(&address);
            } else if around && line.starts_with("VmFlags:") {
                return line.split(' ').any(|flag| flag == "hg");
            }
        }
        false
    }

    #[test]
    fn large_pages_are_asked_for_and_contents_stay() {
        let values: Vec<u64> = (0..1 << 21).collect();
        let address = values.as_ptr() as usize;
        let middle = address + 8 * values.len() / 2;
        assert!(!is_advised(middle));
        prefer_large_pages(address, 8 * values.len());
        assert!(is_advised(middle) || !std::path::Path::new("/sys/kernel/mm/transparent_hugepage").exists());
        assert!(values.iter().enumerate().all(|(i, &value)| value == i as u64));
    }

    #[test]
    fn nothing_happens_where_there_is_no_memory() {
        for (address, bytes) in [
            (0, 0),
            (0, 1),
            (1, 4094),
            (usize::MAX, usize::MAX),
            (64, usize::MAX),
        ] {
            prefer_large_pages(address, bytes);
        }
    }
}
