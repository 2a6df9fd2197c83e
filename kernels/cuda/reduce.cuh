// reduce: each element is read once, so that memory limits it. The folds are those of the CPU, in the same order, and so
// have the same bits: along a row 64 lanes over a block of 4,096, folded by halves; down columns one chain over a block
// of 128; blocks are joined by a binary tree.

constexpr int ROW_BLOCK = 4096, COLUMN_BLOCK = 128;
constexpr int LANES = 2 * WARP;
// How many parts one thread joins: a subtree of the tree.
constexpr int PARTS = 32;

// Each outer coordinate has `width` results, each a fold of `length` elements.
struct Shape {
  int64 outer, length, width;
};

template <class T> struct Limits;
template <> struct Limits<float> {
  static __device__ float highest() { return __int_as_float(0x7f800000); }
  static __device__ float lowest() { return -highest(); }
};
template <> struct Limits<double> {
  static __device__ double highest() { return __longlong_as_double(0x7ff0000000000000); }
  static __device__ double lowest() { return -highest(); }
};
template <> struct Limits<int> {
  static __device__ int highest() { return 0x7fffffff; }
  static __device__ int lowest() { return -0x7fffffff - 1; }
};

// The ways to fold: what a value is folded as, the fold of nothing, two folds as one, and the result.
template <class T> struct Plain {
  using Part = T;
  static __device__ __forceinline__ T begin(T value, int64) { return value; }
  static __device__ __forceinline__ T result(T part) { return part; }
};
template <class T> struct Sum : Plain<T> {
  static __device__ __forceinline__ T nothing() { return 0; }
  static __device__ __forceinline__ T join(T a, T b) { return math::add(a, b); }
};
template <class T> struct Prod : Plain<T> {
  static __device__ __forceinline__ T nothing() { return 1; }
  static __device__ __forceinline__ T join(T a, T b) { return math::mul(a, b); }
};
template <class T> struct Max : Plain<T> {
  static __device__ __forceinline__ T nothing() { return Limits<T>::lowest(); }
  static __device__ __forceinline__ T join(T a, T b) { return math::max(a, b); }
};
template <class T> struct Min : Plain<T> {
  static __device__ __forceinline__ T nothing() { return Limits<T>::highest(); }
  static __device__ __forceinline__ T join(T a, T b) { return math::min(a, b); }
};

// A value and where it stands among the elements of its result.
template <class T> struct Found {
  T value;
  int position;
};
// The first extreme; NaN is the most extreme. The order of joining does not matter.
template <class T, bool LARGEST> struct Extreme {
  using Part = Found<T>;
  static __device__ __forceinline__ Part begin(T value, int64 position) { return {value, int(position)}; }
  static __device__ __forceinline__ int result(Part part) { return part.position; }
  static __device__ __forceinline__ Part nothing() {
    return {LARGEST ? Limits<T>::lowest() : Limits<T>::highest(), Limits<int>::highest()};
  }
  static __device__ __forceinline__ bool beats(T a, T b) {
    return (LARGEST ? a > b : a < b) || (a != a && b == b);
  }
  static __device__ __forceinline__ Part join(Part a, Part b) {
    if (beats(a.value, b.value)) return a;
    if (beats(b.value, a.value) || b.position < a.position) return b;
    return a;
  }
};
template <class T> using ArgMax = Extreme<T, true>;
template <class T> using ArgMin = Extreme<T, false>;

template <class T> DEVICE T from_lane(T value, int distance, int group) {
  return __shfl_down_sync(ALL, value, distance, group);
}
template <class T> DEVICE Found<T> from_lane(Found<T> part, int distance, int group) {
  return {from_lane(part.value, distance, group), from_lane(part.position, distance, group)};
}

// Where folds go: results, which a program may go on with at once, or parts that are still to be joined. `Store` makes
// a result an element of memory.
template <class Fold, class Store, class Finish> struct Results {
  int64 to;
  Finish finish;
  __device__ __forceinline__ void put(int64 at, typename Fold::Part part) const {
    reinterpret_cast<typename Store::Element*>(to)[at] = Store::element(Fold::result(part));
    finish.template run<1>(at);
  }
};
template <class Fold, class Store, class Finish> DEVICE Results<Fold, Store, Finish> make_results(int64 to, Finish finish) {
  return {to, finish};
}
template <class Fold> struct Parts {
  typename Fold::Part* to;
  __device__ __forceinline__ void put(int64 at, typename Fold::Part part) const { to[at] = part; }
};

