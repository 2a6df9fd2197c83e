/* What the machine can do at most: multiplications with additions, and bytes read, copied and combined. */
#include <stddef.h>

typedef float lanes __attribute__((vector_size(64)));
typedef double wide_lanes __attribute__((vector_size(64)));
typedef float half_lanes __attribute__((vector_size(32)));
typedef double wide_half_lanes __attribute__((vector_size(32)));

enum { SUMS = 12 };

/* Sums that do not wait for each other: `rounds` of as many fused operations on each thread. */
#define MULTIPLY_ADD(name, lanes, number)                                              \
  void name(float *out, unsigned rounds, unsigned threads) {                           \
    _Pragma("omp parallel for num_threads(threads)")                                   \
    for (unsigned t = 0; t < threads; t++) {                                           \
      lanes sums[SUMS], factor = (lanes){0} + (number).999, term = (lanes){0} + (number).5; \
      for (int j = 0; j < SUMS; j++) sums[j] = (lanes){0} + (number)j;                 \
      for (unsigned i = 0; i < rounds; i++) {                                          \
        _Pragma("GCC unroll 12")                                                       \
        for (int j = 0; j < SUMS; j++) sums[j] = sums[j] * factor + term;              \
      }                                                                                \
      for (int j = 1; j < SUMS; j++) sums[0] += sums[j];                               \
      out[t] = (float)sums[0][0];                                                      \
    }                                                                                  \
  }

MULTIPLY_ADD(multiply_add_float32, lanes, float)
MULTIPLY_ADD(multiply_add_float64, wide_lanes, double)
MULTIPLY_ADD(multiply_add_float32_avx2, half_lanes, float)
MULTIPLY_ADD(multiply_add_float64_avx2, wide_half_lanes, double)

/* Reads so many bytes of each thread's own, `rounds` times. */
void read_bytes(const float *from, float *out, unsigned bytes, unsigned rounds, unsigned threads) {
#pragma omp parallel for num_threads(threads)
  for (unsigned t = 0; t < threads; t++) {
    const lanes *own = (const lanes *)((const char *)from + (size_t)t * bytes);
    lanes sums[8] = {0};
    for (unsigned r = 0; r < rounds; r++) {
      for (size_t i = 0; i + 8 <= bytes / sizeof(lanes); i += 8) {
#pragma GCC unroll 8
        for (int j = 0; j < 8; j++) sums[j] += own[i + j];
      }
      /* What was read counts as used, so that each round reads it again. */
      __asm__ volatile("" : : "g"(own) : "memory");
    }
    for (int j = 1; j < 8; j++) sums[0] += sums[j];
    out[t] = sums[0][0];
  }
}

/* Writes `count` vectors, each the sum of one of each array that lies in `from`: through the caches, or past them. */
void move_bytes(const float *from, float *to, unsigned count, unsigned arrays, unsigned past, unsigned threads) {
  const lanes *in = (const lanes *)from;
  lanes *out = (lanes *)to;
#pragma omp parallel for num_threads(threads)
  for (unsigned i = 0; i < count; i++) {
    lanes value = in[i];
    for (size_t k = 1; k < arrays; k++) value += in[k * count + i];
#ifdef __SSE__
    if (past) {
      typedef float quarter __attribute__((vector_size(16)));
      const quarter *parts = (const quarter *)&value;
      for (int q = 0; q < 4; q++) __builtin_ia32_movntps((float *)(out + i) + 4 * q, parts[q]);
      continue;
    }
#endif
    out[i] = value;
  }
}

/* Nothing: what it costs to be called. */
void nothing(void) {}
