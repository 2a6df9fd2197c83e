// matmul: 2·M·N·K operations on M·K + K·N + M·N elements. A block computes a tile of a product from panels of A and B
// (`panel.cuh`), each thread RM × RN results in registers. Each result is one chain of fused multiply-adds over the
// depth, as on the CPU, so that it has the same bits. Where there are few results and many steps the depth is cut into
// pieces, which are computed by themselves and added in order: always in the same way, but rounded otherwise.
//
// By NVRTC 12.9 for sm_75 to sm_120 the tiles of float32 take at most 128 registers (`docs/cuda-resources.md`), so that a
// multiprocessor has room for 512 threads; those of float64 at most 216. Nothing is spilled.

// A batch of products of strided matrices; the results are contiguous.
template <int AXES> struct Products {
  Over<AXES, 2> batch;
  int64 rows, columns, depth;
  int64 a_row, a_step, b_step, b_column;
  int64 results;
};

// How the depth is cut: the steps of a piece, how many there are, and where their sums go, `results` of each. An only
// piece goes where the results do: `to` is 0.
struct Cut {
  int64 products, steps, results, pieces, to;
};

// A piece of one product of the batch.
template <class T> struct Piece {
  const T *a, *b;
  int depth;
};
template <class T, int AXES> DEVICE Piece<T> piece_of(const Products<AXES>& all, const Cut& cut, int64 number) {
  const int64 product = number % cut.products, piece = number / cut.products;
  const int64 step = piece * cut.steps, left = all.depth - step;
  int64 at[2];
  find(all.batch, product, at);
  return {
    reinterpret_cast<const T*>(all.batch.bases[0]) + at[0] + step * all.a_step,
    reinterpret_cast<const T*>(all.batch.bases[1]) + at[1] + step * all.b_step,
    int(left < cut.steps ? left : cut.steps),
  };
}

// A tile of a piece: how many are above it and beside it. Tiles that are computed at the same time share rows and columns, so that these
// come from memory once.
struct Tile {
  int64 piece;
  int above, beside;
};
DEVICE Tile tile_of(int64 rows, int64 columns, int height, int width) {
  constexpr int64 STRIP = 8;
  const int64 down = (rows + height - 1) / height, across = (columns + width - 1) / width;
  const int64 number = blockIdx.x % (down * across), strip = number / (STRIP * across);
  const int64 left = down - strip * STRIP, high = left < STRIP ? left : STRIP, within = number - strip * STRIP * across;
  return {blockIdx.x / (down * across), int(strip * STRIP + within % high), int(within / high)};
}

// a × b + sum, rounded once; that of integers wraps.
template <class T> DEVICE T multiply_add(T a, T b, T sum) { return math::fma(a, b, sum); }
DEVICE int multiply_add(int a, int b, int sum) { return math::add(math::mul(a, b), sum); }

// Where the results of a piece go; a program goes on with those of an only piece.
template <class T, class Finish> struct Target {
  T* to;
  int64 first;
  bool finishes;
  const Finish& finish;

  // Stores WIDTH results side by side from number `at` of the product on, of which its row has `columns`.
  template <int WIDTH> __device__ __forceinline__ void put(const T (&sums)[WIDTH], int64 at, int64 columns) const {
    if (columns >= WIDTH && reinterpret_cast<uint64>(to + at) % (WIDTH * sizeof(T)) == 0) {
      Neighbours<T, WIDTH> run;
#pragma unroll
      for (int j = 0; j < WIDTH; j++) run.lanes[j] = sums[j];
      *reinterpret_cast<Neighbours<T, WIDTH>*>(to + at) = run;
    } else {
#pragma unroll
      for (int j = 0; j < WIDTH; j++) {
        if (j < columns) to[at + j] = sums[j];
      }
    }
  }

  // Stores one result, and goes on with it.
  __device__ __forceinline__ void put_one(T sum, int64 at) const {
    to[at] = sum;
    end(at);
  }

  // Goes on with results that this thread has stored.
  __device__ __forceinline__ void end(int64 at) const {
    if (finishes) finish.template run<1>(first + at);
  }
};
template <class T, int AXES, class Finish>
DEVICE Target<T, Finish> target_of(const Products<AXES>& all, const Cut& cut, int64 number, const Finish& finish) {
  const int64 first = number % cut.products * all.rows * all.columns;
  T* to = reinterpret_cast<T*>(cut.to == 0 ? all.results : cut.to) + number / cut.products * cut.results;
  return {to + first, first, cut.to == 0, finish};
}

