/* What a C compiler makes of the benchmarks' chain as one loop, and how fast the memory is. */
#include <math.h>

void chain(const float *x, const float *w, const float *b, float *out, unsigned n) {
#pragma omp parallel for
  for (unsigned i = 0; i < n; i++) {
    float centered = 1 / (1 + expf(-(x[i] * w[i] + b[i]))) - .5f;
    out[i] = (centered > 0 ? centered : 0) * x[i];
  }
}

/* Reads three arrays and writes one past the caches: as many bytes as the chain. */
void stream(const float *x, const float *w, const float *b, float *out, unsigned n) {
#ifdef __SSE__
#pragma omp parallel for
  for (unsigned i = 0; i < n / 4; i++) {
    typedef float lanes __attribute__((vector_size(16)));
    lanes sum = ((const lanes *)x)[i] + ((const lanes *)w)[i] + ((const lanes *)b)[i];
    __builtin_ia32_movntps(out + 4 * i, sum);
  }
#else
#pragma omp parallel for
  for (unsigned i = 0; i < n; i++) out[i] = x[i] + w[i] + b[i];
#endif
}
