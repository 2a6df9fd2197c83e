// Math, conversions and bit operations that CUDA builds in.
#pragma once

// Each function for double and float, and its name for either, as C++ overloads it.
#define CUDASHIM_MATH1(name)                                                            \
    extern "C" double name(double) noexcept;                                            \
    extern "C" float name##f(float) noexcept;                                           \
    inline float name(float x) { return name##f(x); }
CUDASHIM_MATH1(sqrt) CUDASHIM_MATH1(cbrt) CUDASHIM_MATH1(exp) CUDASHIM_MATH1(exp2) CUDASHIM_MATH1(expm1)
CUDASHIM_MATH1(log) CUDASHIM_MATH1(log2) CUDASHIM_MATH1(log10) CUDASHIM_MATH1(log1p) CUDASHIM_MATH1(sin)
CUDASHIM_MATH1(cos) CUDASHIM_MATH1(tan) CUDASHIM_MATH1(asin) CUDASHIM_MATH1(acos) CUDASHIM_MATH1(atan)
CUDASHIM_MATH1(sinh) CUDASHIM_MATH1(cosh) CUDASHIM_MATH1(tanh) CUDASHIM_MATH1(asinh) CUDASHIM_MATH1(acosh)
CUDASHIM_MATH1(atanh) CUDASHIM_MATH1(erf) CUDASHIM_MATH1(erfc) CUDASHIM_MATH1(lgamma) CUDASHIM_MATH1(tgamma)
CUDASHIM_MATH1(floor) CUDASHIM_MATH1(ceil) CUDASHIM_MATH1(trunc) CUDASHIM_MATH1(round) CUDASHIM_MATH1(rint)
CUDASHIM_MATH1(nearbyint) CUDASHIM_MATH1(fabs)
#undef CUDASHIM_MATH1
#define CUDASHIM_MATH2(name)                                                            \
    extern "C" double name(double, double) noexcept;                                    \
    extern "C" float name##f(float, float) noexcept;                                    \
    inline float name(float x, float y) { return name##f(x, y); }
CUDASHIM_MATH2(pow) CUDASHIM_MATH2(fmod) CUDASHIM_MATH2(remainder) CUDASHIM_MATH2(fmin) CUDASHIM_MATH2(fmax)
CUDASHIM_MATH2(atan2) CUDASHIM_MATH2(hypot) CUDASHIM_MATH2(copysign) CUDASHIM_MATH2(fdim) CUDASHIM_MATH2(nextafter)
#undef CUDASHIM_MATH2

extern "C" {
double fma(double, double, double) noexcept;
float fmaf(float, float, float) noexcept;
double ldexp(double, int) noexcept;
float ldexpf(float, int) noexcept;
double frexp(double, int*) noexcept;
float frexpf(float, int*) noexcept;
long long llrint(double) noexcept;
long long llrintf(float) noexcept;
int abs(int) noexcept;
int printf(const char*, ...);
void* memcpy(void*, const void*, size_t) noexcept;
void* memset(void*, int, size_t) noexcept;
}

inline float fma(float a, float b, float c) { return fmaf(a, b, c); }
inline float ldexp(float x, int exponent) { return ldexpf(x, exponent); }
inline float abs(float x) { return fabsf(x); }
inline double abs(double x) { return fabs(x); }
inline long long abs(long long x) { return x < 0 ? -x : x; }
inline bool isnan(float x) { return __builtin_isnan(x); }
inline bool isnan(double x) { return __builtin_isnan(x); }
inline bool isinf(float x) { return __builtin_isinf(x); }
inline bool isinf(double x) { return __builtin_isinf(x); }
inline bool isfinite(float x) { return __builtin_isfinite(x); }
inline bool isfinite(double x) { return __builtin_isfinite(x); }
inline bool signbit(float x) { return __builtin_signbit(x); }
inline bool signbit(double x) { return __builtin_signbit(x); }
inline float rsqrtf(float x) { return 1.0f / sqrtf(x); }
inline double rsqrt(double x) { return 1.0 / sqrt(x); }
inline long long llabs(long long x) { return x < 0 ? -x : x; }

#define CUDASHIM_MINMAX(T)                                \
    inline T min(T a, T b) { return b < a ? b : a; }      \
    inline T max(T a, T b) { return a < b ? b : a; }
CUDASHIM_MINMAX(int) CUDASHIM_MINMAX(unsigned) CUDASHIM_MINMAX(long) CUDASHIM_MINMAX(unsigned long)
CUDASHIM_MINMAX(long long) CUDASHIM_MINMAX(unsigned long long)
#undef CUDASHIM_MINMAX
inline float min(float a, float b) { return fminf(a, b); }
inline float max(float a, float b) { return fmaxf(a, b); }
inline double min(double a, double b) { return fmin(a, b); }
inline double max(double a, double b) { return fmax(a, b); }

// A rounded operation is never contracted with its neighbours: the compiler must take the result from a register.
#ifdef __x86_64__
#define CUDASHIM_ROUNDED(T, expression) { T result = expression; __asm__("" : "+x"(result)); return result; }
#else
#define CUDASHIM_ROUNDED(T, expression) { T result = expression; __asm__("" : "+w"(result)); return result; }
#endif
inline float __fadd_rn(float a, float b) CUDASHIM_ROUNDED(float, a + b)
inline float __fsub_rn(float a, float b) CUDASHIM_ROUNDED(float, a - b)
inline float __fmul_rn(float a, float b) CUDASHIM_ROUNDED(float, a * b)
inline float __fdiv_rn(float a, float b) CUDASHIM_ROUNDED(float, a / b)
inline float __frcp_rn(float a) CUDASHIM_ROUNDED(float, 1.0f / a)
inline float __fsqrt_rn(float a) CUDASHIM_ROUNDED(float, sqrtf(a))
inline float __fmaf_rn(float a, float b, float c) { return fmaf(a, b, c); }
inline double __dadd_rn(double a, double b) CUDASHIM_ROUNDED(double, a + b)
inline double __dsub_rn(double a, double b) CUDASHIM_ROUNDED(double, a - b)
inline double __dmul_rn(double a, double b) CUDASHIM_ROUNDED(double, a * b)
inline double __ddiv_rn(double a, double b) CUDASHIM_ROUNDED(double, a / b)
inline double __drcp_rn(double a) CUDASHIM_ROUNDED(double, 1.0 / a)
inline double __dsqrt_rn(double a) CUDASHIM_ROUNDED(double, sqrt(a))
inline double __fma_rn(double a, double b, double c) { return fma(a, b, c); }
#undef CUDASHIM_ROUNDED

#include "bits.h"
