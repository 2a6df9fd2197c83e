// The functions that g++ calls at each access under -fsanitize=thread. The sanitizer's own library is not linked.
#ifdef CUDASHIM_RACES
#include "races.h"

using cudashim::note_atomic;
using cudashim::note_fence;
using cudashim::note_read;
using cudashim::note_write;

#define PLAIN(bytes)                                                                          \
    extern "C" void __tsan_read##bytes(void* address) { note_read(address, bytes); }          \
    extern "C" void __tsan_write##bytes(void* address) { note_write(address, bytes); }        \
    extern "C" void __tsan_volatile_read##bytes(void* address) { note_read(address, bytes); } \
    extern "C" void __tsan_volatile_write##bytes(void* address) { note_write(address, bytes); }
PLAIN(1) PLAIN(2) PLAIN(4) PLAIN(8) PLAIN(16)

#define UNALIGNED(bytes)                                                                          \
    extern "C" void __tsan_unaligned_read##bytes(void* address) { note_read(address, bytes); }    \
    extern "C" void __tsan_unaligned_write##bytes(void* address) { note_write(address, bytes); }
UNALIGNED(2) UNALIGNED(4) UNALIGNED(8) UNALIGNED(16)

extern "C" void __tsan_init() {}
extern "C" void __tsan_func_entry(void*) {}
extern "C" void __tsan_func_exit() {}
extern "C" void __tsan_vptr_update(void**, void*) {}
extern "C" void __tsan_read_range(void* address, unsigned long bytes) { note_read(address, bytes); }
extern "C" void __tsan_write_range(void* address, unsigned long bytes) { note_write(address, bytes); }

#define FETCH(bits, T, name, builtin)                                                    \
    extern "C" T __tsan_atomic##bits##_##name(volatile T* address, T value, int) {       \
        note_atomic(const_cast<const T*>(address), sizeof(T));                           \
        return builtin(address, value, __ATOMIC_SEQ_CST);                                \
    }
#define ATOMIC(bits, T)                                                                                        \
    FETCH(bits, T, fetch_add, __atomic_fetch_add)                                                              \
    FETCH(bits, T, fetch_sub, __atomic_fetch_sub)                                                              \
    FETCH(bits, T, fetch_and, __atomic_fetch_and)                                                              \
    FETCH(bits, T, fetch_or, __atomic_fetch_or)                                                                \
    FETCH(bits, T, fetch_xor, __atomic_fetch_xor)                                                              \
    FETCH(bits, T, exchange, __atomic_exchange_n)                                                              \
    extern "C" T __tsan_atomic##bits##_load(const volatile T* address, int) {                                  \
        note_atomic(const_cast<const T*>(address), sizeof(T));                                                 \
        return __atomic_load_n(address, __ATOMIC_SEQ_CST);                                                     \
    }                                                                                                          \
    extern "C" void __tsan_atomic##bits##_store(volatile T* address, T value, int) {                           \
        note_atomic(const_cast<const T*>(address), sizeof(T));                                                 \
        __atomic_store_n(address, value, __ATOMIC_SEQ_CST);                                                    \
    }                                                                                                          \
    extern "C" int __tsan_atomic##bits##_compare_exchange_strong(volatile T* address, T* expected, T desired,  \
                                                                 int, int) {                                   \
        note_atomic(const_cast<const T*>(address), sizeof(T));                                                 \
        return __atomic_compare_exchange_n(address, expected, desired, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST); \
    }                                                                                                          \
    extern "C" T __tsan_atomic##bits##_compare_exchange_val(volatile T* address, T expected, T desired, int, int) { \
        __tsan_atomic##bits##_compare_exchange_strong(address, &expected, desired, 0, 0);                      \
        return expected;                                                                                       \
    }
ATOMIC(32, unsigned)
ATOMIC(64, unsigned long)

extern "C" void __tsan_atomic_thread_fence(int) { note_fence(); }
#endif
