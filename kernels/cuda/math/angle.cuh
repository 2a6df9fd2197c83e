// The tangent, and angles from the sides of a triangle: quotients in two words.
#pragma once

namespace math {

template <typename T>
__device__ __forceinline__ Pair<T> select(bool mask, Pair<T> yes, Pair<T> no) {
    return {mask ? yes.high : no.high, mask ? yes.low : no.low};
}

// The tangent: sine by cosine, or after an odd number of quarter turns minus cosine by sine.
template <typename T>
__device__ __forceinline__ T tan(T x) {
    auto [quarters, r, low] = quarter_turns(abs(x));
    T square = r * r;
    auto [near, rest] = cosine_pair(square);
    T bend = Numbers<T>::sin_series(square) * (square * r);
    Pair<T> sine = ordered_sum(r, fma(low, near, bend));
    Pair<T> cosine = ordered_sum(near, fma(-low, r, rest));
    bool even = is_even(quarters);
    auto [quotient, left] = pair_quotient(select(even, sine, -cosine), select(even, cosine, sine));
    return bit_xor(quotient + left, sign_bit(x));
}

// The angle of the point (x, y), both >= 0, not both 0 and with a finite sum; or of (-x, y) where `turned` has the sign
// bit: the arc tangent of a quotient of at most 1/2, added to a whole eighth of a turn.
template <typename T>
__device__ __forceinline__ T angle(Pair<T> y, Pair<T> x, T turned) {
    using N = Numbers<T>;
    bool flat = y.high < x.high * T(0.5), steep = x.high < y.high * T(0.5);
    // Between both the difference of the first words is exact.
    Pair<T> difference = {y.high - x.high, y.low - x.low};
    Pair<T> sum = exact_sum(y.high, x.high);
    sum.low = sum.low + (y.low + x.low);
    Pair<T> above = select(flat, y, select(steep, -x, difference));
    Pair<T> below = select(flat, x, select(steep, y, sum));
    auto [t, rest] = pair_quotient(above, below);
    T z = t * t;
    T tail = fma(N::atan_series(z), z * t, rest);

    T sign = sign_bit(turned);
    T quarters = flat ? T(0) : steep ? T(1) : T(0.5);
    quarters = bits(sign) != 0 ? 2 - quarters : quarters;
    auto [base, base_rest] = exact_product(quarters, N::HALF_PI);
    T base_low = fma(quarters, N::HALF_PI_MIDDLE, base_rest);
    auto [high, low] = ordered_sum(base, bit_xor(t, sign));
    return high + (low + (bit_xor(tail, sign) + base_low));
}

// sqrt(1 - x²).
template <typename T>
__device__ __forceinline__ Pair<T> other_side(T x) {
    return pair_root(-square_plus(x, T(-1)));
}

// The angle with the sine x.
template <typename T>
__device__ __forceinline__ T asin(T x) {
    return bit_or(angle(Pair<T>{abs(x), 0}, other_side(x), T(0)), sign_bit(x));
}

// The angle with the cosine x.
template <typename T>
__device__ __forceinline__ T acos(T x) {
    return angle(other_side(x), Pair<T>{abs(x), 0}, x);
}

// The angle with the tangent x.
template <typename T>
__device__ __forceinline__ T atan(T x) {
    T size = clamp(abs(x), T(0), Numbers<T>::LARGE);
    return bit_or(angle(Pair<T>{size, 0}, Pair<T>{1, 0}, T(0)), sign_bit(x));
}

// What a length is multiplied by so that little is lost of it: a power of two if it is small, `shrink` if it is large.
template <typename T>
__device__ __forceinline__ T moderation(T length, T shrink) {
    T scale = length < Numbers<T>::SMALL ? Numbers<T>::GROW : T(1);
    return length > Numbers<T>::LARGE ? shrink : scale;
}

// A side of a triangle whose longest has length `most`, scaled. Infinite sides hide finite ones, and are as long as each
// other.
template <typename T>
__device__ __forceinline__ T moderated_side(T side, T most, T scale) {
    T among_infinite = side == infinity<T>() ? T(1) : T(0);
    return most == infinity<T>() ? among_infinite : side * scale;
}

// The angle of the point (x, y), with the sign of y.
template <typename T>
__device__ __forceinline__ T atan2(T y, T x) {
    T most = greater(abs(x), abs(y));
    // The sum of the sides must be finite.
    T scale = moderation(most, T(0.5));
    T height = moderated_side(abs(y), most, scale), width = moderated_side(abs(x), most, scale);
    width = most == 0 ? T(1) : width;
    T found = bit_or(angle(Pair<T>{height, 0}, Pair<T>{width, 0}, x), sign_bit(y));
    return x == x ? (y == y ? found : y) : x;
}

} // namespace math
