// What a block of threads has in shared memory of A and of B: panels of some rows (columns of B) and some steps of the
// depth, several stages of them, so that the next ones are on their way while one is computed with. Copies are
// asynchronous, 16 bytes at a time where memory and panel have the same neighbours, else element by element, so that
// any strides do.

// Whether copies are asynchronous; where they are not, a panel is copied while the one before is computed with.
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 800
constexpr int MOST_STAGES = 2;
#else
constexpr int MOST_STAGES = 4;
#endif
// What every block of every device has. More needs dynamic shared memory, as larger panels for wgmma and TMA would.
constexpr int SHARED_BYTES = 48 << 10;

// A panel's elements: one step after the other, or one row after the other (ALONG). PAD keeps the accesses of a warp in
// different banks.
template <class T, int ROWS, int COUNT, bool ALONG, int PAD> struct Panel {
  static constexpr int LENGTH = ROWS, STEPS = COUNT, PITCH = (ALONG ? STEPS : LENGTH) + PAD;
  static constexpr int SIZE = PITCH * (ALONG ? LENGTH : STEPS);
  static constexpr bool BY_ROWS = ALONG;
  using Element = T;
  static __device__ __forceinline__ int place(int row, int step) {
    return ALONG ? row * PITCH + step : step * PITCH + row;
  }
};

// The rows (columns of B) and steps that a block multiplies: where they begin, how far apart they are, how many.
template <class T> struct Side {
  const T* from;
  int64 across, along, length;
  int depth;
};

// A thread's share of the copies of each panel: WIDTH elements at a time, by threads that go along the steps or along the
// rows, so that those of a warp are neighbours in memory.
template <class Panel, int THREADS, int WIDTH, bool BY_STEPS> struct Share {
  static constexpr int BESIDE = (BY_STEPS ? Panel::STEPS : Panel::LENGTH) / WIDTH, APART = THREADS / BESIDE;
  static constexpr int TOTAL = Panel::LENGTH * Panel::STEPS / WIDTH, COUNT = (TOTAL + THREADS - 1) / THREADS;
  static_assert(THREADS % BESIDE == 0, "threads take whole rows");
  static constexpr bool ALONG = BY_STEPS;
  using T = typename Panel::Element;

  static __device__ __forceinline__ int row() { return BY_STEPS ? threadIdx.x / BESIDE : threadIdx.x % BESIDE * WIDTH; }
  static __device__ __forceinline__ int step() { return BY_STEPS ? threadIdx.x % BESIDE * WIDTH : threadIdx.x / BESIDE; }

  static __device__ __forceinline__ void copy(T* panel, const T* from, int64 jump, int rows, int steps) {
#pragma unroll
    for (int i = 0; i < COUNT; i++, from += jump) {
      const int r = row() + (BY_STEPS ? i * APART : 0), s = step() + (BY_STEPS ? 0 : i * APART);
      if (TOTAL % THREADS == 0 || (r < Panel::LENGTH && s < Panel::STEPS)) {
        copy_async<WIDTH * sizeof(T)>(panel + Panel::place(r, s), from, r < rows && s < steps);
      }
    }
  }
};

// The copies of a side, panel by panel.
template <class Panel, int THREADS> class Copies {
  using T = typename Panel::Element;
  static constexpr int VECTOR = 16 / sizeof(T);
  using Vectors = Share<Panel, THREADS, VECTOR, Panel::BY_ROWS>;
  using Along = Share<Panel, THREADS, 1, true>;
  using Across = Share<Panel, THREADS, 1, false>;
  enum Way { VECTORS, ALONG, ACROSS };

  // The thread's first element, from one to the next, and to that of the next panel.
  const T* from;
  int64 jump, advance;
  int rows;
  Way way;

  template <class Share> __device__ __forceinline__ void set(const Side<T>& side) {
    from = side.from + Share::row() * side.across + Share::step() * side.along;
    jump = Share::APART * (Share::ALONG ? side.across : side.along);
  }

  template <class Share> __device__ __forceinline__ void copy(T* panel, int steps) {
    Share::copy(panel, from, jump, rows, steps);
    from += advance;
  }

public:
  __device__ __forceinline__ Copies(const Side<T>& side) {
    constexpr bool BY_ROWS = Panel::BY_ROWS;
    const int64 beside = BY_ROWS ? side.along : side.across, apart = BY_ROWS ? side.across : side.along;
    const bool whole = (BY_ROWS ? side.depth : side.length) % VECTOR == 0;
    const bool aligned = (reinterpret_cast<uint64>(side.from) | uint64(apart) * sizeof(T)) % 16 == 0;
    way = beside == 1 && whole && aligned ? VECTORS : side.along == 1 ? ALONG : ACROSS;
    advance = Panel::STEPS * side.along;
    rows = int(side.length < Panel::LENGTH ? side.length : Panel::LENGTH);
    switch (way) {
      case VECTORS: set<Vectors>(side); break;
      case ALONG: set<Along>(side); break;
      default: set<Across>(side);
    }
  }

  // Begins the copies of the next panel; zeros where there are no rows and no steps.
  __device__ __forceinline__ void begin(T* panel, int left) {
    if (left <= 0) return;
    const int steps = left < Panel::STEPS ? left : Panel::STEPS;
    switch (way) {
      case VECTORS: return copy<Vectors>(panel, steps);
      case ALONG: return copy<Along>(panel, steps);
      default: return copy<Across>(panel, steps);
    }
  }
};

// Calls `multiply` with each pair of panels in turn, and how many steps they have.
template <class A, class B, int THREADS, class T, class Multiply>
DEVICE void each_panel(const Side<T>& a, const Side<T>& b, Multiply& multiply) {
  constexpr int EACH = A::SIZE + B::SIZE, FITTING = SHARED_BYTES / (EACH * int(sizeof(T)));
  constexpr int STAGES = FITTING < MOST_STAGES ? FITTING : MOST_STAGES;
  static_assert(STAGES > 1, "a panel is copied while another is computed with");
  __shared__ __align__(16) T panels[STAGES][EACH];
  Copies<A, THREADS> of_a(a);
  Copies<B, THREADS> of_b(b);
#pragma unroll
  for (int stage = 0; stage < STAGES - 1; stage++) {
    of_a.begin(panels[stage], a.depth - stage * A::STEPS);
    of_b.begin(panels[stage] + A::SIZE, a.depth - stage * A::STEPS);
    copy_async_commit();
  }
  int now = 0, next = STAGES - 1;
  for (int left = a.depth; left > 0; left -= A::STEPS) {
    copy_async_wait<STAGES - 2>();
    // The copies of all threads are there, and nobody computes with the stage that is copied to next.
    __syncthreads();
    of_a.begin(panels[next], left - (STAGES - 1) * A::STEPS);
    of_b.begin(panels[next] + A::SIZE, left - (STAGES - 1) * A::STEPS);
    copy_async_commit();
    multiply(panels[now], panels[now] + A::SIZE, left < A::STEPS ? left : A::STEPS);
    now = now + 1 < STAGES ? now + 1 : 0;
    next = next + 1 < STAGES ? next + 1 : 0;
  }
}
