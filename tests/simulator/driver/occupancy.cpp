// How many blocks of a kernel fit on a multiprocessor, by threads and shared memory; registers are not known here.
#include <algorithm>

#include "../runtime/settings.h"
#include "kernel.h"

using namespace simulator;

namespace {

constexpr unsigned RESERVED_SHARED = 1024;

unsigned threads_per_multiprocessor() { return cudashim::settings().capability == 75 ? 1024 : 2048; }
unsigned shared_per_multiprocessor() { return max_shared_opt_in() + RESERVED_SHARED; }

int active_blocks(int* blocks, const void* handle, int threads, std::size_t shared) {
    const auto function = handles<Function>().find(handle);
    if (!function || !blocks || threads < 1 || threads > 1024) return INVALID_VALUE;
    const std::size_t each = function->facts.static_shared + shared + RESERVED_SHARED;
    *blocks = static_cast<int>(std::min<std::size_t>(threads_per_multiprocessor() / static_cast<unsigned>(threads),
                                                     shared_per_multiprocessor() / each));
    return SUCCESS;
}

/// Larger blocks hide more latency here: nothing but their shared memory speaks against them.
int best_block(int* grid, int* threads, const void* handle, std::size_t (*shared_of)(int), std::size_t shared, int limit) {
    const auto function = handles<Function>().find(handle);
    if (!function) return INVALID_HANDLE;
    const int allowed = static_cast<int>(function->facts.max_threads), most = limit > 0 ? std::min(limit, allowed) : allowed;
    for (*threads = most / 32 * 32; *threads > 0; *threads -= 32) {
        int blocks;
        if (const int wrong = active_blocks(&blocks, handle, *threads, shared_of ? shared_of(*threads) : shared)) {
            return wrong;
        }
        *grid = 4 * blocks;
        if (blocks > 0) return SUCCESS;
    }
    return INVALID_VALUE;
}

}  // namespace

CONTEXT_CALL(cuOccupancyMaxActiveBlocksPerMultiprocessor, int* blocks, void* function, int threads, std::size_t shared) {
    return active_blocks(blocks, function, threads, shared);
} END_CALL

CONTEXT_CALL(cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags, int* blocks, void* function, int threads,
             std::size_t shared, unsigned) {
    return active_blocks(blocks, function, threads, shared);
} END_CALL

CONTEXT_CALL(cuOccupancyMaxPotentialBlockSize, int* grid, int* threads, void* function, std::size_t (*shared_of)(int),
             std::size_t shared, int limit) {
    return best_block(grid, threads, function, shared_of, shared, limit);
} END_CALL

CONTEXT_CALL(cuOccupancyMaxPotentialBlockSizeWithFlags, int* grid, int* threads, void* function,
             std::size_t (*shared_of)(int), std::size_t shared, int limit, unsigned) {
    return best_block(grid, threads, function, shared_of, shared, limit);
} END_CALL

CONTEXT_CALL(cuOccupancyAvailableDynamicSMemPerBlock, std::size_t* bytes, void* handle, int blocks, int) {
    const auto function = handles<Function>().find(handle);
    if (!function || blocks < 1) return INVALID_VALUE;
    const unsigned each = shared_per_multiprocessor() / static_cast<unsigned>(blocks);
    const unsigned taken = RESERVED_SHARED + function->facts.static_shared;
    *bytes = each > taken ? std::min(each - taken, function->max_dynamic_shared) : 0;
    return SUCCESS;
} END_CALL
