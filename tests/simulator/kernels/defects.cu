// Kernels with one mistake each, which the simulator must find.
#include "../../../kernels/cuda/asm.cuh"

// No barrier between writing and reading the neighbour's element.
extern "C" __global__ void missing_barrier(const float* in, float* out) {
    __shared__ float values[64];
    values[threadIdx.x] = in[threadIdx.x];
    out[threadIdx.x] = values[(threadIdx.x + 32) % 64];
}

// `<=` where `<` was meant.
extern "C" __global__ void off_by_one(const float* in, float* out, int count) {
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i <= count) out[i] = 2.0f * in[i];
}

// Float sums in the order in which threads happen to come.
extern "C" __global__ void unordered_sum(const float* in, float* out, int count) {
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < count) atomicAdd(out, in[i]);
}

// Rows are `columns` long, not `columns + 1`: elements of other rows are written twice, some never.
extern "C" __global__ void wrong_stride(const float* in, float* out, int rows, int columns) {
    const int row = threadIdx.y, column = threadIdx.x;
    if (row < rows && column < columns) out[row * (columns - 1) + column] = in[row * columns + column];
}

// Half of the block waits at one barrier, half at another.
extern "C" __global__ void divergent_barrier(float* out) {
    if (threadIdx.x < 16) {
        __syncthreads();
    } else {
        __syncthreads();
    }
    out[threadIdx.x] = 1.0f;
}

// Some wait for the block, the others for their warp.
extern "C" __global__ void deadlock(float* out) {
    if (threadIdx.x == 3) __syncthreads();
    else __syncwarp();
    out[threadIdx.x] = 1.0f;
}

// Lane 7 is not in the mask that it passes.
extern "C" __global__ void outside_of_mask(float* out) {
    out[threadIdx.x] = __shfl_sync(0xffffff7fu, 1.0f, 0);
}

// A warp's lanes exchange through memory without __syncwarp.
extern "C" __global__ void missing_syncwarp(const float* in, float* out) {
    __shared__ float values[32];
    values[threadIdx.x] = in[threadIdx.x];
    if (threadIdx.x < 16) out[threadIdx.x] = values[threadIdx.x + 16];
}

// Two blocks write one element.
extern "C" __global__ void blocks_collide(float* out) {
    out[blockIdx.x / 2] = 1.0f;
}

// Follows a pointer that is none.
extern "C" __global__ void null_write(float* out) {
    *out = 1.0f;
}

// Never waits for the copy that it begins.
extern "C" __global__ void missing_wait(const float* in, float* out) {
    __shared__ __align__(16) float values[4];
    copy_async<16>(values, in);
    copy_async_commit();
    out[0] = values[0];
}

// One element past the end of shared memory.
extern "C" __global__ void shared_overrun(float* out) {
    __shared__ float values[32];
    values[threadIdx.x + 1] = 1.0f;
    __syncthreads();
    out[threadIdx.x] = values[threadIdx.x];
}

// The index of the last thread does not fit into an int.
extern "C" __global__ void overflowing_index(int* out, int scale) {
    out[threadIdx.x] = static_cast<int>(threadIdx.x) * scale;
}

// A copy is waited for by the thread that began it; its neighbour reads it without a barrier.
extern "C" __global__ void async_neighbour(const float* in, float* out) {
    __shared__ __align__(16) float values[32];
    copy_async<4>(&values[threadIdx.x], in + threadIdx.x);
    copy_async_commit();
    copy_async_wait<0>();
    out[threadIdx.x] = values[(threadIdx.x + 1) % 32];
}

// The next copy begins while others may still read what the last one brought.
extern "C" __global__ void async_overwrite(const float* in, float* out) {
    __shared__ __align__(16) float values[32];
    copy_async<4>(&values[threadIdx.x], in + threadIdx.x);
    copy_async_commit();
    copy_async_wait<0>();
    __syncthreads();
    const float first = values[(threadIdx.x + 1) % 32];
    copy_async<4>(&values[threadIdx.x], in + (threadIdx.x + 7) % 32);
    copy_async_commit();
    copy_async_wait<0>();
    __syncthreads();
    out[threadIdx.x] = first + values[(threadIdx.x + 1) % 32];
}
