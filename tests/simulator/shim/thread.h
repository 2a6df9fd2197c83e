// Who a CUDA thread is, and what it asks of the runtime that schedules it.
#pragma once
#include "vectors.h"

// The shim's own reads are no accesses of the kernel: the race checker must not see them.
#define CUDASHIM_UNSEEN __attribute__((no_sanitize("thread")))

namespace cudashim {

struct Grid {
    dim3 blocks;
    dim3 threads;
};

struct Thread {
    uint3 index;
    uint3 block;
    const Grid* grid;
    void* dynamic_shared;
};

/// The CUDA thread that runs on this thread of the system; set at each switch.
extern __thread Thread* self __attribute__((tls_model("initial-exec")));

CUDASHIM_UNSEEN inline uint3 thread_index() { return self->index; }
CUDASHIM_UNSEEN inline uint3 block_index() { return self->block; }
CUDASHIM_UNSEEN inline dim3 block_size() { return self->grid->threads; }
CUDASHIM_UNSEEN inline dim3 grid_size() { return self->grid->blocks; }
CUDASHIM_UNSEEN inline void* dynamic_shared() { return self->dynamic_shared; }

/// Waits for all threads of the block that have not left the kernel.
void block_barrier(const char* file, int line);

/// What the lanes of a warp do together: each passes its own record, the last one to come combines them all.
/// `lanes[i]` is null where lane i takes no part.
using Combine = void (*)(void* const* lanes);
void warp_collective(unsigned mask, const char* name, int line, void* mine, Combine combine);

/// Ends the launch with an error that names kernel, block and thread.
[[noreturn]] void fail(const char* message);

}  // namespace cudashim

#define threadIdx (::cudashim::thread_index())
#define blockIdx (::cudashim::block_index())
#define blockDim (::cudashim::block_size())
#define gridDim (::cudashim::grid_size())
#define warpSize 32

#define __syncthreads() ::cudashim::block_barrier(__FILE__, __LINE__)
#define __trap() ::cudashim::fail("__trap()")
