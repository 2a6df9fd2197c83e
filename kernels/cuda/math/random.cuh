// Random numbers: Philox 4x32 with 10 rounds. A number depends on the seed and its position alone.
#pragma once

namespace math {

// Two random words.
struct Words {
    unsigned first, second;
};

// The first two random words of a position.
__device__ __forceinline__ Words philox(unsigned long long position, unsigned long long seed) {
    unsigned c0 = static_cast<unsigned>(position), c1 = static_cast<unsigned>(position >> 32), c2 = 0, c3 = 0;
    unsigned k0 = static_cast<unsigned>(seed), k1 = static_cast<unsigned>(seed >> 32);
#pragma unroll
    for (int round = 0; round < 10; round++) {
        unsigned long long a = static_cast<unsigned long long>(c0) * 0xd2511f53u;
        unsigned long long b = static_cast<unsigned long long>(c2) * 0xcd9e8d57u;
        c0 = static_cast<unsigned>(b >> 32) ^ c1 ^ k0;
        c1 = static_cast<unsigned>(b);
        c2 = static_cast<unsigned>(a >> 32) ^ c3 ^ k1;
        c3 = static_cast<unsigned>(a);
        k0 += 0x9e3779b9u;
        k1 += 0xbb67ae85u;
    }
    return {c0, c1};
}

// The number in [0, 1) of these words.
template <typename T>
__device__ __forceinline__ T uniform(Words words);
template <>
__device__ __forceinline__ float uniform<float>(Words words) {
    return static_cast<float>(words.first >> 8) * 0x1p-24f;
}
template <>
__device__ __forceinline__ double uniform<double>(Words words) {
    unsigned long long high = static_cast<unsigned long long>(words.first >> 5) << 26;
    return static_cast<double>(high | words.second >> 6) * 0x1p-53;
}

// The number at base + index; seed and base are whole numbers of 64 bits, or become such.
template <typename T, typename Number>
__device__ __forceinline__ T random(long long index, Number seed, Number base) {
    unsigned long long position = convert<unsigned long long>(base) + static_cast<unsigned long long>(index);
    return uniform<T>(philox(position, convert<unsigned long long>(seed)));
}

} // namespace math
