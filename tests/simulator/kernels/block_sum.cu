// The sum of each block's elements: shuffles within warps, then shared memory, in a fixed order.
extern "C" __global__ void block_sum(const float* in, float* out, int count) {
    __shared__ float sums[32];
    const int i = blockIdx.x * blockDim.x + threadIdx.x, lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    float sum = i < count ? in[i] : 0.0f;
    for (int step = 16; step > 0; step /= 2) sum += __shfl_down_sync(0xffffffffu, sum, step);
    if (lane == 0) sums[warp] = sum;
    __syncthreads();
    if (warp == 0) {
        sum = lane < blockDim.x / 32 ? sums[lane] : 0.0f;
        for (int step = 16; step > 0; step /= 2) sum += __shfl_down_sync(0xffffffffu, sum, step);
        if (lane == 0) out[blockIdx.x] = sum;
    }
}

// What lanes find out about each other.
extern "C" __global__ void votes(const int* in, unsigned* out) {
    const int value = in[threadIdx.x];
    out[threadIdx.x * 6 + 0] = __ballot_sync(0xffffffffu, value > 0);
    out[threadIdx.x * 6 + 1] = __any_sync(0xffffffffu, value > 90);
    out[threadIdx.x * 6 + 2] = __all_sync(0xffffffffu, value > -100);
    out[threadIdx.x * 6 + 3] = __shfl_sync(0xffffffffu, value, 5, 8);
    out[threadIdx.x * 6 + 4] = __shfl_up_sync(0xffffffffu, value, 3);
    out[threadIdx.x * 6 + 5] = __shfl_xor_sync(0xffffffffu, value, 9);
    __syncwarp();
}
