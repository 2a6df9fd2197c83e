// Products of float32 on tensor cores, which those that may be less exact are computed on: operands are rounded to TF32,
// 10 bits behind the point, and sums are float32. wgmma and 16-bit operands would be further classes like `TensorSums`,
// with panels of their own. At most 128 registers by NVRTC 12.9, and nothing is spilled.
#if defined(CUDASHIM) || __CUDA_ARCH__ >= 800

// The results of a warp, RM × RN of them, of which a lane has pairs. Groups of four lanes have a row of A and a column
// of B, as `mma_tf32` wants them.
template <class A, class B, int RM, int RN> struct TensorSums {
  static constexpr int DEPTH = 8, RUN = 2, DOWN = RM / 16, ACROSS = RN / 8, RUNS = DOWN * ACROSS * 2;

  int row, column, group, place;
  float sums[DOWN][ACROSS][4] = {};

  __device__ __forceinline__ TensorSums() {
    const int warp = threadIdx.x / WARP, lane = threadIdx.x % WARP, across = B::LENGTH / RN;
    row = warp / across * RM;
    column = warp % across * RN;
    group = lane / 4;
    place = lane % 4;
  }

  __device__ __forceinline__ int row_of(int run) const { return row + run / 2 / ACROSS * 16 + run % 2 * 8 + group; }
  __device__ __forceinline__ int column_of(int run) const { return column + run / 2 % ACROSS * 8 + place * 2; }
  __device__ __forceinline__ float result(int run, int lane) const {
    return sums[run / 2 / ACROSS][run / 2 % ACROSS][run % 2 * 2 + lane];
  }

  // Steps that are not there are zeros in the panels. With more steps at once the results do not fit in the registers.
  __device__ __forceinline__ void operator()(const float* a, const float* b, int) {
#pragma unroll 1
    for (int k = 0; k < A::STEPS; k += DEPTH) {
      uint32 rows[DOWN][4], columns[ACROSS][2];
#pragma unroll
      for (int i = 0; i < DOWN * 4; i++) {
        rows[i / 4][i % 4] = to_tf32(a[A::place(row + i / 4 * 16 + i % 2 * 8 + group, k + i % 4 / 2 * 4 + place)]);
      }
#pragma unroll
      for (int j = 0; j < ACROSS * 2; j++) {
        columns[j / 2][j % 2] = to_tf32(b[B::place(column + j / 2 * 8 + group, k + j % 2 * 4 + place)]);
      }
#pragma unroll
      for (int i = 0; i < DOWN; i++) {
#pragma unroll
        for (int j = 0; j < ACROSS; j++) mma_tf32(sums[i][j], rows[i], columns[j], sums[i][j]);
      }
    }
  }
};

// A side whose steps lie side by side in memory has them so in its panels too: then it is copied by 16 bytes. With these
// paddings the accesses of a warp are in different banks.
template <int LENGTH, int STEPS, bool BY_ROWS> using TensorPanel = Panel<float, LENGTH, STEPS, BY_ROWS, BY_ROWS ? 4 : 8>;

template <int ROWS, int COLUMNS, int STEPS, int RM, int RN, bool A_BY_ROWS, bool B_BY_ROWS, int AXES, class Finish>
DEVICE void multiply_tensors(const Products<AXES>& all, const Cut& cut, const Finish& finish) {
  using A = TensorPanel<ROWS, STEPS, A_BY_ROWS>;
  using B = TensorPanel<COLUMNS, STEPS, B_BY_ROWS>;
  TensorSums<A, B, RM, RN> sums;
  multiply_panels<A, B, (ROWS / RM) * (COLUMNS / RN) * WARP>(all, cut, sums);
  put_results<A, B>(all, cut, sums, finish);
}

#endif
