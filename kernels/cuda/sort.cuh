// Sorting of a power of two of numbers that all differ, by a bitonic network: which numbers are compared does not depend
// on them. What is less than a chunk apart is exchanged in shared memory.

constexpr int CHUNK = 1024;

DEVICE void exchange(uint64& low, uint64& high, bool ascending) {
  if ((low > high) != ascending) return;
  const uint64 other = low;
  low = high;
  high = other;
}

// The lower place of a pair whose places are `distance` apart.
DEVICE int64 lower_of(int64 pair, int64 distance) { return 2 * pair - (pair & (distance - 1)); }

// Sorts chunks, or sorts runs of `size` whose exchanges over more than a chunk are done; every other run descends.
DEVICE void sort_chunks(uint64* numbers, int64 count, int64 size) {
  __shared__ uint64 chunk[CHUNK];
  for (int64 first = int64(blockIdx.x) * CHUNK; first < count; first += int64(gridDim.x) * CHUNK) {
    for (int i = threadIdx.x; i < CHUNK; i += blockDim.x) chunk[i] = numbers[first + i];
    __syncthreads();
    for (int64 run = size > CHUNK ? size : 2; run <= size; run *= 2) {
      for (int distance = int(run < CHUNK ? run : CHUNK) / 2; distance > 0; distance /= 2) {
        for (int pair = threadIdx.x; pair < CHUNK / 2; pair += blockDim.x) {
          const int low = int(lower_of(pair, distance));
          exchange(chunk[low], chunk[low + distance], ((first + low) & run) == 0);
        }
        __syncthreads();
      }
    }
    for (int i = threadIdx.x; i < CHUNK; i += blockDim.x) numbers[first + i] = chunk[i];
    __syncthreads();
  }
}

// The exchanges over a distance of a chunk or more.
DEVICE void sort_far(uint64* numbers, int64 count, int64 size, int64 distance) {
  for (int64 pair = thread_number(); pair < count / 2; pair += thread_count()) {
    const int64 low = lower_of(pair, distance);
    exchange(numbers[low], numbers[low + distance], (low & size) == 0);
  }
}
