// Angles: whole quarter turns and what is left.
#pragma once

namespace math {

// An angle: quarter turns, of which only the last two bits are right, and r + low within an eighth of a turn; low is small
// beside r, or both are.
template <typename T>
struct Angle {
    unsigned quarters;
    T r, low;
};

// A signed number of 128 bits.
struct Wide {
    unsigned long long high, low;
};

__device__ __forceinline__ Wide operator-(Wide a, Wide b) {
    return {a.high - b.high - (a.low < b.low), a.low - b.low};
}

// The nearest double: of the size, shifted to the left end, the bits that follow the upper word matter only as a whole.
__device__ __forceinline__ double nearest_double(Wide x) {
    bool minus = x.high >> 63;
    Wide size = minus ? Wide{0, 0} - x : x;
    bool wide = size.high != 0;
    unsigned long long top = wide ? size.high : size.low, next = wide ? size.low : 0;
    int zeros = leading_zeros(top | 1);
    top = top << zeros | next >> 1 >> (63 - zeros);
    double unit = of_exponent<double>(static_cast<unsigned>(1023 + (wide ? 64 : 0) - zeros));
    double rounded = static_cast<double>(top | (next << zeros != 0)) * unit;
    return minus ? -rounded : rounded;
}

// A whole double of less than 127 bits.
__device__ __forceinline__ Wide of_whole(double x) {
    double high = floor(x * 0x1p-64);
    return {static_cast<unsigned long long>(static_cast<long long>(high)),
            static_cast<unsigned long long>(x - high * 0x1p64)};
}

// 2/π, 64 bits a word, after a word before the point.
__constant__ unsigned long long TWO_OVER_PI_WORDS[] = {
    0,
    0xa2f9836e4e441529, 0xfc2757d1f534ddc0, 0xdb6295993c439041, 0xfe5163abdebbc561, 0xb7246e3a424dd2e0,
    0x06492eea09d1921c, 0xfe1deb1cb129a73e, 0xe88235f52ebb4484, 0xe99c7026b45f7e41, 0x3991d639835339f4,
    0x9c845f8bbdf9283b, 0x1ff897ffde05980f, 0xef2f118b5a0a6d1f, 0x6d367ecf27cb09b7, 0x4f463f669e5fea2d,
    0x7527bac7ebe5f17b, 0x3d0739f78a5292ea, 0x6bfb5fb11f8d5d08, 0x56033046fc7b6bab, 0xf0cfbc209af4361d,
};

// Payne and Hanek's reduction of a finite x > 2^15: of the product with 2/π only the bits around the point matter.
__device__ __forceinline__ Angle<double> reduce_large(double x) {
    using N = Numbers<double>;
    unsigned long long mantissa = (bits(x) & ((1ull << 52) - 1)) | 1ull << 52;
    // x = mantissa × 2^exponent. Bits of 2/π that give whole multiples of 4 turns are left out.
    int exponent = static_cast<int>(bits(x) >> 52) - 1075;
    int start = 64 + exponent - 2, shift = start & 63;
    const unsigned long long *words = TWO_OVER_PI_WORDS + (start >> 6);
    auto window = [&](int i) { return words[i] << shift | words[i + 1] >> 1 >> (63 - shift); };
    unsigned long long last = high_product(mantissa, window(2));
    unsigned long long middle = last + mantissa * window(1);
    unsigned long long high = high_product(mantissa, window(1)) + (middle < last) + mantissa * window(0);
    // The product in units of 2^-126 turns (of four quarters each, modulo 1).
    unsigned long long quarters = ((high >> 61) + 1) >> 1;
    Wide rest = {high - (quarters << 62), middle};

    double near = nearest_double(rest), far = nearest_double(rest - of_whole(near));
    double angle = near * N::HALF_PI;
    double low = fma(near, N::HALF_PI, -angle) + (far * N::HALF_PI + near * N::HALF_PI_MIDDLE);
    return {static_cast<unsigned>(quarters), angle * 0x1p-126, low * 0x1p-126};
}

// x >= 0 as an angle.
template <typename T>
__device__ __forceinline__ Angle<T> quarter_turns(T x) {
    using N = Numbers<T>;
    if (x > N::REDUCIBLE) {
        if (x == infinity<T>()) return {0, nan<T>(), T(0)};
        Angle<double> large = reduce_large(x);
        T r = static_cast<T>(large.r);
        return {large.quarters, r, static_cast<T>(large.r - r + large.low)};
    }
    T turns = fma(x, N::TWO_OVER_PI, N::MAGIC);
    T n = turns - N::MAGIC;
    // Exact, and a multiple of the last place of what is taken from it: so is the difference of the next two lines.
    T first = fma(-n, N::HALF_PI, x);
    T r = first - n * N::HALF_PI_MIDDLE;
    T low = fma(-n, N::HALF_PI_LAST, fma(-n, N::HALF_PI_MIDDLE, first - r));
    return {low_word(turns), r, low};
}

// Whether the number of quarter turns is even.
__device__ __forceinline__ bool is_even(unsigned quarters) {
    return (quarters & 1) == 0;
}

// The sign of half turns.
template <typename T>
__device__ __forceinline__ T half_turn_sign(unsigned quarters) {
    return of_bits(static_cast<typename Numbers<T>::Bits>(quarters & 2) << (Numbers<T>::WIDTH - 2));
}

} // namespace math
