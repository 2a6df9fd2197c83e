// Between memory's dtypes (float, double, int, unsigned char, bool; long long for an index) and the classes of programs.
#pragma once

namespace math {

// The integers that numbers with fractions are cut to: `lowest` is the least one, and `beyond` follows the last one.
template <typename To>
struct Whole {
    static constexpr bool bounded = false;
};
template <>
struct Whole<int> {
    static constexpr bool bounded = true;
    static constexpr double lowest = -0x1p31, beyond = 0x1p31;
    static constexpr int last = 0x7fffffff;
};
template <>
struct Whole<unsigned char> {
    static constexpr bool bounded = true;
    static constexpr double lowest = 0, beyond = 0x1p8;
    static constexpr unsigned char last = 0xff;
};
template <>
struct Whole<unsigned long long> {
    static constexpr bool bounded = true;
    static constexpr double lowest = 0, beyond = 0x1p64;
    static constexpr unsigned long long last = ~0ull;
};

// A number as another type has it. Integers wrap; what has a fraction loses it, or is the nearest integer of those there
// are, and 0 if it is NaN. As `bool` all is true but zero.
template <typename To, typename From>
__device__ __forceinline__ To convert(From x) {
    constexpr bool has_fractions = From(0.5) == 0.5;
    using W = Whole<To>;
    if constexpr (has_fractions && W::bounded) {
        constexpr From lowest = W::lowest, beyond = W::beyond;
        To least = x == x ? static_cast<To>(lowest) : 0;
        return x >= beyond ? W::last : x >= lowest ? static_cast<To>(x) : least;
    } else {
        return static_cast<To>(x);
    }
}

} // namespace math
