// Each warp instruction alone, one warp: what it does to fragments, to be compared with plain definitions. Also runs on
// real hardware as it is.
#include "../../../kernels/cuda/asm.cuh"

#if defined(CUDASHIM) || __CUDA_ARCH__ >= 800
/// c = a b + c, a row-major 16x8, b row-major 8x8, in floats.
extern "C" __global__ void fragment_tf32(const float* a, const float* b, float* c) {
    const int group = threadIdx.x / 4, place = threadIdx.x % 4;
    unsigned left[4], right[2];
    for (int i = 0; i < 4; i++) left[i] = __float_as_uint(a[(group + i % 2 * 8) * 8 + place + i / 2 * 4]);
    for (int i = 0; i < 2; i++) right[i] = __float_as_uint(b[(place + i * 4) * 8 + group]);
    float sum[4];
    for (int i = 0; i < 4; i++) sum[i] = c[(group + i / 2 * 8) * 8 + place * 2 + i % 2];
    mma_tf32(sum, left, right, sum);
    for (int i = 0; i < 4; i++) c[(group + i / 2 * 8) * 8 + place * 2 + i % 2] = sum[i];
}

/// c = a b + c, a row-major 16x16, b row-major 16x8, both bfloat16; the operands come by ldmatrix.
extern "C" __global__ void fragment_bf16(const unsigned short* a, const unsigned short* b, float* c) {
    __shared__ __align__(16) unsigned short left_rows[16][16];
    __shared__ __align__(16) unsigned short right_rows[16][8];
    const int lane = threadIdx.x, group = lane / 4, place = lane % 4;
    for (int i = lane; i < 256; i += 32) left_rows[i / 16][i % 16] = a[i];
    for (int i = lane; i < 128; i += 32) right_rows[i / 8][i % 8] = b[i];
    __syncwarp();
    unsigned left[4], right[2];
    load_matrices<4>(left, &left_rows[lane % 16][lane / 16 * 8]);
    load_matrices<2, true>(right, &right_rows[lane % 16][0]);
    float sum[4];
    for (int i = 0; i < 4; i++) sum[i] = c[(group + i / 2 * 8) * 8 + place * 2 + i % 2];
    mma_bf16(sum, left, right, sum);
    for (int i = 0; i < 4; i++) c[(group + i / 2 * 8) * 8 + place * 2 + i % 2] = sum[i];
}
#endif

/// Four 8x8 matrices, plain and transposed: two registers' halves for each lane and matrix.
extern "C" __global__ void fragment_ldmatrix(const unsigned short* in, unsigned* out) {
    __shared__ __align__(16) unsigned short rows[32][8];
    for (int i = 0; i < 8; i++) rows[threadIdx.x][i] = in[threadIdx.x * 8 + i];
    __syncwarp();
    unsigned plain[4], transposed[4];
    load_matrices<4>(plain, rows[threadIdx.x]);
    load_matrices<4, true>(transposed, rows[threadIdx.x]);
    for (int i = 0; i < 4; i++) {
        out[threadIdx.x * 8 + i] = plain[i];
        out[threadIdx.x * 8 + 4 + i] = transposed[i];
    }
}
