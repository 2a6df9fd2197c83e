/* What the machine can do at most: multiplications with additions, and bytes read, copied and combined. */
#include <stddef.h>

typedef float lanes __attribute__((vector_size(64)));
typedef float half_lanes __attribute__((vector_size(32)));

enum { SUMS = 12 };

/* Sums that do not wait for each other: `rounds` of as many fused operations on each thread. */
#define MULTIPLY_ADD(name, vector)                                             \
  void name(float *out, unsigned rounds, unsigned threads) {                   \
    _Pragma("omp parallel for num_threads(threads)")                           \
    for (unsigned t = 0; t < threads; t++) {                                   \
      vector sums[SUMS], factor = (vector){0} + .999f, term = (vector){0} + .5f; \
      for (int j = 0; j < SUMS; j++) sums[j] = (vector){0} + (float)j;         \
      for (unsigned i = 0; i < rounds; i++) {                                  \
        _Pragma("GCC unroll 12")                                               \
        for (int j = 0; j < SUMS; j++) sums[j] = sums[j] * factor + term;      \
      }                                                                        \
      for (int j = 1; j < SUMS; j++) sums[0] += sums[j];                       \
      out[t] = sums[0][0];                                                     \
    }                                                                          \
  }
MULTIPLY_ADD(multiply_add, lanes)
MULTIPLY_ADD(multiply_add_half, half_lanes)

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

/* Copies, or adds a multiple of another array: stores go through the caches. */
void move_bytes(const float *a, const float *b, float *out, unsigned length, unsigned arrays, unsigned threads) {
#pragma omp parallel for num_threads(threads)
  for (unsigned i = 0; i < length; i += 16) {
    lanes value = *(const lanes *)(a + i);
    if (arrays == 3) value += .5f * *(const lanes *)(b + i);
    *(lanes *)(out + i) = value;
  }
}

/* Nothing: what it costs to be called. */
void nothing(void) {}
