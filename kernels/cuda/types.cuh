// What every kernel is written with. No header is needed: NVRTC, nvcc and g++ compile these files alike.

using int64 = long long;
using uint64 = unsigned long long;
using uint32 = unsigned int;

#define DEVICE static __device__ __forceinline__

// The thread's number among all of a launch, and how many there are.
DEVICE int64 thread_number() { return int64(blockIdx.x) * blockDim.x + threadIdx.x; }
DEVICE int64 thread_count() { return int64(gridDim.x) * blockDim.x; }

// Sums and products; those of integers wrap.
DEVICE float plus(float a, float b) { return a + b; }
DEVICE double plus(double a, double b) { return a + b; }
DEVICE int plus(int a, int b) { return int(uint32(a) + uint32(b)); }
DEVICE float times(float a, float b) { return a * b; }
DEVICE double times(double a, double b) { return a * b; }
DEVICE int times(int a, int b) { return int(uint32(a) * uint32(b)); }
DEVICE float multiply_add(float a, float b, float sum) { return __fmaf_rn(a, b, sum); }
DEVICE double multiply_add(double a, double b, double sum) { return __fma_rn(a, b, sum); }
DEVICE int multiply_add(int a, int b, int sum) { return plus(times(a, b), sum); }
