// A product of row-major matrices, 16 x 16 tiles through shared memory.
constexpr int TILE = 16;

extern "C" __global__ void matmul(const float* a, const float* b, float* c, int rows, int inner, int columns) {
    __shared__ float left[TILE][TILE], right[TILE][TILE];
    const int x = threadIdx.x, y = threadIdx.y;
    const int row = blockIdx.y * TILE + y, column = blockIdx.x * TILE + x;
    float sum = 0.0f;
    for (int k = 0; k < inner; k += TILE) {
        left[y][x] = row < rows && k + x < inner ? a[row * inner + k + x] : 0.0f;
        right[y][x] = k + y < inner && column < columns ? b[(k + y) * columns + column] : 0.0f;
        __syncthreads();
        for (int i = 0; i < TILE; i++) sum = fmaf(left[y][i], right[i][x], sum);
        __syncthreads();
    }
    if (row < rows && column < columns) c[row * columns + column] = sum;
}