// Folds the part of a row that is the block from `first` on, by a group of threads of one warp; the row begins at number
// `row` of the elements.
template <class Fold, class Elements>
DEVICE typename Fold::Part fold_block(
  const Elements& elements, int64 row, int64 first, int count, int lane, int group
) {
  auto low = Fold::nothing(), high = Fold::nothing();
#pragma unroll 4
  for (int i = lane; i < count; i += LANES) {
    low = Fold::join(low, Fold::begin(elements.value(row + first + i), first + i));
    if (i + WARP < count) high = Fold::join(high, Fold::begin(elements.value(row + first + i + WARP), first + i + WARP));
  }
  low = Fold::join(low, high);
  for (int distance = group / 2; distance > 0; distance /= 2) {
    low = Fold::join(low, from_lane(low, distance, group));
  }
  return low;
}

// Folds blocks of rows, each by a group of threads of one warp: as many as a power of two, all 32 of them unless rows
// are shorter. A row has `blocks`.
template <class Fold, class Elements, class Target>
DEVICE void fold_rows(const Elements& elements, const Target& target, Shape shape, int64 blocks, int group) {
  const int lane = threadIdx.x % group;
  const int64 groups = thread_count() / group, rounds = (shape.outer * blocks + groups - 1) / groups;
  for (int64 round = 0; round < rounds; round++) {
    const int64 number = round * groups + thread_number() / group;
    const int64 row = number / blocks, first = number % blocks * ROW_BLOCK;
    const int64 left = shape.length - first;
    const int count = row >= shape.outer ? 0 : int(left < ROW_BLOCK ? left : ROW_BLOCK);
    const auto fold = fold_block<Fold>(elements, row * shape.length, first, count, lane, group);
    if (lane == 0 && row < shape.outer) target.put(number, fold);
  }
}

// Folds blocks of columns, each by one thread; neighbours read neighbours.
template <class Fold, class Elements, class Target>
DEVICE void fold_columns(const Elements& elements, const Target& target, Shape shape, int64 blocks) {
  const int64 count = shape.outer * blocks * shape.width;
  for (int64 number = thread_number(); number < count; number += thread_count()) {
    const int64 column = number % shape.width, block = number / shape.width % blocks;
    const int64 outer = number / shape.width / blocks, first = block * COLUMN_BLOCK;
    const int64 left = shape.length - first;
    const int rows = int(left < COLUMN_BLOCK ? left : COLUMN_BLOCK);
    const int64 flat = (outer * shape.length + first) * shape.width + column;
    auto fold = Fold::nothing();
#pragma unroll 8
    for (int row = 0; row < rows; row++) {
      fold = Fold::join(fold, Fold::begin(elements.value(flat + row * shape.width), first + row));
    }
    target.put(number, fold);
  }
}

// Joins parts that stand `width` apart, PARTS of each outer coordinate's `parts` by one thread.
template <class Fold, class Target>
DEVICE void join(const typename Fold::Part* from, const Target& target, int64 outer, int64 parts, int64 width) {
  const int64 chunks = (parts + PARTS - 1) / PARTS, count = outer * chunks * width;
  for (int64 number = thread_number(); number < count; number += thread_count()) {
    const int64 column = number % width, first = number / width % chunks * PARTS, base = number / width / chunks * parts;
    const int64 left = parts - first;
    typename Fold::Part tree[PARTS];
#pragma unroll
    for (int i = 0; i < PARTS; i++) {
      if (i < left) tree[i] = from[(base + first + i) * width + column];
    }
#pragma unroll
    for (int step = 1; step < PARTS; step *= 2) {
#pragma unroll
      for (int i = 0; i + step < PARTS; i += 2 * step) {
        if (i + step < left) tree[i] = Fold::join(tree[i], tree[i + step]);
      }
    }
    target.put(number, tree[0]);
  }
}
