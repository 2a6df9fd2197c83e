// Atomic operations on global and shared memory, and fences.
#pragma once

#define CUDASHIM_ATOMIC_FETCH(name, builtin, T) \
    inline T name(T* address, T value) { return builtin(address, value, __ATOMIC_RELAXED); }

#define CUDASHIM_ATOMIC_UPDATE(name, T, expression)                                                     \
    inline T name(T* address, T value) {                                                                \
        T old = __atomic_load_n(address, __ATOMIC_RELAXED);                                             \
        while (!__atomic_compare_exchange_n(address, &old, static_cast<T>(expression), false,           \
                                            __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {}                     \
        return old;                                                                                     \
    }

#define CUDASHIM_ATOMIC_INTEGER(T)                                   \
    CUDASHIM_ATOMIC_FETCH(atomicAdd, __atomic_fetch_add, T)          \
    CUDASHIM_ATOMIC_FETCH(atomicAnd, __atomic_fetch_and, T)          \
    CUDASHIM_ATOMIC_FETCH(atomicOr, __atomic_fetch_or, T)            \
    CUDASHIM_ATOMIC_FETCH(atomicXor, __atomic_fetch_xor, T)          \
    CUDASHIM_ATOMIC_FETCH(atomicExch, __atomic_exchange_n, T)        \
    CUDASHIM_ATOMIC_UPDATE(atomicMax, T, old > value ? old : value)  \
    CUDASHIM_ATOMIC_UPDATE(atomicMin, T, old < value ? old : value)  \
    inline T atomicCAS(T* address, T expected, T desired) {          \
        __atomic_compare_exchange_n(address, &expected, desired, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED); \
        return expected;                                             \
    }

CUDASHIM_ATOMIC_INTEGER(int)
CUDASHIM_ATOMIC_INTEGER(unsigned)
CUDASHIM_ATOMIC_INTEGER(unsigned long long)
CUDASHIM_ATOMIC_FETCH(atomicSub, __atomic_fetch_sub, int)
CUDASHIM_ATOMIC_FETCH(atomicSub, __atomic_fetch_sub, unsigned)

/// Floating point sums and exchanges go through the bits, as the atomic builtins know integers only.
template <class Float, class Bits, class Next>
inline Float cudashim_update_float(Float* address, Next next) {
    Bits* const word = reinterpret_cast<Bits*>(address);
    Bits old = __atomic_load_n(word, __ATOMIC_RELAXED), desired;
    Float before;
    do {
        __builtin_memcpy(&before, &old, sizeof old);
        const Float after = next(before);
        __builtin_memcpy(&desired, &after, sizeof after);
    } while (!__atomic_compare_exchange_n(word, &old, desired, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
    return before;
}
inline float atomicAdd(float* address, float value) {
    return cudashim_update_float<float, unsigned>(address, [=](float old) { return old + value; });
}
inline double atomicAdd(double* address, double value) {
    return cudashim_update_float<double, unsigned long long>(address, [=](double old) { return old + value; });
}
inline float atomicExch(float* address, float value) {
    return cudashim_update_float<float, unsigned>(address, [=](float) { return value; });
}

#undef CUDASHIM_ATOMIC_FETCH
#undef CUDASHIM_ATOMIC_UPDATE
#undef CUDASHIM_ATOMIC_INTEGER

inline void __threadfence() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
inline void __threadfence_block() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
inline void __threadfence_system() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }

template <class T> inline T __ldg(const T* address) { return *address; }
template <class T> inline T __ldcs(const T* address) { return *address; }
template <class T> inline T __ldcg(const T* address) { return *address; }
template <class T> inline void __stcs(T* address, T value) { *address = value; }
template <class T> inline void __stcg(T* address, T value) { *address = value; }
