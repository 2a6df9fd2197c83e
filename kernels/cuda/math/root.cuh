// Roots: guesses are corrected by what their powers miss.
#pragma once

namespace math {

// The cubic root: a guess by the logarithm and a step of Newton's, with the cube in two words.
template <typename T>
__device__ __forceinline__ T cbrt(T x) {
    using N = Numbers<T>;
    T given = abs(x);
    bool tiny = given < 1;
    T size = tiny ? given * N::LIFT : given;
    T guess = exp(log(size) / 3);
    auto [square, low] = exact_product(guess, guess);
    T left = fma(-low, guess, fma(-square, guess, size));
    T root = guess + left / (square * 3);
    root = tiny ? root * N::LOWER_ROOT : root;
    T ordinary = given < infinity<T>() ? bit_or(root, sign_bit(x)) : x;
    return x == 0 ? x : ordinary;
}

// sqrt(x² + y²), scaled so that no square is lost.
template <typename T>
__device__ __forceinline__ T hypot(T x, T y) {
    T width = abs(x), height = abs(y);
    T scale = moderation(greater(width, height), Numbers<T>::SHRINK);
    auto [a, a_low] = exact_product(width * scale, width * scale);
    auto [b, b_low] = exact_product(height * scale, height * scale);
    auto [sum, low] = exact_sum(a, b);
    auto [root, rest] = pair_root(Pair<T>{sum, low + (a_low + b_low)});
    T length = (root + rest) / scale;
    length = width == infinity<T>() ? width : length;
    return height == infinity<T>() ? height : length;
}

} // namespace math
