// What every kernel is written with. No header is needed: NVRTC, nvcc and g++ compile these files alike.

using int64 = long long;
using uint64 = unsigned long long;
using uint32 = unsigned int;

#define DEVICE static __device__ __forceinline__

// The thread's number among all of a launch, and how many there are.
DEVICE int64 thread_number() { return int64(blockIdx.x) * blockDim.x + threadIdx.x; }
DEVICE int64 thread_count() { return int64(gridDim.x) * blockDim.x; }

// The threads of a warp, and the mask of all of them.
constexpr int WARP = 32;
constexpr uint32 ALL = 0xffffffff;
