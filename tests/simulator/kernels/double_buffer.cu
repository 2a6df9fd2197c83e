// A running sum of tiles: while one is worked on, the next one is under way to the other half of shared memory.
#include "../../../kernels/cuda/asm.cuh"

constexpr int THREADS = 64;

/// out[t] = the sum of in[t], in[t + 256], ...; the count of floats is a multiple of four.
extern "C" __global__ void double_buffer(const float* in, float* out, int count) {
    DYN_SHARED(float, tiles);
    const int tile_floats = THREADS * 4, tile_count = (count + tile_floats - 1) / tile_floats;
    const auto fetch = [&](int tile) {
        const int at = tile * tile_floats + threadIdx.x * 4;
        const bool valid = at < count;
        copy_async<16>(&tiles[tile % 2 * tile_floats + threadIdx.x * 4], valid ? in + at : in, valid);
        copy_async_commit();
    };
    float sum[4] = {};
    fetch(0);
    for (int tile = 0; tile < tile_count; tile++) {
        if (tile + 1 < tile_count) {
            fetch(tile + 1);
            copy_async_wait<1>();
        } else {
            copy_async_wait<0>();
        }
        __syncthreads();
        for (int i = 0; i < 4; i++) sum[i] += tiles[tile % 2 * tile_floats + i * THREADS + threadIdx.x];
        __syncthreads();
    }
    for (int i = 0; i < 4; i++) out[i * THREADS + threadIdx.x] = sum[i];
}
