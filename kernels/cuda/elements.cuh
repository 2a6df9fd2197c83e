// The elements that a program runs over: where its operands lie, and how neighbours are read and written.

// Operands over a shape. An index has no memory: its base is its value at [0, …, 0].
template <int AXES, int OPERANDS> struct Over {
  int64 dims[AXES];
  int64 strides[OPERANDS][AXES];
  int64 bases[OPERANDS];

  // From an element of an operand to its neighbour on the last axis.
  __device__ __forceinline__ int64 step(int operand) const { return strides[operand][AXES - 1]; }
};

// What a launch gives to a program.
template <class Program, int AXES> struct Given {
  static constexpr int operands = Program::operands;
  Over<AXES, Program::operands> over;
  double constants[Program::constants > 0 ? Program::constants : 1];
};

// Neighbours that are read and written at once.
template <class T, int WIDTH> struct alignas(sizeof(T) * WIDTH) Neighbours {
  T lanes[WIDTH];
};

// How far the operands of an element are from their bases.
template <class Index, int AXES, int OPERANDS>
DEVICE void find(const Over<AXES, OPERANDS>& over, Index flat, Index (&at)[OPERANDS]) {
#pragma unroll
  for (int operand = 0; operand < OPERANDS; operand++) at[operand] = 0;
#pragma unroll
  for (int axis = AXES - 1; axis >= 0; axis--) {
    Index coordinate = flat;
    if (axis > 0) {
      Index length = Index(over.dims[axis]);
      flat /= length;
      coordinate -= flat * length;
    }
#pragma unroll
    for (int operand = 0; operand < OPERANDS; operand++) at[operand] += coordinate * Index(over.strides[operand][axis]);
  }
}

// Reads WIDTH neighbours on the last axis, which are `stride` apart: a row is read at once, one number is repeated.
template <int WIDTH, class T> DEVICE void read(int64 base, int64 at, int64 stride, T (&to)[WIDTH]) {
  const T* from = reinterpret_cast<const T*>(base) + at;
  if (WIDTH > 1 && stride == 1) {
    const auto row = *reinterpret_cast<const Neighbours<T, WIDTH>*>(from);
#pragma unroll
    for (int j = 0; j < WIDTH; j++) to[j] = row.lanes[j];
  } else {
#pragma unroll
    for (int j = 0; j < WIDTH; j++) to[j] = from[j * stride];
  }
}

// An index is its own value.
template <int WIDTH> DEVICE void count(int64 base, int64 at, int64 stride, int64 (&to)[WIDTH]) {
#pragma unroll
  for (int j = 0; j < WIDTH; j++) to[j] = base + at + j * stride;
}

// Writes WIDTH neighbours on the last axis.
template <int WIDTH, class T> DEVICE void write(int64 base, int64 at, int64 stride, const T (&from)[WIDTH]) {
  T* to = reinterpret_cast<T*>(base) + at;
  if (WIDTH > 1 && stride == 1) {
    Neighbours<T, WIDTH> row;
#pragma unroll
    for (int j = 0; j < WIDTH; j++) row.lanes[j] = from[j];
    *reinterpret_cast<Neighbours<T, WIDTH>*>(to) = row;
  } else {
#pragma unroll
    for (int j = 0; j < WIDTH; j++) to[j * stride] = from[j];
  }
}

// A printed program over its operands.
template <class Program, int AXES, class Index> struct Elements {
  const Given<Program, AXES>& given;

  // Computes and stores the WIDTH elements from number `flat` on, which are in one row.
  template <int WIDTH> __device__ __forceinline__ void run(int64 flat) const {
    Index at[Program::operands];
    find(given.over, Index(flat), at);
    Program::template run<WIDTH>(given, at);
  }

  // What a program without outputs computes of an element.
  __device__ __forceinline__ auto value(int64 flat) const {
    Index at[Program::operands];
    find(given.over, Index(flat), at);
    return Program::value(given, at);
  }

  // Whether each row begins at an address that a vector of so many bytes may have.
  __device__ __forceinline__ bool begins_at_multiples_of(int bytes) const {
    int64 bases = 0;
#pragma unroll
    for (int operand = 0; operand < Program::operands; operand++) {
      if (given.over.step(operand) == 1) bases |= given.over.bases[operand];
    }
    return bases % bytes == 0;
  }
};

// The end of a kernel whose results no program goes on with.
struct Nothing {
  template <int> __device__ __forceinline__ void run(int64) const {}
};
