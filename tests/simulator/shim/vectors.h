// The vector types that CUDA builds in, as far as kernels use them.
#pragma once

typedef __SIZE_TYPE__ size_t;

#define CUDASHIM_VECTORS(T, name, bytes)                                      \
    struct alignas(2 * bytes) name##2 { T x, y; };                            \
    struct name##3 { T x, y, z; };                                            \
    struct alignas(4 * bytes > 16 ? 16 : 4 * bytes) name##4 { T x, y, z, w; }; \
    inline name##2 make_##name##2(T x, T y) { return {x, y}; }                \
    inline name##3 make_##name##3(T x, T y, T z) { return {x, y, z}; }        \
    inline name##4 make_##name##4(T x, T y, T z, T w) { return {x, y, z, w}; }

CUDASHIM_VECTORS(signed char, char, 1)
CUDASHIM_VECTORS(unsigned char, uchar, 1)
CUDASHIM_VECTORS(short, short, 2)
CUDASHIM_VECTORS(unsigned short, ushort, 2)
CUDASHIM_VECTORS(int, int, 4)
CUDASHIM_VECTORS(unsigned int, uint, 4)
CUDASHIM_VECTORS(float, float, 4)
CUDASHIM_VECTORS(long long, longlong, 8)
CUDASHIM_VECTORS(unsigned long long, ulonglong, 8)
CUDASHIM_VECTORS(double, double, 8)

#undef CUDASHIM_VECTORS

struct dim3 {
    unsigned x, y, z;
    constexpr dim3(unsigned x = 1, unsigned y = 1, unsigned z = 1) : x(x), y(y), z(z) {}
};