// The results of a thread: RM rows and RN columns in runs of 16 bytes, which the threads of a warp have side by side.
template <class T, class A, class B, int RM, int RN> struct Sums {
  static constexpr int RUN = 16 / sizeof(T), ACROSS = B::LENGTH / RN < 8 ? B::LENGTH / RN : 8, DOWN = WARP / ACROSS;
  static constexpr int WARPS_ACROSS = B::LENGTH / (ACROSS * RN), RUNS = RM * RN / RUN, RUNS_ACROSS = RN / RUN;
  using Run = Neighbours<T, RUN>;

  int row, column;
  T sums[RM][RN] = {};

  __device__ __forceinline__ Sums() {
    const int warp = threadIdx.x / WARP, lane = threadIdx.x % WARP;
    row = warp / WARPS_ACROSS * DOWN * RM + lane / ACROSS * RUN;
    column = warp % WARPS_ACROSS * ACROSS * RN + lane % ACROSS * RUN;
  }

  // Where a row of the thread is, and where a run of columns begins.
  static __device__ __forceinline__ int down(int i) { return i / RUN * DOWN * RUN + i % RUN; }
  static __device__ __forceinline__ int across(int run) { return run * ACROSS * RUN; }
  __device__ __forceinline__ int row_of(int run) const { return row + down(run / RUNS_ACROSS); }
  __device__ __forceinline__ int column_of(int run) const { return column + across(run % RUNS_ACROSS); }
  __device__ __forceinline__ T result(int run, int lane) const {
    return sums[run / RUNS_ACROSS][run % RUNS_ACROSS * RUN + lane];
  }

  __device__ __forceinline__ void step(const T* a, const T* b) {
    Run rows[RM / RUN], columns[RN / RUN];
#pragma unroll
    for (int i = 0; i < RM; i += RUN) rows[i / RUN] = *reinterpret_cast<const Run*>(a + row + down(i));
#pragma unroll
    for (int j = 0; j < RUNS_ACROSS; j++) columns[j] = *reinterpret_cast<const Run*>(b + column + across(j));
#pragma unroll
    for (int i = 0; i < RM; i++) {
#pragma unroll
      for (int j = 0; j < RN; j++) {
        sums[i][j] = multiply_add(rows[i / RUN].lanes[i % RUN], columns[j / RUN].lanes[j % RUN], sums[i][j]);
      }
    }
  }

  // Steps that are not there are not computed: adding 0 would change the sign of a zero.
  __device__ __forceinline__ void operator()(const T* a, const T* b, int steps) {
    // With more at once the results do not fit in the registers.
    constexpr int AT_ONCE = 128 / (RM * RN);
    if (steps == A::STEPS) {
#pragma unroll AT_ONCE
      for (int k = 0; k < A::STEPS; k++) step(a + k * A::PITCH, b + k * B::PITCH);
    } else {
#pragma unroll 1
      for (int k = 0; k < steps; k++) step(a + k * A::PITCH, b + k * B::PITCH);
    }
  }
};

// Multiplies the rows of A and the columns of B that the block's tile needs.
template <class A, class B, int THREADS, int AXES, class Multiply>
DEVICE void multiply_panels(const Products<AXES>& all, const Cut& cut, Multiply& multiply) {
  using T = typename A::Element;
  const Tile tile = tile_of(all.rows, all.columns, A::LENGTH, B::LENGTH);
  const auto one = piece_of<T>(all, cut, tile.piece);
  const int64 row = int64(tile.above) * A::LENGTH, column = int64(tile.beside) * B::LENGTH;
  const Side<T> a = {one.a + row * all.a_row, all.a_row, all.a_step, all.rows - row, one.depth};
  const Side<T> b = {one.b + column * all.b_column, all.b_column, all.b_step, all.columns - column, one.depth};
  each_panel<A, B, THREADS>(a, b, multiply);
}

