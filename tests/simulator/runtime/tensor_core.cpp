// Who holds which element stands in the PTX manual; g is the lane's group of four, t its place within.
#include "../shim/tensor_core.h"

#include <cstdint>
#include <cstring>

#include "block.h"
#include "races.h"

namespace cudashim {
namespace {

struct Fragments {
    const unsigned* a;
    const unsigned* b;
    const float* c;
    float* d;
};

float float_of(unsigned bits) {
    float value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
}
float tf32(unsigned bits) { return float_of(bits & ~0x1fffu); }
float bf16(unsigned pair, unsigned half) { return float_of(half ? pair & 0xffff0000u : pair << 16); }

// Products are exact and summed in double precision; a device rounds between its steps, so its last bits may differ.
template <int K, class A, class B>
void multiply(void* const* lanes, A a_of, B b_of) {
    float a[16][K], b[K][8];
    for (unsigned lane = 0; lane < WARP; lane++) {
        const auto* mine = static_cast<const Fragments*>(lanes[lane]);
        a_of(*mine, lane / 4, lane % 4, a);
        b_of(*mine, lane / 4, lane % 4, b);
    }
    for (unsigned lane = 0; lane < WARP; lane++) {
        const auto* mine = static_cast<const Fragments*>(lanes[lane]);
        float d[4];
        for (unsigned i = 0; i < 4; i++) {
            const unsigned row = lane / 4 + i / 2 * 8, column = lane % 4 * 2 + i % 2;
            double sum = mine->c[i];
            for (int k = 0; k < K; k++) sum += static_cast<double>(a[row][k]) * b[k][column];
            d[i] = static_cast<float>(sum);
        }
        std::memcpy(mine->d, d, sizeof d);
    }
}

void multiply_tf32(void* const* lanes) {
    multiply<8>(
        lanes,
        [](const Fragments& mine, unsigned g, unsigned t, float (&a)[16][8]) {
            for (unsigned i = 0; i < 4; i++) a[g + i % 2 * 8][t + i / 2 * 4] = tf32(mine.a[i]);
        },
        [](const Fragments& mine, unsigned g, unsigned t, float (&b)[8][8]) {
            for (unsigned i = 0; i < 2; i++) b[t + i * 4][g] = tf32(mine.b[i]);
        });
}

void multiply_bf16(void* const* lanes) {
    multiply<16>(
        lanes,
        [](const Fragments& mine, unsigned g, unsigned t, float (&a)[16][16]) {
            for (unsigned i = 0; i < 8; i++) {
                a[g + i / 2 % 2 * 8][t * 2 + i % 2 + i / 4 * 8] = bf16(mine.a[i / 2], i % 2);
            }
        },
        [](const Fragments& mine, unsigned g, unsigned t, float (&b)[16][8]) {
            for (unsigned i = 0; i < 4; i++) b[t * 2 + i % 2 + i / 2 * 8][g] = bf16(mine.b[i / 2], i % 2);
        });
}

void whole_warp(const char* name, int line, void* mine, Combine combine) {
    if (runner()->live_lanes() != ~0u) {
        runner()->fail(LAUNCH_FAILED, format("%s at line %d by a warp with missing lanes", name, line));
    }
    warp_collective(~0u, name, line, mine, combine);
}

struct Rows {
    std::uint16_t row[8];
    unsigned* registers;
    unsigned count;
    bool transposed;
};

void distribute(void* const* lanes) {
    for (unsigned lane = 0; lane < WARP; lane++) {
        auto* mine = static_cast<Rows*>(lanes[lane]);
        for (unsigned matrix = 0; matrix < mine->count; matrix++) {
            const auto element = [&](unsigned row, unsigned column) -> unsigned {
                return static_cast<const Rows*>(lanes[matrix * 8 + row])->row[column];
            };
            const unsigned g = lane / 4, t = lane % 4 * 2;
            mine->registers[matrix] = mine->transposed ? element(t, g) | element(t + 1, g) << 16
                                                       : element(g, t) | element(g, t + 1) << 16;
        }
    }
}

}  // namespace

void mma_m16n8k8_tf32(float (&d)[4], const unsigned (&a)[4], const unsigned (&b)[2], const float (&c)[4], int line) {
    Fragments mine{a, b, c, d};
    whole_warp("mma.m16n8k8.tf32", line, &mine, multiply_tf32);
}

void mma_m16n8k16_bf16(float (&d)[4], const unsigned (&a)[4], const unsigned (&b)[2], const float (&c)[4], int line) {
    Fragments mine{a, b, c, d};
    whole_warp("mma.m16n8k16.bf16", line, &mine, multiply_bf16);
}

void ldmatrix(unsigned* registers, unsigned count, bool transposed, const void* row, int line) {
    Rows mine{{}, registers, count, transposed};
    if (runner()->current().lane() < 8 * count) {
        if (reinterpret_cast<std::uintptr_t>(row) % 16) runner()->fail(LAUNCH_FAILED, "ldmatrix of an unaligned row");
        note_read(row, sizeof mine.row);
        std::memcpy(mine.row, row, sizeof mine.row);
    }
    whole_warp("ldmatrix", line, &mine, distribute);
}

}  // namespace cudashim
