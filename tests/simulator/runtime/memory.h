// Device memory: a range of addresses of its own, in which each live allocation is known.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

namespace cudashim {

struct Allocation {
    std::uintptr_t begin;
    std::size_t bytes;
    int device;
    bool leaving;  ///< freed in stream order: work already queued may use it, new work may not

    bool contains(std::uintptr_t address, std::size_t count) const {
        return address >= begin && count <= bytes && address - begin <= bytes - count;
    }
};

class DeviceMemory {
public:
    /// Memory full of 0xFF (floats are NaN), or 0 if the device has not enough of it left.
    std::uintptr_t allocate(std::size_t bytes, int device);
    /// Frees what `allocate` returned; false for any other address. Later uses of it fault.
    bool release(std::uintptr_t begin);
    /// Marks it as freed in stream order.
    bool leave(std::uintptr_t begin);

    std::optional<Allocation> find(std::uintptr_t address) const;
    std::vector<Allocation> live() const;
    std::size_t used(int device) const;
    bool is_device_address(std::uintptr_t address) const { return base_ && address - base_ < SPAN; }
    /// A sentence if bytes around the allocation were overwritten.
    std::optional<std::string> overrun(const Allocation& allocation) const;

private:
    static constexpr std::size_t SPAN = std::size_t{1} << 40;

    std::uintptr_t place(std::size_t span);

    mutable std::mutex lock_;
    std::map<std::uintptr_t, Allocation> live_;
    std::map<int, std::size_t> used_;
    std::uintptr_t base_ = 0;
    std::size_t next_ = 0;
};

DeviceMemory& device_memory();

}  // namespace cudashim
