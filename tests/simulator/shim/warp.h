// Shuffles, votes and barriers of a warp, each as one collective of the runtime.
#pragma once
#include "thread.h"

namespace cudashim {

constexpr unsigned long long POISON = ~0ull;

struct Exchange {
    unsigned long long value;
    unsigned source;
    unsigned long long result;
};

/// Lanes read each other's values; from a lane that takes no part comes poison.
CUDASHIM_UNSEEN inline void exchange_lanes(void* const* lanes) {
    for (unsigned lane = 0; lane < 32; lane++) {
        if (auto* mine = static_cast<Exchange*>(lanes[lane])) {
            auto* other = static_cast<const Exchange*>(lanes[mine->source]);
            mine->result = other ? other->value : POISON;
        }
    }
}

struct Vote {
    bool predicate;
    unsigned ballot;
};

CUDASHIM_UNSEEN inline void count_votes(void* const* lanes) {
    unsigned ballot = 0;
    for (unsigned lane = 0; lane < 32; lane++) {
        auto* vote = static_cast<const Vote*>(lanes[lane]);
        if (vote && vote->predicate) ballot |= 1u << lane;
    }
    for (unsigned lane = 0; lane < 32; lane++) {
        if (lanes[lane]) static_cast<Vote*>(lanes[lane])->ballot = ballot;
    }
}

inline void meet(void* const*) {}

CUDASHIM_UNSEEN inline unsigned lane_index() {
    const uint3 at = self->index;
    const dim3 size = self->grid->threads;
    return (at.x + size.x * (at.y + size.y * at.z)) % 32;
}

template <class T>
T shuffle(unsigned mask, const char* name, int line, T value, unsigned source) {
    static_assert(sizeof(T) <= 8, "shuffles move four or eight bytes");
    Exchange exchange{0, source, 0};
    __builtin_memcpy(&exchange.value, &value, sizeof(T));
    warp_collective(mask, name, line, &exchange, exchange_lanes);
    __builtin_memcpy(&value, &exchange.result, sizeof(T));
    return value;
}

// The lane that a shuffle reads, within its segment of `width` lanes; out of the segment it reads itself.
inline unsigned source_at(int lane, int width) {
    return (lane_index() & ~(width - 1u)) | (static_cast<unsigned>(lane) & (width - 1u));
}
inline unsigned source_up(unsigned delta, int width) {
    const unsigned lane = lane_index();
    return (lane & (width - 1u)) < delta ? lane : lane - delta;
}
inline unsigned source_down(unsigned delta, int width) {
    const unsigned lane = lane_index();
    return (lane & (width - 1u)) + delta >= static_cast<unsigned>(width) ? lane : lane + delta;
}
inline unsigned source_xor(unsigned bits, int width) {
    const unsigned lane = lane_index(), other = lane ^ bits;
    return (other | (width - 1u)) > (lane | (width - 1u)) ? lane : other;
}

inline unsigned vote(unsigned mask, const char* name, int line, bool predicate) {
    Vote mine{predicate, 0};
    warp_collective(mask, name, line, &mine, count_votes);
    return mine.ballot;
}

// `width` is optional in CUDA, so these are functions; their callers' lines come with the macros below.
template <class T> T shfl(int line, unsigned mask, T v, int lane, int width = 32) {
    return shuffle(mask, "__shfl_sync", line, v, source_at(lane, width));
}
template <class T> T shfl_up(int line, unsigned mask, T v, unsigned delta, int width = 32) {
    return shuffle(mask, "__shfl_up_sync", line, v, source_up(delta, width));
}
template <class T> T shfl_down(int line, unsigned mask, T v, unsigned delta, int width = 32) {
    return shuffle(mask, "__shfl_down_sync", line, v, source_down(delta, width));
}
template <class T> T shfl_xor(int line, unsigned mask, T v, int bits, int width = 32) {
    return shuffle(mask, "__shfl_xor_sync", line, v, source_xor(bits, width));
}

}  // namespace cudashim

#define __shfl_sync(...) ::cudashim::shfl(__LINE__, __VA_ARGS__)
#define __shfl_up_sync(...) ::cudashim::shfl_up(__LINE__, __VA_ARGS__)
#define __shfl_down_sync(...) ::cudashim::shfl_down(__LINE__, __VA_ARGS__)
#define __shfl_xor_sync(...) ::cudashim::shfl_xor(__LINE__, __VA_ARGS__)

#define CUDASHIM_MASK(mask, ...) mask
#define __syncwarp(...) \
    ::cudashim::warp_collective(CUDASHIM_MASK(__VA_ARGS__ __VA_OPT__(, ) 0xffffffffu), "__syncwarp", __LINE__, \
                                nullptr, ::cudashim::meet)
#define __ballot_sync(mask, predicate) ::cudashim::vote(mask, "__ballot_sync", __LINE__, (predicate) != 0)
#define __any_sync(mask, predicate) (::cudashim::vote(mask, "__any_sync", __LINE__, (predicate) != 0) != 0)
#define __all_sync(mask, predicate) (::cudashim::vote(mask, "__all_sync", __LINE__, (predicate) == 0) == 0)
