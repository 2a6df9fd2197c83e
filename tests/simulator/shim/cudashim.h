// Lets g++ compile a plain, header-free .cu file: given with -include, in front of everything else.
#pragma once

#define CUDASHIM 1

#define __global__
#define __device__
#define __host__
#define __constant__ static
#define __grid_constant__
#define __launch_bounds__(...)
#define __forceinline__ inline __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))
#define __align__(bytes) __attribute__((aligned(bytes)))

// A block runs on one thread of the system, so its shared memory is that thread's. AddressSanitizer puts red zones
// around plain globals only; under it all blocks run on one thread.
#ifdef CUDASHIM_ASAN
#define __shared__ static
#else
#define __shared__ static thread_local
#endif

/// Dynamic shared memory as an array of T: what `extern __shared__ T name[]` is on a device.
#define DYN_SHARED(T, name) T* const name = static_cast<T*>(::cudashim::dynamic_shared())

#include "vectors.h"
#include "thread.h"
#include "intrinsics.h"
#include "atomics.h"
#include "warp.h"
#include "tensor_core.h"
#include "async_copy.h"
#include "kernel.h"
