// Finds accesses that nothing orders: kernels compiled with -fsanitize=thread call the hooks below at each access.
//
// Two accesses of one launch are ordered if one thread makes both, if a barrier of their block or warp lies between
// them, or if the first one's block handed over (a fence, then an atomic) before the second one's block took over (an
// atomic on the same address). All else is a race if one of them writes and not both are atomic, whatever the values.
#ifdef CUDASHIM_RACES
#include "races.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "block.h"
#include "memory.h"
#include "shadow.h"

namespace cudashim {
namespace {

enum class Kind { Read, Write, Atomic };

struct Checker {
    Shadow shadow;
    Range image, shared, dynamic_shared;
    Allocation last{};  ///< the allocation of the access before

    std::map<std::uint64_t, std::uint32_t> releases;                             ///< by block
    std::map<std::uint64_t, bool> fenced;                                        ///< since the block's last atomic
    std::map<std::uintptr_t, std::map<std::uint64_t, std::uint32_t>> handed_over;  ///< by address: block, its count
    std::map<std::uint64_t, std::map<std::uint64_t, std::uint32_t>> taken_over;  ///< by block: others, their counts
};

// One launch at a time runs, on one thread.
Checker& checker() {
    static auto& one = *new Checker;
    return one;
}

bool in_device_memory(Checker& state, std::uintptr_t address, std::size_t bytes) {
    if (state.last.contains(address, bytes)) return true;
    const auto found = device_memory().find(address);
    if (!found || !found->contains(address, bytes)) return false;
    state.last = *found;
    return true;
}

bool is_shared(const Checker& state, std::uintptr_t address) {
    return state.shared.contains(address) || state.dynamic_shared.contains(address);
}

std::string place(const Access& access) {
    const BlockRunner& here = *runner();
    const dim3 grid = here.launch().grid.blocks, block = here.launch().grid.threads;
    Thread thread{};
    thread.index = {access.thread % block.x, access.thread / block.x % block.y, access.thread / block.x / block.y};
    thread.block = {static_cast<unsigned>(access.block % grid.x), static_cast<unsigned>(access.block / grid.x % grid.y),
                    static_cast<unsigned>(access.block / grid.x / grid.y)};
    return format("block (%u, %u, %u), thread (%u, %u, %u)", thread.block.x, thread.block.y, thread.block.z,
                  thread.index.x, thread.index.y, thread.index.z);
}

bool handed_over(Checker& state, const Access& before, const Access& now) {
    const auto known = state.taken_over.find(now.block);
    if (known == state.taken_over.end()) return false;
    const auto count = known->second.find(before.block);
    return count != known->second.end() && count->second > before.releases;
}

bool conflict(Checker& state, const Access& before, const Access& now, bool shared) {
    if (before.launch != now.launch || !(before.bytes & now.bytes)) return false;
    if (before.atomic && now.atomic) return false;
    if (before.block != now.block) return !shared && !handed_over(state, before, now);
    if (before.thread == now.thread || before.block_epoch != now.block_epoch) return false;
    return before.thread / WARP != now.thread / WARP || before.warp_epoch == now.warp_epoch;
}

void check(Checker& state, const Access& before, const Access& now, bool shared, std::uintptr_t address, Kind kind,
           const char* earlier) {
    if (!conflict(state, before, now, shared)) return;
    runner()->fail(LAUNCH_FAILED,
                   format("race: %s of %s memory at 0x%lx, which %s %s with no barrier between",
                          kind == Kind::Read ? "read" : kind == Kind::Write ? "write" : "atomic",
                          shared ? "shared" : "global", address, place(before).c_str(), earlier));
}

void remember_read(Cell& cell, const Access& now) {
    // The newest read, and the newest one of another thread.
    Access& newest = cell.reads[0];
    if (newest.launch != now.launch || newest.thread != now.thread || newest.block != now.block) cell.reads[1] = newest;
    newest = now;
}

void check_cell(Checker& state, Cell& cell, const Access& now, bool shared, std::uintptr_t address, Kind kind) {
    check(state, cell.write, now, shared, address, kind, cell.write.atomic ? "updates atomically" : "writes");
    if (kind == Kind::Read) return remember_read(cell, now);
    for (const Access& read : cell.reads) check(state, read, now, shared, address, kind, "reads");
    cell.write = now;
}

void note(std::uintptr_t address, std::size_t bytes, Kind kind) {
    BlockRunner& here = *runner();
    if (here.on_stack(address)) return;
    Checker& state = checker();
    const bool shared = is_shared(state, address);
    const bool constant = state.image.contains(address);
    if (!shared && !constant && !in_device_memory(state, address, bytes)) {
        here.fail(ILLEGAL_ADDRESS, format("%s of %zu bytes at 0x%lx, outside of every live allocation",
                                          kind == Kind::Read ? "read" : "write", bytes, address));
    }
    if (constant && kind == Kind::Read) return;
    const Running& thread = here.current();
    Access now{here.launch().number, here.block_epoch(), here.warp_epoch(thread.number), 0, here.block_number(),
               static_cast<std::uint16_t>(thread.number), 0, kind == Kind::Atomic};
    if (const auto found = state.releases.find(now.block); found != state.releases.end()) now.releases = found->second;
    for (std::size_t done = 0; done < bytes;) {
        const std::uintptr_t at = address + done, offset = at % Shadow::CELL_BYTES;
        const std::size_t count = std::min<std::size_t>(Shadow::CELL_BYTES - offset, bytes - done);
        now.bytes = static_cast<std::uint8_t>(((1u << count) - 1) << offset);
        check_cell(state, state.shadow.at(at), now, shared, at, kind);
        done += count;
    }
}

/// An atomic takes over what others handed over at its address, and hands over if a fence went before.
void synchronize_at(std::uintptr_t address) {
    Checker& state = checker();
    const std::uint64_t block = runner()->block_number();
    auto& there = state.handed_over[address];
    for (const auto& [other, count] : there) {
        auto& taken = state.taken_over[block][other];
        taken = std::max(taken, count);
    }
    if (std::exchange(state.fenced[block], false)) there[block] = ++state.releases[block];
}

}  // namespace

void begin_accesses(const KernelModule& module, Range shared, Range dynamic_shared) {
    Checker& state = checker();
    state.image = module.image();
    state.shared = shared;
    state.dynamic_shared = dynamic_shared;
    state.last = {};
    state.releases.clear();
    state.fenced.clear();
    state.handed_over.clear();
    state.taken_over.clear();
}

void note_read(const void* address, std::size_t bytes) {
    note(reinterpret_cast<std::uintptr_t>(address), bytes, Kind::Read);
}
void note_write(const void* address, std::size_t bytes) {
    note(reinterpret_cast<std::uintptr_t>(address), bytes, Kind::Write);
}
void note_atomic(const void* address, std::size_t bytes) {
    note(reinterpret_cast<std::uintptr_t>(address), bytes, Kind::Atomic);
    if (!runner()->on_stack(reinterpret_cast<std::uintptr_t>(address))) {
        synchronize_at(reinterpret_cast<std::uintptr_t>(address));
    }
}
void note_fence() { checker().fenced[runner()->block_number()] = true; }

}  // namespace cudashim
#endif
