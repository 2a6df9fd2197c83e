// What CUDA builds in, apart from barriers and warps.

// 2.5, 3.5, -2.5 and 1e20 come in.
extern "C" __global__ void intrinsics(const float* in, int* out) {
    int at = 0;
    out[at++] = __float2int_rn(in[0]);
    out[at++] = __float2int_rn(in[1]);
    out[at++] = __float2int_rz(in[2]);
    out[at++] = __float2int_rn(in[3]);
    out[at++] = __float2int_rn(__int_as_float(0x7fc00000));
    out[at++] = __float2int_ru(in[0]);
    out[at++] = __float2int_rd(in[0]);
    out[at++] = __clz(0x1f);
    out[at++] = __clz(0);
    out[at++] = __popc(0xff);
    out[at++] = __brev(0x12345678);
    out[at++] = __byte_perm(0x1a2b3c4d, 0, 0x4421) & 0xffff;
    out[at++] = __funnelshift_l(0x45000000, 0x123, 8) & 0xffff;
    out[at++] = __umulhi(0x12345678, 1 << 8);
    out[at++] = __float_as_int(in[0]);
    out[at++] = __ffs(4);
    int cell = 7;
    out[at++] = atomicCAS(&cell, 7, 9);
    out[at++] = atomicCAS(&cell, 7, 11);
    atomicExch(&cell, 5);
    out[at++] = atomicMax(&cell, 4) + 2;
    out[at++] = static_cast<int>(__fmaf_rn(in[0], 2.0f, fabs(-0.25f)));
}

extern "C" __global__ void indices(int* out) {
    const int x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y;
    const int z = blockIdx.z * blockDim.z + threadIdx.z;
    const int width = gridDim.x * blockDim.x, height = gridDim.y * blockDim.y;
    const int at = (z * height + y) * width + x;
    out[at] = at;
}

// Each lane counts the lanes of its warp that stay.
extern "C" __global__ void leavers(float* out, int count) {
    const int i = threadIdx.x;
    if (i >= count) return;
    __syncthreads();
    out[i] = static_cast<float>(__popc(__ballot_sync(0xffffffffu, true)));
}
