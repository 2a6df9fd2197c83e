// The race checker's view of accesses. In builds without it these functions are nothing.
#pragma once
#include <cstddef>

#include "module.h"

namespace cudashim {

#ifdef CUDASHIM_RACES
/// Says what the launch that follows may touch besides live allocations and its stacks.
void begin_accesses(const KernelModule& module, Range shared, Range dynamic_shared);
void note_read(const void* address, std::size_t bytes);
void note_write(const void* address, std::size_t bytes);
void note_atomic(const void* address, std::size_t bytes);
void note_fence();
#else
inline void begin_accesses(const KernelModule&, Range, Range) {}
inline void note_read(const void*, std::size_t) {}
inline void note_write(const void*, std::size_t) {}
#endif

}  // namespace cudashim
