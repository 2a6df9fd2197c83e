// Expressions of the table of ops as functions over arrays: a line each of what the test generates.
#pragma once

#include "math.cuh"

#define OP(NAME, TYPE, ...)                                                                                         \
    extern "C" void NAME(const TYPE *xs, const TYPE *ys, const TYPE *zs, TYPE *results, long long n) {              \
        using T = TYPE;                                                                                             \
        for (long long i = 0; i < n; i++) {                                                                         \
            [[maybe_unused]] T x = xs[i], y = ys[i], z = zs[i];                                                     \
            results[i] = static_cast<T>(__VA_ARGS__);                                                               \
        }                                                                                                           \
    }

#define SOURCE(NAME, TYPE, ...)                                                                                     \
    extern "C" void NAME(const long long *indices, double seed, double base, TYPE *results, long long n) {          \
        using T = TYPE;                                                                                             \
        for (long long i = 0; i < n; i++) {                                                                         \
            long long index = indices[i];                                                                           \
            results[i] = __VA_ARGS__;                                                                               \
        }                                                                                                           \
    }

#define CONVERSION(NAME, TO, FROM)                                                                                  \
    extern "C" void NAME(const FROM *from, TO *to, long long n) {                                                   \
        for (long long i = 0; i < n; i++) to[i] = math::convert<TO>(from[i]);                                       \
    }
