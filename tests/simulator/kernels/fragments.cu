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

/// Floats as the nearest TF32 numbers.
extern "C" __global__ void fragment_to_tf32(const float* in, unsigned* out) { out[threadIdx.x] = to_tf32(in[threadIdx.x]); }
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

/// One matrix and two, plain and transposed.
extern "C" __global__ void fragment_ldmatrix_few(const unsigned short* in, unsigned* out) {
    __shared__ __align__(16) unsigned short rows[16][8];
    for (int i = threadIdx.x; i < 128; i += 32) rows[i / 8][i % 8] = in[i];
    __syncwarp();
    unsigned one[1], one_transposed[1], two[2], two_transposed[2];
    load_matrices<1>(one, rows[threadIdx.x % 8]);
    load_matrices<1, true>(one_transposed, rows[threadIdx.x % 8]);
    load_matrices<2>(two, rows[threadIdx.x % 16]);
    load_matrices<2, true>(two_transposed, rows[threadIdx.x % 16]);
    const unsigned all[6] = {one[0], one_transposed[0], two[0], two[1], two_transposed[0], two_transposed[1]};
    for (int i = 0; i < 6; i++) out[threadIdx.x * 6 + i] = all[i];
}

/// Copies of 4, 8 and 16 bytes by each lane, those of every other one of nothing: zeros. Each size is a group, and is
/// read when all but the groups behind it have landed.
extern "C" __global__ void fragment_copy_async(const unsigned* in, unsigned* out) {
    __shared__ __align__(16) unsigned words[32 * 7];
    const int lane = threadIdx.x, fours = lane, eights = 32 + 2 * lane, sixteens = 96 + 4 * lane;
    const bool valid = lane % 2 == 0;
    copy_async<4>(&words[fours], &in[fours], valid);
    copy_async_commit();
    copy_async<8>(&words[eights], &in[eights], valid);
    copy_async_commit();
    copy_async<16>(&words[sixteens], &in[sixteens], valid);
    copy_async_commit();
    copy_async_wait<2>();
    out[fours] = words[fours];
    copy_async_wait<1>();
    for (int i = 0; i < 2; i++) out[eights + i] = words[eights + i];
    copy_async_wait<0>();
    for (int i = 0; i < 4; i++) out[sixteens + i] = words[sixteens + i];
}
