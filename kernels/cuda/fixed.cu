// The kernels that are compiled before anybody needs them, for machines that have a driver and no compiler. Programs are
// interpreted, each by a launch of its own: before a fold that is given what it computes, after one (or a product) that it
// goes on with. Shapes have the most axes that there are.

constexpr int MOST_AXES = 16;

#define KERNEL extern "C" __global__ void

KERNEL map_interpreted(const int64* given, int64 count) { map<1>(Interpreted{given}, count); }
KERNEL fold_interpreted(const int64* given, int64 rounds, int64 row) { fold(Interpreted{given}, rounds, row); }
// What a program without outputs computes, in memory.
KERNEL values_interpreted(const int64* given, int64 to, int64 code, int64 count) {
  const Interpreted program{given};
  for (int64 i = thread_number(); i < count; i += thread_count()) write(to, i, int(code), program.result(i));
}

#define GATHER(BYTES, ELEMENT) \
  KERNEL gather_##BYTES(Move<MOST_AXES>* given, int64 count) { gather<ELEMENT>(*given, count); }
GATHER(1, unsigned char)
GATHER(4, uint32)
GATHER(8, uint64)

#define SCATTER_ADD(TYPE) \
  KERNEL scatter_add_##TYPE(Move<MOST_AXES>* given, int64 lines, int64 length) { \
    scatter_add<TYPE>(*given, lines, length); \
  } \
  KERNEL add_sorted_##TYPE(Move<MOST_AXES>* given, uint64* keys, int64 lines, int64 index_lines, int64 length) { \
    add_sorted<TYPE>(*given, keys, lines, index_lines, length); \
  }
SCATTER_ADD(float)
SCATTER_ADD(double)
SCATTER_ADD(int)
KERNEL keys_made(Move<MOST_AXES>* given, uint64* keys, int64 lines, int64 length, int64 count) {
  make_keys(*given, keys, lines, length, count);
}
KERNEL keys_sorted(uint64* keys, int64 count, int64 size) { sort_chunks(keys, count, size); }
KERNEL keys_sorted_far(uint64* keys, int64 count, int64 size, int64 distance) {
  sort_far(keys, count, size, distance);
}

// The folds of rows and of columns, to results and to parts, and the joins of parts.
#define FOLDS(NAME, TYPE, FOLD) \
  KERNEL NAME##_rows(const int64* given, const TYPE* computed, const int64* to, int64 code, int64 outer, \
                     int64 length, int64 width, int64 blocks, int64 group) { \
    fold_rows<FOLD>(Computed<TYPE>(given, computed), AnyResults<FOLD>{*to, int(code)}, {outer, length, width}, \
                    blocks, int(group)); \
  } \
  KERNEL NAME##_columns(const int64* given, const TYPE* computed, const int64* to, int64 code, int64 outer, \
                        int64 length, int64 width, int64 blocks, int64) { \
    fold_columns<FOLD>(Computed<TYPE>(given, computed), AnyResults<FOLD>{*to, int(code)}, {outer, length, width}, \
                       blocks); \
  } \
  KERNEL NAME##_row_parts(const int64* given, const TYPE* computed, FOLD::Part* to, int64 outer, int64 length, \
                          int64 width, int64 blocks, int64 group) { \
    fold_rows<FOLD>(Computed<TYPE>(given, computed), Parts<FOLD>{to}, {outer, length, width}, blocks, int(group)); \
  } \
  KERNEL NAME##_column_parts(const int64* given, const TYPE* computed, FOLD::Part* to, int64 outer, int64 length, \
                             int64 width, int64 blocks, int64) { \
    fold_columns<FOLD>(Computed<TYPE>(given, computed), Parts<FOLD>{to}, {outer, length, width}, blocks); \
  } \
  KERNEL NAME##_join_parts(const FOLD::Part* from, FOLD::Part* to, int64 outer, int64 parts, int64 width) { \
    join<FOLD>(from, Parts<FOLD>{to}, outer, parts, width); \
  } \
  KERNEL NAME##_finish_parts(const FOLD::Part* from, const int64* to, int64 code, int64 outer, int64 parts, \
                             int64 width) { \
    join<FOLD>(from, AnyResults<FOLD>{*to, int(code)}, outer, parts, width); \
  }
