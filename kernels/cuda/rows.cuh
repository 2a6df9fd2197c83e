// Steps over the same rows, as those of a softmax: a group of threads takes a row through all of them. What several steps
// read or write of the row lies in shared memory meanwhile, so that it is read once and written once. A group is a warp,
// or the whole block.

template <int GROUP> DEVICE void meet() {
  if constexpr (GROUP == WARP) {
    __syncwarp();
  } else {
    __syncthreads();
  }
}

// Copies a row of so many bytes, which begin and end at multiples of the element.
template <int GROUP, class Piece> DEVICE void copy_by(unsigned char* to, const unsigned char* from, int bytes) {
  for (int i = threadIdx.x % GROUP; i < bytes / int(sizeof(Piece)); i += GROUP) {
    reinterpret_cast<Piece*>(to)[i] = reinterpret_cast<const Piece*>(from)[i];
  }
}
template <int GROUP, class Element> DEVICE void copy_row(unsigned char* to, const unsigned char* from, int bytes) {
  const uint64 ends = reinterpret_cast<uint64>(to) | reinterpret_cast<uint64>(from) | uint64(bytes);
  if (ends % 16 == 0) {
    copy_by<GROUP, Neighbours<uint32, 4>>(to, from, bytes);
  } else {
    copy_by<GROUP, Element>(to, from, bytes);
  }
}

// Where an operand has the element of number `first`.
template <class Element, class Given> DEVICE unsigned char* row_of(const Given& given, int operand, int64 first) {
  int64 at[Given::operands];
  find(given.over, first, at);
  return reinterpret_cast<unsigned char*>(given.over.bases[operand] + at[operand] * int64(sizeof(Element)));
}

// Moves an operand: the row that begins at number `first` is `held`.
template <class Element, class Given> DEVICE void move(Given& given, int operand, int64 first, unsigned char* held) {
  given.over.bases[operand] += held - row_of<Element>(given, operand, first);
}

// Folds a row as `fold_rows` does, its blocks by the warps of the group.
template <class Fold, int GROUP, int BLOCKS, class Elements, class Target>
DEVICE void fold_row(const Elements& elements, const Target& target, int64 row, int length) {
  __shared__ typename Fold::Part parts[GROUP == WARP ? 1 : BLOCKS];
  const int lane = threadIdx.x % WARP;
#pragma unroll 1
  for (int block = threadIdx.x % GROUP / WARP; block < BLOCKS; block += GROUP / WARP) {
    const int first = block * ROW_BLOCK, left = length - first;
    const auto part = fold_block<Fold>(elements, row * length, first, left < ROW_BLOCK ? left : ROW_BLOCK, lane, WARP);
    if (BLOCKS == 1) {
      if (lane == 0) target.put(row, part);
    } else if (lane == 0) {
      parts[block] = part;
    }
  }
  if (BLOCKS == 1) return;
  __syncthreads();
  if (threadIdx.x > 0) return;
  for (int step = 1; step < BLOCKS; step *= 2) {
    for (int i = 0; i + step < BLOCKS; i += 2 * step) parts[i] = Fold::join(parts[i], parts[i + step]);
  }
  target.put(row, parts[0]);
}

template <int GROUP, int WIDTH, class Elements> DEVICE void map_row_by(const Elements& elements, int64 first, int length) {
  for (int i = threadIdx.x % GROUP * WIDTH; i < length; i += GROUP * WIDTH) elements.template run<WIDTH>(first + i);
}
template <int GROUP, int WIDTH, class Elements> DEVICE void map_row(const Elements& elements, int64 first, int length) {
  if constexpr (WIDTH > 1) {
    if (elements.begins_at_multiples_of(16)) return map_row_by<GROUP, WIDTH>(elements, first, length);
  }
  map_row_by<GROUP, 1>(elements, first, length);
}
