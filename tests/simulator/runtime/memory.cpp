#include "memory.h"

#include <sys/mman.h>

#include <cstring>
#include <string>

#include "fault.h"
#include "red_zone.h"
#include "settings.h"

namespace cudashim {
namespace {

constexpr std::size_t PAGE = 4096, ALIGNMENT = 256;
constexpr unsigned char GUARD = 0xa5;
/// So many allocations have a page behind them that nobody reaches. The system lets a process have 65,530 mappings, each
/// of these takes two, and pages in reach share one with their neighbours.
constexpr std::size_t MOST_FENCED = 16384;

constexpr std::size_t round_up(std::size_t bytes, std::size_t unit) { return (bytes + unit - 1) / unit * unit; }
std::uintptr_t page_of(std::uintptr_t address) { return address / PAGE * PAGE; }
void* pointer(std::uintptr_t address) { return reinterpret_cast<void*>(address); }

/// Pages that hold an allocation; one more lies behind them.
std::size_t pages_of(std::size_t bytes) { return round_up(round_up(bytes, ALIGNMENT), PAGE); }

}  // namespace

// An allocation ends at the end of its pages, as far as alignment lets it: what runs past it faults at once.
std::uintptr_t DeviceMemory::allocate(std::size_t bytes, int device) {
    std::lock_guard guard(lock_);
    if (bytes > settings().memory_bytes - used_[device]) return 0;
    const std::size_t pages = pages_of(bytes);
    const std::uintptr_t start = place(pages + PAGE);
    const std::size_t in_reach = live_.size() < MOST_FENCED ? pages : pages + PAGE;
    if (mprotect(pointer(start), in_reach, PROT_READ | PROT_WRITE) != 0) return 0;
    const std::uintptr_t begin = start + pages - round_up(bytes, ALIGNMENT);
    std::memset(pointer(page_of(begin)), GUARD, begin - page_of(begin));
    std::memset(pointer(begin), 0xff, bytes);
    std::memset(pointer(begin + bytes), GUARD, round_up(bytes, ALIGNMENT) - bytes);
    forbid(start, pages + PAGE);
    permit(begin, bytes);
    live_[begin] = {begin, bytes, device, false};
    used_[device] += bytes;
    return begin;
}

bool DeviceMemory::release(std::uintptr_t begin) {
    std::lock_guard guard(lock_);
    const auto found = live_.find(begin);
    if (found == live_.end()) return false;
    const std::size_t bytes = found->second.bytes, pages = pages_of(bytes);
    used_[found->second.device] -= bytes;
    live_.erase(found);
    const std::uintptr_t start = begin + round_up(bytes, ALIGNMENT) - pages;
    permit(start, pages + PAGE);
    // Fresh pages without access in place of the old ones: their memory goes back to the system.
    mmap(pointer(start), pages + PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
    return true;
}

bool DeviceMemory::leave(std::uintptr_t begin) {
    std::lock_guard guard(lock_);
    const auto found = live_.find(begin);
    if (found == live_.end() || found->second.leaving) return false;
    return found->second.leaving = true;
}

/// Room behind everything handed out before, so that an address comes again only when the range is used up.
std::uintptr_t DeviceMemory::place(std::size_t span) {
    if (!base_) {
        void* range = mmap(nullptr, SPAN, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (range == MAP_FAILED) die("no address space for device memory");
        base_ = reinterpret_cast<std::uintptr_t>(range);
    }
    for (bool wrapped = false;;) {
        if (next_ + span > SPAN) {
            if (wrapped) die("the addresses of device memory are used up");
            next_ = 0;
            wrapped = true;
        }
        const std::uintptr_t start = base_ + next_;
        auto above = live_.lower_bound(start);
        if (above != live_.begin()) {
            const Allocation& below = std::prev(above)->second;
            const std::uintptr_t end = below.begin + round_up(below.bytes, ALIGNMENT) + PAGE;
            if (end > start) {
                next_ = end - base_;
                continue;
            }
        }
        if (above == live_.end() || page_of(above->second.begin) >= start + span) {
            next_ += span;
            return start;
        }
        next_ = above->second.begin + round_up(above->second.bytes, ALIGNMENT) + PAGE - base_;
    }
}

std::optional<Allocation> DeviceMemory::find(std::uintptr_t address) const {
    std::lock_guard guard(lock_);
    auto above = live_.upper_bound(address);
    if (above == live_.begin()) return std::nullopt;
    const Allocation& allocation = std::prev(above)->second;
    if (!allocation.contains(address, 1)) return std::nullopt;
    return allocation;
}

std::vector<Allocation> DeviceMemory::live() const {
    std::lock_guard guard(lock_);
    std::vector<Allocation> all;
    for (const auto& [begin, allocation] : live_) all.push_back(allocation);
    return all;
}

std::size_t DeviceMemory::used(int device) const {
    std::lock_guard guard(lock_);
    const auto found = used_.find(device);
    return found == used_.end() ? 0 : found->second;
}

std::optional<std::string> DeviceMemory::overrun(const Allocation& allocation) const {
#ifndef CUDASHIM_ASAN
    const auto bytes = [](std::uintptr_t address) { return *static_cast<unsigned char*>(pointer(address)); };
    const std::uintptr_t end = allocation.begin + allocation.bytes;
    for (std::uintptr_t at = end; at < allocation.begin + round_up(allocation.bytes, ALIGNMENT); at++) {
        if (bytes(at) != GUARD) return format("byte %zu past an allocation of %zu bytes was written", at - end,
                                              allocation.bytes);
    }
    for (std::uintptr_t at = page_of(allocation.begin); at < allocation.begin; at++) {
        if (bytes(at) != GUARD) return format("%zu bytes before an allocation of %zu bytes was written",
                                              allocation.begin - at, allocation.bytes);
    }
#else
    (void)allocation;
#endif
    return std::nullopt;
}

DeviceMemory& device_memory() {
    // Never destroyed: reports at exit still look at it.
    static DeviceMemory& memory = *new DeviceMemory;
    return memory;
}

}  // namespace cudashim