#define REDUCES(TYPE) \
  FOLDS(Sum_##TYPE, TYPE, Sum<TYPE>) \
  FOLDS(Prod_##TYPE, TYPE, Prod<TYPE>) \
  FOLDS(Max_##TYPE, TYPE, Max<TYPE>) \
  FOLDS(Min_##TYPE, TYPE, Min<TYPE>) \
  FOLDS(ArgMax_##TYPE, TYPE, ArgMax<TYPE>) \
  FOLDS(ArgMin_##TYPE, TYPE, ArgMin<TYPE>)
REDUCES(float)
REDUCES(double)
REDUCES(int)

// Products by each of the tiles, in lanes and one by one; and the sums of pieces.
#define PRODUCTS \
  const Products<MOST_AXES>* products, int64 batch, int64 steps, int64 results, int64 to, int64 pieces
#define CUT (Cut{batch, steps, results, pieces, to})
#define TILES(TYPE, BUSY, SIZE, ROWS, COLUMNS, STEPS, DOWN, ACROSS) \
  KERNEL __launch_bounds__(ROWS / DOWN * COLUMNS / ACROSS, BUSY * DOWN * ACROSS / ROWS / COLUMNS) \
  multiply_##TYPE##_##SIZE(PRODUCTS) { \
    multiply_tiles<TYPE, ROWS, COLUMNS, STEPS, DOWN, ACROSS>(*products, CUT, Nothing{}); \
  }
#define MATMULS(TYPE, BUSY) \
  TILES(TYPE, BUSY, middle, 64, 64, 16, 8, 4) \
  TILES(TYPE, BUSY, small, 32, 32, 32, 4, 4) \
  TILES(TYPE, BUSY, wide, 16, 128, 16, 4, 4) \
  TILES(TYPE, BUSY, tall, 128, 16, 16, 4, 4) \
  KERNEL multiply_##TYPE##_each(PRODUCTS) { multiply_each<TYPE>(*products, CUT, Nothing{}); } \
  KERNEL multiply_##TYPE##_lanes(PRODUCTS) { multiply_in_lanes<TYPE>(*products, CUT, Nothing{}); } \
  KERNEL add_pieces_##TYPE(PRODUCTS) { add_pieces<TYPE>(*products, CUT, Nothing{}); }
MATMULS(float, 512)
MATMULS(double, 256)
MATMULS(int, 512)
TILES(float, 512, large, 128, 128, 8, 8, 8)
TILES(int, 512, large, 128, 128, 8, 8, 8)

// On tensor cores, for each way that the sides may lie.
#if defined(CUDASHIM) || __CUDA_ARCH__ >= 800
#define TENSORS(SIZE, ROWS, COLUMNS, STEPS, DOWN, ACROSS, A, B) \
  KERNEL __launch_bounds__(ROWS / DOWN * COLUMNS / ACROSS * WARP, 512 * DOWN * ACROSS / ROWS / COLUMNS / WARP) \
  multiply_float_tensor_##SIZE##_##A##B(PRODUCTS) { \
    multiply_tensors<ROWS, COLUMNS, STEPS, DOWN, ACROSS, A, B>(*products, CUT, Nothing{}); \
  }
#define LAYOUTS(SIZE, ROWS, COLUMNS, STEPS, DOWN, ACROSS) \
  TENSORS(SIZE, ROWS, COLUMNS, STEPS, DOWN, ACROSS, 0, 0) \
  TENSORS(SIZE, ROWS, COLUMNS, STEPS, DOWN, ACROSS, 0, 1) \
  TENSORS(SIZE, ROWS, COLUMNS, STEPS, DOWN, ACROSS, 1, 0) \
  TENSORS(SIZE, ROWS, COLUMNS, STEPS, DOWN, ACROSS, 1, 1)
LAYOUTS(large, 128, 128, 16, 64, 32)
LAYOUTS(middle, 64, 64, 16, 32, 32)
#endif
