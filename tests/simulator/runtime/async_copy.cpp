#include "async_copy.h"

#include <cstdint>
#include <cstring>

#include "../shim/async_copy.h"
#include "block.h"
#include "races.h"

namespace cudashim {

// Until the copy lands its target holds poison, so that a read before the wait shows.
void AsyncCopies::begin(void* shared, const void* global, unsigned bytes, unsigned filled) {
    if (bytes != 4 && bytes != 8 && bytes != 16) runner()->fail(LAUNCH_FAILED, "cp.async of other than 4, 8, 16 bytes");
    if (reinterpret_cast<std::uintptr_t>(shared) % bytes || reinterpret_cast<std::uintptr_t>(global) % bytes) {
        runner()->fail(LAUNCH_FAILED, format("cp.async of %u bytes to or from an address not aligned to them", bytes));
    }
    note_write(shared, bytes);
    if (filled > 0) note_read(global, filled);
    std::memset(shared, 0xff, bytes);
    copies_.push_back({shared, global, bytes, filled});
}

void AsyncCopies::land(const Copy& copy) {
    note_write(copy.shared, copy.bytes);
    std::memcpy(copy.shared, copy.global, copy.filled);
    std::memset(static_cast<char*>(copy.shared) + copy.filled, 0, copy.bytes - copy.filled);
}

void AsyncCopies::wait(std::size_t pending) {
    if (groups_.size() <= pending) return;
    const std::size_t groups = groups_.size() - pending;
    const std::size_t landed = groups_[groups - 1];
    for (std::size_t i = 0; i < landed; i++) land(copies_[i]);
    copies_.erase(copies_.begin(), copies_.begin() + landed);
    groups_.erase(groups_.begin(), groups_.begin() + groups);
    for (std::size_t& end : groups_) end -= landed;
}

void copy_async(void* shared, const void* global, unsigned bytes, unsigned filled) {
    runner()->current().copies.begin(shared, global, bytes, filled);
}
void copy_async_commit() { runner()->current().copies.commit(); }
void copy_async_wait(unsigned pending) { runner()->current().copies.wait(pending); }

}  // namespace cudashim
