// The things that CUDA C++ without headers has no words for: asynchronous copies, products of small matrices by a whole
// warp, the load of their operands, and their numbers. On a device they are PTX; the simulator of the tests, which compiles
// the same files for the CPU (CUDASHIM), brings its own. Everything else in kernels is plain C++.
#pragma once

#ifndef CUDASHIM
/// Dynamic shared memory as an array of T, aligned for 16-byte accesses.
#define DYN_SHARED(T, name)                                                   \
    extern __shared__ __align__(16) unsigned char dynamic_shared_bytes[];     \
    T* const name = reinterpret_cast<T*>(dynamic_shared_bytes)

__device__ __forceinline__ unsigned shared_address(const void* pointer) {
    return static_cast<unsigned>(__cvta_generic_to_shared(pointer));
}
#endif

/// Begins a copy of BYTES (4, 8, 16) from global to shared memory; zeros instead, and no read, unless `valid`. It has
/// happened when this thread has waited for it, and is seen by others after a barrier behind that.
template <int BYTES>
__device__ __forceinline__ void copy_async(void* shared, const void* global, bool valid = true) {
    static_assert(BYTES == 4 || BYTES == 8 || BYTES == 16, "cp.async copies 4, 8 or 16 bytes");
#if defined(CUDASHIM)
    ::cudashim::copy_async(shared, global, BYTES, valid ? BYTES : 0);
#elif __CUDA_ARCH__ >= 800
    const int filled = valid ? BYTES : 0;
    if constexpr (BYTES == 16) {  // these pass by the L1 cache
        asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;"
                     :: "r"(shared_address(shared)), "l"(global), "r"(filled) : "memory");
    } else {
        asm volatile("cp.async.ca.shared.global [%0], [%1], %2, %3;"
                     :: "r"(shared_address(shared)), "l"(global), "n"(BYTES), "r"(filled) : "memory");
    }
#else
    for (int i = 0; i < BYTES / 4; i++) {
        static_cast<unsigned*>(shared)[i] = valid ? static_cast<const unsigned*>(global)[i] : 0u;
    }
#endif
}

/// Makes one group of the copies begun since the last one.
__device__ __forceinline__ void copy_async_commit() {
#if defined(CUDASHIM)
    ::cudashim::copy_async_commit();
#elif __CUDA_ARCH__ >= 800
    asm volatile("cp.async.commit_group;" ::: "memory");
#endif
}

/// Waits for all groups but the newest PENDING ones.
template <int PENDING>
__device__ __forceinline__ void copy_async_wait() {
#if defined(CUDASHIM)
    ::cudashim::copy_async_wait(PENDING);
#elif __CUDA_ARCH__ >= 800
    asm volatile("cp.async.wait_group %0;" :: "n"(PENDING) : "memory");
#endif
}

/// Loads COUNT 8x8 matrices of 16-bit elements (or 8x4 of 32-bit ones) from shared memory: lane i of the warp gives the
/// address of row i, 16 bytes long; each lane receives two neighbours of a row (of a column, if transposed) per matrix.
template <int COUNT, bool TRANSPOSED = false>
__device__ __forceinline__ void load_matrices(unsigned (&registers)[COUNT], const void* row) {
    static_assert(COUNT == 1 || COUNT == 2 || COUNT == 4, "ldmatrix loads 1, 2 or 4 matrices");
#if defined(CUDASHIM)
    ::cudashim::ldmatrix(registers, COUNT, TRANSPOSED, row, __LINE__);
#else
    const unsigned address = shared_address(row);
    if constexpr (COUNT == 1 && !TRANSPOSED) {
        asm volatile("ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%0}, [%1];" : "=r"(registers[0]) : "r"(address) : "memory");
    } else if constexpr (COUNT == 1) {
        asm volatile("ldmatrix.sync.aligned.m8n8.x1.trans.shared.b16 {%0}, [%1];"
                     : "=r"(registers[0]) : "r"(address) : "memory");
    } else if constexpr (COUNT == 2 && !TRANSPOSED) {
        asm volatile("ldmatrix.sync.aligned.m8n8.x2.shared.b16 {%0, %1}, [%2];"
                     : "=r"(registers[0]), "=r"(registers[1]) : "r"(address) : "memory");
    } else if constexpr (COUNT == 2) {
        asm volatile("ldmatrix.sync.aligned.m8n8.x2.trans.shared.b16 {%0, %1}, [%2];"
                     : "=r"(registers[0]), "=r"(registers[1]) : "r"(address) : "memory");
    } else if constexpr (!TRANSPOSED) {
        asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                     : "=r"(registers[0]), "=r"(registers[1]), "=r"(registers[2]), "=r"(registers[3])
                     : "r"(address) : "memory");
    } else {
        asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                     : "=r"(registers[0]), "=r"(registers[1]), "=r"(registers[2]), "=r"(registers[3])
                     : "r"(address) : "memory");
    }
#endif
}

#if defined(CUDASHIM) || __CUDA_ARCH__ >= 800
/// The nearest TF32 number, of two the one away from zero.
__device__ __forceinline__ unsigned to_tf32(float x) {
#if defined(CUDASHIM)
    return x != x ? 0x7fffffffu : (__float_as_uint(x) + 0x1000u) & 0xffffe000u;
#else
    unsigned bits;
    asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(bits) : "f"(x));
    return bits;
#endif
}

/// d = a b + c of a warp: 16x8 by 8x8, operands TF32 (floats whose low 13 bits are not looked at), sums float.
__device__ __forceinline__ void mma_tf32(float (&d)[4], const unsigned (&a)[4], const unsigned (&b)[2],
                                         const float (&c)[4]) {
#if defined(CUDASHIM)
    ::cudashim::mma_m16n8k8_tf32(d, a, b, c, __LINE__);
#else
    asm volatile("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
                 "{%10, %11, %12, %13};"
                 : "=f"(d[0]), "=f"(d[1]), "=f"(d[2]), "=f"(d[3])
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]),
                   "f"(c[0]), "f"(c[1]), "f"(c[2]), "f"(c[3]));
#endif
}

/// d = a b + c of a warp: 16x16 by 16x8, operands bfloat16, two in a register, sums float.
__device__ __forceinline__ void mma_bf16(float (&d)[4], const unsigned (&a)[4], const unsigned (&b)[2],
                                         const float (&c)[4]) {
#if defined(CUDASHIM)
    ::cudashim::mma_m16n8k16_bf16(d, a, b, c, __LINE__);
#else
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
                 "{%10, %11, %12, %13};"
                 : "=f"(d[0]), "=f"(d[1]), "=f"(d[2]), "=f"(d[3])
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]),
                   "f"(c[0]), "f"(c[1]), "f"(c[2]), "f"(c[3]));
#endif
}
#endif