// Stores the results of a block, whose sums are in runs side by side, and goes on with them. Where they go is found when
// they are there: before, the products want the registers.
template <class A, class B, int AXES, class Sums, class Finish>
DEVICE void put_results(const Products<AXES>& all, const Cut& cut, const Sums& sums, const Finish& finish) {
  using T = typename A::Element;
  constexpr int RUN = Sums::RUN;
  __syncthreads();
  const Tile tile = tile_of(all.rows, all.columns, A::LENGTH, B::LENGTH);
  const auto target = target_of<T>(all, cut, tile.piece, finish);
  const int64 above = int64(tile.above) * A::LENGTH, beside = int64(tile.beside) * B::LENGTH;
#pragma unroll
  for (int i = 0; i < Sums::RUNS; i++) {
    const int64 row = above + sums.row_of(i), column = beside + sums.column_of(i);
    T run[RUN];
#pragma unroll
    for (int lane = 0; lane < RUN; lane++) run[lane] = sums.result(i, lane);
    if (row < all.rows) target.put(run, row * all.columns + column, all.columns - column);
  }
#pragma unroll 1
  for (int i = 0; i < Sums::RUNS * RUN; i++) {
    const int64 row = above + sums.row_of(i / RUN), column = beside + sums.column_of(i / RUN) + i % RUN;
    if (row < all.rows && column < all.columns) target.end(row * all.columns + column);
  }
}

template <class T, int ROWS, int COLUMNS, int STEPS, int RM, int RN, int AXES, class Finish>
DEVICE void multiply_tiles(const Products<AXES>& all, const Cut& cut, const Finish& finish) {
  constexpr int THREADS = (ROWS / RM) * (COLUMNS / RN), PAD = 16 / sizeof(T);
  using A = Panel<T, ROWS, STEPS, false, PAD>;
  using B = Panel<T, COLUMNS, STEPS, false, PAD>;
  Sums<T, A, B, RM, RN> sums;
  multiply_panels<A, B, THREADS>(all, cut, sums);
  put_results<A, B>(all, cut, sums, finish);
}

// Small products of few steps: a thread each result, from the caches.
template <class T, int AXES, class Finish>
DEVICE void multiply_each(const Products<AXES>& all, const Cut& cut, const Finish& finish) {
  const int64 each = all.rows * all.columns;
  for (int64 number = thread_number(); number < cut.results; number += thread_count()) {
    const auto one = piece_of<T>(all, cut, number / each);
    const int64 at = number % each;
    const T *a = one.a + at / all.columns * all.a_row, *b = one.b + at % all.columns * all.b_column;
    T sum = 0;
#pragma unroll 8
    for (int k = 0; k < one.depth; k++) sum = multiply_add(a[k * all.a_step], b[k * all.b_step], sum);
    target_of<T>(all, cut, number / each, finish).put_one(sum, at);
  }
}

// A handful of results: each piece is summed in 16 lanes, which are folded by halves, by half a warp.
template <class T, int AXES, class Finish>
DEVICE void multiply_in_lanes(const Products<AXES>& all, const Cut& cut, const Finish& finish) {
  constexpr int CHAINS = 16;
  const int lane = threadIdx.x % CHAINS;
  const int64 each = all.rows * all.columns, count = cut.results * cut.pieces;
  const int64 groups = thread_count() / CHAINS, rounds = (count + groups - 1) / groups;
  for (int64 round = 0; round < rounds; round++) {
    const int64 number = round * groups + thread_number() / CHAINS, at = number % each;
    const auto one = piece_of<T>(all, cut, number / each);
    const T *a = one.a + at / all.columns * all.a_row, *b = one.b + at % all.columns * all.b_column;
    T sum = 0;
    if (number < count) {
#pragma unroll 8
      for (int k = lane; k < one.depth; k += CHAINS) sum = multiply_add(a[k * all.a_step], b[k * all.b_step], sum);
    }
    for (int distance = CHAINS / 2; distance > 0; distance /= 2) {
      sum = math::add(sum, __shfl_down_sync(ALL, sum, distance, CHAINS));
    }
    if (lane == 0 && number < count) target_of<T>(all, cut, number / each, finish).put_one(sum, at);
  }
}

// Adds the sums of pieces, in order.
template <class T, int AXES, class Finish>
DEVICE void add_pieces(const Products<AXES>& all, const Cut& cut, const Finish& finish) {
  const T* from = reinterpret_cast<const T*>(cut.to);
  for (int64 at = thread_number(); at < cut.results; at += thread_count()) {
    T sum = from[at];
#pragma unroll 8
    for (int64 piece = 1; piece < cut.pieces; piece++) sum = math::add(sum, from[piece * cut.results + at]);
    reinterpret_cast<T*>(all.results)[at] = sum;
    finish.template run<1>(at);
  }
}
