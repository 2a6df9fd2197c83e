// The course's exercise on products: one block of 32 x 32 threads brings two square matrices of at most so many rows
// into shared memory, each element once, and each thread makes one element of their product.

constexpr int MOST_ROWS = 32;

extern "C" __global__ void mm_practice(const double* a, const double* b, double* product, int size) {
    __shared__ double left[MOST_ROWS][MOST_ROWS], right[MOST_ROWS][MOST_ROWS];
    const int row = threadIdx.y, column = threadIdx.x, i = row * size + column;
    const bool inside = row < size && column < size;
    if (inside) {
        left[row][column] = a[i];
        right[row][column] = b[i];
    }
    __syncthreads();
    if (!inside) return;
    double sum = 0;
    for (int k = 0; k < size; k++) sum = fma(left[row][k], right[k][column], sum);
    product[i] = sum;
}
