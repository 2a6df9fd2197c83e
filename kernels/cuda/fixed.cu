// The kernels that are compiled before anybody needs them, for machines that have a driver and no compiler. Programs are
// interpreted; shapes have the most axes that there are.

constexpr int MOST_AXES = 16;

#define KERNEL extern "C" __global__ void

KERNEL map_interpreted(const int64* given, int64 count) { map<1>(Interpreted{given}, count); }
KERNEL fold_interpreted(const int64* given, int64 rounds, int64 row) { fold(Interpreted{given}, rounds, row); }

#define GATHER(BYTES, ELEMENT) \
  KERNEL gather_##BYTES(Move<MOST_AXES>* given, int64 count) { gather<ELEMENT>(*given, count); }
GATHER(1, unsigned char)
GATHER(4, uint32)
GATHER(8, uint64)

#define SCATTER_ADD(TYPE) \
  KERNEL scatter_add_##TYPE(Move<MOST_AXES>* given, int64 lines, int64 length) { \
    scatter_add<TYPE>(*given, lines, length); \
  }
SCATTER_ADD(float)
SCATTER_ADD(double)
SCATTER_ADD(int)

// The folds of rows and of columns, to results and to parts, and the joins of parts.
#define FOLDS(NAME, TYPE, FOLD) \
  KERNEL NAME##_rows(const int64* program, const int64* finish, const int64* to, int64 code, int64 outer, \
                     int64 length, int64 width, int64 blocks, int64 group) { \
    fold_rows<FOLD>(Valued<TYPE>{{program}}, AnyResults<FOLD>{*to, int(code), {{finish}}}, {outer, length, width}, \
                    blocks, int(group)); \
  } \
  KERNEL NAME##_columns(const int64* program, const int64* finish, const int64* to, int64 code, int64 outer, \
                        int64 length, int64 width, int64 blocks, int64) { \
    fold_columns<FOLD>(Valued<TYPE>{{program}}, AnyResults<FOLD>{*to, int(code), {{finish}}}, {outer, length, width}, \
                       blocks); \
  } \
  KERNEL NAME##_row_parts(const int64* program, FOLD::Part* to, int64 outer, int64 length, int64 width, int64 blocks, \
                          int64 group) { \
    fold_rows<FOLD>(Valued<TYPE>{{program}}, Parts<FOLD>{to}, {outer, length, width}, blocks, int(group)); \
  } \
  KERNEL NAME##_column_parts(const int64* program, FOLD::Part* to, int64 outer, int64 length, int64 width, \
                             int64 blocks, int64) { \
    fold_columns<FOLD>(Valued<TYPE>{{program}}, Parts<FOLD>{to}, {outer, length, width}, blocks); \
  } \
  KERNEL NAME##_join_parts(const FOLD::Part* from, FOLD::Part* to, int64 outer, int64 parts, int64 width) { \
    join<FOLD>(from, Parts<FOLD>{to}, outer, parts, width); \
  } \
  KERNEL NAME##_finish_parts(const FOLD::Part* from, const int64* finish, const int64* to, int64 code, int64 outer, \
                       int64 parts, int64 width) { \
    join<FOLD>(from, AnyResults<FOLD>{*to, int(code), {{finish}}}, outer, parts, width); \
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

// A tile for each number of results that there may be, and the lanes of those with a handful.
#define TILES(TYPE, SIZE, ROWS, COLUMNS, STEPS, DOWN, ACROSS) \
  KERNEL multiply_##TYPE##_##SIZE(const Products<MOST_AXES>* products, const int64* finish) { \
    multiply_tiles<TYPE, ROWS, COLUMNS, STEPS, DOWN, ACROSS>(*products, Finishing{{finish}}); \
  }
#define MATMULS(TYPE) \
  TILES(TYPE, large, 128, 128, 8, 8, 8) \
  TILES(TYPE, middle, 64, 64, 16, 4, 4) \
  TILES(TYPE, small, 16, 32, 32, 1, 2) \
  KERNEL multiply_##TYPE##_lanes(const Products<MOST_AXES>* products, const int64* finish, int64 results) { \
    multiply_in_lanes<TYPE>(*products, results, Finishing{{finish}}); \
  }
MATMULS(float)
MATMULS(double)
MATMULS(int)
