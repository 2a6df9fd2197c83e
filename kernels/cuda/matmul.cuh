// matmul: 2·M·N·K operations on M·K + K·N + M·N elements. A block computes a tile of the product from panels of A and B in
// shared memory, each thread RM × RN results in registers. Each result is one chain of fused multiply-adds over the
// depth, as on the CPU, so that it has the same bits.

// A batch of products of strided matrices; the results are contiguous.
template <int AXES> struct Products {
  Over<AXES, 2> batch;
  int64 rows, columns, depth;
  int64 a_row, a_step, b_step, b_column;
  int64 results;
};

// a × b + sum, rounded once; that of integers wraps.
template <class T> DEVICE T multiply_add(T a, T b, T sum) { return math::fma(a, b, sum); }
DEVICE int multiply_add(int a, int b, int sum) { return math::add(math::mul(a, b), sum); }

// One product of the batch.
template <class T> struct Matrices {
  const T *a, *b;
  int64 first;
};
template <class T, int AXES> DEVICE Matrices<T> product(const Products<AXES>& all, int64 number) {
  int64 at[2];
  find(all.batch, number, at);
  return {
    reinterpret_cast<const T*>(all.batch.bases[0]) + at[0],
    reinterpret_cast<const T*>(all.batch.bases[1]) + at[1],
    number * all.rows * all.columns,
  };
}

// A panel of `LENGTH` rows (or columns) and `STEPS` steps, in shared memory step by step. Threads that are neighbours read
// what lies side by side.
template <class T, int LENGTH, int STEPS, int THREADS> DEVICE void load_panel(
  T (&panel)[STEPS][LENGTH], const T* from, int64 across, int64 along, int64 length, int64 steps
) {
#pragma unroll
  for (int i = threadIdx.x; i < LENGTH * STEPS; i += THREADS) {
    const bool by_steps = along == 1;
    const int row = by_steps ? i / STEPS : i % LENGTH, step = by_steps ? i % STEPS : i / LENGTH;
    panel[step][row] = row < length && step < steps ? from[row * across + step * along] : T(0);
  }
}

template <class T, int ROWS, int COLUMNS, int STEPS, int RM, int RN, int AXES, class Finish>
DEVICE void multiply_tiles(const Products<AXES>& all, const Finish& finish) {
  constexpr int THREADS = (ROWS / RM) * (COLUMNS / RN), ACROSS = COLUMNS / RN, DOWN = ROWS / RM;
  __shared__ T a[STEPS][ROWS];
  __shared__ T b[STEPS][COLUMNS];
  const auto one = product<T>(all, blockIdx.z);
  const int64 row = int64(blockIdx.y) * ROWS, column = int64(blockIdx.x) * COLUMNS;
  const int x = threadIdx.x % ACROSS, y = threadIdx.x / ACROSS;
  T sums[RM][RN] = {};
  for (int64 step = 0; step < all.depth; step += STEPS) {
    const int64 left = all.depth - step;
    load_panel<T, ROWS, STEPS, THREADS>(a, one.a + row * all.a_row + step * all.a_step, all.a_row, all.a_step, all.rows - row, left);
    load_panel<T, COLUMNS, STEPS, THREADS>(b, one.b + column * all.b_column + step * all.b_step, all.b_column, all.b_step, all.columns - column, left);
    __syncthreads();
    const int steps = int(left < STEPS ? left : STEPS);
#pragma unroll 4
    for (int k = 0; k < steps; k++) {
      T across[RN];
#pragma unroll
      for (int j = 0; j < RN; j++) across[j] = b[k][x + j * ACROSS];
#pragma unroll
      for (int i = 0; i < RM; i++) {
        const T down = a[k][y + i * DOWN];
#pragma unroll
        for (int j = 0; j < RN; j++) sums[i][j] = multiply_add(down, across[j], sums[i][j]);
      }
    }
    __syncthreads();
  }
#pragma unroll
  for (int i = 0; i < RM; i++) {
#pragma unroll
    for (int j = 0; j < RN; j++) {
      const int64 r = row + y + i * DOWN, c = column + x + j * ACROSS;
      if (r >= all.rows || c >= all.columns) continue;
      const int64 at = one.first + r * all.columns + c;
      reinterpret_cast<T*>(all.results)[at] = sums[i][j];
      finish.template run<1>(at);
    }
  }
}

// A handful of results: each is summed in 16 lanes, which are folded by halves, by half a warp.
template <class T, int AXES, class Finish>
DEVICE void multiply_in_lanes(const Products<AXES>& all, int64 count, const Finish& finish) {
  constexpr int CHAINS = 16;
  const int lane = threadIdx.x % CHAINS;
  const int64 each = all.rows * all.columns, groups = thread_count() / CHAINS, rounds = (count + groups - 1) / groups;
  for (int64 round = 0; round < rounds; round++) {
    const int64 number = round * groups + thread_number() / CHAINS;
    T sum = 0;
    if (number < count) {
      const auto one = product<T>(all, number / each);
      const int64 row = number % each / all.columns, column = number % all.columns;
      const T *a = one.a + row * all.a_row, *b = one.b + column * all.b_column;
      for (int64 k = lane; k < all.depth; k += CHAINS) sum = multiply_add(a[k * all.a_step], b[k * all.b_step], sum);
    }
    for (int distance = CHAINS / 2; distance > 0; distance /= 2) {
      sum = math::add(sum, __shfl_down_sync(0xffffffff, sum, distance, CHAINS));
    }
    if (lane == 0 && number < count) {
      reinterpret_cast<T*>(all.results)[number] = sum;
      finish.template run<1>(number);
    }
  }
}
