#include "launch.h"

#include <sys/mman.h>

#include <atomic>
#include <condition_variable>
#include <cstring>
#include <thread>

#include "races.h"
#include "red_zone.h"
#include "signals.h"

namespace cudashim {
namespace {

// Waking another thread costs as much as a few thousand threads of a small kernel.
constexpr std::uint64_t WORTH_WAKING = 1 << 14;
constexpr std::size_t DYNAMIC_SHARED = 228 << 10;

/// A launch and its blocks that nobody has taken yet.
struct Work {
    Launch launch;
    const KernelModule* module;
    std::uint64_t blocks;
    std::atomic<std::uint64_t> next{0};
    std::mutex lock;
    std::optional<Fault> fault;

    void stop(const Fault& found) {
        std::lock_guard guard(lock);
        if (!fault) fault = found;
        next = blocks;
    }
};

/// What a thread of the system needs to run blocks; made once.
class Worker {
public:
    void run(Work& work) {
        const Range shared = work.module->shared_here();
        begin_accesses(*work.module, shared, {reinterpret_cast<std::uintptr_t>(dynamic_), work.launch.dynamic_shared});
        for (std::uint64_t taken; (taken = work.next++) < work.blocks;) {
            const std::uint64_t number = settings().order == Order::Forward ? taken : work.blocks - 1 - taken;
            poison(shared, work.launch.dynamic_shared);
            const dim3 grid = work.launch.grid.blocks;
            const uint3 block{static_cast<unsigned>(number % grid.x), static_cast<unsigned>(number / grid.x % grid.y),
                              static_cast<unsigned>(number / grid.x / grid.y)};
            if (const auto fault = runner_.run(work.launch, block, number, dynamic_)) work.stop(*fault);
        }
    }

private:
    // What a block did not write itself reads as NaN.
    void poison(const Range& shared, std::size_t dynamic) {
        if (shared.bytes) std::memset(reinterpret_cast<void*>(shared.begin), 0xff, shared.bytes);
        if (dynamic) {
            permit(reinterpret_cast<std::uintptr_t>(dynamic_), DYNAMIC_SHARED);
            std::memset(dynamic_, 0xff, dynamic);
        }
        forbid(reinterpret_cast<std::uintptr_t>(dynamic_) + dynamic, DYNAMIC_SHARED - dynamic);
    }

    BlockRunner runner_;
    unsigned char* dynamic_ = static_cast<unsigned char*>(
        mmap(nullptr, DYNAMIC_SHARED, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
};

/// The caller's worker and threads that help it; the threads sleep between launches and end with the process.
class Pool {
public:
    explicit Pool(unsigned threads) {
        for (unsigned i = 1; i < threads; i++) std::thread([this] { help(); }).detach();
        helpers_ = threads - 1;
    }

    void run(Work& work, bool alone) {
        if (alone || helpers_ == 0) return caller_.run(work);
        {
            std::lock_guard guard(lock_);
            work_ = &work;
            generation_++;
            busy_ = helpers_;
        }
        wake_.notify_all();
        caller_.run(work);
        std::unique_lock guard(lock_);
        done_.wait(guard, [this] { return busy_ == 0; });
    }

private:
    void help() {
        Worker worker;
        for (std::uint64_t seen = 0;;) {
            std::unique_lock guard(lock_);
            wake_.wait(guard, [&] { return generation_ != seen; });
            seen = generation_;
            Work& work = *work_;
            guard.unlock();
            worker.run(work);
            guard.lock();
            if (--busy_ == 0) done_.notify_one();
        }
    }

    Worker caller_;
    unsigned helpers_;
    std::mutex lock_;
    std::condition_variable wake_, done_;
    Work* work_ = nullptr;
    std::uint64_t generation_ = 0;
    unsigned busy_ = 0;
};

}  // namespace

std::optional<Fault> run_launch(const FoundKernel& kernel, const Grid& grid, std::size_t dynamic_shared,
                                void* const* parameters) {
    static std::mutex& one_at_a_time = *new std::mutex;
    static Pool& pool = *new Pool(settings().threads);
    static std::uint32_t count = 0;
    std::lock_guard guard(one_at_a_time);
    catch_bad_accesses();
    note_run(kernel.kernel);
    const dim3 blocks = grid.blocks;
    Work work{{kernel.kernel, grid, dynamic_shared, parameters, ++count},
              kernel.module,
              std::uint64_t{blocks.x} * blocks.y * blocks.z};
    const std::uint64_t threads = work.blocks * grid.threads.x * grid.threads.y * grid.threads.z;
    pool.run(work, work.blocks == 1 || threads < WORTH_WAKING);
    return work.fault;
}

}  // namespace cudashim
