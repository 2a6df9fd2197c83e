// What AddressSanitizer is told of memory that no allocator of its own handed out.
#pragma once
#include <cstddef>
#include <cstdint>

#ifdef CUDASHIM_ASAN
#include <sanitizer/asan_interface.h>
#endif

namespace cudashim {

#ifdef CUDASHIM_ASAN
inline void forbid(std::uintptr_t begin, std::size_t bytes) {
    __asan_poison_memory_region(reinterpret_cast<void*>(begin), bytes);
}
inline void permit(std::uintptr_t begin, std::size_t bytes) {
    __asan_unpoison_memory_region(reinterpret_cast<void*>(begin), bytes);
}
#else
inline void forbid(std::uintptr_t, std::size_t) {}
inline void permit(std::uintptr_t, std::size_t) {}
#endif

}  // namespace cudashim
