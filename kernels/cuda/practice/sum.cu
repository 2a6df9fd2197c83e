// The course's exercise on sums: a block of 32 threads brings as many values into shared memory and adds them up there,
// by halves. A block beyond the last value writes nothing.

constexpr int SUM_THREADS = 32;

extern "C" __global__ void sum_practice(const double* values, double* sums, int count) {
    __shared__ double kept[SUM_THREADS];
    const int place = threadIdx.x, i = blockIdx.x * SUM_THREADS + place;
    kept[place] = i < count ? values[i] : 0;
    for (int half = SUM_THREADS / 2; half > 0; half /= 2) {
        __syncthreads();
        if (place < half) kept[place] += kept[place + half];
    }
    if (place == 0 && i < count) sums[blockIdx.x] = kept[0];
}
