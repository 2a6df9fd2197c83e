// Programs where no compiler is: each instruction is looked up as it comes, with the functions that printed programs
// call, and so with the same bits. `apply_float` and `apply_int`, which know the ops, are printed from their table.

// A number of any dtype, by its code in descriptors.
union Value {
  float f32;
  double f64;
  int i32;
  unsigned char u8;
  bool truth;
  int64 index;
};
enum Code { F32, F64, I32, U8, BOOL, INDEX };

template <class T> DEVICE T as(Value value, int code) {
  switch (code) {
    case F32: return math::convert<T>(value.f32);
    case F64: return math::convert<T>(value.f64);
    case I32: return math::convert<T>(value.i32);
    case U8: return math::convert<T>(value.u8);
    case BOOL: return math::convert<T>(value.truth);
    default: return math::convert<T>(value.index);
  }
}

template <class T> DEVICE Value of(T number, int code) {
  Value value;
  switch (code) {
    case F32: value.f32 = math::convert<float>(number); break;
    case F64: value.f64 = math::convert<double>(number); break;
    case I32: value.i32 = math::convert<int>(number); break;
    case U8: value.u8 = math::convert<unsigned char>(number); break;
    default: value.truth = math::convert<bool>(number); break;
  }
  return value;
}

DEVICE Value read(int64 base, int64 at, int code) {
  Value value;
  switch (code) {
    case F32: value.f32 = reinterpret_cast<const float*>(base)[at]; break;
    case F64: value.f64 = reinterpret_cast<const double*>(base)[at]; break;
    case I32: value.i32 = reinterpret_cast<const int*>(base)[at]; break;
    case U8: value.u8 = reinterpret_cast<const unsigned char*>(base)[at]; break;
    case BOOL: value.truth = reinterpret_cast<const bool*>(base)[at]; break;
    default: value.index = base + at; break;
  }
  return value;
}

DEVICE void write(int64 base, int64 at, int code, Value value) {
  switch (code) {
    case F32: reinterpret_cast<float*>(base)[at] = value.f32; break;
    case F64: reinterpret_cast<double*>(base)[at] = value.f64; break;
    case I32: reinterpret_cast<int*>(base)[at] = value.i32; break;
    case U8: reinterpret_cast<unsigned char*>(base)[at] = value.u8; break;
    default: reinterpret_cast<bool*>(base)[at] = value.truth; break;
  }
}

// An instruction: what it does, in which class, and its slots with what they hold. `cuda/given.rs` packs the same bytes.
struct Instruction {
  unsigned char kind, type, op, swap, a, b, a_code, b_code;
};
enum Kind { LOAD, STORE, APPLY, RANDOM };

// Where slots begin; a constant's slot is that of its number.
constexpr int OUTPUT_SLOTS = 16, RESULT_SLOT = 24, SPILL_SLOTS = 25, CONSTANT_SLOTS = 57, SLOTS = CONSTANT_SLOTS;

// A program as words: how many of each there are, then the operands' dtypes, lengths of axes, strides operand by operand,
// bases, constants, instructions.
struct Interpreted {
  const int64* words;

  __device__ __forceinline__ int axes() const { return int(words[0]); }
  __device__ __forceinline__ int inputs() const { return int(words[1]); }
  __device__ __forceinline__ int operands() const { return int(words[1] + words[2]); }
  __device__ __forceinline__ int constants() const { return int(words[3]); }
  __device__ __forceinline__ int instructions() const { return int(words[4]); }
  __device__ __forceinline__ const int64* codes() const { return words + 5; }
  __device__ __forceinline__ const int64* dims() const { return codes() + operands(); }
  __device__ __forceinline__ const int64* strides() const { return dims() + axes(); }
  __device__ __forceinline__ const int64* bases() const { return strides() + operands() * axes(); }
  __device__ __forceinline__ const double* values() const {
    return reinterpret_cast<const double*>(bases() + operands());
  }
  __device__ __forceinline__ const Instruction* code() const {
    return reinterpret_cast<const Instruction*>(values() + constants());
  }

  __device__ __forceinline__ int64 at(int operand, int64 flat) const {
    int64 distance = 0;
    for (int axis = axes() - 1; axis >= 0; axis--) {
      const int64 length = dims()[axis], coordinate = axis > 0 ? flat % length : flat;
      flat /= length;
      distance += coordinate * strides()[operand * axes() + axis];
    }
    return distance;
  }

  template <class T> __device__ __forceinline__ T slot(const Value* slots, int number, int code) const {
    return number >= CONSTANT_SLOTS ? math::convert<T>(values()[number - CONSTANT_SLOTS]) : as<T>(slots[number], code);
  }

  // Goes on with an accumulator of a class.
  template <class T> __device__ __forceinline__ void step(T& sum, Value* slots, Instruction one) const {
    switch (one.kind) {
      case LOAD: sum = slot<T>(slots, one.a, one.a_code); break;
      case STORE: slots[one.a] = of(sum, one.a_code); break;
      case RANDOM: sum = random_of<T>(slots[one.a].index, values()[one.b], values()[one.b + 1]); break;
      default: {
        T x = sum, y = slot<T>(slots, one.a, one.a_code);
        const T z = slot<T>(slots, one.b, one.b_code);
        if (one.swap) {
          x = y;
          y = sum;
        }
        sum = apply(one.op, x, y, z);
      }
    }
  }

  // Much code, which every kernel that calls it has for itself: few do.
  __device__ __noinline__ void compute(Value* slots, int64 flat) const {
    for (int i = 0; i < inputs(); i++) slots[i] = read(bases()[i], at(i, flat), int(codes()[i]));
    float f32 = 0;
    double f64 = 0;
    int i32 = 0;
    for (int i = 0; i < instructions(); i++) {
      const Instruction one = code()[i];
      switch (one.type) {
        case F32: step(f32, slots, one); break;
        case F64: step(f64, slots, one); break;
        default: step(i32, slots, one); break;
      }
    }
  }

  template <int WIDTH> __device__ __forceinline__ void run(int64 flat) const {
    static_assert(WIDTH == 1, "elements are interpreted one by one");
    Value slots[SLOTS];
    compute(slots, flat);
    for (int i = inputs(); i < operands(); i++) {
      write(bases()[i], at(i, flat), int(codes()[i]), slots[OUTPUT_SLOTS + i - inputs()]);
    }
  }

  // The last accumulator of a program without outputs.
  __device__ __forceinline__ Value result(int64 flat) const {
    Value slots[SLOTS];
    compute(slots, flat);
    return slots[RESULT_SLOT];
  }
};

// Values that a program has computed before, or that an operand has: `given` is where its base stands.
template <class T> struct Computed {
  const T* values;
  __device__ __forceinline__ Computed(const int64* given, const T* computed)
    : values(computed != nullptr ? computed : reinterpret_cast<const T*>(*given)) {}
  __device__ __forceinline__ T value(int64 flat) const { return values[flat]; }
};

// Where results of any dtype go; a launch of its own goes on with them.
template <class Fold> struct AnyResults {
  int64 to;
  int code;
  __device__ __forceinline__ void put(int64 at, typename Fold::Part part) const {
    write(to, at, code, of(Fold::result(part), code));
  }
};
