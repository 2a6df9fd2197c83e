// Conversions between numbers and between their bits, and integer bit operations.
#pragma once

#define CUDASHIM_BITS(name, To, From)                  \
    inline To name(From from) {                        \
        To to;                                         \
        static_assert(sizeof to == sizeof from, "");   \
        __builtin_memcpy(&to, &from, sizeof to);       \
        return to;                                     \
    }
CUDASHIM_BITS(__float_as_int, int, float)
CUDASHIM_BITS(__float_as_uint, unsigned, float)
CUDASHIM_BITS(__int_as_float, float, int)
CUDASHIM_BITS(__uint_as_float, float, unsigned)
CUDASHIM_BITS(__double_as_longlong, long long, double)
CUDASHIM_BITS(__longlong_as_double, double, long long)
#undef CUDASHIM_BITS
inline int __double2hiint(double x) { return static_cast<int>(__double_as_longlong(x) >> 32); }
inline int __double2loint(double x) { return static_cast<int>(__double_as_longlong(x)); }
inline double __hiloint2double(int high, int low) {
    return __longlong_as_double(static_cast<long long>(high) << 32 | static_cast<unsigned>(low));
}

// Conversions saturate and make zero of NaN, as a device does; a plain cast would be undefined.
template <class To, class From> inline To cudashim_saturate(From x) {
    constexpr bool is_signed = static_cast<To>(-1) < static_cast<To>(0);
    constexpr int digits = 8 * sizeof(To) - is_signed;
    constexpr From end = static_cast<From>(1ull << (digits - 1)) * 2;
    constexpr To highest = static_cast<To>((1ull << (digits - 1)) - 1 + (1ull << (digits - 1)));
    if (x != x) return 0;
    if (x >= end) return highest;
    if (is_signed ? x < -end : x <= 0) return is_signed ? static_cast<To>(-highest - 1) : 0;
    return static_cast<To>(x);
}
#define CUDASHIM_ROUNDINGS(prefix, To, From, suffix)                                                        \
    inline To prefix##_rn(From x) { return cudashim_saturate<To>(__builtin_rint##suffix(x)); }              \
    inline To prefix##_rz(From x) { return cudashim_saturate<To>(__builtin_trunc##suffix(x)); }             \
    inline To prefix##_rd(From x) { return cudashim_saturate<To>(__builtin_floor##suffix(x)); }             \
    inline To prefix##_ru(From x) { return cudashim_saturate<To>(__builtin_ceil##suffix(x)); }
CUDASHIM_ROUNDINGS(__float2int, int, float, f)
CUDASHIM_ROUNDINGS(__float2uint, unsigned, float, f)
CUDASHIM_ROUNDINGS(__float2ll, long long, float, f)
CUDASHIM_ROUNDINGS(__float2ull, unsigned long long, float, f)
CUDASHIM_ROUNDINGS(__double2int, int, double, )
CUDASHIM_ROUNDINGS(__double2uint, unsigned, double, )
CUDASHIM_ROUNDINGS(__double2ll, long long, double, )
CUDASHIM_ROUNDINGS(__double2ull, unsigned long long, double, )
#undef CUDASHIM_ROUNDINGS
inline float __int2float_rn(int x) { return static_cast<float>(x); }
inline float __uint2float_rn(unsigned x) { return static_cast<float>(x); }
inline float __ll2float_rn(long long x) { return static_cast<float>(x); }
inline float __ull2float_rn(unsigned long long x) { return static_cast<float>(x); }
inline float __double2float_rn(double x) { return static_cast<float>(x); }
inline double __int2double_rn(int x) { return x; }
inline double __uint2double_rn(unsigned x) { return x; }
inline double __ll2double_rn(long long x) { return static_cast<double>(x); }
inline double __ull2double_rn(unsigned long long x) { return static_cast<double>(x); }

inline int __clz(int x) { return x ? __builtin_clz(static_cast<unsigned>(x)) : 32; }
inline int __clzll(long long x) { return x ? __builtin_clzll(static_cast<unsigned long long>(x)) : 64; }
inline int __popc(unsigned x) { return __builtin_popcount(x); }
inline int __popcll(unsigned long long x) { return __builtin_popcountll(x); }
inline int __ffs(int x) { return __builtin_ffs(x); }
inline int __ffsll(long long x) { return __builtin_ffsll(x); }
inline unsigned __brev(unsigned x) {
    unsigned reversed = 0;
    for (int bit = 0; bit < 32; bit++) reversed |= (x >> bit & 1) << (31 - bit);
    return reversed;
}
inline unsigned __umulhi(unsigned a, unsigned b) { return static_cast<unsigned long long>(a) * b >> 32; }
inline int __mulhi(int a, int b) { return static_cast<int>(static_cast<long long>(a) * b >> 32); }
inline unsigned long long __umul64hi(unsigned long long a, unsigned long long b) {
    return static_cast<unsigned long long>(static_cast<unsigned __int128>(a) * b >> 64);
}
inline unsigned __funnelshift_l(unsigned low, unsigned high, unsigned shift) {
    return static_cast<unsigned>((static_cast<unsigned long long>(high) << 32 | low) << (shift & 31) >> 32);
}
inline unsigned __funnelshift_r(unsigned low, unsigned high, unsigned shift) {
    return static_cast<unsigned>((static_cast<unsigned long long>(high) << 32 | low) >> (shift & 31));
}
inline unsigned __byte_perm(unsigned a, unsigned b, unsigned selector) {
    const unsigned long long bytes = static_cast<unsigned long long>(b) << 32 | a;
    unsigned result = 0;
    for (int i = 0; i < 4; i++) {
        const unsigned choice = selector >> (4 * i) & 15;
        unsigned byte = bytes >> (8 * (choice & 7)) & 0xff;
        if (choice & 8) byte = byte & 0x80 ? 0xff : 0;
        result |= byte << (8 * i);
    }
    return result;
}
