// One block: its threads, who of them runs, and the barriers at which they meet.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <random>
#include <vector>

#include "../shim/kernel.h"
#include "../shim/thread.h"
#include "async_copy.h"
#include "fault.h"
#include "fiber.h"
#include "settings.h"

namespace cudashim {

constexpr unsigned WARP = 32;

struct Launch {
    const Kernel* kernel;
    Grid grid;
    std::size_t dynamic_shared;
    void* const* parameters;
    std::uint32_t number;  ///< counts launches; tells the accesses of one from another's
};

/// A thread of the block that runs now.
struct Running : Thread {
    unsigned number;
    Context context;
    const char* barrier_file;
    int barrier_line;
    AsyncCopies copies;

    unsigned lane() const { return number % WARP; }
};

/// Lanes that came to one collective operation and wait for the rest of their mask.
struct Meeting {
    unsigned mask;
    unsigned arrived;
    const char* name;
    int line;
    Combine combine;
    std::array<void*, WARP> lanes;
};

struct Warp {
    unsigned exited;
    std::uint32_t epoch;
    std::vector<Meeting> meetings;
};

/// Runs blocks one after the other on one thread of the system.
class BlockRunner {
public:
    BlockRunner();

    /// Runs a block; a fault ends it at once.
    std::optional<Fault> run(const Launch& launch, uint3 block, std::uint64_t block_number, void* dynamic_shared);

    // For the thread that runs on this runner.
    void barrier(const char* file, int line);
    void collective(unsigned mask, const char* name, int line, void* mine, Combine combine);
    [[noreturn]] void fail(int code, const std::string& message);
    Running& current() { return static_cast<Running&>(*self); }
    unsigned live_lanes() { return ~warps_[current().number / WARP].exited; }

    /// "kernel K, block (x, y, z), thread (x, y, z)".
    std::string place(const Thread& thread) const;
    std::string place_of(unsigned thread) const { return place(threads_[thread]); }

    const Launch& launch() const { return *launch_; }
    std::uint64_t block_number() const { return block_number_; }
    std::uint32_t block_epoch() const { return epoch_; }
    std::uint32_t warp_epoch(unsigned thread) const { return warps_[thread / WARP].epoch; }
    bool on_stack(std::uintptr_t address) const { return stacks_.contains(address); }

private:
    static void fiber_main();
    void prepare(const Launch& launch);
    void start(uint3 block, void* dynamic_shared);
    void start_threads();
    void finish(Running& thread);
    void suspend();
    Context& next();
    void make_ready(unsigned thread);
    void release_barrier();
    void complete(unsigned warp, std::size_t meeting);
    std::string deadlock() const;

    Stacks stacks_;
    Context main_;
    Context* taken_ = nullptr;  ///< the stack that runs next, for its main function
    const Launch* launch_ = nullptr;
    dim3 shape_{0, 0, 0};
    std::uint64_t block_number_ = 0;
    std::vector<Running> threads_;
    std::vector<Warp> warps_;
    std::vector<unsigned> order_;
    std::vector<unsigned> ready_;  ///< a ring: those that may go on, in the order in which they may
    std::size_t ready_head_ = 0, ready_count_ = 0;
    unsigned started_ = 0, live_ = 0, count_ = 0;
    unsigned flip_ = 0;  ///< lanes that a warp operation lets go on do so in the order of i ^ flip_
    std::vector<unsigned> at_barrier_;
    std::uint32_t epoch_ = 0;
    std::optional<Fault> fault_;
};

/// The runner whose thread runs on this thread of the system, or null.
BlockRunner* runner();

}  // namespace cudashim
